"""Attempts at `max_path_length`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "max_path_length"


@right(ID)
def chain_of_ifs(layer, n, kernel_size=3):
    if layer == "attention":
        return 1
    if layer == "recurrent":
        return n - 1
    if layer == "convolution":
        return -(-(n - 1) // (kernel_size - 1))
    if layer == "dilated":
        layers = 0
        while kernel_size**layers < n:
            layers += 1
        return layers
    raise ValueError(f"unknown layer {layer!r}")


@right(ID)
def match(layer, n, kernel_size=3):
    match layer:
        case "attention":
            return 1
        case "recurrent":
            return n - 1
        case "convolution":
            full, rest = divmod(n - 1, kernel_size - 1)
            return full + (rest > 0)
        case "dilated":
            layers, rest = 0, n
            while rest > 1:
                layers, rest = layers + 1, (rest + kernel_size - 1) // kernel_size
            return layers
        case _:
            raise ValueError(layer)


@right(ID)
def dictionary_of_functions(layer, n, kernel_size=3):
    def dilated():
        return 0 if n <= 1 else 1 + _layers(-(-n // kernel_size), kernel_size)

    known = {
        "attention": lambda: 1,
        "recurrent": lambda: n - 1,
        "convolution": lambda: (n - 1 + kernel_size - 2) // (kernel_size - 1),
        "dilated": dilated,
    }
    try:
        return known[layer]()
    except KeyError:
        raise ValueError("layer must be known") from None


def _layers(n, kernel_size):
    return 0 if n <= 1 else 1 + _layers(-(-n // kernel_size), kernel_size)


@right(ID)
def simulates_small_steps(layer, n, kernel_size=3):
    if layer not in ("attention", "recurrent", "convolution", "dilated"):
        raise ValueError
    if layer == "attention":
        return np.int64(1)
    if layer == "recurrent":
        return np.int64(n) - 1
    if layer == "convolution":
        return (n - 2) // (kernel_size - 1) + 1
    seen, dilation, layers = 1, 1, 0
    while seen < n:
        seen += (kernel_size - 1) * dilation
        dilation *= kernel_size
        layers += 1
    return layers


@right(ID)
def corrects_the_logarithm(layer, n, kernel_size=3):
    if layer == "attention":
        return 1
    if layer == "recurrent":
        return n - 1
    if layer == "convolution":
        return math.floor((n + kernel_size - 3) // (kernel_size - 1))
    if layer == "dilated":
        guess = max(round(math.log(n, kernel_size)) - 2, 0)
        while kernel_size**guess < n:
            guess += 1
        return guess
    raise ValueError("no such layer")


def build(attention=None, recurrent=None, convolution=None, dilated=None, otherwise=None):
    """A right function with some of its branches replaced."""

    def attempt(layer, n, kernel_size=3):
        branch = {"attention": attention, "recurrent": recurrent, "convolution": convolution, "dilated": dilated}
        if branch.get(layer):
            return branch[layer](n, kernel_size)
        if otherwise and layer not in branch:
            return otherwise(n, kernel_size)
        return chain_of_ifs(layer, n, kernel_size)

    return attempt


def slip(name, *codes, **branches):
    attempt = build(**branches)
    attempt.__name__ = name
    wrong(ID, *codes)(attempt)


def powers(n, k):
    layers = 0
    while k**layers < n:
        layers += 1
    return layers


def strict_powers(n, k):
    layers, seen = 0, 1
    while seen <= n:
        layers, seen = layers + 1, seen * k
    return layers


def doubling(n, k):
    seen, dilation, layers = 1, 1, 0
    while seen < n:
        seen, dilation, layers = seen + (k - 1) * dilation, 2 * dilation, layers + 1
    return layers


slip("recurrent_n", "counts-tokens", recurrent=lambda n, k: n)
slip("convolution_covers_n", "one-layer-too-many", convolution=lambda n, k: (n + k - 2) // (k - 1))
slip("dilated_covers_one_less", "counts-tokens", dilated=lambda n, k: powers(n - 1, k))
slip("attention_n", "attention-takes-more", attention=lambda n, k: n)
slip("attention_zero", "attention-takes-more", attention=lambda n, k: 0)
slip("floors", "rounds-down", convolution=lambda n, k: (n - 1) // (k - 1))
slip("divides_by_kernel", "kernel-size-not-reach", convolution=lambda n, k: (n + k - 1) // k)
slip("reaches_a_whole_kernel", "kernel-size-not-reach", convolution=lambda n, k: (n + k - 2) // k)
slip("half_kernels", "kernel-size-not-reach", convolution=lambda n, k: -(-(n - 1) // (k // 2)))
slip("always_one_more", "one-layer-too-many", convolution=lambda n, k: 1 + (n - 1) // (k - 1))
slip("ceil_of_a_float", "counts-in-floats", convolution=lambda n, k: math.ceil((n - 1) / (k - 1)))
slip("logarithm", "counts-in-floats", dilated=lambda n, k: math.ceil(math.log(n, k)))
slip("numpy_logarithm", "counts-in-floats", dilated=lambda n, k: int(np.ceil(np.log(n) / np.log(k))))
slip(
    "all_in_floats",
    "counts-in-floats",
    convolution=lambda n, k: math.ceil((n - 1) / (k - 1)),
    dilated=lambda n, k: math.ceil(math.log(n) / math.log(k)),
)
slip("floor_of_logarithm", "rounds-down", dilated=lambda n, k: int(math.log(n, k)))
slip("floor_plus_one", "one-layer-too-many", dilated=lambda n, k: int(math.log(n, k)) + 1)
slip("strict", "one-layer-too-many", dilated=strict_powers)
slip("doubles_the_dilation", "doubles-dilation", dilated=doubling)
slip("binary_tree", "doubles-dilation", dilated=lambda n, k: powers(n, 2))
slip("dilated_as_plain", "dilation-mixed-up", dilated=lambda n, k: -(-(n - 1) // (k - 1)))
slip("plain_as_dilated", "dilation-mixed-up", convolution=powers)
slip(
    "kernel_of_three",
    "ignores-kernel-size",
    convolution=lambda n, k: -(-(n - 1) // 2),
    dilated=lambda n, k: powers(n, 3),
)
slip(
    "recurrent_n_and_floor",
    "counts-tokens",
    "rounds-down",
    recurrent=lambda n, k: n,
    convolution=lambda n, k: (n - 1) // (k - 1),
)
slip("else_means_dilated", "accepts-bad-input", otherwise=powers)
slip("else_is_one", "accepts-bad-input", otherwise=lambda n, k: 1)
slip(
    "else_and_floor",
    "accepts-bad-input",
    "rounds-down",
    convolution=lambda n, k: (n - 1) // (k - 1),
    otherwise=powers,
)
slip("else_is_none", "accepts-bad-input", otherwise=lambda n, k: None)
slip("float_result", "wrong-type", convolution=lambda n, k: float(np.ceil((n - 1) / (k - 1))))


@wrong(ID, "wrong-exception")
def dictionary(layer, n, kernel_size=3):
    counts = {
        "attention": 1,
        "recurrent": n - 1,
        "convolution": -(-(n - 1) // (kernel_size - 1)),
        "dilated": powers(n, kernel_size),
    }
    return counts[layer]


@wrong(ID, "wrong-exception", "rounds-down")
def dictionary_and_floor(layer, n, kernel_size=3):
    counts = {
        "attention": 1,
        "recurrent": n - 1,
        "convolution": (n - 1) // (kernel_size - 1),
        "dilated": powers(n, kernel_size),
    }
    return counts[layer]


@wrong(ID, "raises")
def raises_a_type_error(layer, n, kernel_size=3):
    if layer == "pooling":
        raise TypeError(layer)
    return chain_of_ifs(layer, n, kernel_size)


@wrong(ID, "ready-made")
def reference(layer, n, kernel_size=3):
    from selfattn_ref import max_path_length

    return max_path_length(layer, n, kernel_size)


@wrong(ID, "wrong-signature")
def no_kernel_size(layer, n):
    return chain_of_ifs(layer, n)


@wrong(ID, "not-written-yet")
def as_released(layer, n, kernel_size=3):
    raise NotImplementedError()


@wrong(ID, "returns-nothing")
def prints(layer, n, kernel_size=3):
    print(chain_of_ifs("attention", n))
