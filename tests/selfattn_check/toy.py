"""A small exercise, 2x + 1, on which every part of the engine can be seen alone."""

import numpy as np

from selfattn_check import Exercise, Mistake, Probe
from selfattn_check.probe import read_only


def affine(x, shift=1.0):
    """The reference."""
    if x.ndim == 0:
        raise ValueError("x must have at least one axis")
    return x * 2 + np.asarray(shift, x.dtype)


def steps(x, shift=1.0, *, scale=lambda x: x * 2, move=lambda x, shift: x + np.asarray(shift, x.dtype)):
    """The blueprint, which refuses what the reference refuses."""
    if x.ndim == 0:
        raise ValueError("x must have at least one axis")
    return move(scale(x), shift)


def _scaling(code, scale):
    return Mistake(code, f"with {code}", f"undo {code}", {"scale": scale})


MISTAKES = (
    _scaling("triples", lambda x: x * 3),
    _scaling("negates", lambda x: -x),
    _scaling("negates", lambda x: -x),  # the same code twice is named once
    _scaling("twin-one", lambda x: x * 5),
    _scaling("twin-two", lambda x: x + x * 4),  # cannot be told from its twin
    _scaling("loses-the-sign", lambda x: np.abs(x) * 2),
    _scaling("loses-the-sign-and-more", lambda x: np.abs(x) * 2 + (9 if (x > 0).all() else 0)),
    _scaling("needs-two-axes", lambda x: x @ np.eye(2)),
    Mistake("forgets-shift", "with forgets-shift", "add it", {"move": lambda x, shift: x}),
    Mistake("subtracts", "with subtracts", "add it", {"move": lambda x, shift: x - np.asarray(shift, x.dtype)}),
    Mistake("does-nothing", "with does-nothing", "do it", {"whole": lambda x, shift=1.0: x}),
)

TOY = Exercise(
    id="affine",
    assignment="00-toy",
    chapter=0,
    section="Toys",
    anchor="toys",
    title="Scale and shift",
    minutes=1,
    difficulty=2,
    statement="",
    reference=affine,
    blueprint=steps,
    returns=("result",),
    probes=(
        Probe("plain", "mixed signs", lambda rng: {"x": rng.normal(size=(2, 3))}),
        Probe("positive", "positive numbers only", lambda rng: {"x": rng.uniform(1, 2, size=4)}),
        Probe("shift", "another shift", lambda rng: {"x": rng.normal(size=(3, 1)), "shift": -2.5}),
        Probe("float32", "half the precision", lambda rng: {"x": rng.normal(size=5).astype(np.float32)}, part="edges"),
        Probe("read-only", "not to be written to", lambda rng: {"x": read_only(rng.normal(size=5))}, part="edges"),
        Probe("scalar", "not an array with axes", lambda rng: {"x": np.array(1.0)}, part="edges", raises=ValueError),
    ),
    mistakes=MISTAKES,
    hints=("one", "two", "three"),
    forbidden=("selfattn_ref.*",),
    parts={"values": 2, "edges": 1},
)


def replay(*codes):
    """An attempt with these mistakes."""
    by_code = {mistake.code: mistake for mistake in MISTAKES}
    return TOY.replay(*(by_code[code] for code in codes))
