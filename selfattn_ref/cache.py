"""Generate token by token without computing the past again."""

from __future__ import annotations

from typing import cast

import numpy as np

from selfattn_ref.attention import attend
from selfattn_ref.heads import cut, head_count, join
from selfattn_ref.masks import causal_mask
from selfattn_ref.multi_head import Params, check_params, project
from selfattn_ref.validation import FloatArray, float_array, kind_of, require


class KeyValueCache:
    """The keys and values of all tokens so far, in the order in which they came.

    Its memory is k and v of every past token: 2 · num_heads · head_dim numbers per token and layer, as long as the text
    grows. Space is doubled when it runs out, so that adding a token costs a constant amount of copying on average.
    Shazeer (2019), section 2.4, for what it saves and what it costs.

    >>> cache = KeyValueCache()
    >>> cache.append(np.ones((2, 3, 4)), np.ones((2, 3, 5)))  # 2 heads, 3 tokens
    >>> cache.append(np.zeros((2, 1, 4)), np.zeros((2, 1, 5)))
    >>> len(cache), cache.k.shape, cache.v.shape
    (4, (2, 4, 4), (2, 4, 5))
    """

    def __init__(self) -> None:
        self._length = 0
        self._k: FloatArray | None = None  # (..., capacity, head_dim); filled up to _length
        self._v: FloatArray | None = None  # (..., capacity, value_dim)

    def __len__(self) -> int:
        """Number of tokens held."""
        return self._length

    @property
    def k(self) -> FloatArray:
        """(..., len, head_dim) keys, a read-only view; a ValueError while the cache is empty."""
        return self._filled(self._k)

    @property
    def v(self) -> FloatArray:
        """(..., len, value_dim) values, a read-only view; a ValueError while the cache is empty."""
        return self._filled(self._v)

    def append(self, k: FloatArray, v: FloatArray) -> None:
        """Add the keys and values of new tokens behind those that are there.

        Args:
            k: (..., new_len, head_dim) keys.
            v: (..., new_len, value_dim) values; leading axes as those of k.

        Raises:
            TypeError: k or v is not a NumPy array of floats, or of another dtype than those in the cache.
            ValueError: sizes disagree, with each other or with the cache; the message gives the shapes.
        """
        k = float_array("k", k, "(..., new_len, head_dim)")
        v = float_array("v", v, "(..., new_len, value_dim)")
        require(k.shape[:-1] == v.shape[:-1], "v", "have all axes of k but the last", f"k {k.shape}, v {v.shape}")
        _fits("k", k, self._k)
        _fits("v", v, self._v)
        new_length = self._length + k.shape[-2]
        self._k = _with_space(self._k, k, new_length)
        self._v = _with_space(self._v, v, new_length)
        self._k[..., self._length : new_length, :] = k
        self._v[..., self._length : new_length, :] = v
        self._length = new_length

    def _filled(self, buffer: FloatArray | None) -> FloatArray:
        require(buffer is not None, "cache", "hold at least one token", "an empty one")
        view = cast(FloatArray, buffer)[..., : self._length, :]
        view.flags.writeable = False
        return view


def decode_step(x: FloatArray, params: Params, num_heads: int, cache: KeyValueCache) -> tuple[FloatArray, FloatArray]:
    """Attend from new tokens to everything so far, projecting the new tokens only.

    Step by step the same as the rows of `multi_head_attention` over the whole sequence under a `causal_mask`, for
    4·d² + 2·n·d multiply-adds a token instead of 4·n·d² + 2·n²·d. Several tokens at once (a prompt) are allowed.
    Shazeer (2019), section 2.4.

    Args:
        x: (..., new_len, d_model) the new tokens, new_len ≥ 1.
        params: as for `multi_head_attention`.
        num_heads: number of heads; divides d_model.
        cache: keys and values of the earlier tokens, (..., num_heads, len, head_dim); those of x are appended.

    Returns:
        output (..., new_len, d_model) and weights (..., num_heads, new_len, len(cache)), the length after appending,
        in the dtype of the inputs.

    Raises:
        TypeError: x or a parameter is not a NumPy array of floats, params not a mapping, or cache not a KeyValueCache.
        ValueError: sizes disagree, with each other or with the cache, num_heads does not divide d_model, x holds no
            token, or params lacks or has too many names. The cache is as before.

    >>> params, cache = dict.fromkeys(["w_q", "w_k", "w_v", "w_o"], np.eye(4)), KeyValueCache()
    >>> for token in np.eye(4)[:3]:
    ...     output, weights = decode_step(token[None], params, 2, cache)
    >>> output.shape, weights.shape
    ((1, 4), (2, 1, 3))
    """
    x = float_array("x", x, "(..., new_len, d_model)")
    require(x.shape[-2] > 0, "x", "hold at least one token", f"shape {x.shape}")
    num_heads = head_count(num_heads, x.shape[-1])
    check_params(params, d_model=x.shape[-1], d_context=x.shape[-1])
    require(isinstance(cache, KeyValueCache), "cache", "be a KeyValueCache", kind_of(cache), TypeError)

    q, k, v = (cut(project(x, params, role), num_heads) for role in "qkv")  # (..., num_heads, new_len, head_dim)
    cache.append(k, v)
    output, weights = attend(q, cache.k, cache.v, causal_mask(x.shape[-2], len(cache)))
    return project(join(output), params, "o"), weights


def _fits(argument: str, new: FloatArray, held: FloatArray | None) -> None:
    if held is None:
        return
    same = new.shape[:-2] == held.shape[:-2] and new.shape[-1] == held.shape[-1]
    wanted = f"({', '.join(map(str, (*held.shape[:-2], 'new_len', held.shape[-1])))})"
    require(same, argument, f"have shape {wanted}, as the cache holds", f"shape {new.shape}")
    require(new.dtype == held.dtype, argument, f"be of {held.dtype}, as the cache holds", new.dtype, TypeError)


def _with_space(buffer: FloatArray | None, new: FloatArray, length: int) -> FloatArray:
    """Return the buffer if it holds ``length`` tokens, or a copy of at least twice its capacity."""
    capacity = 0 if buffer is None else buffer.shape[-2]
    if buffer is not None and capacity >= length:
        return buffer
    larger: FloatArray = np.empty((*new.shape[:-2], max(2 * capacity, length), new.shape[-1]), new.dtype)
    if buffer is not None:
        larger[..., :capacity, :] = buffer
    return larger
