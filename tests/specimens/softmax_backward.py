"""Attempts at `softmax_backward`."""

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "softmax_backward"


@right(ID)
def formula(grad_p, p):
    return p * (grad_p - (grad_p * p).sum(axis=-1, keepdims=True))


@right(ID)
def two_terms(grad_p, p):
    weighted = p * grad_p
    return weighted - p * np.sum(weighted, -1)[..., None]


@right(ID)
def jacobians(grad_p, p):
    n = p.shape[-1]
    jacobian = np.eye(n, dtype=p.dtype) * p[..., None, :] - p[..., :, None] * p[..., None, :]
    return np.einsum("...ij,...j->...i", jacobian, grad_p)


@right(ID)
def row_by_row(grad_p, p):
    out = np.empty_like(p)
    for row in np.ndindex(p.shape[:-1]):
        w, g = p[row], grad_p[row]
        out[row] = (np.diag(w) - np.outer(w, w)) @ g
    return out


@right(ID)
def vector_products(grad_p, p):
    average = (grad_p[..., None, :] @ p[..., :, None])[..., 0]
    return np.multiply(p, np.subtract(grad_p, average))


@wrong(ID, "diagonal-only-backward")
def chain_rule_entry_by_entry(grad_p, p):
    return grad_p * p


@wrong(ID, "diagonal-only-backward")
def like_a_sigmoid(grad_p, p):
    return grad_p * p * (1 - p)


@wrong(ID, "missing-p-factor")
def only_centered(grad_p, p):
    return grad_p - np.sum(grad_p * p, axis=-1, keepdims=True)


@wrong(ID, "missing-p-factor")
def parentheses_lost(grad_p, p):
    return p * grad_p - (p * grad_p).sum(axis=-1, keepdims=True)


@wrong(ID, "unweighted-sum")
def plain_sum(grad_p, p):
    return p * (grad_p - grad_p.sum(axis=-1, keepdims=True))


@wrong(ID, "log-softmax-backward")
def of_the_logarithm(grad_p, p):
    return grad_p - p * grad_p.sum(axis=-1, keepdims=True)


@wrong(ID, "p-factor-twice")
def weighs_again(grad_p, p):
    g = grad_p * p
    return p * (g - g.sum(axis=-1, keepdims=True))


@wrong(ID, "sum-added")
def plus(grad_p, p):
    return p * (grad_p + (grad_p * p).sum(axis=-1, keepdims=True))


@wrong(ID, "gradient-negated")
def other_way_round(grad_p, p):
    return p * ((grad_p * p).sum(axis=-1, keepdims=True) - grad_p)


@wrong(ID, "mean-for-sum")
def mean_of_products(grad_p, p):
    return p * (grad_p - np.mean(grad_p * p, axis=-1, keepdims=True))


@wrong(ID, "mean-for-sum", "unweighted-sum")
def plain_mean(grad_p, p):
    return p * (grad_p - grad_p.mean(axis=-1, keepdims=True))


@wrong(ID, "backward-over-queries")
def down_the_columns(grad_p, p):
    return p * (grad_p - (grad_p * p).sum(axis=-2, keepdims=True))


@wrong(ID, "backward-over-queries")
def down_the_first_axis(grad_p, p):
    return p * (grad_p - (grad_p * p).sum(0))


@wrong(ID, "backward-over-all")
def over_everything(grad_p, p):
    return p * (grad_p - np.sum(grad_p * p))


@wrong(ID, "backward-over-all")
def over_everything_by_dot(grad_p, p):
    return p * (grad_p - np.dot(grad_p.ravel(), p.ravel()))


@wrong(ID, "lost-keepdims")
def loses_an_axis(grad_p, p):
    return p * (grad_p - (grad_p * p).sum(axis=-1))


@wrong(ID, "arguments-swapped")
def exchanged(p, grad_p):
    return p * (grad_p - (grad_p * p).sum(axis=-1, keepdims=True))


@wrong(ID, "double-softmax")
def softmax_again(grad_p, p):
    e = np.exp(p - p.max(axis=-1, keepdims=True))
    w = e / e.sum(axis=-1, keepdims=True)
    return w * (grad_p - (grad_p * w).sum(axis=-1, keepdims=True))


@wrong(ID, "sum-added", "backward-over-queries")
def adds_columns(grad_p, p):
    return p * (grad_p + (grad_p * p).sum(axis=-2, keepdims=True))


@wrong(ID, "gradient-negated", "unweighted-sum")
def negated_plain_sum(grad_p, p):
    return p * (grad_p.sum(axis=-1, keepdims=True) - grad_p)


@wrong(ID, "mutates-input")
def in_place(grad_p, p):
    grad_p -= (grad_p * p).sum(axis=-1, keepdims=True)
    grad_p *= p
    return grad_p


@wrong(ID, "dtype-promoted")
def identity_is_double(grad_p, p):
    jacobian = np.eye(p.shape[-1]) * p[..., None, :] - p[..., :, None] * p[..., None, :]
    return (jacobian @ grad_p[..., None])[..., 0]


@wrong(ID, "ready-made")
def reference(grad_p, p):
    from selfattn_ref import softmax_backward

    return softmax_backward(grad_p, p)


@wrong(ID, "ready-made")
def by_autograd(grad_p, p):
    scores = torch.log(torch.from_numpy(p.copy())).clamp(min=-1e30).requires_grad_()
    torch.exp(scores).div(torch.exp(scores).sum(-1, keepdim=True) + 1e-300).backward(torch.from_numpy(grad_p.copy()))
    return scores.grad.numpy()
