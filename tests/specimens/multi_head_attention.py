"""Attempts at `multi_head_attention`."""

import math

import numpy as np

from tests.specimens.masked_softmax import hidden, safe, softmax
from tests.specimens.specimen import right, wrong

ID = "multi_head_attention"


def project(x, params, role):
    y = x @ params[f"w_{role}"]
    return y + params[f"b_{role}"] if f"b_{role}" in params else y


def heads(x, num_heads):
    return np.swapaxes(x.reshape(*x.shape[:-1], num_heads, x.shape[-1] // num_heads), -2, -3)


def merged(x):
    x = np.swapaxes(x, -2, -3)
    return x.reshape(*x.shape[:-2], -1)


def with_heads(mask):
    return None if mask is None else mask[..., None, :, :]


def scored(q, k):
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])


def three(x, params, num_heads, cut=heads):
    return [cut(project(x, params, role), num_heads) for role in "qkv"]


@right(ID)
def five_steps(x, params, num_heads, mask=None):
    q, k, v = (heads(project(x, params, role), num_heads) for role in "qkv")
    weights = safe(hidden(scored(q, k), with_heads(mask)))
    return project(merged(weights @ v), params, "o"), weights


@right(ID)
def one_head_at_a_time(x, params, num_heads, mask=None):
    q, k, v = (project(x, params, role) for role in "qkv")
    width = x.shape[-1] // num_heads
    outputs, weights = [], []
    for h in range(num_heads):
        mine = slice(h * width, (h + 1) * width)
        s = q[..., mine] @ np.swapaxes(k[..., mine], -1, -2) * width**-0.5
        w = safe(hidden(s, mask))
        weights.append(w)
        outputs.append(w @ v[..., mine])
    return project(np.concatenate(outputs, axis=-1), params, "o"), np.stack(weights, axis=-3)


