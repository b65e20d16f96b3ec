"""Attempts at `cross_attention`."""

import math

import numpy as np

from tests.specimens.masked_softmax import hidden, safe, softmax
from tests.specimens.multi_head_attention import finish, heads, merged, project, scored, with_heads
from tests.specimens.specimen import right, wrong

ID = "cross_attention"


def three(x, context, params, num_heads):
    q = heads(project(x, params, "q"), num_heads)
    k, v = (heads(project(context, params, role), num_heads) for role in "kv")
    return q, k, v


def attend(q, k, v, params, mask):
    return finish(safe(hidden(scored(q, k), with_heads(mask))), v, params)


@right(ID)
def five_steps(x, context, params, num_heads, mask=None):
    return attend(*three(x, context, params, num_heads), params, mask)


@right(ID)
def one_head_at_a_time(x, context, params, num_heads, mask=None):
    q, k, v = project(x, params, "q"), project(context, params, "k"), project(context, params, "v")
    width = x.shape[-1] // num_heads
    found = []
    for start in range(0, x.shape[-1], width):
        q_h, k_h, v_h = (y[..., start : start + width] for y in (q, k, v))
        w = safe(hidden(q_h @ k_h.swapaxes(-1, -2) * width**-0.5, mask))
        found.append((w @ v_h, w))
    outputs, weights = zip(*found, strict=True)
    return project(np.concatenate(outputs, -1), params, "o"), np.stack(weights, -3)


