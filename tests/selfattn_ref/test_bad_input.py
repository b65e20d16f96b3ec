"""Every argument of every public function, spoiled: the error names it, says what came and what is needed."""

import inspect
from copy import deepcopy

import numpy as np
import pytest
import torch

import selfattn_ref
from tests.selfattn_ref.arguments import GOOD, WRONG_KINDS, WRONG_VALUES
from tests.selfattn_ref.arguments.values import params

TAKES_ANY_VALUE = {"double", "errata_quiz", "worked_example"}  # nothing but the type can be wrong


def needs_a_value(name, argument):
    return inspect.signature(getattr(selfattn_ref, name)).parameters[argument].default is not None


WRONG_TYPES = [
    pytest.param(name, argument, value, kind, id=f"{name}-{argument}-{kind}")
    for (name, argument), wrong in WRONG_KINDS.items()
    for value, kind in [*wrong, *([(None, "None")] if needs_a_value(name, argument) else [])]
    if (name, kind) != ("convert_mask", "float64 array")  # there floats are an additive mask
]


@pytest.mark.parametrize("name", selfattn_ref.__all__)
def test_good_input_names_every_argument_and_is_accepted(name):
    function = getattr(selfattn_ref, name)
    assert set(GOOD[name]) == set(inspect.signature(function).parameters)
    function(**deepcopy(GOOD[name]))


@pytest.mark.parametrize(("name", "argument", "value", "kind"), WRONG_TYPES)
def test_wrong_type_is_a_type_error_that_names_the_argument_and_what_came(name, argument, value, kind):
    with pytest.raises(TypeError) as raised:
        getattr(selfattn_ref, name)(**deepcopy(GOOD[name]) | {argument: value})
    message = str(raised.value)
    assert message.startswith(f"{argument} must be ")
    assert message.endswith(f", got {kind}")


@pytest.mark.parametrize(("name", "changed", "parts"), WRONG_VALUES)
def test_wrong_value_is_a_value_error_that_says_what_came_and_what_is_needed(name, changed, parts):
    with pytest.raises(ValueError, match=r" must .*, got ") as raised:
        getattr(selfattn_ref, name)(**deepcopy(GOOD[name]) | changed)
    message = str(raised.value)
    assert message.startswith(parts[0])
    assert all(part in message for part in parts), message


@pytest.mark.parametrize("name", ["multi_head_attention", "cross_attention", "multi_head_attention_backward"])
@pytest.mark.parametrize("value", [None, [[1.0]], np.ones((6, 6), int), torch.ones(6, 6)])
def test_wrong_type_of_a_parameter_names_the_parameter(name, value):
    with pytest.raises(TypeError, match=r"params\['w_v'\] must be a NumPy array of floats, got "):
        getattr(selfattn_ref, name)(**deepcopy(GOOD[name]) | {"params": params(w_v=value)})


def test_convert_mask_wrong_type_says_that_floats_are_welcome_too():
    with pytest.raises(TypeError, match="mask must be a NumPy array of booleans or floats, got list"):
        selfattn_ref.convert_mask([True, False], "hidden")


def test_wrong_values_table_covers_every_function_with_arguments():
    with_arguments = {name for name in selfattn_ref.__all__ if GOOD[name]}
    assert {name for name, _, _ in WRONG_VALUES} == with_arguments - TAKES_ANY_VALUE
