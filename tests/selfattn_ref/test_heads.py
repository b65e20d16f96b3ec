import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import merge_heads, split_heads

shapes = st.tuples(st.lists(st.integers(0, 3), max_size=3), st.integers(1, 4), st.integers(0, 5), st.integers(1, 3))


@pytest.mark.parametrize("head", [0, 1, 2])
def test_split_heads_head_owns_contiguous_features(rng, head):
    x = rng.normal(size=(2, 5, 12))
    heads = split_heads(x, 3)
    assert heads.shape == (2, 3, 5, 4)
    np.testing.assert_array_equal(heads[:, head], x[..., 4 * head : 4 * head + 4])


def test_merge_heads_puts_heads_side_by_side(rng):
    heads = rng.normal(size=(2, 3, 5, 4))
    np.testing.assert_array_equal(merge_heads(heads), np.concatenate([heads[:, h] for h in range(3)], axis=-1))


@given(shapes)
def test_merge_heads_undoes_split_heads(sizes):
    batch, num_heads, seq_len, head_dim = sizes
    shape = (*batch, seq_len, num_heads * head_dim)
    x = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    heads = split_heads(x, num_heads)
    assert heads.shape == (*batch, num_heads, seq_len, head_dim)
    np.testing.assert_array_equal(merge_heads(heads), x, strict=True)


@pytest.mark.parametrize(("seq_len", "num_heads"), [(5, 3), (1, 3), (5, 1), (1, 1)])
def test_heads_results_never_share_memory_with_the_input(seq_len, num_heads):
    x = np.ones((seq_len, 3))
    heads = split_heads(x, num_heads)
    assert not np.shares_memory(heads, x)
    assert not np.shares_memory(merge_heads(heads), heads)
