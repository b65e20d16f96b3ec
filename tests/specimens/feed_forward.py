"""Attempts at `FeedForward`."""

from torch import nn

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right

ID = "FeedForward"

SOURCE = """
class FeedForward(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.0):
        super().__init__()
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        hidden = F.relu(self.linear1(x))
        hidden = self.dropout(hidden)
        return self.linear2(hidden)
"""

slips = Slips(ID, SOURCE)

RELU = "F.relu(self.linear1(x))"
DROP = "        hidden = self.dropout(hidden)\n"
RETURN = "return self.linear2(hidden)"

slips.right("as_most_write_it")
slips.right("clamp", (RELU, "self.linear1(x).clamp(min=0)"))
slips.right(
    "dropout_before_relu", (RELU, "self.dropout(self.linear1(x))"), (DROP, "        hidden = torch.relu(hidden)\n")
)
slips.right(
    "functional_dropout_that_knows_the_mode",
    ("nn.Dropout(dropout)", "dropout"),
    ("self.dropout(hidden)", "F.dropout(hidden, p=self.dropout, training=self.training)"),
)
slips.right("matrix_products", (RETURN, "return hidden @ self.linear2.weight.T + self.linear2.bias"))


@right(ID)
class ActivationIsAModule(nn.Module):
    def __init__(self, d_model, d_ff, dropout=0.0):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.between = nn.Sequential(nn.ReLU(), nn.Dropout(dropout))

    def forward(self, x):
        return self.linear2(self.between(self.linear1(x)))


slips.wrong("missing-activation", "two_linear_layers", (RELU, "self.linear1(x)"))
slips.wrong("another-activation", "gelu", ("F.relu", "F.gelu"))
slips.wrong("another-activation", "tanh", ("F.relu", "torch.tanh"))
slips.wrong(
    "activation-misplaced",
    "relu_at_the_end",
    (RELU, "self.linear1(x)"),
    (RETURN, "return F.relu(self.linear2(hidden))"),
)
slips.wrong("activation-misplaced", "relu_twice", (RETURN, "return self.linear2(hidden).relu()"))
slips.wrong("activation-misplaced", "relu_of_the_input", (RELU, "self.linear1(F.relu(x))"))
slips.wrong("missing-dropout", "dropout_unused", (DROP, ""))
slips.wrong("dropout-misplaced", "drops_the_output", (DROP, ""), (RETURN, "return self.dropout(self.linear2(hidden))"))
slips.wrong("dropout-misplaced", "drops_twice", (RETURN, "return self.dropout(self.linear2(hidden))"))
slips.wrong("dropout-misplaced", "drops_the_input", (DROP, ""), (RELU, "F.relu(self.linear1(self.dropout(x)))"))
slips.wrong(
    "dropout-in-eval",
    "functional_dropout",
    ("nn.Dropout(dropout)", "dropout"),
    ("self.dropout(hidden)", "F.dropout(hidden, self.dropout)"),
)
slips.wrong("unasked-residual", "adds_x", (RETURN, "return x + self.linear2(hidden)"))
slips.wrong(
    "not-registered",
    "layers_in_a_list",
    ("self.linear1 = nn.Linear(d_model, d_ff)", "self.layers = [nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)]"),
    ("        self.linear2 = nn.Linear(d_ff, d_model)\n", ""),
    ("self.linear1(x)", "self.layers[0](x)"),
    ("self.linear2(hidden)", "self.layers[1](hidden)"),
)
slips.wrong(
    "ignores-bias", "without_bias", ("d_ff)", "d_ff, bias=False)"), ("(d_ff, d_model)", "(d_ff, d_model, bias=False)")
)
slips.wrong("wrong-parameters", "sizes_exchanged", ("nn.Linear(d_model, d_ff)", "nn.Linear(d_ff, d_model)"))
slips.wrong("wrong-parameters", "names_of_its_own", ("linear1", "up"), ("linear2", "down"))
slips.wrong("no-gradient", "detached", (RETURN, "return self.linear2(hidden).detach()"))
slips.wrong("mutates-input", "in_place_on_the_input", (RELU, "F.relu(self.linear1(x))\n        x.zero_()"))
slips.wrong("missing-activation missing-dropout", "forgets_both", (RELU, "self.linear1(x)"), (DROP, ""))
slips.wrong(
    "another-activation dropout-misplaced",
    "gelu_and_drops_the_output",
    ("F.relu", "F.gelu"),
    (DROP, ""),
    (RETURN, "return self.dropout(self.linear2(hidden))"),
)
slips.wrong("returns-nothing", "forgets_return", ("return self", "self"))
slips.wrong("not-written-yet", "as_released", ("hidden = F.relu(self.linear1(x))", "raise NotImplementedError"))
