"""Mistakes in BERT's self-attention: its layers' weights, its attention mask, and those of several heads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from selfattn_check.exercise import Mistake
from selfattn_check.mistakes.hiding import HIDING
from selfattn_check.mistakes.projecting_heads import JOINED, REPORTING, SPLITTING
from selfattn_check.mistakes.within_a_head import WITHIN_A_HEAD

__all__ = ["INSIDE_BERT"]

Array = np.ndarray

_OWN = (
    'each role has its own layer: `state_dict["query.weight"]`, `state_dict["query.bias"]`, and likewise key and value'
)
_TRANSPOSE = "PyTorch keeps a weight as (out, in) and applies it transposed: `x @ weight.T + bias`"
_KEYS = "padding is hidden as a key, for every head and query: `attention_mask[:, None, None, :] == 1`"


def _using(code: str, note: str, **instead: str) -> Mistake:
    return Mistake.of(code, note, _OWN, choose=lambda role: (instead.get(role, role),) * 2)


def _plain(roles: str) -> Callable[..., Array]:
    return lambda x, weight, role: x @ weight if role in roles else x @ weight.T


def _without_bias(roles: str) -> Callable[..., Array]:
    return lambda projected, bias, role: projected if role in roles else projected + bias


_LAYERS = (
    Mistake.of(
        "weight-transposed",
        "when the weights are used as they are stored: x @ weight",
        _TRANSPOSE,
        multiply=_plain("qkv"),
    ),
    *(
        Mistake.of(
            "weight-transposed",
            f"when the weight of the {name} is used as it is stored",
            _TRANSPOSE,
            multiply=_plain(role),
        )
        for role, name in (("q", "query"), ("k", "key"), ("v", "value"))
    ),
    Mistake.of(
        "ignores-bias",
        "when no bias is added",
        "add the bias of each layer: BERT's have one",
        shift=_without_bias("qkv"),
    ),
    *(
        Mistake.of(
            "ignores-bias",
            f"when the bias of the {name} is not added",
            "add the bias of each layer: BERT's have one",
            shift=_without_bias(role),
        )
        for role, name in (("q", "query"), ("v", "value"))  # the key's adds the same to a whole row of scores
    ),
    Mistake.of(
        "ignores-bias",
        "when the biases are subtracted",
        "a layer computes `x @ weight.T + bias`",
        shift=lambda projected, bias, role: projected - bias,
    ),
    _using("shared-projection", "when all three are made by the query's layer", k="q", v="q"),
    _using("shared-projection", "when the values are made by the key's layer", v="k"),
    _using("shared-projection", "when the keys are made by the query's layer", k="q"),
    _using("packed-order", "when queries and keys are made by each other's layer", q="k", k="q"),
    _using("packed-order", "when keys and values are made by each other's layer", k="v", v="k"),
)

_SEEING = (
    Mistake.of(
        "padding-on-query-axis",
        "when padding is hidden as a query instead of as a key",
        _KEYS,
        see=lambda mask: mask[:, None, :, None] == 1,
    ),
    Mistake.of(
        "padding-on-both-axes",
        "when padding is hidden as a key and as a query",
        _KEYS,
        see=lambda mask: (mask[:, None, :, None] == 1) & (mask[:, None, None, :] == 1),
    ),
    Mistake.of(
        "mask-broadcast-silently",
        "when the mask (batch, seq_len) meets the scores as it is, and its sequences pass for queries",
        _KEYS,
        see=lambda mask: mask == 1,
    ),
    Mistake.of(
        "mask-broadcast-silently",
        "when the mask gets no head axis, so that its batch meets the heads",
        _KEYS,
        see=lambda mask: mask[:, None, :] == 1,
    ),
    Mistake.of(
        "tilde-on-integers",
        "when `~` is applied to 0 and 1: −1 and −2 both count as true, and every key is hidden",
        "compare instead: `attention_mask == 0` is where padding is",
        see=lambda mask: np.zeros((len(mask), 1, 1, mask.shape[1]), bool),
    ),
)

# Where the shape of x is unpacked, there is always one batch axis here; and there is no output projection.
_OTHERS = ("fixed-number-of-axes", "heads-not-joined")


def _of_integers(mistake: Mistake) -> Mistake:
    """Told of a mask that holds 1 and 0."""
    if mistake.code != "mask-inverted":
        return mistake
    help_line = "1 is a token, 0 is padding: keep the score where the mask is 1"
    return replace(mistake, note=mistake.note.replace("True is", "1, a token, is"), help=help_line)


INSIDE_BERT = (
    *_LAYERS,
    *_SEEING,
    *(mistake for mistake in (*SPLITTING, *JOINED, *REPORTING) if mistake.code not in _OTHERS),
    *map(_of_integers, WITHIN_A_HEAD),
    *(mistake for mistake in HIDING if mistake.code == "weak-fill" and "reweigh" not in mistake.replaces),
)
