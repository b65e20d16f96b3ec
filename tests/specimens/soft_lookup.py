"""Attempts at `soft_lookup`."""

import math

import numpy as np
import scipy.special
import torch

from tests.specimens.specimen import right, wrong

ID = "soft_lookup"


def softmax(s):
    e = np.exp(s - s.max())
    return e / e.sum()


@right(ID)
def in_three_lines(query, keys, values, temperature=1.0):
    scores = keys @ query / temperature
    exponents = np.exp(scores - scores.max())
    return exponents / exponents.sum() @ values


@right(ID)
def query_on_the_left(query, keys, values, temperature=1.0):
    s = query @ keys.T / temperature
    w = np.exp(s - np.max(s))
    return (w @ values) / w.sum()


@right(ID)
def einsum(query, keys, values, temperature=1.0):
    s = np.einsum("d,nd->n", query, keys)
    w = softmax(s * (1 / temperature))
    return np.einsum("n,nv->v", w, values)


@right(ID)
def loops(query, keys, values, temperature=1.0):
    scores = [sum(float(a) * float(b) for a, b in zip(query, key, strict=True)) / temperature for key in keys]
    best = max(scores)
    shares = [math.exp(score - best) for score in scores]
    blend = np.zeros(values.shape[1])
    for share, value in zip(shares, values, strict=True):
        blend += share / sum(shares) * value
    return blend.astype(values.dtype)


@right(ID)
def log_sum_exp(query, keys, values, temperature=1.0):
    s = (keys * query).sum(axis=1) / temperature
    w = np.exp(s - np.logaddexp.reduce(s))
    return (w[:, None] * values).sum(axis=0)


@right(ID)
def average(query, keys, values, temperature=1.0):
    s = keys.dot(query) / temperature
    return np.average(values, axis=0, weights=np.exp(s - s.max()))


@right(ID)
def scales_the_query(query, keys, values, temperature=1.0):
    s = keys @ (query / temperature)
    return softmax(s)[None, :].dot(values)[0]


@wrong(ID, "sums-wrong-axis")
def query_times_keys(query, keys, values, temperature=1.0):
    return softmax(query @ keys / temperature) @ values


@wrong(ID, "sums-wrong-axis")
def values_times_weights(query, keys, values, temperature=1.0):
    return values.dot(softmax(keys.dot(query) / temperature))


@wrong(ID, "swaps-keys-and-values")
def keys_for_values(query, keys, values, temperature=1.0):
    keys, values = values, keys
    return softmax(keys @ query / temperature) @ values


@wrong(ID, "cosine-scores")
def unit_vectors(query, keys, values, temperature=1.0):
    q = query / np.sqrt((query**2).sum())
    k = keys / np.sqrt((keys**2).sum(axis=1, keepdims=True))
    return softmax(k @ q / temperature) @ values


@wrong(ID, "distance-scores")
def nearest(query, keys, values, temperature=1.0):
    distance = np.sqrt(((keys - query) ** 2).sum(axis=1))
    return softmax(-distance / temperature) @ values


@wrong(ID, "distance-scores")
def gaussian(query, keys, values, temperature=1.0):
    return softmax(-((keys - query) ** 2).sum(-1) / temperature) @ values


@wrong(ID, "unasked-scale")
def like_attention(query, keys, values, temperature=1.0):
    return softmax(keys @ query / math.sqrt(len(query)) / temperature) @ values


@wrong(ID, "unasked-scale")
def scale_for_temperature(query, keys, values, temperature=1.0):
    return softmax(keys @ query / math.sqrt(keys.shape[1])) @ values


@wrong(ID, "temperature-inverted")
def times_temperature(query, keys, values, temperature=1.0):
    return softmax(temperature * (keys @ query)) @ values


@wrong(ID, "ignores-temperature")
def no_temperature(query, keys, values, temperature=1.0):
    return softmax(keys @ query) @ values


@wrong(ID, "temperature-after-softmax")
def divides_weights(query, keys, values, temperature=1.0):
    w = softmax(keys @ query) / temperature
    return w @ values


