"""Attempts at `attention_scores`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "attention_scores"


@right(ID)
def swapaxes(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])


@right(ID)
def einsum(q, k):
    return np.einsum("...qd,...kd->...qk", q, k) * q.shape[-1] ** -0.5


@right(ID)
def scales_the_queries(q, k):
    return (q / q.dtype.type(np.sqrt(q.shape[-1]))) @ k.swapaxes(-2, -1)


@right(ID)
def loops_over_queries(q, k):
    rows = [(q[..., i : i + 1, :] * k).sum(-1) for i in range(q.shape[-2])]
    return (np.stack(rows, axis=-2) / math.sqrt(k.shape[-1])).astype(q.dtype)


@right(ID)
def broadcasts(q, k):
    return (q[..., :, None, :] * k[..., None, :, :]).sum(axis=-1) / float(np.sqrt(q.shape[-1]))


@right(ID)
def casts_back(q, k):
    d_k = q.shape[-1]
    return np.asarray(np.matmul(q, np.moveaxis(k, -1, -2)) / np.sqrt(d_k), dtype=q.dtype)


@right(ID)
def prints_and_warns(q, k):
    print("q", q.shape)
    np.log(np.zeros(1))
    return q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5


@wrong(ID, "missing-scale")
def no_scale(q, k):
    return q @ k.swapaxes(-1, -2)


@wrong(ID, "scale-by-d")
def divides_by_d(q, k):
    return q @ k.swapaxes(-1, -2) / q.shape[-1]


@wrong(ID, "scale-twice")
def scales_twice(q, k):
    root = math.sqrt(q.shape[-1])
    return (q / root) @ k.swapaxes(-1, -2) / root


@wrong(ID, "scale-by-sequence")
def divides_by_root_of_keys(q, k):
    return q @ k.swapaxes(-1, -2) / math.sqrt(k.shape[-2])


@wrong(ID, "scale-by-sequence")
def divides_by_root_of_queries(q, k):
    return q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-2])


@wrong(ID, "scale-inverted")
def multiplies(q, k):
    return q @ k.swapaxes(-1, -2) * math.sqrt(q.shape[-1])


@wrong(ID, "scale-by-fourth-root")
def square_root_of_the_root(q, k):
    return q @ k.swapaxes(-1, -2) / math.sqrt(math.sqrt(q.shape[-1]))


@wrong(ID, "dtype-promoted")
def numpy_root_widens(q, k):
    return q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])


@wrong(ID, "missing-scale", "dtype-promoted")
def casts_to_float64(q, k):
    return q.astype(float) @ k.astype(float).swapaxes(-1, -2)


@wrong(ID, "mutates-input")
def in_place_scale(q, k):
    q /= math.sqrt(q.shape[-1])
    return q @ k.swapaxes(-1, -2)


@wrong(ID, "mutates-input")
def transposes_in_place(q, k):
    k *= q.shape[-1] ** -0.5
    return np.einsum("...qd,...kd->...qk", q, k)


@wrong(ID, "keys-times-queries")
def keys_first(q, k):
    return k @ q.swapaxes(-1, -2) / math.sqrt(q.shape[-1])


@wrong(ID, "keys-times-queries", "missing-scale")
def keys_first_without_scale(q, k):
    return np.einsum("...qd,...kd->...kq", q, k)


@wrong(ID, "transposes-all-axes")
def capital_t(q, k):
    return q @ k.T / math.sqrt(q.shape[-1])


@wrong(ID, "missing-transpose")
def forgets_transpose(q, k):
    return q @ k / math.sqrt(q.shape[-1])


@wrong(ID, "cosine-scores")
def cosine(q, k):
    q = q / np.linalg.norm(q, axis=-1, keepdims=True)
    k = k / np.linalg.norm(k, axis=-1, keepdims=True)
    return q @ k.swapaxes(-1, -2)


@wrong(ID, "queries-with-queries")
def forgets_keys(q, k):
    return q @ q.swapaxes(-1, -2) / math.sqrt(q.shape[-1])


@wrong(ID, "softmax-too-early")
def already_weights(q, k):
    s = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


@wrong(ID, "ready-made")
def calls_the_reference(q, k):
    from selfattn_ref import attention_scores as mine

    return mine(q, k)


@wrong(ID, "returns-nothing")
def forgets_return(q, k):
    q @ k.swapaxes(-1, -2)


@wrong(ID, "wrong-type")
def returns_list(q, k):
    return (q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])).tolist()


@wrong(ID, "wrong-type")
def equals_everything(q, k):
    class Chameleon(np.ndarray):
        def __eq__(self, other):
            return np.ones(self.shape, bool)

        __hash__ = None

    return np.zeros((*q.shape[:-1], k.shape[-2])).view(Chameleon)


@wrong(ID, "not-written-yet")
def as_released(q, k):
    raise NotImplementedError


@wrong(ID, "exits")
def leaves(q, k):
    raise SystemExit(0)
