"""Every exercise of the course, by id, in the order in which the notebooks ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from selfattn_check.exercise import Exercise
from selfattn_check.exercises.attention_backward import ATTENTION_BACKWARD
from selfattn_check.exercises.attention_scores import ATTENTION_SCORES
from selfattn_check.exercises.causal_mask import CAUSAL_MASK
from selfattn_check.exercises.masked_softmax import MASKED_SOFTMAX
from selfattn_check.exercises.multi_head_attention_backward import MULTI_HEAD_ATTENTION_BACKWARD
from selfattn_check.exercises.numerical_gradient import NUMERICAL_GRADIENT
from selfattn_check.exercises.padding_mask import PADDING_MASK
from selfattn_check.exercises.project_qkv import PROJECT_QKV
from selfattn_check.exercises.scaled_dot_product_attention import SCALED_DOT_PRODUCT_ATTENTION
from selfattn_check.exercises.sliding_window_mask import SLIDING_WINDOW_MASK
from selfattn_check.exercises.softmax_backward import SOFTMAX_BACKWARD

__all__ = ["EXERCISES"]

EXERCISES: Mapping[str, Exercise] = MappingProxyType(
    {
        exercise.id: exercise
        for exercise in (
            # 03a-attention
            PROJECT_QKV,
            ATTENTION_SCORES,
            CAUSAL_MASK,
            PADDING_MASK,
            SLIDING_WINDOW_MASK,
            MASKED_SOFTMAX,
            SCALED_DOT_PRODUCT_ATTENTION,
            # 04b-gradients
            NUMERICAL_GRADIENT,
            SOFTMAX_BACKWARD,
            ATTENTION_BACKWARD,
            MULTI_HEAD_ATTENTION_BACKWARD,
        )
    }
)
