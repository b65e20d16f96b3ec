"""Modules of the course that are lent to the room: names, weights and modes are there, the layers stay outside.

A learner's function may train such a module, copy weights into it, change its mode, call it and lead gradients back.
What it did is told when it returns. Imports PyTorch.
"""

from __future__ import annotations

from typing import Any

from torch import nn

from selfattn_grade.room.remote_calls import Ask, call_elsewhere

__all__ = ["Named", "lent_module", "what_became"]


class Named(dict[str, Any]):
    """Several results: by attribute, by name, or by place among those that are there."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
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


def lent_module(about: dict[str, Any], ask: Ask) -> nn.Module:
    """The module that `lending.describe` describes."""
    parts: dict[str, nn.Module] = {}
    for path, part in about["parts"].items():
        made = parts[path] = type(part["name"], (_Lent,), {})()
        made.__dict__["lender"] = ask, path
        for name, value in part["attributes"].items():
            setattr(made, name, value)
        for name, values in part["parameters"].items():
            trained = name not in part["frozen"]
            made.register_parameter(name, None if values is None else nn.Parameter(values, requires_grad=trained))
        made.training = part["training"]
        above, _, name = path.rpartition(".")
        if path:
            parts[above].add_module(name, made)
    return parts[""]


def what_became(lent: dict[int, nn.Module]) -> dict[str, Any]:
    """Weights and modes of all that was lent, and which weights lie in the memory of others."""
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
