"""A dictionary that answers with a blend of its values."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, float_array, number, require, same_size
from selfattn_ref.weights import softmax_or_zero


@np.errstate(over="ignore")  # a tiny temperature: −inf has the right weight, 0
def soft_lookup(query: FloatArray, keys: FloatArray, values: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Look a query up among the keys and return the values, blended by how well each key matches.

    softmax(keys query / temperature) values, without 1/√d — Graves et al. (2014), section 3.3.1, with the dot product
    as similarity and 1/temperature as key strength. As the temperature falls to 0 the answer becomes the value of the
    best key, as in a dictionary; as it grows, the mean of all values.

    Args:
        query: (d,) what is looked up.
        keys: (n, d) what each entry answers to, n ≥ 1.
        values: (n, d_v) what each entry holds.
        temperature: positive divisor of the scores.

    Returns:
        The blend (d_v,) in the dtype of the inputs.

    Raises:
        TypeError: query, keys or values is not a NumPy array of floats, temperature not a number.
        ValueError: wrong number of axes, sizes that disagree, no key, or a temperature that is not positive and finite.

    >>> soft_lookup(np.array([1.0]), np.array([[0.0], [np.log(3.0)]]), np.array([[4.0], [8.0]])).round(4).tolist()
    [7.0]
    """
    query = float_array("query", query, "(d,)")
    keys = float_array("keys", keys, "(n, d)")
    values = float_array("values", values, "(n, d_v)")
    shapes = {"query": query.shape, "keys": keys.shape}
    same_size("have as many features (d) as query", shapes, query.shape[0], keys.shape[1])
    shapes = {"keys": keys.shape, "values": values.shape}
    same_size("have as many rows (n) as keys", shapes, keys.shape[0], values.shape[0])
    require(keys.shape[0] > 0, "keys", "have at least one row (n)", f"shape {keys.shape}")
    temperature = number("temperature", temperature)
    require(temperature > 0, "temperature", "be positive", temperature)

    scores = keys @ query  # (n,)
    weights = softmax_or_zero((scores - scores.max()) / temperature, axis=-1)  # (n,)
    blend: FloatArray = weights @ values
    return blend
