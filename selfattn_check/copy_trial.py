"""How a function that copies weights from one module to another is tried.

Imports PyTorch; only the records of PyTorch exercises import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch

from selfattn_check.module_trial import shapes_of_parameters
from selfattn_check.trial import Trial

__all__ = ["copying"]


def copying(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Trial:
    """Let the function copy into `mine` from `torch_mha`, and record what both hold afterwards.

    Both are copies, made without a call of their classes, so every trial starts with the same weights.
    """
    mine, theirs = deepcopy(arguments["mine"]), deepcopy(arguments["torch_mha"])
    returned = function(mine, theirs)
    parameters = dict(mine.named_parameters())
    then: dict[str, Any] = {name: each.detach().clone() for name, each in parameters.items()}
    then["torch_mha"] = "as it was" if _equal(theirs, arguments["torch_mha"]) else "changed"
    _move(theirs)
    held = all(torch.equal(each, then[name]) for name, each in parameters.items())
    then["after a step of torch_mha, mine"] = "is as it was" if held else "has moved, too"
    then["all of mine can be trained"] = all(each.requires_grad for each in parameters.values())
    return Trial(shapes_of_parameters(mine), returned, then)


def _equal(module: Any, other: Any) -> bool:
    pairs = zip(module.named_parameters(), other.named_parameters(), strict=False)
    return all(name == its and torch.equal(each, same) for (name, each), (its, same) in pairs)


@torch.no_grad()
def _move(module: Any) -> None:
    """What a step of an optimizer does: every number changes in its place."""
    for parameter in module.parameters():
        parameter.add_(1.0)
