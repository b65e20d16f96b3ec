"""Exercise: measure how far random scores spread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.spread import spread
from selfattn_check.exercise import Exercise, Mistake
from selfattn_check.probe import Probe
from selfattn_ref import score_variance

__all__ = ["SCORE_VARIANCE"]

Array = np.ndarray

STATEMENT = r"""
How large does the dot product of two random vectors get? Draw many pairs of a query and a key with independent standard
normal entries, and measure the variance of their scores:

$$s_i = q_i \cdot k_i \quad \text{or, scaled,} \quad s_i = \frac{q_i \cdot k_i}{\sqrt{d_k}}$$

$$\operatorname{var}(s) = \frac{1}{N} \sum_{i=1}^{N} (s_i - \bar s)^2, \qquad \bar s = \frac{1}{N} \sum_{i=1}^{N} s_i$$

| argument | what it is |
|---|---|
| `d_k` | number of features of a query and of a key, at least 1 |
| `num_samples` | number $N$ of pairs, at least 2 |
| `rng` | `np.random.Generator`, the only source of draws: first `rng.standard_normal((num_samples, d_k))` for all queries, then the same for all keys |
| `scaled` | `True`: each dot product is divided by $\sqrt{d_k}$ |
| returns | the variance of the `num_samples` scores, a float |

Query $i$ meets key $i$ and no other.

