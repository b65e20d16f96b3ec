"""Attempts at `multi_head_attention_backward`."""

import math

import numpy as np
import torch

from tests.specimens.attention_backward import softmax_back, step_by_step, swap, weights_of
from tests.specimens.masked_softmax import hidden, safe
from tests.specimens.specimen import right, wrong

ID = "multi_head_attention_backward"


def split(x, num_heads):
    return x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads).swapaxes(-2, -3)


def merge(x):
    x = x.swapaxes(-2, -3)
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])


def flat(x):
    return x.reshape(-1, x.shape[-1])


def per_head(mask):
    return mask if mask is None or mask.ndim == 2 else mask[..., None, :, :]


def projected(x, params, role):
    return x @ params[f"w_{role}"] + params.get(f"b_{role}", x.dtype.type(0))


def forward(x, params, num_heads, mask):
    q, k, v = (split(projected(x, params, role), num_heads) for role in "qkv")
    return q, k, v, merge(weights_of(q, k, per_head(mask)) @ v)


def gradients(
    grad_output,
    x,
    params,
    num_heads,
    mask,
    *,
    head=step_by_step,
    split_back=split,
    merge_back=merge,
    back=lambda grad, w: grad @ w.T,
    back_output=None,
    to_tokens=lambda g_q, g_k, g_v: g_q + g_k + g_v,
    product=lambda x, grad: flat(x).T @ flat(grad),
    bias=lambda grad: flat(grad).sum(axis=0),
    per_head=per_head,
    forward=forward,
):
    """The right function, with room for one or two wrong lines."""
    q, k, v, merged = forward(x, params, num_heads, mask)
    grad_merged = (back_output or back)(grad_output, params["w_o"])
    grads = [merge_back(each) for each in head(split_back(grad_merged, num_heads), q, k, v, per_head(mask))]
    grad_x = to_tokens(*(back(grad, params[f"w_{role}"]) for grad, role in zip(grads, "qkv", strict=True)))
    grad_params = {f"w_{role}": product(x, grad) for grad, role in zip(grads, "qkv", strict=True)}
    grad_params["w_o"] = product(merged, grad_output)
    if "b_q" in params:
        grad_params |= {f"b_{role}": bias(grad) for grad, role in zip((*grads, grad_output), "qkvo", strict=True)}
    return grad_x, grad_params


@right(ID)
def composed(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask)


@right(ID)
def line_by_line(grad_output, x, params, num_heads, mask=None):
    d_k = x.shape[-1] // num_heads
    q, k, v, merged = forward(x, params, num_heads, mask)
    weights = weights_of(q, k, per_head(mask))
    axes = tuple(range(x.ndim - 2))

    def product(a, b):
        return (swap(a) @ b).sum(axis=axes)

    grad_params = {"w_o": product(merged, grad_output)}
    grad_heads = split(grad_output @ params["w_o"].T, num_heads)
    grad_v = merge(swap(weights) @ grad_heads)
    grad_scores = softmax_back(grad_heads @ swap(v), weights) / math.sqrt(d_k)
    grad_q, grad_k = merge(grad_scores @ k), merge(swap(grad_scores) @ q)
    grad_params |= {"w_q": product(x, grad_q), "w_k": product(x, grad_k), "w_v": product(x, grad_v)}
    if "b_o" in params:
        for name, grad in (("b_q", grad_q), ("b_k", grad_k), ("b_v", grad_v), ("b_o", grad_output)):
            grad_params[name] = grad.sum(axis=(*axes, -2))
    return grad_q @ params["w_q"].T + grad_k @ params["w_k"].T + grad_v @ params["w_v"].T, grad_params


@right(ID)
def head_by_head(grad_output, x, params, num_heads, mask=None):
    """One head after the other, each with its columns of the weights."""
    d_k = x.shape[-1] // num_heads
    grad_x = np.zeros_like(x)
    grad_params = {name: np.zeros_like(value) for name, value in params.items()}
    grad_merged = grad_output @ params["w_o"].T
    for h in range(num_heads):
        own = slice(h * d_k, (h + 1) * d_k)
        q, k, v = (projected(x, params, role)[..., own] for role in "qkv")
        output = weights_of(q, k, mask) @ v
        grad_params["w_o"][own] = flat(output).T @ flat(grad_output)
        for role, grad in zip("qkv", step_by_step(grad_merged[..., own], q, k, v, mask), strict=True):
            grad_x += grad @ params[f"w_{role}"][:, own].T
            grad_params[f"w_{role}"][:, own] = flat(x).T @ flat(grad)
            if f"b_{role}" in params:
                grad_params[f"b_{role}"][own] = flat(grad).sum(0)
    if "b_o" in params:
        grad_params["b_o"] = flat(grad_output).sum(0)
    return grad_x, grad_params


