"""Attempts at `EncoderLayer`, on a learner's own attention and feed-forward network."""

from torch import nn

from tests.specimens import feed_forward, multi_head_attention_module
from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right

ID = "EncoderLayer"

MultiHeadAttention = multi_head_attention_module.OneHeadAfterTheOther
FeedForward = feed_forward.ActivationIsAModule

SOURCE = """
class EncoderLayer(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first

    def forward(self, x, mask=None):
        if self.norm_first:
            y = self.norm1(x)
            x = x + self.dropout(self.attention(y, y, y, mask)[0])
            y = self.norm2(x)
            return x + self.dropout(self.feed_forward(y))
        a, _ = self.attention(x, x, x, mask)
        x = self.norm1(x + self.dropout(a))
        return self.norm2(x + self.dropout(self.feed_forward(x)))
"""

ScaledByABuffer = multi_head_attention_module.ScaledByABuffer
slips = Slips(
    ID,
    SOURCE,
    MultiHeadAttention=MultiHeadAttention,
    ScaledByABuffer=ScaledByABuffer,
    FeedForward=FeedForward,
)

PRE1 = "x = x + self.dropout(self.attention(y, y, y, mask)[0])"
PRE2 = "return x + self.dropout(self.feed_forward(y))"
POST1 = "x = self.norm1(x + self.dropout(a))"
POST2 = "return self.norm2(x + self.dropout(self.feed_forward(x)))"

slips.right("as_most_write_it")
slips.right("scale_in_float32", ("MultiHeadAttention(", "ScaledByABuffer("))
slips.right(
    "functional_dropout_that_knows_the_mode",
    ("self.dropout = nn.Dropout(dropout)", "self.p = dropout"),
    ("self.dropout(", "F.dropout(training=self.training, p=self.p, input="),
)
slips.right(
    "dropouts_of_its_own",
    ("self.dropout = nn.Dropout(dropout)", "self.drop1, self.drop2 = nn.Dropout(dropout), nn.Dropout(dropout)"),
    ("self.dropout(self.feed", "self.drop2(self.feed"),
    ("self.dropout(", "self.drop1("),
)
slips.right(
    "sum_the_other_way_round",
    (PRE2, "return self.dropout(self.feed_forward(y)).add(x)"),
    (POST1, "x = self.norm1(self.dropout(a) + x)"),
)


@right(ID)
class OneFormForBothOrders(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(d_model) for _ in range(2))
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.drop, self.pre = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None):
        for norm, step in (
            (self.norm1, lambda y: self.attention(query=y, key=y, value=y, mask=mask)[0]),
            (self.norm2, self.feed_forward),
        ):
            x = x + self.drop(step(norm(x) if self.pre else x))
            x = x if self.pre else norm(x)
        return x


