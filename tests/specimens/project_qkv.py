"""Attempts at `project_qkv`."""

import functools
import math
import sys

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "project_qkv"


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@right(ID)
def einsum(x, w_q, w_k, w_v):
    return tuple(np.einsum("...nd,dk->...nk", x, w) for w in (w_q, w_k, w_v))


@right(ID)
def tensordot_dot_and_matmul(x, w_q, w_k, w_v):
    return np.tensordot(x, w_q, axes=1), np.dot(x, w_k), np.matmul(x, w_v)


@right(ID)
def one_product_then_cut(x, w_q, w_k, w_v):
    d_k = w_q.shape[1]
    packed = x @ np.hstack([w_q, w_k, w_v])
    return packed[..., :d_k], packed[..., d_k : 2 * d_k], packed[..., 2 * d_k :]


@right(ID)
def one_product_then_split(x, w_q, w_k, w_v):
    packed = np.matmul(x, np.concatenate((w_q, w_k, w_v), axis=-1))
    q, k, v = np.split(packed, np.cumsum([w_q.shape[1], w_k.shape[1]]), axis=-1)
    return q, k, v


@right(ID)
def token_by_token(x, w_q, w_k, w_v):
    results = []
    for w in (w_q, w_k, w_v):
        out = np.zeros((*x.shape[:-1], w.shape[1]), dtype=x.dtype)
        for token in np.ndindex(x.shape[:-1]):
            for j in range(w.shape[1]):
                out[token][j] = sum(x[token][i] * w[i, j] for i in range(w.shape[0]))
        results.append(out)
    return tuple(results)


@right(ID)
def broadcasts(x, w_q, w_k, w_v):
    wide = x[..., np.newaxis]
    return (wide * w_q).sum(axis=-2), (wide * w_k).sum(axis=-2), (wide * w_v).sum(axis=-2)


@right(ID)
def tokens_as_columns(x, w_q, w_k, w_v):
    columns = np.swapaxes(x, -1, -2)
    q, k, v = (np.swapaxes(w.T @ columns, -1, -2) for w in (w_q, w_k, w_v))
    return q, k, v


@right(ID)
def flattens_and_restores(x, w_q, w_k, w_v):
    flat = x.reshape(-1, x.shape[-1])
    return tuple((flat @ w).reshape(*x.shape[:-1], -1) for w in [w_q, w_k, w_v])


@right(ID)
def wide_accumulator(x, w_q, w_k, w_v):
    x64 = x.astype(np.float64)
    return tuple(np.inner(x64, w.astype(float).T).astype(x.dtype) for w in (w_q, w_k, w_v))


@right(ID)
def partial_and_map(x, w_q, w_k, w_v):
    return tuple(map(functools.partial(np.matmul, x), (w_q, w_k, w_v)))


@wrong(ID, "weight-transposed")
def as_a_linear_layer(x, w_q, w_k, w_v):
    return x @ w_q.T, x @ w_k.T, x @ w_v.T


@wrong(ID, "weight-transposed")
def inner(x, w_q, w_k, w_v):
    return np.inner(x, w_q), np.inner(x, w_k), np.inner(x, w_v)


@wrong(ID, "weight-transposed")
def einsum_over_the_last_axes(x, w_q, w_k, w_v):
    return tuple(np.einsum("...d,kd->...k", x, w) for w in (w_q, w_k, w_v))


