"""How a PyTorch module is tried: built, given drawn weights by name, called, and led back to its gradients.

Imports PyTorch; only the records of PyTorch exercises import this module.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from selfattn_check.tensors import is_tensor
from selfattn_check.torch_conditions import dropout_by_turns
from selfattn_check.trial import Trial

__all__ = ["ModuleTrial", "Use", "own_random_state", "shapes_of_parameters"]


@dataclass(frozen=True)
class Use:
    """How a module is used on a probe: an argument beside those of the constructor and of forward.

    Attributes:
        seed: of the drawn weights. Each parameter's numbers depend on its name and shape alone, so that it does not
            matter in which order a module makes its parts.
        training: whether the module is in training mode.
        gradients: whether it is called once more, and led back to the gradients of inputs and parameters.
        given: weights that are not drawn, by name of the parameter.
    """

    seed: int
    training: bool = False
    gradients: bool = False
    given: Mapping[str, np.ndarray] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return ("training mode" if self.training else "eval mode") + (" with gradients" if self.gradients else "")

    def weights(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Numbers for one parameter."""
        return self.given[name] if name in self.given else _drawn(self.seed, name, shape)


@lru_cache(maxsize=1024)
def _drawn(seed: int, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of a size that keeps activations moderate; scales of a norm lie around 1. Kept for the replays."""
    numbers = np.random.default_rng([seed, zlib.crc32(name.encode())]).normal(size=shape)
    if len(shape) > 1:
        return numbers * 1.2 / shape[-1] ** 0.5
    return 1 + 0.4 * numbers if name.endswith("weight") else 0.5 * numbers


@dataclass(frozen=True)
class ModuleTrial:
    """Tries a module class on a probe's arguments.

    Attributes:
        model: the exercise's blueprint, whose parameters the module must have; the reference would count as a
            ready-made solution when it is built here.
        constructor: names of the arguments that the class is built from.
        inputs: names of the arguments of `forward`. A probe may leave out those with a default at the end.
    """

    model: Callable[..., nn.Module]
    constructor: Sequence[str]
    inputs: Sequence[str]

    def __call__(self, kind: Callable[..., nn.Module], arguments: Mapping[str, Any]) -> Trial:
        """Build, load, call; then, if gradients are asked for, call again and lead back. What raises, raises.

        The module gets the floating type of its first input; where that holds tokens, it keeps its own. Whatever it
        draws, it draws from a random state of its own: dropout says the same in every check, and the session's own
        stream goes on as if nothing had happened.
        """
        with own_random_state():
            return self.tried(self.made(kind, arguments), arguments)

    def prepare(self, arguments: Mapping[str, Any]) -> None:
        """Find out which parameters a module of this size must have."""
        with own_random_state():
            _wanted(self.model, self._built_from(arguments))

    def for_replays(self) -> Replays:
        """The same for known mistakes, of which most differ only in what they do with the same layers."""
        return Replays(self)

    def made(self, kind: Callable[..., nn.Module], arguments: Mapping[str, Any]) -> Made:
        """Build and load."""
        use: Use = arguments["use"]
        built_from = self._built_from(arguments)
        wanted = _wanted(self.model, built_from)
        module = kind(*built_from)
        parameters = shapes_of_parameters(module)
        if parameters != wanted:
            return Made(parameters)
        first = self._inputs(arguments)[0]
        _load(module.to(first.dtype) if first.is_floating_point() else module, use)
        return Made(parameters, module.train(use.training))

    def tried(self, made: Made, arguments: Mapping[str, Any]) -> Trial:
        """Call, and lead back. In training mode dropout goes by turns: which places it acts on can be seen."""
        if made.module is None:
            return Trial(made.parameters)
        with dropout_by_turns() if arguments["use"].training else nullcontext():
            return self._called(made.parameters, made.module, arguments)

    def _called(self, parameters: Mapping[str, Any], module: nn.Module, arguments: Mapping[str, Any]) -> Trial:
        inputs = self._inputs(arguments)
        gradients = arguments["use"].gradients
        untouched = [each.detach().clone() if gradients and is_tensor(each) else each for each in inputs]
        with torch.no_grad():
            returned = module(*inputs)
        tensors = all(map(is_tensor, returned if isinstance(returned, tuple) else [returned]))
        if not (gradients and tensors):
            return Trial(parameters, returned)
        return Trial(parameters, returned, dict(self._again(module, untouched, returned)))

    def _built_from(self, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(arguments[name] for name in self.constructor if name in arguments)

    def _inputs(self, arguments: Mapping[str, Any]) -> list[Any]:
        return [arguments[name] for name in self.inputs if name in arguments]

    def _again(self, module: nn.Module, inputs: list[Any], first: Any) -> Iterator[tuple[str, Any]]:
        leaves = [each.requires_grad_() if is_tensor(each) and each.is_floating_point() else each for each in inputs]
        with torch.enable_grad():
            second = module(*(each.clone() if is_tensor(each) else each for each in leaves))
            yield "second call", "the same numbers" if _same(first, second) else "other numbers"
            output = second[0] if isinstance(second, tuple) and second else second
            if is_tensor(output) and output.requires_grad:
                output.backward(_direction(output))
        for name, leaf in zip(self.inputs, leaves, strict=False):
            if is_tensor(leaf) and leaf.requires_grad:
                yield f"gradient of {name}", leaf.grad
        for name, parameter in module.named_parameters():
            yield f"gradient of {name}", parameter.grad


@dataclass(frozen=True)
class Made:
    """A module that is ready to be called, and its parameters; None where these are not as expected."""

    parameters: Mapping[str, tuple[int, ...]]
    module: nn.Module | None = None


class Replays:
    """Tries known mistakes: blueprints with some steps replaced, as `Exercise.replay` makes them.

    To build and load a module takes longer than to call it. A blueprint keeps the steps of its `forward` in
    `module.step`; where only those are replaced, one module serves all, for as long as this object is kept.
    """

    def __init__(self, trial: ModuleTrial) -> None:
        self._trial = trial
        self._forward: frozenset[str] | None = None  # names of these steps, once a blueprint has been built
        # With each module its right steps, and its use, so that no other gets the same id.
        self._kept: dict[tuple[Any, ...], tuple[Made, dict[str, Any], Use]] = {}

    def __call__(self, kind: Any, arguments: Mapping[str, Any]) -> Trial:
        """As `ModuleTrial` does it."""
        with own_random_state():
            return self._trial.tried(self._made(kind, arguments), arguments)

    def _made(self, kind: Any, arguments: Mapping[str, Any]) -> Made:
        replaced: Mapping[str, Any] | None = vars(kind).get("replaced")
        if replaced is None or self._forward is None:
            made = self._trial.made(kind, arguments)
            self._forward = self._forward or frozenset(_steps_of(made.module)) or None
            return made
        use, building = arguments["use"], {name: replaced[name] for name in replaced if name not in self._forward}
        key = (id(use), *building.items())
        if key not in self._kept:
            made = self._trial.made(partial(self._trial.model, **building), arguments)
            self._kept[key] = made, _steps_of(made.module), use
        made, right, _ = self._kept[key]
        if made.module is not None:
            steps = right | {name: replaced[name] for name in replaced if name in right}
            made.module.step = SimpleNamespace(**steps)
            if use.gradients:
                made.module.zero_grad()
        return made


def _steps_of(module: nn.Module | None) -> dict[str, Any]:
    """Steps of forward by name; none of a module without such."""
    steps = getattr(module, "step", None)
    return vars(steps) if isinstance(steps, SimpleNamespace) else {}


@contextmanager
def own_random_state() -> Iterator[None]:
    """A random state that is the same each time, and afterwards the session's own again.

    One thread: for matrices of a few numbers, several cost more time than they save. (`selfattn_ref.seeds` has the
    same for the reference; called here, within the watch, it would be seen as the attempt calling a ready-made thing.)
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(0)
            yield
    finally:
        torch.set_num_threads(threads)


def shapes_of_parameters(module: Any) -> dict[str, tuple[int, ...]]:
    """Name and shape of each parameter; one that has two names is there once, as an optimizer sees it."""
    if not isinstance(module, nn.Module):
        return {}
    return {name: tuple(each.shape) for name, each in module.named_parameters()}


@cache
def _wanted(model: Callable[..., nn.Module], built_from: tuple[Any, ...]) -> dict[str, tuple[int, ...]] | None:
    """The model's parameters; None where it refuses to be built. Kept, for every replay asks."""
    try:
        return shapes_of_parameters(model(*built_from))
    except (TypeError, ValueError):
        return None


def _load(module: nn.Module, use: Use) -> None:
    """Give every parameter its numbers."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(torch.from_numpy(use.weights(name, tuple(parameter.shape))))


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    if not (is_tensor(first) and is_tensor(second) and first.shape == second.shape):
        return type(first) is type(second) and not is_tensor(first)
    return torch.allclose(first, second.detach(), rtol=1e-4, atol=1e-5, equal_nan=True)


def _direction(output: Tensor) -> Tensor:
    """Weights of the sum whose gradient is taken: all different, so that no two gradients can be mixed up."""
    return torch.arange(output.numel(), dtype=output.dtype).cos().reshape(output.shape)
