"""Every argument of every public function, spoiled: the error names it, says what came and what is needed."""

import inspect

import numpy as np
import pytest
import torch

import selfattn_ref


def floats(*shape):
    return np.linspace(-1.0, 1.0, int(np.prod(shape))).reshape(shape)


def allowed(*shape):
    return np.ones(shape, bool)


def params(**changed):
    return {name: floats(6, 6) for name in ("w_q", "w_k", "w_v", "w_o")} | changed


BIASES = {name: floats(6) for name in ("b_q", "b_k", "b_v", "b_o")}
ATTENTION = {
    "q": floats(2, 5, 4),
    "k": floats(2, 7, 4),
    "v": floats(2, 7, 11),
    "mask": allowed(5, 7),
    "bias": floats(5, 7),
}
GOOD = {
    "softmax": {"x": floats(3, 5), "axis": 0},
    "masked_softmax": {"scores": floats(3, 5), "mask": allowed(3, 5)},
    "project_qkv": {"x": floats(5, 6), "w_q": floats(6, 4), "w_k": floats(6, 4), "w_v": floats(6, 11)},
    "attention_scores": {"q": floats(2, 5, 4), "k": floats(2, 7, 4), "scale": 0.5, "softcap": 3},
    "scaled_dot_product_attention": ATTENTION | {"scale": 0.5, "softcap": 3},
    "causal_mask": {"q_len": 3, "k_len": 5, "offset": 2},
    "padding_mask": {"lengths": np.array([2, 0, 7]), "max_len": 7},
    "sliding_window_mask": {"q_len": 3, "k_len": 5, "window": 2},
    "convert_mask": {"mask": allowed(3, 5), "to": "hidden"},
    "split_heads": {"x": floats(2, 5, 6), "num_heads": 3},
    "merge_heads": {"x": floats(2, 3, 5, 4)},
    "multi_head_attention": {
        "x": floats(2, 5, 6), "params": params(**BIASES), "num_heads": 3, "mask": allowed(2, 1, 5),
    },
    "cross_attention": {
        "x": floats(2, 5, 6), "context": floats(2, 7, 6), "params": params(), "num_heads": 3, "mask": allowed(2, 1, 7),
    },
    "attention_cost": {"seq_len": 3, "d_model": 8, "num_heads": 2},
}  # fmt: skip
MAY_BE_NONE = {"mask", "bias", "scale", "softcap", "k_len", "offset"}

FLOATS = ("x", "scores", "q", "k", "v", "w_q", "w_k", "w_v", "context", "bias")
INTEGERS = ("axis", "q_len", "k_len", "offset", "max_len", "window", "num_heads", "seq_len", "d_model")
NO_ARRAYS = [([[0.5, 0.5]], "list"), (torch.ones(3, 5), "torch.Tensor"), ("words", "str"), (0.5, "float")]
NO_INTEGERS = [(2.0, "float"), ("2", "str"), (True, "bool"), (np.array(2), "int64 array")]
NO_NUMBERS = [("1", "str"), (True, "bool"), (np.array(0.5), "float64 array"), (1j, "complex")]
WRONG_KINDS = {
    **{name: [*NO_ARRAYS, (np.ones((3, 5), int), "int64 array"), (allowed(3, 5), "bool array")] for name in FLOATS},
    **dict.fromkeys(INTEGERS, NO_INTEGERS),
    **dict.fromkeys(("scale", "softcap"), NO_NUMBERS),
    "mask": [*NO_ARRAYS, (floats(5, 7), "float64 array"), (np.ones((5, 7), int), "int64 array"), (True, "bool")],
    "lengths": [*NO_ARRAYS, (floats(3), "float64 array"), (allowed(3), "bool array")],
    "params": [([floats(6, 6)], "list"), (floats(6, 6), "float64 array"), ("w_q", "str")],
    "to": [(1, "int"), (bool, "type")],
}

