"""Mistakes in what a module of attention does with its weights: dropout, the last projection, what is returned."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from selfattn_check.exercise import Mistake

__all__ = ["RESULTS"]


def _detaching(weights: Tensor, dropout: nn.Dropout) -> Tensor:
    return torch.dropout(weights.detach(), dropout.p, dropout.training)


_BOTH = "return both: `return output, weights`"
_ON_WEIGHTS = "drop weights, after the softmax and before they meet the values: `self.dropout(weights) @ v`"
_MODULE = "use `nn.Dropout`, which knows the mode, or pass `training=self.training`"

RESULTS = (
    Mistake.of(
        "missing-output-projection",
        "when the merged heads are returned, without w_o",
        "one more projection after the merge: `self.w_o(merged)`",
        finish=lambda merged, module: merged,
    ),
    Mistake.of(
        "detached-weights",
        "when the weights are cut off from the graph: w_q and w_k learn nothing",
        "leave out `.detach()`, `.data` and `torch.no_grad()` in forward",
        drop=_detaching,
    ),
    Mistake.of(
        "dropout-in-eval",
        "when weights are dropped in eval mode, too",
        _MODULE,
        drop=lambda weights, dropout: nn.functional.dropout(weights, dropout.p),
    ),
    Mistake.of(
        "missing-dropout",
        "when nothing is dropped in training mode",
        _ON_WEIGHTS,
        drop=lambda weights, dropout: weights,
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the output is dropped instead of the weights",
        _ON_WEIGHTS,
        drop=lambda weights, dropout: weights,
        finish=lambda merged, module: module.dropout(module.w_o(merged)),
    ),
    Mistake.of(
        "dropout-misplaced",
        "when the output is dropped, beside the weights",
        _ON_WEIGHTS,
        finish=lambda merged, module: module.dropout(module.w_o(merged)),
    ),
    *(
        Mistake.of("dropout-misplaced", f"when {what} are dropped {how}", _ON_WEIGHTS, mix=mix, **instead).alone()
        for how, instead in (
            ("instead of the weights", {"drop": lambda weights, dropout: weights}),
            ("beside the weights", {}),
        )
        for what, mix in (
            ("the values", lambda weights, v, dropout: weights @ dropout(v)),
            ("the averages of the values, before w_o,", lambda weights, v, dropout: dropout(weights @ v)),
        )
    ),
    Mistake.of(
        "weights-after-dropout",
        "when the weights are returned after dropout",
        "keep the weights: `dropped = self.dropout(weights)`",
        answer=lambda output, weights, dropped: (output, dropped),
    ),
    Mistake.of(
        "averages-weights",
        "when the weights are averaged over the heads",
        "return them a head: (batch, num_heads, q_len, k_len)",
        answer=lambda output, weights, dropped: (output, weights.mean(1)),
    ),
    Mistake.of(
        "drops-weights", "when only the output is returned", _BOTH, answer=lambda output, weights, dropped: output
    ),
    Mistake.of(
        "swaps-results",
        "when the weights are returned before the output",
        "return the output first: `return output, weights`",
        answer=lambda output, weights, dropped: (weights, output),
    ),
)
