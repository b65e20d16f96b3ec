"""Mistakes in handing a batch to the model that is trained: by position, by names that not every batch has, in part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch.nn.functional as F  # noqa: N812 — its usual name
from torch import Tensor

from selfattn_check.blueprints.fine_tuning import fit
from selfattn_check.exercise import Mistake

__all__ = ["HANDING_OVER"]

_UNPACK = "pass each entry of the batch by its name: `model(**batch)`"
_OWN = "let the model compute its loss: `model(**batch).loss`, whatever it is a loss of"
_ANY = "pass on whatever the batch holds: `model(**batch)`; only `labels` is always there, one for each sequence"
_ASSUMED = "when every batch is expected to hold input_ids, beside its labels"  # to pass it on, or to count its rows


def _measuring(measure: Callable[..., Any]) -> Callable[..., Any]:
    """The whole function with another way to the loss; alone, for it would raise with any other mistake, too."""
    return partial(fit, measure=measure)


def _asked(model: Any, batch: Mapping[str, Tensor]) -> Any:
    return model(batch["input_ids"], batch["attention_mask"])


def _own_loss(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    return F.cross_entropy(_asked(model, batch).logits, batch["labels"])


def _in_rows(outcome: Any, batch: Mapping[str, Tensor]) -> Tensor:
    logits = outcome.logits
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch["labels"].reshape(-1))


def _named(model: Any, batch: Mapping[str, Tensor]) -> Any:
    return model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch["labels"]).loss


HANDING_OVER = (
    Mistake.of(
        "computes-its-own-loss",
        "when the loss is a cross-entropy of its own",
        _OWN,
        measure=lambda model, batch: F.cross_entropy(model(**batch).logits, batch["labels"]),
    ),
    *(
        Mistake.of("computes-its-own-loss", f"when the loss is a cross-entropy of its own, {how}", _OWN, whole=whole)
        for how, whole in (
            ("of logits and labels in rows", _measuring(lambda model, batch: _in_rows(model(**batch), batch))),
            ("of a model that gets its entries one by one", _measuring(_own_loss)),
            (
                "of logits and labels in rows, and of a model that gets its entries one by one",
                _measuring(lambda model, batch: _in_rows(_asked(model, batch), batch)),
            ),
        )
    ),
    Mistake.of(
        "entries-by-position",
        "when the entries are passed in their order, without their names",
        _UNPACK,
        whole=_measuring(lambda model, batch: model(*batch.values()).loss),
    ),
    Mistake.of(
        "entries-by-position",
        "when input_ids, attention_mask and labels are passed without their names: BERT's third parameter is another",
        _UNPACK,
        whole=_measuring(lambda model, batch: model(batch["input_ids"], batch["attention_mask"], batch["labels"]).loss),
    ),
    Mistake.of(
        "batch-not-unpacked",
        "when the model gets the batch as one argument",
        _UNPACK,
        whole=_measuring(lambda model, batch: model(batch).loss),
    ),
    Mistake.of(
        "entries-assumed",
        _ASSUMED,
        _ANY,
        whole=_measuring(_named),
    ),
    Mistake.of(
        "entries-assumed",
        _ASSUMED,
        _ANY,
        count=lambda batch: len(batch["input_ids"]),
    ),
)
