"""Attempts at `bert_self_attention`."""

import math

import numpy as np
import torch

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "bert_self_attention"

SOURCE = """
def bert_self_attention(hidden, state_dict, num_heads, attention_mask):
    B, N, D = hidden.shape
    d = D // num_heads
    Q = hidden @ state_dict["query.weight"].T + state_dict["query.bias"]
    K = hidden @ state_dict["key.weight"].T + state_dict["key.bias"]
    V = hidden @ state_dict["value.weight"].T + state_dict["value.bias"]
    Q = Q.reshape(B, N, num_heads, d).transpose(0, 2, 1, 3)
    K = K.reshape(B, N, num_heads, d).transpose(0, 2, 1, 3)
    V = V.reshape(B, N, num_heads, d).transpose(0, 2, 1, 3)
    scores = Q @ K.transpose(0, 1, 3, 2) / math.sqrt(d)
    mask = attention_mask[:, None, None, :] == 1
    scores = np.where(mask, scores, -np.inf)
    top = scores.max(axis=-1, keepdims=True)
    top = np.where(top == -np.inf, 0, top)
    e = np.exp(scores - top)
    total = e.sum(axis=-1, keepdims=True)
    weights = e / np.where(total == 0, 1, total)
    out = weights @ V
    return out.transpose(0, 2, 1, 3).reshape(B, N, D), weights
"""

slips = Slips(ID, SOURCE, np=np)
slips.right("step_by_step")
slips.right(
    "lowest_float_then_cleared",
    ("-np.inf)\n    top", "np.finfo(scores.dtype).min)\n    top"),
    ("np.where(total == 0, 1, total)", "total * mask.any(axis=-1, keepdims=True)"),
)


@right(ID)
def einsum_of_packed_weights(hidden, state_dict, num_heads, attention_mask):
    names = ("query", "key", "value")
    w = np.stack([state_dict[f"{name}.weight"] for name in names])  # (3, out, in)
    b = np.stack([state_dict[f"{name}.bias"] for name in names])
    qkv = np.einsum("bni,roi->rbno", hidden, w) + b[:, None, None]
    q, k, v = np.moveaxis(qkv.reshape(*qkv.shape[:-1], num_heads, -1), -2, 2)
    scores = np.einsum("bhid,bhjd->bhij", q, k) / q.shape[-1] ** 0.5
    hidden_keys = np.broadcast_to((attention_mask == 0)[:, None, None], scores.shape)
    scores = np.where(hidden_keys, -np.inf, scores)
    with np.errstate(invalid="ignore"):
        e = np.exp(scores - scores.max(-1, keepdims=True))
        weights = np.nan_to_num(e / e.sum(-1, keepdims=True))
    out = np.einsum("bhij,bhjd->bihd", weights, v)
    return out.reshape(hidden.shape), weights.astype(hidden.dtype)


@right(ID)
def loop_over_sequences_and_heads(hidden, state_dict, num_heads, attention_mask):
    batch, n, d_model = hidden.shape
    width = d_model // num_heads
    output = np.zeros_like(hidden)
    weights = np.zeros((batch, num_heads, n, n), hidden.dtype)
    for b in range(batch):
        keys = np.flatnonzero(attention_mask[b])
        if not len(keys):
            continue
        for h in range(num_heads):
            part = slice(h * width, (h + 1) * width)
            q, k, v = (
                hidden[b] @ state_dict[f"{name}.weight"][part].T + state_dict[f"{name}.bias"][part]
                for name in ("query", "key", "value")
            )
            s = q @ k[keys].T / math.sqrt(width)
            p = np.exp(s - s.max(axis=1)[:, None])
            p /= p.sum(axis=1)[:, None]
            weights[b, h][:, keys] = p
            output[b, :, part] = p @ v[keys]
    return output, weights


@right(ID)
def concatenated_heads_without_the_key_bias(hidden, state_dict, num_heads, attention_mask):
    # the key's bias adds the same number to a whole row of scores, which the softmax does not see
    q, k, v = (np.matmul(hidden, np.transpose(state_dict[f"{r}.weight"])) for r in ("query", "key", "value"))
    q, v = q + state_dict["query.bias"], v + state_dict["value.bias"]
    visible = attention_mask.astype(bool)[:, np.newaxis, :]
    outs, maps = [], []
    for a, b, c in zip(*(np.split(x, num_heads, axis=-1) for x in (q, k, v)), strict=True):
        s = (a @ b.swapaxes(1, 2)) * (1 / math.sqrt(a.shape[-1]))
        largest = np.max(np.where(visible, s, np.finfo(s.dtype).min), axis=-1, keepdims=True)
        e = np.where(visible, np.exp(np.where(visible, s - largest, 0)), 0)
        total = e.sum(-1, keepdims=True)
        maps.append((e / (total + (total == 0))).astype(hidden.dtype))
        outs.append(maps[-1] @ c)
    return np.concatenate(outs, axis=-1), np.stack(maps, axis=1)


