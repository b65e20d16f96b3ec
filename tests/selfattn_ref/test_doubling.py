import numpy as np
import pytest

from selfattn_ref import double


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0)])
def test_double_any_shape_gives_a_new_array(shape):
    x = np.full(shape, -1.5)
    np.testing.assert_array_equal(double(x), np.full(shape, -3.0), strict=True)
    assert not np.shares_memory(double(x), x)
