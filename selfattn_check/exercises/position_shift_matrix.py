"""Exercise: one matrix that moves every position by the same offset."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.positions import position_shift_matrix as blueprint
from selfattn_check.blueprints.positions import turn
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.frequencies import FREQUENCIES
from selfattn_check.probe import Probe
from selfattn_ref import position_shift_matrix

__all__ = ["POSITION_SHIFT_MATRIX"]

Array = np.ndarray

STATEMENT = r"""
Let $P$ be the table of `sinusoidal_positions`. One matrix $M$ moves *every* position by the same offset $k$:

$$P_{t+k} = P_t\, M \qquad \text{for all } t .$$

A row $P_t$ stands to the left of $M$, as everywhere in this course. Pair $i$ of columns has the frequency
$\omega_i = b^{-2i/d}$. Find the block of two rows and two columns that takes $(\sin \omega_i t,\; \cos \omega_i t)$ to
$(\sin \omega_i (t+k),\; \cos \omega_i (t+k))$; $M$ has these blocks on its diagonal and zeros elsewhere.

| argument | meaning |
|---|---|
| `offset` | integer $k$, of any sign |
| `d_model` | even integer $d$, at least 2 |
| `base` | number $b > 1$, as in `sinusoidal_positions` |
| returns | new array `(d_model, d_model)` of float64 |

```python
>>> from selfattn_ref import sinusoidal_positions
>>> p = sinusoidal_positions(10, 6)
>>> m = position_shift_matrix(3, 6)
>>> float(abs(p[:7] @ m - p[3:]).max().round(12))
0.0
>>> position_shift_matrix(0, 2).tolist() == [[1.0, 0.0], [0.0, 1.0]]       # no offset, nothing moves
True

```
"""

HINTS = (
    "Write out the sum formulas: sin(a + b) = sin a · cos b + cos a · sin b, and cos(a + b) = cos a · cos b − sin a · "
    "sin b. With a = ωt and b = ωk, everything that depends on t stands in the row P[t].",
    "A row times a matrix: column 0 of the block makes the new sine, column 1 the new cosine. The new sine takes "
    "cos ωk of the old sine (row 0) and sin ωk of the old cosine (row 1).",
    "With `even = np.arange(0, d_model, 2)` and `a = offset * base ** -(even / d_model)`: `m[even, even] = cos a`, "
    "`m[even + 1, even] = sin a`, `m[even, even + 1] = -sin a`, `m[even + 1, even + 1] = cos a`.",
)


def _moved(offset: int, d_model: int, base: float | None = None) -> Callable[..., dict[str, Any]]:
    sizes = {"offset": offset, "d_model": d_model}
    return lambda rng: sizes if base is None else {**sizes, "base": base}


def _drawn(rng: np.random.Generator) -> dict[str, Any]:
    return {"offset": int(rng.integers(3, 20)), "d_model": 6, "base": round(rng.uniform(20, 200), 1)}


PROBES = (
    Probe("one pair", "one step, width 2: a rotation by one radian", _moved(1, 2)),
    Probe("two pairs", "three steps, width 4: frequencies 1 and 1/100", _moved(3, 4)),
    Probe("wide", "five steps, width 10, base 100", _moved(5, 10, 100.0)),
    Probe("back", "a negative offset moves back", _moved(-2, 6)),
    Probe("standing still", "offset 0 gives the identity", _moved(0, 6)),
    Probe("far", "an offset of 700", _moved(700, 4)),
    Probe("base", "another base", _moved(4, 8, 50.0)),
    Probe("drawn", "an offset and a base that nobody knows beforehand", _drawn),
)


def _by_columns(sine: Array, cosine: Array) -> Array:
    """As `turn`, but each column takes sine and cosine of its own angle."""
    even = np.arange(0, len(sine), 2)
    shift = np.diag(cosine)
    shift[even, even + 1] = -sine[even + 1]
    shift[even + 1, even] = sine[even]
    return shift


def _without_minus(sine: Array, cosine: Array) -> Array:
    off_diagonal = turn(sine, np.zeros_like(cosine))
    return np.diag(cosine) + np.tril(off_diagonal) - np.triu(off_diagonal)


def _halves(shift: Array) -> Array:
    columns = np.concatenate([np.arange(0, len(shift), 2), np.arange(1, len(shift), 2)])
    return shift[np.ix_(columns, columns)]


_PER_COLUMN = next(mistake for mistake in FREQUENCIES if mistake.code == "frequency-per-column")
_BLOCK = "rows of a block: (cos, −sin) and (sin, cos)"

MISTAKES = (
    Mistake(
        "shift-reversed",
        "when the shift goes the other way: M transposed, or −offset",
        "P[t] stands to the left of M: the minus belongs above the diagonal",
        {"step": operator.neg},
    ),
    *FREQUENCIES,
    Mistake(
        "frequency-per-column",
        "when every column j of M has a frequency of its own, base^(−j/d_model)",
        _PER_COLUMN.help,
        {**_PER_COLUMN.replaces, "turn": _by_columns},
    ),
    Mistake(
        "concatenated-halves",
        "when the blocks are laid out for a table with all sines first and all cosines after them",
        "columns 2i and 2i + 1 belong together: 2 × 2 blocks along the diagonal",
        {"lay": _halves},
    ),
    Mistake(
        "sine-cosine-swapped",
        "when sine and cosine are exchanged in every block",
        _BLOCK,
        {"turn": lambda sine, cosine: turn(cosine, sine)},
    ),
    Mistake(
        "missing-minus",
        "without the minus before one of the sines",
        _BLOCK,
        {"turn": _without_minus},
    ),
    Mistake(
        "diagonal-only",
        "when only the cosines on the diagonal are filled",
        _BLOCK,
        {"turn": lambda sine, cosine: np.diag(cosine)},
    ),
    Mistake(
        "negative-offset",
        "when the sign of the offset is dropped",
        "use the offset as it is: −k turns the other way",
        {"step": abs},
    ),
    Mistake(
        "negative-offset",
        "when a negative offset counts as 0",
        "use the offset as it is: −k turns the other way",
        {"step": lambda offset: max(offset, 0)},
    ),
    Mistake(
        "ignores-offset",
        "when every offset counts as 1",
        "turn pair i by the angle offset · base^(−2i/d_model)",
        {"step": lambda offset: 1},
    ),
    *(
        Mistake(
            "shifts-features",
            f"when features are moved along the row, {how}",
            "a position is moved by turning each pair of features, not by moving features to other columns",
            {"whole": move},
        )
        for how, move in (
            ("dropped at its end", lambda offset, d_model, base=0.0: np.eye(d_model, k=offset)),
            ("around its end", lambda offset, d_model, base=0.0: np.roll(np.eye(d_model), offset, axis=1)),
        )
    ),
)

POSITION_SHIFT_MATRIX = Exercise(
    id="position_shift_matrix",
    assignment="02-concepts",
    chapter=2,
    section="One matrix moves every position",
    anchor="position-shift",
    title="Move every position with one matrix",
    minutes=25,
    difficulty=3,
    statement=STATEMENT,
    reference=position_shift_matrix,
    blueprint=blueprint,
    returns=("matrix",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 3},
)
