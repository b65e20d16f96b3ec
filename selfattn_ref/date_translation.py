"""The course's first Transformer: it learns to translate dates in words to ISO dates, in about half a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from selfattn_ref.corpora.date_phrases import SOURCE, TARGET, Day, Example, draw, split_dates
from selfattn_ref.encoder_decoder import Transformer
from selfattn_ref.seeds import seeded
from selfattn_ref.translation import Pair, batch_of, exact_match, train


@dataclass(frozen=True)
class Setting:
    """Sizes of the model and of its training."""

    d_model: int = 64
    num_heads: int = 4
    d_ff: int = 128
    num_layers: int = 1
    steps: int = 600
    batch_size: int = 128
    warmup_steps: int = 100
    factor: float = 0.4


SETTING = Setting()


@dataclass(frozen=True)
class Learned:
    """A model that has learned to translate dates.

    Attributes:
        model: the model.
        losses: of every step, in nats a token.
        curve: number of steps → exact match on 200 held-out dates after them.
        exact_match: share of right translations of held-out dates.
        held_out: the held-out phrases on which that was measured.
    """

    model: nn.Module
    losses: list[float]
    curve: dict[int, float]
    exact_match: float
    held_out: list[Example]


def pairs(examples: Iterable[Example]) -> list[Pair]:
    """Tokens of phrases and of their translations.

    >>> pairs([Example("3/4/1987", "1987-03-04")])[0][1]
    [4, 12, 11, 10, 13, 3, 6, 13, 3, 7]
    """
    return [(SOURCE.encode(each.phrase), TARGET.encode(each.iso)) for each in examples]


def batches(
    rng: np.random.Generator, days: Sequence[Day], batch_size: int, target_len: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches without end, drawn from the dates of `days`."""
    while True:
        yield batch_of(pairs(draw(rng, days, batch_size)), target_len)


def model_of(setting: Setting, kind: Callable[..., nn.Module] = Transformer) -> nn.Module:
    """A model of this size that has learned nothing."""
    sizes = (setting.d_model, setting.num_heads, setting.d_ff, setting.num_layers)
    return kind(len(SOURCE), len(TARGET), *sizes)


def learn(
    seed: int,
    kind: Callable[..., nn.Module] = Transformer,
    setting: Setting = SETTING,
    *,
    progress: Callable[[Iterable[float]], Iterable[float]] = iter,
    every: int | None = None,
    held_out: int = 2000,
    target_len: int = 0,
    **training: Any,
) -> Learned:
    """Train a model on dates and try it on dates that it has never seen.

    Args:
        seed: of the split, the batches and the first weights.
        kind: class of the model; its constructor takes what that of `Transformer` takes.
        setting: sizes.
        progress: wraps the losses of the steps, to show how far it is.
        every: number of steps after which exact match is measured for the curve; None for never.
        held_out: number of held-out phrases, each of another date where there are enough, on which is measured.
        target_len: smallest length to which targets are padded.
        training: `loss` and `shift` of `selfattn_ref.translation.train`, where they are not the usual ones.

    Returns:
        The model in evaluation mode, with its measurements.
    """
    rng = np.random.default_rng(seed)
    train_days, test_days = split_dates(rng)
    test = draw(np.random.default_rng([seed, 1]), test_days, held_out)
    known = {name: asdict(setting)[name] for name in ("steps", "d_model", "warmup_steps", "factor")}
    losses: list[float] = []
    curve: dict[int, float] = {}
    with seeded(seed):
        model = model_of(setting, kind)
        source = batches(rng, train_days, setting.batch_size, target_len)
        for loss in progress(train(model, source, **known, **training)):
            losses.append(loss)
            if every and len(losses) % every == 0:
                curve[len(losses)] = exact_match(model, pairs(test[:200]))
        share = exact_match(model.eval(), pairs(test))
    return Learned(model, losses, curve, share, test)
