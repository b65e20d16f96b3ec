"""Intake: the answers of a submission and nothing else of it, whatever was handed in."""

import contextlib
import copy
import json
import os
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfattn_grade.intake import answer_cells, take_in, transplant
from selfattn_grade.submission_file import MAX_BYTES, MAX_CELLS, Unreadable, read_cells

ROOT = Path(__file__).resolve().parents[2]
NAME = "03a-attention"
RELEASED = nbformat.read(ROOT / "notebooks" / NAME / f"{NAME}.ipynb", as_version=4)
PLAIN = json.loads((ROOT / "notebooks" / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8"))
MINE = "def causal_mask(q_len, k_len=None):\n    return 'mine'\n"
COUNT = len(answer_cells(RELEASED))


@pytest.fixture
def notebook():
    """The released notebook as plain JSON, with one answer typed in."""
    made = copy.deepcopy(PLAIN)
    cell(made, "causal_mask-answer")["source"] = MINE
    return made


def cell(notebook, cell_id):
    return next(each for each in notebook["cells"] if each["id"] == cell_id)


def hand_in(folder: Path, content, name: str = f"{NAME}.ipynb", student: str = "ada") -> Path:
    path = folder / student / NAME / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(json.dumps(content), encoding="utf-8")
    return path


def taken(folder: Path, student: str = "ada"):
    return take_in(folder, student, NAME, RELEASED)


def codes(intake):
    return [flag.code for flag in intake.flags]


def test_answer_cells_are_those_of_the_exercises():
    assert [answer.id for answer in answer_cells(RELEASED)][:2] == ["project_qkv-answer", "attention_scores-answer"]
    assert all(answer.id == f"{answer.defines}-answer" for answer in answer_cells(RELEASED))


def test_take_in_untouched_notebook_gives_stubs_and_no_flags(tmp_path):
    hand_in(tmp_path, PLAIN)
    intake = taken(tmp_path)
    assert (intake.status, intake.flags) == ("accepted", ())
    assert dict(intake.answers) == {answer.id: answer.stub for answer in answer_cells(RELEASED)}


def test_take_in_other_cells_tags_outputs_and_metadata_are_dropped(tmp_path, notebook):
    check = cell(notebook, "causal_mask-check-values")
    check["source"], check["metadata"] = "2", check["metadata"] | {"tags": ["skip-execution"]}
    check["metadata"]["nbgrader"]["points"] = 100
    check["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "passed"}]
    notebook["metadata"]["kernelspec"] = {"name": "evil", "display_name": "evil"}
    hand_in(tmp_path, notebook)
    intake = taken(tmp_path)
    assert codes(intake) == []
    rebuilt = transplant(RELEASED, intake.answers)
    expected = copy.deepcopy(RELEASED)
    next(each for each in expected.cells if each.id == "causal_mask-answer").source = MINE
    assert rebuilt == expected


def duplicate(notebook):
    original = cell(notebook, "causal_mask-answer")
    stub = next(answer.stub for answer in answer_cells(RELEASED) if answer.defines == "causal_mask")
    notebook["cells"].append(original | {"source": stub})


def strip(notebook):
    for each in notebook["cells"]:
        each["metadata"] = {}
        del each["id"]


def delete_check(notebook):
    notebook["cells"].remove(cell(notebook, "causal_mask-check-values"))


def markdown(notebook):
    cell(notebook, "causal_mask-answer")["cell_type"] = "markdown"


def other_schema(notebook):
    for each in notebook["cells"]:
        if "nbgrader" in each["metadata"]:
            each["metadata"]["nbgrader"]["schema_version"] = 1


def own_cell(notebook):
    cell(notebook, "causal_mask-answer")["source"] = "# see below"
    made = {"cell_type": "code", "id": "mine", "metadata": {}, "source": MINE, "outputs": [], "execution_count": None}
    notebook["cells"].append(made)


def own_helper(notebook):
    source = "def help_me():\n    pass"
    made = {"cell_type": "code", "id": "own", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
    notebook["cells"].append(made)


def lines(notebook):
    cell(notebook, "causal_mask-answer")["source"] = MINE.splitlines(keepends=True)


def odd_cells(notebook):
    notebook["cells"] += [7, None, {}, {"source": 3}, {"source": ["a", 1]}, {"source": "x", "metadata": [], "id": 4}]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (duplicate, ["duplicate-cell"]),
        (strip, ["matched-by-name"] * COUNT),
        (delete_check, []),
        (markdown, ["cell-type-changed"]),
        (other_schema, ["old-metadata"]),
        (own_cell, ["matched-by-name"]),
        (own_helper, ["own-cells"]),
        (lines, []),
        (odd_cells, []),
    ],
)
def test_take_in_changed_cells_answer_is_taken_and_flagged(tmp_path, notebook, change, expected):
    change(notebook)
    hand_in(tmp_path, notebook)
    intake = taken(tmp_path)
    assert intake.answers["causal_mask-answer"] == MINE
    assert len(intake.answers) == COUNT
    assert [code for code in codes(intake) if not (change is strip and code == "own-cells")] == expected


def test_take_in_deleted_answer_is_flagged_and_the_rest_taken(tmp_path, notebook):
    notebook["cells"].remove(cell(notebook, "padding_mask-answer"))
    hand_in(tmp_path, notebook)
    intake = taken(tmp_path)
    assert codes(intake) == ["answer-missing"]
    assert "padding_mask-answer" not in intake.answers
    assert len(intake.answers) == COUNT - 1


@pytest.mark.parametrize(
    "name",
    ["03A-Attention.ipynb", f"{NAME} (1).ipynb", f"{NAME}-Copy1.ipynb", f"{NAME}.IPYNB", "homework.ipynb"],
)
def test_take_in_renamed_notebook_is_taken_and_flagged(tmp_path, notebook, name):
    hand_in(tmp_path, notebook, name)
    intake = taken(tmp_path)
    assert intake.answers["causal_mask-answer"] == MINE
    assert codes(intake) == ["renamed"]


def test_take_in_named_notebook_wins_over_others(tmp_path, notebook):
    hand_in(tmp_path, notebook)
    hand_in(tmp_path, PLAIN, "scratch.ipynb")
    assert taken(tmp_path).answers["causal_mask-answer"] == MINE


def nested(depth):
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"<!DOCTYPE html><html></html>", "not JSON"),
        (json.dumps(PLAIN).encode()[:5000], "not JSON"),
        (b"\xff\xfe\x00binary", "not JSON"),
        (nested(100_000), "not JSON"),
        (b'{"nbformat": 4, "cells": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[]", "not a notebook"),
        (b'{"nbformat": "4"}', "not a notebook"),
        ({"nbformat": 3, "worksheets": [{"cells": []}]}, "format must be 4, got 3"),
        ({"nbformat": 4, "cells": []}, "no cells"),
        ({"nbformat": 4, "cells": {"0": {}}}, "no cells"),
        ({"nbformat": 4, "cells": [{}] * (MAX_CELLS + 1)}, "at most 2000 cells"),
        ({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}, "another notebook"),
    ],
)
def test_take_in_broken_notebook_is_unreadable_with_a_reason(tmp_path, content, reason):
    hand_in(tmp_path, content)
    intake = taken(tmp_path)
    assert intake.status == "unreadable"
    assert not intake.answers
    assert reason in intake.flags[0].message


