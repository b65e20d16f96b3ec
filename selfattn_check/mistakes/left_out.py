"""A step that is not there."""

from typing import Any

__all__ = ["left_out"]


def left_out(*_: Any) -> None:
    """Do nothing, in place of a step that changes its arguments or the model."""
