"""The broken functions of the notebooks: each is rejected, and named by the code of its bug and no other."""

from pathlib import Path

import nbformat
import pytest

from selfattn_check import check

ROOT = Path(__file__).resolve().parents[2]
BUGS = {
    "repaired_scale": "scale-by-sequence",
    "repaired_softmax": "softmax-over-queries",
    "repaired_mask": "mask-after-softmax",
    "repaired_heads": "split-without-transpose",
}


@pytest.fixture(scope="module")
def defined():
    """What the released notebook defines before the learner has written anything."""
    notebook = nbformat.read(ROOT / "notebooks" / "04a-derivation" / "04a-derivation.ipynb", as_version=4)
    wanted = ("setup", "softmax", "broken-scale", "broken-softmax", "broken-mask", "broken-heads")
    namespace = {}
    for cell in notebook.cells:
        if cell.id in wanted:
            exec(cell.source, namespace)  # noqa: S102 — our own notebook
    return namespace


@pytest.mark.parametrize("seed", ["0", "20261123"])
@pytest.mark.parametrize(("exercise_id", "code"), BUGS.items())
def test_broken_function_left_as_it_is_has_exactly_the_code_of_its_bug(
    defined, exercise_id, code, seed, monkeypatch
):
    monkeypatch.setenv("SELFATTN_CHECK_SEED", seed)
    report = check(exercise_id, defined[exercise_id.replace("repaired", "broken")], show=False)
    assert [(each.code, each.confirmed) for each in report.diagnoses] == [(code, True)]


@pytest.mark.parametrize("exercise_id", BUGS)
def test_one_changed_line_repairs_it(exercise_id):
    """The model answer differs from the broken function in one line, comments and first lines aside."""
    source = (ROOT / "solutions" / "04a-derivation" / "04a-derivation.py").read_text(encoding="utf-8")

    def body(name):
        lines = source.split(f"def {name}(")[1].split("\n\n\n")[0].split("\n# %%")[0].splitlines()[2:]
        kept = [line.partition("  #")[0].rstrip() for line in lines]
        return [line for line in kept if line.strip() and "SOLUTION" not in line]

    broken, repaired = body(exercise_id.replace("repaired", "broken")), body(exercise_id)
    assert len(broken) == len(repaired)
    assert sum(old != new for old, new in zip(broken, repaired, strict=True)) == 1
