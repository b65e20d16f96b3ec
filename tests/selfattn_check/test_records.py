"""Records that need PyTorch are read when they are asked for, and not before."""

import subprocess
import sys

import pytest

from selfattn_check import EXERCISES
from selfattn_check.records import Later, Records

SOFTMAX = EXERCISES["softmax"]


def test_ids_are_known_before_a_record_is_read():
    records = Records({"softmax": SOFTMAX, "absent": Later("absent", "no_such_module")})
    assert list(records) == ["softmax", "absent"]
    assert "absent" in records
    assert len(records) == 2
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        records["absent"]
    with pytest.raises(KeyError):
        records["other"]


def test_a_later_record_is_read_once():
    records = Records({"softmax": Later("softmax", "softmax")})
    assert records["softmax"] is SOFTMAX
    assert records["softmax"] is records["softmax"]


def test_records_are_in_the_place_that_their_ids_say():
    assert [exercise.id for exercise in EXERCISES.values()] == list(EXERCISES)


def test_check_of_a_numpy_exercise_does_not_import_torch():
    check = "import sys, selfattn_check as s; s.check('softmax', lambda x, axis=-1: x, show=False)"
    code = f"{check}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
