"""What is right: the reference of every exercise, importable by its exercise id. Needs NumPy alone."""

from selfattn_ref.attention import attention_scores, project_qkv, scaled_dot_product_attention
from selfattn_ref.blockwise import blockwise_attention, online_softmax
from selfattn_ref.cost import attention_cost
from selfattn_ref.hashing import lsh_attention, lsh_buckets
from selfattn_ref.heads import merge_heads, split_heads
from selfattn_ref.linearized import linear_attention
from selfattn_ref.masks import causal_mask, convert_mask, padding_mask, sliding_window_mask
from selfattn_ref.multi_head import cross_attention, multi_head_attention
from selfattn_ref.weights import masked_softmax, softmax
from selfattn_ref.windowed import local_attention

__all__ = [
    "attention_cost",
    "attention_scores",
    "blockwise_attention",
    "causal_mask",
    "convert_mask",
    "cross_attention",
    "linear_attention",
    "local_attention",
    "lsh_attention",
    "lsh_buckets",
    "masked_softmax",
    "merge_heads",
    "multi_head_attention",
    "online_softmax",
    "padding_mask",
    "project_qkv",
    "scaled_dot_product_attention",
    "sliding_window_mask",
    "softmax",
    "split_heads",
]
