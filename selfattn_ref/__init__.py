"""What is right: the reference of every exercise, importable by its exercise id. Needs NumPy alone."""

from selfattn_ref.attention import attention_scores, project_qkv, scaled_dot_product_attention
from selfattn_ref.attention_gradients import attention_backward
from selfattn_ref.blockwise import blockwise_attention, online_softmax
from selfattn_ref.cache import KeyValueCache, decode_step
from selfattn_ref.cost import attention_cost
from selfattn_ref.doubling import double
from selfattn_ref.errata import errata_quiz
from selfattn_ref.finite_differences import numerical_gradient
from selfattn_ref.grouped import grouped_query_attention
from selfattn_ref.hashing import lsh_attention, lsh_buckets
from selfattn_ref.heads import merge_heads, split_heads
from selfattn_ref.interpretation import attention_rollout, induction_score
from selfattn_ref.linearized import linear_attention
from selfattn_ref.lookup import soft_lookup
from selfattn_ref.losses import contrastive_image_text_loss, info_nce_loss
from selfattn_ref.masks import causal_mask, convert_mask, padding_mask, sliding_window_mask
from selfattn_ref.multi_head import cross_attention, multi_head_attention
from selfattn_ref.multi_head_gradients import multi_head_attention_backward
from selfattn_ref.patches import patchify
from selfattn_ref.path_length import max_path_length
from selfattn_ref.positions import position_shift_matrix, sinusoidal_positions
from selfattn_ref.recurrence import gradient_reach, rnn_states
from selfattn_ref.relative import alibi_bias, relative_shift
from selfattn_ref.repaired import repaired_heads, repaired_mask, repaired_scale, repaired_softmax
from selfattn_ref.rotary import apply_rotary
from selfattn_ref.scaling import training_flops, transformer_parameters
from selfattn_ref.score_statistics import score_variance
from selfattn_ref.segments import segment_attention
from selfattn_ref.softmax_gradients import softmax_backward, softmax_jacobian
from selfattn_ref.weights import entropy, masked_softmax, softmax
from selfattn_ref.windowed import local_attention
from selfattn_ref.worked import worked_example

__all__ = [
    "KeyValueCache",
    "alibi_bias",
    "apply_rotary",
    "attention_backward",
    "attention_cost",
    "attention_rollout",
    "attention_scores",
    "blockwise_attention",
    "causal_mask",
    "contrastive_image_text_loss",
    "convert_mask",
    "cross_attention",
    "decode_step",
    "double",
    "entropy",
    "errata_quiz",
    "gradient_reach",
    "grouped_query_attention",
    "induction_score",
    "info_nce_loss",
    "linear_attention",
    "local_attention",
    "lsh_attention",
    "lsh_buckets",
    "masked_softmax",
    "max_path_length",
    "merge_heads",
    "multi_head_attention",
    "multi_head_attention_backward",
    "numerical_gradient",
    "online_softmax",
    "padding_mask",
    "patchify",
    "position_shift_matrix",
    "project_qkv",
    "relative_shift",
    "repaired_heads",
    "repaired_mask",
    "repaired_scale",
    "repaired_softmax",
    "rnn_states",
    "scaled_dot_product_attention",
    "score_variance",
    "segment_attention",
    "sinusoidal_positions",
    "sliding_window_mask",
    "soft_lookup",
    "softmax",
    "softmax_backward",
    "softmax_jacobian",
    "split_heads",
    "training_flops",
    "transformer_parameters",
    "worked_example",
]
