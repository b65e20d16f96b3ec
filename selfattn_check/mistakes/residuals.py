"""Mistakes in what holds the steps of a Transformer layer together: sum, norm and dropout around each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.nn import functional

from selfattn_check.exercise import Mistake

__all__ = ["RESIDUALS", "norm_slips", "one_sum", "without_dropout"]

_PRE_POST = "pre-norm is `x + drop(f(norm(x)))`, post-norm `norm(x + drop(f(x)))`: ask `self.norm_first`"
_RESIDUAL = "add what the step makes to what was there: `x + self.dropout(f(self.norm(x)))`"
_ON_UPDATE = "dropout acts on what is added, before the sum: `x + self.dropout(f(…))`"


def _replacing_x(x: Tensor, f: Callable[..., Any], norm: Callable[..., Any], add: Callable[..., Any]) -> Any:
    normed = norm(x)
    return add(normed, f(normed, normed))


def _bare(add: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, update: x + update


def _dropping_the_sum(add: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, update: add(0 * x, x + update)


def _alone(add: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, update: add(0 * x, update)


def one_sum(*steps: str) -> tuple[Mistake, ...]:
    """Slips in the sum of one step, for each of the steps of a layer, said as what makes the update."""

    def only(place: int, wrong: Callable[..., Any]) -> Callable[..., Any]:
        return lambda add: tuple(wrong(add) if place == each else add for each in range(len(steps)))

    return tuple(
        mistake.alone()
        for place, step in enumerate(steps)
        for mistake in (
            Mistake.of(
                "missing-dropout",
                f"when what {step} adds is not dropped in training mode",
                _ON_UPDATE,
                sums=only(place, _bare),
            ),
            Mistake.of(
                "dropout-misplaced",
                f"when the sum with what {step} makes is dropped, not only what is added",
                _ON_UPDATE,
                sums=only(place, _dropping_the_sum),
            ),
            Mistake.of(
                "missing-residual",
                f"when the tokens are replaced by what {step} makes",
                _RESIDUAL,
                sums=only(place, _alone),
            ),
        )
    )


def norm_slips(norms: Callable[[Any], Any], attention: str, *steps: str) -> tuple[Mistake, ...]:
    """Slips in one norm: it is missing, for each of the steps of a layer; or `attention` normalizes only its query."""

    def without(place: int) -> Callable[[Any], Any]:
        return lambda module: tuple((lambda x: x) if each == place else norm for each, norm in enumerate(norms(module)))

    missing = tuple(
        Mistake.of("missing-norm", f"without the norm of {step}", _PRE_POST, norms=without(place))
        for place, step in enumerate(steps)
    )
    query_only = Mistake.of(
        "norm-of-query-only",
        "when only the query is normalized, not the keys and values",
        f"normalize once: `y = self.norm1(x)`, then `self.{attention}(y, y, y, …)`",
        look=lambda module, y, mask, x: getattr(module, attention)(y, x, x, mask)[0],
    )
    return *(each.alone() for each in missing), query_only.alone()


def without_dropout(parts: Callable[..., Mapping[str, Any]], calls: Mapping[str, str]) -> tuple[Mistake, ...]:
    """Dropout that is not passed on to a part, or to none of them; `calls` says how each part is made."""

    def forgetting(*names: str) -> Callable[..., Mapping[str, Any]]:
        def made(d_model: int, num_heads: int, d_ff: int, dropout: float) -> Mapping[str, Any]:
            without = parts(d_model, num_heads, d_ff, 0.0)
            return {**parts(d_model, num_heads, d_ff, dropout), **{name: without[name] for name in names}}

        return made

    single = tuple(
        Mistake.of("missing-dropout", f"when dropout is not passed on to {name}", call, parts=forgetting(name))
        for name, call in calls.items()
    )
    note = "when dropout is passed on to no part of the layer"
    return *(each.alone() for each in single), Mistake.of(
        "missing-dropout", note, ", ".join(calls.values()), parts=forgetting(*calls)
    )


RESIDUALS = (
    Mistake.of(
        "norms-exchanged",
        "when norm_first=True gives post-norm, and False pre-norm",
        _PRE_POST,
        decide=lambda first: not first,
    ),
    Mistake.of(
        "ignores-norm-first", "when it is pre-norm whatever norm_first says", _PRE_POST, decide=lambda first: True
    ),
    Mistake.of(
        "ignores-norm-first", "when it is post-norm whatever norm_first says", _PRE_POST, decide=lambda first: False
    ),
    Mistake.of(
        "residual-of-norm",
        "when pre-norm adds to the normalized tokens instead of the tokens",
        "keep x: `y = self.norm1(x)`, then `x = x + …(y)`",
        before=_replacing_x,
    ),
    Mistake.of(
        "norm-of-update",
        "when post-norm normalizes what is added, not the sum",
        _PRE_POST,
        after=lambda x, f, norm, add: add(x, norm(f(x, x))),
    ),
    Mistake.of(
        "norm-of-update",
        "when post-norm normalizes what is added, after its dropout, not the sum",
        _PRE_POST,
        after=lambda x, f, norm, add: x + norm(add(0 * x, f(x, x))),
    ),
    Mistake.of(
        "missing-norm",
        "without any norm",
        _PRE_POST,
        before=lambda x, f, norm, add: add(x, f(x, x)),
        after=lambda x, f, norm, add: add(x, f(x, x)),
    ),
    Mistake.of(
        "missing-residual",
        "when the tokens are replaced instead of added to",
        _RESIDUAL,
        add=lambda x, update, dropout: dropout(update),
    ),
    Mistake.of(
        "missing-dropout",
        "when what is added is not dropped in training mode",
        _ON_UPDATE,
        add=lambda x, update, dropout: x + update,
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the sum is dropped, not only what is added",
        _ON_UPDATE,
        add=lambda x, update, dropout: dropout(x + update),
    ),
    Mistake.of(
        "dropout-in-eval",
        "when what is added is dropped in eval mode, too",
        "use `nn.Dropout`, which knows the mode, or pass `training=self.training`",
        add=lambda x, update, dropout: x + functional.dropout(update, dropout.p),
    ),
)
