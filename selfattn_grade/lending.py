"""Things of the course among the arguments of an answer: models, optimizers over their weights, objects to be called.

The room gets the weights of a model, and asks for its calls. What comes back is as hostile as any reply: weights are
taken as numbers, a call is limited in size. Imports PyTorch.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from selfattn_grade.room.modules import Modules
from selfattn_grade.room.remote_calls import put
from selfattn_grade.room.wire import Outside, is_tensor

__all__ = ["lend", "take_back"]

_PLAIN = (bool, int, float, str, type(None))
_MOST_NUMBERS = 2**12  # among the arguments of one call; what they ask for is made out here, without limits
_LARGEST = 2**16  # whole number among them: it may be a length


def _is_lent(value: Any) -> bool:
    """Whether the room gets something else in the place of a value."""
    if isinstance(value, (nn.Module, Optimizer, LRScheduler, type(iter([])))):
        return True
    return callable(value) and type(value).__module__.startswith("selfattn_")  # an object of ours, such as a tokenizer


def lend(arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The arguments with what the room gets for each; an optimizer comes after the model whose weights it has."""
    modules = [each for each in arguments if isinstance(each, nn.Module)]
    optimizers = [each for each in arguments if isinstance(each, Optimizer)]
    return tuple(_lent(each, modules, optimizers) if _is_lent(each) else each for each in arguments)


def _lent(value: Any, modules: Sequence[nn.Module], optimizers: Sequence[Optimizer]) -> Outside:
    if isinstance(value, nn.Module):
        return Outside(_Calls(value), {"kind": "module", **describe(value)})
    if isinstance(value, Optimizer):
        names = {each: [place, name] for place, one in enumerate(modules) for name, each in one.named_parameters()}
        groups = [([names[each] for each in group["params"]], _options(group)) for group in value.param_groups]
        return Outside(_nothing, {"kind": "optimizer", "name": type(value).__name__, "groups": groups})
    if isinstance(value, LRScheduler):
        asked = inspect.signature(type(value)).parameters
        options = {name: each for name, each in _options(vars(value)).items() if name in asked and name != "last_epoch"}
        place = [each is value.optimizer for each in optimizers].index(True)
        return Outside(
            _nothing, {"kind": "scheduler", "name": type(value).__name__, "optimizer": place, "options": options}
        )
    if isinstance(value, type(iter([]))):
        return Outside(_nothing, {"kind": "iterator", "items": list(value)})
    public = {name: getattr(value, name) for name in dir(value) if not name.startswith("_")}
    methods = [name for name, each in public.items() if callable(each)]
    return Outside(_Methods(value, methods), {"kind": "object", "attributes": _options(public), "methods": methods})


def _options(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in values.items() if type(each) in _PLAIN and not name.startswith("_")}


def _nothing(request: Any) -> Any:
    raise ValueError("there is nothing to ask for")


class _Methods:
    """Answers the room's requests about an object."""

    def __init__(self, value: Any, methods: Sequence[str]) -> None:
        self._value, self._methods = value, {"__call__", *methods}

    def __call__(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict) or request.get("method") not in self._methods or not _sensible(request):
            raise ValueError("a call must be of a method, and of a sensible size")
        result = getattr(self._value, request["method"])(*request["arguments"], **request["keywords"])
        named = isinstance(result, dict)
        return {"named": named, "result": dict(result) if named else result}


def describe(module: nn.Module) -> dict[str, Any]:
    """A module's parts: class, plain attributes, own weights, the gradients that they have already, and mode."""
    parts = {}
    for path, part in module.named_modules():
        own = part._parameters
        device = {"device": str(part.device)} if hasattr(type(part), "device") else {}  # as models of transformers have
        parts[path] = {
            "name": type(part).__name__.lstrip("_"),
            "attributes": device | {name: each for name, each in _options(vars(part)).items() if name != "training"},
            "parameters": {name: None if each is None else each.detach().clone() for name, each in own.items()},
            "gradients": {
                name: each.grad.detach().clone()
                for name, each in own.items()
                if each is not None and each.grad is not None
            },
            "frozen": [name for name, each in own.items() if each is not None and not each.requires_grad],
            "training": part.training,
        }
    return {"parts": parts}


