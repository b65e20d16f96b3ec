"""Modules that another process uses: in the room a learner's, as the process outside asks. Imports PyTorch.

Every request holds all that its answer depends on, so that it can be asked again in another room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from selfattn_grade.room.wire import is_tensor

__all__ = ["Made", "Modules", "tensors_of"]

_KEPT = 8  # calls whose way back is kept: what an attempt needs is the last


class Made:
    """Modules that are made of a learner's classes, by number.

    Attributes:
        namespace: holds the classes by name.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._made: dict[int, nn.Module] = {}

    def build(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make a module; its parameters by name, and the names of those that are not to be trained."""
        torch.default_generator.manual_seed(0)  # dropout says the same each time; there is no other device in the room
        module = self.namespace[request["name"]](*request["built_from"])
        if not isinstance(module, nn.Module):
            raise TypeError("the class makes something that is no module")
        self._made[request["module"]] = module
        parameters = dict(module.named_parameters())
        frozen = [name for name, parameter in parameters.items() if not parameter.requires_grad]
        return {"parameters": parameters, "frozen": frozen}

    def find(self, request: dict[str, Any]) -> nn.Module:
        """The module of a request, made anew where this room does not have it."""
        if request["module"] not in self._made:
            self.build(request)
        return self._made[request["module"]]


class Modules:
    """Calls of modules, and the way back through each.

    Attributes:
        find: the module that a request is about.
        by_turns: lets dropout go by turns in its block.
    """

    def __init__(
        self,
        find: Callable[[dict[str, Any]], nn.Module],
        by_turns: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.find = find
        self.by_turns = by_turns
        self._calls: dict[int, tuple[list[Tensor], list[Tensor], dict[str, Tensor]]] = {}

    def forward(self, request: dict[str, Any], watched: Callable[..., Any]) -> dict[str, Any]:
        """Call a module with the weights of the request.

        Args:
            request: `state`, `dtype`, `training` (of the module, or of each part), `arguments`, `keywords`, and which
                arguments (`leaves`) gradients are led back to; `gradients`, whether they are asked for at all;
                `by_turns`, whether dropout goes by turns; and the `call`, a number of its own.
            watched: calls a function with arguments, and tells which of them it changed.
        """
        module = self._loaded(request)
        arguments = list(request["arguments"])
        leaves = [arguments[place].requires_grad_() for place in request["leaves"]]
        for place, leaf in zip(request["leaves"], leaves, strict=True):
            arguments[place] = leaf.clone()  # may be written to, as the leaf may not
        by_turns = self.by_turns() if request.get("by_turns") is True else nullcontext()
        with torch.set_grad_enabled(request["gradients"]), by_turns:
            result, changed = watched(module, arguments, request["keywords"])
        outputs = list(tensors_of(result))
        attached = [each for each in outputs if each.requires_grad]
        if attached:
            weights = {name: each for name, each in module.named_parameters() if each.requires_grad}
            self._calls[request["call"]] = attached, [*leaves], weights
            for call in list(self._calls)[:-_KEPT]:
                del self._calls[call]
        return {"result": result, "changed": changed, "attached": [each.requires_grad for each in outputs]}

    def backward(self, request: dict[str, Any], watched: Callable[..., Any]) -> dict[str, Any]:
        """Lead the `directions`, one for each output that has a way back, to the inputs and parameters."""
        if request["call"] not in self._calls:  # it was made in a room that is lost
            self.forward(request, watched)
        outputs, leaves, weights = self._calls.pop(request["call"])
        led = [(output, direction) for output, direction in zip(outputs, request["directions"], strict=True)]
        known = [(output, direction) for output, direction in led if direction is not None]
        gradients = torch.autograd.grad(
            [output for output, _ in known],
            [*leaves, *weights.values()],
            [direction for _, direction in known],
            allow_unused=True,
        )
        return {
            "inputs": gradients[: len(leaves)],
            "weights": dict(zip(weights, gradients[len(leaves) :], strict=True)),
        }

    def _loaded(self, request: dict[str, Any]) -> nn.Module:
        module = self.find(request)
        if request["dtype"]:
            module.to(getattr(torch, request["dtype"]))
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                if name in request["state"]:
                    parameter.data = request["state"][name]
        if isinstance(request["training"], bool):
            return module.train(request["training"])
        for path, part in module.named_modules():
            part.training = request["training"][path] is True
        return module


def tensors_of(value: Any) -> Iterator[Tensor]:
    """The tensors in a result, in an order that both sides know."""
    if is_tensor(value):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from tensors_of(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_of(each)
