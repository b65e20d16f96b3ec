"""JAX: jax.nn.dot_product_attention, where JAX is installed. It is no requirement of the project: it is large."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from selfattn_ref import causal_mask, grouped_query_attention, padding_mask, sliding_window_mask
from tests.conformance.authority import Authority, Case, agree


def cases() -> Iterator[Case]:
    """Heads and groups, masks and biases, in JAX's layout (batch, length, heads, features)."""
    for num_groups, option in product((1, 3, 6), ("none", "mask", "bias", "scale", "is_causal", "lengths", "window")):
        yield Case(f"{num_groups} groups, {option}", partial(run, num_groups, option))


def run(num_groups: int, option: str) -> None:
    import jax

    rng = np.random.default_rng(5)
    q_len = 7 if option in ("is_causal", "window") else 5  # JAX aligns top left, this project bottom right
    sizes = ((2, 6, q_len, 4), (2, num_groups, 7, 4), (2, num_groups, 7, 4))
    q, k, v = (rng.normal(size=size).astype(np.float32) for size in sizes)
    mine, theirs = options(option, rng, q_len)
    expected = jax.nn.dot_product_attention(*(np.swapaxes(x, 1, 2) for x in (q, k, v)), **theirs)
    output, _ = grouped_query_attention(q, k, v, **mine)
    agree(output, np.swapaxes(np.asarray(expected), 1, 2))


def options(option: str, rng: np.random.Generator, q_len: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same request in this project's words and in JAX's."""
    mask, lengths = rng.random((2, 6, q_len, 7)) < 0.6, np.array([3, 7], np.int32)
    mask[..., 0] = True  # JAX has no rule for a query without a key
    bias = rng.normal(size=(2, 6, q_len, 7)).astype(np.float32)
    return {
        "none": ({}, {}),
        "mask": ({"mask": mask}, {"mask": mask}),
        "bias": ({"bias": bias}, {"bias": bias}),
        "scale": ({"scale": 0.3}, {"scale": 0.3}),
        "is_causal": ({"mask": causal_mask(q_len, 7)}, {"is_causal": True}),
        "lengths": ({"mask": padding_mask(lengths, 7)[:, None]}, {"key_value_seq_lengths": lengths}),
        "window": ({"mask": sliding_window_mask(q_len, 7, 3)}, {"local_window_size": (2, 0)}),
    }[option]


AUTHORITIES = [Authority("JAX dot_product_attention", "jax", cases)]
