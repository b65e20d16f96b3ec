"""The promises about arrays: any layout is read, the dtype is kept, nothing is modified, nothing is shared."""

from copy import deepcopy

import numpy as np
import pytest

import selfattn_ref
from tests.selfattn_ref.arguments import GOOD


def floating(value):
    return isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)


def arrays_in(value):
    """Every array in an argument or a result, which may be a tuple or a mapping of arrays."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict | tuple | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(part)


KEEPS_DTYPE = sorted(name for name, good in GOOD.items() if any(map(floating, arrays_in(good))))


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
    return np.flip(np.flip(array).copy())


def fortran(array):
    return np.asfortranarray(array)


def arguments(name, dtype, layout):
    """The good arguments of a function, every array of them in its own memory."""

    def made(value):
        if isinstance(value, dict):
            return {key: made(part) for key, part in value.items()}
        if not isinstance(value, np.ndarray):
            return deepcopy(value)  # a generator that has drawn nothing, an empty cache
        return layout(value.astype(dtype) if floating(value) else value.copy())

    return made(GOOD[name])


def results(name, made):
    return list(arrays_in(getattr(selfattn_ref, name)(**made)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("name", KEEPS_DTYPE)
def test_function_keeps_the_dtype(name, dtype):
    assert {array.dtype for array in results(name, arguments(name, dtype, plain)) if floating(array)} <= {
        np.dtype(dtype)
    }


@pytest.mark.parametrize("layout", [read_only, strided, reversed_in_memory, fortran])
@pytest.mark.parametrize("name", KEEPS_DTYPE)
def test_function_any_layout_gives_the_same_numbers(name, layout):
    expected = results(name, arguments(name, np.float64, plain))
    for mine, wanted in zip(results(name, arguments(name, np.float64, layout)), expected, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", KEEPS_DTYPE)
def test_function_leaves_its_inputs_alone(name):
    made, untouched = arguments(name, np.float64, plain), arguments(name, np.float64, plain)
    outputs = results(name, made)
    for mine, before in zip(arrays_in(made), arrays_in(untouched), strict=True):
        np.testing.assert_array_equal(mine, before)
        assert not any(np.shares_memory(output, mine) for output in outputs)


@pytest.mark.parametrize("name", KEEPS_DTYPE)
def test_function_results_are_writeable(name):
    assert all(array.flags.writeable for array in results(name, arguments(name, np.float64, read_only)))
