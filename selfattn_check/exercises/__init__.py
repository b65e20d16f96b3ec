"""Every exercise of the course, by id, in the order in which the notebooks ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from selfattn_check.exercise import Exercise
from selfattn_check.exercises.attention_scores import ATTENTION_SCORES
from selfattn_check.exercises.causal_mask import CAUSAL_MASK
from selfattn_check.exercises.entropy import ENTROPY
from selfattn_check.exercises.errata_quiz import ERRATA_QUIZ
from selfattn_check.exercises.masked_softmax import MASKED_SOFTMAX
from selfattn_check.exercises.padding_mask import PADDING_MASK
from selfattn_check.exercises.position_shift_matrix import POSITION_SHIFT_MATRIX
from selfattn_check.exercises.project_qkv import PROJECT_QKV
from selfattn_check.exercises.repaired_heads import REPAIRED_HEADS
from selfattn_check.exercises.repaired_mask import REPAIRED_MASK
from selfattn_check.exercises.repaired_scale import REPAIRED_SCALE
from selfattn_check.exercises.repaired_softmax import REPAIRED_SOFTMAX
from selfattn_check.exercises.scaled_dot_product_attention import SCALED_DOT_PRODUCT_ATTENTION
from selfattn_check.exercises.score_variance import SCORE_VARIANCE
from selfattn_check.exercises.sinusoidal_positions import SINUSOIDAL_POSITIONS
from selfattn_check.exercises.sliding_window_mask import SLIDING_WINDOW_MASK
from selfattn_check.exercises.softmax import SOFTMAX
from selfattn_check.exercises.softmax_jacobian import SOFTMAX_JACOBIAN
from selfattn_check.exercises.worked_example import WORKED_EXAMPLE

__all__ = ["EXERCISES"]

EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        exercise.id: exercise
        for exercise in (
            # 02-concepts
            SOFTMAX,
            ENTROPY,
            SOFTMAX_JACOBIAN,
            SINUSOIDAL_POSITIONS,
            POSITION_SHIFT_MATRIX,
            # 03a-attention
            PROJECT_QKV,
            ATTENTION_SCORES,
            CAUSAL_MASK,
            PADDING_MASK,
            SLIDING_WINDOW_MASK,
            MASKED_SOFTMAX,
            SCALED_DOT_PRODUCT_ATTENTION,
            # 04a-derivation
            WORKED_EXAMPLE,
            ERRATA_QUIZ,
            SCORE_VARIANCE,
            REPAIRED_SCALE,
            REPAIRED_SOFTMAX,
            REPAIRED_MASK,
            REPAIRED_HEADS,
        )
    }
)
