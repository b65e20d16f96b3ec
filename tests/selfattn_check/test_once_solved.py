"""Pictures wait for the functions that they use, and nothing that a learner wrote can stop them."""

import pytest

from selfattn_check import once_solved
from selfattn_check.once_solved import Waiting


def cell(source: str, **namespace):
    """Run a notebook's last line with the learner's names as its globals."""
    return eval(source, {"once_solved": once_solved, **namespace})


def test_once_solved_right_function_shows_the_picture():
    mine = cell("lambda q, k: q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5")
    assert cell("once_solved('attention_scores', show=lambda: 'picture')", attention_scores=mine) == "picture"


@pytest.mark.parametrize(
    "source",
    [
        "lambda q, k: q @ k.swapaxes(-1, -2)",
        "lambda q, k: 1 / 0",
        "lambda q, k: exit()",
        "lambda q, k: None",
        "lambda: 0",
        "3",
    ],
)
def test_once_solved_wrong_function_waits(source):
    def never():
        raise AssertionError("the picture must not be drawn")

    waiting = cell("once_solved('attention_scores', show=lambda: never())", attention_scores=eval(source), never=never)
    assert str(waiting) == "The picture appears here once attention_scores passes its check."
    assert waiting._repr_markdown_() == "*The picture appears here once `attention_scores` passes its check.*"


def test_once_solved_missing_functions_names_those_alone():
    mine = cell("lambda q, k: q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5")
    names = "'attention_scores', 'causal_mask', 'padding_mask', 'masked_softmax'"
    waiting = cell(f"once_solved({names}, show=lambda: 'picture')", attention_scores=mine)
    assert str(waiting) == (
        "The picture appears here once causal_mask, padding_mask and masked_softmax pass their checks."
    )


def test_once_solved_unknown_exercise_is_an_error():
    with pytest.raises(ValueError, match="did you mean 'causal_mask'"):
        cell("once_solved('casual_mask', show=lambda: 1)", casual_mask=lambda: 1)


def test_once_solved_needs_the_work_of_an_earlier_cell_that_only_waited():
    right = cell("lambda q, k: q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5")
    after = "after={'Now train': first, 'Now judge': second}"
    source = f"once_solved('attention_scores', show=lambda: 'picture', {after})"
    waited = Waiting(("softmax",))
    assert cell(source, attention_scores=right, first="a picture", second=None) == "picture"
    waiting = cell(source, attention_scores=right, first=waited, second=None)
    assert str(waiting) == "Run “Now train” once more, then this cell: it was still waiting for your functions."
    both = cell(source, attention_scores=right, first=waited, second=waiting)
    assert both._repr_markdown_() == (
        "*Run **Now train** and **Now judge** once more, then this cell: they were still waiting for your functions.*"
    )


def test_once_solved_names_missing_functions_before_earlier_cells():
    waiting = cell("once_solved('attention_scores', show=lambda: 1, after={'Now train': w})", w=Waiting(("softmax",)))
    assert str(waiting) == "The picture appears here once attention_scores passes its check."
