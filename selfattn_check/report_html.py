"""The HTML form of a report: the same lines as the text, and three small heat maps where a picture helps."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from selfattn_check.heat_map import heat_maps
from selfattn_check.report_text import headline, helps, is_unwritten, notes, printed_line, probe_line

if TYPE_CHECKING:
    from selfattn_check.report import Report

__all__ = ["as_html"]

# Inline styles: JupyterLab, Colab and static pages each drop <style> elements or scope them differently.
# Colors are readable on white and on black; text inherits the theme's own color.
_COLOR = {"passed": "#3a8f5c", "failed": "#c8553d", "errored": "#c8553d", "broken": "#8a6d1f"}
_MARK = {"passed": "✓", "failed": "✗", "errored": "✗", "broken": "!"}


def as_html(report: Report) -> str:
    """A card with the headline, the facts, the diagnosis, the next step and the picture."""
    color = _COLOR[report.state]
    body = "".join(_body(report))
    return (
        f'<div role="status" style="border-left:4px solid {color};padding:.4em .9em;margin:.3em 0;'
        'line-height:1.5;max-width:60em;overflow-x:auto">'
        f'<div><b><span style="color:{color}" aria-hidden="true">{_MARK[report.state]}</span> '
        f"{escape(headline(report))}</b>{_codes(report)}</div>{body}</div>"
    )


def _codes(report: Report) -> str:
    style = (
        "font-family:monospace;font-size:.9em;border:1px solid currentColor;"
        "border-radius:.6em;padding:0 .5em;margin-left:.5em;white-space:nowrap"
    )
    return "".join(f'<span style="{style}">{escape(diagnosis.code)}</span>' for diagnosis in report.diagnoses)


def _body(report: Report) -> Iterator[str]:
    if report.trouble:
        yield _line("", report.trouble)
        yield _line("", "This is a fault of the course, not of your code; please report it with this text.")
    for note in notes(report):
        yield _line("What happened", f"{note[0].upper()}{note[1:]}.")
    for diagnosis in helps(report):
        yield _line("Next", f"{diagnosis.help}.", f" <i>Book: {escape(diagnosis.see)}</i>")
    example = report.example
    if example is not None and not is_unwritten(report):
        fault = example.faults[0]
        yield _line("Seen" if fault.index is None else "First at", fault.fact)
        if example.call.error_line:
            yield _line("In your code", example.call.error_line, code=True)
        yield _line("", probe_line(report), small=True)
        yield heat_maps(fault)
    printed = printed_line(report)
    if printed:
        yield _line("Printed", printed, code=True)


def _line(label: str, text: str, more: str = "", *, code: bool = False, small: bool = False) -> str:
    style = "margin-top:.25em" + (";opacity:.8;font-size:.92em" if small else "")
    head = f"<b>{escape(label)}:</b> " if label else ""
    content = f"<code>{escape(text)}</code>" if code else _backticks(escape(text))
    return f'<div style="{style}">{head}{content}{more}</div>'


def _backticks(text: str) -> str:
    """Text between backticks as code."""
    parts = text.split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))
