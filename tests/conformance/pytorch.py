"""PyTorch's own operator samples, and its module of multi-head attention.

The samples are those with which PyTorch tests every operator on every device; they are made on the spot, in float64,
and the expected numbers come from the operator itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from selfattn_ref import (
    causal_mask,
    convert_mask,
    cross_attention,
    grouped_query_attention,
    masked_softmax,
    merge_heads,
    multi_head_attention,
    padding_mask,
    scaled_dot_product_attention,
    softmax,
    split_heads,
)
from tests.conformance.authority import Authority, Case, OutOfScope, agree

RANDOM = "dropout draws from PyTorch's own random stream"
SCALAR = "a number without an axis is no sequence"


def plain_softmax(x: Any, axis: int, dtype: Any = None) -> Any:
    """softmax, also in the form that converts the input first."""
    in_scope(x)
    return softmax(x, axis)


def plain_masked_softmax(x: Any, axis: int, mask: Any = None) -> Any:
    """masked.softmax: True = may attend, along any axis; NaN where nothing is permitted, which here is 0."""
    in_scope(x)
    mask = np.moveaxis(np.broadcast_to(True if mask is None else mask, x.shape), axis, -1)
    weights = masked_softmax(np.moveaxis(x, axis, -1), mask)
    nothing = ~mask.any(axis=-1, keepdims=True)
    assert not weights[np.broadcast_to(nothing, weights.shape)].any()
    return np.moveaxis(np.where(nothing, np.nan, weights), -1, axis)


def functional_attention(
    q: Any, k: Any, v: Any, attn_mask: Any = None, is_causal: bool = False, dropout_p: float = 0.0, **options: Any
) -> Any:
    """nn.functional.scaled_dot_product_attention: a float mask is added, is_causal aligns top left."""
    if dropout_p:
        raise OutOfScope(RANDOM)
    mask = causal_mask(q.shape[-2], k.shape[-2], offset=0) if is_causal else None
    grouped = options.pop("enable_gqa", False)
    function = grouped_query_attention if grouped else scaled_dot_product_attention
    if attn_mask is not None and attn_mask.dtype == np.bool_:
        return function(q, k, v, attn_mask, **options)[0]
    return function(q, k, v, mask, bias=attn_mask, **options)[0]


def multi_head_forward(
    query: Any, key: Any, value: Any, d_model: int, num_heads: int, in_weight: Any, in_bias: Any,
    bias_k: Any, bias_v: Any, add_zero_attn: bool, dropout_p: float, out_weight: Any, out_bias: Any,
    *, training: bool, attn_mask: Any, use_separate_proj_weight: bool, **separate: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """nn.functional.multi_head_attention_forward.

    The sequence comes before the batch, weights are stored (out, in), a key and a value are added behind the last,
    float masks are added, (batch · heads) of them or one for all, and the weights are averaged over the heads.
    """
    if training and dropout_p:
        raise OutOfScope(RANDOM)
    weights = (
        [separate[f"{role}_proj_weight"] for role in "qkv"] if use_separate_proj_weight else np.split(in_weight, 3)
    )
    inputs = zip((query, key, value), weights, np.split(in_bias, 3), strict=True)
    batch = query.shape[1:-1]
    q, k, v = (np.moveaxis(x @ w.T + b, 0, -2) for x, w, b in inputs)  # (batch, seq_len, d_model), or without batch
    k, v = (np.concatenate([x, np.broadcast_to(b, (*batch, 1, d_model))], -2) for x, b in ((k, bias_k), (v, bias_v)))
    assert not add_zero_attn
    if attn_mask is not None:
        attn_mask = np.pad(attn_mask, [(0, 0)] * (attn_mask.ndim - 1) + [(0, 1)])  # the added key is seen by all
        if attn_mask.ndim == 3:
            attn_mask = attn_mask.reshape(*batch, num_heads, *attn_mask.shape[1:])
    heads = (split_heads(x, num_heads) for x in (q, k, v))
    output, shares = scaled_dot_product_attention(*heads, bias=attn_mask)
    return np.moveaxis(merge_heads(output) @ out_weight.T + out_bias, -2, 0), shares.mean(axis=-3)


def in_scope(x: Any) -> None:
    """Leave out what has no axis to sum along."""
    if x.ndim == 0:
        raise OutOfScope(SCALAR)


def operator_cases(name: str, variant: str, adapter: Callable[..., Any]) -> Iterator[Case]:
    """The samples of one operator."""
    from torch.testing._internal.common_methods_invocations import op_db

    operator = next(op for op in op_db if op.name == name and op.variant_test_name == variant)
    for number, sample in enumerate(operator.sample_inputs("cpu", torch.float64)):
        yield Case(f"sample {number}", partial(run_sample, operator, sample, adapter))


def run_sample(operator: Any, sample: Any, adapter: Callable[..., Any]) -> None:
    """Give the same arguments to both."""
    arguments = [as_numpy(x) for x in (sample.input, *sample.args)]
    mine = adapter(*arguments, **{name: as_numpy(x) for name, x in sample.kwargs.items()})
    theirs = operator(sample.input, *sample.args, **sample.kwargs)
    pairs = zip(mine, theirs, strict=True) if isinstance(theirs, tuple) else [(mine, theirs)]
    for left, right in pairs:
        agree(left, right.numpy())


def as_numpy(value: Any) -> Any:
    return value.detach().numpy() if isinstance(value, torch.Tensor) else value


def module_cases() -> Iterator[Case]:
    """nn.MultiheadAttention with random weights: self- and cross-attention, biases, masks."""
    for bias in (True, False):
        for masking in ("none", "padding", "hidden", "additive"):
            yield Case(f"self, bias={bias}, mask {masking}", partial(run_module, None, bias, masking))
            yield Case(f"cross, bias={bias}, mask {masking}", partial(run_module, 10, bias, masking))


def run_module(d_context: int | None, bias: bool, masking: str) -> None:
    """Copy the module's weights, which are stored (out, in), and compare output and weights of every head."""
    rng = np.random.default_rng(5)
    batch, num_heads, q_len, d_model = 2, 3, 5, 12
    k_len = 7 if d_context else q_len
    module = torch.nn.MultiheadAttention(
        d_model, num_heads, bias=bias, kdim=d_context, vdim=d_context, batch_first=True, dtype=torch.float64
    )
    for parameter in module.parameters():
        parameter.data = torch.tensor(rng.normal(size=parameter.shape))
    x = rng.normal(size=(batch, q_len, d_model))
    context = rng.normal(size=(batch, k_len, d_context)) if d_context else x
    lengths = padding_mask(np.array([2, 4]), k_len)
    mask = {"none": None, "padding": lengths}.get(masking, causal_mask(q_len, k_len))
    hidden = {}
    if masking == "padding":
        hidden = {"key_padding_mask": torch.tensor(convert_mask(lengths[:, 0], "hidden"))}
    elif mask is not None:
        hidden = {"attn_mask": torch.tensor(convert_mask(mask, masking))}
    tensors = [torch.tensor(array) for array in (x, context, context)]
    expected = module(*tensors, average_attn_weights=False, **hidden)
    params = module_params(module)
    if d_context:
        mine = cross_attention(x, context, params, num_heads, mask)
    else:
        mine = multi_head_attention(x, params, num_heads, mask)
    for left, right in zip(mine, expected, strict=True):
        agree(left, as_numpy(right))


