"""PyTorch is imported when one of its names is touched, not before."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import selfattn_ref
from selfattn_ref import TORCH_NAMES

ROOT = Path(__file__).resolve().parents[2]
NUMPY_NAMES = sorted(set(selfattn_ref.__all__) - set(TORCH_NAMES))


def torch_is_loaded_after(code):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import selfattn_ref; {code}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def test_numpy_names_and_the_list_of_names_do_without_torch():
    assert not torch_is_loaded_after(f"[getattr(selfattn_ref, name) for name in {NUMPY_NAMES}]; dir(selfattn_ref)")


def test_torch_name_imports_torch():
    assert torch_is_loaded_after("selfattn_ref.MultiHeadAttention")


@pytest.mark.parametrize("name", TORCH_NAMES)
def test_torch_name_is_public_listed_and_found_where_the_table_says(name):
    value = getattr(selfattn_ref, name)
    assert value.__module__ == f"selfattn_ref.{TORCH_NAMES[name]}"
    assert name in selfattn_ref.__all__
    assert name in dir(selfattn_ref)
    assert vars(selfattn_ref)[name] is value  # the second time without __getattr__


def test_torch_names_are_the_ones_that_mypy_sees():
    tree = ast.parse((ROOT / "selfattn_ref" / "__init__.py").read_text(encoding="utf-8"))
    seen = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imports = {
        alias.name: str(node.module).removeprefix("selfattn_ref.")
        for node in seen.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert imports == TORCH_NAMES


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'selfattn_ref' has no attribute 'MultiheadAttention'"):
        selfattn_ref.MultiheadAttention  # noqa: B018