@right(ID)
def einsum(grad_output, x, params, num_heads, mask=None):
    q, k, v, merged = forward(x, params, num_heads, mask)
    grad_merged = np.einsum("...no,do->...nd", grad_output, params["w_o"])
    grads = [merge(each) for each in step_by_step(split(grad_merged, num_heads), q, k, v, per_head(mask))]
    pairs = {"q": (x, grads[0]), "k": (x, grads[1]), "v": (x, grads[2]), "o": (merged, grad_output)}
    grad_params = {}
    for name in params:
        before, after = (flat(each) for each in pairs[name[-1]])
        grad_params[name] = np.einsum("ni,nj->ij", before, after) if name[0] == "w" else np.einsum("nj->j", after)
    return sum(np.einsum("...nj,ij->...ni", pairs[r][1], params[f"w_{r}"]) for r in "qkv"), grad_params


@right(ID)
def key_bias_is_zero(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    if "b_k" in params:
        grad_params["b_k"] = np.zeros_like(params["b_k"])
    return grad_x, grad_params


@right(ID)
def tokens_as_one_batch(grad_output, x, params, num_heads, mask=None):
    """Loops over the sequences of the batch and adds the gradients of the parameters up."""
    *batch, n, _ = x.shape
    see = np.ones((*batch, n, n), bool) if mask is None else np.broadcast_to(mask, (*batch, n, n))
    grad_x, total = np.empty_like(x), {name: np.zeros_like(value) for name, value in params.items()}
    for place in np.ndindex(*batch):
        grad_x[place], found = gradients(grad_output[place], x[place], params, num_heads, see[place])
        for name in total:
            total[name] += found[name]
    return grad_x, total


@wrong(ID, "forward-without-biases")
def no_biases_on_the_way_there(grad_output, x, params, num_heads, mask=None):
    bare = {name: value for name, value in params.items() if name.startswith("w")}

    def forward_bare(x, params, num_heads, mask):
        return forward(x, bare, num_heads, mask)

    return gradients(grad_output, x, params, num_heads, mask, forward=forward_bare)


@wrong(ID, "backward-weight-not-transposed")
def weights_as_they_are(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, back=lambda grad, w: grad @ w)


@wrong(ID, "backward-weight-not-transposed")
def output_weight_as_it_is(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, back_output=lambda grad, w: grad @ w)


@wrong(ID, "skips-output-projection-backward")
def no_output_projection(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, back_output=lambda grad, w: grad)


@wrong(ID, "gradient-split-without-transpose")
def straight_to_heads(grad_output, x, params, num_heads, mask=None):
    def reshaped(x, h):
        return x.reshape(*x.shape[:-2], h, x.shape[-2], x.shape[-1] // h)

    return gradients(grad_output, x, params, num_heads, mask, split_back=reshaped)


@wrong(ID, "gradient-merge-without-transpose")
def straight_from_heads(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, merge_back=lambda g: g.reshape(x.shape))


@wrong(ID, "one-path-only")
def values_only(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, to_tokens=lambda g_q, g_k, g_v: g_v)


@wrong(ID, "one-path-only")
def queries_only(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, to_tokens=lambda g_q, g_k, g_v: g_q)


@wrong(ID, "one-path-only")
def forgets_keys(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, to_tokens=lambda g_q, g_k, g_v: g_q + g_v)


@wrong(ID, "paths-averaged")
def mean_of_three(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, to_tokens=lambda *ways: np.mean(ways, axis=0))


@wrong(ID, "gradients-out-of-order")
def parameters_first(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask)[::-1]


@wrong(ID, "drops-results")
def tokens_alone(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask)[0]


@wrong(ID, "drops-results")
def parameters_alone(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask)[1]


@wrong(ID, "parameter-gradient-transposed")
def rows_and_columns(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, product=lambda x, grad: flat(grad).T @ flat(x))


@wrong(ID, "batch-not-summed")
def a_gradient_for_each_sequence(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, product=lambda x, grad: swap(x) @ grad)


@wrong(ID, "batch-not-summed")
def nothing_summed(grad_output, x, params, num_heads, mask=None):
    return gradients(
        grad_output,
        x,
        params,
        num_heads,
        mask,
        product=lambda x, grad: swap(x) @ grad,
        bias=lambda grad: grad.sum(axis=-2),
    )


@wrong(ID, "mean-over-batch")
def averages_sequences(grad_output, x, params, num_heads, mask=None):
    count = math.prod(x.shape[:-2])
    return gradients(
        grad_output, x, params, num_heads, mask, product=lambda x, grad: flat(x).T @ flat(grad) / x.dtype.type(count)
    )


@wrong(ID, "output-weight-gradient-from-tokens")
def tokens_for_merged(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    grad_params["w_o"] = flat(x).T @ flat(grad_output)
    return grad_x, grad_params


@wrong(ID, "bias-gradient-not-summed")
def bias_for_each_token(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, bias=lambda grad: grad)


@wrong(ID, "bias-gradient-not-summed")
def bias_for_each_sequence(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, bias=lambda grad: grad.sum(axis=-2))


@wrong(ID, "bias-gradient-averaged")
def bias_mean(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, bias=lambda grad: flat(grad).mean(axis=0))


@wrong(ID, "bias-gradients-missing")
def weights_without_biases(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    return grad_x, {name: grad_params[name] for name in ("w_q", "w_k", "w_v", "w_o")}


@wrong(ID, "mask-broadcast-silently")
def mask_meets_heads(grad_output, x, params, num_heads, mask=None):
    def forward_so(x, params, num_heads, mask):
        q, k, v = (split(projected(x, params, role), num_heads) for role in "qkv")
        return q, k, v, merge(weights_of(q, k, mask) @ v)

    return gradients(grad_output, x, params, num_heads, mask, per_head=lambda mask: mask, forward=forward_so)


@wrong(ID, "ignores-mask")
def no_mask(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, None)


@wrong(ID, "mask-inverted")
def inverted(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, None if mask is None else ~mask)


def with_head(back, **wrong_lines):
    """`step_by_step` with another way back through the softmax, or another scale."""

    def head(grad_output, q, k, v, mask=None):
        a = weights_of(q, k, mask)
        grad_s = back(grad_output @ swap(v), a) / wrong_lines.get("root", math.sqrt(q.shape[-1]))
        return grad_s @ k, swap(grad_s) @ q, swap(a) @ grad_output

    return head


@wrong(ID, "backward-missing-scale")
def no_scale_back(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, head=with_head(softmax_back, root=1.0))


@wrong(ID, "backward-wrong-scale")
def root_of_d_model(grad_output, x, params, num_heads, mask=None):
    root = math.sqrt(x.shape[-1])
    return gradients(grad_output, x, params, num_heads, mask, head=with_head(softmax_back, root=root))


@wrong(ID, "backward-wrong-scale")
def root_of_d_model_both_ways(grad_output, x, params, num_heads, mask=None):
    root = math.sqrt(x.shape[-1])
    q, k, v = (split(projected(x, params, role), num_heads) for role in "qkv")
    a = safe(hidden(q @ swap(k) / root, per_head(mask)))

    def head(grad_output, q, k, v, mask=None):
        grad_s = softmax_back(grad_output @ swap(v), a) / root
        return grad_s @ k, swap(grad_s) @ q, swap(a) @ grad_output

    return gradients(grad_output, x, params, num_heads, mask, head=head, forward=lambda *_: (q, k, v, merge(a @ v)))


@wrong(ID, "diagonal-only-backward")
def product_only(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, head=with_head(lambda g, a: g * a))


@wrong(ID, "missing-p-factor")
def without_factor(grad_output, x, params, num_heads, mask=None):
    head = with_head(lambda g, a: g - (g * a).sum(-1, keepdims=True))
    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "unweighted-sum")
def without_weights(grad_output, x, params, num_heads, mask=None):
    head = with_head(lambda g, a: a * (g - g.sum(-1, keepdims=True)))
    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "skips-softmax-backward")
def straight_through(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, mask, head=with_head(lambda g, a: g))


@wrong(ID, "missing-scale")
def no_scale_on_the_way_there(grad_output, x, params, num_heads, mask=None):
    q, k, v = (split(projected(x, params, role), num_heads) for role in "qkv")
    a = safe(hidden(q @ swap(k), per_head(mask)))

    def head(grad_output, q, k, v, mask=None):
        grad_s = softmax_back(grad_output @ swap(v), a) / math.sqrt(q.shape[-1])
        return grad_s @ k, swap(grad_s) @ q, swap(a) @ grad_output

    return gradients(grad_output, x, params, num_heads, mask, head=head, forward=lambda *_: (q, k, v, merge(a @ v)))


@wrong(ID, "scores-for-weights")
def scores_to_values(grad_output, x, params, num_heads, mask=None):
    def head(grad_output, q, k, v, mask=None):
        grad_q, grad_k, _ = step_by_step(grad_output, q, k, v, mask)
        return grad_q, grad_k, swap(q @ swap(k) / math.sqrt(q.shape[-1])) @ grad_output

    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "value-gradient-not-transposed")
def forward_weights(grad_output, x, params, num_heads, mask=None):
    def head(grad_output, q, k, v, mask=None):
        grad_q, grad_k, _ = step_by_step(grad_output, q, k, v, mask)
        return grad_q, grad_k, weights_of(q, k, mask) @ grad_output

    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "key-gradient-not-transposed")
