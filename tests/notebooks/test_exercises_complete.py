"""Every exercise has everything: something missing is a failure."""

import doctest
import re
from pathlib import Path

import pytest

import selfattn_ref
from selfattn_check import EXERCISES
from selfattn_check.symptoms import SYMPTOMS

ROOT = Path(__file__).resolve().parents[2]
IDS = list(EXERCISES)
CODES = sorted({mistake.code for each in EXERCISES.values() for mistake in each.mistakes} | set(SYMPTOMS))


@pytest.mark.parametrize("exercise_id", IDS)
def test_statement_example_runs_on_the_reference(exercise_id):
    names = {name: getattr(selfattn_ref, name) for name in selfattn_ref.__all__}
    example = doctest.DocTestParser().get_doctest(EXERCISES[exercise_id].statement, names, exercise_id, None, None)
    assert any(exercise_id in line.source for line in example.examples)
    result = doctest.DocTestRunner(verbose=False).run(example)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("exercise_id", IDS)
def test_record_is_complete(exercise_id):
    exercise = EXERCISES[exercise_id]
    assert exercise.id == exercise_id == exercise.reference.__name__
    assert exercise.title
    assert exercise.section
    assert exercise.anchor
    assert exercise.minutes > 0
    assert exercise.difficulty in (1, 2, 3)
    assert len(exercise.hints) == 3
    assert all(hint.strip() for hint in exercise.hints)
    assert exercise.forbidden
    assert all(points > 0 for points in exercise.parts.values())


@pytest.mark.parametrize("exercise_id", IDS)
def test_record_has_probes_for_each_part_with_names_and_purposes(exercise_id):
    probes = EXERCISES[exercise_id].probes
    assert {probe.part for probe in probes} == set(EXERCISES[exercise_id].parts)
    names = [probe.name for probe in probes]
    assert len(set(names)) == len(names)
    assert all(name.strip() for name in names)
    assert all(probe.purpose.strip() for probe in probes)


@pytest.mark.parametrize("exercise_id", IDS)
def test_record_knows_at_least_eight_mistakes(exercise_id):
    mistakes = EXERCISES[exercise_id].mistakes
    assert len(mistakes) >= 8
    assert all(mistake.note.strip() and mistake.help.strip() for mistake in mistakes)


@pytest.mark.parametrize("exercise_id", IDS)
def test_source_holds_a_solution(exercise_id):
    name = EXERCISES[exercise_id].assignment
    source = (ROOT / "solutions" / name / f"{name}.py").read_text(encoding="utf-8")
    assert f'exercise="{exercise_id}" kind="answer"' in source


@pytest.mark.parametrize("exercise_id", IDS)
def test_section_is_a_heading_of_the_book(exercise_id):
    exercise = EXERCISES[exercise_id]
    pages = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "book").rglob("*.md")))
    assert re.findall(rf"^\({exercise.anchor}\)=\n+#+ (.+)$", pages, re.MULTILINE) == [exercise.section]


@pytest.mark.parametrize("code", CODES)
def test_code_has_a_page_in_the_book(code):
    assert (ROOT / "book" / "mistakes" / f"{code}.md").is_file()
