"""A quiz as steps: one for each question, without arguments. A wrong idea replaces the answers that it spoils."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["answers"]

Step = Callable[[], Any]


def answers(
    *,
    sequential_steps: Step = lambda: 1,
    less_work_than_rnn: Step = lambda: False,
    weights_sum_to_one_over: Step = lambda: "query",
    sinusoidal_positions_join: Step = lambda: "inputs",
    softmax_normalizes_positions: Step = lambda: False,
    heads_contain_positions: Step = lambda: False,
    q_shape: Step = lambda: (3, 5, 4),
    scores_per_softmax: Step = lambda: 5,
    weights_shape: Step = lambda: (3, 5, 5),
    output_shape: Step = lambda: (3, 5, 4),
    output_projection_shape: Step = lambda: (12, 12),
    weights_are_parameters: Step = lambda: False,
    parameter_count: Step = lambda: 576,
    parameter_count_at_100_tokens: Step = lambda: 576,
    work_factor_of_4_times_the_heads: Step = lambda: 1,
    row_of_q: Step = lambda: "token",
    scores_shape: Step = lambda: (3, 5, 5),
    scores_use_values: Step = lambda: False,
    weights_use_values: Step = lambda: False,
    example_scores_shape: Step = lambda: (2, 3, 3),
    scale_inside_exponent: Step = lambda: True,
    exponentials_divided_by_row_sum: Step = lambda: True,
    example_output_shape: Step = lambda: (2, 3, 2),
) -> dict[str, Any]:
    """`errata_quiz` as steps."""
    return {question: answer() for question, answer in locals().items()}
