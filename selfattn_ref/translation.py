"""Training an encoder–decoder to translate, and looking at what it has learned.

Used by chapter 5's page and notebook on dates; nothing here knows what the tokens mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from selfattn_ref.corpora.pieces import BOS, EOS, PAD
from selfattn_ref.decoding import greedy_decode
from selfattn_ref.evaluation_mode import evaluation_mode
from selfattn_ref.schedules import warmup_learning_rate
from selfattn_ref.validation import FloatArray, require

Pair = tuple[Sequence[int], Sequence[int]]  # tokens of a source and of its translation
Loss = Callable[[Tensor, Tensor], Tensor]  # logits, labels → scalar
Shift = Callable[[Tensor], tuple[Tensor, Tensor]]  # target → inputs, labels


def padded(sequences: Sequence[Sequence[int]], at_least: int = 0) -> Tensor:
    """Put sequences of different lengths below each other, filled up behind with padding.

    Args:
        sequences: tokens, at least one sequence.
        at_least: smallest width of the result.

    Returns:
        (batch, longest) int64 tokens.

    Raises:
        ValueError: there is no sequence.

    >>> padded([[5, 3], [7]]).tolist()
    [[5, 3], [7, 0]]
    """
    require(len(sequences) > 0, "sequences", "hold at least one", "none")
    longest = max(at_least, *map(len, sequences))
    return torch.tensor([[*each, *(longest - len(each)) * [PAD]] for each in sequences])


def batch_of(pairs: Sequence[Pair], target_len: int = 0) -> tuple[Tensor, Tensor]:
    """Sources (batch, source_len), and targets between the tokens of beginning and end, at least target_len long."""
    return padded([source for source, _ in pairs]), padded([[BOS, *target, EOS] for _, target in pairs], target_len)


def shifted(target: Tensor) -> tuple[Tensor, Tensor]:
    """What the decoder sees, and what it is to say: every token is asked for the one behind it.

    Args:
        target: (batch, target_len) tokens from bos to eos.

    Returns:
        inputs and labels, both (batch, target_len − 1).

    >>> inputs, labels = shifted(torch.tensor([[1, 7, 8, 2]]))
    >>> inputs.tolist(), labels.tolist()
    ([[1, 7, 8]], [[7, 8, 2]])
    """
    return target[:, :-1], target[:, 1:]


def translation_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy over the labels that are no padding, in nats.

    Args:
        logits: (batch, target_len, vocab), before any softmax: cross-entropy takes its own.
        labels: (batch, target_len).
    """
    return functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=PAD)


def train(
    model: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    *,
    steps: int,
    d_model: int,
    warmup_steps: int,
    factor: float,
    loss: Loss = translation_loss,
    shift: Shift = shifted,
) -> Iterator[float]:
    """Improve the model with every batch, by teacher forcing: the decoder always sees the right tokens so far.

    Adam with the settings of Vaswani et al. (2017), section 5.3. The learning rate follows their schedule, times
    a factor and times a line that falls to 0 at the end: the last steps are small, so that the result does not
    depend on the last few batches.

    Args:
        model: called as ``model(source, inputs)``, returns logits (batch, target_len, vocab); left in training mode.
        batches: sources and targets, as `batch_of` makes them; at least as many as steps.
        steps: number of steps.
        d_model: width of the model, for the schedule.
        warmup_steps: number of steps on which the learning rate rises.
        factor: of the learning rate.
        loss: of logits and labels.
        shift: makes the decoder's inputs and the labels of a target.

    Yields:
        The loss of each batch, before its step.
    """
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.9, 0.98), eps=1e-9)
    for step, (source, target) in zip(range(1, steps + 1), batches, strict=False):
        model.train()  # whoever looks at a translation in between may have left it in evaluation mode
        rate = factor * warmup_learning_rate(step, d_model, warmup_steps) * (1 - (step - 1) / steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        inputs, labels = shift(target)
        error = loss(model(source, inputs), labels)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        yield error.item()


def translate(model: nn.Module, sources: Sequence[Sequence[int]], max_len: int) -> list[list[int]]:
    """The likeliest translations, token by token, as `greedy_decode` returns them; `max_len` counts the beginning."""
    return greedy_decode(model, padded(sources), BOS, EOS, max_len).tolist()


def exact_match(model: nn.Module, pairs: Sequence[Pair]) -> float:
    """The share of sources whose translation is right in every token, its end included.

    Raises:
        ValueError: there is no pair.
    """
    longest = max((len(target) for _, target in pairs), default=0) + 2
    said = translate(model, [source for source, _ in pairs], longest)
    right = [_until_end(mine) == list(target) for mine, (_, target) in zip(said, pairs, strict=True)]
    return sum(right) / len(right)


def _until_end(tokens: Sequence[int]) -> list[int] | None:
    """What stands between beginning and end; None without an end."""
    return list(tokens[1 : tokens.index(EOS, 1)]) if EOS in tokens[1:] else None


def next_log_probabilities(model: nn.Module, source: Sequence[int]) -> Callable[[list[int]], FloatArray]:
    """For one source, the function that `beam_search` asks: tokens so far → (vocab,) log-probabilities of the next."""
    read = padded([source])

    def step(tokens: list[int]) -> FloatArray:
        with evaluation_mode(model):
            logits = model(read, torch.tensor([tokens]))[0, -1]
        return logits.double().log_softmax(dim=-1).numpy()

    return step


def cross_attention_weights(model: nn.Module, source: Tensor, target: Tensor) -> FloatArray:
    """How every token of the decoder attends to the source, in every layer and head.

    The layers ``model.decoder[i].cross_attention`` return their weights, but `DecoderLayer` does not pass them on; so
    they are read on the way. The model runs in evaluation mode and without gradients.

    Args:
        model: an encoder–decoder with the parts of `Transformer`.
        source: (batch, source_len) tokens.
        target: (batch, target_len) tokens that the decoder sees.

    Returns:
        (batch, layers, num_heads, target_len, source_len).
    """
    seen: list[Tensor] = []
    hooks = [
        layer.cross_attention.register_forward_hook(lambda module, inputs, result: seen.append(result[1]))
        for layer in model.decoder
    ]
    try:
        with evaluation_mode(model):
            model(source, target)
    finally:
        for hook in hooks:
            hook.remove()
    return np.stack([each.numpy() for each in seen], axis=1)
