"""Every exercise of the course, by id, in the order in which the notebooks ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from selfattn_check.exercise import Exercise
from selfattn_check.exercises.attention_backward import ATTENTION_BACKWARD
from selfattn_check.exercises.attention_cost import ATTENTION_COST
from selfattn_check.exercises.attention_scores import ATTENTION_SCORES
from selfattn_check.exercises.beam_search import BEAM_SEARCH
from selfattn_check.exercises.bert_self_attention import BERT_SELF_ATTENTION
from selfattn_check.exercises.causal_mask import CAUSAL_MASK
from selfattn_check.exercises.convert_mask import CONVERT_MASK
from selfattn_check.exercises.cross_attention import CROSS_ATTENTION
from selfattn_check.exercises.double import DOUBLE
from selfattn_check.exercises.entropy import ENTROPY
from selfattn_check.exercises.errata_quiz import ERRATA_QUIZ
from selfattn_check.exercises.gradient_reach import GRADIENT_REACH
from selfattn_check.exercises.mask_tokens import MASK_TOKENS
from selfattn_check.exercises.masked_softmax import MASKED_SOFTMAX
from selfattn_check.exercises.max_path_length import MAX_PATH_LENGTH
from selfattn_check.exercises.merge_heads import MERGE_HEADS
from selfattn_check.exercises.multi_head_attention import MULTI_HEAD_ATTENTION
from selfattn_check.exercises.multi_head_attention_backward import MULTI_HEAD_ATTENTION_BACKWARD
from selfattn_check.exercises.numerical_gradient import NUMERICAL_GRADIENT
from selfattn_check.exercises.padding_mask import PADDING_MASK
from selfattn_check.exercises.position_shift_matrix import POSITION_SHIFT_MATRIX
from selfattn_check.exercises.project_qkv import PROJECT_QKV
from selfattn_check.exercises.repaired_heads import REPAIRED_HEADS
from selfattn_check.exercises.repaired_mask import REPAIRED_MASK
from selfattn_check.exercises.repaired_scale import REPAIRED_SCALE
from selfattn_check.exercises.repaired_softmax import REPAIRED_SOFTMAX
from selfattn_check.exercises.rnn_states import RNN_STATES
from selfattn_check.exercises.scaled_dot_product_attention import SCALED_DOT_PRODUCT_ATTENTION
from selfattn_check.exercises.score_variance import SCORE_VARIANCE
from selfattn_check.exercises.sinusoidal_positions import SINUSOIDAL_POSITIONS
from selfattn_check.exercises.sliding_window_mask import SLIDING_WINDOW_MASK
from selfattn_check.exercises.soft_lookup import SOFT_LOOKUP
from selfattn_check.exercises.softmax import SOFTMAX
from selfattn_check.exercises.softmax_backward import SOFTMAX_BACKWARD
from selfattn_check.exercises.softmax_jacobian import SOFTMAX_JACOBIAN
from selfattn_check.exercises.split_heads import SPLIT_HEADS
from selfattn_check.exercises.warmup_learning_rate import WARMUP_LEARNING_RATE
from selfattn_check.exercises.worked_example import WORKED_EXAMPLE
from selfattn_check.records import Later, Records

__all__ = ["EXERCISES"]

EXERCISES: Mapping[str, Exercise] = Records(
    {
        exercise.id: exercise
        for exercise in (
            # 00-start
            DOUBLE,
            # 01-background
            RNN_STATES,
            GRADIENT_REACH,
            SOFT_LOOKUP,
            MAX_PATH_LENGTH,
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
            # 03b-multi-head
            SPLIT_HEADS,
            MERGE_HEADS,
            MULTI_HEAD_ATTENTION,
            CROSS_ATTENTION,
            ATTENTION_COST,
            CONVERT_MASK,
            # 04a-derivation
            WORKED_EXAMPLE,
            ERRATA_QUIZ,
            SCORE_VARIANCE,
            REPAIRED_SCALE,
            REPAIRED_SOFTMAX,
            REPAIRED_MASK,
            REPAIRED_HEADS,
            # 04b-gradients
            NUMERICAL_GRADIENT,
            SOFTMAX_BACKWARD,
            ATTENTION_BACKWARD,
            MULTI_HEAD_ATTENTION_BACKWARD,
            # 05a-pytorch
            Later("MultiHeadAttention", "multi_head_attention_module"),
            Later("copy_weights", "copy_weights"),
            Later("FeedForward", "feed_forward"),
            Later("EncoderLayer", "encoder_layer"),
            Later("DecoderLayer", "decoder_layer"),
            WARMUP_LEARNING_RATE,
            # 05b-transformer
            Later("Transformer", "transformer"),
            Later("greedy_decode", "greedy_decode"),
            BEAM_SEARCH,
            # 05c-bert
            Later("TextClassificationDataset", "text_classification_dataset"),
            Later("pad_batch", "pad_batch"),
            MASK_TOKENS,
            Later("train_epoch", "train_epoch"),
            Later("evaluate", "evaluate"),
            BERT_SELF_ATTENTION,
            Later("attention_maps", "attention_maps"),
        )
    }
)