@right(ID)
def einsum_throughout(x, params, num_heads, mask=None):
    d = x.shape[-1]
    w_q, w_k, w_v = (params[name].reshape(d, num_heads, d // num_heads) for name in ("w_q", "w_k", "w_v"))
    q, k, v = (np.einsum("...nd,dhk->...hnk", x, w) for w in (w_q, w_k, w_v))
    if "b_q" in params:
        q, k, v = (y + params[name].reshape(num_heads, 1, -1) for y, name in ((q, "b_q"), (k, "b_k"), (v, "b_v")))
    s = np.einsum("...hqk,...hmk->...hqm", q, k) / (d // num_heads) ** 0.5
    w = safe(hidden(s, None if mask is None else np.expand_dims(mask, -3)))
    out = np.einsum("...hqm,...hmk,hkd->...qd", w, v, params["w_o"].reshape(num_heads, -1, d))
    return out + params["b_o"] if "b_o" in params else out, w


@right(ID)
def sums_over_heads(x, params, num_heads, mask=None):
    """Each head through its own rows of w_o, added: the same as concatenating first."""
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    o = w @ v
    width = o.shape[-1]
    out = sum(o[..., h, :, :] @ params["w_o"][h * width : (h + 1) * width] for h in range(num_heads))
    return out + params.get("b_o", 0), w


@right(ID)
def packed(x, params, num_heads, mask=None):
    big = x @ np.hstack([params["w_q"], params["w_k"], params["w_v"]])
    if "b_q" in params:
        big = big + np.concatenate([params["b_q"], params["b_k"], params["b_v"]])
    q, k, v = (heads(part, num_heads) for part in np.split(big, 3, axis=-1))
    m = None if mask is None else np.broadcast_to(mask, (*x.shape[:-1], x.shape[-2]))[..., None, :, :]
    w = safe(hidden(scored(q, k), m))
    return project(merged(w @ v), params, "o"), w


@right(ID)
def one_sequence_at_a_time(x, params, num_heads, mask=None):
    n, d = x.shape[-2:]
    m = np.ones((n, n), bool) if mask is None else mask
    m = np.broadcast_to(m, (*x.shape[:-2], n, n))
    out = np.empty_like(x)
    weights = np.empty((*x.shape[:-2], num_heads, n, n), x.dtype)
    for b in np.ndindex(x.shape[:-2]):
        q, k, v = (project(x[b], params, role).reshape(n, num_heads, -1).transpose(1, 0, 2) for role in "qkv")
        w = safe(hidden(q @ k.transpose(0, 2, 1) / np.asarray(math.sqrt(d // num_heads), x.dtype), m[b]))
        weights[b] = w
        out[b] = project((w @ v).transpose(1, 0, 2).reshape(n, d), params, "o")
    return out, weights


@right(ID)
def permits_and_divides_last(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = scored(q, k)
    allowed = np.ones_like(s) if mask is None else np.broadcast_to(with_heads(mask), s.shape).astype(s.dtype)
    top = np.where(allowed > 0, s, s.dtype.type(-np.inf)).max(-1, keepdims=True)
    e = np.exp(np.minimum(s - np.where(np.isneginf(top), 0, top).astype(s.dtype), 0)) * allowed
    z = e.sum(-1, keepdims=True)
    z = np.where(z == 0, 1, z).astype(s.dtype)
    return project(merged(e @ v / z), params, "o"), e / z


def finish(w, v, params):
    return project(merged(w @ v), params, "o"), w


@wrong(ID, "shared-projection")
def keys_like_queries(x, params, num_heads, mask=None):
    q = k = heads(project(x, params, "q"), num_heads)
    v = heads(project(x, params, "v"), num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "shared-projection")
def forgot_to_change_the_copy(x, params, num_heads, mask=None):
    q = x @ params["w_q"] + params.get("b_q", 0)
    k = x @ params["w_q"] + params.get("b_k", 0)
    v = x @ params["w_v"] + params.get("b_v", 0)
    q, k, v = (heads(each, num_heads) for each in (q, k, v))
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "shared-projection")
def one_projection_for_all(x, params, num_heads, mask=None):
    y = heads(project(x, params, "q"), num_heads)
    return finish(safe(hidden(scored(y, y), with_heads(mask))), y, params)


@wrong(ID, "packed-order")
def keys_first(x, params, num_heads, mask=None):
    k, q, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "packed-order")
def values_before_keys(x, params, num_heads, mask=None):
    q, v, k = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "weight-transposed")
def like_linear_layers(x, params, num_heads, mask=None):
    turned = {name: w.T if w.ndim == 2 else w for name, w in params.items()}
    return five_steps(x, turned, num_heads, mask)


@wrong(ID, "weight-transposed")
def like_linear_layers_at_the_end(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v) @ params["w_o"].T + params.get("b_o", 0), w


@wrong(ID, "missing-projection")
def no_projections_before(x, params, num_heads, mask=None):
    q = k = v = heads(x, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "missing-output-projection")
def stops_after_the_merge(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v), w


@wrong(ID, "missing-output-projection")
def only_the_last_bias(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v) + params.get("b_o", 0), w


@wrong(ID, "split-without-transpose")
def straight(x, params, num_heads, mask=None):
    *batch, n, d = x.shape
    q, k, v = (project(x, params, role).reshape(*batch, num_heads, n, d // num_heads) for role in "qkv")
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "split-without-transpose")
def straight_both_ways(x, params, num_heads, mask=None):
    *batch, n, _d = x.shape
    q, k, v = (project(x, params, role).reshape(*batch, num_heads, n, -1) for role in "qkv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).reshape(x.shape), params, "o"), w


@wrong(ID, "merge-without-transpose")
def straight_back(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).reshape(x.shape), params, "o"), w


@wrong(ID, "interleaved-split")
def deals_out_features(x, params, num_heads, mask=None):
    q, k, v = (
        np.stack([project(x, params, role)[..., h::num_heads] for h in range(num_heads)], axis=-3) for role in "qkv"
    )
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "interleaved-split")
def deals_out_and_collects(x, params, num_heads, mask=None):
    q, k, v = (np.moveaxis(project(x, params, role).reshape(*x.shape[:-1], -1, num_heads), -1, -3) for role in "qkv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project(np.moveaxis(w @ v, -3, -1).reshape(x.shape), params, "o"), w


@wrong(ID, "heads-not-joined")
def mean_of_heads(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).mean(axis=-3), params, "o"), w


@wrong(ID, "heads-not-joined")
def sum_of_heads(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).sum(-3), params, "o"), w


@wrong(ID, "one-head-only")
def first_slice_for_every_head(x, params, num_heads, mask=None):
    width = x.shape[-1] // num_heads
    q, k, v = (np.stack([project(x, params, r)[..., :width]] * num_heads, axis=-3) for r in "qkv")
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "one-head-only")
def weights_of_the_first_head(x, params, num_heads, mask=None):
    out, w = five_steps(x, params, num_heads, mask)
    return out, w[..., 0, :, :]


@wrong(ID, "averages-weights")
def weights_as_pytorch_returns_them(x, params, num_heads, mask=None):
    out, w = five_steps(x, params, num_heads, mask)
    return out, w.mean(axis=-3)


@wrong(ID, "averages-weights")
def adds_the_weights(x, params, num_heads, mask=None):
    out, w = five_steps(x, params, num_heads, mask)
    return out, w.sum(-3)


@wrong(ID, "drops-weights")
def output_only(x, params, num_heads, mask=None):
    return five_steps(x, params, num_heads, mask)[0]


@wrong(ID, "swaps-results")
def weights_first(x, params, num_heads, mask=None):
    out, w = five_steps(x, params, num_heads, mask)
    return w, out


@wrong(ID, "mask-broadcast-silently")
def mask_as_it_comes(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), mask)), v, params)


