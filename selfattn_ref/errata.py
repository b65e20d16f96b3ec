"""The source's mistakes in its sections 1–4, turned into questions with one right answer each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

Answer: TypeAlias = int | bool | str | tuple[int, ...]

ERRATA_SETTING = (
    "One sentence without batch axis: n = 5 tokens, d_model = 12 features, 3 heads with head_dim = 4 features each. "
    "Arrays have the heads first, then the tokens (queries before keys), then the features; weights of a projection "
    "are applied as x @ w. A shape is a tuple of integers, a count an integer, a yes or no True or False, a choice "
    "one of the quoted strings. Counts of parameters and multiply-adds leave out biases, softmax and scale."
)

ERRATA_QUESTIONS: Mapping[str, str] = MappingProxyType(
    {
        "sequential_steps": "§1.1 A recurrent layer computes its 5 states in 5 steps, each waiting for the one before. "
        "Count a layer's attention over all tokens as one step: in how many steps that wait for one another does it "
        "compute its 5 outputs?",
        "less_work_than_rnn": "§3.3 Attention with its four projections takes 4nd² + 2n²d multiply-adds, a recurrent "
        "layer of the same width 2nd². Is there an n ≥ 1 for which attention takes fewer?",
        "weights_sum_to_one_over": "§1.2 The weights of one head have a row for each query and a column for each key. "
        "What sums to 1: the weights of each \"query\", those of each \"key\", or those of the whole \"matrix\"?",
        "sinusoidal_positions_join": "§1.2, §2.1 Where do sinusoidal positions enter: are they added to the "
        "\"inputs\", the \"scores\" or the \"weights\"?",
        "softmax_normalizes_positions": "§2.1 Does the softmax normalize the position encodings?",
        "heads_contain_positions": "§2.1 Is computing positions a part of multi-head attention?",
        "q_shape": "§3.1, §4.1 What is the shape of Q, all heads together?",
        "scores_per_softmax": "§3.1 How many scores does one softmax turn into weights that sum to 1?",
        "weights_shape": "§3.1 What is the shape of the attention weights, all heads together?",
        "output_shape": "§3.1 What is the shape of the heads' outputs, weights times V, before they are merged?",
        "output_projection_shape": "§3.2 What is the shape of w_o, which the merged heads are multiplied with?",
        "weights_are_parameters": "§3.3, §8.3 Are the attention weights parameters of the model?",
        "parameter_count": "§3.3, §8.3 How many parameters do the four projections have?",
        "parameter_count_at_100_tokens": "§3.3, §8.3 How many have they for a sentence of n = 100 tokens?",
        "work_factor_of_4_times_the_heads": "§3.3, §8.3 With 12 heads instead of 3, at the same d_model, the "
        "multiply-adds are multiplied by which whole number?",
        "row_of_q": "§4.2 In the matrix Q of one head, what does a row stand for: a \"token\", a \"head\" or "
        "a \"feature\"?",
        "scores_shape": "§4.2 What is the shape of Q Kᵀ, all heads together?",
        "scores_use_values": "§4.2 Does V enter the scores?",
        "weights_use_values": "§4.2, step 5 Do the attention weights change when only V changes?",
        "example_scores_shape": "§4.3 With 3 tokens, 2 heads and 4 features (2 for each head), what is the shape of "
        "Q Kᵀ, all heads together?",
        "scale_inside_exponent": "§4.3 Are the scores divided by √d_k before the exponential is taken?",
        "exponentials_divided_by_row_sum": "§4.3 Is each exponential divided by the sum of the exponentials of its "
        "row?",
        "example_output_shape": "§4.3 With 3 tokens, 2 heads and 4 features, what is the shape of the heads' outputs "
        "before they are merged?",
    }
)  # fmt: skip
"""Key of the answer → question, in the setting of `ERRATA_SETTING`; § are sections of the source."""


def errata_quiz() -> dict[str, Answer]:
    """Answer the questions of `ERRATA_QUESTIONS`, asked in the setting of `ERRATA_SETTING`, by their keys.

    Every key stands for something that the source gets wrong or leaves out in its sections 1–4.

    Returns:
        Shapes, as tuples of integers: "q_shape", "scores_shape", "weights_shape", "output_shape",
        "output_projection_shape"; for 3 tokens, 2 heads, 4 features "example_scores_shape", "example_output_shape".
        Counts, as integers: "sequential_steps" of attention, "scores_per_softmax", "parameter_count" of the four
        projections for 5 tokens, "parameter_count_at_100_tokens", "work_factor_of_4_times_the_heads".
        Choices, as strings: "weights_sum_to_one_over" (query, key, matrix), "sinusoidal_positions_join" (inputs,
        scores, weights), "row_of_q" (token, head, feature).
        Yes or no, as booleans: "less_work_than_rnn", "softmax_normalizes_positions", "heads_contain_positions",
        "weights_are_parameters", "scores_use_values", "weights_use_values", "scale_inside_exponent",
        "exponentials_divided_by_row_sum".

    >>> errata_quiz()["scores_shape"]
    (3, 5, 5)
    """
    return {
        "sequential_steps": 1,
        "less_work_than_rnn": False,
        "weights_sum_to_one_over": "query",
        "sinusoidal_positions_join": "inputs",
        "softmax_normalizes_positions": False,
        "heads_contain_positions": False,
        "q_shape": (3, 5, 4),
        "scores_per_softmax": 5,
        "weights_shape": (3, 5, 5),
        "output_shape": (3, 5, 4),
        "output_projection_shape": (12, 12),
        "weights_are_parameters": False,
        "parameter_count": 4 * 12**2,
        "parameter_count_at_100_tokens": 4 * 12**2,
        "work_factor_of_4_times_the_heads": 1,
        "row_of_q": "token",
        "scores_shape": (3, 5, 5),
        "scores_use_values": False,
        "weights_use_values": False,
        "example_scores_shape": (2, 3, 3),
        "scale_inside_exponent": True,
        "exponentials_divided_by_row_sum": True,
        "example_output_shape": (2, 3, 2),
    }
