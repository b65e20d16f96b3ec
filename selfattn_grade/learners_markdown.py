"""Learners' Markdown as HTML for whoever marks it and for the feedback: nothing in it runs, and every link leads out.

What is checked is the HTML that comes out, for in Markdown a link has too many forms: comments, entities and raw tags
can make one of text that does not look like it.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Any

import bleach
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbgrader.utils import is_solution

__all__ = ["rendered", "sanitized"]

_TAGS = bleach.ALLOWED_TAGS | {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "br", "hr", "del", "sub", "sup"}
_TAGS |= {"dl", "dt", "dd", "div", "span", "table", "thead", "tbody", "tr", "th", "td"}
_PROTOCOLS = frozenset(("http", "https", "mailto"))
_LEADS_OUT = re.compile(r"https?://|mailto:")
_HIGHLIGHTED = re.compile(r"highlight|[a-z]{1,2}\d?")  # classes that Pygments gives
_ENTITY = re.compile(r"&#?\w+;")
# MathJax would make HTML of these
_LINKING = re.compile(r"\\+(?=href|unicode|style|class|cssId|require|html|mmlToken)")


@pass_context
def rendered(context: Any, source: str) -> str:
    """The filter `markdown2html` of nbconvert's templates, which also sanitizes what the course has not written.

    Args:
        context: of the template; its `cell` is the one that is shown. Without it, nothing is trusted.
        source: Markdown of the cell, of its output or of a comment on it.
    """
    cell = context.get("cell")
    if cell is not None and cell.cell_type == "markdown" and not is_solution(cell):
        own: str = _exporter().markdown2html(context, source)
        return own
    renderer = _Renderer(escape=False, exclude_anchor_links=True)
    return sanitized(MarkdownWithMath(renderer=renderer).render(source))


def sanitized(page: str) -> str:
    """HTML with a few harmless tags left, links that lead out, and no command for MathJax that makes a link.

    >>> sanitized('<a href="javascript:alert(1)" onclick="x">a</a> <script>b</script>')
    '<a>a</a> &lt;script&gt;b&lt;/script&gt;'
    """
    cleaned = bleach.clean(page, tags=_TAGS, attributes=_allowed, protocols=_PROTOCOLS)
    # Entities become what they stand for, so that a backslash is seen whatever it was written as.
    return _LINKING.sub("", _ENTITY.sub(lambda entity: html.escape(html.unescape(entity[0])), cleaned))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return tag in ("div", "span") and _HIGHLIGHTED.fullmatch(value) is not None
    return name == "title" or ((tag, name) == ("a", "href") and _LEADS_OUT.match(value) is not None)


class _Renderer(IPythonRenderer):
    """nbconvert's, without files that are attached: an answer has none, and asking for one would end the page."""

    def _embed_image_or_attachment(self, src: str) -> str:
        return src


@cache
def _exporter() -> HTMLExporter:
    return HTMLExporter()
