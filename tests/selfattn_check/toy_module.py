"""A small exercise on a module, with known mistakes, on which the engine is tried."""

import torch
from torch import nn

from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.module_trial import ModuleTrial, Use
from selfattn_check.probe import Probe


class Gate(nn.Module):
    """x · sigmoid(linear(drop(x))), and the gate."""

    def __init__(self, width, dropout=0.0):
        super().__init__()
        if width < 1:
            raise ValueError("width must be at least 1")
        self.linear = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        gate = self.linear(self.dropout(x)).sigmoid()
        gate = gate if mask is None else gate.masked_fill(~mask, 0)
        return x * gate, gate


def make(width):
    return nn.Linear(width, width)


def use(gate, x):
    return x * gate


def drop(x, dropout):
    return dropout(x)


class Steps(nn.Module):
    def __init__(self, width, dropout=0.0, *, make=make, use=use, drop=drop):
        super().__init__()
        if width < 1:
            raise ValueError("width must be at least 1")
        self.linear, self.dropout, self.steps = make(width), nn.Dropout(dropout), (use, drop)

    def forward(self, x, mask=None):
        use, drop = self.steps
        linear = self.linear[0] if isinstance(self.linear, list) else self.linear
        gate = linear(drop(x, self.dropout)).sigmoid()
        gate = gate if mask is None else gate.masked_fill(~mask, 0)
        return use(gate, x), gate


MISTAKES = (
    Mistake("not-registered", "when the layer is in a list", "register it", {"make": lambda width: [make(width)]}),
    Mistake("detached", "when the gate is cut off", "do not detach", {"use": lambda gate, x: x * gate.detach()}),
    Mistake("adds", "when the gate is added", "multiply", {"use": lambda gate, x: x + gate}),
    Mistake(
        "always-drops",
        "when dropout ignores the mode",
        "use the mode",
        {"drop": lambda x, dropout: nn.functional.dropout(x, dropout.p)},
    ),
)


def draw(*shape, dtype=torch.float64, dropout=0.0, mask=False, **of_use):
    def build(rng):
        drawn = {"width": shape[-1], "dropout": dropout, "x": torch.from_numpy(rng.normal(size=shape)).to(dtype)}
        if mask:
            drawn["mask"] = torch.from_numpy(rng.random(shape) < 0.5)
        return drawn | {"use": Use(int(rng.integers(2**31)), **of_use)}

    return build


TOY_MODULE = Exercise(
    id="Gate",
    assignment="00-toy",
    chapter=0,
    section="Toys",
    anchor="toys",
    title="Gate",
    minutes=1,
    difficulty=1,
    statement="",
    reference=Gate,
    blueprint=Steps,
    returns=("output", "gate"),
    probes=(
        Probe("plain", "one batch axis", draw(2, 3, 4)),
        Probe("masked", "a mask", draw(2, 4, mask=True)),
        Probe("float32", "half the precision", draw(2, 3, dtype=torch.float32)),
        Probe("eval", "dropout does nothing", draw(3, 4, dropout=1.0), part="modes"),
        Probe("training", "all is dropped", draw(3, 4, dropout=1.0, training=True), part="modes"),
        Probe("gradients", "what a training step would use", draw(3, 4, gradients=True), part="modes"),
        Probe("no width", "an error is asked for", draw(2, 0), part="modes", raises=ValueError),
    ),
    mistakes=MISTAKES,
    hints=("one", "two", "three"),
    forbidden=("selfattn_ref.*", "torch.nn.GRUCell"),
    parts={"values": 1, "modes": 1},
    run=ModuleTrial(Steps, ("width", "dropout"), ("x", "mask")),
)
