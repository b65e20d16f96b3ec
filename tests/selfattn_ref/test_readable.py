"""A newcomer can read the reference top to bottom: everything public explains itself, and no file is long."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

import pytest

import selfattn_ref

FOLDER = Path(selfattn_ref.__file__).parent
LONGEST = 300  # lines
SECTION = re.compile(r"^(Args|Attributes|Returns|Raises):$", re.MULTILINE)
ENTRY = re.compile(r"^ {4}(\w+(?:, \w+)*):", re.MULTILINE)
OF_NUMBERS = re.compile(r"^(?!.*(?:Callable|Mapping)).*(Array|Tensor)")
AS_FORWARD = re.compile(r"`forward`.*arguments and errors as there|arguments and errors as for `forward`", re.DOTALL)
SHAPE = re.compile(r"\([^)]*\)|floats of any shape|floats with .* axis|as (for|in) `")


def sections(doc):
    """Headings of a docstring in Google style and the indented lines below each."""
    parts = SECTION.split(doc)
    return {name: re.split(r"\n\n(?=\S)", text)[0] for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def entries(text):
    """name → what stands behind it, from the lines of a section."""
    parts = ENTRY.split(text)
    return {name: body for names, body in zip(parts[1::2], parts[2::2], strict=True) for name in names.split(", ")}


def parameters(function):
    return [p for name, p in inspect.signature(function).parameters.items() if name not in {"self", "args", "kwargs"}]


def gaps_in_function(function):
    """What the docstring of a function or method leaves out, or says of arguments that do not exist."""
    doc = inspect.getdoc(function) or ""
    found = sections(doc)
    described = entries(found.get("Args", ""))
    wanted = {parameter.name: parameter for parameter in parameters(function)}
    gaps = [f"no {name} in Args" for name in wanted if name not in described]
    gaps += [f"Args names {name}, which is no parameter" for name in described if name not in wanted]
    gaps += [
        f"no shape for {name}"
        for name, parameter in wanted.items()
        if OF_NUMBERS.search(str(parameter.annotation)) and not SHAPE.search(described.get(name, "()"))
    ]
    if str(inspect.signature(function).return_annotation) != "None" and "Returns" not in found:
        gaps.append("no Returns")
    if wanted and "Raises" not in found:
        gaps.append("no Raises")
    return gaps


def gaps_in_class(kind):
    """What the docstrings of a class and its public methods leave out; the class's has the constructor's arguments."""
    described = entries(sections(inspect.getdoc(kind) or "").get("Args", ""))
    own = "__init__" in vars(kind)
    gaps = [f"no {parameter.name} in Args" for parameter in parameters(kind) if own and parameter.name not in described]
    for name, member in vars(kind).items():
        if AS_FORWARD.search(inspect.getdoc(member) or ""):
            assert parameters(member) == parameters(vars(kind)["forward"])
        elif not name.startswith("_") and inspect.isfunction(member):
            gaps += [f"{name}: {gap}" for gap in gaps_in_function(member)]
        elif not name.startswith("_") and not inspect.getdoc(member):
            gaps.append(f"{name}: no docstring")
    return gaps


def gaps(thing):
    """Everything that a reader of its docstring would miss."""
    doc = inspect.getdoc(thing) or ""
    found = gaps_in_class(thing) if inspect.isclass(thing) else gaps_in_function(thing)
    if not doctest.DocTestParser().get_examples(doc):
        found.append("no example that runs")
    return found


@pytest.mark.parametrize("name", selfattn_ref.__all__)
def test_public_name_is_documented(name):
    assert gaps(getattr(selfattn_ref, name)) == []


def test_public_names_are_those_that_the_modules_define():
    things = {name: getattr(selfattn_ref, name) for name in selfattn_ref.__all__}
    assert all(
        thing.__name__ == name and thing.__module__.startswith("selfattn_ref.") for name, thing in things.items()
    )
    assert set(selfattn_ref.__all__) <= set(dir(selfattn_ref))


def test_no_module_is_named_like_a_public_name():
    """Or importing the one would hide the other."""
    assert {path.stem for path in FOLDER.glob("*.py")} & set(selfattn_ref.__all__) == set()


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_file_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def half_documented(x: selfattn_ref.validation.FloatArray, size: int) -> int:
    """Do something.

    Args:
        x: floats.
        width: which does not exist.
    """


def documented(x: selfattn_ref.validation.FloatArray, size: int = 2) -> int:
    """Do something.

    Args:
        x: (n, d) floats,
            which may be negative: why not.
        size: how many.

    Returns:
        The number: of rows.

    Raises:
        TypeError: x is a list.

    >>> 1 + 1
    2
    """


class HalfDocumented:
    """Hold something.

    >>> 1 + 1
    2
    """

    def __init__(self, size: int) -> None: ...

    def grow(self, by: int) -> None:
        """Become larger."""


def test_gaps_finds_each_omission():
    assert gaps(documented) == []
    assert gaps(half_documented) == [
        "no size in Args",
        "Args names width, which is no parameter",
        "no shape for x",
        "no Returns",
        "no Raises",
        "no example that runs",
    ]
    assert gaps(HalfDocumented) == ["no size in Args", "grow: no by in Args", "grow: no Raises"]
