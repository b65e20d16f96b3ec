"""Every written task of the course, by id, in the order in which the notebooks ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from selfattn_check.written.permuted_rows import PERMUTED_ROWS
from selfattn_check.written_task import WrittenTask

__all__ = ["WRITTEN"]

WRITTEN: Mapping[str, WrittenTask] = MappingProxyType(
    {
        task.id: task
        for task in (
            # 04a-derivation
            PERMUTED_ROWS,
        )
    }
)
