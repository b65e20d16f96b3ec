"""What must hold for any numbers at all."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from selfattn_ref import causal_mask, multi_head_attention, scaled_dot_product_attention

numbers = st.floats(-10, 10)
queries = hnp.arrays(np.float64, (2, 5, 4), elements=numbers)
keys = hnp.arrays(np.float64, (2, 7, 4), elements=numbers)
values = hnp.arrays(np.float64, (2, 7, 11), elements=numbers)
masks = hnp.arrays(np.bool_, (2, 5, 7))
tokens = hnp.arrays(np.float64, (5, 6), elements=st.floats(-2, 2))
junk = st.sampled_from([np.nan, np.inf, -np.inf, 1e300])

PARAMS = dict(zip(("w_q", "w_k", "w_v", "w_o"), np.random.default_rng(7).normal(size=(4, 6, 6)), strict=True))


@given(queries, keys, values, masks)
def test_attention_weights_are_shares_of_the_permitted_keys(q, k, v, mask):
    _, weights = scaled_dot_product_attention(q, k, v, mask)
    np.testing.assert_allclose(weights.sum(axis=-1), mask.any(axis=-1).astype(float), rtol=1e-12)
    assert (weights >= 0).all()
    assert not weights[~mask].any()


@given(queries, keys, values)
def test_attention_output_lies_between_the_values(q, k, v):
    output, _ = scaled_dot_product_attention(q, k, v)
    slack = 1e-12
    assert (output <= v.max(axis=-2, keepdims=True) + slack).all()
    assert (output >= v.min(axis=-2, keepdims=True) - slack).all()


@given(queries, keys, values, st.permutations(range(7)))
def test_attention_order_of_keys_does_not_matter(q, k, v, order):
    output, weights = scaled_dot_product_attention(q, k, v)
    moved, moved_weights = scaled_dot_product_attention(q, k[:, order], v[:, order])
    np.testing.assert_allclose(moved, output, atol=1e-11)
    np.testing.assert_allclose(moved_weights, weights[..., order], atol=1e-13)


@given(tokens, st.permutations(range(5)))
def test_multi_head_attention_without_mask_commutes_with_permutations(x, order):
    output, _ = multi_head_attention(x, PARAMS, 2)
    moved, _ = multi_head_attention(x[order], PARAMS, 2)
    np.testing.assert_allclose(moved, output[order], atol=1e-10)


@given(queries, keys, values, masks, st.floats(-50, 50))
def test_attention_constant_bias_changes_nothing(q, k, v, mask, constant):
    _, weights = scaled_dot_product_attention(q, k, v, mask)
    _, shifted = scaled_dot_product_attention(q, k, v, mask, bias=np.array(constant))
    np.testing.assert_allclose(shifted, weights, atol=1e-11)


@given(queries, keys, values, masks, st.integers(0, 6), junk)
def test_attention_content_of_a_key_hidden_from_all_does_not_matter(q, k, v, mask, hidden, content):
    mask[..., hidden] = False
    expected = scaled_dot_product_attention(q, k, v, mask)
    k[:, hidden], v[:, hidden] = content, content
    for left, right in zip(scaled_dot_product_attention(q, k, v, mask), expected, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-13)  # NaN would not compare equal to a number


@given(queries, keys, values, masks, st.integers(0, 6), junk)
def test_attention_content_of_a_key_matters_only_where_it_is_seen(q, k, v, mask, key, content):
    expected, _ = scaled_dot_product_attention(q, k, v, mask)
    k[:, key], v[:, key] = content, content
    output, _ = scaled_dot_product_attention(q, k, v, mask)
    blind = ~mask[..., key]  # (2, 5)
    np.testing.assert_allclose(output[blind], expected[blind], atol=1e-13)


@given(tokens, st.integers(1, 4), junk)
def test_multi_head_attention_causal_past_does_not_depend_on_the_future(x, step, content):
    mask = causal_mask(5)
    expected, _ = multi_head_attention(x, PARAMS, 2, mask)
    x[step:] = content
    output, _ = multi_head_attention(x, PARAMS, 2, mask)
    np.testing.assert_allclose(output[:step], expected[:step], atol=1e-12)


@given(tokens)
def test_multi_head_attention_last_step_alone_equals_the_whole(x):
    q, k = x[-2:], x
    whole, _ = scaled_dot_product_attention(x, k, x, causal_mask(5))
    step, _ = scaled_dot_product_attention(q, k, x, causal_mask(2, 5))
    np.testing.assert_allclose(step, whole[-2:], atol=1e-12)
