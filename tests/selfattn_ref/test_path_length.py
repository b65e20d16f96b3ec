import numpy as np
import pytest

from selfattn_ref import max_path_length


def seen_after(layers, n, kernel_size, dilated):
    """The obvious definition: which tokens the last output of a stack sees, layer by layer."""
    seen = {n - 1}
    for layer in reversed(range(layers)):
        step = kernel_size**layer if dilated else 1
        seen = {token - step * tap for token in seen for tap in range(kernel_size)}
    return {token for token in seen if token >= 0}


@pytest.mark.parametrize("kernel_size", [2, 3, 5])
@pytest.mark.parametrize("layer", ["convolution", "dilated"])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 9, 10, 26, 27, 28])
def test_max_path_length_is_the_fewest_layers_that_see_everything(layer, n, kernel_size):
    layers = max_path_length(layer, n, kernel_size)
    assert seen_after(layers, n, kernel_size, layer == "dilated") == set(range(n))
    assert 0 not in seen_after(layers - 1, n, kernel_size, layer == "dilated")


@pytest.mark.parametrize("n", [2, 17, 10**9])
def test_max_path_length_attention_and_recurrent(n):
    assert max_path_length("attention", n) == 1
    assert max_path_length("recurrent", n) == n - 1


def test_max_path_length_default_kernel_has_width_three():
    assert max_path_length("convolution", 10) == max_path_length("convolution", 10, 3) == 5


@pytest.mark.parametrize("power", [5, 20, 40])
def test_max_path_length_dilated_exact_powers_are_not_rounded(power):
    sizes = (3**power - 1, 3**power, 3**power + 1)  # log(243) / log(3) is 4.999…
    assert [max_path_length("dilated", n) for n in sizes] == [power, power, power + 1]


def test_max_path_length_numpy_integers_do_not_overflow():
    assert max_path_length("dilated", np.int8(127), np.int8(5)) == 4