def module_params(module: Any) -> dict[str, Any]:
    """The module's weights under this project's names."""
    joint = module.in_proj_weight
    stored = [module.q_proj_weight, module.k_proj_weight, module.v_proj_weight] if joint is None else joint.chunk(3)
    matrices = zip("qkvo", [*stored, module.out_proj.weight], strict=True)
    params = {f"w_{role}": as_numpy(matrix).T for role, matrix in matrices}
    if module.in_proj_bias is None:
        return params
    biases = zip("qkvo", [*module.in_proj_bias.chunk(3), module.out_proj.bias], strict=True)
    return params | {f"b_{role}": as_numpy(bias) for role, bias in biases}


SAMPLES = [
    ("softmax", "", plain_softmax),
    ("softmax", "with_dtype", plain_softmax),
    ("masked.softmax", "", plain_masked_softmax),
    ("nn.functional.scaled_dot_product_attention", "", functional_attention),
    ("nn.functional.multi_head_attention_forward", "", multi_head_forward),
]
AUTHORITIES = [
    Authority(
        f"PyTorch {name.removeprefix('nn.functional.')} {variant}".strip(), "torch", partial(operator_cases, *row)
    )
    for row in SAMPLES
    for name, variant, _ in [row]
] + [Authority("PyTorch MultiheadAttention", "torch", module_cases)]
