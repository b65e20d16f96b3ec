"""Exercise: carry a mask from one interface to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.masks import as_it_is, convert, read, write_additive
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.mistakes.mask_forms import additive
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import convert_mask

__all__ = ["CONVERT_MASK"]

Array = np.ndarray
Draw = dict[str, Any]

STATEMENT = r"""
Three forms of the same mask are in use. In one, True means *may attend*; in another, True means *hidden*; the third is
added to the scores.

$$
\begin{gathered}
M^\text{hidden}_{ij} = \lnot M^\text{attend}_{ij} \\
M^\text{additive}_{ij} = \begin{cases} 0 & \text{if } M^\text{attend}_{ij} \\ -\infty & \text{otherwise} \end{cases}
\end{gathered}
$$

| argument | meaning |
|---|---|
| `mask` | booleans of any shape, True = may attend; **or** floats (32 or 64 bits), each 0 = may attend or −∞ |
| `to` | `"attend"`, `"hidden"` or `"additive"` |
| returns | a new array of the shape of `mask`: booleans for the first two, float64 for `"additive"` |

`"attend"` is the convention of this course and of PyTorch's `F.scaled_dot_product_attention`, `"hidden"` that of
`nn.MultiheadAttention` and `nn.TransformerEncoderLayer`; both take the additive form, too. Whatever the form asked for,
a mask of floats is read as additive and a mask of booleans as *True = may attend*.

