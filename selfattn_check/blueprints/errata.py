"""A quiz as steps: one for each question, without arguments. A wrong idea replaces the answers that it spoils."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selfattn_ref.errata import ERRATA_ANSWERS

__all__ = ["answers"]

Step = Callable[[], Any]


def answers(
    *,
    sequential_steps: Step | None = None,
    less_work_than_rnn: Step | None = None,
    weights_sum_to_one_over: Step | None = None,
    sinusoidal_positions_join: Step | None = None,
    softmax_normalizes_positions: Step | None = None,
    heads_contain_positions: Step | None = None,
    q_shape: Step | None = None,
    scores_per_softmax: Step | None = None,
    weights_shape: Step | None = None,
    output_shape: Step | None = None,
    output_projection_shape: Step | None = None,
    weights_are_parameters: Step | None = None,
    parameter_count: Step | None = None,
    parameter_count_at_100_tokens: Step | None = None,
    work_factor_of_4_times_the_heads: Step | None = None,
    row_of_q: Step | None = None,
    scores_shape: Step | None = None,
    scores_use_values: Step | None = None,
    weights_use_values: Step | None = None,
    example_scores_shape: Step | None = None,
    scale_inside_exponent: Step | None = None,
    exponentials_divided_by_row_sum: Step | None = None,
    example_output_shape: Step | None = None,
) -> dict[str, Any]:
    """`errata_quiz` with some answers replaced; None keeps the right one."""
    replaced = locals()
    return {key: replaced[key]() if replaced[key] else answer for key, answer in ERRATA_ANSWERS.items()}
