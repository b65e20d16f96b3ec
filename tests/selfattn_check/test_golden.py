"""What a learner reads, frozen word for word in `tests/golden/*.txt`.

A changed message fails here. If the change is wanted, write the files anew and read the diff before you commit it:

    UPDATE_GOLDEN=1 pytest tests/selfattn_check/test_golden.py

Times and line numbers are left out.
"""

import os
import re
from pathlib import Path

import pytest

from selfattn_check import check
from tests.golden.attempts import ATTEMPTS

FOLDER = Path(__file__).parents[1] / "golden"
UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))


def normalized(text):
    """Without what changes from run to run, or with an edit elsewhere in the attempts' file."""
    return re.sub(r"in \d+\.\d\d s", "in … s", re.sub(r"in your code, line \d+", "in your code, line …", text))


def message(name):
    exercise_id, part, attempt = ATTEMPTS[name]
    return normalized(check(exercise_id, attempt, part=part, show=False).text) + "\n"


@pytest.mark.parametrize("name", ATTEMPTS)
def test_message_is_the_frozen_one(name):
    path = FOLDER / f"{name}.txt"
    if UPDATE:
        path.write_text(message(name), encoding="utf-8")
    assert message(name) == path.read_text(encoding="utf-8"), "if this is wanted, see the head of this file"


def test_every_golden_file_has_its_attempt():
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(ATTEMPTS)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_frozen_message_is_short_and_plain(name):
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 8
    assert not re.search(r"Traceback|<function|object at 0x|/home/|site-packages", text)


def test_normalized_keeps_all_but_times_and_line_numbers():
    assert normalized("right in 0.31 s\n  in your code, line 12: q") == "right in … s\n  in your code, line …: q"
    assert normalized("yours 0.31, expected 0.32") == "yours 0.31, expected 0.32"
