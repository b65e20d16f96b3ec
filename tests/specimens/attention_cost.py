"""Attempts at `attention_cost`."""

import math
import operator
from fractions import Fraction

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "attention_cost"


def named(parameters, multiply_adds, weight_elements):
    return {"parameters": parameters, "multiply_adds": multiply_adds, "weight_elements": weight_elements}


@right(ID)
def formulas(seq_len, d_model, num_heads):
    n, d, h = seq_len, d_model, num_heads
    return {
        "parameters": 4 * d * d,
        "multiply_adds": 4 * n * d * d + 2 * n * n * d,
        "weight_elements": h * n * n,
    }


@right(ID)
def head_by_head(seq_len, d_model, num_heads):
    width = d_model // num_heads
    parameters = work = weights = 0
    for _ in range(num_heads):
        parameters += 3 * d_model * width + width * d_model
        work += 3 * seq_len * d_model * width + 2 * seq_len * width * seq_len + seq_len * width * d_model
        weights += seq_len**2
    return named(parameters, work, weights)


@right(ID)
def other_order_of_keys(seq_len, d_model, num_heads):
    return {
        "weight_elements": num_heads * pow(seq_len, 2),
        "multiply_adds": 2 * seq_len * d_model * (2 * d_model + seq_len),
        "parameters": (2 * d_model) ** 2,
    }


@right(ID)
def sizes_of_products(seq_len, d_model, num_heads):
    n, d, h = seq_len, d_model, num_heads
    k = d // h
    products = [(1, n, d, d)] * 4 + [(h, n, k, n), (h, n, n, k)]
    return named(sum([d * d] * 4), sum(math.prod(sizes) for sizes in products), math.prod((h, n, n)))


@right(ID)
def numpy_integers(seq_len, d_model, num_heads):
    n, d, h = (np.int64(size) for size in (seq_len, d_model, num_heads))
    return named(4 * d**2, 4 * n * d**2 + 2 * n**2 * d, h * n**2)


@right(ID)
def exact_fractions(seq_len, d_model, num_heads):
    width = Fraction(d_model, num_heads)
    scores = 2 * num_heads * seq_len**2 * width
    return named(4 * d_model**2, int(4 * seq_len * d_model**2 + scores), operator.index(num_heads * seq_len**2))


@wrong(ID, "missing-output-projection")
def three_projections(n, d, h):
    return named(3 * d * d, 3 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "missing-output-projection")
def three_matrices(n, d, h):
    return named(d * 3 * d, 4 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "missing-output-projection")
def work_of_three(n, d, h):
    return named(4 * d * d, n * d * (3 * d) + 2 * n * n * d, h * n * n)


@wrong(ID, "multiplies-by-heads")
def matrices_for_each_head(n, d, h):
    return named(4 * d * d * h, 4 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "multiplies-by-heads")
def wide_heads(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * h * n * n * d, h * n * n)


@wrong(ID, "multiplies-by-heads")
def all_work_for_each_head(n, d, h):
    return named(4 * d * d, h * (4 * n * d * d + 2 * n * n * d), h * n * n)


@wrong(ID, "multiplies-by-heads")
def everything_for_each_head(n, d, h):
    return named(4 * d * d * h, h * (4 * n * d * d + 2 * n * n * d), h * n * n)


@wrong(ID, "width-of-one-head")
def scores_of_one_head(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * n * n * (d // h), h * n * n)


@wrong(ID, "width-of-one-head")
def projections_of_one_head(n, d, h):
    k = d // h
    return named(4 * d * k, 4 * n * d * k + 2 * n * n * d, h * n * n)


@wrong(ID, "width-of-one-head")
def one_head_throughout(n, d, h):
    k = d // h
    return named(4 * d * k, 4 * n * d * k + 2 * n * n * k, h * n * n)


@wrong(ID, "linear-in-length")
def forgets_a_square(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * n * d, h * n * n)


@wrong(ID, "linear-in-length")
def one_weight_a_token(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * n * n * d, h * n)


@wrong(ID, "linear-in-length")
def no_squares_of_n(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * n * d, h * n)


@wrong(ID, "counts-flops")
def floating_point_operations(n, d, h):
    return named(4 * d * d, 8 * n * d * d + 4 * n * n * d, h * n * n)


@wrong(ID, "one-head-only")
def one_matrix_of_weights(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * n * n * d, n * n)


@wrong(ID, "weights-times-width")
def weights_for_features(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 2 * n * n * d, h * n * n * (d // h))


@wrong(ID, "weights-as-parameters")
def weights_are_parameters(n, d, h):
    return named(4 * d * d + h * n * n, 4 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "uncounted-product")
def scores_only(n, d, h):
    return named(4 * d * d, 4 * n * d * d + n * n * d, h * n * n)


@wrong(ID, "uncounted-product")
def without_projections(n, d, h):
    return named(4 * d * d, 2 * n * n * d, h * n * n)


@wrong(ID, "uncounted-product")
def projections_only(n, d, h):
    return named(4 * d * d, 4 * n * d * d, h * n * n)


@wrong(ID, "counts-biases")
def with_biases(n, d, h):
    return named(4 * (d + 1) * d, 4 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "parameters-per-token")
def parameters_for_each_token(n, d, h):
    return named(4 * n * d * d, 4 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "parameters-per-token")
def projects_one_token(n, d, h):
    return named(4 * d * d, 4 * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "float-result")
def divides_by_heads(n, d, h):
    k = d / h
    return named(4 * d * k * h, 4 * n * d * k * h + 2 * h * n * n * k, float(h * n * n))


@wrong(ID, "float-result")
def numpy_floats(n, d, h):
    n, d, h = np.float64(n), np.float64(d), np.float64(h)
    return named(4 * d**2, 4 * n * d**2 + 2 * n**2 * d, h * n**2)


@wrong(ID, "missing-output-projection", "float-result")
def three_projections_as_floats(n, d, h):
    return named(3.0 * d * d, 3.0 * n * d * d + 2 * n * n * d, 1.0 * h * n * n)


@wrong(ID, "counts-flops", "one-head-only")
def flops_and_one_matrix(n, d, h):
    return named(4 * d * d, 2 * (4 * n * d * d + 2 * n * n * d), n * n)


@wrong(ID, "uncounted-product", "multiplies-by-heads")
def scores_only_and_matrices_for_each_head(n, d, h):
    return named(4 * h * d * d, 4 * n * d * d + n * n * d, h * n * n)


@wrong(ID, "wrong-type")
def a_tuple(n, d, h):
    return 4 * d * d, 4 * n * d * d + 2 * n * n * d, h * n * n


@wrong(ID, "wrong-type")
def other_names(n, d, h):
    return {"params": 4 * d * d, "macs": 4 * n * d * d + 2 * n * n * d, "weights": h * n * n}


@wrong(ID, "not-written-yet")
def as_released(n, d, h):
    raise NotImplementedError


@wrong(ID, "ready-made")
def the_courses_own(n, d, h):
    from selfattn_ref import attention_cost

    return attention_cost(n, d, h)


@wrong(ID, "counts-flops")
def flops_of_the_projections(n, d, h):
    return named(4 * d * d, 8 * n * d * d + 2 * n * n * d, h * n * n)


@wrong(ID, "counts-flops")
def flops_of_the_scores(n, d, h):
    return named(4 * d * d, 4 * n * d * d + 4 * n * n * d, h * n * n)
