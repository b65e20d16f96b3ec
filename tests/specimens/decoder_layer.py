"""Attempts at `DecoderLayer`, on a learner's own attention and feed-forward network."""

from torch import nn

from tests.specimens import feed_forward, multi_head_attention_module
from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right

ID = "DecoderLayer"

MultiHeadAttention = multi_head_attention_module.OneHeadAfterTheOther
FeedForward = feed_forward.ActivationIsAModule

SOURCE = """
class DecoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        if self.norm_first:
            y = self.norm1(x)
            x = x + self.dropout(self.self_attention(y, y, y, self_mask)[0])
            y = self.norm2(x)
            x = x + self.dropout(self.cross_attention(y, memory, memory, memory_mask)[0])
            y = self.norm3(x)
            return x + self.dropout(self.feed_forward(y))
        a, _ = self.self_attention(x, x, x, self_mask)
        x = self.norm1(x + self.dropout(a))
        b, _ = self.cross_attention(x, memory, memory, memory_mask)
        x = self.norm2(x + self.dropout(b))
        return self.norm3(x + self.dropout(self.feed_forward(x)))
"""

ScaledByABuffer = multi_head_attention_module.ScaledByABuffer
slips = Slips(
    ID,
    SOURCE,
    MultiHeadAttention=MultiHeadAttention,
    ScaledByABuffer=ScaledByABuffer,
    FeedForward=FeedForward,
)

PRE1 = "x = x + self.dropout(self.self_attention(y, y, y, self_mask)[0])"
PRE2 = "x = x + self.dropout(self.cross_attention(y, memory, memory, memory_mask)[0])"
PRE3 = "return x + self.dropout(self.feed_forward(y))"
POST1 = "x = self.norm1(x + self.dropout(a))"
POST2 = "x = self.norm2(x + self.dropout(b))"
POST3 = "return self.norm3(x + self.dropout(self.feed_forward(x)))"
OWN = "self.self_attention(x, x, x, self_mask)"
OTHER = "self.cross_attention(x, memory, memory, memory_mask)"
NORMS = "".join(f"        self.norm{place} = nn.LayerNorm(d_model)\n" for place in (1, 2, 3))

slips.right("as_most_write_it")
slips.right("scale_in_float32", ("MultiHeadAttention(", "ScaledByABuffer("))
slips.right(
    "dropouts_of_its_own",
    ("self.dropout = nn.Dropout(dropout)", "self.drops = nn.ModuleList(nn.Dropout(dropout) for _ in range(2))"),
    ("self.dropout(self.", "self.drops[0](self."),
    ("self.dropout(", "self.drops[1]("),
)
slips.right(
    "arguments_by_name",
    ("(y, memory, memory, memory_mask)", "(query=y, key=memory, value=memory, mask=memory_mask)"),
    ("(x, memory, memory, memory_mask)", "(mask=memory_mask, value=memory, key=memory, query=x)"),
)
slips.right(
    "functional_dropout_that_knows_the_mode",
    ("self.dropout = nn.Dropout(dropout)", "self.p = dropout"),
    ("self.dropout(", "F.dropout(training=self.training, p=self.p, input="),
)


