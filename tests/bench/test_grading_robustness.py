"""The robustness runs: their record holds what the guide says, and a small class runs through them."""

import json

import pytest

from tests.bench.grading_robustness import RECORD, kills, many
from tests.selfattn_grade.sandbox import need_sandbox


def test_record_holds_what_the_guide_says():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    large, killed = record["many"], record["kills"]
    assert large["submissions"] == 1_000
    assert sum(large["states"].values()) == 1_000
    assert large["faulty"] == 50
    assert "grader-error" not in large["states"]
    assert 0 < large["memory_late"] < 1.5 * large["memory_early"]
    assert [each["by"] for each in killed] == ["time", "progress"]
    for each in killed:
        assert each["different"] == 0
        assert len(each["kept"]) == each["times"] > 0
    between = [kept for kept in killed[1]["kept"] if 0 < kept < killed[1]["submissions"]]
    assert len(set(between)) > 2  # not only before the first result and after the last


@pytest.mark.slow
def test_small_class_comes_to_its_final_states_killed_or_not():
    need_sandbox()
    found = many(45)
    assert (found.faulty, found.states) == (2, {"graded": 44, "unreadable": 1})
    killed = kills(2, "progress", each=2, size=6)
    assert (killed.times, killed.batches, killed.different) == (2, 1, 0)
