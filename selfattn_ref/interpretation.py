"""Reading attention weights: across layers, and for a known pattern."""

from __future__ import annotations

import numpy as np

from selfattn_ref.validation import FloatArray, IntArray, float_array, int_array, require


def attention_rollout(weights: FloatArray) -> FloatArray:
    """Follow the attention through all layers: how much of each input token is mixed into each output token.

    The heads of a layer are averaged, and half the identity stands for the residual connection around it:
    A = (mean over heads + I) / 2, and the result is A_L … A_2 A_1. Abnar and Zuidema (2020), section 3.
    It knows nothing of values, output projections and feed-forward layers: a picture, not a proof.

    Args:
        weights: (layers, heads, n, n) attention weights of one sequence, the first layer first.

    Returns:
        (n, n) in the dtype of weights; row i says where output i comes from. Rows sum to 1 if those of weights do.

    Raises:
        TypeError: weights is not a NumPy array of floats.
        ValueError: not four axes, the last two of different lengths, no layer, or no head.

    >>> attention_rollout(np.array([[[[1.0, 0.0], [1.0, 0.0]]]])).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    weights = _square("weights", weights, "(layers, heads, n, n)")
    require(0 not in weights.shape[:2], "weights", "hold at least one layer and one head", f"shape {weights.shape}")
    identity: FloatArray = np.eye(weights.shape[-1], dtype=weights.dtype)
    rollout = identity
    for layer in weights.mean(axis=1):  # (n, n), from the input upwards
        rollout = (layer + identity) / 2 @ rollout
    return rollout


def induction_score(weights: FloatArray, tokens: IntArray) -> FloatArray:
    """Measure how far a head continues what it has seen: it looks at what came after the same token before.

    For every token that occurred earlier, the weight that it puts on the tokens right after those occurrences (itself
    included, if it is one of them); the mean over these tokens. Olsson et al. (2022), "prefix matching", there for a
    repeated random sequence. A head without a preference, looking at k tokens, gets about (occurrences so far) / k.

    Args:
        weights: (..., n, n) attention weights; a causal mask is not required, but later tokens do not count.
        tokens: (n,) integers, the sequence.

    Returns:
        (...), between 0 and 1, one for each head, in the dtype of weights.

    Raises:
        TypeError: weights is not a NumPy array of floats, or tokens not one of integers.
        ValueError: sizes disagree (the message gives the shapes), or no token occurs twice.

    >>> weights = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.1, 0.7, 0.2]])
    >>> float(induction_score(weights, np.array([4, 9, 4])))  # token 2 looks at what followed the first 4
    0.7
    """
    weights = _square("weights", weights, "(..., n, n)")
    tokens = int_array("tokens", tokens, "(n,)")
    shapes = f"weights {weights.shape}, tokens {tokens.shape}"
    require(len(tokens) == weights.shape[-1], "tokens", "have one entry for each row of weights (n)", shapes)
    follows = np.zeros((len(tokens), len(tokens)), bool)  # [i, j]: token j came after an earlier token like token i
    follows[:, 1:] = np.tril(tokens[:, None] == tokens[:-1], -1)
    repeated = follows.any(axis=1)  # (n,)
    require(bool(repeated.any()), "tokens", "hold a token that occurs twice", "none")
    found = np.where(follows, weights, 0.0).sum(axis=-1)  # (..., n)
    score: FloatArray = found[..., repeated].mean(axis=-1)
    return score


def _square(argument: str, value: object, shape: str) -> FloatArray:
    weights = float_array(argument, value, shape)
    same = weights.shape[-1] == weights.shape[-2]
    require(same, argument, "be square in the last two axes (n, n)", f"shape {weights.shape}")
    return weights
