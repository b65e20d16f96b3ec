"""Typical attempts whose messages are frozen: name of the golden file → (exercise, part, attempt)."""

import math

import numpy as np
import torch
from torch import nn

ATTEMPTS = {}


def frozen(name, exercise_id, part=None):
    """Freeze what the check says about an attempt."""

    def register(attempt):
        ATTEMPTS[name] = (exercise_id, part, attempt)
        return attempt

    return register


@frozen("project_qkv-right", "project_qkv")
def projected(x, w_q, w_k, w_v):
    return x @ w_q, x @ w_k, x @ w_v


@frozen("project_qkv-list-for-tuple", "project_qkv")
def listed(x, w_q, w_k, w_v):
    return [x @ w_q, x @ w_k, x @ w_v]


@frozen("project_qkv-weights-transposed", "project_qkv")
def transposed(x, w_q, w_k, w_v):
    return x @ w_q.T, x @ w_k.T, x @ w_v.T


@frozen("attention_scores-unwritten", "attention_scores")
def unwritten(q, k):
    raise NotImplementedError


@frozen("attention_scores-missing-scale", "attention_scores")
def unscaled(q, k):
    print("shapes", q.shape, k.shape)
    return q @ np.swapaxes(k, -1, -2)


@frozen("attention_scores-float64-scale", "attention_scores")
def widened(q, k):
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])


@frozen("attention_scores-mutates-input", "attention_scores")
def mutating(q, k):
    q /= math.sqrt(q.shape[-1])
    return q @ np.swapaxes(k, -1, -2)


@frozen("attention_scores-ready-made", "attention_scores")
def copied(q, k):
    from selfattn_ref import attention_scores

    return attention_scores(q, k)


@frozen("attention_scores-wrong-signature", "attention_scores")
def three_parameters(q, k, v):
    return q @ k @ v


@frozen("causal_mask-two-mistakes", "causal_mask")
def drawn_as_numbers(q_len, k_len=None):
    return np.tril(np.ones((q_len, k_len or q_len)))


@frozen("causal_mask-returns-nothing", "causal_mask")
def forgotten(q_len, k_len=None):
    np.tri(q_len, k_len, dtype=bool)


@frozen("padding_mask-without-query-axis", "padding_mask")
def without_query_axis(lengths, max_len):
    return np.arange(max_len) < lengths[:, None]


@frozen("sliding_window_mask-unknown-mistake", "sliding_window_mask")
def random_looking(q_len, k_len, window):
    return np.add.outer(np.arange(q_len), np.arange(k_len)) % window == 0


@frozen("masked_softmax-raises", "masked_softmax", part="masks")
def misspelt(scores, mask=None):
    return scores.softmax()


@frozen("masked_softmax-exits", "masked_softmax")
def ending(scores, mask=None):
    raise SystemExit


@frozen("masked_softmax-nan", "masked_softmax")
def overflowing(scores, mask=None):
    exponents = np.exp(scores if mask is None else np.where(mask, scores, -np.inf))
    return exponents / exponents.sum(axis=-1, keepdims=True)


@frozen("scaled_dot_product_attention-drops-weights", "scaled_dot_product_attention", part="values")
def output_only(q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True) @ v


@frozen("split_heads-drops-the-rest", "split_heads", part="sizes")
def dropping(x, num_heads):
    width = x.shape[-1] // num_heads
    return np.stack([x[..., i * width : (i + 1) * width] for i in range(num_heads)], axis=-3)


@frozen("multi_head_attention-two-mistakes", "multi_head_attention", part="values")
def unprojected_and_averaged(x, params, num_heads, mask=None):
    def heads(role):
        y = x @ params[f"w_{role}"] + params.get(f"b_{role}", 0)
        return np.swapaxes(y.reshape(*x.shape[:-1], num_heads, -1), -2, -3)

    q, k, v = map(heads, "qkv")
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = np.where(mask[..., None, :, :], scores, -1e300)
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponents / exponents.sum(axis=-1, keepdims=True)
    if mask is not None:
        weights = weights * mask[..., None, :, :]
    return np.swapaxes(weights @ v, -2, -3).reshape(x.shape), weights.mean(axis=-3)


@frozen("attention_cost-floats", "attention_cost")
def floats(seq_len, d_model, num_heads):
    width = d_model / num_heads
    work = 4.0 * seq_len * d_model**2 + 2 * seq_len**2 * width * num_heads
    return {"parameters": 4.0 * d_model**2, "multiply_adds": work, "weight_elements": num_heads * seq_len**2}


ANSWERS = {
    "sequential_steps": 5,
    "less_work_than_rnn": True,
    "weights_sum_to_one_over": "query",
    "sinusoidal_positions_join": "inputs",
    "softmax_normalizes_positions": False,
    "heads_contain_positions": False,
    "q_shape": (3, 5),
    "scores_per_softmax": 5,
    "weights_shape": (3, 5),
    "output_shape": (3, 5, 4),
    "output_projection_shape": (12, 12),
    "weights_are_parameters": True,
    "parameter_count": 577,
    "parameter_count_at_100_tokens": 576,
    "work_factor_of_4_times_the_heads": 1,
    "row_of_q": "token",
    "scores_shape": (3, 25),
    "scores_use_values": False,
    "weights_use_values": False,
    "example_scores_shape": (2, 3, 3),
    "scale_inside_exponent": True,
    "exponentials_divided_by_row_sum": True,
    "example_output_shape": (2, 3, 2),
}


