"""Attempts at `MultiHeadAttention`."""

import torch
from torch import nn

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "MultiHeadAttention"

SOURCE = """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads != 0:
            raise ValueError("d_model must be divisible by num_heads")
        self.h = num_heads
        self.d_k = d_model // num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.drop = nn.Dropout(dropout)

    def cut(self, x):
        return x.view(x.shape[0], -1, self.h, self.d_k).transpose(1, 2)

    def join(self, x):
        return x.transpose(1, 2).reshape(x.shape[0], -1, self.h * self.d_k)

    def forward(self, query, key, value, mask=None):
        q = self.cut(self.w_q(query))
        k = self.cut(self.w_k(key))
        v = self.cut(self.w_v(value))
        scores = torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(self.d_k)
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)
        if mask is not None:
            scores = scores.masked_fill(mask == 0, float("-inf"))
        weights = torch.softmax(scores, dim=-1)
        if mask is not None:
            weights = weights.masked_fill(mask == 0, 0.0)
        dropped = self.drop(weights)
        output = self.w_o(self.join(dropped @ v))
        return output, weights
"""

slips = Slips(ID, SOURCE)

# Lines that variants replace.
LAYERS = "".join(f"        self.w_{role} = nn.Linear(d_model, d_model)\n" for role in "qkvo")
CUT = "x.view(x.shape[0], -1, self.h, self.d_k).transpose(1, 2)"
JOIN = "x.transpose(1, 2).reshape(x.shape[0], -1, self.h * self.d_k)"
SCORES = "torch.matmul(q, k.transpose(-2, -1)) / math.sqrt(self.d_k)"
AXIS = "        if mask is not None and mask.dim() == 3:\n            mask = mask.unsqueeze(1)\n"
FILL = 'scores = scores.masked_fill(mask == 0, float("-inf"))'
SOFTMAX = "torch.softmax(scores, dim=-1)"
CLEAR = "        if mask is not None:\n            weights = weights.masked_fill(mask == 0, 0.0)\n"
DROP = "dropped = self.drop(weights)"
OUT = "output = self.w_o(self.join(dropped @ v))"
REFUSE = (
    '        if d_model % num_heads != 0:\n            raise ValueError("d_model must be divisible by num_heads")\n'
)

slips.right("as_most_write_it")
slips.right(
    "einsum",
    (SCORES, 'torch.einsum("bhqd,bhkd->bhqk", q, k) * self.d_k ** -0.5'),
    ("dropped @ v", 'torch.einsum("bhqk,bhkd->bhqd", dropped, v)'),
)
slips.right(
    "where_and_nan_to_num",
    (FILL, "scores = torch.where(mask, scores, torch.full_like(scores, -torch.inf))"),
    (CLEAR, "        weights = torch.nan_to_num(weights)\n"),
)
slips.right(
    "functional_dropout_that_knows_the_mode",
    ("        self.drop = nn.Dropout(dropout)\n", "        self.p = dropout\n"),
    (DROP, "dropped = F.dropout(weights, self.p, training=self.training)"),
)
slips.right(
    "rearranged_by_permute_and_flatten",
    (CUT, "x.reshape(*x.shape[:2], self.h, -1).permute(0, 2, 1, 3)"),
    (JOIN, "x.permute(0, 2, 1, 3).flatten(2)"),
)
slips.right(
    "lowest_number_then_cleared",
    (FILL, "scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)"),
    ("mask == 0, 0.0", "~mask.any(-1, keepdim=True), 0.0"),
)
slips.right(
    "scaled_queries",
    ("q = self.cut(self.w_q(query))", "q = self.cut(self.w_q(query)) / self.d_k ** 0.5"),
    (SCORES, "q @ k.mT"),
)
slips.right(
    "dropout_in_place_of_a_copy",
    ("nn.Dropout(dropout)", "nn.Dropout(dropout, inplace=True)"),
    (DROP, "dropped = self.drop(weights.clone())"),
)
slips.right("root_of_a_tensor", ("math.sqrt(self.d_k)", "torch.sqrt(torch.tensor(self.d_k))"))
slips.right(
    "root_in_a_tensor_of_float32",
    ("self.w_q = nn", "self.root = torch.sqrt(torch.FloatTensor([self.d_k]))\n        self.w_q = nn"),
    ("math.sqrt(self.d_k)", "self.root"),
)
SCALE_IN_A_BUFFER = (
    ("self.w_q = nn", 'self.register_buffer("scale", torch.tensor(self.d_k**-0.5))\n        self.w_q = nn'),
    ("/ math.sqrt(self.d_k)", "* self.scale"),
)
slips.right("scale_in_a_buffer", *SCALE_IN_A_BUFFER)
ScaledByABuffer = slips.build("scaled_by_a_buffer", *SCALE_IN_A_BUFFER)
slips.right("contiguous_view", (JOIN, "x.transpose(1, 2).contiguous().view(x.shape[0], x.shape[2], -1)"))


