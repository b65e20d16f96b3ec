"""What is right: the reference of every exercise, importable by its exercise id.

Needs NumPy alone. The names in `TORCH_NAMES` need PyTorch, which is imported when the first of them is touched.

To read it: `attention`, `weights` and `masks` hold one head, `heads` and `multi_head` several, `attention_gradients`
the way back. Every other file holds one idea; `validation` checks the arguments of all, `tensors` those of PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from selfattn_ref.attention import attention_scores, project_qkv, scaled_dot_product_attention
from selfattn_ref.attention_gradients import attention_backward
from selfattn_ref.augmentation import augment
from selfattn_ref.beams import beam_search
from selfattn_ref.bert import bert_self_attention
from selfattn_ref.blockwise import blockwise_attention, online_softmax
from selfattn_ref.cache import KeyValueCache, decode_step
from selfattn_ref.classification_scores import classification_report
from selfattn_ref.cost import attention_cost
from selfattn_ref.doubling import double
from selfattn_ref.entities import decode_bio, entity_pair_features
from selfattn_ref.errata import errata_quiz
from selfattn_ref.finite_differences import numerical_gradient
from selfattn_ref.grouped import grouped_query_attention
from selfattn_ref.hashing import lsh_attention, lsh_buckets
from selfattn_ref.heads import merge_heads, split_heads
from selfattn_ref.interpretation import attention_rollout, induction_score
from selfattn_ref.linearized import linear_attention
from selfattn_ref.lookup import soft_lookup
from selfattn_ref.losses import contrastive_image_text_loss, info_nce_loss
from selfattn_ref.masked_language import mask_tokens
from selfattn_ref.masks import causal_mask, convert_mask, padding_mask, sliding_window_mask
from selfattn_ref.multi_head import cross_attention, multi_head_attention
from selfattn_ref.multi_head_gradients import multi_head_attention_backward
from selfattn_ref.news_alerts import alerts, rolling_negative_share
from selfattn_ref.next_item import sampled_softmax_loss, shift_targets
from selfattn_ref.patches import patchify
from selfattn_ref.path_length import max_path_length
from selfattn_ref.positions import position_shift_matrix, sinusoidal_positions
from selfattn_ref.ranking_metrics import hit_rate, mean_reciprocal_rank, ndcg, recall_at_k
from selfattn_ref.recurrence import gradient_reach, rnn_states
from selfattn_ref.relative import alibi_bias, relative_shift
from selfattn_ref.repaired import repaired_heads, repaired_mask, repaired_scale, repaired_softmax
from selfattn_ref.retrieval import answer_or_escalate, masked_mean_pool, retrieve
from selfattn_ref.rotary import apply_rotary
from selfattn_ref.sampling import sample_next
from selfattn_ref.scaling import training_flops, transformer_parameters
from selfattn_ref.schedules import warmup_learning_rate
from selfattn_ref.score_statistics import score_variance
from selfattn_ref.segments import segment_attention
from selfattn_ref.softmax_gradients import softmax_backward, softmax_jacobian
from selfattn_ref.spans import best_span
from selfattn_ref.weights import entropy, masked_softmax, softmax
from selfattn_ref.windowed import local_attention
from selfattn_ref.worked import worked_example

TORCH_NAMES = {  # name: the module that holds it
    "DecoderLayer": "transformer_layers",
    "EncoderLayer": "transformer_layers",
    "FeedForward": "transformer_layers",
    "MultiHeadAttention": "attention_module",
    "SelfAttentiveRecommender": "recommender",
    "TextClassificationDataset": "text_batches",
    "Transformer": "encoder_decoder",
    "VisionTransformer": "vision",
    "ablate_head": "head_ablation",
    "attention_maps": "maps",
    "copy_weights": "attention_module",
    "evaluate": "fine_tuning",
    "greedy_decode": "decoding",
    "pad_batch": "text_batches",
    "train_epoch": "fine_tuning",
}

if TYPE_CHECKING:  # the same names for mypy and editors; hidden from them, __getattr__ lets no misspelled name pass
    from selfattn_ref.attention_module import MultiHeadAttention, copy_weights
    from selfattn_ref.decoding import greedy_decode
    from selfattn_ref.encoder_decoder import Transformer
    from selfattn_ref.fine_tuning import evaluate, train_epoch
    from selfattn_ref.head_ablation import ablate_head
    from selfattn_ref.maps import attention_maps
    from selfattn_ref.recommender import SelfAttentiveRecommender
    from selfattn_ref.text_batches import TextClassificationDataset, pad_batch
    from selfattn_ref.transformer_layers import DecoderLayer, EncoderLayer, FeedForward
    from selfattn_ref.vision import VisionTransformer
else:

    def __getattr__(name: str) -> object:
        """Import the module of a PyTorch name when it is first asked for (PEP 562)."""
        if name not in TORCH_NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{TORCH_NAMES[name]}"), name)
        globals()[name] = value  # from now on found without coming here
        return value

    def __dir__() -> list[str]:
        """Show the PyTorch names before they are imported, too."""
        return sorted({*globals(), *TORCH_NAMES})


__all__ = [
    "DecoderLayer",
    "EncoderLayer",
    "FeedForward",
    "KeyValueCache",
    "MultiHeadAttention",
    "SelfAttentiveRecommender",
    "TextClassificationDataset",
    "Transformer",
    "VisionTransformer",
    "ablate_head",
    "alerts",
    "alibi_bias",
    "answer_or_escalate",
    "apply_rotary",
    "attention_backward",
    "attention_cost",
    "attention_maps",
    "attention_rollout",
    "attention_scores",
    "augment",
    "beam_search",
    "bert_self_attention",
    "best_span",
    "blockwise_attention",
    "causal_mask",
    "classification_report",
    "contrastive_image_text_loss",
    "convert_mask",
    "copy_weights",
    "cross_attention",
    "decode_bio",
    "decode_step",
    "double",
    "entity_pair_features",
    "entropy",
    "errata_quiz",
    "evaluate",
    "gradient_reach",
    "greedy_decode",
    "grouped_query_attention",
    "hit_rate",
    "induction_score",
    "info_nce_loss",
    "linear_attention",
    "local_attention",
    "lsh_attention",
    "lsh_buckets",
    "mask_tokens",
    "masked_mean_pool",
    "masked_softmax",
    "max_path_length",
    "mean_reciprocal_rank",
    "merge_heads",
    "multi_head_attention",
    "multi_head_attention_backward",
    "ndcg",
    "numerical_gradient",
    "online_softmax",
    "pad_batch",
    "padding_mask",
    "patchify",
    "position_shift_matrix",
    "project_qkv",
    "recall_at_k",
    "relative_shift",
    "repaired_heads",
    "repaired_mask",
    "repaired_scale",
    "repaired_softmax",
    "retrieve",
    "rnn_states",
    "rolling_negative_share",
    "sample_next",
    "sampled_softmax_loss",
    "scaled_dot_product_attention",
    "score_variance",
    "segment_attention",
    "shift_targets",
    "sinusoidal_positions",
    "sliding_window_mask",
    "soft_lookup",
    "softmax",
    "softmax_backward",
    "softmax_jacobian",
    "split_heads",
    "train_epoch",
    "training_flops",
    "transformer_parameters",
    "warmup_learning_rate",
    "worked_example",
]
