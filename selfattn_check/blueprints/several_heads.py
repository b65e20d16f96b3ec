"""Several heads between given projections, as steps: (project →) split → attend → merge or collect.

Each step is a keyword-only parameter; those of one head are the steps of `attention`. The defaults together are the
reference; a mistake replaces the steps that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from selfattn_check.blueprints.attention import compare, mix, scale, scores, weights
from selfattn_check.blueprints.heads import cut, put_together
from selfattn_ref.worked import WORKED_INPUT, WORKED_NUM_HEADS

__all__ = ["between_projections", "worked"]

Array = np.ndarray
Step = Callable[..., Any]


def project(x: Array, w: Array) -> Array:
    """Every token by itself, features last."""
    return x @ w


def collect(parts: dict[str, Array]) -> Any:
    """Every part under its name."""
    return parts


def worked(
    *,
    project: Step = project,
    split: Step = cut,
    compare: Step = compare,
    scale: Step = scale,
    mix: Step = mix,
    collect: Step = collect,
    **of_weights: Step,
) -> Any:
    """`worked_example` as steps; `of_weights` are the steps of `weights`."""
    projected = (project(WORKED_INPUT["x"], WORKED_INPUT[name]) for name in ("w_q", "w_k", "w_v"))
    q, k, v = (split(each, WORKED_NUM_HEADS) for each in projected)
    scaled = scores(q, k, compare=compare, scale=scale)
    shares = weights(scaled, None, q, **of_weights)
    return collect(
        {"q": q, "k": k, "v": v, "scores": scaled, "weights": shares, "output": mix(shares, q, k, v)},
    )


def between_projections(
    q: Array,
    k: Array,
    v: Array,
    num_heads: int,
    *,
    split: Step = cut,
    compare: Step = compare,
    scale: Step = scale,
    mix: Step = mix,
    merge: Step = put_together,
    **of_weights: Step,
) -> Any:
    """`repaired_heads` as steps; `of_weights` are the steps of `weights`."""
    q, k, v = (split(each, num_heads) for each in (q, k, v))
    shares = weights(scores(q, k, compare=compare, scale=scale), None, q, **of_weights)
    return merge(mix(shares, q, k, v))
