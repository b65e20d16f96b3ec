"""Every page of the built site, in a browser: light and dark, desktop and phone."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from .page_checks import axe_problems, image_problems, listening, math_problems, overflow_problems, resize, settle
from .site import DESKTOP, PHONE, SITE, pages_of

pytestmark = pytest.mark.browser

PAGES = pages_of(SITE) or ["index.html"]

EVERYWHERE = [(scheme, size) for scheme in ("light", "dark") for size in (DESKTOP, PHONE)]
DIAGONAL = [("light", DESKTOP), ("dark", PHONE)]


def appearances(path: str) -> list[tuple[str, ViewportSize]]:
    """Themes and sizes in which a page is looked at; the many pages of one form get each theme and each size once."""
    return DIAGONAL if path.startswith("book/mistakes/") and not path.endswith("index.html") else EVERYWHERE


@pytest.mark.parametrize("path", PAGES)
def test_page_is_sound_in_both_themes_and_sizes(page: Page, site: str, path: str) -> None:
    with listening(page, urlsplit(site).netloc) as problems:
        page.goto(f"{site}/{path}")
        settle(page)
        problems.extend(math_problems(page) + image_problems(page))
        for scheme, size in appearances(path):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            resize(page, size)
            problems.extend(f"{scheme}, {size['width']} px: {problem}" for problem in axe_problems(page))
        problems.extend(overflow_problems(page))
    assert problems == []
