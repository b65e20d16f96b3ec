"""The corpus as a class: every case handed in, and what each must get."""

from __future__ import annotations

import json
import os
from pathlib import Path

from selfattn_check import EXERCISES
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.class_run import ClassRun, run
from selfattn_grade.release import solved_notebook
from selfattn_grade.result import Result
from tests.submissions.attacks import ATTACKS
from tests.submissions.case import Case, Notebook
from tests.submissions.faults import FAULTS
from tests.submissions.forgeries import FORGERIES

__all__ = ["CASES", "NAME", "ROOT", "graded_by_us", "hand_in", "promised"]

ROOT = Path(__file__).resolve().parents[2]
NAME = "03a-attention"
CASES = [*FAULTS, *ATTACKS, *FORGERIES]
RELEASED = ROOT / "notebooks" / NAME / f"{NAME}.ipynb"
MEMORY = 400 * 2**20
# Attention is put together from the softmax: who gets that wrong gets both wrong.
FOLLOWS = {"masked_softmax": {"scaled_dot_product_attention"}}


def promised(case: Case) -> dict[str, float]:
    """Points of each exercise that must come out, if the case is graded."""
    wrong = case.wrong.union(*(FOLLOWS.get(name, set()) for name in case.wrong))
    mine = [exercise for exercise in EXERCISES.values() if exercise.assignment == NAME]
    return {exercise.id: 0 if exercise.id in wrong else exercise.points for exercise in mine}


def perfect() -> Notebook:
    """The released notebook with every answer right."""
    notebook: Notebook = json.loads(RELEASED.read_text(encoding="utf-8"))
    solved = {cell.id: cell.source for cell in solved_notebook(ROOT, NAME).cells}
    for cell in notebook["cells"]:
        if cell["id"].endswith("-answer"):
            cell["source"] = solved[cell["id"]]
    return notebook


def hand_in(root: Path, case: Case, notebook: Notebook) -> None:
    """Put a case into the class at `root`; the folder is where its attacks may leave their canary."""
    folder = root / "submitted" / case.name / NAME
    folder.mkdir(parents=True)
    made = case.make(notebook)
    if isinstance(made, dict):
        made = json.dumps(made).encode()
    if made is not None:
        (folder / (case.file or f"{NAME}.ipynb")).write_bytes(made.replace(b"@TRIAL@", os.fsencode(root)))


def graded_by_us(root: Path) -> dict[str, Result]:
    """All cases as one class in one run, so that a hostile one has the chance to spoil its neighbors."""
    place = root / "notebooks" / NAME / f"{NAME}.ipynb"
    place.parent.mkdir(parents=True)
    place.write_bytes(RELEASED.read_bytes())
    for case in CASES:
        hand_in(root, case, perfect())
    run(root, NAME, workers=2, limits=Limits(call_seconds=4, memory=MEMORY), say=lambda text: None)
    return {result.student: result for result in ClassRun(root, NAME).latest()}