@wrong(ID, "no-max-subtraction")
def plain_exponential(query, keys, values, temperature=1.0):
    e = np.exp(keys @ query / temperature)
    return e / e.sum() @ values


@wrong(ID, "no-max-subtraction", "ignores-temperature")
def plain_and_without_temperature(query, keys, values, temperature=1.0):
    e = np.exp(keys @ query)
    return (e / e.sum()) @ values


@wrong(ID, "no-max-subtraction", "temperature-inverted")
def plain_and_inverted(query, keys, values, temperature=1.0):
    e = np.exp(keys @ query * temperature)
    return (e / e.sum()) @ values


@wrong(ID, "no-max-subtraction", "missing-normalization")
def exponentials_only(query, keys, values, temperature=1.0):
    return np.exp(keys @ query / temperature) @ values


@wrong(ID, "missing-normalization")
def not_divided(query, keys, values, temperature=1.0):
    s = keys @ query / temperature
    return np.exp(s - s.max()) @ values


@wrong(ID, "double-softmax")
def softmax_of_softmax(query, keys, values, temperature=1.0):
    return softmax(softmax(keys @ query / temperature)) @ values


@wrong(ID, "missing-normalization")
def best_is_one(query, keys, values, temperature=1.0):
    s = keys @ query / temperature
    e = np.exp(s - s.max())
    return e / e.max() @ values


@wrong(ID, "hard-maximum")
def dictionary(query, keys, values, temperature=1.0):
    return values[np.argmax(keys @ query)].copy()


@wrong(ID, "softmax-over-queries")
def column_of_scores(query, keys, values, temperature=1.0):
    s = keys @ query[:, None] / temperature  # (n, 1)
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    w = e / e.sum(axis=-1, keepdims=True)
    return (w * values).sum(axis=0)


@wrong(ID, "mixes-wrong-values")
def blends_keys(query, keys, values, temperature=1.0):
    return softmax(keys @ query / temperature) @ keys


@wrong(ID, "averages-values-equally")
def mean_of_values(query, keys, values, temperature=1.0):
    return values.mean(0)


@wrong(ID, "elementwise-product")
def star_for_at(query, keys, values, temperature=1.0):
    return softmax(keys @ query / temperature) * values


@wrong(ID, "missing-sum")
def weighted_values(query, keys, values, temperature=1.0):
    return softmax(keys @ query / temperature)[:, None] * values


@wrong(ID, "returns-weights")
def only_weights(query, keys, values, temperature=1.0):
    return softmax(keys @ query / temperature)


@wrong(ID, "returns-weights")
def both(query, keys, values, temperature=1.0):
    w = softmax(keys @ query / temperature)
    return w @ values, w


@wrong(ID, "unasked-scale", "no-max-subtraction")
def like_attention_and_plain(query, keys, values, temperature=1.0):
    e = np.exp(keys @ query / (query.size**0.5 * temperature))
    return e / e.sum() @ values


@wrong(ID, "dtype-promoted")
def temperature_array(query, keys, values, temperature=1.0):
    return softmax(keys @ query / np.float64(temperature)) @ values


@wrong(ID, "mutates-input")
def in_place(query, keys, values, temperature=1.0):
    query /= temperature
    return softmax(keys @ query) @ values


@wrong(ID, "ready-made")
def from_scipy(query, keys, values, temperature=1.0):
    return scipy.special.softmax(keys @ query / temperature) @ values


@wrong(ID, "ready-made")
def from_torch(query, keys, values, temperature=1.0):
    return torch.softmax(torch.tensor(keys @ query / temperature), 0).numpy() @ values


@wrong(ID, "wrong-signature")
def without_temperature(query, keys, values):
    return softmax(keys @ query) @ values


@wrong(ID, "wrong-values")
def one_off_temperature(query, keys, values, temperature=1.0):
    return softmax(keys @ query / (temperature + 1)) @ values


@wrong(ID, "returns-nothing")
def forgets_return(query, keys, values, temperature=1.0):
    softmax(keys @ query / temperature) @ values


@wrong(ID, "not-written-yet")
def as_released(query, keys, values, temperature=1.0):
    raise NotImplementedError()
