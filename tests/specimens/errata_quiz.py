"""Attempts at `errata_quiz`. `KEY` is written down here once more, so that a slip in the reference would be noticed."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "errata_quiz"
KEY = {
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
    "parameter_count": 576,
    "parameter_count_at_100_tokens": 576,
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


@right(ID)
def by_heart():
    return dict(KEY)


@right(ID)
def in_another_order():
    return dict(sorted(KEY.items()))


@right(ID)
def from_arrays():
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 3, 5, 4))
    weights = np.exp(q @ k.swapaxes(1, 2))
    measured = {"q_shape": q.shape, "scores_shape": weights.shape, "output_shape": (weights @ v).shape}
    return KEY | measured | {"parameter_count": np.int64(4 * 12 * 12), "scores_per_softmax": np.prod((5, 1))}


@right(ID)
def filled_in_one_by_one():
    answers = dict.fromkeys(KEY)
    for key in answers:
        answers[key] = KEY[key]
    return answers


@wrong(ID, "wrong-type")
def counts_as_floats():
    return KEY | {"parameter_count": 4 * 12.0**2, "work_factor_of_4_times_the_heads": 1.0}


@wrong(ID, "axes-merged")
def shapes_of_the_article():
    return KEY | {
        "q_shape": (3, 5),
        "scores_shape": (3, 25),
        "weights_shape": (3, 5),
        "output_shape": (3, 60),
        "example_scores_shape": (6, 3),
        "example_output_shape": (6, 3),
    }


@wrong(ID, "head-axis-forgotten")
def shapes_of_one_head():
    return KEY | {"q_shape": (5, 4), "scores_shape": (5, 5), "output_shape": (5, 4), "output_projection_shape": (4, 12)}


@wrong(ID, "weights-for-output")
def output_is_the_weights():
    return KEY | {"output_shape": (3, 5, 5)}


@wrong(ID, "steps-for-work")
def one_step_a_token():
    return KEY | {"sequential_steps": 5}


@wrong(ID, "steps-for-work")
def fast_therefore_little_work():
    return KEY | {"less_work_than_rnn": True}


@wrong(ID, "softmax-over-queries")
def columns():
    return KEY | {"weights_sum_to_one_over": "key"}


@wrong(ID, "softmax-over-all")
def whole_matrix():
    return KEY | {"weights_sum_to_one_over": "matrix", "scores_per_softmax": 25}


@wrong(ID, "softmax-of-one-score")
def one_number():
    return KEY | {"scores_per_softmax": 1}


@wrong(ID, "positions-in-attention")
def positions_everywhere():
    return KEY | {
        "sinusoidal_positions_join": "weights",
        "softmax_normalizes_positions": True,
        "heads_contain_positions": True,
    }


@wrong(ID, "weights-as-parameters")
def weights_are_kept():
    return KEY | {"weights_are_parameters": True, "parameter_count": 651, "parameter_count_at_100_tokens": 30_576}


@wrong(ID, "heads-multiply-work")
def four_times_the_heads():
    return KEY | {"work_factor_of_4_times_the_heads": 4, "parameter_count": 1728}


@wrong(ID, "heads-mixed-with-tokens")
def rows_are_heads():
    return KEY | {"row_of_q": "head"}


@wrong(ID, "values-in-scores")
def stacked():
    return KEY | {"scores_use_values": True, "weights_use_values": True}


@wrong(ID, "scale-outside-exponent")
def outside():
    return KEY | {"scale_inside_exponent": False}


@wrong(ID, "missing-normalization")
def no_sum():
    return KEY | {"exponentials_divided_by_row_sum": False}


@wrong(ID, "axes-merged", "weights-as-parameters", "heads-multiply-work", "scale-outside-exponent", "steps-for-work")
def everything_as_in_print():
    return KEY | {
        "less_work_than_rnn": True,
        "q_shape": (3, 5),
        "scores_shape": (3, 25),
        "weights_shape": (3, 5),
        "weights_are_parameters": True,
        "work_factor_of_4_times_the_heads": 4,
        "scale_inside_exponent": False,
    }


@wrong(ID, "wrong-values")
def unknown_slip():
    return KEY | {"parameter_count": 575}


@wrong(ID, "wrong-type")
def lists_for_shapes():
    return {key: list(value) if isinstance(value, tuple) else value for key, value in KEY.items()}


@wrong(ID, "wrong-type")
def half_answered():
    return dict.fromkeys(KEY) | {"q_shape": (3, 5, 4)}


@wrong(ID, "wrong-type")
def a_key_too_few():
    return {key: value for key, value in KEY.items() if key != "row_of_q"}


@wrong(ID, "wrong-type")
def words_for_yes_and_no():
    return {key: "no" if value is False else value for key, value in KEY.items()}


@wrong(ID, "returns-nothing")
def forgets_return():
    dict(KEY)


@wrong(ID, "not-written-yet")
def as_released():
    raise NotImplementedError


@wrong(ID, "ready-made")
def asks_the_reference():
    import selfattn_ref

    return selfattn_ref.errata_quiz()
