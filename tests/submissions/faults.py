"""Faults: what learners hand in without meaning harm (rows 1 to 20 and 45 of the acceptance table)."""

import json
from pathlib import Path

from tests.submissions.case import Case, Notebook, answer, cell, edit

RIGHT = """
def causal_mask(q_len, k_len=None):
    k_len = q_len if k_len is None else k_len
    {line}
    return np.arange(k_len) <= np.arange(k_len - q_len, k_len)[:, None]
"""
RELEASED = Path(__file__).resolve().parents[2] / "notebooks" / "03a-attention" / "03a-attention.ipynb"
STUB = "".join(cell(json.loads(RELEASED.read_text(encoding="utf-8")), "causal_mask-answer")["source"])
CELL = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}


def right(row: int, name: str, line: str) -> Case:
    """A right answer with something odd in it."""
    return answer(row, name, RIGHT.format(line=line), right=True)


def every(notebook: Notebook, **changes: object) -> None:
    for each in notebook["cells"]:
        each.update(changes)


def schema(notebook: Notebook, version: object) -> None:
    for each in notebook["cells"]:
        if "nbgrader" in each["metadata"]:
            each["metadata"]["nbgrader"]["schema_version"] = version


def without_ids(notebook: Notebook) -> None:
    for each in notebook["cells"]:
        del each["id"]
        each["metadata"] = {}


def remove(notebook: Notebook, *ids: str) -> None:
    notebook["cells"] = [each for each in notebook["cells"] if each.get("id") not in ids]


def answers_as(notebook: Notebook, cell_type: str) -> None:
    for each in notebook["cells"]:
        if each["id"].endswith("-answer"):
            each["cell_type"] = cell_type


def moved(notebook: Notebook) -> None:
    source = cell(notebook, "causal_mask-answer")["source"]
    cell(notebook, "causal_mask-answer")["source"] = "# moved down"
    notebook["cells"].append({**CELL, "id": "own", "source": source})


def swapped(notebook: Notebook) -> None:
    one, other = cell(notebook, "causal_mask-answer"), cell(notebook, "padding_mask-answer")
    one["source"], other["source"] = other["source"], one["source"]


def encoded(notebook: Notebook) -> bytes:
    return json.dumps(notebook).encode()


NAMED = ("matched-by-name",) * 7

