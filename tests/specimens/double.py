"""Attempts at `double`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "double"


@right(ID)
def two_times(x):
    return 2 * x


@right(ID)
def x_and_x(x):
    return x + x


@right(ID)
def numpy_function(x):
    return np.multiply(x, 2)


@right(ID)
def copies_then_changes(x):
    y = x.copy()
    y *= 2
    return y


@right(ID)
def loops_over_all_entries(x):
    result = np.empty_like(x)
    for index, number in np.ndenumerate(x):
        result[index] = number + number
    return result


@right(ID)
def divides_by_a_half(x):
    return (x / 0.5).astype(x.dtype)


@wrong(ID, "squares")
def power(x):
    return x**2


@wrong(ID, "squares", "loses-axes")
def sum_of_squares(x):
    return (x * x).sum()


@wrong(ID, "adds-two")
def plus_two(x):
    return x + 2


@wrong(ID, "wrong-factor")
def nothing_done(x):
    return np.array(x)


@wrong(ID, "wrong-factor")
def halves(x):
    return 0.5 * x


@wrong(ID, "wrong-factor")
def doubles_twice(x):
    y = x + x
    return y + y


@wrong(ID, "wrong-factor")
def subtracts_three(x):
    return x - 3 * x


@wrong(ID, "doubles-magnitude")
def without_sign(x):
    return abs(x) * 2


@wrong(ID, "doubles-first-only")
def first_entry(x):
    y = x.copy()
    y[:1] = 2 * y[:1]
    return y


@wrong(ID, "repeats-instead")
def like_a_list(x):
    return np.array(list(x) * 2, dtype=x.dtype).reshape(-1, *x.shape[1:])


@wrong(ID, "repeats-instead")
def twice_each(x):
    return x.repeat(2)


@wrong(ID, "repeats-instead")
def two_copies(x):
    return np.array([x, x])


@wrong(ID, "loses-axes")
def flat(x):
    return np.array([2 * number for number in x.flat], dtype=x.dtype)


@wrong(ID, "loses-axes")
def squeezes(x):
    return 2 * x.squeeze()


@wrong(ID, "loses-axes")
def one_number(x):
    return 2 * x.sum()


@wrong(ID, "loses-axes")
def row_sums(x):
    return (x + x).sum(-1)


@wrong(ID, "adds-two", "loses-axes")
def plus_two_in_a_row(x):
    return (x + 2).flatten()


@wrong(ID, "mutates-input")
def in_place(x):
    x *= 2
    return x


@wrong(ID, "dtype-promoted")
def wide_factor(x):
    return x * np.float64(2)


@wrong(ID, "wrong-type")
def list_of_numbers(x):
    return (2 * x).tolist()


@wrong(ID, "wrong-dtype")
def whole_numbers(x):
    return (2 * x).astype(int)


@wrong(ID, "wrong-shape")
def column(x):
    return (2 * x)[..., None]


@wrong(ID, "wrong-values")
def twice_and_a_bit(x):
    return 2.5 * x


@wrong(ID, "returns-nothing")
def prints(x):
    print(2 * x)


@wrong(ID, "raises")
def misspelled(x):
    return 2 * X  # noqa: F821


@wrong(ID, "ready-made")
def reference(x):
    from selfattn_ref import double

    return double(x)


@wrong(ID, "not-written-yet")
def as_released(x):
    raise NotImplementedError()


@wrong(ID, "wrong-signature")
def without_argument():
    return 2