```python
>>> import numpy as np
>>> convert_mask(np.array([True, False]), "hidden")
array([False,  True])
>>> convert_mask(np.array([True, False]), "additive")
array([  0., -inf])
>>> convert_mask(np.array([0.0, -np.inf]), "attend")
array([ True, False])

```
"""

HINTS = (
    "Two questions one after the other: what does the mask say, and how is that written in the form that is asked for? "
    "First bring either kind of input to booleans, True = may attend.",
    "In a mask of floats, a key may be seen where the number is 0. `mask.dtype == bool` tells the kinds apart, and "
    "`mask.astype(bool)` would be wrong: −∞ is not 0, so it becomes True.",
    "`attend = mask if mask.dtype == bool else mask == 0`; then `attend.copy()`, `~attend`, or "
    "`np.where(attend, 0.0, -np.inf)`.",
)


def _some(rng: np.random.Generator, *shape: int) -> Array:
    """Random booleans with at least one of each."""
    mask = rng.random(shape) < 0.6
    mask.flat[0], mask.flat[-1] = True, False
    return mask


def _booleans(to: str, *shape: int) -> Any:
    return lambda rng: {"mask": _some(rng, *shape), "to": to}


def _floats(to: str, *shape: int) -> Any:
    return lambda rng: {"mask": additive(-np.inf)(_some(rng, *shape)), "to": to}


def _float32(to: str) -> Any:
    def build(rng: np.random.Generator) -> Draw:
        return {"mask": strided(additive(-np.inf)(_some(rng, 4, 6)).astype(np.float32)), "to": to}

    return build


def _untouchable(to: str) -> Any:
    return lambda rng: {"mask": read_only(_some(rng, 5, 3)), "to": to}


PROBES = (
    Probe("attend", "a boolean mask in the form that it has", _booleans("attend", 4, 4)),
    Probe("hidden", "a boolean mask for the interface that reads it the other way", _booleans("hidden", 3, 5)),
    Probe("additive", "a boolean mask as numbers to add", _booleans("additive", 3, 5)),
    Probe("from additive", "numbers read as a mask", _floats("attend", 4, 3)),
    Probe(
        "additive to hidden", "numbers for the interface that reads booleans the other way", _floats("hidden", 2, 1, 5)
    ),
    Probe("additive stays", "numbers in the form that they have", _floats("additive", 2, 3)),
    Probe("one axis", "a mask for a single query", _booleans("hidden", 6)),
    Probe("batch", "a padding mask, (batch, 1, k_len)", _booleans("additive", 3, 1, 4)),
    Probe("float32", "float32 numbers from memory with gaps, as float64", _float32("additive")),
    Probe("float32 to attend", "float32 numbers from memory with gaps", _float32("attend")),
    Probe("read-only", "a mask that must not be written to", _untouchable("hidden")),
    Probe("read-only stays", "a mask that must not be written to, in the form that it has", _untouchable("attend")),
)

_READ = "True = may attend in a boolean mask, 0 = may attend in a mask of floats"
_WRITE = '"attend": True = may attend; "hidden": True = hidden; "additive": 0 = may attend'
_ZERO = "read floats with `mask == 0`: −inf is hidden, and `astype(bool)` makes it True"
_SELECT = "choose between two numbers: `np.where(attend, 0.0, -np.inf)`"
_BOOLEANS = 'return booleans for "attend" and "hidden": `~` of a boolean array gives them'


def _reading_booleans_as_hidden(mask: Array) -> Array:
    return mask == 0 if mask.dtype.kind == "f" else ~mask


def _passing_floats_on(seen: Array, mask: Array) -> Array:
    return mask.astype(np.float64) if mask.dtype.kind == "f" else write_additive(seen, mask)


def _filled(hidden: float, name: str) -> Mistake:
    fill = additive(hidden)
    return Mistake(
        "weak-fill", f"when hidden keys get {name} instead of −inf", _SELECT, {"add": lambda seen, mask: fill(seen)}
    )


def _finished(kind: str, dtype: str) -> Mistake:
    return Mistake(
        "mask-as-numbers",
        f"as {kind} 0 and 1 instead of booleans",
        _BOOLEANS,
        {"finish": lambda mask: mask.astype(dtype)},
    )


MISTAKES = (
    Mistake(
        "mask-inverted", "when a boolean mask is read as True = hidden", _READ, {"read": _reading_booleans_as_hidden}
    ),
    Mistake("mask-inverted", "when every mask is read the other way round", _READ, {"read": lambda mask: ~read(mask)}),
    Mistake(
        "mask-inverted",
        'when "attend" and "hidden" are exchanged',
        _WRITE,
        {"attend": lambda seen: ~seen, "hide": as_it_is},
    ),
    Mistake("mask-inverted", 'when "hidden" is written like "attend"', _WRITE, {"hide": as_it_is}),
    Mistake(
        "mask-inverted",
        "when −inf is added where attending is allowed",
        _WRITE,
        {"add": lambda seen, mask: write_additive(~seen, mask)},
    ),
    Mistake(
        "additive-read-as-booleans",
        "when a mask of floats is turned into booleans as it is: −inf becomes True",
        _ZERO,
        {"read": lambda mask: mask.astype(bool)},
    ),
    Mistake(
        "additive-read-as-booleans",
        "when a mask of floats is passed on for additive, and otherwise turned into booleans as it is",
        _ZERO,
        {"read": lambda mask: mask.astype(bool), "add": _passing_floats_on},
    ),
    Mistake(
        "additive-read-as-booleans",
        "when a mask of floats is treated like one of booleans",
        _ZERO,
        {"read": as_it_is},
    ),
    _filled(-1e9, "−1e9"),
    _filled(-1e4, "−1e4"),
    _filled(float(np.finfo(np.float64).min), "the lowest float64"),
    _filled(float(np.finfo(np.float32).min), "the lowest float32"),
    Mistake(
        "inf-times-mask",
        "when a mask is multiplied by −inf: 0 · inf is NaN",
        _SELECT,
        {"add": lambda seen, mask: ~seen * -np.inf},
    ),
    Mistake(
        "mask-added-as-0-1",
        "when the additive form is 1 where attending is allowed and 0 where not",
        _SELECT,
        {"add": lambda seen, mask: seen.astype(np.float64)},
    ),
    _finished("integers", "int64"),
    _finished("floats", "float64"),
    Mistake(
        "tilde-on-integers",
        "when `~` turns the integers 1 and 0 into −2 and −1",
        "apply `~` to booleans; `~1` is −2",
        {"hide": lambda seen: ~seen.astype(np.int64)},
    ),
    Mistake(
        "tilde-on-integers",
        "when `~` turns the integers 1 and 0 into −2 and −1, which are both True",
        "apply `~` to booleans; `~1` is −2",
        {"hide": lambda seen: (~seen.astype(np.int64)).astype(bool)},
    ),
    Mistake("ignores-the-form", "when every form is written like attend", _WRITE, {"choose": lambda to: "attend"}),
    Mistake("ignores-the-form", "when every form is written like hidden", _WRITE, {"choose": lambda to: "hidden"}),
    Mistake("ignores-the-form", "when every form is written like additive", _WRITE, {"choose": lambda to: "additive"}),
)

CONVERT_MASK = Exercise(
    id="convert_mask",
    assignment="03b-multi-head",
    chapter=3,
    section="Masks in PyTorch: three conventions",
    anchor="mask-conventions",
    title="Carry a mask to another interface",
    minutes=8,
    difficulty=1,
    statement=STATEMENT,
    reference=convert_mask,
    blueprint=convert,
    returns=("mask",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
