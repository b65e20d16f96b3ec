"""The cells of the page of benchmarks, run on records of other machines."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import myst_nb
import pytest

from tests.bench import record

PAGE = Path(record.RECORD).parents[1] / "benchmarks.md"
CELL = re.compile(r"```\{code-cell\} python3\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)\n```", re.DOTALL)


@pytest.fixture
def run_page(monkeypatch):
    def run(known):
        said = {}
        monkeypatch.setattr(record, "read", lambda: known)
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.setattr(myst_nb, "glue", lambda name, value, display: said.update({name: value}))
        names = {}
        for cell in CELL.findall(PAGE.read_text(encoding="utf-8")):
            exec(cell, names)
        return names | said

    return run


def changed(form, n, **values):
    known = record.read()
    return replace(
        known,
        cases=tuple(replace(case, **values) if (case.form, case.n) == (form, n) else case for case in known.cases),
    )


def test_page_glues_every_number_that_its_sentences_show(run_page):
    said = run_page(record.read())
    shown = re.findall(r"\{glue:(?:text|figure)\}`?([a-z0-9_-]+)", PAGE.read_text(encoding="utf-8"))
    assert set(shown) <= set(said)


def test_page_of_a_small_machine_says_what_was_too_large(run_page):
    longest = max(record.LENGTHS)
    too_large = {"peak_bytes": None, "seconds": None, "ratio": None, "needed_bytes": 3 * 2**30}
    said = run_page(changed("plain", longest, **too_large))
    assert said["memory-n"] == said["plain-n-last"] == longest // 2
    table = said["table"](("plain", "blockwise"), said["milliseconds"]).data
    assert re.search(rf"\| {longest} \| would need 3.0 GiB \| \d+ \|$", table)


def test_page_of_blockwise_attention_with_quadratic_memory_is_no_page(run_page):
    longest = max(record.LENGTHS)
    with pytest.raises(AssertionError, match="blockwise"):
        run_page(changed("blockwise", longest, peak_bytes=4 * record.read().column("blockwise")[-1].peak_bytes))
