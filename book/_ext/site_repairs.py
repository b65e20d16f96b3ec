"""Repairs to what Jupyter Book 1.x writes, a check that Sphinx does not make, and a role for Chinese."""

from collections.abc import Mapping, Sequence
from typing import Any

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def drop_thebe_scripts(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object) -> None:
    """Remove the scripts of sphinx-thebe from a page.

    The extension is registered twice under Sphinx 7.4, so `const THEBE_JS_URL` is declared twice and every page throws
    a SyntaxError. No page has a Thebe button: the scripts are not needed.
    """
    scripts = context.get("script_files", [])
    scripts[:] = [script for script in scripts if not _belongs_to_thebe(script)]


def _belongs_to_thebe(script: Any) -> bool:
    body = getattr(script, "attributes", {}).get("body") or ""
    name = str(getattr(script, "filename", script) or "")
    return "THEBE_JS_URL" in body or "sphinx-thebe" in name


def launch_only_notebooks(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Keep the launch buttons on the learners' notebooks alone.

    The theme also puts them on chapters with executed cells, whose Markdown sources Colab cannot open.
    """
    if not pagename.startswith("notebooks/"):
        buttons = context.get("header_buttons", [])
        buttons[:] = [button for button in buttons if button.get("label") != "launch-buttons"]


def warn_of_missing_alt_text(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of every image that has no alternative text.

    myst-nb writes the file name of a cell's figure as its alternative text unless the cell says
    `mystnb: {image: {alt: …}}`; to axe a file name is a text like any other.
    """
    for image in doctree.findall(nodes.image):
        alt = (image.get("alt") or "").strip()
        if not alt or alt == image.get("uri") or alt.endswith((".png", ".svg", ".jpg")):
            logger.warning("image without alternative text: %s", image.get("uri"), location=image, type="book")


def mark_chinese(
    name: str,
    rawtext: str,
    text: str,
    lineno: int,
    inliner: Inliner,
    options: Mapping[str, Any] | None = None,
    content: Sequence[str] = (),
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """Role `{zh}`: Chinese inside the English text, marked as such for screen readers and the choice of a font."""
    opening = nodes.raw("", '<span lang="zh-Hans">', format="html")
    return [opening, nodes.Text(text), nodes.raw("", "</span>", format="html")], []


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("zh", mark_chinese)
    app.connect("doctree-read", warn_of_missing_alt_text)
    app.connect("html-page-context", drop_thebe_scripts, priority=900)
    app.connect("html-page-context", launch_only_notebooks, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
