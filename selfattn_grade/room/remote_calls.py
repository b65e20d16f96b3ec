"""A call of a module whose layers are in another process, and the way back of the gradients through it.

Used on both sides: outside for the learner's modules, in the room for modules that are lent to it. Imports PyTorch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_grade.room.modules import tensors_of
from selfattn_grade.room.wire import is_tensor

__all__ = ["call_elsewhere", "numbers", "put"]

Ask = Callable[[dict[str, Any]], dict[str, Any]]
numbers = itertools.count()


def call_elsewhere(
    ask: Ask, about: dict[str, Any], module: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """What forward returns there, with the weights that the module has here; and the whole reply.

    Args:
        ask: sends a request for `modules.Modules` and returns the reply; raises what happened there.
        about: what the request says of the module.
        module: holds the weights, and nothing else.
        arguments: of forward.
        keywords: of forward.

    Raises:
        TypeError: the reply is not one.
    """
    weights = dict(module.named_parameters())
    gradients = torch.is_grad_enabled()
    leaves = [place for place, each in enumerate(arguments) if gradients and is_tensor(each) and each.requires_grad]
    request = {
        **about,
        "state": weights,
        "arguments": arguments,
        "keywords": keywords,
        "leaves": leaves,
        "gradients": gradients,
        "call": next(numbers),
    }
    reply = ask({**request, "act": "forward"})
    result, attached = reply.get("result"), reply.get("attached")
    outputs = list(tensors_of(result))
    if not isinstance(attached, list) or len(attached) != len(outputs):
        raise TypeError("a reply must say which of its tensors have a way back")
    leads_back = [each for each, is_attached in zip(outputs, attached, strict=True) if is_attached is True]
    if not gradients or not leads_back:
        return result, reply
    trained = {name: each for name, each in weights.items() if each.requires_grad}

    def back(directions: Sequence[Tensor | None]) -> Iterator[Tensor | None]:
        reply = ask({**request, "act": "backward", "directions": list(directions)})
        inputs, of_weights = reply.get("inputs"), reply.get("weights")
        if not isinstance(inputs, tuple) or not isinstance(of_weights, dict) or len(inputs) != len(leaves):
            raise TypeError("a reply must hold the gradients of all inputs and weights")
        for each in (*inputs, *(of_weights.get(name) for name in trained)):
            yield each if is_tensor(each) else None

    made = iter(_Way.apply(back, leads_back, *(arguments[place] for place in leaves), *trained.values()))
    tensors = (next(made) if on else each for each, on in zip(outputs, attached, strict=True))
    return _replaced(result, tensors), reply


class _Way(torch.autograd.Function):
    """The way back through a call elsewhere."""

    @staticmethod
    def forward(context: Any, back: Any, outputs: list[Tensor], *leaves: Tensor) -> tuple[Tensor, ...]:
        context.back = back
        context.set_materialize_grads(False)
        return tuple(outputs)

    @staticmethod
    def backward(context: Any, *directions: Tensor | None) -> tuple[Any, ...]:
        return None, None, *context.back(directions)


def _replaced(value: Any, tensors: Iterator[Tensor]) -> Any:
    """The same value with these tensors in the places of its own."""
    if is_tensor(value):
        return next(tensors)
    if isinstance(value, tuple | list):
        return type(value)(_replaced(each, tensors) for each in value)
    if isinstance(value, dict):
        return {key: _replaced(each, tensors) for key, each in value.items()}
    return value


def put(module: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
    """Register a parameter under a name with points in it, as parts of parts have."""
    *parts, last = name.split(".")
    for part in parts:
        if part not in module._modules:
            module.add_module(part, nn.Module())
        module = module._modules[part] or nn.Module()
    module.register_parameter(last, parameter)