@frozen("errata_quiz-wrong-answers", "errata_quiz")
def as_in_print():
    return dict(ANSWERS)


@frozen("errata_quiz-open-answers", "errata_quiz")
def nearly_all_answered():
    return ANSWERS | {"q_shape": [3, 5, 4], "row_of_q": None, "parameter_count": None}


@frozen("repaired_mask-left-as-it-was", "repaired_mask")
def masked_too_late(q, k, v, mask):
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True) * mask
    return weights @ v, weights


@frozen("softmax-ignores-axis", "softmax", part="axis")
def along_the_last_axis(x, axis=-1):
    exponents = np.exp(x - x.max(axis=-1, keepdims=True))
    return exponents / exponents.sum(axis=-1, keepdims=True)


@frozen("entropy-two-mistakes", "entropy")
def bits_and_nan(p, axis=-1):
    return -np.sum(p * np.log2(p), axis=axis)


@frozen("sinusoidal_positions-frequency-doubled", "sinusoidal_positions")
def twice_two_i(num_positions, d_model, base=10000.0):
    if d_model % 2:
        raise ValueError("odd")
    table = np.zeros((num_positions, d_model))
    for i in range(0, d_model, 2):
        angles = np.arange(num_positions) / base ** (2 * i / d_model)
        table[:, i], table[:, i + 1] = np.sin(angles), np.cos(angles)
    return table


@frozen("numerical_gradient-one-sided", "numerical_gradient")
def one_step_ahead(f, x, eps=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        near = x.copy()
        near[index] += eps
        gradient[index] = (f(near) - f(x)) / eps
    return gradient


@frozen("attention_backward-two-mistakes", "attention_backward", part="values")
def product_only_unscaled(grad_output, q, k, v, mask=None):
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    exponents = np.exp(scores) if mask is None else np.exp(scores) * mask
    total = exponents.sum(axis=-1, keepdims=True)
    weights = exponents / np.where(total == 0, 1, total)
    grad_scores = weights * (grad_output @ np.swapaxes(v, -1, -2))
    grad_v = np.swapaxes(weights, -1, -2) @ grad_output
    return grad_scores @ k, np.swapaxes(grad_scores, -1, -2) @ q, grad_v


@frozen("multi_head_attention_backward-unknown-mistake", "multi_head_attention_backward")
def gradient_of_w_o_alone(grad_output, x, params, num_heads, mask=None):
    return np.zeros_like(x), {name: np.zeros((*x.shape[:-2], *value.shape)) for name, value in params.items()}


@frozen("pad_batch-mask-from-pad-id", "pad_batch")
def marked_by_comparison(items, pad_id=0):
    ids = nn.utils.rnn.pad_sequence([item["input_ids"] for item in items], batch_first=True, padding_value=pad_id)
    labels = {"labels": torch.tensor([item["label"] for item in items])} if "label" in items[0] else {}
    return {"input_ids": ids, "attention_mask": (ids != pad_id).long()} | labels


@frozen("train_epoch-two-mistakes", "train_epoch")
def trained_in_eval_mode(model, batches, optimizer, scheduler=None, max_norm=1.0):
    losses = []
    for batch in batches:
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


@frozen("attention_maps-mode-not-restored", "attention_maps")
def left_in_eval_mode(model, batch):
    model.eval()
    inputs = {name: tensor for name, tensor in batch.items() if name != "labels"}
    with torch.no_grad():
        return torch.stack(model(**inputs, output_attentions=True).attentions, dim=1).numpy()


@frozen("bert_self_attention-numpy-root-and-plain-softmax", "bert_self_attention", "values")
def plain_softmax(hidden, state_dict, num_heads, attention_mask):
    batch, seq_len, d_model = hidden.shape
    q, k, v = (
        (hidden @ state_dict[f"{role}.weight"].T + state_dict[f"{role}.bias"])
        .reshape(batch, seq_len, num_heads, -1)
        .transpose(0, 2, 1, 3)
        for role in ("query", "key", "value")
    )
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(d_model // num_heads)
    scores = np.where(attention_mask[:, None, None] == 1, scores, -np.inf)
    exponents = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponents / exponents.sum(axis=-1, keepdims=True)
    return (weights @ v).transpose(0, 2, 1, 3).reshape(hidden.shape), weights


@frozen("pad_batch-pads-with-0-and-masks-by-0", "pad_batch", "values")
def padded_with_zeros(items, pad_id=0):
    ids = nn.utils.rnn.pad_sequence([item["input_ids"] for item in items], batch_first=True)
    batch = {"input_ids": ids, "attention_mask": (ids != 0).long()}
    return batch | {"labels": torch.tensor([item["label"] for item in items])} if "label" in items[0] else batch


@frozen("train_epoch-own-loss", "train_epoch")
def own_loss(model, batches, optimizer, scheduler=None, max_norm=1.0):
    model.train()
    total, rows = 0.0, 0
    for batch in batches:
        optimizer.zero_grad()
        logits = model(batch["input_ids"], batch["attention_mask"]).logits
        loss = nn.functional.cross_entropy(logits, batch["labels"])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        total += loss.item() * len(batch["labels"])
        rows += len(batch["labels"])
    return total / rows
