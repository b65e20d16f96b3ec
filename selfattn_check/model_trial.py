"""How functions around a model are tried: a data set is read, a model is trained, or used.

A model that remembers its calls tells how it was used; every attempt gets it fresh.
Imports PyTorch; only the records of PyTorch exercises import this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from selfattn_check.module_trial import own_random_state
from selfattn_check.trial import Trial

__all__ = ["read_items", "train", "use"]


def read_items(kind: Callable[..., Any], arguments: Mapping[str, Any]) -> Trial:
    """Make a data set, ask how long it is, and read all of its items."""
    data = kind(*arguments.values())
    items = {f"data[{index}]": data[index] for index in range(len(arguments["texts"]))}
    return Trial({}, {"len(data)": len(data), **items})


def train(attempt: Callable[..., Any], arguments: Mapping[str, Any]) -> Trial:
    """Train a fresh copy of `model` on `batches` by gradient descent with the learning rate `lr`.

    `halving` gives it a scheduler that halves the rate; `once` the batches as an iterator; `max_norm` is passed on;
    with `stale` the parameters have gradients already.
    """
    with own_random_state():
        model = arguments["model"].fresh()
        for parameter in model.parameters() if arguments.get("stale") else ():
            parameter.grad = torch.ones_like(parameter)
        optimizer = torch.optim.SGD(model.parameters(), lr=arguments["lr"])
        halving = arguments.get("halving")
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5) if halving else None
        more = [scheduler, arguments["max_norm"]] if "max_norm" in arguments else [scheduler] if halving else []
        source = arguments["batches"]
        loss = attempt(model, iter(source) if arguments.get("once") else source, optimizer, *more)
        after: dict[str, Any] = {
            "mode in the batches": model.told("training", "training mode", "eval mode"),
            "mode afterwards": _mode(model),
        }
        after |= {f"{name} afterwards": each.detach() for name, each in model.named_parameters()}
        after |= {"learning rate afterwards": optimizer.param_groups[0]["lr"]}
    return Trial({}, _as_float32(loss), after)


def use(attempt: Callable[..., Any], arguments: Mapping[str, Any]) -> Trial:
    """Let the attempt use a fresh copy of `model` on what else it is given, and ask the model how it was used."""
    with own_random_state():
        model = arguments["model"].fresh()
        more = [arguments[name] for name in ("batches", "batch") if name in arguments]
        result = attempt(model, *(iter(each) if arguments.get("once") else each for each in more))
    after = {
        "mode in the calls": model.told("training", "training mode", "eval mode"),
        "gradients in the calls": model.told("gradients", "recorded", "not recorded"),
        "labels in the calls": model.told("labels", "passed on", "left out"),
        "mode afterwards": _mode(model),
    }
    return Trial({}, _as_float32(result), after)


def _mode(model: Any) -> str:
    """The mode of a model and all its parts."""
    modes = {part.training for part in model.modules()}
    return "mixed" if len(modes) > 1 else "training mode" if modes.pop() else "eval mode"


def _as_float32(result: Any) -> Any:
    """Floats with no more digits than there are in the numbers that a float32 model makes."""
    if type(result) is dict:
        return {name: _as_float32(each) for name, each in result.items()}
    return np.float32(result) if isinstance(result, float) else result
