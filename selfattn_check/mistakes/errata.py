"""The source's wrong answers, and what else people believe about attention, each with the idea behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from selfattn_check.exercise import Mistake

__all__ = ["WRONG_ANSWERS"]

_AXES = "heads, tokens and features are three axes: which two sizes does one head's matrix have, and how many heads?"
_HEADS = "each head has a matrix of its own, and the question asks about all heads together"

# code → (what completes "yours is exactly what comes out …", help, question → wrong answers)
_IDEAS: Mapping[str, tuple[str, str, Mapping[str, tuple[Any, ...]]]] = {
    "axes-merged": (
        "when axes are merged or left out, as in [H, W] and [H, W²]",
        _AXES,
        {
            "q_shape": ((3, 5), (3, 20), (3, 60), (15, 4)),
            "scores_shape": ((3, 5), (3, 25), (15, 5)),
            "weights_shape": ((3, 5), (3, 25), (15, 5)),
            "output_shape": ((3, 5), (3, 20), (3, 60), (15, 4)),
            "example_scores_shape": ((6, 3), (2, 3), (2, 9), (3, 6)),
            "example_output_shape": ((6, 3), (2, 3), (2, 6), (6, 2)),
        },
    ),
    "head-axis-forgotten": (
        "when there is one head, or one head is taken for all of them",
        _HEADS,
        {
            "q_shape": ((5, 4), (5, 12)),
            "scores_shape": ((5, 5),),
            "weights_shape": ((5, 5),),
            "output_shape": ((5, 4), (5, 12)),
            "output_projection_shape": ((4, 4), (4, 12), (12, 4)),
            "parameter_count": (4 * 12 * 4,),
            "parameter_count_at_100_tokens": (4 * 12 * 4,),
            "example_scores_shape": ((3, 3),),
            "example_output_shape": ((3, 2), (3, 4)),
        },
    ),
    "weights-for-output": (
        "when the weights stand for the output",
        "the weights say how much, the values say of what: which sizes has a product of the two?",
        {"output_shape": ((3, 5, 5),), "example_output_shape": ((2, 3, 3),)},
    ),
    "steps-for-work": (
        "when steps that wait for one another and work to be done are taken for the same",
        "count two things apart: what has to wait, and how many multiply-adds there are in all",
        {"sequential_steps": (5, 25, 60), "less_work_than_rnn": (True,)},
    ),
    "softmax-over-queries": (
        "when the softmax runs along the wrong axis",
        "a query shares out its attention: what does it share it over?",
        {"weights_sum_to_one_over": ("key",)},
    ),
    "softmax-over-all": (
        "when one softmax runs over a whole matrix",
        "a query shares out its attention, whatever the other queries do",
        {"weights_sum_to_one_over": ("matrix",), "scores_per_softmax": (25, 75)},
    ),
    "softmax-of-one-score": (
        "when the softmax acts on one score, as in softmax(q·k / √d_k)",
        "the softmax of one number is always 1: on what does it act?",
        {"scores_per_softmax": (1,)},
    ),
    "positions-in-attention": (
        "when positions are a part of attention or of its softmax",
        "look at the formula of attention: where in it could a position stand? What is done to the input before?",
        {
            "sinusoidal_positions_join": ("scores", "weights"),
            "softmax_normalizes_positions": (True,),
            "heads_contain_positions": (True,),
        },
    ),
    "weights-as-parameters": (
        "when attention weights are counted as parameters",
        "a parameter is learned and then kept: is an attention weight there before an input comes?",
        {
            "weights_are_parameters": (True,),
            "parameter_count": (25, 75, 576 + 25, 576 + 75),
            "parameter_count_at_100_tokens": (10_000, 30_000, 576 + 10_000, 576 + 30_000, 576 * 20),
        },
    ),
    "heads-multiply-work": (
        "when every head has the full width of the model",
        "d_model is shared out among the heads: how wide is each, and what is left when you multiply by their number?",
        {
            "work_factor_of_4_times_the_heads": (4, 16),
            "parameter_count": (3 * 4 * 144, 3 * 3 * 144),
            "parameter_count_at_100_tokens": (3 * 4 * 144, 3 * 3 * 144),
        },
    ),
    "heads-mixed-with-tokens": (
        "when the rows of Q are counted by heads, as in [w_Q1 x_1; w_Q2 x_2; …]",
        "one matrix w_q is applied to every token: what does row i of x @ w_q come from?",
        {"row_of_q": ("head",)},
    ),
    "values-in-scores": (
        "when V takes part in the comparison, as in QKᵀ = [Q; K; V]ᵀ",
        "find V in softmax(QKᵀ / √d_k) V: before or after the softmax?",
        {"scores_use_values": (True,), "weights_use_values": (True,)},
    ),
    "scale-outside-exponent": (
        "with e^(q·k) / √d_k: the scale outside the exponent",
        "a factor outside cancels against the row's sum: where must the scale stand to have an effect?",
        {"scale_inside_exponent": (False,)},
    ),
    "missing-normalization": (
        "when the exponentials are not divided by their row's sum",
        "what must the weights of a query sum to?",
        {"exponentials_divided_by_row_sum": (False,)},
    ),
}


def _wrong_answers() -> Iterator[Mistake]:
    for code, (note, help_line, answers) in _IDEAS.items():
        for question, wrong in answers.items():
            for answer in wrong:
                yield Mistake(code, note, help_line, {question: lambda answer=answer: answer})


WRONG_ANSWERS = tuple(_wrong_answers())