def keys_without_transpose(grad_output, x, params, num_heads, mask=None):
    def head(grad_output, q, k, v, mask=None):
        grad_s = softmax_back(grad_output @ swap(v), weights_of(q, k, mask)) / math.sqrt(q.shape[-1])
        return grad_s @ k, grad_s @ q, step_by_step(grad_output, q, k, v, mask)[2]

    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "query-gradient-transposed")
def queries_with_transpose(grad_output, x, params, num_heads, mask=None):
    def head(grad_output, q, k, v, mask=None):
        _, grad_k, grad_v = step_by_step(grad_output, q, k, v, mask)
        grad_s = softmax_back(grad_output @ swap(v), weights_of(q, k, mask)) / math.sqrt(q.shape[-1])
        return swap(grad_s) @ k, grad_k, grad_v

    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "gradient-from-own-input")
def queries_from_queries(grad_output, x, params, num_heads, mask=None):
    def head(grad_output, q, k, v, mask=None):
        _, grad_k, grad_v = step_by_step(grad_output, q, k, v, mask)
        grad_s = softmax_back(grad_output @ swap(v), weights_of(q, k, mask)) / math.sqrt(q.shape[-1])
        return grad_s @ q, grad_k, grad_v

    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "detached-weights")
def constant_weights(grad_output, x, params, num_heads, mask=None):
    def head(grad_output, q, k, v, mask=None):
        return np.zeros_like(q), np.zeros_like(k), step_by_step(grad_output, q, k, v, mask)[2]

    return gradients(grad_output, x, params, num_heads, mask, head=head)


