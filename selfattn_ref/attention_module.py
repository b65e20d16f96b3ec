"""Multi-head attention as a PyTorch module, and the weights of PyTorch's own one copied into it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from selfattn_ref.heads import head_count
from selfattn_ref.tensors import instance_of, optional_mask, wide_tensor
from selfattn_ref.validation import batch_shape, probability, require, same_size, size


class MultiHeadAttention(nn.Module):
    """Let every token attend to the tokens of a sequence, in several heads at once, with weights that can be learned.

    Concat(head_1, …, head_h) W_O — Vaswani et al. (2017), section 3.2.2. The same numbers as
    `multi_head_attention` and `cross_attention`; ``nn.Linear`` stores W transposed and applies it as x @ W.T + b.

    Args:
        d_model: width of the tokens.
        num_heads: number of heads; divides d_model.
        dropout: probability with which a weight is set to 0 in training, the others growing by 1 / (1 − dropout);
            no effect on the weights that are returned.

    Attributes:
        w_q, w_k, w_v, w_o: the projections, ``nn.Linear(d_model, d_model)``, made in this order.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: d_model below 1, num_heads does not divide it, or dropout outside [0, 1].

    >>> attention, x = MultiHeadAttention(d_model=8, num_heads=2), torch.ones(3, 5, 8)
    >>> output, weights = attention(x, x, x)
    >>> output.shape, weights.shape
    (torch.Size([3, 5, 8]), torch.Size([3, 2, 5, 5]))
    """

    def __init__(self, d_model: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        d_model = size("d_model", d_model, at_least=1)
        self.num_heads = head_count(num_heads, d_model)
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(probability("dropout", dropout))

    def forward(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Project, split into heads, attend, merge, project.

        Args:
            query: (..., q_len, d_model) tokens that ask; in chapter 5 (batch, q_len, d_model).
            key: (..., k_len, d_model) tokens that are compared with.
            value: (..., k_len, d_model) tokens that are passed on.
            mask: boolean, broadcastable to (..., q_len, k_len) over the batch axes, the same for all heads; True where
                a query may attend. A query with no permitted key gets weights 0, and the bias of w_o as its output.
                A NaN in a hidden token spreads, as in PyTorch's own module: 0 · NaN is NaN.

        Returns:
            output (..., q_len, d_model) and weights (..., num_heads, q_len, k_len), before dropout.

        Raises:
            TypeError: query, key or value is not a tensor of floats, or mask not one of booleans.
            ValueError: sizes disagree; the message gives the shapes.
        """
        mask = optional_mask("mask", mask, self._scores_shape(query, key, value))
        q, k, v = self._split(self.w_q(query)), self._split(self.w_k(key)), self._split(self.w_v(value))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., num_heads, q_len, k_len)
        weights = softmax_where(scores, mask_for_heads(mask))
        output = self.dropout(weights) @ v  # (..., num_heads, q_len, head_dim)
        return self.w_o(output.transpose(-3, -2).flatten(-2)), weights

    def _split(self, x: Tensor) -> Tensor:
        """(..., seq_len, d_model) → (..., num_heads, seq_len, head_dim)."""
        return x.unflatten(-1, (self.num_heads, -1)).transpose(-3, -2)

    def _scores_shape(self, query: object, key: object, value: object) -> tuple[int, ...]:
        """Accept inputs that fit this module and each other; return the shape of the scores without the heads."""
        d_model = self.w_q.in_features
        shapes = {
            "query": tuple(wide_tensor("query", query, "(..., q_len, d_model)", d_model).shape),
            "key": tuple(wide_tensor("key", key, "(..., k_len, d_model)", d_model).shape),
            "value": tuple(wide_tensor("value", value, "(..., k_len, d_model)", d_model).shape),
        }
        pair = {name: shapes[name] for name in ("key", "value")}
        same_size("have as many rows (k_len) as key", pair, shapes["key"][-2], shapes["value"][-2])
        return (*batch_shape(shapes, keep=2), shapes["query"][-2], shapes["key"][-2])


def softmax_where(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Softmax over the permitted keys: hidden ones get exactly 0, and so does a whole row without any, never NaN."""
    if mask is None:
        return scores.softmax(dim=-1)
    weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
    return weights.masked_fill(~mask, 0.0)  # an empty row comes as NaN; neither it nor its gradient gets through


def mask_for_heads(mask: Tensor | None) -> Tensor | None:
    """Insert the head axis, (..., 1, q_len, k_len), where the mask has batch axes."""
    return mask if mask is None or mask.ndim <= 2 else mask.unsqueeze(-3)


@torch.no_grad()
def copy_weights(mine: MultiHeadAttention, torch_mha: nn.MultiheadAttention) -> None:
    """Copy the weights of PyTorch's module into this one, in place; PyTorch's stays as it is.

    PyTorch keeps W_Q, W_K and W_V below each other in ``in_proj_weight`` (3·d_model, d_model), in this order, and
    likewise their biases; W_O is ``out_proj``. The numbers are copied, not shared, and take the dtype of ``mine``.

    Afterwards ``mine(x, x, x, mask)`` equals ``torch_mha(x, x, x, attn_mask=~mask, average_attn_weights=False)`` for
    ``batch_first=True`` in eval mode, or with dropout 0, where every query has a permitted key.

    Args:
        mine: takes the weights.
        torch_mha: gives them; of the same embed_dim and num_heads, made without kdim, vdim, add_bias_kv and
            add_zero_attn. Where it has no biases (``bias=False``), those of mine become 0.

    Raises:
        TypeError: mine is not a MultiHeadAttention, or torch_mha not a ``torch.nn.MultiheadAttention``.
        ValueError: sizes disagree, or torch_mha is made with an option for which mine has no place. Nothing has been
            copied.

    >>> mine, theirs = MultiHeadAttention(8, 2), nn.MultiheadAttention(8, 2, batch_first=True)
    >>> copy_weights(mine, theirs)
    >>> x = torch.ones(3, 5, 8)
    >>> torch.allclose(mine(x, x, x)[0], theirs(x, x, x)[0], atol=1e-6)
    True
    """
    instance_of("mine", mine, MultiHeadAttention)
    instance_of("torch_mha", torch_mha, nn.MultiheadAttention)
    own, theirs = (mine.w_q.in_features, mine.num_heads), (torch_mha.embed_dim, torch_mha.num_heads)
    require(theirs == own, "torch_mha", f"have embed_dim, num_heads = {own}", theirs)
    extras = {
        "kdim or vdim": torch_mha.in_proj_weight is None,
        "add_bias_kv": torch_mha.bias_k is not None,
        "add_zero_attn": torch_mha.add_zero_attn,
    }
    found = ", ".join(name for name, there in extras.items() if there)
    require(not found, "torch_mha", "be made without kdim, vdim, add_bias_kv and add_zero_attn", found)
    weights = (*torch_mha.in_proj_weight.chunk(3), torch_mha.out_proj.weight)
    without = torch_mha.in_proj_bias is None
    biases = 4 * (None,) if without else (*torch_mha.in_proj_bias.chunk(3), torch_mha.out_proj.bias)
    for linear, weight, bias in zip((mine.w_q, mine.w_k, mine.w_v, mine.w_o), weights, biases, strict=True):
        linear.weight.copy_(weight)
        linear.bias.copy_(torch.zeros_like(linear.bias) if bias is None else bias)