slips.wrong("norms-exchanged", "post_first", ("if self.norm_first", "if not self.norm_first"))
slips.wrong("ignores-norm-first", "always_pre", ("if self.norm_first", "if True"))
slips.wrong("ignores-norm-first", "always_post", ("if self.norm_first", "if None"))
slips.wrong(
    "residual-of-norm",
    "overwrites_x",
    ("y = self.norm1(x)", "x = y = self.norm1(x)"),
    ("y = self.norm2(x)", "x = y = self.norm2(x)"),
)
slips.wrong(
    "norm-of-update",
    "norm_inside_the_sum",
    (POST1, "x = x + self.norm1(self.dropout(a))"),
    (POST2, "return x + self.norm2(self.dropout(self.feed_forward(x)))"),
)
slips.wrong(
    "norm-of-update",
    "norm_inside_the_sum_then_dropout",
    (POST1, "x = x + self.dropout(self.norm1(a))"),
    (POST2, "return x + self.dropout(self.norm2(self.feed_forward(x)))"),
)
slips.wrong(
    "missing-norm",
    "norms_unused",
    ("y = self.norm1(x)", "y = x"),
    ("y = self.norm2(x)", "y = x"),
    ("self.norm1(x +", "(x +"),
    ("self.norm2(x +", "(x +"),
)
slips.wrong("missing-norm", "norm1_forgotten_in_pre_norm", ("y = self.norm1(x)", "y = x"))
slips.wrong("missing-norm", "norm2_forgotten_in_pre_norm", ("y = self.norm2(x)", "y = x"))
slips.wrong("missing-norm", "norm1_forgotten_in_post_norm", (POST1, "x = x + self.dropout(a)"))
slips.wrong("missing-norm", "norm1_forgotten", ("y = self.norm1(x)", "y = x"), (POST1, "x = x + self.dropout(a)"))
slips.wrong("norm-of-query-only", "keys_and_values_as_they_come", ("y, y, y, mask", "y, x, x, mask"))
slips.wrong("missing-residual", "replaces_x", ("x + self.dropout", "self.dropout"))
slips.wrong("missing-dropout", "dropout_unused", ("+ self.dropout(", "+ ("))
slips.wrong("missing-dropout", "dropout_not_for_attention", ("(d_model, num_heads, dropout)", "(d_model, num_heads)"))
slips.wrong("missing-dropout", "dropout_not_for_the_network", ("(d_model, d_ff, dropout)", "(d_model, d_ff)"))
slips.wrong(
    "missing-dropout",
    "dropout_for_no_part",
    ("(d_model, num_heads, dropout)", "(d_model, num_heads)"),
    ("(d_model, d_ff, dropout)", "(d_model, d_ff)"),
)
slips.wrong(
    "missing-dropout", "adds_attention_whole_before_the_norm", (PRE1, "x = x + self.attention(y, y, y, mask)[0]")
)
slips.wrong(
    "missing-dropout",
    "adds_attention_whole",
    (PRE1, "x = x + self.attention(y, y, y, mask)[0]"),
    (POST1, "x = self.norm1(x + a)"),
)
slips.wrong(
    "missing-residual",
    "forgets_x_behind_the_network",
    (PRE2, PRE2.replace("x + ", "")),
    (POST2, POST2.replace("x + ", "")),
)
slips.wrong("dropout-misplaced", "drops_the_last_sum", (PRE2, "return self.dropout(x + self.feed_forward(y))"))
slips.wrong("no-gradient", "cuts_the_way_back", (PRE2, f"{PRE2}.detach()"), (POST2, f"{POST2}.detach()"))
slips.wrong(
    "dropout-misplaced",
    "drops_the_sum",
    (PRE1, "x = self.dropout(x + self.attention(y, y, y, mask)[0])"),
    (PRE2, "return self.dropout(x + self.feed_forward(y))"),
    (POST1, "x = self.norm1(self.dropout(x + a))"),
    (POST2, "return self.norm2(self.dropout(x + self.feed_forward(x)))"),
)
slips.wrong(
    "dropout-in-eval",
    "functional_dropout",
    ("self.dropout = nn.Dropout(dropout)", "self.p = dropout"),
    ("self.dropout(", "F.dropout(p=self.p, input="),
)
slips.wrong("shared-norm", "norm1_twice", ("self.norm2(x", "self.norm1(x"))
slips.wrong(
    "shared-norm",
    "norms_in_the_other_order",
    ("self.norm1(x", "self.norm0(x"),
    ("self.norm2(x", "self.norm1(x"),
    ("self.norm0(x", "self.norm2(x"),
)
slips.wrong("shared-layer", "one_norm_two_names", ("self.norm2 = nn.LayerNorm(d_model)", "self.norm2 = self.norm1"))
slips.wrong(
    "not-registered",
    "norms_in_a_list",
    (
        "        self.norm1 = nn.LayerNorm(d_model)\n        self.norm2 = nn.LayerNorm(d_model)\n",
        "        self.norms = [nn.LayerNorm(d_model), nn.LayerNorm(d_model)]\n",
    ),
    ("self.norm1", "self.norms[0]"),
    ("self.norm2", "self.norms[1]"),
)
slips.wrong("ignores-mask", "mask_left_behind", ("y, y, y, mask", "y, y, y"), ("x, x, x, mask", "x, x, x"))
slips.wrong(
    "mask-inverted",
    "inverts_for_torch",
    ("y, y, y, mask", "y, y, y, None if mask is None else ~mask"),
    ("x, x, x, mask", "x, x, x, None if mask is None else ~mask"),
)
slips.wrong(
    "feed-forward-first",
    "network_before_attention",
    (PRE1, "x = x + self.dropout(self.feed_forward(y))"),
    (PRE2, "return x + self.dropout(self.attention(y, y, y, mask)[0])"),
    ("a, _ = self.attention(x, x, x, mask)", "a = self.feed_forward(x)"),
    (POST2, "return self.norm2(x + self.dropout(self.attention(x, x, x, mask)[0]))"),
    ("self.norm1(x", "self.norm0(x"),
    ("self.norm2(x", "self.norm1(x"),
    ("self.norm0(x", "self.norm2(x"),
)
slips.wrong("missing-feed-forward", "attention_only", (PRE2, "return x"), (POST2, "return x"))
slips.wrong("raises", "forgets_that_attention_returns_two", ("mask)[0])", "mask))"))
slips.wrong(
    "wrong-parameters",
    "norms_of_another_size",
    ("self.norm2 = nn.LayerNorm(d_model)", "self.norm2 = nn.LayerNorm(d_ff)"),
)
slips.wrong("wrong-parameters", "names_of_its_own", ("self.attention", "self.self_attn"))
slips.wrong("mutates-input", "adds_in_place", (PRE1, "x += self.dropout(self.attention(y, y, y, mask)[0])"))
slips.wrong(
    "missing-dropout shared-norm",
    "one_norm_and_no_dropout",
    ("+ self.dropout(", "+ ("),
    ("self.norm2(x", "self.norm1(x"),
)
slips.wrong(
    "ignores-mask missing-residual",
    "no_mask_and_no_sum",
    ("y, y, y, mask", "y, y, y"),
    ("x, x, x, mask", "x, x, x"),
    ("x + self.dropout", "self.dropout"),
)
slips.wrong(
    "not-written-yet",
    "as_released",
    ("        if self.norm_first:\n", "        raise NotImplementedError\n        if self.norm_first:\n"),
)
slips.wrong(
    "sublayers-side-by-side",
    "both_from_the_start",
    ("            y = self.norm1(x)\n", "            start = x\n            y = self.norm1(x)\n"),
    ("y = self.norm2(x)", "y = self.norm2(start)"),
    (POST1, "b = x\n        x = self.norm1(x + self.dropout(a))"),
    (POST2, "return x + self.norm2(b + self.dropout(self.feed_forward(b))) - b"),
)
