"""Exercise: several heads of attention from one sequence to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.heads import cross
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import visible_somewhere
from selfattn_check.exercises.multi_head_attention import READY_MADE_HEADS, drawn_params
from selfattn_check.mistakes.asking_a_context import ASKING
from selfattn_check.mistakes.projecting_heads import BIASES, FITTING, JOINED, PROJECTING, REPORTING, SPLITTING
from selfattn_check.mistakes.within_a_head import WITHIN_A_HEAD
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import cross_attention

__all__ = ["CROSS_ATTENTION"]

Array = np.ndarray
Draw = dict[str, Any]

STATEMENT = r"""
The tokens of one sequence ask, those of another answer: a translation looks at its source. Everything is as in
multi-head attention, but keys and values are made of a *context* $C$.

$$Q = X W_Q, \quad K = C W_K, \quad V = C W_V$$

| argument | meaning |
|---|---|
| `x` | `(..., q_len, d_model)`, the tokens that ask |
| `context` | `(..., k_len, d_context)`, the tokens that are asked, with the same batch axes |
| `params` | dict: `w_q`, `w_o` `(d_model, d_model)`, `w_k`, `w_v` `(d_context, d_model)`; perhaps biases |
| `num_heads` | integer that divides `d_model` |
| `mask` | boolean, broadcastable to `(..., q_len, k_len)`; `None`: every key may be seen |
| returns | `output (..., q_len, d_model)`, `weights (..., num_heads, q_len, k_len)` |

Biases, mask, and queries that may see no key are as in the exercise before: all or none of `b_q`, `b_k`, `b_v`, `b_o`,
each `(d_model,)`; the mask has at least two axes and is the same for all heads; such a query gets weights 0, and its
output is what the last projection makes of 0. Results have the dtype of the inputs, which are finite.