@right(ID)
def einsum_with_split_weights(x, context, params, num_heads, mask=None):
    d = x.shape[-1]

    def p(tokens, role):
        w = params["w_" + role].reshape(-1, num_heads, d // num_heads)
        bias = params.get("b_" + role, np.zeros(d, x.dtype)).reshape(num_heads, 1, -1)
        return np.einsum("...nd,dhk->...hnk", tokens, w) + bias

    q, k, v = p(x, "q"), p(context, "k"), p(context, "v")
    w = safe(hidden(np.einsum("...qk,...mk->...qm", q, k) / math.sqrt(d // num_heads), with_heads(mask)))
    return project(merged(w @ v), params, "o"), w


@right(ID)
def one_pair_at_a_time(x, context, params, num_heads, mask=None):
    n, d, m = *x.shape[-2:], context.shape[-2]
    allowed = np.broadcast_to(True if mask is None else mask, (*x.shape[:-2], n, m))
    out, weights = np.zeros_like(x), np.zeros((*x.shape[:-2], num_heads, n, m), x.dtype)
    for b in np.ndindex(x.shape[:-2]):
        q, k, v = three(x[b], context[b], params, num_heads)
        weights[b] = safe(hidden(scored(q, k), allowed[b]))
        out[b] = project((weights[b] @ v).transpose(1, 0, 2).reshape(n, d), params, "o")
    return out, weights


@right(ID)
def packed_keys_and_values(x, context, params, num_heads, mask=None):
    kv = context @ np.hstack([params["w_k"], params["w_v"]])
    if "b_k" in params:
        kv += np.hstack([params["b_k"], params["b_v"]])
    k, v = (heads(part, num_heads) for part in np.split(kv, 2, axis=-1))
    return attend(heads(project(x, params, "q"), num_heads), k, v, params, mask)


@wrong(ID, "keys-from-queries")
def self_attention(x, context, params, num_heads, mask=None):
    return five_steps(x, x, params, num_heads, mask)


@wrong(ID, "keys-from-queries")
def forgot_the_keys(x, context, params, num_heads, mask=None):
    q, k, _ = three(x, x, params, num_heads)
    v = heads(project(context, params, "v"), num_heads)
    return attend(q, k, v, params, mask)


@wrong(ID, "keys-from-queries")
def forgot_the_values(x, context, params, num_heads, mask=None):
    q, k, _ = three(x, context, params, num_heads)
    v = heads(project(x, params, "v"), num_heads)
    return attend(q, k, v, params, mask)


@wrong(ID, "swaps-x-and-context")
def context_asks(x, context, params, num_heads, mask=None):
    return five_steps(context, x, params, num_heads, mask)


@wrong(ID, "swaps-x-and-context")
def context_asks_itself(x, context, params, num_heads, mask=None):
    return five_steps(context, context, params, num_heads, mask)


@wrong(ID, "joins-x-and-context")
def looks_at_both(x, context, params, num_heads, mask=None):
    return five_steps(x, np.concatenate([x, context], axis=-2), params, num_heads, mask)


@wrong(ID, "shared-projection")
def values_are_keys(x, context, params, num_heads, mask=None):
    q, k, _ = three(x, context, params, num_heads)
    return attend(q, k, k, params, mask)


@wrong(ID, "packed-order")
def values_before_keys(x, context, params, num_heads, mask=None):
    q, v, k = three(x, context, params, num_heads)
    return attend(q, k, v, params, mask)


@wrong(ID, "weight-transposed")
def like_linear_layers(x, context, params, num_heads, mask=None):
    return five_steps(x, context, {name: w.T for name, w in params.items()}, num_heads, mask)


@wrong(ID, "missing-projection")
def no_projections_before(x, context, params, num_heads, mask=None):
    q, k = heads(x, num_heads), heads(context, num_heads)
    return attend(q, k, k, params, mask)


@wrong(ID, "missing-output-projection")
def stops_after_the_merge(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return merged(w @ v), w


@wrong(ID, "split-without-transpose")
def straight(x, context, params, num_heads, mask=None):
    def cut(y):
        return y.reshape(*y.shape[:-2], num_heads, y.shape[-2], -1)

    q = cut(project(x, params, "q"))
    k, v = cut(project(context, params, "k")), cut(project(context, params, "v"))
    return attend(q, k, v, params, mask)


@wrong(ID, "interleaved-split")
def deals_out_features(x, context, params, num_heads, mask=None):
    def cut(y):
        return np.stack([y[..., h::num_heads] for h in range(num_heads)], axis=-3)

    q = cut(project(x, params, "q"))
    k, v = cut(project(context, params, "k")), cut(project(context, params, "v"))
    return attend(q, k, v, params, mask)


@wrong(ID, "one-head-only")
def weights_of_the_first_head(x, context, params, num_heads, mask=None):
    out, w = five_steps(x, context, params, num_heads, mask)
    return out, w[..., 0, :, :]


@wrong(ID, "merge-without-transpose")
def straight_back(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).reshape(x.shape), params, "o"), w


@wrong(ID, "heads-not-joined")
def mean_of_heads(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).mean(-3), params, "o"), w


@wrong(ID, "averages-weights")
def mean_of_weights(x, context, params, num_heads, mask=None):
    out, w = five_steps(x, context, params, num_heads, mask)
    return out, w.mean(-3)


@wrong(ID, "drops-weights")
def output_only(x, context, params, num_heads, mask=None):
    return five_steps(x, context, params, num_heads, mask)[0]


@wrong(ID, "swaps-results")
def weights_first(x, context, params, num_heads, mask=None):
    return five_steps(x, context, params, num_heads, mask)[::-1]


@wrong(ID, "mask-broadcast-silently")
def mask_as_it_comes(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(scored(q, k), mask)), v, params)


@wrong(ID, "head-axis-misplaced")
def head_axis_after_the_first(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(scored(q, k), None if mask is None else mask[:, np.newaxis])), v, params)


@wrong(ID, "mask-transposed")
def mask_on_its_side(x, context, params, num_heads, mask=None):
    return five_steps(x, context, params, num_heads, None if mask is None else np.swapaxes(mask, -1, -2))


@wrong(ID, "causal-in-encoder")
def hides_the_end_of_the_context(x, context, params, num_heads, mask=None):
    n, m = x.shape[-2], context.shape[-2]
    causal = np.arange(m) <= np.arange(m - n, m)[:, None]
    return five_steps(x, context, params, num_heads, causal if mask is None else mask & causal)


@wrong(ID, "ignores-bias")
def no_biases(x, context, params, num_heads, mask=None):
    plain = {name: params[name] for name in ("w_q", "w_k", "w_v", "w_o")}
    return five_steps(x, context, plain, num_heads, mask)


@wrong(ID, "requires-bias")
def takes_biases_for_granted(x, context, params, num_heads, mask=None):
    q = heads(x @ params["w_q"] + params["b_q"], num_heads)
    k = heads(context @ params["w_k"] + params["b_k"], num_heads)
    v = heads(context @ params["w_v"] + params["b_v"], num_heads)
    return attend(q, k, v, params, mask)


@wrong(ID, "bias-lost-on-empty-row")
def clears_the_output(x, context, params, num_heads, mask=None):
    out, w = five_steps(x, context, params, num_heads, mask)
    return (out, w) if mask is None else (np.where(mask.any(axis=-1, keepdims=True), out, x.dtype.type(0)), w)


@wrong(ID, "scale-by-d-model")
def root_of_the_whole_width(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) * x.shape[-1] ** -0.5
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "missing-scale")
def no_scale(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(np.einsum("...qd,...kd->...qk", q, k), with_heads(mask))), v, params)


@wrong(ID, "scale-by-d")
def whole_width_of_a_head(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / (x.shape[-1] // num_heads)
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "scale-by-sequence")
def root_of_the_context_length(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / math.sqrt(context.shape[-2])
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "keys-times-queries")
def k_times_q(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return attend(k, q, v, params, mask)


@wrong(ID, "transposes-all-axes")
def capital_t(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(q @ k.T / math.sqrt(q.shape[-1]), with_heads(mask))), v, params)


@wrong(ID, "queries-with-queries")
def compares_keys_with_keys(x, context, params, num_heads, mask=None):
    _, k, v = three(x, context, params, num_heads)
    return attend(k, k, v, params, mask)


@wrong(ID, "softmax-over-queries")
def over_queries(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask)), axis=-2), v, params)


@wrong(ID, "softmax-over-heads")
def over_heads(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(scored(q, k), with_heads(mask)), axis=1), v, params)


