"""Every page of the built site, in a browser: light and dark, desktop and phone."""

from collections.abc import Iterator
from contextlib import closing
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize, expect

from .page_checks import axe_problems, image_problems, listening, math_problems, overflow_problems, resize, settle
from .site import DESKTOP, PHONE, SITE, pages_of

pytestmark = pytest.mark.browser

PAGES = pages_of(SITE) or ["index.html"]
Scheme = Literal["light", "dark"]

EVERYWHERE: list[tuple[Scheme, ViewportSize]] = [
    (scheme, size) for scheme in ("light", "dark") for size in (DESKTOP, PHONE)
]


def looks(path: str) -> list[tuple[Scheme, ViewportSize]]:
    """The themes and sizes in which a page is looked at.

    All of them, but one for each of the hundreds of pages of mistakes: these are of one form, which is seen in
    every look on a quarter of them, and their frame is that of all other pages.
    """
    if path.startswith("book/mistakes/") and not path.endswith("index.html"):
        return [EVERYWHERE[PAGES.index(path) % len(EVERYWHERE)]]
    return EVERYWHERE


@pytest.fixture(scope="module")
def visit(browser: Browser) -> Iterator[BrowserContext]:
    """One visit to the site for all its pages, so that scripts and styles are loaded once."""
    context = browser.new_context(viewport=DESKTOP)
    yield context
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_in_both_themes_and_sizes(visit: BrowserContext, site: str, path: str) -> None:
    page = visit.new_page()
    with closing(page), listening(page, urlsplit(site).netloc) as problems:
        page.goto(f"{site}/{path}")
        settle(page)
        problems.extend(math_problems(page) + image_problems(page))
        for scheme, size in looks(path):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            resize(page, size)
            problems.extend(f"{scheme}, {size['width']} px: {problem}" for problem in axe_problems(page))
        resize(page, PHONE)
        problems.extend(overflow_problems(page))
    assert problems == []