@right(ID)
class OneHeadAfterTheOther(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.head_dim, rest = divmod(d_model, num_heads)
        if rest:
            raise ValueError(f"{d_model} features cannot be split into {num_heads} heads")
        for name in ("w_q", "w_k", "w_v", "w_o"):
            setattr(self, name, nn.Linear(d_model, d_model))
        self.dropout = nn.Dropout(p=dropout)

    def forward(self, query, key, value, mask=None):
        outputs, weights = [], []
        projected = (self.w_q(query), self.w_k(key), self.w_v(value))
        for q, k, v in zip(*(x.split(self.head_dim, dim=-1) for x in projected), strict=True):
            scores = torch.bmm(q, k.transpose(1, 2)) / self.head_dim**0.5
            if mask is None:
                w = scores.softmax(-1)
            else:
                w = scores.masked_fill(mask.logical_not(), -torch.inf).softmax(-1) * 1
                w = torch.where(mask, w, torch.zeros((), dtype=w.dtype))
            outputs.append(torch.bmm(self.dropout(w), v))
            weights.append(w)
        return self.w_o(torch.cat(outputs, dim=-1)), torch.stack(weights, dim=1)


# Building.
slips.wrong(
    "not-registered",
    "layers_in_a_list",
    (LAYERS, "        self.layers = [nn.Linear(d_model, d_model) for _ in range(4)]\n"),
    *((f"self.w_{role}(", f"self.layers[{place}](") for place, role in enumerate("qkvo")),
)
slips.wrong(
    "not-registered",
    "projections_in_a_dict",
    (
        LAYERS,
        "        self.proj = {name: nn.Linear(d_model, d_model) for name in 'qkv'}\n"
        "        self.w_o = nn.Linear(d_model, d_model)\n",
    ),
    *((f"self.w_{role}(", f"self.proj['{role}'](") for role in "qkv"),
)
slips.wrong(
    "shared-layer",
    "one_layer_for_all",
    (LAYERS, "        self.w_q = self.w_k = self.w_v = self.w_o = nn.Linear(d_model, d_model)\n"),
)
slips.wrong(
    "shared-layer",
    "one_layer_three_names",
    (
        LAYERS,
        "        linear = nn.Linear(d_model, d_model)\n        self.w_q, self.w_k, self.w_v = [linear] * 3\n"
        "        self.w_o = nn.Linear(d_model, d_model)\n",
    ),
)
slips.wrong(
    "shared-layer", "values_by_the_layer_of_keys", ("self.w_v = nn.Linear(d_model, d_model)", "self.w_v = self.w_k")
)
slips.wrong("ignores-bias", "without_bias", ("nn.Linear(d_model, d_model)", "nn.Linear(d_model, d_model, bias=False)"))
slips.wrong(
    "width-of-one-head",
    "projects_to_one_head",
    *(
        (f"self.w_{role} = nn.Linear(d_model, d_model)", f"self.w_{role} = nn.Linear(d_model, self.d_k)")
        for role in "qkv"
    ),
)
slips.wrong("floors-head-dim", "takes_any_sizes", (REFUSE, ""))
slips.wrong(
    "floors-head-dim",
    "refuses_too_late",
    (REFUSE, ""),
    (
        "        q = self",
        "        if self.h * self.d_k != query.shape[-1]:\n            raise ValueError\n        q = self",
    ),
)
slips.wrong("asserts-instead-of-raising", "asserts", (REFUSE, "        assert d_model % num_heads == 0\n"))
slips.wrong("wrong-parameters", "names_of_its_own", ("self.w_q", "self.q_proj"), ("self.w_k", "self.k_proj"))
slips.wrong(
    "wrong-signature", "no_dropout_argument", (", dropout=0.0):", "):"), ("nn.Dropout(dropout)", "nn.Dropout(0.0)")
)
slips.wrong("wrong-signature", "self_attention_only", ("query, key, value, mask=None", "x, mask=None"))
slips.wrong("raises", "forgets_super", ("        super().__init__()\n", ""))
slips.wrong(
    "not-written-yet",
    "constructor_only",
    ("        q = self.cut(self.w_q(query))\n", "        raise NotImplementedError\n        q = 0\n"),
)

# Roles.
slips.wrong(
    "keys-from-queries",
    "self_attention_always",
    ("self.w_k(key)", "self.w_k(query)"),
    ("self.w_v(value)", "self.w_v(query)"),
)
slips.wrong("keys-from-queries", "keys_of_the_query", ("self.w_k(key)", "self.w_k(query)"))
slips.wrong("mixes-wrong-values", "values_of_the_keys", ("self.w_v(value)", "self.w_v(key)"))
slips.wrong("swaps-keys-and-values", "value_before_key", ("query, key, value, mask", "query, value, key, mask"))
slips.wrong("shared-projection", "w_q_three_times", ("self.w_k(", "self.w_q("), ("self.w_v(", "self.w_q("))
slips.wrong("shared-projection", "copied_line", ("self.w_k(key)", "self.w_q(key)"))
slips.wrong(
    "packed-order", "exchanged_layers", ("self.w_q(query)", "self.w_k(query)"), ("self.w_k(key)", "self.w_q(key)")
)
slips.wrong("missing-projection", "raw_values", ("self.w_v(value)", "value"))
slips.wrong(
    "missing-projection",
    "raw_everything",
    ("self.w_q(query)", "query"),
    ("self.w_k(key)", "key"),
    ("self.w_v(value)", "value"),
)

# Heads.
slips.wrong("split-without-transpose", "straight_view", (CUT, "x.reshape(x.shape[0], self.h, -1, self.d_k)"))
slips.wrong(
    "split-without-transpose",
    "straight_there_and_back",
    (CUT, "x.reshape(x.shape[0], self.h, -1, self.d_k)"),
    (JOIN, "x.reshape(x.shape[0], -1, self.h * self.d_k)"),
)
slips.wrong(
    "interleaved-split",
    "head_axis_last",
    (CUT, "x.reshape(x.shape[0], x.shape[1], self.d_k, self.h).permute(0, 3, 1, 2)"),
)
slips.wrong(
    "interleaved-split",
    "head_axis_last_both_ways",
    (CUT, "x.reshape(x.shape[0], x.shape[1], self.d_k, self.h).permute(0, 3, 1, 2)"),
    (JOIN, "x.permute(0, 2, 3, 1).reshape(x.shape[0], -1, self.h * self.d_k)"),
)
slips.wrong("merge-without-transpose", "straight_back", (JOIN, "x.reshape(x.shape[0], -1, self.h * self.d_k)"))
slips.wrong(
    "view-after-transpose", "view_of_transposed", (JOIN, "x.transpose(1, 2).view(x.shape[0], -1, self.h * self.d_k)")
)
slips.wrong("averages-heads", "mean_of_heads", (JOIN, "x.mean(1).repeat(1, 1, self.h)"))

# Scores.
slips.wrong("missing-scale", "plain_product", (SCORES, "q @ k.transpose(-2, -1)"))
slips.wrong("scale-by-d", "without_root", ("/ math.sqrt(self.d_k)", "/ self.d_k"))
slips.wrong("scale-by-d-model", "width_of_the_model", ("/ math.sqrt(self.d_k)", "/ math.sqrt(self.d_k * self.h)"))
slips.wrong("scale-by-sequence", "length_of_the_keys", ("/ math.sqrt(self.d_k)", "/ math.sqrt(k.size(2))"))
slips.wrong("keys-times-queries", "keys_first", (SCORES, "torch.matmul(k, q.transpose(-2, -1)) / math.sqrt(self.d_k)"))
slips.wrong("softmax-over-queries", "dim_2", (SOFTMAX, "torch.softmax(scores, dim=2)"))
slips.wrong("softmax-over-heads", "dim_1", (SOFTMAX, "F.softmax(scores, 1)"))

# Masks.
NO_CLEAR = (CLEAR, "")
slips.wrong("ignores-mask", "no_mask", (FILL, "pass"), NO_CLEAR)
slips.wrong("ignores-mask", "discarded_fill", (FILL, 'scores.masked_fill(mask == 0, float("-inf"))'), NO_CLEAR)
slips.wrong("mask-inverted", "fills_where_true", (FILL, "scores = scores.masked_fill(mask, -torch.inf)"), NO_CLEAR)
slips.wrong("mask-inverted", "fills_and_clears_where_true", ("mask == 0", "mask"))
slips.wrong("mask-inverted", "billion_where_true", (FILL, "scores = scores.masked_fill(mask, -1e9)"), NO_CLEAR)
slips.wrong(
    "mask-inverted",
    "nan_to_num_where_true",
    (FILL, "scores = scores.masked_fill(mask, -torch.inf)"),
    (CLEAR, "        weights = weights.nan_to_num()\n"),
)
slips.wrong("mask-added-as-0-1", "adds_mask", (FILL, "scores = scores + mask"), NO_CLEAR)
slips.wrong("mask-multiplies-scores", "times_mask", (FILL, "scores = scores * mask"), NO_CLEAR)
slips.wrong("zero-fill", "fills_zero", ('float("-inf")', "0"), NO_CLEAR)
slips.wrong(
    "mask-after-softmax",
    "weights_times_mask",
    (FILL, "pass"),
    ("weights.masked_fill(mask == 0, 0.0)", "weights * mask"),
)
slips.wrong(
    "mask-after-softmax-renormalised",
    "weights_times_mask_divided",
    (FILL, "pass"),
    (
        "weights = weights.masked_fill(mask == 0, 0.0)",
        "weights = weights * mask\n            weights = weights / weights.sum(-1, keepdim=True)",
    ),
)
slips.wrong("nan-on-empty-row", "forgets_empty_rows", NO_CLEAR)
slips.wrong("nan-on-empty-row", "finfo_min", ('float("-inf")', "torch.finfo(scores.dtype).min"), NO_CLEAR)
slips.wrong(
    "nan-gradient",
    "adds_infinity",
    (FILL, "scores = scores + torch.zeros_like(scores).masked_fill(~mask, -torch.inf)"),
)
slips.wrong(
    "nan-gradient",
    "adds_infinity_then_nan_to_num",
    (FILL, "scores = scores + torch.where(mask, 0.0, -torch.inf).to(scores.dtype)"),
    (CLEAR, "        weights = torch.nan_to_num(weights, 0.0)\n"),
)
slips.wrong("weak-fill", "ten_thousand", ('float("-inf")', "-1e4"))
slips.wrong("weak-fill", "a_billion", ('float("-inf")', "-1e9"))
slips.wrong("weak-fill", "a_billion_without_clearing", ('float("-inf")', "-1e9"), NO_CLEAR)
slips.wrong("mask-broadcast-silently", "no_head_axis", (AXIS, ""))
slips.wrong("head-axis-misplaced", "axis_1_always", ("mask is not None and mask.dim() == 3", "mask is not None"))

# Results and training.
slips.wrong("missing-output-projection", "forgets_w_o", (OUT, "output = self.join(dropped @ v)"))
slips.wrong("detached-weights", "detaches", (DROP, "dropped = self.drop(weights.detach())"))
slips.wrong("detached-weights", "no_grad_around_scores", (DROP, "dropped = self.drop(weights).data"))
slips.wrong("dropout-in-eval", "functional_dropout", ("nn.Dropout(dropout)", "lambda w: F.dropout(w, dropout)"))
slips.wrong("missing-dropout", "dropout_unused", (DROP, "dropped = weights"))
slips.wrong(
    "dropout-misplaced",
    "drops_the_output",
    (DROP, "dropped = weights"),
    (OUT, "output = self.drop(self.w_o(self.join(dropped @ v)))"),
)
slips.wrong("dropout-misplaced", "drops_twice", (OUT, "output = self.drop(self.w_o(self.join(dropped @ v)))"))
VALUES = (OUT, "output = self.w_o(self.join(dropped @ self.drop(v)))")
AVERAGES = (OUT, "output = self.w_o(self.drop(self.join(dropped @ v)))")
slips.wrong("dropout-misplaced", "drops_the_values", (DROP, "dropped = weights"), VALUES)
slips.wrong("dropout-misplaced", "drops_weights_and_values", VALUES)
slips.wrong("dropout-misplaced", "drops_the_averages", (DROP, "dropped = weights"), AVERAGES)
slips.wrong("dropout-misplaced", "drops_weights_and_averages", AVERAGES)
slips.wrong(
    "dropout-misplaced",
    "drops_the_projected_values",
    (DROP, "dropped = weights"),
    ("self.cut(self.w_v(value))", "self.cut(self.drop(self.w_v(value)))"),
)
slips.wrong("wrong-values", "drops_the_scores", (SOFTMAX, "torch.softmax(self.drop(scores), dim=-1)"))
slips.wrong("weights-after-dropout", "same_name", (DROP, "weights = dropped = self.drop(weights)"))
slips.wrong("averages-weights", "mean_over_heads", ("return output, weights", "return output, weights.mean(dim=1)"))
slips.wrong("drops-weights", "output_only", ("return output, weights", "return output"))
slips.wrong("swaps-results", "weights_first", ("return output, weights", "return weights, output"))
slips.wrong("returns-nothing", "forgets_return", ("        return output, weights\n", ""))
slips.wrong(
    "wrong-type",
    "numpy_results",
    ("return output, weights", "return output.detach().numpy(), weights.detach().numpy()"),
)
slips.wrong(
    "no-gradient",
    "frozen_query_layer",
    ("        self.drop = nn", "        self.w_q.requires_grad_(False)\n        self.drop = nn"),
)
slips.wrong("wrong-dtype", "half_way_in_float32", ("return output, weights", "return output.float(), weights.float()"))

# Two at once.
slips.wrong(
    "missing-scale mask-inverted",
    "scale_and_mask",
    (SCORES, "q @ k.mT"),
    (FILL, "scores = scores.masked_fill(mask, -torch.inf)"),
    NO_CLEAR,
)
slips.wrong(
    "missing-output-projection averages-weights",
    "two_at_the_end",
    (OUT, "output = self.join(dropped @ v)"),
    ("return output, weights", "return output, weights.mean(1)"),
)
slips.wrong(
    "scale-by-d-model nan-on-empty-row",
    "scale_and_empty_rows",
    ("/ math.sqrt(self.d_k)", "/ (self.d_k * self.h) ** 0.5"),
    NO_CLEAR,
)
slips.wrong(
    "softmax-over-queries missing-dropout",
    "axis_and_dropout",
    (SOFTMAX, "torch.softmax(scores, dim=2)"),
    (DROP, "dropped = weights"),
)


@wrong(ID, "ready-made")
class WrapsTheReadyMadeModule(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        if d_model % num_heads:
            raise ValueError
        self.w_q, self.w_k, self.w_v, self.w_o = (nn.Linear(d_model, d_model) for _ in range(4))
        self.num_heads = num_heads

    def forward(self, query, key, value, mask=None):
        q, k, v = self.w_q(query), self.w_k(key), self.w_v(value)
        heads = [x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in (q, k, v)]
        mask = None if mask is None else mask.unsqueeze(-3)
        output = nn.functional.scaled_dot_product_attention(*heads, attn_mask=mask)
        return self.w_o(output.transpose(1, 2).flatten(2)), (heads[0] @ heads[1].mT).softmax(-1)


@wrong(ID, "not-a-module")
class NotDerived:
    def __init__(self, d_model, num_heads, dropout=0.0):
        self.w_q = nn.Linear(d_model, d_model)

    def forward(self, query, key, value, mask=None):
        return query, None
