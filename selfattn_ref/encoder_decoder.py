"""The Transformer: an encoder that reads one sequence, a decoder that writes another."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from selfattn_ref.masks import causal_mask
from selfattn_ref.positions import sinusoidal_positions
from selfattn_ref.tensors import token_ids, wide_tensor
from selfattn_ref.transformer_layers import DecoderLayer, EncoderLayer
from selfattn_ref.validation import integer, require, same_size, size


class Transformer(nn.Module):
    """Read a sequence of tokens and say, after every token of another one, which comes next.

    Vaswani et al. (2017), figure 1: embeddings times √d_model, plus sinusoidal positions, dropout; then the layers of
    the encoder and of the decoder; then one score for each token of the target's vocabulary. The two embeddings and the
    last projection have weights of their own (the paper shares them). With pre-norm, encoder and decoder end with one
    more norm, as their last sum has none (Xiong et al., 2020); with post-norm they do not.

    Args:
        source_vocab_size: number of tokens that the encoder knows.
        target_vocab_size: number of tokens that the decoder knows.
        d_model: width of the tokens; even, because of the positions.
        num_heads: number of heads of each attention; divides d_model.
        d_ff: width inside the feed-forward networks.
        num_layers: number of layers of the encoder, and of the decoder.
        dropout: probability, in the layers and after the positions are added.
        norm_first: pre-norm if True, post-norm if False.
        pad: the source token that fills up short sequences; hidden from everybody.

    Attributes:
        source_embedding, target_embedding: ``nn.Embedding``, with PyTorch's first weights divided by √d_model, so that
            after the factor √d_model they are as large as the positions.
        encoder, decoder: ``nn.ModuleList`` of `EncoderLayer` and `DecoderLayer`.
        encoder_norm, decoder_norm: ``nn.LayerNorm`` with pre-norm, ``nn.Identity`` with post-norm.
        to_logits: ``nn.Linear(d_model, target_vocab_size)``.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: a size below 1, d_model odd or not divisible by num_heads, dropout outside [0, 1], or pad not a
            token of the source.

    >>> model = Transformer(11, 13, d_model=8, num_heads=2, d_ff=16, num_layers=2)
    >>> source, target = torch.tensor([[5, 3, 0], [7, 2, 9]]), torch.tensor([[1, 4], [1, 12]])
    >>> model(source, target).shape
    torch.Size([2, 2, 13])
    """

    def __init__(
        self,
        source_vocab_size: int,
        target_vocab_size: int,
        d_model: int,
        num_heads: int,
        d_ff: int,
        num_layers: int,
        dropout: float = 0.0,
        norm_first: bool = True,
        pad: int = 0,
    ) -> None:
        super().__init__()
        require(size("d_model", d_model, at_least=1) % 2 == 0, "d_model", "be even", d_model)
        vocab_size = size("source_vocab_size", source_vocab_size, at_least=1)
        self.pad = integer("pad", pad)
        require(0 <= self.pad < vocab_size, "pad", f"lie between 0 and source_vocab_size − 1 = {vocab_size - 1}", pad)
        self.source_embedding = nn.Embedding(vocab_size, d_model)
        self.target_embedding = nn.Embedding(size("target_vocab_size", target_vocab_size, at_least=1), d_model)
        num_layers = size("num_layers", num_layers, at_least=1)
        layer = (d_model, num_heads, d_ff, dropout, norm_first)
        self.encoder = nn.ModuleList([EncoderLayer(*layer) for _ in range(num_layers)])
        self.decoder = nn.ModuleList([DecoderLayer(*layer) for _ in range(num_layers)])
        self.encoder_norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.decoder_norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.to_logits = nn.Linear(d_model, target_vocab_size)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            self.source_embedding.weight /= math.sqrt(d_model)
            self.target_embedding.weight /= math.sqrt(d_model)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Score the token that follows each prefix of target.

        Row t of the result depends on target[: t + 1] only. In training target is the sentence from bos without its
        last token, and row t is compared with token t + 1. Padding behind a target needs no hiding: nothing in front
        of it sees it, and the loss leaves it out.

        Args:
            source: (batch, source_len) tokens; pad is hidden.
            target: (batch, target_len) tokens, starting with bos.

        Returns:
            logits (batch, target_len, target_vocab_size).

        Raises:
            TypeError: source or target is not a tensor of integers.
            ValueError: wrong number of axes, different batch sizes, or a token outside its vocabulary.
        """
        return self.decode(target, *self.encode(source))

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Read the source, once for all tokens of the target.

        Args:
            source: (batch, source_len) tokens; pad is hidden.

        Returns:
            memory (batch, source_len, d_model) and its mask (batch, 1, source_len), True where a token is not pad.

        Raises:
            TypeError: source is not a tensor of integers.
            ValueError: not two axes, or a token outside the vocabulary.
        """
        source = token_ids("source", source, "(batch, source_len)", self.source_embedding.num_embeddings)
        mask = (source != self.pad).unsqueeze(-2)
        x = self._embed(source, self.source_embedding)
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x), mask

    def decode(self, target: Tensor, memory: Tensor, memory_mask: Tensor | None = None) -> Tensor:
        """Score the token that follows each prefix of target, given what `encode` returned.

        Args:
            target: (batch, target_len) tokens, starting with bos.
            memory: (batch, source_len, d_model).
            memory_mask: boolean, broadcastable to (batch, target_len, source_len); True = may attend; all if None.

        Returns:
            logits (batch, target_len, target_vocab_size).

        Raises:
            TypeError: target is not a tensor of integers, memory not one of floats, memory_mask not one of booleans.
            ValueError: sizes disagree, or a token outside the vocabulary.
        """
        target = token_ids("target", target, "(batch, target_len)", self.target_embedding.num_embeddings)
        d_model = self.target_embedding.embedding_dim
        memory = wide_tensor("memory", memory, "(batch, source_len, d_model)", d_model)
        shapes = {"memory": tuple(memory.shape), "target": tuple(target.shape)}
        same_size("have as many sequences (batch) as memory", shapes, memory.shape[0], target.shape[0])
        self_mask = torch.from_numpy(causal_mask(target.shape[-1])).to(target.device)
        x = self._embed(target, self.target_embedding)
        for layer in self.decoder:
            x = layer(x, memory, self_mask, memory_mask)
        return self.to_logits(self.decoder_norm(x))

    def _embed(self, tokens: Tensor, embedding: nn.Embedding) -> Tensor:
        """(batch, seq_len) → (batch, seq_len, d_model)."""
        x = embedding(tokens) * math.sqrt(embedding.embedding_dim)
        positions = torch.from_numpy(sinusoidal_positions(tokens.shape[-1], embedding.embedding_dim))
        return self.dropout(x + positions.to(x))
