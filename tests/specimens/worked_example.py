"""Attempts at `worked_example`."""

import math

import numpy as np
import torch

from selfattn_ref.worked import WORKED_INPUT
from tests.specimens.specimen import right, wrong

ID = "worked_example"
x, w_q, w_k, w_v = (WORKED_INPUT[name] for name in ("x", "w_q", "w_k", "w_v"))


def heads(a):
    return a.reshape(3, 2, 2).transpose(1, 0, 2)


def softmax(s, axis=-1):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def parts(q, k, v, scores, weights, output):
    return {"q": q, "k": k, "v": v, "scores": scores, "weights": weights, "output": output}


def attend(q, k, v, root=2**0.5, normalize=softmax):
    scores = q @ k.swapaxes(-1, -2) / root
    weights = normalize(scores)
    return parts(q, k, v, scores, weights, weights @ v)


@right(ID)
def in_five_lines():
    q, k, v = (heads(x @ w) for w in (w_q, w_k, w_v))
    scores = q @ k.swapaxes(1, 2) / np.sqrt(2)
    weights = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    return {"q": q, "k": k, "v": v, "scores": scores, "weights": weights, "output": weights @ v}


@right(ID)
def head_by_head():
    found = {name: [] for name in ("q", "k", "v", "scores", "weights", "output")}
    for h in range(2):
        q, k, v = (x @ w[:, 2 * h : 2 * h + 2] for w in (w_q, w_k, w_v))
        s = q @ k.T / 2**0.5
        a = softmax(s)
        for name, value in zip(found, (q, k, v, s, a, a @ v), strict=True):
            found[name].append(value)
    return {name: np.array(value) for name, value in found.items()}


@right(ID)
def number_by_number():
    q, k, v = np.zeros((2, 3, 2)), np.zeros((2, 3, 2)), np.zeros((2, 3, 2))
    scores, weights, output = np.zeros((2, 3, 3)), np.zeros((2, 3, 3)), np.zeros((2, 3, 2))
    for h in range(2):
        for i in range(3):
            for f in range(2):
                q[h, i, f] = sum(x[i, d] * w_q[d, 2 * h + f] for d in range(4))
                k[h, i, f] = sum(x[i, d] * w_k[d, 2 * h + f] for d in range(4))
                v[h, i, f] = sum(x[i, d] * w_v[d, 2 * h + f] for d in range(4))
        for i in range(3):
            for j in range(3):
                scores[h, i, j] = q[h, i].dot(k[h, j]) / math.sqrt(2)
            total = sum(math.exp(s) for s in scores[h, i])
            for j in range(3):
                weights[h, i, j] = math.exp(scores[h, i, j]) / total
                output[h, i] += weights[h, i, j] * v[h, j]
    return {"output": output, "weights": weights, "scores": scores, "v": v, "k": k, "q": q}


@right(ID)
def by_einsum():
    q, k, v = (np.einsum("nd,dhf->hnf", x, w.reshape(4, 2, 2)) for w in (w_q, w_k, w_v))
    s = np.einsum("hif,hjf->hij", q, k) * 2**-0.5
    a = np.exp(s - np.log(np.exp(s).sum(-1))[..., None])
    return parts(q, k, v, s, a, np.einsum("hij,hjf->hif", a, v))


@right(ID)
def by_split_and_stack():
    q, k, v = (np.stack(np.split(x @ w, 2, axis=1)) for w in (w_q, w_k, w_v))
    return attend(q, k, v)


def projected():
    return [heads(x @ w) for w in (w_q, w_k, w_v)]


@wrong(ID, "missing-scale")
def no_scale():
    return attend(*projected(), root=1)


@wrong(ID, "missing-scale")
def scores_too_early():
    made = attend(*projected())
    return made | {"scores": made["q"] @ made["k"].swapaxes(1, 2)}


@wrong(ID, "scale-by-d", "scale-by-d-model")
def by_the_root_of_four():
    return attend(*projected(), root=math.sqrt(4))


@wrong(ID, "scale-twice")
def scales_queries_too():
    q, k, v = projected()
    return attend(q / 2**0.5, k, v) | {"q": q}


@wrong(ID, "scale-by-sequence")
def by_the_root_of_three():
    return attend(*projected(), root=3**0.5)


@wrong(ID, "scale-by-fourth-root")
def root_of_the_root():
    return attend(*projected(), root=2**0.25)


@wrong(ID, "scale-inverted")
def multiplies():
    return attend(*projected(), root=1 / 2**0.5)


@wrong(ID, "scale-outside-exponent")
def as_in_print():
    q, k, v = projected()
    s = q @ k.swapaxes(1, 2)
    a = np.exp(s) / np.sqrt(2)
    return parts(q, k, v, s, a, a @ v)


