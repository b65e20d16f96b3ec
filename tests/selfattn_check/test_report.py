"""The report: short text, safe HTML, one display in a notebook, no traceback of ours."""

import dataclasses
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

from selfattn_check import CheckFailed, check
from selfattn_check.checking import examine
from tests.selfattn_check.toy import TOY, replay


class Tags(HTMLParser):
    """Collects the tags of a page, and whether they are closed."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.text = [], [], ""

    def handle_starttag(self, tag, attributes):
        self.seen.append(tag)
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def parsed(html):
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == []
    return tags


def printing(x, shift=1.0):
    for i in range(9):
        print(f"<b>line {i}</b>")
    return x * 3


def raising(x, shift=1.0):
    raise ValueError("first <line>\nsecond line")


ATTEMPTS = {
    "right": TOY.blueprint,
    "wrong": replay("triples"),
    "two wrong": replay("triples", "subtracts"),
    "twins": replay("twin-one"),
    "unknown": lambda x, shift=1.0: x * 17,
    "printing": printing,
    "raising": raising,
    "nan": lambda x, shift=1.0: x * np.nan,
    "inf": lambda x, shift=1.0: x * np.inf,
    "none": lambda x, shift=1.0: None,
    "number": 3,
    "no parameters": lambda: None,
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_text_and_html_say_the_same_in_few_lines(attempt):
    report = examine(TOY, attempt)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text, html = report.text, report._repr_html_()
    assert 1 <= len(text.splitlines()) <= 10
    assert str(report) == repr(report) == text
    words = parsed(html).text
    assert all(
        diagnosis.code in words and f"[{', '.join(d.code for d in report.diagnoses)}]" in text
        for diagnosis in report.diagnoses
    )
    assert "Traceback" not in text + html


def test_passed_report_says_points_and_probes():
    text = examine(TOY, TOY.blueprint).text
    assert text.startswith("affine — passed: right on all 6 probes in ")
    assert text.endswith(" s (3 points)")
    assert examine(TOY, TOY.blueprint, part="edges").text.endswith(" s (1 point)")
    assert examine(TOY, TOY.blueprint, part="edges").text.startswith("affine, edges — passed")


def test_note_appears_only_under_a_confirmed_mistake():
    assert "  note: yours is exactly what comes out with triples" in examine(TOY, replay("triples")).text
    assert "note:" not in examine(TOY, ATTEMPTS["unknown"]).text


def test_printed_lines_are_shown_and_cut():
    text = examine(TOY, printing).text
    assert text.endswith("printed: <b>line 0</b> … and 8 more lines")


def test_html_shows_what_the_learner_wrote_as_text():
    tags = parsed(examine(TOY, printing)._repr_html_())
    assert "b" in tags.seen  # our own labels
    assert "<b>line 0</b>" in tags.text
    assert "line" not in tags.seen
    assert "first <line>" in parsed(examine(TOY, raising)._repr_html_()).text


def test_html_of_wrong_values_has_three_pictures_with_names():
    html = examine(TOY, replay("triples"))._repr_html_()
    assert parsed(html).seen.count("svg") == 3
    assert all(f"heat map: {name}" in html for name in ("yours", "expected", "difference"))
    assert parsed(examine(TOY, raising)._repr_html_()).seen.count("svg") == 0


def test_difference_of_infinities_is_drawn_without_a_warning():
    both = dataclasses.replace(TOY, reference=lambda x, shift=1.0: np.where(x > 0, np.inf, x), probes=TOY.probes[:1])
    report = examine(both, lambda x, shift=1.0: np.where(x > 0, np.inf, 7.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert parsed(report._repr_html_()).seen.count("svg") == 3


@pytest.mark.parametrize(
    ("attempt", "line"),
    [
        (lambda q, k: q, "CheckFailed: attention_scores, values — wrong shape on 6 of 7 probes   [wrong-shape]"),
        (3, "CheckFailed: attention_scores, values — attempt must be a function, got int   [not-a-function]"),
    ],
)
def test_failure_renders_as_one_line(attempt, line, capsys):
    with pytest.raises(CheckFailed) as caught:
        check("attention_scores", attempt, part="values")
    assert caught.value._render_traceback_() == [line]
    assert str(caught.value) == caught.value.report.text


def test_broken_check_renders_as_our_fault():
    report = examine(dataclasses.replace(TOY, mistakes=[None]), replay("triples"))
    [line] = CheckFailed(report)._render_traceback_()
    assert line == (
        "CheckFailed: affine — the check itself could not be run. "
        "This is a fault of the course, not of your code; please report it with this text."
    )
    parsed(report._repr_html_())
