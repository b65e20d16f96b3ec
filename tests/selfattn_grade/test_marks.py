"""A source with a wrong mark is refused with a message that names file, cell, and what is needed."""

from pathlib import Path

import pytest

from selfattn_check import EXERCISES
from selfattn_grade.marks import MarkError, read_marked_cells

SCORES = {"attention_scores": EXERCISES["attention_scores"]}
SOFTMAX = {"masked_softmax": EXERCISES["masked_softmax"]}

GOOD = """\
# %% [markdown] name="title"
# # Scores

# %% [markdown] exercise="attention_scores" kind="statement"

# %% exercise="attention_scores" kind="answer"
def attention_scores(q, k):
    ### BEGIN SOLUTION
    return q @ k.T
    ### END SOLUTION

# %% exercise="attention_scores" kind="hint"

# %% exercise="attention_scores" kind="check" part="values"

# %% name="setup" kind="setup"
import numpy
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "03a-attention.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_read_marked_cells_good_source_keeps_order_and_ids(tmp_path):
    cells = read_marked_cells(write(tmp_path, GOOD), SCORES)
    assert [cell.id for cell in cells] == [
        "title",
        "attention_scores-statement",
        "attention_scores-answer",
        "attention_scores-hint",
        "attention_scores-check-values",
        "setup",
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('exercise="attention_scores" kind="hint"', 'exercise="attention_skores" kind="hint"', "cell 4 (line 12)"),
        (
            'exercise="attention_scores" kind="hint"',
            'exercise="attention_skores" kind="hint"',
            "got 'attention_skores'",
        ),
        ('part="values"', 'part="masks"', "cell 5 (line 14): part must be one of values, got 'masks'"),
        ('part="values"', "", "part must be one of values, got ''"),
        ('kind="hint"', 'kind="hints"', "kind must be one of statement, answer, hint, check, written, got 'hints'"),
        ('name="setup" kind="setup"', 'name="setup" kind="check"', "kind must be one of setup, overview, got 'check'"),
        ('kind="hint"', 'kind="hint" points="2"', "a mark must be one of exercise, kind, part, name, got points"),
        ('# %% [markdown] name="title"', "# %% [markdown]", 'must have either exercise="…" or name="…"'),
        ('name="setup"', 'name="setup" exercise="attention_scores"', 'must have either exercise="…" or name="…"'),
        ('kind="hint"', 'kind="hint" part="values"', 'only a cell of kind="check" may have a part'),
        ('name="title"', 'name="The title"', "a name must be 1 to 64 of"),
        ('name="setup"', 'name="title"', "the mark must be unique, 'title' is also"),
        ('# %% [markdown] exercise="attention_scores"', '# %% exercise="attention_scores"', "must be # %% [markdown]"),
        ('kind="hint"\n', 'kind="hint"\nhint(1)\n', "a cell of kind hint must be empty"),
        (
            "import numpy",
            "### BEGIN SOLUTION\n### END SOLUTION",
            'only a cell of kind="answer" or "written" may hold a solution',
        ),
        ("import numpy", "### BEGIN HIDDEN TESTS", "and none a hidden test"),
        ("    ### BEGIN SOLUTION\n", "", "must have one line '### BEGIN SOLUTION' and after it one"),
        ("### END SOLUTION", "### END", "must have one line '### BEGIN SOLUTION' and after it one"),
        ("    ### BEGIN", "    return (\n    ### BEGIN", "the answer must be valid Python"),
        ("def attention_scores", "def scores", "the answer must define attention_scores, got scores"),
        ("def attention_scores(q, k)", "def attention_scores(k, q)", "the parameters must be (q, k), got (k, q)"),
        ("# %% [markdown] name", "x = 1\n\n# %% [markdown] name", "nothing may stand before the first"),
    ],
)
def test_read_marked_cells_bad_mark_says_what_is_needed(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(MarkError) as caught:
        read_marked_cells(write(tmp_path, GOOD.replace(old, new, 1)), SCORES)
    assert message in str(caught.value)
    assert "03a-attention.py" in str(caught.value)


@pytest.mark.parametrize("kind", ["statement", "answer", "hint", "check"])
def test_read_marked_cells_missing_cell_names_its_header(tmp_path, kind):
    cells = GOOD.split("\n# %%")
    kept = [cell for cell in cells if f'kind="{kind}"' not in cell]
    assert len(kept) == len(cells) - 1
    with pytest.raises(MarkError, match=f'there must be a cell with the header .* kind="{kind}"'):
        read_marked_cells(write(tmp_path, "\n# %%".join(kept)), SCORES)


def test_read_marked_cells_missing_part_names_its_header(tmp_path):
    text = GOOD.replace("attention_scores", "masked_softmax").replace("(q, k)", "(scores, mask=None)")
    with pytest.raises(MarkError, match='# %% exercise="masked_softmax" kind="check" part="masks"'):
        read_marked_cells(write(tmp_path, text), SOFTMAX)


def test_read_marked_cells_missing_exercise_names_its_header(tmp_path):
    with pytest.raises(MarkError, match=r'# %% .markdown. exercise="masked_softmax" kind="statement"'):
        read_marked_cells(write(tmp_path, GOOD), SCORES | SOFTMAX)


def test_read_marked_cells_wrong_order_says_what_comes_here(tmp_path):
    answer, hint = (part for part in GOOD.split("\n# %%") if 'kind="answer"' in part or 'kind="hint"' in part)
    swapped = GOOD.replace(answer, "ANSWER").replace(hint, answer.rstrip()).replace("ANSWER", hint)
    with pytest.raises(MarkError, match=r'here must come # %% exercise="attention_scores" kind="answer", got .*"hint"'):
        read_marked_cells(write(tmp_path, swapped), SCORES)


def test_read_marked_cells_no_exercise_for_file_is_refused(tmp_path):
    with pytest.raises(MarkError, match="no exercise record has assignment='03a-attention'"):
        read_marked_cells(write(tmp_path, '# %% name="setup" kind="setup"\nimport numpy\n'), {})