class _Calls:
    """Answers the room's requests about one module."""

    def __init__(self, module: nn.Module) -> None:
        self._module = module
        self._modules = Modules(self._part)

    def __call__(self, request: Any) -> dict[str, Any]:
        if not isinstance(request, dict) or not _sensible([request.get("arguments"), request.get("keywords")]):
            raise ValueError("a call must be of a sensible size")
        self._check_weights(request)
        act: Callable[..., dict[str, Any]]
        act = self._modules.backward if request.get("act") == "backward" else self._modules.forward
        reply = act({**request, "dtype": ""}, lambda module, given, named: (module(*given, **named), []))
        if isinstance(reply.get("result"), dict):
            reply |= {"named": True, "result": dict(reply["result"])}
        return reply

    def _check_weights(self, request: dict[str, Any]) -> None:
        state = request.get("state")
        if not isinstance(state, dict):
            raise TypeError("a call must hold the weights")
        for name, mine in self._part(request).named_parameters():
            if name in state and not (is_tensor(state[name]) and state[name].shape == mine.shape):
                raise ValueError("weights must keep their shapes")

    def _part(self, request: dict[str, Any]) -> nn.Module:
        return self._module.get_submodule(request["path"])


def _sensible(value: Any) -> bool:
    """Whether a call may be made with this, for all that is known: there are few numbers in it, and no enormous one."""
    return _size(value) <= _MOST_NUMBERS and _largest(value) <= _LARGEST


def _largest(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        return max(map(_largest, value), default=0)
    return abs(int(value)) if isinstance(value, int | np.integer) else 0


def _size(value: Any) -> int:
    if is_tensor(value):
        return int(value.numel())
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, tuple | list) else 1


def take_back(arguments: Sequence[Any], reply: Mapping[str, Any]) -> None:
    """Let the modules among the arguments become what the room says that its copies became.

    Raises:
        TypeError: the reply is not one.
        RuntimeError: what it says cannot be.
    """
    lent = {str(number): each for number, each in enumerate(a for a in arguments if isinstance(a, nn.Module))}
    optimizers = [each for each in arguments if isinstance(each, Optimizer)]
    told = reply.get("lent")
    if not lent:
        return
    modules = told.get("modules") if isinstance(told, dict) else None
    if not isinstance(modules, dict) or modules.keys() != lent.keys():
        raise TypeError("a reply must say what became of each module")
    for number, module in lent.items():
        _become(module, modules[number])
    for entry in told["shared"] if isinstance(told, dict) and isinstance(told.get("shared"), list) else []:
        place, name, owner, of, stride, offset = entry
        mine, theirs = lent[str(place)].get_parameter(name), lent[str(owner)].get_parameter(of)
        mine.data = torch.as_strided(theirs.data, mine.shape, stride, offset)
    rates = told.get("rates") if isinstance(told, dict) else None
    for optimizer, groups in zip(optimizers, rates if isinstance(rates, list) else [], strict=True):
        for group, rate in zip(optimizer.param_groups, groups, strict=True):
            group["lr"] = float(rate)


def _become(module: nn.Module, told: Any) -> None:
    if not isinstance(told, dict) or not all(isinstance(told.get(each), dict) for each in ("parameters", "training")):
        raise TypeError("a reply must say what became of each module")
    weights, frozen = told["parameters"], told.get("frozen")
    for name, parameter in list(module.named_parameters()):
        values = weights.get(name)
        if not is_tensor(values):
            put(module, name, None)
        elif values.shape == parameter.shape and values.dtype == parameter.dtype:
            parameter.detach().copy_(values)
        else:
            parameter.data = values
        parameter.requires_grad_(not (isinstance(frozen, list) and name in frozen))
    for name in weights.keys() - dict(module.named_parameters()).keys():
        put(module, name, nn.Parameter(weights[name], requires_grad=False))
    for path, part in module.named_modules():
        part.training = told["training"].get(path) is True
