"""The self-attention of BERT, from the weights of transformers' own layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from selfattn_ref.attention import attend
from selfattn_ref.heads import cut, head_count, join
from selfattn_ref.validation import FloatArray, IntArray, float_array, int_array, mapping, require

ROLES = ("query", "key", "value")


def bert_self_attention(
    hidden: FloatArray, state_dict: Mapping[str, FloatArray], num_heads: int, attention_mask: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Do what ``transformers``' ``BertSelfAttention`` does in evaluation mode, in NumPy.

    `multi_head_attention` with biases and without the projection of the output, which BERT keeps in another module:
    Devlin et al. (2019), section 3. PyTorch stores a weight as (out, in) and applies it as x @ W.T + b. A sequence of
    nothing but padding gets weights and output 0, where transformers spreads the weights evenly.

    Args:
        hidden: (batch, seq_len, d_model) tokens, as the embeddings or the layer before left them.
        state_dict: the layer's ``state_dict()`` with NumPy arrays as values: "query.weight" (d_model, d_model),
            "query.bias" (d_model,), and the same for "key" and "value"; other names are left alone.
        num_heads: number of heads; divides d_model.
        attention_mask: (batch, seq_len) integers as a tokenizer returns them, 1 for a token and 0 for padding, which is
            hidden as a key.

    Returns:
        output (batch, seq_len, d_model), the heads side by side, and weights (batch, num_heads, seq_len, seq_len), in
        the dtype of the inputs.

    Raises:
        TypeError: hidden or a weight is not a NumPy array of floats, attention_mask not one of integers, state_dict not
            a mapping, or num_heads not an integer.
        ValueError: sizes disagree, num_heads does not divide d_model, a name is missing, or attention_mask holds
            another number than 0 and 1.

    >>> state_dict = {f"{role}.weight": np.eye(4) for role in ROLES} | {f"{role}.bias": np.zeros(4) for role in ROLES}
    >>> output, weights = bert_self_attention(np.ones((1, 3, 4)), state_dict, 2, np.array([[1, 1, 0]]))
    >>> weights[0, 0].tolist()
    [[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.5, 0.5, 0.0]]
    """
    hidden = float_array("hidden", hidden, "(batch, seq_len, d_model)")
    d_model = hidden.shape[-1]
    num_heads = head_count(num_heads, d_model)
    arrays = mapping("state_dict", state_dict)
    wanted = {f"{role}.weight": (d_model, d_model) for role in ROLES} | {f"{role}.bias": (d_model,) for role in ROLES}
    missing = [name for name in wanted if name not in arrays]
    require(not missing, "state_dict", f"hold {', '.join(wanted)}", f"no {', '.join(missing)}")
    for name, shape in wanted.items():
        argument = f"state_dict[{name!r}]"
        array = float_array(argument, arrays[name], "(...)")
        require(array.shape == shape, argument, f"have shape {shape}", f"shape {array.shape}")
    attention_mask = int_array("attention_mask", attention_mask, "(batch, seq_len)")
    fits = attention_mask.shape == hidden.shape[:2]
    require(fits, "attention_mask", f"have shape {hidden.shape[:2]}", f"shape {attention_mask.shape}")
    other = attention_mask[~np.isin(attention_mask, (0, 1))]
    require(other.size == 0, "attention_mask", "hold only 0 and 1", other[:3].tolist())

    q, k, v = (
        cut(hidden @ state_dict[f"{role}.weight"].T + state_dict[f"{role}.bias"], num_heads) for role in ROLES
    )  # (batch, num_heads, seq_len, head_dim)
    mask = attention_mask[:, None, None, :] == 1  # (batch, 1, 1, seq_len)
    output, weights = attend(q, k, v, mask)
    return join(output), weights
