"""The built site as the tests see it: its pages, a server for them, and a browser."""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, ViewportSize, sync_playwright

SITE = Path(__file__).parents[2] / "_build" / "html"
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def pages_of(site: Path) -> list[str]:
    """Addresses of all pages, relative to the site.

    Left out: what Sphinx copies for its own use, and index.html, which only leads to the start page.
    """
    found = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(str(path) for path in found if path.parts[0] not in {"_static", "_sources", "reports", "index.html"})


def why_not() -> str | None:
    """Say what is missing for the browser tests, or None."""
    if not (SITE / "index.html").exists():
        return "the site is not built: make book"
    if shutil.which("chromium") is None:
        return "Chromium is not installed (Debian: apt install chromium)"
    return None


def in_ci() -> bool:
    return bool(os.environ.get("CI"))


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; gives its address without a final slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()