```python
>>> import numpy as np
>>> x = np.array([[1.0]])                  # one token asks,
>>> context = np.array([[0.0, 5.0],        # three answer
...                     [np.log(2), 9.0],
...                     [0.0, 1.0]])
>>> params = {"w_q": np.eye(1), "w_o": np.eye(1),
...           "w_k": np.array([[1.0], [0.0]]),   # feature 0 is the key,
...           "w_v": np.array([[0.0], [1.0]])}   # feature 1 the value
>>> output, weights = cross_attention(x, context, params, 1)
>>> weights.round(3)
array([[[0.25, 0.5 , 0.25]]])
>>> output.round(3)                        # 5/4 + 9/2 + 1/4
array([[6.]])

```
"""

HINTS = (
    "Your multi-head attention uses x in three places. Which of them ask, and which are asked?",
    "Only the sources of keys and values change: `context @ params['w_k']` and `context @ params['w_v']`. "
    "The number of rows of the output is that of x.",
    "Write this function first and let `multi_head_attention(x, …)` be `cross_attention(x, x, …)`: "
    "`q` from `x`, `k` and `v` from `context`, each split into heads; then attend, merge, project with `w_o`.",
)


def _drawn(
    rng: np.random.Generator,
    x: tuple[int, ...],
    context: tuple[int, ...],
    num_heads: int,
    mask: Array | None = None,
    *,
    biases: bool = False,
) -> Draw:
    return {
        "x": rng.normal(size=x),
        "context": rng.normal(size=context),
        "params": drawn_params(rng, x[-1], context[-1], biases=biases),
        "num_heads": num_heads,
        "mask": mask,
    }


def _plain(x: tuple[int, ...], context: tuple[int, ...], num_heads: int, *, biases: bool = False) -> Any:
    return lambda rng: _drawn(rng, x, context, num_heads, biases=biases)


def _by_hand(rng: np.random.Generator) -> Draw:
    return {
        "x": np.array([[1.0]]),
        "context": np.array([[0.0, 5.0], [np.log(2), 9.0], [0.0, 1.0]]),
        "params": {
            "w_q": np.eye(1),
            "w_k": np.array([[1.0], [0.0]]),
            "w_v": np.array([[0.0], [1.0]]),
            "w_o": np.eye(1),
        },
        "num_heads": 1,
    }


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, (2, 5, 6), (2, 3, 4), 3, visible_somewhere(rng, 5, 3), biases=True)
    arrays = {name: draw[name].astype(np.float32) for name in ("x", "context")}
    params = {name: value.astype(np.float32) for name, value in draw["params"].items()}
    return draw | {"x": arrays["x"], "context": strided(arrays["context"]), "params": params}


def _untouchable(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, (3, 4), (5, 4), 2, read_only(visible_somewhere(rng, 3, 5)))
    params = {name: read_only(weights) for name, weights in draw["params"].items()}
    return draw | {"x": read_only(draw["x"]), "context": read_only(draw["context"]), "params": params}


def _masked(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (2, 5, 12), (2, 7, 12), 3, visible_somewhere(rng, 5, 7))


def _padding(rng: np.random.Generator) -> Draw:
    mask = np.arange(6) < np.array([3, 6, 2])[:, None, None]  # (batch, 1, k_len)
    return _drawn(rng, (3, 4, 6), (3, 6, 6), 3, mask)


def _own_masks(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (4, 4, 8), (4, 4, 8), 4, visible_somewhere(rng, 4, 4, 4))


def _alone(rng: np.random.Generator) -> Draw:
    return _drawn(rng, (3, 6), (5, 6), 2, visible_somewhere(rng, 3, 5))


def _empty_row(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 4, 5)
    mask[1] = False
    return _drawn(rng, (2, 4, 6), (2, 5, 6), 3, mask, biases=True)


def _large(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, (4, 6), (5, 6), 2, np.tile([True, True, True, False, False], (4, 1)))
    draw["x"][:, [0, 3]] = np.array([[60.0], [80.0], [100.0], [120.0]])  # one feature of each head
    draw["context"][:, [0, 3]] = np.array([[20.0], [40.0], [60.0], [80.0], [100.0]])
    draw["params"] |= {"w_q": np.eye(6), "w_k": np.eye(6)}  # scores from 700 to 7000, the hidden ones highest
    return draw


PROBES = (
    Probe("by hand", "one head, one query, three keys: you can check it on paper", _by_hand),
    Probe("one pair", "no batch axis, and a context of another length and width", _plain((5, 6), (7, 4), 2)),
    Probe("batched", "one batch axis, equal widths, sizes that are all different", _plain((2, 5, 12), (2, 7, 12), 3)),
    Probe("two batch axes", "heads come after all batch axes", _plain((2, 3, 5, 28), (2, 3, 6, 10), 4)),
    Probe("square", "all sizes equal: x and context exchanged raise nothing", _plain((3, 3, 9), (3, 3, 9), 3)),
    Probe("short context", "fewer keys than queries", _plain((2, 6, 4), (2, 1, 4), 2)),
    Probe("read-only", "inputs that must not be written to, with a mask", _untouchable),
    Probe("masked", "one mask for a whole batch", _masked, part="masks"),
    Probe("one pair, masked", "a mask for a single pair of sequences", _alone, part="masks"),
    Probe("padding", "a mask (batch, 1, k_len), with as many heads as sequences", _padding, part="masks"),
    Probe("own masks", "a mask for each pair, with all sizes equal", _own_masks, part="masks"),
    Probe("empty row", "the second query may see no key and gets b_o", _empty_row, part="masks"),
    Probe("large", "scores whose exponential overflows, also hidden ones", _large, part="masks"),
    Probe("biases", "all four biases", _plain((2, 5, 6), (2, 4, 7), 2, biases=True)),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with biases and a mask", _float32),
)

CROSS_ATTENTION = Exercise(
    id="cross_attention",
    assignment="03b-multi-head",
    chapter=3,
    section="Cross-attention: from one sequence to another",
    anchor="cross",
    title="Attend to another sequence",
    minutes=10,
    difficulty=2,
    statement=STATEMENT,
    reference=cross_attention,
    blueprint=cross,
    returns=("output", "weights"),
    probes=PROBES,
    mistakes=(*ASKING, *PROJECTING, *SPLITTING, *JOINED, *REPORTING, *FITTING, *BIASES, *WITHIN_A_HEAD),
    hints=HINTS,
    forbidden=READY_MADE_HEADS,
    builds_on=("multi_head_attention",),
    parts={"values": 3, "masks": 1},
)
