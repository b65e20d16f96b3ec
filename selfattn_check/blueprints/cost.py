"""The cost of attention as steps: matrices → parameters; project + attend → unit; weigh; number.

Each step is a keyword-only parameter. The defaults together are the reference; a mistake replaces the steps that it
gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["cost", "heads_squared", "projections", "scores_and_averages", "weight_matrices"]

Step = Callable[..., Any]


def matrices() -> int:
    """Projections: query, key, value and output."""
    return 4


def weight_matrices(count: int, n: int, d: int, h: int) -> int:
    """Entries of the projections, d × d each."""
    return count * d**2


def projections(count: int, n: int, d: int, h: int) -> int:
    """Multiply-adds of the projections: d² a token each."""
    return count * n * d**2


def scores_and_averages(n: int, d: int, h: int) -> int:
    """Multiply-adds of q kᵀ and of weights · v: n² · head_dim a head each."""
    return 2 * n**2 * d


def unit(work: int) -> int:
    """One multiply-add counts as one."""
    return work


def heads_squared(n: int, d: int, h: int) -> int:
    """Entries of the weights: n × n a head."""
    return h * n**2


def whole(count: int) -> int:
    """A count stays an integer."""
    return count


def cost(
    seq_len: int,
    d_model: int,
    num_heads: int,
    *,
    matrices: Step = matrices,
    parameters: Step = weight_matrices,
    project: Step = projections,
    attend: Step = scores_and_averages,
    unit: Step = unit,
    weigh: Step = heads_squared,
    number: Step = whole,
) -> Any:
    """`attention_cost` as steps."""
    sizes = seq_len, d_model, num_heads
    return {
        "parameters": number(parameters(matrices(), *sizes)),
        "multiply_adds": number(unit(project(matrices(), *sizes) + attend(*sizes))),
        "weight_elements": number(weigh(*sizes)),
    }
