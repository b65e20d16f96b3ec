"""Things of the course that are lent to the room: models, optimizers over their weights, objects to be called.

Of a model, names, weights and modes are here, the layers stay outside. A learner's function may train it, copy weights
into it, change its mode, call it and lead gradients back. What it did is told when it returns. Imports PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from selfattn_grade.room.remote_calls import Ask, call_elsewhere

__all__ = ["Lent"]


class Named(dict[str, Any]):
    """Several results: by attribute, by name, or by place among those that are there."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            there = " and ".join(f"`{each}`" for each in self if self[each] is not None)
            raise AttributeError(f"what the model returns has no `{name}`; it has {there}")
        return self[name]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return super().__getitem__(key)
        return tuple(each for each in self.values() if each is not None)[key]


class _Lent(nn.Module):
    """One part of it, or all."""

    def forward(self, *arguments: Any, **keywords: Any) -> Any:
        ask, path = self.__dict__["lender"]
        modes = {name: part.training for name, part in self.named_modules()}
        about = {"path": path, "training": modes, "dtype": ""}
        result, reply = call_elsewhere(ask, about, self, arguments, keywords)
        return Named(result) if reply.get("named") else result


class _Object:
    """An object that stays outside, with its plain attributes."""

    def __init__(self, about: dict[str, Any], ask: Ask) -> None:
        self._ask = ask
        vars(self).update(about["attributes"])
        for name in about["methods"]:
            setattr(self, name, self._method(name))

    def _method(self, name: str) -> Callable[..., Any]:
        def method(*arguments: Any, **keywords: Any) -> Any:
            reply = self._ask({"method": name, "arguments": arguments, "keywords": keywords})
            return Named(reply["result"]) if reply["named"] else reply["result"]

        return method

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._method("__call__")(*arguments, **keywords)


class Lent:
    """What is lent for one call, in the order in which it is met."""

    def __init__(self) -> None:
        self._modules: list[nn.Module] = []
        self._optimizers: list[torch.optim.Optimizer] = []

    def take(self, about: dict[str, Any], ask: Ask) -> Any:
        """The thing that `lending` describes."""
        match about["kind"]:
            case "module":
                self._modules.append(_module(about, ask))
                return self._modules[-1]
            case "optimizer":
                self._optimizers.append(self._optimizer(about))
                return self._optimizers[-1]
            case "scheduler":
                kind = getattr(torch.optim.lr_scheduler, about["name"])
                return kind(self._optimizers[about["optimizer"]], **about["options"])
            case "iterator":
                return iter(about["items"])
        return _Object(about, ask)

    def _optimizer(self, about: dict[str, Any]) -> torch.optim.Optimizer:
        groups = [
            {**options, "params": [self._modules[place].get_parameter(name) for place, name in weights]}
            for weights, options in about["groups"]
        ]
        made: torch.optim.Optimizer = getattr(torch.optim, about["name"])(groups)
        return made

    def what_became(self) -> dict[str, Any]:
        """Weights and modes of the modules, which weights lie in the memory of others, and the learning rates."""
        rates = [[float(group["lr"]) for group in optimizer.param_groups] for optimizer in self._optimizers]
        return {**_became(dict(enumerate(self._modules))), "rates": rates}


def _module(about: dict[str, Any], ask: Ask) -> nn.Module:
    parts: dict[str, nn.Module] = {}
    for path, part in about["parts"].items():
        made = parts[path] = type(part["name"], (_Lent,), {})()
        made.__dict__["lender"] = ask, path
        for name, value in part["attributes"].items():
            setattr(made, name, value)
        for name, values in part["parameters"].items():
            trained = name not in part["frozen"]
            made.register_parameter(name, None if values is None else nn.Parameter(values, requires_grad=trained))
        for name, gradient in part["gradients"].items():
            made.get_parameter(name).grad = gradient
        made.training = part["training"]
        above, _, name = path.rpartition(".")
        if path:
            parts[above].add_module(name, made)
    return parts[""]


def _became(lent: dict[int, nn.Module]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    every = [(place, name, each) for place, module in lent.items() for name, each in module.named_parameters()]
    for place, module in lent.items():
        parameters = dict(module.named_parameters())
        told[str(place)] = {
            "parameters": parameters,
            "frozen": [name for name, each in parameters.items() if not each.requires_grad],
            "training": {name: part.training for name, part in module.named_modules()},
        }
    owners: dict[int, tuple[int, str, nn.Parameter]] = {}
    for place, name, each in sorted(every, key=lambda entry: -entry[2].numel()):  # who is cut from comes first
        owners.setdefault(each.untyped_storage().data_ptr(), (place, name, each))
    shared = []
    for place, name, each in every:
        owner = owners[each.untyped_storage().data_ptr()]
        if owner[2] is not each and each.numel():
            shared.append([place, name, *owner[:2], list(each.stride()), each.storage_offset()])
    return {"modules": told, "shared": shared}