@wrong(ID, "one-path-only", "batch-not-summed")
def values_only_unsummed(grad_output, x, params, num_heads, mask=None):
    return gradients(
        grad_output,
        x,
        params,
        num_heads,
        mask,
        to_tokens=lambda g_q, g_k, g_v: g_v,
        product=lambda x, grad: swap(x) @ grad,
    )


@wrong(ID, "skips-output-projection-backward", "backward-missing-scale")
def neither_projection_nor_scale(grad_output, x, params, num_heads, mask=None):
    return gradients(
        grad_output,
        x,
        params,
        num_heads,
        mask,
        back_output=lambda grad, w: grad,
        head=with_head(softmax_back, root=1.0),
    )


@wrong(ID, "parameter-gradient-transposed", "backward-weight-not-transposed")
def transposes_exchanged(grad_output, x, params, num_heads, mask=None):
    return gradients(
        grad_output,
        x,
        params,
        num_heads,
        mask,
        back=lambda grad, w: grad @ w,
        product=lambda x, grad: flat(grad).T @ flat(x),
    )


@wrong(ID, "ignores-mask", "bias-gradient-averaged")
def no_mask_and_bias_mean(grad_output, x, params, num_heads, mask=None):
    return gradients(grad_output, x, params, num_heads, None, bias=lambda grad: flat(grad).mean(axis=0))


@wrong(ID, "wrong-type")
def keys_of_its_own(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    return grad_x, {f"grad_{name}": grad for name, grad in grad_params.items()}


@wrong(ID, "dtype-promoted")
def zeros_are_double(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    return grad_x, {name: np.zeros(grad.shape) + grad for name, grad in grad_params.items()}


@wrong(ID, "mutates-input")
def adds_biases_in_place(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    for name, grad in grad_params.items():
        params[name][...] = grad
    return grad_x, grad_params


@wrong(ID, "ready-made")
def reference(grad_output, x, params, num_heads, mask=None):
    from selfattn_ref import multi_head_attention_backward

    return multi_head_attention_backward(grad_output, x, params, num_heads, mask)


@wrong(ID, "ready-made")
def backward_of_torch(grad_output, x, params, num_heads, mask=None):
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    tokens = torch.tensor(x, requires_grad=True)
    q, k, v = ((tokens @ tensors[f"w_{role}"]).unflatten(-1, (num_heads, -1)).transpose(-2, -3) for role in "qkv")
    weights = torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]), -1)
    output = (weights @ v).transpose(-2, -3).flatten(-2) @ tensors["w_o"]
    output.backward(torch.tensor(grad_output))
    return tokens.grad.numpy(), {
        name: tensor.grad.numpy() for name, tensor in tensors.items() if tensor.grad is not None
    }


@wrong(ID, "parameter-gradient-transposed")
def three_of_four_transposed(grad_output, x, params, num_heads, mask=None):
    grad_x, grad_params = gradients(grad_output, x, params, num_heads, mask)
    for role in "qkv":
        grad_params[f"w_{role}"] = grad_params[f"w_{role}"].T.copy()
    return grad_x, grad_params
