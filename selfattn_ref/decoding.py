"""Write a sequence with an encoder–decoder, the likeliest token at a time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from selfattn_ref.evaluation_mode import evaluation_mode
from selfattn_ref.tensors import float_tensor, instance_of, int_tensor
from selfattn_ref.validation import size


def greedy_decode(model: nn.Module, source: Tensor, bos: int, eos: int, max_len: int) -> Tensor:
    """Start with bos and append the likeliest next token until every sequence has written eos, or is full.

    The model is called as ``model(source, tokens)`` with the tokens so far, (batch, len), and returns logits
    (batch, len, vocab), as `Transformer` does; the last row chooses. That computes the past again for every
    token; `decode_step` shows how not to. The model runs in evaluation mode and without gradients; the mode of each
    of its modules is restored, after an error too.

    Args:
        model: a module that scores next tokens.
        source: (batch, source_len) tokens to read.
        bos: token with which every sequence starts; it may be the same as eos.
        eos: token that ends a sequence.
        max_len: largest length of the result, bos included.

    Returns:
        (batch, len) int64 tokens with bos in front, on the device of source; len ≤ max_len, and no longer than the
        longest sequence with its eos. Behind its eos a sequence is filled up with eos. Of equal logits the
        lowest token wins.

    Raises:
        TypeError: model is not a module, source not a tensor of integers, or another argument not an integer.
        ValueError: source does not have two axes, bos or eos is negative, max_len is below 1, or the model returns
            no logits of that shape.

    >>> class CountDown(nn.Module):  # the next token is one below the last one
    ...     def forward(self, source, tokens):
    ...         return nn.functional.one_hot(tokens - 1, 10).float()
    >>> greedy_decode(CountDown(), torch.ones(1, 1).long(), bos=3, eos=1, max_len=9)
    tensor([[3, 2, 1]])
    """
    instance_of("model", model, nn.Module)
    source = int_tensor("source", source, "(batch, source_len)")
    bos, eos = size("bos", bos, at_least=0), size("eos", eos, at_least=0)
    max_len = size("max_len", max_len, at_least=1)
    tokens = torch.full((len(source), 1), bos, device=source.device)
    ended = torch.zeros(len(source), dtype=torch.bool, device=source.device)
    with evaluation_mode(model):
        while tokens.shape[1] < max_len and not ended.all():
            logits = float_tensor("model(source, tokens)", model(source, tokens), "(batch, len, vocab)")
            chosen = logits[:, -1].argmax(dim=-1).masked_fill(ended, eos)  # argmax: the first of equals
            tokens = torch.cat([tokens, chosen[:, None]], dim=1)
            ended |= chosen == eos
    return tokens
