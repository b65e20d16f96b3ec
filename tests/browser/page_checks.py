"""What must hold on every page. Each check returns the problems it finds, in words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page, Request, Response, ViewportSize
from playwright.sync_api import TimeoutError as TooLong

# MathJax leaves the TeX it could not read in the text, writes an error into the formula, or prints a macro's backslash.
RAW_MATH = r"""() => {
  const seen = [...document.querySelectorAll(".math")].filter((e) => /\\/.test(e.textContent));
  const wrong = [...document.querySelectorAll("mjx-merror")];
  return [...seen, ...wrong].map((e) => e.textContent.trim().slice(0, 60));
}"""

BROKEN_IMAGES = """async () => {
  const images = [...document.images];
  images.forEach((image) => { image.loading = "eager"; });
  await Promise.all(images.map((image) => image.decode().catch(() => null)));
  return images.filter((image) => image.naturalWidth === 0).map((image) => image.src);
}"""

# Only what scrolls the page counts: a wide table inside a box of its own may scroll there.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const inside = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
  const wide = [...document.body.querySelectorAll("*")]
    .filter((e) => e.getBoundingClientRect().right > width + 1 && !inside(e))
    .map((e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}`);
  return [`${document.documentElement.scrollWidth} px wide`, ...wide.slice(0, 5)];
}"""

# What a box hides at its side cannot be reached by scrolling. Boxes of a pixel and assistive MathML are not to be seen.
CUT_OFF = """() => [...document.body.querySelectorAll("*:not(.math, .math *)")]
  .filter((e) => ["hidden", "clip"].includes(getComputedStyle(e).overflowX))
  .filter((e) => e.checkVisibility() && e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && e.innerText?.trim())
  .map((e) => e.innerText.trim().replace(/\\s+/g, " ").slice(0, 60))
"""


# The pages make what scrolls reachable by keyboard, a moment after the size has changed.
KEYBOARD_REACHES_ALL = """() => [
  ...document.querySelectorAll("pre, mjx-container[display=true], .pst-scrollable-table-container, .output"),
].every((e) => e.scrollWidth <= e.clientWidth || e.tabIndex >= 0)"""


# A change of theme or size fades in; half-way the colors are nobody's choice. What never ends is not waited for.
FADED_IN = """() => Promise.race([
  Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
  new Promise((resolve) => setTimeout(resolve, 1000)),
])"""


@contextmanager
def listening(page: Page, host: str) -> Iterator[list[str]]:
    """Collect console errors, uncaught errors, failed requests, and requests to any other host."""
    problems: list[str] = []

    def on_request(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.netloc != host:
            problems.append(f"asks another host: {request.url}")

    def on_console(entry: ConsoleMessage) -> None:
        if entry.type == "error":
            problems.append(f"console: {entry.text}")

    def on_error(error: Error) -> None:
        problems.append(f"error: {error}")

    def on_response(answer: Response) -> None:
        if answer.status >= 400:
            problems.append(f"{answer.status}: {answer.url}")

    heard: dict[Any, Callable[[Any], None]]
    heard = {"request": on_request, "console": on_console, "pageerror": on_error, "response": on_response}
    for event, listener in heard.items():
        page.on(event, listener)
    yield problems
    for event, listener in heard.items():
        page.remove_listener(event, listener)


def settle(page: Page) -> None:
    """Wait until the page has set its formulas."""
    page.wait_for_load_state("load")
    page.evaluate("() => window.MathJax?.startup?.promise")


def resize(page: Page, size: ViewportSize) -> None:
    page.set_viewport_size(size)
    with suppress(TooLong):  # axe will say what is out of reach
        page.wait_for_function(KEYBOARD_REACHES_ALL, timeout=2000)


def math_problems(page: Page) -> list[str]:
    return [f"formula not set: {text}" for text in page.evaluate(RAW_MATH)]


def image_problems(page: Page) -> list[str]:
    return [f"image not loaded: {address}" for address in page.evaluate(BROKEN_IMAGES)]


def overflow_problems(page: Page) -> list[str]:
    wide = [f"wider than the screen: {what}" for what in page.evaluate(OVERFLOW)]
    return wide + [f"cut off at the side: {text}" for text in page.evaluate(CUT_OFF)]


def axe_problems(page: Page) -> list[str]:
    """What axe-core finds on the page."""
    page.evaluate(FADED_IN)
    # preload: axe would ask again for the style sheets, and resolve their imports against the wrong folder
    results = Axe().run(page, options={"resultTypes": ["violations"], "preload": False}).response
    return [
        f"axe {violation['id']}: {node['target']} {node['html'][:120]}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]
