"""Long texts in segments: every segment attends to a memory of those before it."""

from __future__ import annotations

import numpy as np

from selfattn_ref.masks import causal_mask
from selfattn_ref.multi_head import Params, cross_attention
from selfattn_ref.validation import FloatArray, float_array, require, size


def segment_attention(
    x: FloatArray, params: Params, num_heads: int, memory_len: int, memory: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Attend causally within a segment and to the memory of earlier segments, and pass a memory on.

    Queries come from x, keys and values from [memory; x]; the new memory is the last memory_len rows of [memory; x].
    One layer then sees memory_len tokens beyond its segment, and L layers about L times as many, since each layer has
    a memory of its own inputs. Dai et al. (2019), section 3.2. In training no gradient flows into the memory.
    Positions are up to the caller: absolute ones would repeat in every segment, so the paper uses relative ones.

    Args:
        x: (..., segment_len, d_model) the tokens of this segment, at least one.
        params: as for `multi_head_attention`.
        num_heads: number of heads; divides d_model.
        memory_len: how many tokens the new memory holds at most, at least 0 (segments that know nothing of each other).
        memory: (..., m, d_model) what the segment before returned, of any length m; None for the first segment.

    Returns:
        output (..., segment_len, d_model), and the new memory (..., min(m + segment_len, memory_len), d_model).

    Raises:
        TypeError: x, memory or a parameter is not a NumPy array of floats, params not a mapping,
            or num_heads or memory_len not an integer.
        ValueError: sizes disagree (the message gives the shapes), x holds no token, num_heads does not divide d_model,
            memory_len < 0, or params lacks or has too many names.

    >>> params = dict.fromkeys(["w_q", "w_k", "w_v", "w_o"], np.eye(4))
    >>> output, memory = segment_attention(np.ones((3, 4)), params, 2, memory_len=5)
    >>> output, memory = segment_attention(np.ones((3, 4)), params, 2, memory_len=5, memory=memory)
    >>> output.shape, memory.shape  # the second segment saw 6 tokens and passes 5 on
    ((3, 4), (5, 4))
    """
    x = float_array("x", x, "(..., segment_len, d_model)")
    require(x.shape[-2] > 0, "x", "hold at least one token", f"shape {x.shape}")
    memory_len = size("memory_len", memory_len, at_least=0)
    context = x
    if memory is not None:
        memory = float_array("memory", memory, "(..., m, d_model)")
        same = (*memory.shape[:-2], memory.shape[-1]) == (*x.shape[:-2], x.shape[-1])
        require(same, "memory", "have all axes of x but the length", f"x {x.shape}, memory {memory.shape}")
        context = np.concatenate([memory, x], axis=-2)  # (..., m + segment_len, d_model)
    total = context.shape[-2]
    output, _ = cross_attention(x, context, params, num_heads, causal_mask(x.shape[-2], total))
    return output, context[..., max(total - memory_len, 0) :, :].copy()
