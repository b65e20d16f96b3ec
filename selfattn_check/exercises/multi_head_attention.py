"""Exercise: several heads of attention over one sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from selfattn_check.blueprints.heads import multi_head
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.masked_softmax import visible_somewhere
from selfattn_check.exercises.scaled_dot_product_attention import READY_MADE_ATTENTION
from selfattn_check.mistakes.projecting_heads import BIASES, FITTING, JOINED, PROJECTING, REPORTING, SPLITTING
from selfattn_check.mistakes.within_a_head import WITHIN_A_HEAD
from selfattn_check.probe import Probe, read_only, strided
from selfattn_ref import multi_head_attention

__all__ = ["MULTI_HEAD_ATTENTION", "READY_MADE_HEADS", "drawn_params"]

Array = np.ndarray
Draw = dict[str, Any]

READY_MADE_HEADS = (*READY_MADE_ATTENTION, "torch.nn.MultiheadAttention")

STATEMENT = r"""
Several heads look at the same sequence at once, each with its own slice of the queries, keys and values. Their answers
are put side by side and mixed by one more projection.

$$
\begin{gathered}
\text{head}_i = \operatorname{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d_k}}\right) V_i \\
O = \operatorname{Concat}(\text{head}_0, \dots, \text{head}_{h-1})\, W_O
\end{gathered}
$$

$Q_i$, $K_i$, $V_i$ are head $i$'s slices of $X W_Q$, $X W_K$, $X W_V$, and $d_k = d / h$ is the width of *one* head.

| argument | meaning |
|---|---|
| `x` | `(..., seq_len, d_model)`, with any number of batch axes, none included |
| `params` | dict: weights `w_q`, `w_k`, `w_v`, `w_o`, each `(d_model, d_model)`; perhaps biases |
| `num_heads` | integer $h$ that divides `d_model` |
| `mask` | boolean, broadcastable to `(..., seq_len, seq_len)`; `None`: every key may be seen |
| returns | `output (..., seq_len, d_model)`, `weights (..., num_heads, seq_len, seq_len)` |

- Weights are applied as `x @ w`. `params` holds either all or none of the biases `b_q`, `b_k`, `b_v`, `b_o`, each
  `(d_model,)`; a bias is added to its projection.
- The mask has at least two axes, True = may attend. It is the same for all heads: it broadcasts over the batch axes of
  `x`.
- A query that may see no key gets weights 0 in every head; its output is what the last projection makes of 0.
- Results have the dtype of the inputs, which are finite.

You may call the functions that you have written above, and `scaled_dot_product_attention` of the last notebook.

