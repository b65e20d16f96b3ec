"""Attempts at `repaired_scale`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "repaired_scale"


@right(ID)
def other_axis(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(k.shape[-1])


@right(ID)
def features_of_the_queries(q, k):
    return q @ k.swapaxes(-1, -2) * q.shape[-1] ** -0.5


@right(ID)
def by_einsum(q, k):
    return np.einsum("...if,...jf->...ij", q, k) / float(np.sqrt(q.shape[-1]))


@right(ID)
def each_query_with_each_key(q, k):
    products = q[..., :, None, :] * k[..., None, :, :]
    return products.sum(-1) / math.sqrt(products.shape[-1])


@wrong(ID, "scale-by-sequence")
def left_as_it_was(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(k.shape[-2])


@wrong(ID, "scale-by-sequence")
def number_of_queries(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-2])


@wrong(ID, "missing-scale")
def takes_the_divisor_away(q, k):
    return q @ np.swapaxes(k, -1, -2)


@wrong(ID, "scale-by-d")
def loses_the_root(q, k):
    return q @ np.swapaxes(k, -1, -2) / k.shape[-1]


@wrong(ID, "scale-twice")
def scales_both(q, k):
    d_k = k.shape[-1]
    return (q / math.sqrt(d_k)) @ np.swapaxes(k / math.sqrt(d_k), -1, -2)


@wrong(ID, "scale-by-fourth-root")
def root_of_the_root(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(math.sqrt(k.shape[-1]))


@wrong(ID, "scale-inverted")
def multiplies(q, k):
    return q @ np.swapaxes(k, -1, -2) * math.sqrt(k.shape[-1])


@wrong(ID, "dtype-promoted")
def numpy_root(q, k):
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(k.shape[-1])


@wrong(ID, "not-written-yet")
def as_released(q, k):
    raise NotImplementedError


@wrong(ID, "ready-made")
def calls_the_reference(q, k):
    from selfattn_ref import attention_scores

    return attention_scores(q, k)


@wrong(ID, "axes-from-the-front")
def the_second_axis(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[1])


@wrong(ID, "axes-from-the-front")
def the_first_axis(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(k.shape[0])