WRONG_VALUES = [
    ("softmax", {"x": np.array(1.0)}, ["x must have shape (..., n)", "shape ()"]),
    ("softmax", {"axis": 2}, ["axis must be below the number of axes of x, 2", "got 2"]),
    ("softmax", {"axis": -3}, ["axis must be at least -2", "got -3"]),
    ("softmax", {"x": np.full((3, 5), -np.inf)}, ["x must hold an entry above -inf", "slice"]),
    ("softmax", {"x": floats(0, 5)}, ["x must hold an entry above -inf", "slice"]),
    ("masked_softmax", {"scores": np.array(1.0)}, ["scores must have shape (..., k_len)", "shape ()"]),
    ("masked_softmax", {"mask": allowed(5, 3)}, ["mask must be broadcastable", "(3, 5)", "shape (5, 3)"]),
    ("masked_softmax", {"mask": allowed(2, 3, 5)}, ["mask must be broadcastable", "(3, 5)", "shape (2, 3, 5)"]),
    ("masked_softmax", {"scores": floats(1, 5)}, ["mask must be broadcastable", "(1, 5)", "shape (3, 5)"]),
    ("project_qkv", {"x": floats(6)}, ["x must have shape (..., seq_len, d_model)", "shape (6,)"]),
    ("project_qkv", {"w_q": floats(5, 4)}, ["w_q must have d_model rows", "x (5, 6)", "w_q (5, 4)"]),
    ("project_qkv", {"w_k": floats(2, 6, 4)}, ["w_k must have shape (d_model, d_k)", "shape (2, 6, 4)"]),
    ("project_qkv", {"w_v": floats(11, 6)}, ["w_v must have d_model rows", "x (5, 6)", "w_v (11, 6)"]),
    ("attention_scores", {"q": floats(4)}, ["q must have shape (..., q_len, head_dim)", "shape (4,)"]),
    ("attention_scores", {"k": floats(4)}, ["k must have shape (..., k_len, head_dim)", "shape (4,)"]),
    ("attention_scores", {"k": floats(2, 7, 3)}, ["k must have as many features", "(2, 5, 4)", "(2, 7, 3)"]),
    ("attention_scores", {"k": floats(3, 7, 4)}, ["q, k must have leading axes that broadcast", "(3, 7, 4)"]),
    ("attention_scores", {"q": floats(5, 0), "k": floats(7, 0)}, ["q must have at least one feature", "shape (5, 0)"]),
    ("attention_scores", {"scale": np.nan}, ["scale must be finite", "nan"]),
    ("attention_scores", {"softcap": 0}, ["softcap must be positive", "got 0"]),
    ("scaled_dot_product_attention", {"q": floats(2, 5, 3)}, ["k must have as many features", "q (2, 5, 3)"]),
    ("scaled_dot_product_attention", {"k": floats(2, 6, 4)}, ["v must have as many rows", "(2, 6, 4)", "(2, 7, 11)"]),
    ("scaled_dot_product_attention", {"v": floats(7)}, ["v must have shape (..., k_len, value_dim)", "shape (7,)"]),
    ("scaled_dot_product_attention", {"v": floats(3, 7, 11)}, ["q, k, v must have leading axes", "v (3, 7, 11)"]),
    ("scaled_dot_product_attention", {"mask": allowed(7, 5)}, ["mask must be broadcastable", "(2, 5, 7)", "(7, 5)"]),
    ("scaled_dot_product_attention", {"mask": allowed(1, 2, 5, 7)}, ["mask must be broadcastable", "(1, 2, 5, 7)"]),
    ("scaled_dot_product_attention", {"bias": floats(3, 5, 7)}, ["bias must be broadcastable", "(3, 5, 7)"]),
    ("scaled_dot_product_attention", {"scale": np.inf}, ["scale must be finite", "inf"]),
    ("scaled_dot_product_attention", {"softcap": -1.0}, ["softcap must be positive", "-1.0"]),
    ("causal_mask", {"q_len": 0, "offset": None}, ["q_len must be at least 1", "got 0"]),
    ("causal_mask", {"k_len": 2, "offset": None}, ["k_len must be at least q_len", "q_len=3, k_len=2"]),
    ("causal_mask", {"k_len": -1}, ["k_len must be at least 0", "got -1"]),
    ("padding_mask", {"lengths": np.array([[2, 3]])}, ["lengths must have shape (batch,)", "shape (1, 2)"]),
    ("padding_mask", {"lengths": np.array([2, 8])}, ["lengths must lie between 0 and max_len=7", "[8]"]),
    ("padding_mask", {"lengths": np.array([-1, 2])}, ["lengths must lie between 0 and max_len=7", "[-1]"]),
    ("padding_mask", {"max_len": -1}, ["max_len must be at least 0", "got -1"]),
    ("sliding_window_mask", {"q_len": 0}, ["q_len must be at least 1", "got 0"]),
    ("sliding_window_mask", {"k_len": 2}, ["k_len must be at least q_len", "q_len=3, k_len=2"]),
    ("sliding_window_mask", {"window": 0}, ["window must be at least 1", "got 0"]),
    ("convert_mask", {"mask": np.array(True)}, ["mask must have shape (..., k_len)", "shape ()"]),
    ("convert_mask", {"mask": np.array([0.0, -1e9])}, ["mask must hold only 0 and -inf", "-1000000000.0"]),
    ("convert_mask", {"mask": np.array([0.0, np.nan])}, ["mask must hold only 0 and -inf", "nan"]),
    ("convert_mask", {"to": "torch"}, ["to must be one of attend, hidden, additive", "'torch'"]),
    ("split_heads", {"x": floats(6)}, ["x must have shape (..., seq_len, d_model)", "shape (6,)"]),
    ("split_heads", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    ("split_heads", {"num_heads": 0}, ["num_heads must be at least 1", "got 0"]),
    ("merge_heads", {"x": floats(5, 4)}, ["x must have shape (..., num_heads, seq_len, head_dim)", "shape (5, 4)"]),
    ("multi_head_attention", {"x": floats(6)}, ["x must have shape", "shape (6,)"]),
    ("multi_head_attention", {"x": floats(2, 5, 9)}, ["params['w_q'] must have shape (9, 9)", "shape (6, 6)"]),
    ("multi_head_attention", {"params": params(w_o=floats(6, 5))}, ["params['w_o'] must have shape (6, 6)", "(6, 5)"]),
    ("multi_head_attention", {"params": params(w_o=floats(6))}, ["params['w_o'] must have shape", "shape (6,)"]),
    ("multi_head_attention", {"params": params(b_q=floats(6))}, ["params must hold all or none", "no b_k, b_v, b_o"]),
    ("multi_head_attention", {"params": params(bias=floats(6))}, ["params must hold no names but", "'bias'"]),
    ("multi_head_attention", {"params": {"w_q": floats(6, 6)}}, ["params must hold w_q", "no w_k, w_v, w_o"]),
    ("multi_head_attention", {"params": params(**BIASES | {"b_v": floats(5)})}, ["params['b_v'] must have shape (6,)"]),
    ("multi_head_attention", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    ("multi_head_attention", {"mask": allowed(3, 5, 5)}, ["mask must be broadcastable", "(2, 5, 5)", "(3, 5, 5)"]),
    ("multi_head_attention", {"mask": allowed(2, 3, 5, 5)}, ["mask must be broadcastable", "(2, 3, 5, 5)"]),
    ("cross_attention", {"x": floats(6)}, ["x must have shape (..., q_len, d_model)", "shape (6,)"]),
    ("cross_attention", {"context": floats(6)}, ["context must have shape (..., k_len, d_context)", "shape (6,)"]),
    ("cross_attention", {"context": floats(3, 7, 6)}, ["x, context must have leading axes", "context (3, 7, 6)"]),
    ("cross_attention", {"context": floats(2, 7, 9)}, ["params['w_k'] must have shape (9, 6)", "shape (6, 6)"]),
    ("cross_attention", {"params": {}}, ["params must hold w_q, w_k, w_v, w_o", "no w_q, w_k, w_v, w_o"]),
    ("cross_attention", {"num_heads": -2}, ["num_heads must be at least 1", "got -2"]),
    ("cross_attention", {"mask": allowed(2, 5, 6)}, ["mask must be broadcastable", "(2, 5, 7)", "(2, 5, 6)"]),
    ("attention_cost", {"seq_len": 0}, ["seq_len must be at least 1", "got 0"]),
    ("attention_cost", {"d_model": 0}, ["d_model must be at least 1", "got 0"]),
    ("attention_cost", {"num_heads": 3}, ["num_heads must divide d_model", "num_heads=3, d_model=8"]),
]

WRONG_TYPES = [
    pytest.param(name, argument, value, kind, id=f"{name}-{argument}-{kind}")
    for name, good in GOOD.items()
    for argument in good
    for value, kind in [*WRONG_KINDS[argument], *([] if argument in MAY_BE_NONE else [(None, "None")])]
    if (name, kind) != ("convert_mask", "float64 array")  # there floats are an additive mask
]


@pytest.mark.parametrize("name", selfattn_ref.__all__)
def test_good_input_names_every_argument_and_is_accepted(name):
    function = getattr(selfattn_ref, name)
    assert set(GOOD[name]) == set(inspect.signature(function).parameters)
    function(**GOOD[name])


@pytest.mark.parametrize(("name", "argument", "value", "kind"), WRONG_TYPES)
def test_wrong_type_is_a_type_error_that_names_the_argument_and_what_came(name, argument, value, kind):
    with pytest.raises(TypeError) as raised:
        getattr(selfattn_ref, name)(**GOOD[name] | {argument: value})
    message = str(raised.value)
    assert message.startswith(f"{argument} must be ")
    assert message.endswith(f", got {kind}")


@pytest.mark.parametrize(("name", "changed", "parts"), WRONG_VALUES)
def test_wrong_value_is_a_value_error_that_says_what_came_and_what_is_needed(name, changed, parts):
    with pytest.raises(ValueError, match=r" must .*, got ") as raised:
        getattr(selfattn_ref, name)(**GOOD[name] | changed)
    message = str(raised.value)
    assert message.startswith(parts[0])
    assert all(part in message for part in parts), message


@pytest.mark.parametrize("name", ["multi_head_attention", "cross_attention"])
@pytest.mark.parametrize("value", [None, [[1.0]], np.ones((6, 6), int), torch.ones(6, 6)])
def test_wrong_type_of_a_parameter_names_the_parameter(name, value):
    with pytest.raises(TypeError, match=r"params\['w_v'\] must be a NumPy array of floats, got "):
        getattr(selfattn_ref, name)(**GOOD[name] | {"params": params(w_v=value)})


def test_convert_mask_wrong_type_says_that_floats_are_welcome_too():
    with pytest.raises(TypeError, match="mask must be a NumPy array of booleans or floats, got list"):
        selfattn_ref.convert_mask([True, False], "hidden")


def test_wrong_values_table_covers_every_public_function():
    assert {name for name, _, _ in WRONG_VALUES} == set(selfattn_ref.__all__)