@right(ID)
class StepsInALoop(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm3, self.norm1, self.norm2 = (nn.LayerNorm(d_model) for _ in range(3))
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.cross_attention, self.self_attention = (MultiHeadAttention(d_model, num_heads, dropout) for _ in range(2))
        self.drop, self.pre = nn.Dropout(dropout), norm_first

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        steps = (
            (self.norm1, lambda y: self.self_attention(y, y, y, self_mask)[0]),
            (self.norm2, lambda y: self.cross_attention(y, memory, memory, memory_mask)[0]),
            (self.norm3, self.feed_forward),
        )
        for norm, step in steps:
            x = x + self.drop(step(norm(x) if self.pre else x))
            x = x if self.pre else norm(x)
        return x


# Sums and norms.
slips.wrong("norms-exchanged", "post_first", ("if self.norm_first", "if not self.norm_first"))
slips.wrong("ignores-norm-first", "always_pre", ("if self.norm_first", "if True"))
slips.wrong("ignores-norm-first", "always_post", ("if self.norm_first", "if None"))
slips.wrong(
    "residual-of-norm",
    "overwrites_x",
    *((f"y = self.norm{place}(x)", f"x = y = self.norm{place}(x)") for place in (1, 2, 3)),
)
slips.wrong(
    "norm-of-update",
    "norm_inside_the_sum",
    (POST1, "x = x + self.norm1(self.dropout(a))"),
    (POST2, "x = x + self.norm2(self.dropout(b))"),
    (POST3, "return x + self.norm3(self.dropout(self.feed_forward(x)))"),
)
slips.wrong(
    "norm-of-update",
    "norm_inside_the_sum_then_dropout",
    (POST1, "x = x + self.dropout(self.norm1(a))"),
    (POST2, "x = x + self.dropout(self.norm2(b))"),
    (POST3, "return x + self.dropout(self.norm3(self.feed_forward(x)))"),
)
slips.wrong(
    "missing-norm",
    "norms_unused",
    *((f"y = self.norm{place}(x)", "y = x") for place in (1, 2, 3)),
    *((f"self.norm{place}(x +", "(x +") for place in (1, 2, 3)),
)
slips.wrong("missing-norm", "norm2_forgotten_in_pre_norm", ("y = self.norm2(x)", "y = x"))
slips.wrong("missing-norm", "norm3_forgotten", ("y = self.norm3(x)", "y = x"), ("self.norm3(x +", "(x +"))
slips.wrong("norm-of-query-only", "keys_and_values_as_they_come", ("y, y, y, self_mask", "y, x, x, self_mask"))
slips.wrong("missing-residual", "replaces_x", ("x + self.dropout", "self.dropout"))
slips.wrong(
    "missing-dropout",
    "dropout_for_no_part",
    ("(d_model, num_heads, dropout)", "(d_model, num_heads)"),
    ("(d_model, d_ff, dropout)", "(d_model, d_ff)"),
)
slips.wrong(
    "missing-dropout",
    "dropout_not_for_attention_to_memory",
    (
        "self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)",
        "self.cross_attention = MultiHeadAttention(d_model, num_heads)",
    ),
)
slips.wrong(
    "missing-dropout",
    "adds_the_network_whole",
    (PRE3, "return x + self.feed_forward(y)"),
    (POST3, "return self.norm3(x + self.feed_forward(x))"),
)
slips.wrong(
    "missing-residual", "forgets_x_behind_memory", (PRE2, PRE2.replace("x + ", "")), (POST2, POST2.replace("x + ", ""))
)
slips.wrong("missing-dropout", "dropout_unused", ("+ self.dropout(", "+ ("))
slips.wrong(
    "dropout-misplaced",
    "drops_the_sum",
    (PRE1, "x = self.dropout(x + self.self_attention(y, y, y, self_mask)[0])"),
    (PRE2, "x = self.dropout(x + self.cross_attention(y, memory, memory, memory_mask)[0])"),
    (PRE3, "return self.dropout(x + self.feed_forward(y))"),
    (POST1, "x = self.norm1(self.dropout(x + a))"),
    (POST2, "x = self.norm2(self.dropout(x + b))"),
    (POST3, "return self.norm3(self.dropout(x + self.feed_forward(x)))"),
)
slips.wrong(
    "dropout-in-eval",
    "functional_dropout",
    ("self.dropout = nn.Dropout(dropout)", "self.p = dropout"),
    ("self.dropout(", "F.dropout(p=self.p, input="),
)

# Parts.
slips.wrong("shared-norm", "norm1_always", ("self.norm2(x", "self.norm1(x"), ("self.norm3(x", "self.norm1(x"))
slips.wrong("shared-norm", "norm1_for_both_attentions", ("self.norm2(x", "self.norm1(x"))
slips.wrong("shared-norm", "norm2_at_the_end", ("self.norm3(x", "self.norm2(x"))
slips.wrong(
    "shared-norm",
    "norm3_in_the_middle",
    ("self.norm2(x", "self.norm0(x"),
    ("self.norm3(x", "self.norm2(x"),
    ("self.norm0(x", "self.norm3(x"),
)
slips.wrong(
    "shared-layer",
    "one_attention_two_names",
    (
        "self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)",
        "self.cross_attention = self.self_attention",
    ),
)
slips.wrong(
    "shared-layer",
    "one_norm_three_names",
    (NORMS, "        self.norm1 = self.norm2 = self.norm3 = nn.LayerNorm(d_model)\n"),
)
slips.wrong(
    "not-registered",
    "norms_in_a_list",
    (NORMS, "        self.norms = [nn.LayerNorm(d_model) for _ in range(3)]\n"),
    *((f"self.norm{place}(x", f"self.norms[{place - 1}](x") for place in (1, 2, 3)),
)
slips.wrong(
    "wrong-parameters",
    "two_norms",
    ("        self.norm3 = nn.LayerNorm(d_model)\n", ""),
    ("self.norm3(x", "self.norm2(x"),
)
slips.wrong("wrong-parameters", "names_of_its_own", ("self.cross_attention", "self.memory_attention"))

# Masks.
slips.wrong("ignores-mask", "self_mask_left_behind", (", self_mask)[0]", ")[0]"), ("x, x, x, self_mask", "x, x, x"))
slips.wrong("ignores-mask", "memory_mask_left_behind", ("memory, memory, memory_mask", "memory, memory"))
slips.wrong(
    "ignores-mask",
    "both_masks_left_behind",
    ("y, y, y, self_mask", "y, y, y"),
    ("x, x, x, self_mask", "x, x, x"),
    ("memory, memory, memory_mask", "memory, memory"),
)
slips.wrong(
    "masks-exchanged",
    "masks_in_the_other_order",
    ("self_mask=None, memory_mask=None", "memory_mask=None, self_mask=None"),
)
slips.wrong("masks-exchanged", "self_mask_twice", ("memory, memory, memory_mask", "memory, memory, self_mask"))
slips.wrong(
    "mask-inverted",
    "inverts_both_for_torch",
    (
        "        if self.norm_first:\n",
        "        self_mask, memory_mask = (None if m is None else ~m for m in (self_mask, memory_mask))\n"
        "        if self.norm_first:\n",
    ),
)
slips.wrong(
    "mask-inverted",
    "inverts_the_padding",
    (
        "        if self.norm_first:\n",
        "        memory_mask = memory_mask if memory_mask is None else memory_mask.logical_not()\n"
        "        if self.norm_first:\n",
    ),
)
CAUSAL = "torch.tril(torch.ones(x.size(1), x.size(1))).bool()"
slips.wrong(
    "causal-in-encoder",
    "always_causal",
    (
        "        if self.norm_first:\n",
        f"        past = {CAUSAL}\n        self_mask = past if self_mask is None else self_mask & past\n"
        "        if self.norm_first:\n",
    ),
)

# Memory.
slips.wrong(
    "keys-from-queries", "looks_at_itself_twice", ("(y, memory, memory", "(y, y, y"), ("(x, memory, memory", "(x, x, x")
)
slips.wrong(
    "mixes-wrong-values",
    "memory_for_the_keys_only",
    ("(y, memory, memory", "(y, memory, y"),
    ("(x, memory, memory", "(x, memory, x"),
)
slips.wrong(
    "swaps-x-and-context",
    "memory_asks",
    ("(y, memory, memory", "(memory, y, y"),
    ("(x, memory, memory", "(memory, x, x"),
)
slips.wrong("shared-projection", "one_attention_for_both", ("self.cross_attention(", "self.self_attention("))
slips.wrong(
    "normalizes-memory", "norm2_of_memory", ("(y, memory, memory", "(y, self.norm2(memory), self.norm2(memory)")
)
slips.wrong(
    "normalizes-memory",
    "norm2_of_memory_always",
    ("        if self.norm_first:\n", "        memory = self.norm2(memory)\n        if self.norm_first:\n"),
)

# Steps.
slips.wrong(
    "missing-cross-attention",
    "no_memory",
    (f"            y = self.norm2(x)\n            {PRE2}\n", ""),
    (POST2, "b = x"),
)
slips.wrong("missing-feed-forward", "attention_only", (PRE3, "return x"), (POST3, "return x"))
slips.wrong(
    "cross-attention-first",
    "memory_before_self_attention",
    *(
        (old, new)
        for own, other in ((PRE1, PRE2), (OWN, OTHER), ("self.norm1(x", "self.norm2(x"))
        for old, new in ((own, "HERE"), (other, own), ("HERE", other))
    ),
)
slips.wrong(
    "feed-forward-first",
    "memory_last",
    (PRE2, "x = x + self.dropout(self.feed_forward(y))"),
    (PRE3, PRE2.replace("x = ", "return ")),
    (f"b, _ = {OTHER}", "b = self.feed_forward(x)"),
    (POST3, f"return self.norm3(x + self.dropout({OTHER}[0]))"),
    ("self.norm2(x", "self.norm0(x"),
    ("self.norm3(x", "self.norm2(x"),
    ("self.norm0(x", "self.norm3(x"),
)
slips.wrong(
    "sublayers-side-by-side",
    "both_attentions_from_the_start",
    ("            y = self.norm1(x)\n", "            start = x\n            y = self.norm1(x)\n"),
    ("y = self.norm2(x)", "y = self.norm2(start)"),
    (f"        b, _ = {OTHER}\n", ""),
    (
        f"        a, _ = {OWN}\n",
        f"        start = x\n        b, _ = {OTHER}\n        a, _ = {OWN}\n",
    ),
    (POST2, "x = x + self.norm2(start + self.dropout(b)) - start"),
)

# The rest.
slips.wrong("raises", "forgets_that_attention_returns_two", ("memory_mask)[0])", "memory_mask))"))
slips.wrong("wrong-signature", "one_mask", ("self_mask=None, memory_mask=None", "self_mask=None"))
slips.wrong("mutates-input", "adds_in_place", (PRE1, PRE1.replace("x = x + ", "x += ")))
slips.wrong(
    "ignores-mask normalizes-memory",
    "no_padding_mask_and_norm_of_memory",
    ("memory, memory, memory_mask", "memory, memory"),
    ("(y, memory, memory", "(y, self.norm2(memory), self.norm2(memory)"),
)
slips.wrong(
    "missing-dropout missing-cross-attention",
    "no_memory_and_no_dropout",
    (f"            y = self.norm2(x)\n            {PRE2}\n", ""),
    (POST2, "b = x"),
    ("+ self.dropout(", "+ ("),
)
slips.wrong(
    "not-written-yet",
    "as_released",
    ("        if self.norm_first:\n", "        raise NotImplementedError\n        if self.norm_first:\n"),
)