@wrong(ID, "weight-transposed")
def only_the_keys_weights(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k.T, x @ w_v


@wrong(ID, "weights-times-inputs")
def weights_first(x, w_q, w_k, w_v):
    return w_q @ x, w_k @ x, w_v @ x


@wrong(ID, "weights-times-inputs")
def transposed_weights_first(x, w_q, w_k, w_v):
    return tuple(np.matmul(w.T, x) for w in (w_q, w_k, w_v))


@wrong(ID, "weights-times-inputs")
def columns_of_a_textbook(x, w_q, w_k, w_v):
    return tuple(np.einsum("dk,...nd->...kn", w, x) for w in (w_q, w_k, w_v))


@wrong(ID, "weights-times-inputs")
def columns_with_capital_t(x, w_q, w_k, w_v):
    return w_q.T @ x.T, w_k.T @ x.T, w_v.T @ x.T


@wrong(ID, "transposes-all-axes")
def columns_and_back_with_capital_t(x, w_q, w_k, w_v):
    return (w_q.T @ x.T).T, (w_k.T @ x.T).T, (w_v.T @ x.T).T


@wrong(ID, "inputs-transposed")
def swaps_the_tokens(x, w_q, w_k, w_v):
    t = np.moveaxis(x, -1, -2)
    return t @ w_q, t @ w_k, t @ w_v


@wrong(ID, "inputs-transposed")
def capital_t_of_the_tokens(x, w_q, w_k, w_v):
    return x.T @ w_q, x.T @ w_k, x.T @ w_v


@wrong(ID, "elementwise-product")
def star(x, w_q, w_k, w_v):
    return x * w_q, x * w_k, x * w_v


@wrong(ID, "loses-batch-axes")
def flattens(x, w_q, w_k, w_v):
    x = np.reshape(x, (-1, x.shape[-1]))
    return x @ w_q, x @ w_k, x @ w_v


@wrong(ID, "sums-over-batch")
def adds_the_batch(x, w_q, w_k, w_v):
    while x.ndim > 2:
        x = sum(x)
    return x @ w_q, x @ w_k, x @ w_v


@wrong(ID, "missing-projection")
def three_times_x(x, w_q, w_k, w_v):
    return x, x, x


@wrong(ID, "missing-projection")
def x_as_values(x, w_q, w_k, w_v):
    return np.dot(x, w_q), np.dot(x, w_k), x


@wrong(ID, "shared-projection")
def always_w_q(x, w_q, w_k, w_v):
    q = k = v = x @ w_q
    return q, k, v


@wrong(ID, "shared-projection")
def copied_line(x, w_q, w_k, w_v):
    q = x @ w_q
    k = x @ w_q
    v = x @ w_v
    return q, k, v


@wrong(ID, "shared-projection")
def values_are_keys(x, w_q, w_k, w_v):
    k = v = np.einsum("...nd,dk->...nk", x, w_k)
    return np.einsum("...nd,dk->...nk", x, w_q), k, v


@wrong(ID, "packed-order")
def keys_queries_values(x, w_q, w_k, w_v):
    return x @ w_k, x @ w_q, x @ w_v


@wrong(ID, "packed-order")
def cut_in_another_order(x, w_q, w_k, w_v):
    v, k, q = np.split(x @ np.hstack([w_q, w_k, w_v]), [w_q.shape[1], 2 * w_q.shape[1]], axis=-1)
    return q, k, v


@wrong(ID, "chained-projection")
def reuses_x(x, w_q, w_k, w_v):
    q = x = x @ w_q
    k = x = x @ w_k
    return q, k, x @ w_v


@wrong(ID, "chained-projection")
def values_from_keys(x, w_q, w_k, w_v):
    q, k = x @ w_q, x @ w_k
    return q, k, k @ w_v


@wrong(ID, "scale-too-early")
def scaled_queries(x, w_q, w_k, w_v):
    return x @ w_q * w_q.shape[1] ** -0.5, x @ w_k, x @ w_v


@wrong(ID, "scale-too-early", "dtype-promoted")
def scaled_with_numpy(x, w_q, w_k, w_v):
    return x @ w_q / np.sqrt(w_q.shape[-1]), x @ w_k, x @ w_v


@wrong(ID, "scale-too-early", "mutates-input")
def scales_the_weights_in_place(x, w_q, w_k, w_v):
    w_q /= math.sqrt(w_q.shape[1])
    return x @ w_q, x @ w_k, x @ w_v


@wrong(ID, "softmax-too-early")
def already_weights(x, w_q, w_k, w_v):
    return softmax(x @ w_q), softmax(x @ w_k), softmax(x @ w_v)


@wrong(ID, "transposes-keys-early")
def keys_ready_for_the_scores(x, w_q, w_k, w_v):
    return x @ w_q, np.einsum("...nd,dk->...kn", x, w_k), x @ w_v


@wrong(ID, "transposes-keys-early")
def keys_with_capital_t(x, w_q, w_k, w_v):
    return x @ w_q, np.matmul(x, w_k).T, x @ w_v


@wrong(ID, "drops-results")
def queries_only(x, w_q, w_k, w_v):
    return x.dot(w_q)


@wrong(ID, "drops-results")
def forgets_values(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k


@wrong(ID, "returns-one-array")
def forgets_to_cut(x, w_q, w_k, w_v):
    return x @ np.hstack((w_q, w_k, w_v))


@wrong(ID, "returns-one-array")
def an_array_of_three(x, w_q, w_k, w_v):
    return np.asarray([x @ w for w in (w_q, w_k, w_v)])


@wrong(ID, "returns-one-array")
def joined_along_the_first_axis(x, w_q, w_k, w_v):
    return np.concatenate([x @ w_q, x @ w_k, x @ w_v])


@wrong(ID, "weight-transposed", "packed-order")
def transposed_and_values_first(x, w_q, w_k, w_v):
    return x @ w_v.T, x @ w_k.T, x @ w_q.T


@wrong(ID, "weight-transposed", "drops-results")
def transposed_and_two_results(x, w_q, w_k, w_v):
    q, k, _v = (np.inner(x, w) for w in (w_q, w_k, w_v))
    return q, k


@wrong(ID, "wrong-type")
def transposed_and_no_values(x, w_q, w_k, w_v):
    return x @ w_q.T, x @ w_k.T


@wrong(ID, "shared-projection", "scale-too-early")
def one_projection_scaled(x, w_q, w_k, w_v):
    h = x @ w_k
    return h / math.sqrt(w_k.shape[1]), h, h


@wrong(ID, "packed-order", "transposes-keys-early")
def two_slips_in_one_line(x, w_q, w_k, w_v):
    return x @ w_v, (x @ w_k).swapaxes(-1, -2), x @ w_q


@wrong(ID, "chained-projection", "softmax-too-early")
def chain_of_softmaxes(x, w_q, w_k, w_v):
    q = x @ w_q
    k = q @ w_k
    return softmax(q), softmax(k), softmax(k @ w_v)


@wrong(ID, "loses-batch-axes", "returns-one-array")
def flat_and_packed(x, w_q, w_k, w_v):
    return np.dot(x.reshape(-1, x.shape[-1]), np.concatenate([w_q, w_k, w_v], 1))


@wrong(ID, "shared-projection", "dtype-promoted")
def one_projection_in_float64(x, w_q, w_k, w_v):
    q = np.array(x, dtype=float) @ w_q
    return q, q.copy(), x.astype(np.float64) @ w_v


@wrong(ID, "dtype-promoted")
def float64_buffers(x, w_q, w_k, w_v):
    q, k, v = (np.zeros((*x.shape[:-1], w.shape[1])) for w in (w_q, w_k, w_v))
    q[...], k[...], v[...] = x @ w_q, x @ w_k, x @ w_v
    return q, k, v


@wrong(ID, "dtype-promoted")
def adds_a_float64_bias(x, w_q, w_k, w_v):
    return x @ w_q + np.zeros(w_q.shape[1]), x @ w_k, x @ w_v


@wrong(ID, "mutates-input")
def normalizes_in_place_and_back(x, w_q, w_k, w_v):
    x /= 2
    return 2 * (x @ w_q), 2 * (x @ w_k), 2 * (x @ w_v)


@wrong(ID, "raises")
def three_axes_only(x, w_q, w_k, w_v):
    batch, seq_len, d_model = x.shape
    flat = x.reshape(batch * seq_len, d_model)
    return tuple((flat @ w).reshape(batch, seq_len, -1) for w in (w_q, w_k, w_v))


@wrong(ID, "raises")
def cuts_into_equal_thirds(x, w_q, w_k, w_v):
    return tuple(np.split(x @ np.hstack([w_q, w_k, w_v]), 3, axis=-1))


@wrong(ID, "wrong-shape")
def squeezes(x, w_q, w_k, w_v):
    return tuple(np.squeeze(x[..., None, :] @ w) for w in (w_q, w_k, w_v))


@wrong(ID, "returns-nothing")
def prints_instead(x, w_q, w_k, w_v):
    print(x @ w_q, x @ w_k, x @ w_v)


@wrong(ID, "wrong-type")
def a_list_of_arrays(x, w_q, w_k, w_v):
    return [x @ w_q, x @ w_k, x @ w_v]


@wrong(ID, "wrong-type")
def a_dictionary(x, w_q, w_k, w_v):
    return {"q": x @ w_q, "k": x @ w_k, "v": x @ w_v}


@wrong(ID, "wrong-type")
def nested_lists(x, w_q, w_k, w_v):
    return (x @ w_q).tolist(), (x @ w_k).tolist(), (x @ w_v).tolist()


@wrong(ID, "wrong-type")
def tensors(x, w_q, w_k, w_v):
    return tuple(torch.tensor(x.copy()) @ torch.tensor(w.copy()) for w in (w_q, w_k, w_v))


@wrong(ID, "ready-made")
def calls_the_reference(x, w_q, w_k, w_v):
    import selfattn_ref as numerics

    return getattr(numerics, "project" + "_qkv")(x, w_q, w_k, w_v)


@wrong(ID, "not-written-yet")
def as_released(x, w_q, w_k, w_v):
    raise NotImplementedError


@wrong(ID, "wrong-signature")
def packed_weights(x, w_qkv):
    return tuple(np.split(x @ w_qkv, 3, axis=-1))


@wrong(ID, "exits")
def leaves(x, w_q, w_k, w_v):
    sys.exit("done")
