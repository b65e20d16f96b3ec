"""Every code that a check can give has a page in the book, and every example on these pages is right."""

import doctest
import re
from pathlib import Path

import pytest

from selfattn_check import EXERCISES
from selfattn_check.symptoms import SYMPTOMS

BOOK = Path(__file__).parents[1] / "book"
PAGES = {path.stem: path for path in sorted((BOOK / "mistakes").glob("*.md")) if path.stem != "index"}
MISTAKES = {mistake.code for exercise in EXERCISES.values() for mistake in exercise.mistakes}
CODES = MISTAKES | SYMPTOMS.keys()

PARTS_OF_A_PAGE = ["What you did.", "Why it looks right.", "Where it shows.", "The fix."]


def failures(text: str, name: str) -> list[str]:
    """What doctest has to say against the examples in a text."""
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    doctest.DocTestRunner(verbose=False).run(test, out=said.append, clear_globs=False)
    return said


def leads(text: str) -> list[str]:
    """The bold words with which paragraphs begin."""
    return re.findall(r"^\*\*(.+?)\*\*", text, flags=re.MULTILINE)


def test_every_code_has_a_page_and_every_page_a_code():
    assert sorted(PAGES) == sorted(CODES)


def test_table_of_contents_holds_the_index_alone():
    assert re.findall(r"book/mistakes/([\w-]+)", (BOOK.parent / "_toc.yml").read_text()) == ["index"]


@pytest.mark.parametrize("code", PAGES)
def test_page_begins_with_its_label_and_its_code(code):
    assert PAGES[code].read_text().startswith(f"(mistake-{code})=\n# {code}\n\n")


@pytest.mark.parametrize("code", PAGES)
def test_page_has_its_parts(code):
    found = leads(PAGES[code].read_text())
    if code in SYMPTOMS:
        assert found[0] in ("What you did.", "What the check saw.")
    else:
        assert found == PARTS_OF_A_PAGE


@pytest.mark.parametrize("code", PAGES)
def test_examples_of_page_are_right(code):
    text = PAGES[code].read_text()
    assert failures(text, code) == []
    assert code in SYMPTOMS or ">>> " in text.partition("**Where it shows.**")[2].partition("**The fix.**")[0]


@pytest.mark.parametrize("code", [code for code in PAGES if code in MISTAKES])
def test_page_of_a_mistake_links_to_more(code):
    assert set(re.findall(r"\{ref\}`(?:[^`<]*<)?([\w-]+)>?`", PAGES[code].read_text())) - {f"mistake-{code}"}


@pytest.mark.parametrize("code", PAGES)
def test_links_between_pages_lead_somewhere(code):
    assert set(re.findall(r"`(?:[^`<]*<)?mistake-([\w-]+)>?`", PAGES[code].read_text())) <= CODES


def test_a_wrong_example_is_noticed():
    assert failures(">>> 1 + 1\n2\n", "right") == []
    assert failures(">>> 1 + 1\n3\n", "wrong") != []
    assert failures(">>> import warnings\n>>> warnings.warn('overflow')\n", "warns") != []
