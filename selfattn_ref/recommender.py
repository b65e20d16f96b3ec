"""What will this user want next? Attention over what they chose so far."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from selfattn_ref.next_item import PADDING
from selfattn_ref.tensors import token_ids
from selfattn_ref.transformer_layers import EncoderLayer
from selfattn_ref.validation import probability, require, size


class SelfAttentiveRecommender(nn.Module):
    """Score every item as the next one, after each item of a user's history.

    Item embeddings times √d_model plus learned positions, layers of causal self-attention, a last layer norm, and the
    dot product of every state with every item's own embedding. SASRec, Kang and McAuley (2018), section 3, with the
    pre-norm layers of this course; d_ff = d_model as there.

    Positions are counted over the items alone, the first item of a history being 0. So padding before or behind the
    items changes nothing, and the scores after t items are the same whatever comes later.

    Args:
        num_items: items have the ids 1 … num_items; 0 is padding.
        max_len: the longest history; keep the last max_len items of a longer one.
        d_model: width of the states.
        num_heads: number of heads; divides d_model.
        num_layers: number of layers, at least 1.
        dropout: probability, of the embeddings and inside the layers.

    Attributes:
        items: ``nn.Embedding(num_items + 1, d_model)``, row 0 is zero and stays so; also the output layer.
        positions: ``nn.Embedding(max_len, d_model)``.
        layers: ``nn.ModuleList`` of `EncoderLayer`.
        norm: ``nn.LayerNorm(d_model)``.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: a size below 1, num_heads does not divide d_model, or dropout outside [0, 1].

    >>> model = SelfAttentiveRecommender(num_items=9, max_len=5, d_model=8, num_heads=2, num_layers=1)
    >>> scores = model(torch.tensor([[0, 0, 3, 5, 7]]))
    >>> scores.shape, scores[0, -1, 0].item()  # padding is never recommended
    (torch.Size([1, 5, 10]), -inf)
    """

    def __init__(
        self, num_items: int, max_len: int, d_model: int, num_heads: int, num_layers: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        num_items, max_len = size("num_items", num_items, at_least=1), size("max_len", max_len, at_least=1)
        d_model, num_layers = size("d_model", d_model, at_least=1), size("num_layers", num_layers, at_least=1)
        self.items = nn.Embedding(num_items + 1, d_model, padding_idx=PADDING)
        self.positions = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(probability("dropout", dropout))
        self.layers = nn.ModuleList(EncoderLayer(d_model, num_heads, d_model, dropout) for _ in range(num_layers))
        self.norm = nn.LayerNorm(d_model)
        with torch.no_grad():  # scores of size 1 to begin with: a state has length √d_model, an item about 1
            self.items.weight.normal_(std=d_model**-0.5)[PADDING] = 0.0
            self.positions.weight.normal_(std=d_model**-0.5)

    def forward(self, sequences: Tensor) -> Tensor:
        """Score all items after each item of a history.

        Args:
            sequences: (batch, seq_len) integers, the earliest item first, seq_len ≤ max_len; 0 is padding, before or
                behind the items.

        Returns:
            (batch, seq_len, num_items + 1) scores of what comes after each position, −inf for id 0. At a padding
            position they mean nothing: training leaves it out (``ignore_index=0`` with the targets of `shift_targets`).

        Raises:
            TypeError: sequences is not a tensor of integers.
            ValueError: not two axes, seq_len above max_len, or an id that is no item.
        """
        scores = self.states(sequences) @ self.items.weight[1:].T  # (batch, seq_len, num_items)
        return nn.functional.pad(scores, (1, 0), value=-math.inf)

    def states(self, sequences: Tensor) -> Tensor:
        """(batch, seq_len, d_model): what `forward` compares with the items; arguments and errors as there."""
        ids = token_ids("sequences", sequences, "(batch, seq_len)", self.items.num_embeddings)
        seq_len, max_len = ids.shape[1], self.positions.num_embeddings
        require(seq_len <= max_len, "sequences", f"have at most max_len={max_len} columns", f"shape {tuple(ids.shape)}")
        real = ids != PADDING  # (batch, seq_len)
        position = (real.cumsum(dim=1) - 1).clamp(min=0)
        x = self.dropout(self.items(ids) * math.sqrt(self.items.embedding_dim) + self.positions(position))
        mask = real[:, None, :] & torch.ones(seq_len, seq_len, dtype=torch.bool, device=ids.device).tril()
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)
