"""The robustness runs: their record holds what the guide says, and a small class runs through them."""

import json
import subprocess
import sys

import pytest

from tests.bench.grading_robustness import RECORD, SHARES, Whole, kills, many, whole_run
from tests.selfattn_grade.a_small_class import small_class
from tests.selfattn_grade.sandbox import need_sandbox


def test_record_holds_what_the_guide_says():
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    large, killed = record["many"], record["kills"]
    assert large["submissions"] == 1_000
    assert sum(large["states"].values()) == 1_000
    assert large["faulty"] == 50
    assert "grader-error" not in large["states"]
    assert 0 < large["memory_late"] < 1.5 * large["memory_early"]
    assert [each["by"] for each in killed] == list(SHARES)
    assert sum(each["times"] for each in killed) >= 100
    for each in killed:
        assert each["different"] == 0
        assert len(each["kept"]) == each["times"] > 0
        size = each["submissions"]
        # Neither before the first result nor when nothing was left to do.
        on_the_way = [entered if each["by"] == "entry" else graded for graded, entered in each["kept"]]
        between = [number for number in on_the_way if 0 < number < size]
        assert 2 * len(between) > each["times"]
        assert len(set(between)) > 5


@pytest.mark.slow
def test_small_class_comes_to_its_final_states_killed_or_not(tmp_path):
    need_sandbox()
    found = many(45)
    assert (found.faulty, found.states) == (2, {"graded": 44, "unreadable": 1})
    whole = whole_run(tmp_path, size=8)
    for by, place in {"time": 0, "progress": 0, "entry": 1}.items():
        killed = kills(2, by, whole, each=2)
        assert (killed.batches, killed.different) == (1, 0)
        assert len(killed.kept) == killed.times
        assert all(0 < kept[place] <= 8 for kept in killed.kept)


def test_run_that_has_ended_by_itself_is_no_kill_and_one_that_refuses_is_told(tmp_path, monkeypatch):
    whole = Whole(small_class(tmp_path / "before", {}), 4, 1, 0.0, ({}, {}))
    started = []

    def ends_at_once(root, workers):
        started.append(root)
        return subprocess.Popen([sys.executable, "-c", f"raise SystemExit({2 if len(started) % 2 == 0 else 0})"])

    monkeypatch.setattr("tests.bench.grading_robustness.start", ends_at_once)
    monkeypatch.setattr("tests.bench.grading_robustness.outcome", lambda root: whole.outcome)
    monkeypatch.setattr("tests.bench.grading_robustness.time.monotonic", iter(range(10)).__next__)
    found = kills(3, "progress", whole, each=2, seconds=3)
    assert (found.times, found.kept, found.batches, found.different) == (0, [], 2, 2)
