"""Mistakes in what holds the steps of a Transformer layer together: sum, norm and dropout around each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.nn import functional

from selfattn_check.exercise import Mistake

__all__ = ["RESIDUALS"]

_PRE_POST = "pre-norm is `x + drop(f(norm(x)))`, post-norm `norm(x + drop(f(x)))`: ask `self.norm_first`"
_RESIDUAL = "add what the step makes to what was there: `x + self.dropout(f(self.norm(x)))`"
_ON_UPDATE = "dropout acts on what is added, before the sum: `x + self.dropout(f(…))`"


def _replacing_x(x: Tensor, f: Callable[..., Any], norm: Callable[..., Any], add: Callable[..., Any]) -> Any:
    normed = norm(x)
    return add(normed, f(normed))


RESIDUALS = (
    Mistake(
        "norms-exchanged",
        "when norm_first=True gives post-norm, and False pre-norm",
        _PRE_POST,
        {"decide": lambda first: not first},
    ),
    Mistake(
        "ignores-norm-first", "when it is pre-norm whatever norm_first says", _PRE_POST, {"decide": lambda first: True}
    ),
    Mistake(
        "ignores-norm-first",
        "when it is post-norm whatever norm_first says",
        _PRE_POST,
        {"decide": lambda first: False},
    ),
    Mistake(
        "residual-of-norm",
        "when pre-norm adds to the normalized tokens instead of the tokens",
        "keep x: `y = self.norm1(x)`, then `x = x + …(y)`",
        {"before": _replacing_x},
    ),
    Mistake(
        "norm-of-update",
        "when post-norm normalizes what is added, not the sum",
        _PRE_POST,
        {"after": lambda x, f, norm, add: add(x, norm(f(x)))},
    ),
    Mistake(
        "norm-of-update",
        "when post-norm normalizes what is added, after its dropout, not the sum",
        _PRE_POST,
        {"after": lambda x, f, norm, add: x + norm(add(0 * x, f(x)))},
    ),
    Mistake(
        "missing-norm",
        "without any norm",
        _PRE_POST,
        {"before": lambda x, f, norm, add: add(x, f(x)), "after": lambda x, f, norm, add: add(x, f(x))},
    ),
    Mistake(
        "missing-residual",
        "when the tokens are replaced instead of added to",
        _RESIDUAL,
        {"add": lambda x, update, dropout: dropout(update)},
    ),
    Mistake(
        "missing-dropout",
        "when what is added is not dropped in training mode",
        _ON_UPDATE,
        {"add": lambda x, update, dropout: x + update},
    ),
    Mistake(
        "dropout-misplaced",
        "when the sum is dropped, not only what is added",
        _ON_UPDATE,
        {"add": lambda x, update, dropout: dropout(x + update)},
    ),
    Mistake(
        "dropout-in-eval",
        "when what is added is dropped in eval mode, too",
        "use `nn.Dropout`, which knows the mode, or pass `training=self.training`",
        {"add": lambda x, update, dropout: x + functional.dropout(update, dropout.p)},
    ),
)
