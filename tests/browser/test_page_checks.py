"""Each check of a page can fail: a page with the fault is reported, and a sound page is not."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from .page_checks import axe_problems, image_problems, listening, math_problems, overflow_problems, resize, settle
from .site import PHONE, served

pytestmark = pytest.mark.browser

SOUND = "<h1>A page</h1><p>Its text.</p>"


def problems_of(page: Page, folder: Path, body: str) -> list[str]:
    head = "<!doctype html><html lang='en'><head><title>A page</title><link rel='icon' href='data:,'></head>"
    (folder / "page.html").write_text(f"{head}<body><main>{body}</main></body></html>", encoding="utf-8")
    with served(folder) as address, listening(page, urlsplit(address).netloc) as problems:
        page.goto(f"{address}/page.html")
        settle(page)
        problems.extend(math_problems(page) + image_problems(page) + axe_problems(page))
        resize(page, PHONE)
        problems.extend(overflow_problems(page))
    return problems


def test_checks_accept_a_sound_page(page: Page, tmp_path: Path) -> None:
    assert problems_of(page, tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("<script>console.error('lost')</script>", "console: lost"),
        ("<script>throw new Error('broken')</script>", "error: broken"),
        ("<script src='http://other.invalid/a.js'></script>", "asks another host: http://other.invalid/a.js"),
        ("<script src='missing.js'></script>", "404:"),
        ("<img src='missing.png' alt='A missing picture'>", "image not loaded:"),
        ("<img src='data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=' width='30'>", "axe image-alt"),
        ("<p style='color: #999; background: #fff'>pale</p>", "axe color-contrast"),
        ("<span class='math'>\\(x^2\\)</span>", "formula not set: \\(x^2\\)"),
        ("<span class='math'><mtext>max\\_len</mtext></span>", "formula not set: max\\_len"),
        ("<mjx-merror>Undefined control sequence</mjx-merror>", "formula not set: Undefined"),
        ("<div style='width: 600px'>wide</div>", "wider than the screen:"),
        ("<div style='width: 40px; overflow-x: hidden'>implementations</div>", "cut off at the side: impl"),
    ],
)
def test_checks_report_a_faulty_page(page: Page, tmp_path: Path, fault: str, said: str) -> None:
    found = problems_of(page, tmp_path, SOUND + fault)
    assert any(problem.startswith(said) for problem in found), found


def test_overflow_allows_a_box_that_scrolls(page: Page, tmp_path: Path) -> None:
    box = "<div style='overflow-x: auto' tabindex='0'><div style='width: 600px'>wide</div></div>"
    assert problems_of(page, tmp_path, SOUND + box) == []