@wrong(ID, "head-axis-misplaced")
def head_axis_after_the_first(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), None if mask is None else mask[:, None])), v, params)


@wrong(ID, "mask-transposed")
def mask_on_its_side(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    m = None if mask is None else np.swapaxes(with_heads(mask), -1, -2)
    return finish(safe(hidden(scored(q, k), m)), v, params)


@wrong(ID, "causal-in-encoder")
def always_causal(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    causal = np.tril(np.ones((x.shape[-2],) * 2, dtype=bool))
    return finish(safe(hidden(scored(q, k), causal if mask is None else with_heads(mask & causal))), v, params)


@wrong(ID, "ignores-bias")
def no_biases(x, params, num_heads, mask=None):
    return five_steps(x, {name: w for name, w in params.items() if name.startswith("w")}, num_heads, mask)


@wrong(ID, "ignores-bias")
def no_last_bias(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v) @ params["w_o"], w


@wrong(ID, "ignores-bias")
def only_the_last_bias_of_four(x, params, num_heads, mask=None):
    q, k, v = (heads(x @ params[name], num_heads) for name in ("w_q", "w_k", "w_v"))
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "requires-bias")
def takes_biases_for_granted(x, params, num_heads, mask=None):
    q, k, v = (heads(x @ params[f"w_{r}"] + params[f"b_{r}"], num_heads) for r in "qkv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v) @ params["w_o"] + params["b_o"], w


@wrong(ID, "bias-lost-on-empty-row")
def clears_the_output(x, params, num_heads, mask=None):
    out, w = five_steps(x, params, num_heads, mask)
    if mask is not None:
        out = out * mask.any(-1)[..., None]
    return out, w


@wrong(ID, "scale-by-d-model")
def root_of_the_whole_width(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / math.sqrt(x.shape[-1])
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "scale-by-d-model")
def scales_before_the_split(x, params, num_heads, mask=None):
    q = heads(project(x, params, "q") / math.sqrt(x.shape[-1]), num_heads)
    k, v = (heads(project(x, params, role), num_heads) for role in "kv")
    return finish(safe(hidden(q @ np.swapaxes(k, -1, -2), with_heads(mask))), v, params)


@wrong(ID, "missing-scale")
def no_scale(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(q @ np.swapaxes(k, -1, -2), with_heads(mask))), v, params)


@wrong(ID, "scale-by-d")
def whole_width_of_a_head(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / q.shape[-1]
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "scale-by-sequence")
def root_of_the_length(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / math.sqrt(x.shape[-2])
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "keys-times-queries")
def k_times_q(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(k, q), with_heads(mask))), v, params)


@wrong(ID, "transposes-all-axes")
def capital_t(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(q @ k.T / math.sqrt(q.shape[-1]), with_heads(mask))), v, params)