@wrong(ID, "scale-outside-exponent")
def as_in_print_with_right_scores():
    q, k, v = projected()
    a = np.exp(q @ k.swapaxes(1, 2)) / np.sqrt(2)
    return parts(q, k, v, q @ k.swapaxes(1, 2) / np.sqrt(2), a, a @ v)


@wrong(ID, "scale-after-softmax")
def scales_weights():
    q, k, v = projected()
    s = q @ k.swapaxes(1, 2)
    a = softmax(s) / 2**0.5
    return parts(q, k, v, s, a, a @ v)


@wrong(ID, "keys-times-queries")
def keys_first():
    q, k, v = projected()
    s = k @ q.swapaxes(1, 2) / 2**0.5
    return parts(q, k, v, s, softmax(s), softmax(s) @ v)


@wrong(ID, "cosine-scores")
def cosine():
    q, k, v = projected()
    unit = [each / np.linalg.norm(each, axis=-1, keepdims=True) for each in (q, k)]
    s = unit[0] @ unit[1].swapaxes(1, 2)
    return parts(q, k, v, s, softmax(s), softmax(s) @ v)


@wrong(ID, "queries-with-queries")
def forgets_keys():
    q, k, v = projected()
    s = q @ q.swapaxes(1, 2) / 2**0.5
    return parts(q, k, v, s, softmax(s), softmax(s) @ v)


@wrong(ID, "softmax-over-queries")
def columns():
    return attend(*projected(), normalize=lambda s: softmax(s, axis=1))


@wrong(ID, "softmax-over-all")
def one_sum():
    return attend(*projected(), normalize=lambda s: np.exp(s) / np.exp(s).sum())


@wrong(ID, "softmax-over-heads")
def across_heads():
    return attend(*projected(), normalize=lambda s: softmax(s, axis=0))


@wrong(ID, "lost-keepdims")
def no_keepdims():
    return attend(*projected(), normalize=lambda s: np.exp(s) / np.exp(s).sum(axis=-1))


@wrong(ID, "double-softmax")
def twice():
    return attend(*projected(), normalize=lambda s: softmax(softmax(s)))


@wrong(ID, "missing-normalization")
def exponentials_only():
    return attend(*projected(), normalize=np.exp)


@wrong(ID, "missing-normalization")
def stable_exponentials_only():
    return attend(*projected(), normalize=lambda s: np.exp(s - s.max(-1, keepdims=True)))


@wrong(ID, "divides-by-largest")
def by_the_largest():
    return attend(*projected(), normalize=lambda s: np.exp(s) / np.exp(s).max(-1, keepdims=True))


@wrong(ID, "hard-maximum")
def winner_takes_all():
    return attend(*projected(), normalize=lambda s: (s == s.max(-1, keepdims=True)) * 1.0)


@wrong(ID, "weights-transposed")
def transposed_weights():
    made = attend(*projected())
    return made | {"output": made["weights"].swapaxes(1, 2) @ made["v"]}


@wrong(ID, "mixes-wrong-values")
def averages_keys():
    made = attend(*projected())
    return made | {"output": made["weights"] @ made["k"]}


@wrong(ID, "averages-values-equally")
def plain_mean():
    made = attend(*projected())
    return made | {"output": np.stack([np.tile(v.mean(axis=0), (3, 1)) for v in made["v"]])}


@wrong(ID, "weights-for-output")
def stops_at_the_weights():
    made = attend(*projected())
    return made | {"output": made["weights"]}


@wrong(ID, "split-without-transpose")
def reshapes_straight():
    return attend(*((x @ w).reshape(2, 3, 2) for w in (w_q, w_k, w_v)))


@wrong(ID, "interleaved-split")
def even_and_odd_columns():
    return attend(*(np.stack([(x @ w)[:, 0::2], (x @ w)[:, 1::2]]) for w in (w_q, w_k, w_v)))


@wrong(ID, "weight-transposed")
def like_a_linear_layer():
    return attend(*(heads(x @ w.T) for w in (w_q, w_k, w_v)))


@wrong(ID, "missing-scale", "softmax-over-queries")
def two_slips():
    return attend(*projected(), root=1, normalize=lambda s: softmax(s, axis=1))


@wrong(ID, "wrong-shape")
def heads_behind_tokens():
    made = attend(*projected())
    return made | {"q": made["q"].swapaxes(0, 1)}


@wrong(ID, "wrong-type")
def forgets_an_entry():
    made = attend(*projected())
    del made["scores"]
    return made


@wrong(ID, "wrong-type")
def tensors():
    return {name: torch.from_numpy(array) for name, array in attend(*projected()).items()}


@wrong(ID, "not-written-yet")
def as_released():
    raise NotImplementedError


@wrong(ID, "ready-made")
def calls_the_reference():
    from selfattn_ref import worked_example as mine

    return mine()
