"""Attempts at `repaired_heads`."""

import math

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "repaired_heads"


def softmax(x, axis=-1):
    exponents = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponents / exponents.sum(axis=axis, keepdims=True)


def attend(q, k, v, root=None, axis=-1):
    scores = q @ np.swapaxes(k, -1, -2) / (root or math.sqrt(q.shape[-1]))
    return softmax(scores, axis) @ v


def cut(x, num_heads):
    return x.reshape(len(x), num_heads, -1).swapaxes(0, 1)


def join(x):
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)


@right(ID)
def reshapes_then_swaps(q, k, v, num_heads):
    n, d_model = q.shape

    def split(x):
        return x.reshape(n, num_heads, d_model // num_heads).swapaxes(0, 1)

    return attend(split(q), split(k), split(v)).swapaxes(0, 1).reshape(n, d_model)


@right(ID)
def head_by_head(q, k, v, num_heads):
    width = q.shape[1] // num_heads
    blocks = [slice(h * width, (h + 1) * width) for h in range(num_heads)]
    return np.concatenate([attend(q[:, block], k[:, block], v[:, block]) for block in blocks], axis=1)


@right(ID)
def splits_and_stacks(q, k, v, num_heads):
    q, k, v = (np.stack(np.split(each, num_heads, axis=1)) for each in (q, k, v))
    return np.hstack(list(attend(q, k, v)))


@right(ID)
def by_einsum(q, k, v, num_heads):
    q, k, v = (each.reshape(len(each), num_heads, -1) for each in (q, k, v))
    weights = softmax(np.einsum("ihf,jhf->hij", q, k) / math.sqrt(q.shape[-1]))
    return np.einsum("hij,jhf->ihf", weights, v).reshape(len(q), -1)


@right(ID)
def by_torch(q, k, v, num_heads):
    q, k, v = (torch.from_numpy(each.copy()).unflatten(1, (num_heads, -1)).transpose(0, 1) for each in (q, k, v))
    weights = torch.softmax(q @ k.mT / q.shape[-1] ** 0.5, dim=-1)
    return (weights @ v).transpose(0, 1).flatten(1).numpy()


@wrong(ID, "split-without-transpose")
def left_as_it_was(q, k, v, num_heads):
    n, d_model = q.shape

    def split(x):
        return x.reshape(num_heads, n, d_model // num_heads)

    return attend(split(q), split(k), split(v)).swapaxes(0, 1).reshape(n, d_model)


@wrong(ID, "split-without-transpose")
def straight_there_and_back(q, k, v, num_heads):
    q_, k_, v_ = (x.reshape(num_heads, len(x), -1) for x in (q, k, v))
    return attend(q_, k_, v_).reshape(q.shape)


@wrong(ID, "interleaved-split")
def every_other_feature(q, k, v, num_heads):
    q_, k_, v_ = (np.stack([x[:, h::num_heads] for h in range(num_heads)]) for x in (q, k, v))
    return join(attend(q_, k_, v_))


@wrong(ID, "interleaved-split")
def deals_out_and_collects(q, k, v, num_heads):
    output = np.empty_like(q)
    for h in range(num_heads):
        output[:, h::num_heads] = attend(q[:, h::num_heads], k[:, h::num_heads], v[:, h::num_heads])
    return output


@wrong(ID, "merge-without-transpose")
def straight_back(q, k, v, num_heads):
    return attend(*(cut(x, num_heads) for x in (q, k, v))).reshape(q.shape)


@wrong(ID, "scale-by-d-model")
def root_of_all_features(q, k, v, num_heads):
    return join(attend(*(cut(x, num_heads) for x in (q, k, v)), root=math.sqrt(q.shape[1])))


@wrong(ID, "missing-scale")
def no_scale(q, k, v, num_heads):
    return join(attend(*(cut(x, num_heads) for x in (q, k, v)), root=1))


@wrong(ID, "scale-by-d")
def width_itself(q, k, v, num_heads):
    return join(attend(*(cut(x, num_heads) for x in (q, k, v)), root=q.shape[1] // num_heads))


@wrong(ID, "softmax-over-heads")
def heads_share(q, k, v, num_heads):
    return join(attend(*(cut(x, num_heads) for x in (q, k, v)), axis=0))


@wrong(ID, "softmax-over-queries")
def queries_share(q, k, v, num_heads):
    return join(attend(*(cut(x, num_heads) for x in (q, k, v)), axis=1))


@wrong(ID, "split-without-transpose", "missing-scale")
def two_slips(q, k, v, num_heads):
    return join(attend(*(x.reshape(num_heads, len(x), -1) for x in (q, k, v)), root=1))


@wrong(ID, "wrong-shape")
def leaves_the_heads_apart(q, k, v, num_heads):
    return attend(*(cut(x, num_heads) for x in (q, k, v)))


@wrong(ID, "wrong-values")
def one_head(q, k, v, num_heads):
    return attend(q, k, v)


@wrong(ID, "not-written-yet")
def as_released(q, k, v, num_heads):
    raise NotImplementedError


@wrong(ID, "ready-made")
def calls_the_reference(q, k, v, num_heads):
    from selfattn_ref import repaired_heads as mine

    return mine(q, k, v, num_heads)


@wrong(ID, "split-without-transpose")
def heads_behind_the_tokens(q, k, v, num_heads):
    q, k, v = (each.reshape(len(each), num_heads, -1) for each in (q, k, v))
    return attend(q, k, v).swapaxes(0, 1).reshape(len(q), -1)


@wrong(ID, "split-without-transpose")
def swaps_after_the_wrong_reshape(q, k, v, num_heads):
    q, k, v = (each.reshape(num_heads, len(each), -1).swapaxes(0, 1) for each in (q, k, v))
    return attend(q, k, v).swapaxes(0, 1).reshape(len(q), -1)
