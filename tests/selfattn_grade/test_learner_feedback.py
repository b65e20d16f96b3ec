"""What a learner is told holds nothing that the learner's code could have put in."""

from dataclasses import replace

import numpy as np
import pytest

from selfattn_check import EXERCISES
from selfattn_check.call import Call
from selfattn_check.comparison import compare
from selfattn_check.diagnosis import diagnose
from selfattn_check.report import Report
from selfattn_check.trial import Trial
from selfattn_grade.learner_feedback import findings

TELLING = type("Leaked_7731", (), {})()


def told(yours, expected):
    """The findings about an attempt that returned this on every probe."""
    exercise = EXERCISES["causal_mask"]
    probe = exercise.probes[0]
    compared = (compare(Call(probe, "returned", yours), Call(probe, "returned", expected), exercise.returns),)
    diagnoses = diagnose(replace(exercise, mistakes=()), compared, seed=0)
    report = Report(exercise.id, None, "failed", diagnoses, compared, 1, 0.0, 0)
    return " ".join(finding.text for finding in findings(report))


@pytest.mark.parametrize(
    ("yours", "expected"),
    [
        (TELLING, np.ones(2)),
        ((0,) * 7731, (np.ones(2), np.ones(2))),
        (Trial({}, np.ones(2), {"part by itself": TELLING}), Trial({}, np.ones(2), {"part by itself": np.ones(2)})),
        (Trial({}, np.ones(2), {"gradient": np.ones(7731)}), Trial({}, np.ones(2), {"gradient": np.ones(2)})),
        (Trial({}, np.ones((7731, 1)), {}), Trial({}, np.ones(2), {})),
        ({"7731": 1}, {"a": np.ones(2)}),
        (7731.0, np.float64(0.5)),
    ],
)
def test_findings_hold_no_number_and_no_word_of_the_learners(yours, expected):
    text = told(yours, expected)
    assert text
    assert "7731" not in text


def test_findings_name_a_usual_type_and_a_small_shape():
    assert "a tuple of 2" in told((1, 2), (np.ones(2), np.ones(2), np.ones(2)))
    assert "(3,)" in told(np.ones(3), np.ones(2))
