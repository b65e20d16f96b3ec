"""Specimens that are a whole class with a line or two written otherwise, as learners' slips are."""

import math

import torch
import torch.nn.functional as F  # noqa: N812 — as everybody imports it
from torch import nn

from tests.specimens.specimen import right, wrong

__all__ = ["Slips"]


class Slips:
    """Makes specimens of one exercise from its solution in a learner's words.

    Args:
        exercise_id: the exercise, and the class in the source.
        source: code of the class, which is right.
        names: what the code may use, besides torch, nn, F and math.

    Attributes:
        sources: code of each variant, by its name.
    """

    def __init__(self, exercise_id, source, **names):
        self._exercise_id, self._source, self._names = exercise_id, source, names
        self.sources = {}

    def build(self, name, *edits):
        """The class with each (old, new) text replaced; every old text must be there."""
        source = self._source
        for old, new in edits:
            if old not in source:
                raise ValueError(f"edits of {name} must replace text of the source, got {old!r}")
            source = source.replace(old, new)
        self.sources[name] = source
        namespace = {"torch": torch, "nn": nn, "F": F, "math": math, "__name__": __name__, **self._names}
        exec(compile(source, f"<{name}>", "exec"), namespace)
        made = namespace[self._exercise_id]
        made.__name__ = name
        return made

    def right(self, name, *edits):
        """Register a variant that must be accepted."""
        right(self._exercise_id)(self.build(name, *edits))

    def wrong(self, codes, name, *edits):
        """Register a variant that makes the mistakes named in `codes`, separated by blanks."""
        wrong(self._exercise_id, *codes.split())(self.build(name, *edits))
