"""A forbidden function is seen under every name, and nothing else is."""

import functools
import sys
import threading
from math import exp

import numpy as np
import pytest
import scipy.special
import torch
from scipy.special import softmax as gentle_name
from torch.nn import functional

import selfattn_ref
from selfattn_check.ready_made import watch_calls
from selfattn_ref import weights

FORBIDDEN = (
    "scipy.special.softmax",
    "torch.softmax",
    "torch.nn.functional.scaled_dot_product_attention",
    "torch.nn.MultiheadAttention",
    "selfattn_ref.*",
)
A = np.ones((2, 3))
T = torch.ones(2, 3)
ATTENTION = torch.nn.MultiheadAttention(4, 1)
X = torch.ones(1, 2, 4)


def seen_in(action, forbidden=FORBIDDEN):
    with watch_calls(forbidden) as seen:
        action()
    return seen


SCIPY = {
    "plain": lambda: scipy.special.softmax(A),
    "other name": lambda: gentle_name(A, axis=-1),
    "getattr": lambda: getattr(scipy.special, "soft" + "max")(A),
    "partial": functools.partial(scipy.special.softmax, A),
    "map": lambda: list(map(scipy.special.softmax, [A])),
    "along axis": lambda: np.apply_along_axis(scipy.special.softmax, -1, A),
    "import inside": lambda: __import__("scipy.special").special.softmax(A),
}
TORCH = {
    "plain": lambda: torch.softmax(T, -1),
    "method": lambda: T.softmax(-1),
    "functional": lambda: functional.softmax(T, dim=-1),
    "special": lambda: torch.special.softmax(T, -1),
    "module": lambda: torch.nn.Softmax(-1)(T),
    "partial": functools.partial(torch.softmax, T, -1),
    "map": lambda: list(map(torch.Tensor.softmax, [T], [-1])),
    "getattr": lambda: getattr(T, "softmax")(-1),  # noqa: B009
    "operator": lambda: torch.ops.aten.softmax(T, -1),
    "variant of an operator": lambda: torch.ops.aten.softmax.int(T, -1),
    "inner operator": lambda: torch.ops.aten._softmax(T, -1, False),
}
REFERENCE = {
    "masked_softmax": lambda: selfattn_ref.masked_softmax(A),
    "softmax": lambda: weights.softmax(A),
    "causal_mask": lambda: getattr(selfattn_ref, "causal_mask")(3),  # noqa: B009
}


@pytest.mark.parametrize("action", SCIPY.values(), ids=SCIPY)
def test_python_function_is_seen(action):
    assert seen_in(action) == ["scipy.special.softmax"]


@pytest.mark.parametrize("action", TORCH.values(), ids=TORCH)
def test_c_function_is_seen(action):
    assert seen_in(action) == ["torch.softmax"]


@pytest.mark.parametrize(
    "action",
    [
        lambda: functional.scaled_dot_product_attention(X, X, X),
        functools.partial(functional.scaled_dot_product_attention, X, X, X),
        lambda: torch._C._nn.scaled_dot_product_attention(X, X, X),
        lambda: torch.ops.aten.scaled_dot_product_attention.default(X, X, X),
    ],
)
def test_attention_of_torch_is_seen(action):
    assert seen_in(action) == ["torch.nn.functional.scaled_dot_product_attention"]


@pytest.mark.parametrize("action", [lambda: torch.nn.MultiheadAttention(4, 1), lambda: ATTENTION(X, X, X)])
def test_class_is_seen_when_made_or_run(action):
    assert seen_in(action)[0] == "torch.nn.MultiheadAttention"


@pytest.mark.parametrize(("name", "action"), REFERENCE.items(), ids=REFERENCE)
def test_whole_package_is_seen_but_not_what_it_calls_itself(name, action):
    assert seen_in(action) == [f"selfattn_ref.{name}"]


def test_two_functions_of_one_name_are_told_apart():
    forbidden = ("torch.softmax", "scipy.special.softmax")
    assert seen_in(lambda: (T.softmax(-1), scipy.special.softmax(A)), forbidden) == list(forbidden)


def test_call_in_a_thread_is_seen():
    def action():
        thread = threading.Thread(target=scipy.special.softmax, args=(A,))
        thread.start()
        thread.join()

    assert seen_in(action) == ["scipy.special.softmax"]


def test_own_function_of_the_same_name_is_free():
    def softmax(x):
        return [exp(each) for each in x]

    class MultiheadAttention:
        def __init__(self):
            self.forward()

        def forward(self):
            softmax([1.0])

    assert seen_in(MultiheadAttention) == []


def test_plain_operations_are_free():
    exponents = torch.exp(T - T.amax(-1, keepdim=True))
    assert seen_in(lambda: exponents / exponents.sum(-1, keepdim=True) @ X[0, :1].repeat(3, 1)) == []
    assert seen_in(lambda: np.einsum("ij,kj->ik", np.exp(A), A)) == []
    assert seen_in(lambda: scipy.special.logsumexp(A)) == []


def test_hooks_are_given_back_even_after_an_exception():
    before = sys.getprofile(), threading.getprofile()
    during = []

    def action():
        during.append(sys.getprofile())
        1 / 0  # noqa: B018

    with pytest.raises(ZeroDivisionError):
        seen_in(action)
    assert during != [before[0]]
    assert (sys.getprofile(), threading.getprofile()) == before


def test_without_forbidden_functions_nothing_is_watched():
    with watch_calls(()) as seen:
        assert sys.getprofile() is None
        scipy.special.softmax(A)
    assert seen == []


def test_switching_the_watch_off_is_seen():
    def action():
        hook = sys.getprofile()
        sys.setprofile(None)
        scipy.special.softmax(A)
        sys.setprofile(hook)

    assert seen_in(action) == ["sys.setprofile"]
