"""How many steps apart two tokens are in one kind of layer."""

from __future__ import annotations

from selfattn_ref.validation import require, size, string

LAYERS = ("attention", "recurrent", "convolution", "dilated")


def max_path_length(layer: str, n: int, kernel_size: int = 3) -> int:
    """Count the steps from the first to the last of n tokens through one kind of layer.

    Vaswani et al. (2017), table 1, in exact numbers instead of O(·). Convolutions reach kernel_size − 1 tokens back;
    several are stacked until the last output sees the first token. Stacked "convolution" layers are not dilated;
    "dilated" ones have the dilations 1, kernel_size, kernel_size², … — van den Oord et al. (2016).

    Args:
        layer: "attention", "recurrent", "convolution" or "dilated".
        n: number of tokens, at least 2.
        kernel_size: width of a convolution, at least 2; the other layers ignore it.

    Returns:
        attention 1; recurrent n − 1; convolution ⌈(n − 1) / (kernel_size − 1)⌉; dilated the smallest L with
        kernel_sizeᴸ ≥ n.

    Raises:
        TypeError: layer is not a string, or n or kernel_size not an integer.
        ValueError: another layer, n below 2, or kernel_size below 2.

    >>> [max_path_length(layer, 100) for layer in ("attention", "recurrent", "convolution", "dilated")]
    [1, 99, 50, 5]
    """
    layer = string("layer", layer)
    require(layer in LAYERS, "layer", f"be one of {', '.join(LAYERS)}", repr(layer))
    n = size("n", n, at_least=2)
    kernel_size = size("kernel_size", kernel_size, at_least=2)
    if layer == "attention":
        return 1
    if layer == "recurrent":
        return n - 1
    if layer == "convolution":
        return -(-(n - 1) // (kernel_size - 1))  # rounded up, in integers
    layers, seen = 0, 1  # `seen` tokens lie in the view of one output
    while seen < n:
        layers, seen = layers + 1, seen * kernel_size
    return layers