@wrong(ID, "softmax-over-all")
def over_everything(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = hidden(scored(q, k), with_heads(mask))
    e = np.exp(s - s.max())
    return finish(e / e.sum(), v, params)


@wrong(ID, "no-max-subtraction")
def overflows(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    e = np.exp(hidden(scored(q, k), with_heads(mask)))
    z = e.sum(-1, keepdims=True)
    return finish(e / np.where(z == 0, 1, z), v, params)


@wrong(ID, "weights-transposed")
def turned_weights(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project(merged(np.swapaxes(w, -1, -2) @ v), params, "o"), w


@wrong(ID, "mixes-wrong-values")
def averages_keys(x, context, params, num_heads, mask=None):
    q, k, _ = three(x, context, params, num_heads)
    return attend(q, k, k, params, mask)


@wrong(ID, "ignores-mask")
def no_mask(x, context, params, num_heads, mask=None):
    return five_steps(x, context, params, num_heads)


@wrong(ID, "mask-inverted")
def true_is_hidden(x, context, params, num_heads, mask=None):
    return five_steps(x, context, params, num_heads, None if mask is None else np.logical_not(mask))


@wrong(ID, "mask-added-as-0-1")
def adds_mask(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = scored(q, k)
    return finish(softmax(s if mask is None else s + with_heads(mask)), v, params)


@wrong(ID, "mask-multiplies-scores")
def multiplies_scores(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = scored(q, k)
    return finish(softmax(s if mask is None else s * with_heads(mask)), v, params)


@wrong(ID, "zero-fill")
def fills_with_zero(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(softmax(hidden(scored(q, k), with_heads(mask), 0)), v, params)


@wrong(ID, "mask-after-softmax")
def masks_weights(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    w = softmax(scored(q, k))
    return finish(w if mask is None else w * with_heads(mask), v, params)


@wrong(ID, "mask-after-softmax-renormalised")
def masks_and_renormalizes(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    w = softmax(scored(q, k))
    if mask is not None:
        w = w * with_heads(mask)
        w = w / w.sum(-1, keepdims=True)
    return finish(w, v, params)


@wrong(ID, "nan-on-empty-row")
def plain_minus_infinity(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(softmax(hidden(scored(q, k), with_heads(mask))), v, params)


@wrong(ID, "dtype-promoted")
def numpy_root_widens(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    return finish(safe(hidden(s, with_heads(mask))), v, params)


@wrong(ID, "mutates-input")
def clears_the_context(x, context, params, num_heads, mask=None):
    result = five_steps(x, context, params, num_heads, mask)
    context[...] = 0
    return result


@wrong(ID, "keys-from-queries", "missing-output-projection")
def self_attention_unprojected(x, context, params, num_heads, mask=None):
    return stops_after_the_merge(x, x, params, num_heads, mask)


@wrong(ID, "scale-by-d-model", "averages-weights")
def wide_scale_and_mean(x, context, params, num_heads, mask=None):
    out, w = root_of_the_whole_width(x, context, params, num_heads, mask)
    return out, w.mean(-3)


@wrong(ID, "ready-made")
def the_courses_own(x, context, params, num_heads, mask=None):
    from selfattn_ref import scaled_dot_product_attention

    q, k, v = three(x, context, params, num_heads)
    out, w = scaled_dot_product_attention(q, k, v, with_heads(mask))
    return project(merged(out), params, "o"), w


@wrong(ID, "not-written-yet")
def as_released(x, context, params, num_heads, mask=None):
    raise NotImplementedError


@wrong(ID, "default-not-filled-in")
def mask_taken_for_granted(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    return finish(safe(hidden(scored(q, k), mask[..., np.newaxis, :, :])), v, params)


@wrong(ID, "fixed-number-of-axes")
def one_batch_axis(x, context, params, num_heads, mask=None):
    batch, n, d = x.shape
    m = context.shape[1]
    q = project(x, params, "q").reshape(batch, n, num_heads, -1).transpose(0, 2, 1, 3)
    k, v = (project(context, params, r).reshape(batch, m, num_heads, -1).transpose(0, 2, 1, 3) for r in "kv")
    w = safe(hidden(scored(q, k), with_heads(mask)))
    return project((w @ v).transpose(0, 2, 1, 3).reshape(batch, n, d), params, "o"), w


@right(ID)
def lists_of_heads(x, context, params, num_heads, mask=None):
    q = np.split(project(x, params, "q"), num_heads, axis=-1)
    k, v = (np.split(project(context, params, role), num_heads, axis=-1) for role in "kv")
    weights = [safe(hidden(scored(a, b), mask)) for a, b in zip(q, k, strict=True)]
    output = np.concatenate([w @ c for w, c in zip(weights, v, strict=True)], axis=-1)
    return project(output, params, "o"), np.stack(weights, axis=-3)


@wrong(ID, "global-max")
def one_maximum(x, context, params, num_heads, mask=None):
    q, k, v = three(x, context, params, num_heads)
    s = hidden(scored(q, k), with_heads(mask))
    e = np.exp(s - s.max())
    z = e.sum(-1, keepdims=True)
    return finish(e / np.where(z == 0, 1, z), v, params)