def test_take_in_too_large_file_is_unreadable(tmp_path):
    path = hand_in(tmp_path, b"")
    os.truncate(path, MAX_BYTES + 1)
    assert "at most 20 MiB" in taken(tmp_path).flags[0].message


def test_take_in_two_renamed_notebooks_is_unreadable(tmp_path, notebook):
    hand_in(tmp_path, notebook, "a.ipynb")
    hand_in(tmp_path, notebook, "b.ipynb")
    assert "2 notebooks" in taken(tmp_path).flags[0].message


def test_take_in_links_pipes_and_archives_are_refused(tmp_path, notebook):
    real = hand_in(tmp_path / "elsewhere", notebook)
    for student, make in {
        "soft": lambda path: path.symlink_to(real),
        "hard": lambda path: path.hardlink_to(real),
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
        "zip": lambda path: path.with_suffix(".zip").write_bytes(b"PK"),
    }.items():
        place = tmp_path / "submitted" / student / NAME / f"{NAME}.ipynb"
        place.parent.mkdir(parents=True)
        make(place)
    (tmp_path / "submitted" / "linked").symlink_to(real.parents[1])
    (tmp_path / "submitted" / "inner").mkdir()
    (tmp_path / "submitted" / "inner" / NAME).symlink_to(real.parent)
    for student in ("soft", "hard", "pipe", "folder", "zip", "linked", "inner"):
        intake = taken(tmp_path / "submitted", student)
        assert (student, intake.status, dict(intake.answers)) == (student, "unreadable", {})


def test_take_in_nothing_handed_in_is_a_state_of_its_own(tmp_path):
    (tmp_path / "ada" / NAME).mkdir(parents=True)
    assert taken(tmp_path).status == "not-submitted"
    assert taken(tmp_path, "nobody").status == "not-submitted"


def test_take_in_half_a_surrogate_pair_becomes_valid_text(tmp_path, notebook):
    cell(notebook, "causal_mask-answer")["source"] = MINE + "# \ud800"
    hand_in(tmp_path, notebook)
    assert taken(tmp_path).answers["causal_mask-answer"] == MINE + "# ?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "source", "x"]), inner),
    max_leaves=8,
)


@given(content=st.binary(max_size=200) | JSON.map(lambda cells: json.dumps({"nbformat": 4, "cells": cells}).encode()))
def test_read_cells_any_bytes_give_cells_or_a_reason(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.ipynb"
    path.write_bytes(content)
    with contextlib.suppress(Unreadable):
        assert isinstance(read_cells(path), list)


@settings(max_examples=20)
@given(replacement=JSON, position=st.integers(0, len(PLAIN["cells"]) - 1))
def test_take_in_any_cell_in_place_of_another_never_raises(tmp_path_factory, replacement, position):
    broken = copy.deepcopy(PLAIN)
    broken["cells"][position] = replacement
    folder = tmp_path_factory.mktemp("any")
    hand_in(folder, broken)
    assert len(taken(folder).answers) >= COUNT - 1
