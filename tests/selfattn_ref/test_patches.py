import numpy as np
import pytest
import torch

from selfattn_ref import patchify


@pytest.mark.parametrize("patch", [1, 2])
def test_patchify_equals_its_rule_entry_by_entry(rng, patch):
    images = rng.normal(size=(2, 4, 6, 3))
    patches = patchify(images, patch)
    columns = 6 // patch
    assert patches.shape == (2, 4 // patch * columns, patch * patch * 3)
    for b, row, column, z in np.ndindex(images.shape):
        (r, y), (c, x) = divmod(row, patch), divmod(column, patch)
        assert patches[b, r * columns + c, (y * patch + x) * 3 + z] == images[b, row, column, z]


def test_patchify_whole_image_is_one_token(rng):
    images = rng.normal(size=(2, 5, 5, 3))
    np.testing.assert_array_equal(patchify(images, 5), images.reshape(2, 1, 75))


def test_patchify_and_a_matrix_equal_torch_convolution_with_that_stride(rng):
    images, kernel = rng.normal(size=(2, 4, 6, 3)), rng.normal(size=(5, 3, 2, 2))  # 5 features out
    expected = torch.nn.functional.conv2d(torch.tensor(images.transpose(0, 3, 1, 2)), torch.tensor(kernel), stride=2)
    tokens = patchify(images, 2) @ kernel.transpose(2, 3, 1, 0).reshape(12, 5)
    np.testing.assert_allclose(tokens, expected.flatten(2).transpose(1, 2).numpy(), atol=1e-12)


@pytest.mark.parametrize("patch", [1, 4])
def test_patchify_result_is_a_new_array(rng, patch):
    images = rng.normal(size=(2, 4, 4, 3))
    assert not np.shares_memory(patchify(images, patch), images)
