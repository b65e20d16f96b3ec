"""The store: results whole or not at all, none lost, none overwritten."""

import pytest

from selfattn_grade.job_store import JobStore, StoreInUse
from selfattn_grade.result import Result


def result(student="ada", **changes):
    return Result(student, "a", "graded", **changes)


def test_store_appends_and_never_changes_what_is_there(tmp_path):
    store = JobStore(tmp_path, "a")
    assert store.latest("ada") is None
    first, second = result(seed_hash="1"), result(seed_hash="2")
    store.add(first)
    before = next(tmp_path.rglob("ada.jsonl")).read_bytes()
    store.add(second)
    assert next(tmp_path.rglob("ada.jsonl")).read_bytes().startswith(before)
    assert store.history("ada") == [first, second]
    assert store.latest("ada") == second


def test_store_names_of_any_kind_have_files_of_their_own(tmp_path):
    names = ["ada", "Ada", "ADA", "a.b", "..", "中文", "=cmd()", "x" * 250, "new\nline", "\udcff", "hashed"]
    store = JobStore(tmp_path, "a")
    for name in names:
        store.add(result(name))
    assert [store.latest(name).student for name in names] == names
    assert len({path.name.lower() for path in store.folder.iterdir()}) == len(names)


def test_store_is_for_one_run_at_a_time_and_clears_what_was_left(tmp_path):
    store = JobStore(tmp_path, "a")
    with store.writing():
        (store.folder / ".ada.jsonl.half").write_text("{")
        with pytest.raises(StoreInUse, match="another run"), JobStore(tmp_path, "a").writing():
            pass
    with store.writing():
        assert not list(store.folder.glob(".*"))
    assert store.folder.stat().st_mode & 0o077 == 0


def test_store_damaged_line_raises(tmp_path):
    store = JobStore(tmp_path, "a")
    store.add(result())
    with open(store._path("ada"), "a", encoding="utf-8") as stream:
        stream.write('{"student"')
    with pytest.raises(ValueError, match="delimiter"):
        store.latest("ada")
