"""Exercise: how many steps lie between two tokens."""

from __future__ import annotations

from typing import Any

from selfattn_check.blueprints.path_length import path_length
from selfattn_check.exercise import Exercise
from selfattn_check.mistakes.counting_steps import CONVOLVING, DILATING, REFUSING, STEPPING
from selfattn_check.probe import Probe
from selfattn_ref import max_path_length

__all__ = ["MAX_PATH_LENGTH"]

STATEMENT = r"""
How many steps does a signal need from the first of $n$ tokens to the last? With kernels of size $k$, the layers of a
convolution are stacked until the last output sees the first token.

$$
\begin{aligned}
\text{attention: } & 1 &
\text{convolution: } & \lceil (n - 1) / (k - 1) \rceil \\
\text{recurrent: } & n - 1 &
\text{dilated: } & \min \{ L : k^L \ge n \}
\end{aligned}
$$

| argument | meaning |
|---|---|
| `layer` | `'attention'`, `'recurrent'`, `'convolution'` or `'dilated'`; **anything else is a `ValueError`** |
| `n` | integer, number of tokens, at least 2 |
| `kernel_size` | integer $k$, at least 2; attention and recurrence ignore it |
| returns | integer, exact for any `n` |

Each layer of `'convolution'` mixes $k$ neighbors, so it reaches $k - 1$ tokens further back. The layers of `'dilated'`
mix $k$ tokens that stand apart, 1, then $k$, then $k^2$, …; that distance is the *dilation*. So $L$ of them see $k^L$
tokens. The bracket $\lceil \cdot \rceil$ rounds up.

*Exact* means in integers: a float has 53 bits and cannot tell $10^{18}$ from $10^{18} + 1$.

```python
>>> [max_path_length(layer, 100) for layer in ("attention", "recurrent", "convolution", "dilated")]
[1, 99, 50, 5]
>>> max_path_length("dilated", 81), max_path_length("dilated", 82)       # 3⁴ = 81
(4, 5)

```
"""

HINTS = (
    "Take n = 5 and k = 3, draw five dots in a row, and draw each layer's reach. "
    "How many tokens does one more layer add, or by what does it multiply?",
    "In integers, `-(-a // b)` is a / b rounded up. For the dilated layers, multiply `seen` by `kernel_size` in a loop "
    "until it is at least n, and count. A logarithm would be rounded: `math.log(125, 5)` is above 3.",
    '`if layer == "attention": return 1`, and so on for each; at the end `raise ValueError(layer)`. '
    "The dilated loop: `layers, seen = 0, 1`; `while seen < n: layers, seen = layers + 1, seen * kernel_size`.",
)


def _asked(layer: str, n: int, kernel_size: int | None = None) -> Any:
    drawn = {"layer": layer, "n": n}
    return lambda rng: dict(drawn) if kernel_size is None else drawn | {"kernel_size": kernel_size}


def _drawn(layer: str) -> Any:
    return lambda rng: {"layer": layer, "n": int(rng.integers(60, 6000)), "kernel_size": int(rng.integers(2, 9))}


PROBES = (
    Probe("attention", "one step, however long the sequence", _asked("attention", 100)),
    Probe("recurrent", "through every token between", _asked("recurrent", 100)),
    Probe(
        "convolution", "99 tokens back, two a layer: the last layer is used only in part", _asked("convolution", 100)
    ),
    Probe("dilated", "3⁴ = 81 tokens are too few, 3⁵ = 243 enough", _asked("dilated", 100)),
    Probe("two tokens", "the shortest sequence: neighbors", _asked("recurrent", 2)),
    Probe("two, convolved", "one layer is enough for neighbors", _asked("convolution", 2, 5)),
    Probe("two, dilated", "and one dilated layer", _asked("dilated", 2, 7)),
    Probe("two, attending", "neighbors attend in one step too", _asked("attention", 2, 5)),
    Probe("no rest", "12 tokens back, four a layer: three layers exactly", _asked("convolution", 13, 5)),
    Probe("one rest", "one token more needs one layer more", _asked("convolution", 14, 5)),
    Probe("pairs", "kernels of two reach one token further each", _asked("convolution", 9, 2)),
    Probe("power", "5³ = 125: exactly three layers, which a logarithm may miss", _asked("dilated", 125, 5)),
    Probe("past a power", "one token more than 5³ needs a fourth layer", _asked("dilated", 126, 5)),
    Probe("pairs, dilated", "kernels of two: powers of two", _asked("dilated", 1024, 2)),
    Probe("huge", "more than 2⁵³ tokens: floats lose the last digits", _asked("convolution", 10**18 + 2)),
    Probe("huge power", "3³⁸ tokens", _asked("dilated", 3**38)),
    Probe("past a huge power", "one token more than 3³⁸", _asked("dilated", 3**38 + 1)),
    Probe("huge, recurrent", "every digit counts", _asked("recurrent", 10**17 + 1)),
    Probe("drawn, recurrent", "a length that nobody knows beforehand", _drawn("recurrent")),
    Probe("drawn, convolution", "a length and a kernel that nobody knows beforehand", _drawn("convolution")),
    Probe("drawn, dilated", "and the same for dilated layers", _drawn("dilated")),
    Probe("unknown", "a layer that the exercise does not name", _asked("pooling", 10), raises=ValueError),
)

MAX_PATH_LENGTH = Exercise(
    id="max_path_length",
    assignment="01-background",
    chapter=1,
    section="How many steps lie between two tokens?",
    anchor="path-length",
    title="Count the steps between two tokens",
    minutes=12,
    difficulty=1,
    statement=STATEMENT,
    reference=max_path_length,
    blueprint=path_length,
    returns=("steps",),
    probes=PROBES,
    mistakes=(*STEPPING, *CONVOLVING, *DILATING, *REFUSING),
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