FAULTS = [
    Case(
        1,
        "duplicated-answer",
        edit(lambda n: n["cells"].append(cell(n, "causal_mask-answer"))),
        flags=("duplicate-cell",),
    ),
    Case(
        1,
        "duplicated-stub",
        edit(lambda n: n["cells"].append({**cell(n, "causal_mask-answer"), "source": STUB})),
        flags=("duplicate-cell",),
    ),
    Case(1, "duplicated-check", edit(lambda n: n["cells"].append(cell(n, "causal_mask-check-values")))),
    Case(1, "every-cell-twice", edit(lambda n: n["cells"].extend(n["cells"][:])), flags=("duplicate-cell",) * 7),
    Case(2, "check-deleted", edit(lambda n: remove(n, "causal_mask-check-values"))),
    Case(
        2, "all-locked-cells-deleted", edit(lambda n: n.update(cells=[c for c in n["cells"] if "-answer" in c["id"]]))
    ),
    Case(2, "check-edited", edit(lambda n: cell(n, "causal_mask-check-values").update(source="print('fine')"))),
    Case(
        2,
        "answer-deleted",
        edit(lambda n: remove(n, "causal_mask-answer")),
        frozenset({"causal_mask"}),
        flags=("answer-missing",),
        findings=("answer-missing",),
    ),
    Case(3, "metadata-stripped", edit(lambda n: every(n, metadata={}))),
    Case(3, "metadata-and-ids-stripped", edit(without_ids), flags=(*NAMED, "own-cells")),
    Case(3, "answer-moved-to-an-own-cell", edit(moved), flags=("matched-by-name",)),
    Case(3, "metadata-of-other-types", edit(lambda n: every(n, metadata=[]))),
    Case(4, "answers-as-markdown", edit(lambda n: answers_as(n, "markdown")), flags=("cell-type-changed",) * 7),
    Case(4, "answers-as-raw", edit(lambda n: answers_as(n, "raw")), flags=("cell-type-changed",) * 7),
    Case(5, "schema-1", edit(lambda n: schema(n, 1)), flags=("old-metadata",)),
    Case(5, "schema-99", edit(lambda n: schema(n, 99)), flags=("old-metadata",)),
    Case(5, "schema-not-a-number", edit(lambda n: schema(n, {"a": 1}))),
    Case(6, "renamed-copy", lambda n: n, flags=("renamed",), file="03a-attention (1).ipynb"),
    Case(6, "renamed-capitals", lambda n: n, flags=("renamed",), file="03A-ATTENTION.ipynb"),
    Case(6, "renamed-freely", lambda n: n, flags=("renamed",), file="my homework final.ipynb"),
    Case(6, "renamed-no-notebook", lambda n: n, status="unreadable", flags=("unreadable",), file="03a-attention.txt"),
    Case(7, "empty-file", lambda n: b"", status="unreadable", flags=("unreadable",)),
    Case(7, "truncated", lambda n: encoded(n)[:9_000], status="unreadable", flags=("unreadable",)),
    Case(7, "web-page", lambda n: b"<!DOCTYPE html><html></html>", status="unreadable", flags=("unreadable",)),
    Case(7, "format-3", edit(lambda n: n.update(nbformat=3)), status="unreadable", flags=("unreadable",)),
    Case(7, "no-cells", edit(lambda n: n.update(cells=[])), status="unreadable", flags=("unreadable",)),
    Case(
        7,
        "another-notebook",
        edit(lambda n: n.update(cells=[{**CELL, "id": "a", "source": "x = 1"}])),
        status="unreadable",
        flags=("unreadable",),
    ),
    Case(
        7,
        "other-encoding",
        lambda n: encoded(n).decode().encode("utf-16-le")[:-1],
        status="unreadable",
        flags=("unreadable",),
    ),
    Case(8, "unknown-kernel", edit(lambda n: n["metadata"].update(kernelspec={"name": "julia", "display_name": "J"}))),
    Case(8, "no-kernel", edit(lambda n: n.update(metadata={}))),
    right(9, "null-byte-printed", r"print('\0' * 100)"),
    right(9, "surrogate-printed", r"print('\ud800')"),
    answer(10, "asks-for-input", RIGHT.format(line="input('size? ')"), "raises"),
    answer(10, "asks-while-loading", "size = input()\n" + RIGHT.format(line="pass"), "raises"),
    answer(11, "loops", "def causal_mask(q_len, k_len=None):\n    while True: pass", "times-out"),
    answer(11, "loops-while-loading", "while True: pass", "raises"),
    answer(
        12,
        "ignores-interrupts",
        RIGHT.format(line="import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"),
        "times-out",
    ),
    answer(
        12,
        "catches-everything",
        "def causal_mask(q_len, k_len=None):\n    while True:\n        try:\n"
        "            __import__('time').sleep(1)\n        except BaseException: pass",
        "times-out",
    ),
    answer(13, "hard-exit", RIGHT.format(line="__import__('os')._exit(0)"), "exits"),
    answer(13, "hard-exit-while-loading", "import os; os._exit(0)", "raises"),
    answer(14, "system-exit", RIGHT.format(line="raise SystemExit"), "exits"),
    answer(14, "exit", RIGHT.format(line="exit()"), "exits"),
    answer(14, "exit-while-loading", "quit()", "raises"),
    answer(15, "too-large-an-array", RIGHT.format(line="np.ones(10**13)"), "raises"),
    right(18, "long-line", "print('x' * 30_000_000)"),
    right(18, "many-lines", "print('x\\n' * 300_000)"),
    right(19, "warns", "import warnings; warnings.warn('careful')"),
    right(19, "logs", "import logging; logging.warning('careful')"),
    right(19, "writes-to-stderr", "import sys; sys.stderr.write('careful')"),
    right(20, "changes-directory", "import os; os.chdir('/')"),
    right(20, "deletes-its-own-files", "import os; open('a', 'w').close(); os.unlink('a')"),
    right(20, "changes-error-handling", "np.seterr(all='raise')"),
    answer(7, "syntax-error", "def causal_mask(q_len:", "raises"),
    answer(7, "indentation-error", "  def causal_mask(q_len):\n return 1", "raises"),
    answer(7, "other-name", "def my_mask(q_len, k_len=None): pass", "not-a-function"),
    answer(7, "not-a-function", "causal_mask = 3", "not-a-function"),
    answer(7, "other-parameters", "def causal_mask(): pass", "wrong-signature"),
    answer(7, "recursion", "def causal_mask(q_len, k_len=None): return causal_mask(q_len)", "raises"),
    answer(7, "with-magic-lines", "%matplotlib inline\n!ls\nnp?" + RIGHT.format(line="pass"), right=True),
    Case(3, "swapped-answers", edit(swapped), flags=()),
    Case(45, "folder-without-files", lambda n: None, status="not-submitted"),
]
