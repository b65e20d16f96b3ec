"""What readers do on the site, beyond reading one page."""

import math
import re
from urllib.parse import parse_qs, urljoin, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Dialog, Page, expect

from .site import SITE

pytestmark = pytest.mark.browser

PROJECT = SITE.parents[1]
NOTEBOOKS = sorted(str(path.relative_to(PROJECT)) for path in PROJECT.glob("notebooks/*/*.ipynb"))


def test_root_leads_to_the_start_page(page: Page, site: str) -> None:
    page.goto(site)
    page.wait_for_url(f"{site}/book/intro.html")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Self-Attention, Step by Step")


def test_search_finds_softmax(page: Page, site: str) -> None:
    page.goto(f"{site}/search.html?q=softmax")
    results = page.locator("#search-results li")
    expect(results.first).to_be_visible()
    expect(page.locator("#search-results")).to_contain_text("Glossary")


def test_formulas_are_set(page: Page, site: str) -> None:
    page.goto(f"{site}/book/notation.html")
    expect(page.locator("mjx-container").first).to_be_visible()
    assert page.locator("span.math, div.math").count() == page.locator("mjx-container").count()


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebook_offers_launch_and_download(page: Page, site: str, notebook: str) -> None:
    page.goto(f"{site}/{notebook.replace('.ipynb', '.html')}")
    links = page.locator(".dropdown-launch-buttons a").all()
    launch = {link.inner_text().strip(): link.get_attribute("href") or "" for link in links}
    assert set(launch) == {"Binder", "JupyterHub", "Colab"}
    assert all(notebook in address for address in launch.values())
    download = page.locator(".dropdown-download-buttons a[href$='.ipynb']").first
    copy = page.request.get(urljoin(page.url, download.get_attribute("href") or ""))
    assert copy.body() == (PROJECT / notebook).read_bytes()


def test_executed_page_offers_no_launch(page: Page, site: str) -> None:
    page.goto(f"{site}/book/intro.html")
    expect(page.locator(".dropdown-download-buttons")).to_have_count(1)
    expect(page.locator(".dropdown-launch-buttons")).to_have_count(0)


@pytest.mark.parametrize("notebook", NOTEBOOKS[:1])
def test_hub_button_asks_for_the_readers_hub(page: Page, site: str, notebook: str) -> None:
    def answer(dialog: Dialog) -> None:
        dialog.accept(f"{site}/hub-of-my-school/")

    page.on("dialog", answer)
    page.goto(f"{site}/{notebook.replace('.ipynb', '.html')}")
    page.locator(".dropdown-launch-buttons button").click()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="JupyterHub").click()
    address = urlsplit(opened.value.url)
    assert address.path == "/hub-of-my-school/hub/user-redirect/git-pull"
    assert notebook in parse_qs(address.query)["urlpath"][0]
    assert page.evaluate("localStorage.getItem('jupyterhub')") == f"{site}/hub-of-my-school"


def test_start_picture_shows_the_softmax_of_its_scores() -> None:
    picture = ElementTree.parse(PROJECT / "book" / "_static" / "one-query.svg")

    def numbers(kind: str) -> list[float]:
        return [float(text.text or "") for text in picture.iter() if text.get("class") == kind]

    exponentials = [math.exp(score) for score in numbers("score")]
    weights = [value / sum(exponentials) for value in exponentials]
    assert numbers("weight") == [round(weight, 2) for weight in weights]
    widths = [float(arc.get("stroke-width") or "") for arc in picture.iter() if arc.get("class") == "arc"]
    assert widths == [round(1.5 + 16 * weight, 1) for weight in weights]
    description = "".join(text.text or "" for text in picture.iter() if text.tag.endswith("desc"))
    assert re.findall(r"0\.\d\d", description) == [f"{weight:.2f}" for weight in sorted(weights)[:-3:-1]]