```python
>>> import numpy as np
>>> x = np.array([[2.0, 0.0],      # two tokens of 2 features, two heads of 1
...               [0.0, 1.0]])
>>> params = {"w_q": np.diag([1.0, np.log(3)]),
...           "w_k": np.eye(2), "w_v": np.eye(2),
...           "w_o": np.array([[1.0, 1.0], [0.0, 1.0]])}
>>> causal = np.tri(2, dtype=bool)
>>> output, weights = multi_head_attention(x, params, 2, causal)
>>> weights.round(3)               # second token: scores 0, 0 and 0, log 3
array([[[1.  , 0.  ],
        [0.5 , 0.5 ]],
<BLANKLINE>
       [[1.  , 0.  ],
        [0.25, 0.75]]])
>>> output.round(3)                # [2, 0] @ w_o and [1, 0.75] @ w_o
array([[2.  , 2.  ],
       [1.  , 1.75]])

```
"""

HINTS = (
    "Five steps: project, split, attend, merge, project. The three in the middle are functions that you have. "
    "Attention takes any number of batch axes, so the heads are simply one more: no loop over heads is needed.",
    "`q = split_heads(x @ params['w_q'], num_heads)`, with its bias if there is one; k and v likewise. The mask lacks "
    "the head axis: `mask[..., None, :, :]` puts it before the queries. A function for weights and bias saves copies.",
    "`project = lambda x, role: x @ params['w_' + role] + params.get('b_' + role, 0)` keeps float32 as it is. Then "
    "`output, weights = scaled_dot_product_attention(q, k, v, mask)` on the split arrays, and "
    "`return project(merge_heads(output), 'o'), weights`.",
)


def drawn_params(
    rng: np.random.Generator, d_model: int, d_context: int | None = None, *, biases: bool = False
) -> dict[str, Array]:
    """Random parameters of moderate size; keys and values are made of d_context features, if it is given."""
    d_in = {"q": d_model, "k": d_context or d_model, "v": d_context or d_model, "o": d_model}
    params = {f"w_{role}": rng.normal(size=(size, d_model)) * 1.5 / size**0.5 for role, size in d_in.items()}
    return params | ({f"b_{role}": rng.normal(size=d_model) for role in d_in} if biases else {})


def _drawn(
    rng: np.random.Generator, *shape: int, num_heads: int, mask: Array | None = None, biases: bool = False
) -> Draw:
    return {
        "x": rng.normal(size=shape),
        "params": drawn_params(rng, shape[-1], biases=biases),
        "num_heads": num_heads,
        "mask": mask,
    }


def _plain(*shape: int, num_heads: int, biases: bool = False) -> Any:
    return lambda rng: _drawn(rng, *shape, num_heads=num_heads, biases=biases)


def _by_hand(rng: np.random.Generator) -> Draw:
    x = np.array([[2.0, 0.0], [0.0, 1.0]])
    weights = {
        "w_q": np.diag([1.0, np.log(3)]),
        "w_k": np.eye(2),
        "w_v": np.eye(2),
        "w_o": np.array([[1.0, 1.0], [0.0, 1.0]]),
    }
    return {"x": x, "params": weights, "num_heads": 2}


def _float32(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, 2, 5, 6, num_heads=2, mask=visible_somewhere(rng, 5, 5), biases=True)
    params = {name: value.astype(np.float32) for name, value in draw["params"].items()}
    return draw | {"x": strided(draw["x"].astype(np.float32)), "params": params}


def _untouchable(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, 3, 4, num_heads=2, mask=read_only(visible_somewhere(rng, 3, 3)))
    return draw | {"x": read_only(draw["x"]), "params": {name: read_only(w) for name, w in draw["params"].items()}}


def _causal(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 2, 5, 12, num_heads=3, mask=np.tri(5, dtype=bool))


def _causal_alone(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 4, 6, num_heads=2, mask=np.tri(4, dtype=bool))


def _padding(rng: np.random.Generator) -> Draw:
    mask = np.arange(5) < np.array([3, 5, 2])[:, None, None]  # (batch, 1, seq_len)
    return _drawn(rng, 3, 5, 6, num_heads=3, mask=mask)


def _own_masks(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 4, 4, 8, num_heads=4, mask=visible_somewhere(rng, 4, 4, 4))


def _two_batch_axes(rng: np.random.Generator) -> Draw:
    return _drawn(rng, 2, 3, 4, 10, num_heads=5, mask=visible_somewhere(rng, 3, 4, 4))


def _empty_row(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 4, 4)
    mask[1] = False
    return _drawn(rng, 2, 4, 6, num_heads=3, mask=mask)


def _empty_row_with_biases(rng: np.random.Generator) -> Draw:
    mask = visible_somewhere(rng, 2, 4, 4)
    mask[1, 2] = False
    return _drawn(rng, 2, 4, 6, num_heads=3, mask=mask, biases=True)


def _large(rng: np.random.Generator) -> Draw:
    draw = _drawn(rng, 4, 6, num_heads=2, mask=np.tri(4, dtype=bool))
    draw["x"][:, [0, 3]] = np.array([[60.0], [80.0], [100.0], [120.0]])  # one feature of each head
    draw["params"] |= {"w_q": np.eye(6), "w_k": np.eye(6)}  # scores from 2000 to 8000, each later key 1000 higher
    return draw


PROBES = (
    Probe("by hand", "two tokens, two heads of one feature: you can check it on paper", _by_hand),
    Probe("one sequence", "no batch axis", _plain(7, 6, num_heads=2)),
    Probe("batched", "one batch axis and sizes that are all different", _plain(2, 5, 12, num_heads=3)),
    Probe("two batch axes", "heads come after all batch axes", _plain(2, 3, 5, 28, num_heads=4)),
    Probe(
        "square",
        "batch, tokens, heads and width all 3: a wrong order of axes raises nothing",
        _plain(3, 3, 9, num_heads=3),
    ),
    Probe("one head", "a single head as wide as the model", _plain(4, 5, num_heads=1)),
    Probe("read-only", "inputs that must not be written to, with a mask", _untouchable),
    Probe("causal", "one mask for a whole batch", _causal, part="masks"),
    Probe("causal alone", "a mask for a single sequence", _causal_alone, part="masks"),
    Probe("padding", "a mask (batch, 1, seq_len), with as many heads as sequences", _padding, part="masks"),
    Probe(
        "own masks", "a mask for each sequence, with as many heads as sequences and tokens", _own_masks, part="masks"
    ),
    Probe("shared masks", "two batch axes, and masks that have only the second", _two_batch_axes, part="masks"),
    Probe("empty row", "the second query may see no key", _empty_row, part="masks"),
    Probe("large", "scores whose exponential overflows, also hidden ones", _large, part="masks"),
    Probe("biases", "all four biases", _plain(2, 5, 6, num_heads=2, biases=True), part="biases"),
    Probe("float32", "float32 in, float32 out, from memory with gaps, with biases", _float32, part="biases"),
    Probe("empty row, biases", "a query that may see no key gets b_o", _empty_row_with_biases, part="biases"),
)

MULTI_HEAD_ATTENTION = Exercise(
    id="multi_head_attention",
    assignment="03b-multi-head",
    chapter=3,
    section="Multi-head attention",
    anchor="multi-head",
    title="Multi-head attention",
    minutes=25,
    difficulty=2,
    statement=STATEMENT,
    reference=multi_head_attention,
    blueprint=multi_head,
    returns=("output", "weights"),
    probes=PROBES,
    mistakes=(*PROJECTING, *SPLITTING, *JOINED, *REPORTING, *FITTING, *BIASES, *WITHIN_A_HEAD),
    hints=HINTS,
    forbidden=READY_MADE_HEADS,
    builds_on=("split_heads", "merge_heads"),
    parts={"values": 3, "masks": 2, "biases": 1},
)
