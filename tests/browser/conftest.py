from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from .site import DESKTOP, SITE, chromium, in_ci, served, why_not


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    reason = why_not()
    if reason and in_ci():
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def site(browser: Browser) -> Iterator[str]:
    with served(SITE) as address:
        yield address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP, color_scheme="light")
    yield context.new_page()
    context.close()
