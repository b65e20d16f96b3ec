"""Attempts at `softmax_jacobian`."""

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "softmax_jacobian"


@right(ID)
def two_matrices(p):
    return np.diag(p) - np.outer(p, p)


@right(ID)
def rows(p):
    return p[:, None] * (np.eye(len(p), dtype=p.dtype) - p)


@right(ID)
def cases(p):
    n = len(p)
    jacobian = np.empty((n, n), p.dtype)
    for i in range(n):
        for j in range(n):
            jacobian[i, j] = p[i] * (1 - p[i]) if i == j else -p[i] * p[j]
    return jacobian


@right(ID)
def fills_the_diagonal(p):
    jacobian = -np.einsum("i,j->ij", p, p)
    jacobian[np.diag_indices(len(p))] += p
    return jacobian


@right(ID)
def columns(p):
    pushes = [p * (np.arange(p.size) == j) - p * p[j] for j in range(p.size)]
    return np.stack(pushes, axis=1)


@right(ID)
def matrix_product(p):
    column = p.reshape(-1, 1)
    return np.diagflat(column) - column @ column.T


@wrong(ID, "diagonal-only")
def own_score_only(p):
    return np.diag(p * (1 - p))


@wrong(ID, "diagonal-only")
def no_products(p):
    return np.diag(p)


@wrong(ID, "sign-flipped")
def other_way_round(p):
    return np.outer(p, p) - np.diag(p)


@wrong(ID, "outer-only")
def products(p):
    return np.outer(p, p)


@wrong(ID, "outer-only")
def negative_products(p):
    return -p[:, None] * p[None, :]


@wrong(ID, "off-diagonal-sign")
def added(p):
    return np.diag(p) + np.outer(p, p)


@wrong(ID, "off-diagonal-sign")
def positive_cases(p):
    jacobian = np.outer(p, p)
    np.fill_diagonal(jacobian, p * (1 - p))
    return jacobian


@wrong(ID, "sigmoid-derivative")
def one_row(p):
    return p * (1 - p)


@wrong(ID, "sigmoid-derivative")
def every_row(p):
    return np.tile(p * (1 - p), (len(p), 1))


@wrong(ID, "sigmoid-derivative")
def every_column(p):
    return np.tile((p * (1 - p))[:, None], (1, len(p)))


@wrong(ID, "sigmoid-derivative")
def every_pair(p):
    return p[:, None] * (1 - p[None, :])


@wrong(ID, "sigmoid-derivative")
def every_pair_turned(p):
    return p * (1 - p)[:, None]


@wrong(ID, "identity-for-diagonal")
def identity(p):
    return np.eye(p.size, dtype=p.dtype) - np.outer(p, p)


@wrong(ID, "squares-for-products")
def columns_of_squares(p):
    return np.diag(p) - p * p


@wrong(ID, "squares-for-products")
def rows_of_squares(p):
    column = p[:, None]
    return column * (np.eye(p.size, dtype=p.dtype) - column)


@wrong(ID, "inner-for-outer")
def transposes_one_axis(p):
    return np.diag(p) - p @ p.T


@wrong(ID, "log-softmax")
def of_the_logarithm(p):
    return np.eye(p.size, dtype=p.dtype) - p[None, :]


@wrong(ID, "log-softmax")
def of_the_logarithm_turned(p):
    return np.eye(p.size, dtype=p.dtype) - p[:, None]


@wrong(ID, "double-softmax")
def takes_scores(p):
    e = np.exp(p - p.max())
    w = e / e.sum()
    return np.diag(w) - np.outer(w, w)


@wrong(ID, "double-softmax", "diagonal-only")
def takes_scores_diagonal(p):
    e = np.exp(p)
    w = e / e.sum()
    return np.diag(w * (1 - w))


@wrong(ID, "dtype-promoted")
def identity_in_double_precision(p):
    return p[:, None] * (np.eye(p.size) - p)


@wrong(ID, "ready-made")
def imported(p):
    from selfattn_ref import softmax_jacobian

    return softmax_jacobian(p)


@wrong(ID, "wrong-type")
def list_of_rows(p):
    return [list(p_i * (np.arange(len(p)) == i) - p_i * p) for i, p_i in enumerate(p)]
