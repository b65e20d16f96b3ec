"""Keeps the kill matrix: every specimen is judged as it should be, and a weakened check is noticed."""

import dataclasses

import pytest

from selfattn_check import EXERCISES
from selfattn_check.checking import examine
from tests.kill_matrix import RECORD, Row, as_json, judge, rows, specimens, table

ALL = specimens()


@pytest.mark.parametrize("specimen", ALL, ids=lambda specimen: specimen.name)
def test_check_judges_specimen(specimen):
    verdict = judge(specimen)
    assert verdict.as_wanted, verdict.report.text
    if not specimen.codes:
        assert verdict.found == []


OF_CHAPTER_5 = [each for each in ALL if each.codes and EXERCISES[each.exercise_id].chapter == 5]


@pytest.mark.slow
@pytest.mark.parametrize("specimen", OF_CHAPTER_5, ids=lambda specimen: specimen.name)
def test_wrong_specimen_is_rejected_under_another_seed(specimen):
    """Not by luck of the numbers that learners see: a grader draws others. Naming the mistake is left out."""
    exercise = dataclasses.replace(EXERCISES[specimen.exercise_id], mistakes=())
    assert examine(exercise, specimen.attempt, seed=20261123).state in ("failed", "errored")


def test_specimens_have_unique_names():
    names = [specimen.name for specimen in ALL]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_exercise_has_specimens_of_every_known_mistake_and_four_right_variants(exercise_id):
    mine = [specimen for specimen in ALL if specimen.exercise_id == exercise_id]
    shown = {code for specimen in mine for code in specimen.codes}
    assert {mistake.code for mistake in EXERCISES[exercise_id].mistakes} <= shown
    assert sum(not specimen.codes for specimen in mine) >= 4


@pytest.mark.parametrize(
    ("exercise_id", "probe", "code"),
    [
        ("softmax", "float32", "dtype-promoted"),
        ("sinusoidal_positions", "odd", "odd-width-accepted"),
        ("position_shift_matrix", "back", "negative-offset"),
        ("project_qkv", "float32", "dtype-promoted"),
        ("masked_softmax", "deep", "weak-fill"),
        ("attention_scores", "float32", "dtype-promoted"),
        ("numerical_gradient", "float32", "dtype-promoted"),
        ("softmax_backward", "float32", "dtype-promoted"),
        ("double", "four axes", "loses-axes"),
        ("rnn_states", "square", "weight-transposed"),
        ("gradient_reach", "float32", "dtype-promoted"),
        ("soft_lookup", "float32", "dtype-promoted"),
        ("max_path_length", "huge", "counts-in-floats"),
        ("max_path_length", "unknown", "accepts-bad-input"),
        ("Transformer", "another pad", "pad-assumed"),
        ("Transformer", "half dropped", "missing-dropout"),
        ("MultiHeadAttention", "half dropped", "dropout-misplaced"),
        ("greedy_decode", "same token", "start-counts-as-end"),
        ("beam_search", "narrow", "best-of-each-prefix"),
        ("beam_search", "one way", "keeps-the-impossible"),
        ("beam_search", "places", "finished-keep-places"),
        ("beam_search", "equal at the cut", "ties-to-highest"),
        ("copy_weights", "no biases", "requires-bias"),
        ("DecoderLayer", "square", "masks-exchanged"),
        ("DecoderLayer", "eval mode", "dropout-in-eval"),
        ("pad_batch", "pad within", "mask-from-pad-id"),
        ("train_epoch", "scheduler", "ignores-scheduler"),
        ("train_epoch", "stale", "gradients-add-up"),
        ("train_epoch", "guessed tokens", "loss-weighted-by-tokens"),
        ("train_epoch", "other entries", "entries-assumed"),
        ("TextClassificationDataset", "one at a time", "all-texts-at-once"),
        ("evaluate", "never a label", "classes-of-labels-only"),
        ("bert_self_attention", "only padding", "nan-on-empty-row"),
        ("attention_maps", "with labels", "shows-the-labels"),
    ],
)
def test_without_its_probe_a_mistake_survives(exercise_id, probe, code):
    """The matrix can fail: take one probe away and the mistake that it is there for is no longer named."""
    exercise = EXERCISES[exercise_id]
    weakened = dataclasses.replace(exercise, probes=[each for each in exercise.probes if each.name != probe])
    mutants = [specimen for specimen in ALL if specimen.exercise_id == exercise_id and specimen.codes == (code,)]
    reports = [examine(weakened, specimen.attempt) for specimen in mutants]
    assert any(code not in [diagnosis.code for diagnosis in report.diagnoses] for report in reports)


def test_table_prints_one_line_an_exercise():
    verdicts = [judge(specimen) for specimen in ALL if specimen.exercise_id == "attention_scores"]
    assert len(table(verdicts).splitlines()) == 1 + len(EXERCISES)
    assert sum(row.wrong for row in rows(verdicts)) == sum(bool(verdict.specimen.codes) for verdict in verdicts)


def test_the_books_record_is_of_these_specimens():
    """That all of them are judged as wanted is tested above; so the record must say so. Else: `make mutants`."""
    wanted = []
    for exercise in EXERCISES.values():
        mine = [specimen for specimen in ALL if specimen.exercise_id == exercise.id]
        wrong = sum(bool(specimen.codes) for specimen in mine)
        codes = len({code for specimen in mine for code in specimen.codes})
        right = len(mine) - wrong
        wanted.append(Row(exercise.id, exercise.assignment, wrong, wrong, wrong, right, right, codes))
    assert RECORD.read_text(encoding="utf-8") == as_json(wanted)
