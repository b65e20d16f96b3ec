"""Every exercise of the course, by id, in the order in which the notebooks ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from selfattn_check.exercise import Exercise
from selfattn_check.exercises.attention_scores import ATTENTION_SCORES
from selfattn_check.exercises.causal_mask import CAUSAL_MASK
from selfattn_check.exercises.entropy import ENTROPY
from selfattn_check.exercises.masked_softmax import MASKED_SOFTMAX
from selfattn_check.exercises.padding_mask import PADDING_MASK
from selfattn_check.exercises.position_shift_matrix import POSITION_SHIFT_MATRIX
from selfattn_check.exercises.project_qkv import PROJECT_QKV
from selfattn_check.exercises.scaled_dot_product_attention import SCALED_DOT_PRODUCT_ATTENTION
from selfattn_check.exercises.sinusoidal_positions import SINUSOIDAL_POSITIONS
from selfattn_check.exercises.sliding_window_mask import SLIDING_WINDOW_MASK
from selfattn_check.exercises.softmax import SOFTMAX
from selfattn_check.exercises.softmax_jacobian import SOFTMAX_JACOBIAN
from selfattn_check.records import Records

__all__ = ["EXERCISES"]

EXERCISES: Mapping[str, Exercise] = Records(
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
        )
    }
)
