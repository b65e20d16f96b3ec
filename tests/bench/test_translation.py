"""The recorded trainings: complete, of today's setting, and as good as the course promises."""

import json
from pathlib import Path

import pytest

from selfattn_ref.date_translation import SETTING
from tests.bench import translation


def test_record_is_of_this_setting_and_holds_every_training():
    record = translation.read()
    assert record.setting == SETTING
    assert [run.seed for run in record.runs] == list(translation.SEEDS)
    assert list(record.mistakes) == list(translation.MISTAKES)
    for run in [*record.runs, *record.mistakes.values()]:
        assert len(run.losses) == len(run.curve) > 0
    assert len(record.runs[0].losses) * record.every == SETTING.steps


def test_every_seed_translates_at_least_99_of_100_held_out_dates():
    record = translation.read()
    assert record.held_out == 2000
    assert min(run.exact_match for run in record.runs) >= 0.99


def test_record_survives_writing_and_reading(tmp_path):
    path = tmp_path / "translation.json"
    path.write_text(translation.as_text(translation.read()), encoding="utf-8")
    assert translation.read(path) == translation.read()


def test_another_file_is_no_record(tmp_path):
    path = tmp_path / "translation.json"
    data = json.loads(translation.RECORD.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | {"setting": {"steps": 3, "layers": 9}}), encoding="utf-8")
    with pytest.raises(TypeError, match="layers"):
        translation.read(path)


def test_main_writes_its_record_from_whatever_folder_it_is_started(tmp_path, monkeypatch):
    record = translation.read()
    monkeypatch.setattr(translation, "measured", lambda seed, **how: record.runs[0])
    monkeypatch.setattr(translation, "RECORD", tmp_path / "translation.json")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    said = []
    translation.main(said.append)
    assert translation.read(tmp_path / "translation.json").runs == 3 * [record.runs[0]]
    assert "../translation.json" in said[-1]


def test_make_writes_every_record_of_chapter_5():
    """A record that no target writes is measured once, and never again."""
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    for name in ("tests.bench.sentiment", "tests.bench.translation"):
        assert f"$(BIN)/python -m {name}\n" in makefile
