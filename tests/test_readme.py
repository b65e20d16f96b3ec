"""The README shows what really comes out, and names only commands that exist."""

import re
from pathlib import Path

from selfattn_check import check

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_sample_report_is_what_the_check_says():
    report = check("attention_scores", lambda q, k: q @ k.swapaxes(-1, -2), show=False)
    assert report.text in README


def test_every_make_target_in_the_readme_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README))
    assert named <= targets
    assert {"book", "lab", "test", "grade-demo"} <= named


def test_every_folder_of_the_table_exists():
    named = re.findall(r"^\| `([a-z_]+)/`", README, flags=re.MULTILINE)
    assert named
    assert [name for name in named if not (ROOT / name).is_dir()] == []