def each(name):
    return f'state_dict["{name}.weight"].T', f'state_dict["{name}.weight"]'


slips.wrong("weight-transposed", "all_as_stored", ('.weight"].T', '.weight"]'))
for role in ("query", "key", "value"):
    slips.wrong("weight-transposed", f"{role}_as_stored", each(role))
slips.wrong("ignores-bias", "no_bias", *((f' + state_dict["{name}.bias"]', "") for name in ("query", "key", "value")))
slips.wrong("ignores-bias", "no_query_bias", (' + state_dict["query.bias"]', ""))
slips.wrong("ignores-bias", "no_value_bias", (' + state_dict["value.bias"]', ""))
slips.wrong("ignores-bias", "subtracts", (" + state_dict", " - state_dict"))
slips.wrong("shared-projection", "queries_only", ('"key.', '"query.'), ('"value.', '"query.'))
slips.wrong("shared-projection", "values_are_keys", ('"value.', '"key.'))
slips.wrong("packed-order", "keys_and_values", ('"value.', '"v.'), ('"key.', '"value.'), ('"v.', '"key.'))
slips.wrong("packed-order", "queries_and_keys", ('"query.', '"q.'), ('"key.', '"query.'), ('"q.', '"key.'))
slips.wrong("missing-scale", "no_scale", (" / math.sqrt(d)", ""))
slips.wrong("scale-by-d-model", "whole_width", ("math.sqrt(d)", "math.sqrt(D)"))
slips.wrong("scale-by-d", "no_root", ("math.sqrt(d)", "d"))
slips.wrong("scale-by-sequence", "root_of_tokens", ("math.sqrt(d)", "math.sqrt(N)"))
slips.wrong("keys-times-queries", "k_q", ("Q @ K.transpose(0, 1, 3, 2)", "K @ Q.transpose(0, 1, 3, 2)"))
slips.wrong("transposes-all-axes", "capital_t", ("K.transpose(0, 1, 3, 2)", "K.T"))
slips.wrong("queries-with-queries", "q_q", ("Q @ K.transpose(0, 1, 3, 2)", "Q @ Q.transpose(0, 1, 3, 2)"))
slips.wrong("softmax-over-queries", "axis_minus_two", ("axis=-1, keepdims", "axis=-2, keepdims"))
slips.wrong("softmax-over-all", "no_axis", ("axis=-1, keepdims", "keepdims"))
slips.wrong("softmax-over-heads", "axis_one", ("axis=-1, keepdims", "axis=1, keepdims"))
slips.wrong("no-max-subtraction", "plain_exponential", ("scores - top", "scores"))
slips.wrong("global-max", "one_maximum", ("scores.max(axis=-1, keepdims=True)", "scores.max()"))
slips.wrong("weights-transposed", "weights_t", ("weights @ V", "weights.swapaxes(-1, -2) @ V"))
slips.wrong("mixes-wrong-values", "mixes_keys", ("weights @ V", "weights @ K"))
slips.wrong("mixes-wrong-values", "mixes_queries", ("weights @ V", "weights @ Q"))
slips.wrong("ignores-mask", "no_mask", ("np.where(mask, scores, -np.inf)", "scores"))
slips.wrong("mask-inverted", "hides_ones", ("np.where(mask, scores, -np.inf)", "np.where(mask, -np.inf, scores)"))
slips.wrong(
    "mask-added-as-0-1", "adds_mask", ("np.where(mask, scores, -np.inf)", "scores + attention_mask[:, None, None, :]")
)
slips.wrong("mask-multiplies-scores", "times_mask", ("np.where(mask, scores, -np.inf)", "scores * mask"))
slips.wrong(
    "mask-after-softmax",
    "afterwards",
    ("np.where(mask, scores, -np.inf)", "scores"),
    ("    out =", "    weights = weights * mask\n    out ="),
)
slips.wrong(
    "mask-after-softmax-renormalised",
    "afterwards_and_again",
    ("np.where(mask, scores, -np.inf)", "scores"),
    ("    out =", "    weights = weights * mask\n    weights = weights / weights.sum(-1, keepdims=True)\n    out ="),
)
slips.wrong(
    "nan-on-empty-row",
    "no_care",
    ("    top = np.where(top == -np.inf, 0, top)\n", ""),
    ("np.where(total == 0, 1, total)", "total"),
)
slips.wrong(
    "nan-on-empty-row", "lowest_float_as_in_transformers", ("-np.inf)\n    top", "np.finfo(scores.dtype).min)\n    top")
)
slips.wrong("zero-fill", "zero", ("np.where(mask, scores, -np.inf)", "np.where(mask, scores, 0)"))
slips.wrong(
    "weak-fill",
    "minus_10000_added_as_in_old_bert",
    ("np.where(mask, scores, -np.inf)", "scores + (1 - mask) * -10000.0"),
)
slips.wrong("weak-fill", "minus_1e9", ("np.where(mask, scores, -np.inf)", "np.where(mask, scores, -1e9)"))
slips.wrong("weak-fill", "minus_1e4_filled", ("np.where(mask, scores, -np.inf)", "np.where(mask, scores, -1e4)"))
slips.wrong("weak-fill", "minus_100_filled", ("np.where(mask, scores, -np.inf)", "np.where(mask, scores, -100.0)"))
slips.wrong("padding-on-query-axis", "rows", ("attention_mask[:, None, None, :]", "attention_mask[:, None, :, None]"))
slips.wrong(
    "padding-on-both-axes",
    "rows_and_columns",
    (
        "attention_mask[:, None, None, :] == 1",
        "attention_mask[:, None, None, :] * attention_mask[:, None, :, None] == 1",
    ),
)
slips.wrong("mask-broadcast-silently", "as_it_is", ("attention_mask[:, None, None, :]", "attention_mask"))
slips.wrong(
    "mask-broadcast-silently", "no_head_axis", ("attention_mask[:, None, None, :]", "attention_mask[:, None, :]")
)
slips.wrong(
    "tilde-on-integers",
    "tilde",
    ("np.where(mask, scores, -np.inf)", "np.where(~attention_mask[:, None, None, :], -np.inf, scores)"),
)
slips.wrong(
    "split-without-transpose",
    "straight_reshape",
    (".reshape(B, N, num_heads, d).transpose(0, 2, 1, 3)", ".reshape(B, num_heads, N, d)"),
)
slips.wrong(
    "split-without-transpose",
    "straight_both_ways",
    (".reshape(B, N, num_heads, d).transpose(0, 2, 1, 3)", ".reshape(B, num_heads, N, d)"),
    ("out.transpose(0, 2, 1, 3).reshape", "out.reshape"),
)
slips.wrong(
    "interleaved-split",
    "every_second",
    (".reshape(B, N, num_heads, d).transpose(0, 2, 1, 3)", ".reshape(B, N, d, num_heads).transpose(0, 3, 1, 2)"),
)
slips.wrong("merge-without-transpose", "straight_merge", ("out.transpose(0, 2, 1, 3).reshape", "out.reshape"))
slips.wrong("one-head-only", "first_head_s_weights", ("reshape(B, N, D), weights", "reshape(B, N, D), weights[:, 0]"))
slips.wrong("averages-weights", "mean_weights", ("reshape(B, N, D), weights", "reshape(B, N, D), weights.mean(1)"))
slips.wrong("drops-weights", "output_only", ("reshape(B, N, D), weights", "reshape(B, N, D)"))
slips.wrong(
    "swaps-results",
    "weights_first",
    (
        "return out.transpose(0, 2, 1, 3).reshape(B, N, D), weights",
        "return weights, out.transpose(0, 2, 1, 3).reshape(B, N, D)",
    ),
)
slips.wrong("dtype-promoted", "numpy_root", ("math.sqrt(d)", "np.sqrt(d)"))
slips.wrong(
    "mutates-input", "fills_the_mask", ("    mask =", "    attention_mask[attention_mask == 0] = -1\n    mask =")
)
slips.wrong("not-written-yet", "as_released", ("    B, N, D", "    raise NotImplementedError()\n    B, N, D"))
slips.wrong("raises", "looks_for_w_q", ('"query.weight"', '"w_q"'))
slips.wrong(
    "missing-scale weight-transposed", "as_stored_without_scale", ('.weight"].T', '.weight"]'), (" / math.sqrt(d)", "")
)
slips.wrong(
    "ignores-bias merge-without-transpose",
    "no_bias_straight_merge",
    *((f' + state_dict["{name}.bias"]', "") for name in ("query", "key", "value")),
    ("out.transpose(0, 2, 1, 3).reshape", "out.reshape"),
)
slips.wrong(
    "padding-on-query-axis scale-by-d-model",
    "rows_and_whole_width",
    ("attention_mask[:, None, None, :]", "attention_mask[:, None, :, None]"),
    ("math.sqrt(d)", "math.sqrt(D)"),
)
slips.wrong(
    "mask-inverted weight-transposed",
    "inverted_as_stored",
    ("np.where(mask, scores, -np.inf)", "np.where(mask, -np.inf, scores)"),
    ('.weight"].T', '.weight"]'),
)
slips.wrong(
    "averages-weights missing-scale",
    "mean_without_scale",
    ("reshape(B, N, D), weights", "reshape(B, N, D), weights.mean(1)"),
    (" / math.sqrt(d)", ""),
)


@wrong(ID, "ready-made")
def softmax_of_torch(hidden, state_dict, num_heads, attention_mask):
    batch, n, _ = hidden.shape
    q, k, v = (
        torch.tensor(hidden @ state_dict[f"{r}.weight"].T + state_dict[f"{r}.bias"])
        .reshape(batch, n, num_heads, -1)
        .transpose(1, 2)
        for r in ("query", "key", "value")
    )
    mask = torch.tensor(attention_mask == 1)[:, None, None]
    scores = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, -1).nan_to_num(0)
    return (weights @ v).transpose(1, 2).flatten(2).numpy(), weights.numpy()
