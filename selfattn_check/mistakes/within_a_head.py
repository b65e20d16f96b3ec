"""Mistakes inside one of several heads: those of a single head, and a scale for all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.hiding import HIDING
from selfattn_check.mistakes.mixing import MIXING
from selfattn_check.mistakes.normalizing import NORMALIZING
from selfattn_check.mistakes.scaling import COMPARING, SCALING

__all__ = ["SCALE_BY_D_MODEL", "WITHIN_A_HEAD"]

SCALE_BY_D_MODEL = Mistake(
    "scale-by-d-model",
    "when the scores are divided by √d_model, the width of all heads together",
    "divide by √head_dim: a query of one head has head_dim features",
    {"scale": lambda raw, q, k: raw / (q.shape[-3] * q.shape[-1]) ** 0.5},
)

# The finer ones, such as fills that are not quite −∞, belong to `masked_softmax`; here they would cost time in pairs.
_CODES = (
    "missing-scale",
    "scale-by-d",
    "scale-by-sequence",
    "keys-times-queries",
    "transposes-all-axes",
    "queries-with-queries",
    "softmax-over-queries",
    "softmax-over-all",
    "softmax-over-heads",
    "no-max-subtraction",
    "global-max",
    "weights-transposed",
    "mixes-wrong-values",
    "ignores-mask",
    "mask-inverted",
    "mask-added-as-0-1",
    "mask-multiplies-scores",
    "mask-after-softmax",
    "mask-after-softmax-renormalised",
    "nan-on-empty-row",
    "zero-fill",
)


def _chosen(mistakes: Iterable[Mistake]) -> Iterator[Mistake]:
    return (mistake for mistake in mistakes if mistake.code in _CODES)


WITHIN_A_HEAD = (SCALE_BY_D_MODEL, *_chosen((*SCALING, *COMPARING, *NORMALIZING, *MIXING, *HIDING)))
