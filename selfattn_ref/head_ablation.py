"""What is a head good for? Turn it off and look what changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from torch import Tensor, nn

from selfattn_ref.attention_module import MultiHeadAttention
from selfattn_ref.tensors import instance_of
from selfattn_ref.validation import require, size


def ablate_head(attention: MultiHeadAttention, head: int) -> AbstractContextManager[MultiHeadAttention]:
    """Turn one head of an attention module off, for as long as the ``with`` block lasts.

    What the head hands to the output projection is replaced by zeros; the other heads, the bias of the projection and
    all weights stay as they are. The attention weights that the module returns still show the head. Michel et al.
    (2019), section 2.3, where it is a mask ξ_h = 0; the model around it takes no part, so that any model that holds
    the module can be measured with and without the head. Blocks inside each other turn several heads off.

    Args:
        attention: the module, ``model.layers[1].attention`` say.
        head: which head, from 0 to num_heads − 1.

    Returns:
        A context manager that gives the module; behind the block, left by an error or not, the head is on again.

    Raises:
        TypeError: attention is not a MultiHeadAttention, or head not an integer.
        ValueError: there is no such head.

    >>> import torch
    >>> attention, x = MultiHeadAttention(d_model=6, num_heads=1), torch.randn(2, 5, 6)
    >>> with ablate_head(attention, 0):
    ...     output, weights = attention(x, x, x)
    >>> bool((output == attention.w_o.bias).all())  # its only head is off
    True
    """
    instance_of("attention", attention, MultiHeadAttention)
    head, count = size("head", head, at_least=0), attention.num_heads
    require(head < count, "head", f"be below num_heads={count}", head)
    return _without(attention, head)


@contextmanager
def _without(attention: MultiHeadAttention, head: int) -> Iterator[MultiHeadAttention]:
    width = attention.w_o.in_features // attention.num_heads

    def silence(_: nn.Module, inputs: tuple[Tensor]) -> Tensor:
        merged = inputs[0].clone()  # (..., q_len, d_model), the heads side by side
        merged[..., head * width : (head + 1) * width] = 0.0
        return merged

    handle = attention.w_o.register_forward_pre_hook(silence)
    try:
        yield attention
    finally:
        handle.remove()
