"""The ladder: each rung is noticed, in its order, and within the tolerance of its dtype."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_check.call import Call
from selfattn_check.comparison import agree, compare
from selfattn_check.probe import Probe
from selfattn_check.tolerance import tolerance

PROBE = Probe("toy", "nothing", lambda rng: {})


class EqualsEverything(np.ndarray):
    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    __hash__ = None


def returned(value):
    return Call(PROBE, "returned", value)


def faults(yours, expected, names=("a", "b")):
    return compare(returned(yours), returned(expected), names).faults


def rungs(yours, expected):
    return [fault.rung for fault in faults(yours, expected)]


ONES = np.ones((2, 3))


@pytest.mark.parametrize(
    ("yours", "fact"),
    [
        (None, "a is None, expected a NumPy array"),
        (ONES.tolist(), "a is a list, expected a NumPy array"),
        (1.0, "a is a float, expected a NumPy array"),
        ("text", "a is a str, expected a NumPy array"),
        (torch.ones(2, 3), "a is a torch Tensor, expected a NumPy array"),
        (ONES.view(EqualsEverything), "a is a test_comparison EqualsEverything, expected a NumPy array"),
        (np.ma.masked_array(ONES), "a is a numpy MaskedArray, expected a NumPy array"),
        (ONES.astype(object), "a is an array of object, expected a NumPy array"),
        (ONES.astype(complex), "a is an array of complex128, expected a NumPy array"),
        ((ONES,), "a is a tuple of 1, expected a NumPy array"),
    ],
)
def test_wrong_type_is_named(yours, fact):
    [fault] = faults(yours, ONES)
    assert fault.rung == "type"
    assert fault.fact.replace("tests EqualsEverything", "test_comparison EqualsEverything") == fact


@pytest.mark.parametrize(
    ("yours", "expected", "wanted"),
    [
        (np.ones((3, 2), bool), ONES, ["shape"]),  # before the dtype
        (np.full((2, 3), True), ONES, ["dtype"]),  # before the values
        (np.ones((2, 3), np.int64), ONES, ["dtype"]),
        (np.ones((2, 3), np.float32), ONES, ["precision"]),
        (np.zeros((2, 3), np.float32), ONES, ["precision", "values"]),
        (np.array([np.inf, np.nan, 7.0]), np.ones(3), ["nan"]),
        (np.array([np.inf, 7.0]), np.ones(2), ["inf"]),
        (np.array([7.0]), np.ones(1), ["values"]),
        (np.array([np.inf]), np.array([-np.inf]), ["inf"]),
        (np.array([5.0]), np.array([np.inf]), ["values"]),
        (np.array([5.0]), np.array([np.nan]), ["values"]),
        (np.array([np.inf]), np.array([np.nan]), ["inf"]),
        (np.array([np.inf, 3.0]), np.array([np.inf, 4.0]), ["values"]),
        (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf]), []),
        (np.array([True, False]), np.array([True, True]), ["values"]),
        (np.array([1, 2]), np.array([1, 3]), ["values"]),
        (np.array([1], np.int32), np.array([1]), ["precision"]),
        (np.array([0], np.uint8), np.array([1], np.uint8), ["values"]),
        (np.ones((0, 3)), np.ones((0, 3)), []),
        (np.ones((0, 3)), np.ones((0, 4)), ["shape"]),
        (np.full(3, 1e300), np.full(3, -1e300), ["values"]),
    ],
)
def test_first_rung_that_fails(yours, expected, wanted):
    assert rungs(yours, expected) == wanted


@pytest.mark.parametrize(
    ("dtype", "near", "far"), [(np.float16, 5e-3, 5e-2), (np.float32, 5e-5, 5e-4), (np.float64, 5e-9, 5e-8)]
)
@pytest.mark.parametrize("sign", [-1, 1])
def test_values_within_the_tolerance_of_the_dtype_agree(dtype, near, far, sign):
    one = np.ones(3, dtype)
    assert rungs((one + sign * near).astype(dtype), one) == []
    assert rungs((one + sign * far).astype(dtype), one) == ["values"]


def test_near_zero_the_absolute_tolerance_decides():
    assert rungs(np.array([5e-11]), np.zeros(1)) == []
    assert rungs(np.array([5e-10]), np.zeros(1)) == ["values"]


def test_tolerance_of_mixed_dtypes_is_the_coarser():
    assert tolerance(np.dtype("float16"), np.dtype("float64")) == tolerance(np.dtype("float16"))
    assert tolerance(np.dtype("int64"), np.dtype("bool")) == (0, 0)


@pytest.mark.parametrize("yours", [2.0, 2, np.float64(2), np.float32(2), np.array(2.0), np.int64(2)])
def test_scalar_result_may_be_a_number_or_an_array_without_axes(yours):
    assert faults(yours, 2.0) == ()
    assert [fault.rung for fault in faults(yours, 3.0)] == ["values"]


@pytest.mark.parametrize("yours", [True, "2", None, [2.0]])
def test_scalar_result_of_another_type_is_named(yours):
    assert rungs(yours, 1.0) == ["type"]


@pytest.mark.parametrize("expected", [0.5, 3, np.float32(1)])
@pytest.mark.parametrize("yours", [2**70, 2**64, pytest.param(-(10**5000), id="long")])
def test_integer_that_no_array_holds_is_of_another_type(yours, expected):
    (fault,) = faults(yours, expected)
    assert (fault.rung, fault.fact) == ("type", "a is a far too large integer, expected a number")


def test_integers_of_64_bits_are_numbers():
    for yours in (2**63 - 1, -(2**63 - 1)):
        assert rungs(yours, 0.5) == ["values"]


@pytest.mark.parametrize("yours", [5e17, np.float64(2), np.float32(2), np.array(2.0)])
def test_float_where_an_integer_is_expected_is_named(yours):
    assert rungs(yours, int(yours)) == ["type"]
    assert faults(yours, int(yours))[0].fact.endswith("is a float, expected an integer")


@pytest.mark.parametrize("yours", [2, np.int64(2), np.array(2)])
def test_integer_result_may_be_of_any_integer_type(yours):
    assert rungs(yours, 2) == []


def test_scalar_result_with_an_axis_has_the_wrong_shape():
    assert rungs(np.array([2.0]), 2.0) == ["shape"]
    assert rungs(np.array([2.0]), 2) == ["shape"]


@pytest.mark.parametrize("yours", [2, np.int64(2), np.array(2), 10**30])
def test_count_may_be_any_kind_of_integer(yours):
    assert faults(yours, int(yours)) == ()


@pytest.mark.parametrize(
    ("yours", "fact"),
    [
        (ONES, "returned a single array, expected a tuple (a, b)"),
        ((ONES,), "returned a tuple of 1, expected a tuple (a, b)"),
        ([ONES, ONES], "returned a list, expected a tuple (a, b)"),
        (None, "returned None, expected a tuple (a, b)"),
    ],
)
def test_wrong_number_of_results_is_named(yours, fact):
    assert [(fault.rung, fault.fact) for fault in faults(yours, (ONES, ONES))] == [("type", fact)]


def test_faults_of_several_results_come_in_the_order_of_the_ladder():
    found = faults((ONES + 1, ONES.T), (ONES, ONES))
    assert [(fault.rung, fault.where) for fault in found] == [("shape", "b"), ("values", "a")]


def test_results_in_a_dict_are_compared_by_key():
    right = {"x": ONES, "y": 3}
    assert faults({"y": 3, "x": ONES}, right) == ()
    assert [fault.where for fault in faults({"x": ONES, "y": 4}, right)] == ["y"]
    assert faults({"x": ONES}, right)[0].fact == "the dict lacks 'y'"
    more = {"X": ONES, "y": 3}
    assert faults(more, right)[0].fact == "the dict lacks 'x' and has keys that are not asked for: 'X'"
    assert faults({}, right)[0].fact == "returned an empty dict, expected a dict with the keys ['x', 'y']"
    assert faults([3], right)[0].fact == "returned a list, expected a dict with the keys ['x', 'y']"


def test_numbers_that_differ_late_are_shown_with_more_digits():
    [fault] = faults(ONES * 4.00001, ONES * 4)
    assert fault.fact.startswith("a[0, 0]: yours 4.00001, expected 4   ")


def test_keys_are_printed_as_they_are_written():
    (fault,) = faults({0: {"f1": 0.5}, "x": 1.0}, {0: {"f1": 1.0}, "x": 1.0})
    assert fault.fact.startswith('0["f1"]: yours 0.5')
    (fault,) = faults({"per_class": {0: {"f1": 0.5}}}, {"per_class": {0: {"f1": 1.0}}})
    assert fault.fact.startswith('per_class[0]["f1"]: yours 0.5')


def test_dict_among_several_results_is_compared_by_key():
    right = (ONES, {"x": ONES, "y": ONES})
    assert faults((ONES, {"y": ONES, "x": ONES}), right) == ()
    [fault] = faults((ONES, {"x": ONES, "y": 2 * ONES}), right)
    assert (fault.rung, fault.where, fault.index) == ("values", 'b["y"]', (0, 0))
    assert fault.fact.startswith('b["y"][0, 0]: yours 2, expected 1')
    [fault] = faults((ONES, {"x": ONES}), right)
    assert fault.fact == "b lacks 'y'"
    [fault] = faults((ONES, ONES), right)
    assert fault.fact == "b is a single array, expected a dict with the keys ['x', 'y']"
    assert rungs((ONES, {"x": ONES[0], "y": ONES}), right) == ["shape"]
    assert not agree(returned((ONES, {"x": ONES, "y": 2 * ONES})), returned(right), ("a", "b"))


def test_first_entry_that_differs_is_shown():
    yours = ONES.copy()
    yours[1, 2] = 3.0
    [fault] = faults(yours, ONES)
    assert fault.index == (1, 2)
    assert fault.fact == "a[1, 2]: yours 3, expected 1   (1 of 6 differ, largest 2, allowed 1e-10)"


def test_first_nan_is_shown_and_counted():
    [fault] = faults(np.array([1.0, 8.0, np.nan, np.nan]), np.ones(4))
    assert fault.fact == "a[2]: yours nan, expected 1   (2 of 4 are NaN)"


def test_an_asked_exception_may_be_of_a_subclass():
    asked = Probe("bad", "bad input", lambda rng: {}, raises=ValueError)
    right = Call(asked, "raised", error=ValueError("sizes"))
    assert compare(Call(asked, "raised", error=UnicodeError("other words")), right, ("a",)).passed
    assert [f.rung for f in compare(Call(asked, "raised", error=KeyError()), right, ("a",)).faults] == ["ending"]
    assert [f.rung for f in compare(Call(asked, "returned", 3), right, ("a",)).faults] == ["ending"]


def test_side_effects_come_after_the_ladder():
    mine = Call(PROBE, "returned", ONES + 1, mutated=("x",), ready_made=("scipy.special.softmax",))
    found = compare(mine, returned(ONES), ("a",)).faults
    assert [fault.rung for fault in found] == ["values", "ready-made", "mutated"]


VALUES = st.one_of(
    hnp.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
        hnp.array_shapes(max_dims=2, max_side=2),
        elements=st.sampled_from([0, 1]),
    ),
    st.sampled_from([None, 1.0, [1.0], np.array([np.nan]), np.array([np.inf]), (ONES, ONES), (ONES,), {"x": ONES}]),
)


@given(VALUES, VALUES)
def test_agree_says_what_compare_explains(yours, expected):
    comparison = compare(returned(yours), returned(expected), ("a", "b"))
    assert agree(returned(yours), returned(expected), ("a", "b")) == comparison.same_numbers


def test_agree_compares_fewer_results_than_the_exercise_returns():
    assert agree(returned((ONES, ONES)), returned((ONES, ONES)), ("a", "b", "c"))
    assert not agree(returned((ONES, ONES)), returned((ONES, ONES + 1)), ("a", "b", "c"))


@pytest.mark.parametrize(
    ("yours", "expected", "rung"),
    [
        ("query", "query", None),
        ("key", "query", "values"),
        ((3, 5, 4), (3, 5, 4), None),
        ((5, 3, 4), (3, 5, 4), "values"),
        ([3, 5, 4], (3, 5, 4), "type"),
        (True, True, None),
        (False, True, "values"),
        (1, True, "type"),
    ],
)
def test_words_yes_or_no_and_shapes_are_compared_exactly(yours, expected, rung):
    assert rungs({"answer": yours}, {"answer": expected}) == ([rung] if rung else [])
