"""Attempts at `numerical_gradient`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "numerical_gradient"


@right(ID)
def two_copies(f, x, eps=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient


@right(ID)
def one_copy_put_back(f, x, eps=1e-5):
    near = np.array(x)
    grad = np.empty(x.shape, x.dtype)
    it = np.nditer(near, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        i = it.multi_index
        old = near[i]
        near[i] = old + eps
        high = f(near)
        near[i] = old - eps
        low = f(near)
        near[i] = old
        grad[i] = (high - low) / (2 * eps)
        it.iternext()
    return grad


@right(ID)
def unit_vectors(f, x, eps=1e-5):
    slopes = []
    for i in range(x.size):
        e = np.zeros(x.size, x.dtype)
        e[i] = eps
        e = e.reshape(x.shape)
        slopes.append((f(x + e) - f(x - e)) / (2 * eps))
    return np.array(slopes, dtype=x.dtype).reshape(x.shape)


@right(ID)
def identity_matrix(f, x, eps=1e-5):
    moves = eps * np.eye(x.size, dtype=x.dtype).reshape(x.size, *x.shape)
    return np.array([(f(x + m) - f(x - m)) / eps / 2 for m in moves]).reshape(x.shape).astype(x.dtype)


@right(ID)
def in_double_precision(f, x, eps=1e-5):
    wide = x.astype(np.float64)
    gradient = np.zeros(x.shape)
    for place in np.ndindex(*x.shape):
        move = np.zeros(x.shape)
        move[place] = eps
        gradient[place] = 0.5 * (f(wide + move) - f(wide - move)) / eps
    return gradient.astype(x.dtype)


def slopes(x, slope):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        gradient[index] = slope(index)
    return gradient


def moved(x, index, step):
    near = x.copy()
    near[index] += step
    return near


@wrong(ID, "one-sided-difference")
def one_step_ahead(f, x, eps=1e-5):
    here = f(x)
    return slopes(x, lambda i: (f(moved(x, i, eps)) - here) / eps)


@wrong(ID, "one-sided-difference")
def one_step_back(f, x, eps=1e-5):
    here = f(x)
    return slopes(x, lambda i: (here - f(moved(x, i, -eps))) / eps)


@wrong(ID, "one-sided-difference")
def half_of_one_step(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(moved(x, i, eps)) - f(x)) / (2 * eps))


@wrong(ID, "difference-not-halved")
def forgets_the_two(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(moved(x, i, eps)) - f(moved(x, i, -eps))) / eps)


@wrong(ID, "difference-not-halved")
def without_parentheses(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(moved(x, i, eps)) - f(moved(x, i, -eps))) / 2 * eps)


@wrong(ID, "difference-undivided")
def only_the_gain(f, x, eps=1e-5):
    return slopes(x, lambda i: f(moved(x, i, eps)) - f(moved(x, i, -eps)))


@wrong(ID, "entry-not-restored")
def stays_below(f, x, eps=1e-5):
    near, gradient = x.copy(), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        near[i] += eps
        high = f(near)
        near[i] -= 2 * eps
        gradient[i] = (high - f(near)) / (2 * eps)
    return gradient


@wrong(ID, "entry-not-restored")
def stays_above(f, x, eps=1e-5):
    near, gradient = x.copy(), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        near[i] -= eps
        low = f(near)
        near[i] += 2 * eps
        gradient[i] = (f(near) - low) / (2 * eps)
    return gradient


@wrong(ID, "mutates-input")
def moves_the_callers_array(f, x, eps=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += eps
        high = f(x)
        x[i] -= 2 * eps
        low = f(x)
        x[i] += eps
        gradient[i] = (high - low) / (2 * eps)
    return gradient


@wrong(ID, "moves-every-entry")
def whole_array(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(x + eps) - f(x - eps)) / (2 * eps))


@wrong(ID, "moves-every-entry")
def one_number(f, x, eps=1e-5):
    return (f(x + eps) - f(x - eps)) / (2 * eps)


@wrong(ID, "moves-whole-row")
def counts_rows(f, x, eps=1e-5):
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        high, low = x.copy(), x.copy()
        high[i] += eps
        low[i] -= eps
        gradient[i] = (f(high) - f(low)) / (2 * eps)
    return gradient


@wrong(ID, "wrong-entry-moved")
def rows_and_columns_exchanged(f, x, eps=1e-5):
    if x.ndim != 2:
        return two_copies(f, x, eps)
    gradient = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            gradient[i, j] = (f(moved(x, (j, i), eps)) - f(moved(x, (j, i), -eps))) / (2 * eps)
    return gradient


@wrong(ID, "flat-gradient")
def list_of_slopes(f, x, eps=1e-5):
    return np.array([(f(moved(x, i, eps)) - f(moved(x, i, -eps))) / (2 * eps) for i in np.ndindex(x.shape)], x.dtype)


@wrong(ID, "gradient-summed")
def adds_up(f, x, eps=1e-5):
    total = 0.0
    for i in np.ndindex(x.shape):
        total += (f(moved(x, i, eps)) - f(moved(x, i, -eps))) / (2 * eps)
    return total


@wrong(ID, "absolute-difference")
def size_of_the_change(f, x, eps=1e-5):
    return slopes(x, lambda i: abs(f(moved(x, i, eps)) - f(moved(x, i, -eps))) / (2 * eps))


@wrong(ID, "difference-reversed")
def below_less_above(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(moved(x, i, -eps)) - f(moved(x, i, eps))) / (2 * eps))


@wrong(ID, "ignores-eps")
def own_step(f, x, eps=1e-5):
    h = 1e-5
    return slopes(x, lambda i: (f(moved(x, i, h)) - f(moved(x, i, -h))) / (2 * h))


@wrong(ID, "relative-step")
def share_of_the_entry(f, x, eps=1e-5):
    def grown(index, share):
        near = x.copy()
        near[index] = near[index] * (1 + share)
        return near

    return slopes(x, lambda i: (f(grown(i, eps)) - f(grown(i, -eps))) / (2 * eps))


@wrong(ID, "second-difference")
def curvature(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(moved(x, i, eps)) - 2 * f(x) + f(moved(x, i, -eps))) / eps**2)


@wrong(ID, "rounds-the-point")
def whole_numbers(f, x, eps=1e-5):
    x = np.array(x, dtype=int)
    return slopes(x * 1.0, lambda i: (f(moved(x, i, eps)) - f(moved(x, i, -eps))) / (2 * eps))


@wrong(ID, "rounds-the-point")
def single_precision(f, x, eps=1e-5):
    near = x.astype(np.float32)
    return slopes(x, lambda i: (f(moved(near, i, eps)) - f(moved(near, i, -eps))) / (2 * eps))


@wrong(ID, "one-sided-difference", "entry-not-restored")
def ahead_and_left_there(f, x, eps=1e-5):
    near, gradient = x.copy(), np.zeros_like(x)
    for i in np.ndindex(x.shape):
        before = f(near)
        near[i] += eps
        gradient[i] = (f(near) - before) / eps
    return gradient


@wrong(ID, "difference-not-halved", "difference-reversed")
def reversed_and_not_halved(f, x, eps=1e-5):
    return slopes(x, lambda i: (f(moved(x, i, -eps)) - f(moved(x, i, eps))) / eps)


@wrong(ID, "flat-gradient", "ignores-eps")
def flat_with_own_step(f, x, eps=1e-5):
    h = 1e-5
    return np.array([(f(moved(x, i, h)) - f(moved(x, i, -h))) / (2 * h) for i in np.ndindex(x.shape)], x.dtype)


@wrong(ID, "dtype-promoted")
def zeros_are_double(f, x, eps=1e-5):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        gradient[i] = (f(moved(x, i, eps)) - f(moved(x, i, -eps))) / (2 * eps)
    return gradient


@wrong(ID, "ready-made")
def reference(f, x, eps=1e-5):
    from selfattn_ref import numerical_gradient

    return numerical_gradient(f, x, eps)


@wrong(ID, "returns-nothing")
def forgets_return(f, x, eps=1e-5):
    two_copies(f, x, eps)
