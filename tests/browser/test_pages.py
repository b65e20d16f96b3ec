"""Every page of the built site, in a browser: light and dark, desktop and phone."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from .page_checks import axe_problems, image_problems, listening, math_problems, overflow_problems, resize, settle
from .site import DESKTOP, PHONE, SITE, pages_of

pytestmark = pytest.mark.browser

PAGES = pages_of(SITE) or ["index.html"]

EVERYWHERE = [(scheme, size) for scheme in ("light", "dark") for size in (DESKTOP, PHONE)]
DIAGONAL = [("light", DESKTOP), ("dark", PHONE)]
SIDEBAR = ".bd-sidebar-primary"  # the same on every page, and long


def of_one_form(path: str) -> bool:
    """Whether the page is one of the many pages of mistakes, whose frame is that of all other pages."""
    return path.startswith("book/mistakes/") and not path.endswith("index.html")


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_in_both_themes_and_sizes(page: Page, site: str, path: str) -> None:
    with listening(page, urlsplit(site).netloc) as problems:
        page.goto(f"{site}/{path}")
        settle(page)
        problems.extend(math_problems(page) + image_problems(page))
        for scheme, size in DIAGONAL if of_one_form(path) else EVERYWHERE:
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            resize(page, size)
            found = axe_problems(page, besides=[SIDEBAR] if of_one_form(path) else [])
            problems.extend(f"{scheme}, {size['width']} px: {problem}" for problem in found)
        problems.extend(overflow_problems(page))
    assert problems == []
