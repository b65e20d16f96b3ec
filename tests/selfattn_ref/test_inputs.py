"""The promises about arrays: any layout is read, the dtype is kept, nothing is modified, nothing is shared."""

import numpy as np
import pytest

import selfattn_ref

PARAM_NAMES = ("w_q", "w_k", "w_v", "w_o")
FLOATS = {
    "softmax": {"x": (3, 5)},
    "masked_softmax": {"scores": (3, 5), "mask": (3, 5)},
    "project_qkv": {"x": (2, 5, 6), "w_q": (6, 4), "w_k": (6, 4), "w_v": (6, 11)},
    "attention_scores": {"q": (2, 5, 4), "k": (2, 7, 4)},
    "scaled_dot_product_attention": {
        "q": (2, 5, 4), "k": (2, 7, 4), "v": (2, 7, 11), "mask": (5, 7), "bias": (2, 5, 7),
    },
    "split_heads": {"x": (2, 5, 6)},
    "merge_heads": {"x": (2, 3, 5, 4)},
    "multi_head_attention": {"x": (2, 5, 6), "params": (6, 6), "mask": (2, 1, 5)},
    "cross_attention": {"x": (2, 5, 6), "context": (2, 7, 6), "params": (6, 6), "mask": (2, 1, 7)},
}  # fmt: skip
NO_FLOATS = {"attention_cost", "causal_mask", "convert_mask", "padding_mask", "sliding_window_mask"}
HEADS = {"split_heads", "multi_head_attention", "cross_attention"}


def plain(array):
    return array


def read_only(array):
    array.flags.writeable = False
    return array


def strided(array):
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def reversed_in_memory(array):
    return array[..., ::-1, ::-1].copy()[..., ::-1, ::-1]


def fortran(array):
    return np.asfortranarray(array)


def arguments(name, dtype, layout):
    rng = np.random.default_rng(5)
    made = {}
    for argument, shape in FLOATS[name].items():
        if argument == "mask":
            made[argument] = layout(rng.random(shape) < 0.7)
        elif argument == "params":
            made[argument] = {key: layout(rng.normal(size=shape).astype(dtype)) for key in PARAM_NAMES}
        else:
            made[argument] = layout(rng.normal(size=shape).astype(dtype))
    return made | ({"num_heads": 3} if name in HEADS else {})


def arrays_in(made):
    for value in made.values():
        yield from value.values() if isinstance(value, dict) else [value] if isinstance(value, np.ndarray) else []


def results(name, made):
    result = getattr(selfattn_ref, name)(**made)
    return result if isinstance(result, tuple) else (result,)


def test_inputs_table_covers_every_public_function():
    assert set(FLOATS) | NO_FLOATS == set(selfattn_ref.__all__)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", FLOATS)
def test_function_keeps_the_dtype(name, dtype):
    assert {array.dtype for array in results(name, arguments(name, dtype, plain))} == {np.dtype(dtype)}


@pytest.mark.parametrize("layout", [read_only, strided, reversed_in_memory, fortran])
@pytest.mark.parametrize("name", FLOATS)
def test_function_any_layout_gives_the_same_numbers(name, layout):
    expected = results(name, arguments(name, np.float64, plain))
    for mine, wanted in zip(results(name, arguments(name, np.float64, layout)), expected, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", FLOATS)
def test_function_leaves_its_inputs_alone(name):
    made, untouched = arguments(name, np.float64, plain), arguments(name, np.float64, plain)
    outputs = results(name, made)
    for mine, before in zip(arrays_in(made), arrays_in(untouched), strict=True):
        np.testing.assert_array_equal(mine, before)
        assert not any(np.shares_memory(output, mine) for output in outputs)


@pytest.mark.parametrize("name", FLOATS)
def test_function_results_are_writeable(name):
    assert all(array.flags.writeable for array in results(name, arguments(name, np.float64, read_only)))
