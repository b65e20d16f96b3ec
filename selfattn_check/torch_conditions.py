"""How an attempt meets PyTorch: settings as they usually are, and dropout without chance.

Imports nothing but the standard library, and PyTorch only where something else has: the grader's rooms load this very
file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["dropout_by_turns", "drops_by_turns", "usual_settings"]

_depth = [0]


@contextmanager
def usual_settings() -> Iterator[None]:
    """Gradients are recorded in the block, and floats are float32; afterwards both settings are as they were before.

    What an attempt sets would else decide about the next one.
    """
    torch = sys.modules.get("torch")
    before = torch and (torch.is_grad_enabled(), torch.get_default_dtype())
    _set(True, None)
    try:
        yield
    finally:
        _set(*(before or (True, None)))


def _set(gradients: bool, dtype: Any) -> None:
    torch = sys.modules.get("torch")  # the block may have imported it
    if torch is not None:
        torch.set_grad_enabled(gradients)
        torch.set_default_dtype(dtype or torch.float32)


@contextmanager
def dropout_by_turns() -> Iterator[None]:
    """Dropout in training keeps the first place along the last axis in the block, drops the next, and so on.

    The places that are kept grow by 1/(1 − p), as always. With p = 1 all are dropped. So one can see what an attempt
    drops, whatever order it draws random numbers in.
    """
    overrides = sys.modules["torch.overrides"]
    functional, torch = sys.modules["torch.nn.functional"], sys.modules["torch"]

    def by_turns(
        input: Any,  # noqa: A002 — it may come by this name
        p: float = 0.5,
        training: bool = True,
        inplace: bool = False,
        *,
        train: bool = True,
    ) -> Any:
        """What comes out; None where nothing is dropped, or all."""
        if not (training and train and 0 < p < 1):
            return None
        factors = torch.zeros(input.shape[-1], dtype=input.dtype)
        factors[::2] = 1 / (1 - p)
        return input.mul_(factors) if inplace else input * factors

    class ByTurns(overrides.TorchFunctionMode):  # type: ignore[name-defined]
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = kwargs or {}
            result = by_turns(*args, **kwargs) if function in (functional.dropout, torch.dropout) else None
            return function(*args, **kwargs) if result is None else result

    _depth[0] += 1
    try:
        with ByTurns():
            yield
    finally:
        _depth[0] -= 1


def drops_by_turns() -> bool:
    """Whether dropout goes by turns at the moment."""
    return _depth[0] > 0
