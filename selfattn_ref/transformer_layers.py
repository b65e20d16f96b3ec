"""What is around attention: the feed-forward network, and the layers of encoder and decoder."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from selfattn_ref.attention_module import MultiHeadAttention
from selfattn_ref.tensors import optional_mask, wide_tensor
from selfattn_ref.validation import batch_shape, flag, probability, size


class FeedForward(nn.Module):
    """Work on every token by itself: widen, cut off below 0, narrow again.

    max(0, x W_1 + b_1) W_2 + b_2 — Vaswani et al. (2017), equation 2, with dropout between the ReLU and W_2 as in
    ``torch.nn.TransformerEncoderLayer``.

    Args:
        d_model: width of the tokens.
        d_ff: width in between.
        dropout: probability with which an entry is set to 0 in training, the others growing by 1 / (1 − dropout).

    Attributes:
        linear1, linear2: ``nn.Linear(d_model, d_ff)`` and ``nn.Linear(d_ff, d_model)``, made in this order.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: d_model or d_ff below 1, or dropout outside [0, 1].

    >>> import torch
    >>> FeedForward(d_model=8, d_ff=32)(torch.ones(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model: int, d_ff: int, dropout: float = 0.0) -> None:
        super().__init__()
        d_model, d_ff = size("d_model", d_model, at_least=1), size("d_ff", d_ff, at_least=1)
        self.linear1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(probability("dropout", dropout))
        self.linear2 = nn.Linear(d_ff, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """Widen, cut off, narrow.

        Args:
            x: (..., d_model) tokens.

        Returns:
            (..., d_model), without the residual connection.

        Raises:
            TypeError: x is not a tensor of floats.
            ValueError: x has another number of features.
        """
        x = wide_tensor("x", x, "(..., d_model)", self.linear1.in_features)
        return self.linear2(self.dropout(self.linear1(x).relu()))


class EncoderLayer(nn.Module):
    """Let the tokens look at each other, then work on each by itself; both steps are added to what was there.

    Pre-norm, x + drop(f(norm(x))), or post-norm, norm(x + drop(f(x))), f being first self-attention, then
    the feed-forward network. Vaswani et al. (2017), section 3.1 and figure 1, for post-norm; Xiong et al. (2020) for
    pre-norm. The same numbers as ``torch.nn.TransformerEncoderLayer``, which has post-norm by default.

    Args:
        d_model: width of the tokens.
        num_heads: number of heads; divides d_model.
        d_ff: width inside the feed-forward network.
        dropout: probability, of the weights of attention, inside the feed-forward network, and of what is added.
        norm_first: pre-norm if True, post-norm if False.

    Attributes:
        attention, feed_forward, norm1, norm2: made in this order; norm1 belongs to attention; the norms are
            ``nn.LayerNorm(d_model)`` with its own epsilon, 1e-5.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: a size below 1, num_heads does not divide d_model, or dropout outside [0, 1].

    >>> import torch
    >>> EncoderLayer(d_model=8, num_heads=2, d_ff=32)(torch.ones(3, 5, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.0, norm_first: bool = True) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = flag("norm_first", norm_first)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Apply self-attention and the feed-forward network.

        Args:
            x: (..., seq_len, d_model) tokens.
            mask: as for `MultiHeadAttention`, (..., seq_len, seq_len), True where a token may attend.

        Returns:
            (..., seq_len, d_model).

        Raises:
            TypeError: x is not a tensor of floats, or mask not one of booleans.
            ValueError: sizes disagree; the message gives the shapes.
        """
        x = wide_tensor("x", x, "(..., seq_len, d_model)", self.norm1.normalized_shape[0])

        def look_around(y: Tensor) -> Tensor:
            return self.attention(y, y, y, mask)[0]

        x = residual(x, look_around, self.norm1, self.dropout, self.norm_first)
        return residual(x, self.feed_forward, self.norm2, self.dropout, self.norm_first)


class DecoderLayer(nn.Module):
    """An `EncoderLayer` that also looks at another sequence, between its two steps.

    Vaswani et al. (2017), section 3.1 and figure 1. The same numbers as ``torch.nn.TransformerDecoderLayer``.

    Args:
        d_model: width of the tokens, of both sequences.
        num_heads: number of heads of each attention; divides d_model.
        d_ff: width inside the feed-forward network.
        dropout: probability, of the weights of attention, inside the feed-forward network, and of what is added.
        norm_first: pre-norm if True, post-norm if False; memory is never normalized here.

    Attributes:
        self_attention, cross_attention, feed_forward, norm1, norm2, norm3: made in this order; the norms belong to the
            three steps in order of use.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: a size below 1, num_heads does not divide d_model, or dropout outside [0, 1].

    >>> import torch
    >>> DecoderLayer(d_model=8, num_heads=2, d_ff=32)(torch.ones(3, 5, 8), memory=torch.ones(3, 7, 8)).shape
    torch.Size([3, 5, 8])
    """

    def __init__(self, d_model: int, num_heads: int, d_ff: int, dropout: float = 0.0, norm_first: bool = True) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(d_model), nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = flag("norm_first", norm_first)

    def forward(
        self, x: Tensor, memory: Tensor, self_mask: Tensor | None = None, memory_mask: Tensor | None = None
    ) -> Tensor:
        """Apply self-attention, attention to memory, and the feed-forward network.

        Args:
            x: (..., target_len, d_model) tokens of the decoder.
            memory: (..., source_len, d_model) what the encoder returned.
            self_mask: (..., target_len, target_len), True where a token may attend. Nothing is hidden without it: a
                decoder that must not see the future gets a causal mask here.
            memory_mask: (..., target_len, source_len), True where a token may attend to memory.

        Returns:
            (..., target_len, d_model).

        Raises:
            TypeError: x or memory is not a tensor of floats, or a mask not one of booleans.
            ValueError: sizes disagree; the message gives the shapes.
        """
        width = self.norm1.normalized_shape[0]
        x = wide_tensor("x", x, "(..., target_len, d_model)", width)
        memory = wide_tensor("memory", memory, "(..., source_len, d_model)", width)
        batch = batch_shape({"x": tuple(x.shape), "memory": tuple(memory.shape)}, keep=2)
        optional_mask("self_mask", self_mask, (*x.shape[:-1], x.shape[-2]))
        optional_mask("memory_mask", memory_mask, (*batch, x.shape[-2], memory.shape[-2]))

        def look_back(y: Tensor) -> Tensor:
            return self.self_attention(y, y, y, self_mask)[0]

        def look_across(y: Tensor) -> Tensor:
            return self.cross_attention(y, memory, memory, memory_mask)[0]

        x = residual(x, look_back, self.norm1, self.dropout, self.norm_first)
        x = residual(x, look_across, self.norm2, self.dropout, self.norm_first)
        return residual(x, self.feed_forward, self.norm3, self.dropout, self.norm_first)


def residual(
    x: Tensor, step: Callable[[Tensor], Tensor], norm: nn.LayerNorm, dropout: nn.Dropout, norm_first: bool
) -> Tensor:
    """Add what a step makes of x to x, with the norm before the step or after the sum."""
    return x + dropout(step(norm(x))) if norm_first else norm(x + dropout(step(x)))