@wrong(ID, "queries-with-queries")
def compares_keys_with_keys(x, params, num_heads, mask=None):
    _q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(k, k), with_heads(mask))), v, params)


@wrong(ID, "softmax-over-queries")
def over_queries(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask)), axis=-2), v, params)


@wrong(ID, "softmax-over-heads")
def over_heads(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask)), axis=-3), v, params)


@wrong(ID, "softmax-over-all")
def over_everything(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = hidden(scored(q, k), with_heads(mask))
    e = np.exp(s - s.max())
    return finish(e / e.sum(), v, params)


@wrong(ID, "no-max-subtraction")
def overflows(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    e = np.exp(hidden(scored(q, k), with_heads(mask)))
    z = e.sum(-1, keepdims=True)
    return finish(e / np.where(z == 0, 1, z), v, params)


@wrong(ID, "weights-transposed")
def turned_weights(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project(merged(np.swapaxes(w, -1, -2) @ v), params, "o"), w


@wrong(ID, "mixes-wrong-values")
def averages_queries(x, params, num_heads, mask=None):
    q, k, _v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project(merged(w @ q), params, "o"), w


@wrong(ID, "ignores-mask")
def no_mask(x, params, num_heads, mask=None):
    return five_steps(x, params, num_heads)


@wrong(ID, "mask-inverted")
def true_is_hidden(x, params, num_heads, mask=None):
    return five_steps(x, params, num_heads, None if mask is None else ~mask)


@wrong(ID, "mask-added-as-0-1")
def adds_mask(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = scored(q, k)
    return finish(softmax(s if mask is None else s + with_heads(mask)), v, params)


@wrong(ID, "mask-multiplies-scores")
def multiplies_scores(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = scored(q, k)
    return finish(softmax(s if mask is None else s * with_heads(mask)), v, params)


@wrong(ID, "zero-fill")
def fills_with_zero(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = scored(q, k)
    return finish(softmax(s if mask is None else np.where(with_heads(mask), s, 0)), v, params)


@wrong(ID, "mask-after-softmax")
def masks_weights(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = softmax(scored(q, k))
    return finish(w if mask is None else w * with_heads(mask), v, params)


@wrong(ID, "mask-after-softmax-renormalised")
def masks_and_renormalizes(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = softmax(scored(q, k))
    if mask is not None:
        w = w * with_heads(mask)
        w = w / w.sum(-1, keepdims=True)
    return finish(w, v, params)


@wrong(ID, "nan-on-empty-row")
def plain_minus_infinity(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(softmax(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "nan-on-empty-row")
def minus_a_billion(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(softmax(hidden(scored(q, k), with_heads(mask), -1e9)), v, params)


@wrong(ID, "dtype-promoted")
def numpy_root_widens(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "dtype-promoted")
def zeros_for_missing_biases(x, params, num_heads, mask=None):
    def p(y, r):
        return y @ params[f"w_{r}"] + params.get(f"b_{r}", np.zeros(x.shape[-1])).astype(np.float64)

    q, k, v = (heads(p(x, r), num_heads) for r in "qkv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return p(merged(w @ v), "o"), w


@wrong(ID, "mutates-input")
def scales_the_weights_in_place(x, params, num_heads, mask=None):
    params["w_q"] /= math.sqrt(x.shape[-1] // num_heads)
    if "b_q" in params:
        params["b_q"] /= math.sqrt(x.shape[-1] // num_heads)
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(q @ np.swapaxes(k, -1, -2), with_heads(mask))), v, params)


@wrong(ID, "mutates-input")
def pops_the_output_weights(x, params, num_heads, mask=None):
    w_o, b_o = params.pop("w_o"), params.pop("b_o", 0)
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v) @ w_o + b_o, w


@wrong(ID, "missing-output-projection", "scale-by-d-model")
def no_last_projection_and_wide_scale(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(q @ np.swapaxes(k, -1, -2) / math.sqrt(x.shape[-1]), with_heads(mask)))
    return merged(w @ v), w


@wrong(ID, "split-without-transpose", "drops-weights")
def straight_and_output_only(x, params, num_heads, mask=None):
    return straight(x, params, num_heads, mask)[0]


@wrong(ID, "ignores-bias", "weight-transposed")
def transposed_without_biases(x, params, num_heads, mask=None):
    return five_steps(x, {name: w.T for name, w in params.items() if w.ndim == 2}, num_heads, mask)


@wrong(ID, "averages-weights", "mask-inverted")
def averaged_and_inverted(x, params, num_heads, mask=None):
    out, w = five_steps(x, params, num_heads, None if mask is None else ~mask)
    return out, w.mean(axis=-3)


@wrong(ID, "ready-made")
def torch_module(x, params, num_heads, mask=None):
    import torch

    torch.nn.MultiheadAttention(x.shape[-1], num_heads)
    return five_steps(x, params, num_heads, mask)


@wrong(ID, "ready-made")
def the_courses_own(x, params, num_heads, mask=None):
    from selfattn_ref import cross_attention

    return cross_attention(x, x, params, num_heads, mask)


@wrong(ID, "not-written-yet")
def as_released(x, params, num_heads, mask=None):
    raise NotImplementedError


@wrong(ID, "heads-not-joined")
def forgets_the_merge(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project(w @ v, params, "o"), w


@wrong(ID, "head-axis-misplaced")
def batch_of_masks_taken_for_granted(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), None if mask is None else mask[:, None, :, :])), v, params)


@wrong(ID, "default-not-filled-in")
def mask_taken_for_granted(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    return finish(safe(hidden(scored(q, k), mask[..., None, :, :])), v, params)


@wrong(ID, "fixed-number-of-axes")
def one_batch_axis_as_in_every_tutorial(x, params, num_heads, mask=None):
    batch, n, d = x.shape
    q, k, v = (project(x, params, r).reshape(batch, n, num_heads, d // num_heads).transpose(0, 2, 1, 3) for r in "qkv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).transpose(0, 2, 1, 3).reshape(batch, n, d), params, "o"), w


@wrong(ID, "fixed-number-of-axes")
def a_single_sequence(x, params, num_heads, mask=None):
    n, d = x.shape
    q, k, v = (project(x, params, r).reshape(n, num_heads, -1).transpose(1, 0, 2) for r in "qkv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).transpose(1, 0, 2).reshape(n, d), params, "o"), w


@wrong(ID, "fixed-number-of-axes", "missing-output-projection")
def one_batch_axis_unprojected(x, params, num_heads, mask=None):
    _batch, _tokens, _width = x.shape
    q, k, v = three(x, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v), w


@right(ID)
def nan_to_num(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = scored(q, k)
    if mask is not None:
        s = s + np.where(np.expand_dims(mask, -3), 0, -np.inf).astype(s.dtype)
    with np.errstate(invalid="ignore"):
        w = np.nan_to_num(softmax(s))
    return finish(w, v, params)


@right(ID)
def lists_of_heads(x, params, num_heads, mask=None):
    q, k, v = (np.split(project(x, params, role), num_heads, axis=-1) for role in "qkv")
    found = [(w @ c, w) for w, c in ((safe(hidden(scored(a, b), mask)), c) for a, b, c in zip(q, k, v, strict=True))]
    output = np.concatenate([o for o, _ in found], axis=-1)
    return project(output, params, "o"), np.stack([w for _, w in found], axis=x.ndim - 2)


@right(ID)
def batch_flattened_and_restored(x, params, num_heads, mask=None):
    *batch, n, d = x.shape
    flat = x.reshape(-1, n, d)
    m = None if mask is None else np.broadcast_to(mask, (*batch, n, n)).reshape(-1, 1, n, n)
    q, k, v = three(flat, params, num_heads)
    out, w = finish(safe(hidden(scored(q, k), m)), v, params)
    return out.reshape(x.shape), w.reshape(*batch, num_heads, n, n)


@wrong(ID, "global-max")
def one_maximum(x, params, num_heads, mask=None):
    q, k, v = three(x, params, num_heads)
    s = hidden(scored(q, k), with_heads(mask))
    e = np.exp(s - s.max())
    z = e.sum(-1, keepdims=True)
    return finish(e / np.where(z == 0, 1, z), v, params)
