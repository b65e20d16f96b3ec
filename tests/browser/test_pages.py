"""Every page of the built site, in a browser: light and dark, desktop and phone."""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

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
def tab(browser: Browser) -> Iterator[Page]:
    """One tab for all pages of the site, so that scripts and styles are loaded once, and few processes started."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_in_both_themes_and_sizes(tab: Page, site: str, path: str) -> None:
    tab.set_viewport_size(DESKTOP)
    with listening(tab, urlsplit(site).netloc) as problems:
        tab.goto(f"{site}/{path}")
        settle(tab)
        problems.extend(math_problems(tab) + image_problems(tab))
        for scheme, size in looks(path):
            tab.emulate_media(color_scheme=scheme)
            expect(tab.locator("html")).to_have_attribute("data-theme", scheme)
            resize(tab, size)
            problems.extend(f"{scheme}, {size['width']} px: {problem}" for problem in axe_problems(tab))
        resize(tab, PHONE)
        problems.extend(overflow_problems(tab))
    assert problems == []
