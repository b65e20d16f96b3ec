"""Attempts at `gradient_reach`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "gradient_reach"


@right(ID)
def going_back(states, w_h):
    reach = np.empty(len(states), states.dtype)
    to_last = np.eye(len(w_h))
    for t in reversed(range(len(states))):
        reach[t] = np.linalg.norm(to_last, 2)
        to_last = (w_h * (1 - states[t] ** 2)) @ to_last
    return reach


@right(ID)
def column_vectors(states, w_h):
    jacobian = np.eye(len(w_h), dtype=states.dtype)
    reach = [1.0]
    for h in states[:0:-1]:
        jacobian = jacobian @ (np.diag(1 - h**2) @ w_h.T)
        reach.append(np.linalg.norm(jacobian, ord=2))
    return np.array(reach[::-1], dtype=states.dtype)


@right(ID)
def largest_singular_value(states, w_h):
    n = len(states)
    jacobians = w_h * (1 - states[:, None, :] ** 2)  # (n, d_h, d_h)
    reach = []
    for t in range(n):
        product = np.eye(w_h.shape[0])
        for jacobian in jacobians[t + 1 :]:
            product = product @ jacobian
        reach.append(np.linalg.svd(product, compute_uv=False)[0])
    return np.asarray(reach).astype(states.dtype)


@right(ID)
def root_of_the_largest_eigenvalue(states, w_h):
    reach = np.ones_like(states[:, 0])
    product = np.eye(len(w_h))
    for t in range(len(states) - 2, -1, -1):
        product = np.einsum("ij,j,jk->ik", w_h, 1 - states[t + 1] ** 2, product)
        reach[t] = np.sqrt(np.linalg.eigvalsh(product.T @ product).max())
    return reach


@right(ID)
def recursive(states, w_h):
    if len(states) == 1:
        return np.ones(1, states.dtype)
    later = recursive(states[1:], w_h)
    product = np.linalg.multi_dot([np.eye(len(w_h)), np.eye(len(w_h)), *(w_h * (1 - h * h) for h in states[1:])])
    return np.concatenate([[np.linalg.norm(product, 2)], later]).astype(states.dtype)


@right(ID)
def stacked_norm(states, w_h):
    products = [np.eye(len(w_h), dtype=states.dtype)]
    for h in states[1:][::-1]:
        products.insert(0, w_h @ np.diag(1 - np.square(h)) @ products[0])
    return np.linalg.norm(np.array(products), 2, axis=(-2, -1))


def back(states, jacobian, join=lambda one, rest: one @ rest, size=lambda j: np.linalg.norm(j, 2)):
    reach = np.empty(len(states), states.dtype)
    to_last = np.eye(states.shape[1])
    for t in range(len(states) - 1, -1, -1):
        reach[t] = size(to_last)
        to_last = join(jacobian(t), to_last)
    return reach


@wrong(ID, "missing-tanh-derivative")
def powers_of_w_h(states, w_h):
    n = len(states)
    norms = [np.linalg.norm(np.linalg.matrix_power(w_h, n - 1 - t), 2) for t in range(n)]
    return np.array(norms, dtype=states.dtype)


@wrong(ID, "wrong-tanh-derivative")
def no_square(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t]))


@wrong(ID, "wrong-tanh-derivative")
def tanh_again(states, w_h):
    return back(states, lambda t: w_h * (1 - np.tanh(states[t]) ** 2))


@wrong(ID, "wrong-tanh-derivative")
def sigmoid_derivative(states, w_h):
    return back(states, lambda t: w_h * states[t] * (1 - states[t]))


@wrong(ID, "derivative-on-rows")
def diag_on_the_left(states, w_h):
    return back(states, lambda t: np.diag(1 - states[t] ** 2) @ w_h)


@wrong(ID, "derivative-one-step-early")
def slope_of_the_earlier_state(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t - 1] ** 2))


@wrong(ID, "weight-transposed")
def transposed_weight(states, w_h):
    return back(states, lambda t: w_h.T @ np.diag(1 - states[t] ** 2))


@wrong(ID, "missing-weight")
def slopes_only(states, w_h):
    return back(states, lambda t: np.diag(1 - states[t] ** 2))


@wrong(ID, "jacobians-in-wrong-order")
def joins_on_the_right(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), join=lambda one, rest: rest @ one)


@wrong(ID, "jacobians-in-wrong-order")
def column_jacobians_in_row_order(states, w_h):
    return back(states, lambda t: np.diag(1 - states[t] ** 2) @ w_h.T)


@wrong(ID, "forgets-product")
def one_step_each(states, w_h):
    norms = [np.linalg.norm(w_h * (1 - h**2), 2) for h in states[1:]]
    return np.array([*norms, 1.0], dtype=states.dtype)


@wrong(ID, "sums-jacobians")
def adds(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), join=np.add)


@wrong(ID, "elementwise-product")
def star(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), join=lambda one, rest: one * rest)


@wrong(ID, "product-of-norms")
def multiplies_norms(states, w_h):
    reach = np.ones(len(states), states.dtype)
    for t in range(len(states) - 2, -1, -1):
        reach[t] = reach[t + 1] * np.linalg.norm(w_h * (1 - states[t + 1] ** 2), 2)
    return reach


@wrong(ID, "product-of-norms")
def power_of_the_norm(states, w_h):
    norm = np.linalg.norm(w_h, 2)
    return np.array([norm ** (len(states) - 1 - t) for t in range(len(states))], dtype=states.dtype)


@wrong(ID, "reach-from-first")
def forward(states, w_h):
    product = np.eye(len(w_h))
    reach = np.ones(len(states), states.dtype)
    for t in range(1, len(states)):
        product = product @ (w_h * (1 - states[t] ** 2))
        reach[t] = np.linalg.norm(product, 2)
    return reach


@wrong(ID, "another-norm")
def frobenius(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), size=np.linalg.norm)


@wrong(ID, "another-norm")
def largest_entry(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), size=lambda j: abs(j).max())


@wrong(ID, "another-norm")
def not_rooted(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), size=lambda j: np.linalg.eigvalsh(j @ j.T).max())


@wrong(ID, "another-norm", "missing-tanh-derivative")
def frobenius_of_powers(states, w_h):
    return back(states, lambda t: w_h, size=lambda j: np.sqrt((j**2).sum()))


@wrong(ID, "eigenvalue-for-singular-value")
def spectral_radius(states, w_h):
    return back(states, lambda t: w_h * (1 - states[t] ** 2), size=lambda j: max(abs(np.linalg.eigvals(j))))


@wrong(ID, "reach-shifted")
def multiplies_first(states, w_h):
    reach = np.zeros_like(states[:, 0])
    product = np.eye(len(w_h))
    for t in reversed(range(len(states))):
        product = (w_h * (1 - states[t] ** 2)) @ product
        reach[t] = np.linalg.norm(product, 2)
    return reach


@wrong(ID, "reach-shifted", "missing-tanh-derivative")
def multiplies_first_and_forgets_tanh(states, w_h):
    reach = np.zeros_like(states[:, 0])
    product = np.eye(len(w_h))
    for t in reversed(range(len(states))):
        product = w_h @ product
        reach[t] = np.linalg.norm(product, 2)
    return reach


@wrong(ID, "reach-shifted")
def without_the_last(states, w_h):
    return going_back(states, w_h)[:-1].copy()


@wrong(ID, "last-not-one")
def leaves_a_zero(states, w_h):
    reach = np.zeros(len(states), states.dtype)
    product = np.eye(len(w_h))
    for t in range(len(states) - 2, -1, -1):
        product = (w_h * (1 - states[t + 1] ** 2)) @ product
        reach[t] = np.linalg.norm(product, 2)
    return reach


@wrong(ID, "reversed-in-time")
def from_the_end(states, w_h):
    product, reach = np.eye(len(w_h)), []
    for h in states[::-1]:
        reach.append(np.linalg.norm(product, 2))
        product = (w_h * (1 - h**2)) @ product
    return np.array(reach, dtype=states.dtype)


@wrong(ID, "reversed-in-time", "another-norm")
def from_the_end_frobenius(states, w_h):
    product, reach = np.eye(len(w_h)), []
    for h in states[::-1]:
        reach.append(np.linalg.norm(product))
        product = (w_h * (1 - h**2)) @ product
    return np.array(reach, dtype=states.dtype)


@wrong(ID, "clipped-reach")
def at_most_one(states, w_h):
    return going_back(states, w_h).clip(max=1)


@wrong(ID, "clipped-reach")
def never_grows_back(states, w_h):
    reach = going_back(states, w_h)
    for t in range(len(reach) - 2, -1, -1):
        reach[t] = min(reach[t], reach[t + 1])
    return reach


@wrong(ID, "dtype-promoted")
def wide_result(states, w_h):
    reach = np.zeros(len(states))
    reach[:] = going_back(states, w_h)
    return reach


@wrong(ID, "mutates-input")
def writes_slopes_over_the_states(states, w_h):
    slopes = np.square(states, out=states)
    np.subtract(1, slopes, out=slopes)
    return back(states, lambda t: w_h * slopes[t])


@wrong(ID, "wrong-shape")
def column(states, w_h):
    return going_back(states, w_h)[:, None]


@wrong(ID, "wrong-values")
def half_of_it(states, w_h):
    return back(states, lambda t: 0.7 * w_h * (1 - states[t] ** 2))


@wrong(ID, "ready-made")
def reference(states, w_h):
    from selfattn_ref.recurrence import gradient_reach

    return gradient_reach(states, w_h)


@wrong(ID, "not-written-yet")
def as_released(states, w_h):
    raise NotImplementedError()
