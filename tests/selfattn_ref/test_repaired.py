"""The four repaired functions against the rules that their broken forms violate, and against PyTorch."""

import numpy as np
import torch

from selfattn_ref import repaired_heads, repaired_mask, repaired_scale, repaired_softmax


def drawn(rng, *shape):
    return rng.normal(size=shape)


def test_repaired_scale_score_of_a_pair_does_not_depend_on_other_keys(rng):
    q, k = drawn(rng, 3, 4), drawn(rng, 7, 4)
    np.testing.assert_allclose(repaired_scale(q, k)[:, :2], repaired_scale(q, k[:2]), rtol=1e-13)


def test_repaired_softmax_rows_sum_to_one_and_equal_torch(rng):
    q, k, v = drawn(rng, 2, 5, 4), drawn(rng, 2, 7, 4), drawn(rng, 2, 7, 3)
    output, weights = repaired_softmax(q, k, v)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0)
    theirs = torch.nn.functional.scaled_dot_product_attention(*map(torch.from_numpy, (q, k, v)))
    np.testing.assert_allclose(output, theirs.numpy(), rtol=1e-12, atol=1e-14)


def test_repaired_mask_hidden_keys_change_nothing(rng):
    q, k, v = drawn(rng, 4, 3), drawn(rng, 4, 3), drawn(rng, 4, 2)
    mask = np.tri(4, dtype=bool)
    output, weights = repaired_mask(q, k, v, mask)
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0)
    k[-1], v[-1] = 1e3, 1e3
    np.testing.assert_array_equal(repaired_mask(q, k, v, mask)[0][:-1], output[:-1])


def test_repaired_heads_commutes_with_permutations_and_equals_torch(rng):
    q, k, v = (drawn(rng, 5, 12) for _ in range(3))
    output, order = repaired_heads(q, k, v, 3), rng.permutation(5)
    np.testing.assert_allclose(repaired_heads(q[order], k[order], v[order], 3), output[order], rtol=1e-12)
    heads = [torch.from_numpy(each).reshape(5, 3, 4).transpose(0, 1) for each in (q, k, v)]
    theirs = torch.nn.functional.scaled_dot_product_attention(*heads).transpose(0, 1).reshape(5, 12)
    np.testing.assert_allclose(output, theirs.numpy(), rtol=1e-12, atol=1e-14)