```python
>>> import numpy as np
>>> round(score_variance(1, 5, np.random.default_rng(0), scaled=False), 4)
0.1259
>>> plain, scaled = (score_variance(64, 2000, np.random.default_rng(0), scaled)
...                  for scaled in (False, True))
>>> round(plain / scaled, 6)
64.0

```
"""  # noqa: E501 — a row of a table

HINTS = (
    "Nothing here needs a loop: two arrays `(num_samples, d_k)`, one number for each of their rows, one number in all.",
    "The dot product of row i with row i is the sum of their elementwise product over the last axis. "
    "If `scaled`, divide these scores, not their variance, by √d_k.",
    "`scores = (q * k).sum(axis=-1)`, then `scores / d_k**0.5` if `scaled`; the variance is `scores.var()`.",
)


def _mistake(code: str, note: str, help_line: str, **replaces: Callable[..., Any]) -> Mistake:
    return Mistake(code, note, help_line, replaces)


def _alternating(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    pairs = rng.standard_normal((num_samples, 2, d_k))  # one after the other: query, key, query, key …
    return pairs[:, 0], pairs[:, 1]


def _both_at_once(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    wide = rng.standard_normal((num_samples, 2 * d_k))
    return wide[:, ::2], wide[:, 1::2]


def _by_columns(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    q, k = rng.standard_normal((d_k, num_samples)), rng.standard_normal((d_k, num_samples))
    return q.T, k.T


def _uniform(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    return rng.random((num_samples, d_k)), rng.random((num_samples, d_k))


def _one_query(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    return rng.standard_normal(d_k), rng.standard_normal((num_samples, d_k))


def _from_another_generator(rng: np.random.Generator, num_samples: int, d_k: int) -> tuple[Array, Array]:
    own = np.random.default_rng(0)
    return own.standard_normal((num_samples, d_k)), own.standard_normal((num_samples, d_k))


_DRAW = "draw as the exercise says: `rng.standard_normal((num_samples, d_k))` for the queries, then for the keys"
_ROOT = "divide each score by the root of d_k if `scaled`"
_SUM = "a dot product is a sum: add the products of each row, `(q * k).sum(axis=-1)`"

MISTAKES = (
    _mistake("missing-scale", "when the scores are never scaled", _ROOT, wanted=lambda scaled: False),
    _mistake("ignores-scaled", "when the scores are always scaled", _ROOT, wanted=lambda scaled: True),
    _mistake("ignores-scaled", "when `scaled` is read the wrong way round", _ROOT, wanted=lambda scaled: not scaled),
    _mistake("scale-by-d", "when the scores are divided by d_k itself", _ROOT, scale=lambda scores, d_k: scores / d_k),
    _mistake(
        "scale-by-fourth-root",
        "when √d_k divides the variance instead of the scores",
        "divide the scores by √d_k: their variance is then divided by d_k",
        scale=lambda scores, d_k: scores / d_k**0.25,
    ),
    _mistake(
        "scale-inverted",
        "when the scores are multiplied by √d_k",
        _ROOT,
        scale=lambda scores, d_k: scores * d_k**0.5,
    ),
    _mistake("other-draws", "when each query is followed by its key in the draws", _DRAW, draw=_alternating),
    _mistake("other-draws", "when query and key take turns, number by number", _DRAW, draw=_both_at_once),
    _mistake("other-draws", "when the arrays are drawn as (d_k, num_samples)", _DRAW, draw=_by_columns),
    _mistake("other-draws", "with uniform numbers between 0 and 1 instead of normal ones", _DRAW, draw=_uniform),
    _mistake(
        "other-draws",
        "when a generator is made inside the function, as by `np.random.default_rng(0)`",
        "draw from `rng`, the generator that you are given",
        draw=_from_another_generator,
    ),
    _mistake("other-draws", "when one query is drawn for all keys", _DRAW, draw=_one_query),
    _mistake(
        "queries-with-queries",
        "when each query meets itself and no key is used",
        "draw keys of their own: a query's product with itself is its squared length",
        dot=lambda q, k: (q * q).sum(axis=-1),
    ),
    _mistake("products-not-summed", "when the products q · k are not added up", _SUM, dot=lambda q, k: q * k),
    _mistake("products-not-summed", "when the products are averaged", _SUM, dot=lambda q, k: (q * k).mean(axis=-1)),
    _mistake(
        "products-not-summed",
        "when the products are added over the samples instead of the features",
        _SUM,
        dot=lambda q, k: (q * k).sum(axis=0),
    ),
    _mistake(
        "products-not-summed",
        "when every query meets every key",
        "query i meets key i alone: `(q * k).sum(axis=-1)`, not `q @ k.T`",
        dot=lambda q, k: q @ k.T,
    ),
    _mistake(
        "std-for-variance",
        "when the standard deviation is returned",
        "the variance is the square of the standard deviation: `scores.var()`",
        measure=lambda scores: scores.std(),
    ),
    _mistake(
        "sample-variance",
        "when the sum of squares is divided by N − 1",
        "divide by the number of scores: `scores.var()` without `ddof`",
        measure=lambda scores: scores.var(ddof=1),
    ),
    _mistake(
        "sample-variance",
        "when the mean is not subtracted",
        "subtract the mean of the scores before you square: `scores.var()` does",
        measure=lambda scores: (scores**2).mean(),
    ),
)


def _drawing(d_k: int, num_samples: int, scaled: bool) -> Callable[[np.random.Generator], dict[str, Any]]:
    return lambda rng: {"d_k": d_k, "num_samples": num_samples, "rng": rng, "scaled": scaled}


PROBES = (
    Probe("one feature", "a scale of 1: only the draws and the variance count", _drawing(1, 5, True)),
    Probe("plain", "three features, without the scale", _drawing(3, 7, False)),
    Probe("scaled", "five features, with the scale", _drawing(5, 7, True)),
    Probe("wide", "256 features: a wrong scale is far off", _drawing(256, 30, True)),
    Probe("square", "as many pairs as features", _drawing(6, 6, True)),
    Probe("pair", "two samples, where dividing by N − 1 doubles the result", _drawing(4, 2, False)),
)

SCORE_VARIANCE = Exercise(
    id="score_variance",
    assignment="04a-derivation",
    chapter=4,
    section="The scale, derived",
    anchor="scale-derived",
    title="How far do random scores spread?",
    minutes=10,
    difficulty=2,
    statement=STATEMENT,
    reference=score_variance,
    blueprint=spread,
    returns=("variance",),
    probes=PROBES,
    mistakes=MISTAKES,
    hints=HINTS,
    forbidden=("selfattn_ref.*",),
    parts={"values": 2},
)
