"""Write pictures of every page (or of those whose address holds a word given as argument) to _build/screenshots."""

import sys
from typing import Literal

from playwright.sync_api import ViewportSize

from .page_checks import resize, settle
from .site import DESKTOP, PHONE, SITE, chromium, pages_of, served, why_not

VIEWS: tuple[tuple[str, ViewportSize, Literal["light", "dark"]], ...] = (
    ("desktop", DESKTOP, "light"),
    ("phone", PHONE, "light"),
    ("dark", DESKTOP, "dark"),
    ("phone-dark", PHONE, "dark"),
)


def main(words: list[str]) -> None:
    if reason := why_not():
        sys.exit(reason)
    folder = SITE.parent / "screenshots"
    folder.mkdir(exist_ok=True)
    with served(SITE) as address, chromium() as browser:
        for path in pages_of(SITE):
            if words and not any(word in path for word in words):
                continue
            for view, size, scheme in VIEWS:
                page = browser.new_page(viewport=size, color_scheme=scheme)
                page.goto(f"{address}/{path}")
                settle(page)
                resize(page, size)
                picture = folder / f"{path.removesuffix('.html').replace('/', '-')}-{view}.png"
                page.screenshot(path=picture, full_page=True)
                page.close()
                print(picture.relative_to(SITE.parents[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
