"""Five invented learners: what each would hand in, and what must come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import nbformat

from selfattn_check import Exercise

__all__ = ["Learner", "learners", "submission"]

NO_SCALE = '''def attention_scores(q, k):
    """Scores (..., q_len, k_len) of q (..., q_len, head_dim) and k (..., k_len, head_dim)."""
    return q @ np.swapaxes(k, -1, -2)
'''

STRICT = '''def causal_mask(q_len, k_len=None):
    """True where a query may attend, (q_len, k_len): its own position and those before it."""
    k_len = q_len if k_len is None else k_len
    return np.arange(k_len) < np.arange(k_len - q_len, k_len)[:, None]
'''

RAISES = """raise RuntimeError("this cell stops before it defines anything")
"""

LEAVES = '''def padding_mask(lengths, max_len):
    """True where a key is a token, (batch, 1, max_len), for lengths (batch,)."""
    exit()
'''


@dataclass(frozen=True)
class Learner:
    """An invented learner.

    Attributes:
        name: neutral id, as it appears in the grade table.
        about: what is special, one line.
        answers: exercise → source of the answer cell; an exercise that is missing was not touched.
        wrong: exercises that must get no points in any part. All others must get all of theirs.
    """

    name: str
    about: str
    answers: Mapping[str, str]
    wrong: frozenset[str]


def learners(solved: nbformat.NotebookNode, exercises: Mapping[str, Exercise]) -> list[Learner]:
    """The class of 03a-attention, with what must come out for each.

    Args:
        solved: the notebook with its solutions.
        exercises: the assignment's records, in the order of the notebook.
    """
    right = {cell.id.removesuffix("-answer"): cell.source for cell in solved.cells if cell.id.endswith("-answer")}
    done, left = list(exercises)[: len(exercises) // 2], list(exercises)[len(exercises) // 2 :]
    return [
        Learner("perfect", "every answer right", right, frozenset()),
        Learner("half-done", f"stopped after {done[-1]}", {name: right[name] for name in done}, frozenset(left)),
        Learner(
            "two-mistakes",
            "scores without their scale, which attention inherits; a mask that hides the token itself",
            right | {"attention_scores": NO_SCALE, "causal_mask": STRICT},
            frozenset({"attention_scores", "causal_mask", "scaled_dot_product_attention"}),
        ),
        Learner(
            "crashes",
            "one answer raises, one calls exit(), the rest right",
            right | {"sliding_window_mask": RAISES, "padding_mask": LEAVES},
            frozenset({"sliding_window_mask", "padding_mask"}),
        ),
        Learner("empty", "handed in as it was released", {}, frozenset(exercises)),
    ]


def submission(released: str, learner: Learner) -> str:
    """The released notebook with the learner's answers typed into it."""
    notebook = nbformat.reads(released, as_version=4)
    for cell in notebook.cells:
        exercise = cell.id.removesuffix("-answer")
        if cell.id.endswith("-answer") and exercise in learner.answers:
            cell.source = learner.answers[exercise].rstrip()
    return nbformat.writes(notebook) + "\n"
