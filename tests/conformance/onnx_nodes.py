"""ONNX backend node tests for Attention, RotaryEmbedding and Softmax, through adapters.

The cases are those that every ONNX backend has to pass; the package makes them, inputs and expected outputs, when its
modules are imported. An adapter uses this project's public functions and reshaping, nothing else. FlexAttention and
LinearAttention are other operators, which this project does not claim.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from selfattn_ref import (
    KeyValueCache,
    apply_rotary,
    attention_scores,
    causal_mask,
    convert_mask,
    grouped_query_attention,
    merge_heads,
    padding_mask,
    softmax,
    split_heads,
)
from tests.conformance.authority import Authority, Case, OutOfScope, agree

NODE_TESTS = "onnx.backend.test.case.node"
EXPANDED = "a case above once more, inputs and outputs the same, with the operator written out in smaller ones"
Arrays = dict[str, Any]  # by the names of the operator's specification


def attention(given: Arrays, options: Arrays) -> Arrays:
    """The operator Attention, opsets 23 to 25."""
    flat = given["Q"].ndim == 3
    q, k, v = (wide(given[name]) for name in "QKV")
    if flat:
        q = split_heads(q, options["q_num_heads"])
        k, v = (split_heads(x, options["kv_num_heads"]) for x in (k, v))
    cache = KeyValueCache()
    if "past_key" in given:
        cache.append(wide(given["past_key"]), wide(given["past_value"]))
    offset = np.asarray(len(cache))  # position of query 0 among the keys; one for all, or one for each sequence
    cache.append(k, v)
    if "nonpad_kv_seqlen" in given:
        offset = given["nonpad_kv_seqlen"] - q.shape[-2]
    mask, bias = visible(given, options, offset, q.shape[-2], len(cache))
    scale, softcap = options.get("scale"), options.get("softcap") or None
    output, weights = grouped_query_attention(q, cache.k, cache.v, mask, scale=scale, softcap=softcap, bias=bias)

    repeated = np.repeat(cache.k, q.shape[1] // k.shape[1], axis=1)
    mode = options.get("qk_matmul_output_mode", 0)
    scores = attention_scores(q, repeated, scale=scale, softcap=softcap if mode else None)
    if mode == 2:
        scores = scores + (0 if bias is None else bias) + convert_mask(mask, "additive")
    return {
        "Y": merge_heads(output) if flat else output,
        "present_key": cache.k,
        "present_value": cache.v,
        "qk_matmul_output": weights if mode == 3 else scores,
    }


def visible(given: Arrays, options: Arrays, offset: Any, q_len: int, k_len: int) -> tuple[Any, Any]:
    """What may be attended to, and the bias: the operator's mask, causality, window and padding."""
    mask, bias = np.ones((1, 1, q_len, k_len), bool), None
    if "attn_mask" in given:
        given_mask = given["attn_mask"]
        boolean = given_mask.dtype == np.bool_
        missing = [(0, 0)] * (given_mask.ndim - 1) + [(0, k_len - given_mask.shape[-1])]
        filled = np.pad(given_mask, missing, constant_values=False if boolean else -np.inf)
        mask, bias = (mask & filled, None) if boolean else (mask, wide(filled))
    left, right = options.get("left_window_size", -1), options.get("right_window_size", -1)
    if options.get("is_causal"):
        mask = mask & up_to(offset, q_len, k_len)
    if right >= 0:
        mask = mask & up_to(offset + right, q_len, k_len)
    if left >= 0:
        mask = mask & ~up_to(offset - left - 1, q_len, k_len)
    if "nonpad_kv_seqlen" in given:
        mask = mask & padding_mask(given["nonpad_kv_seqlen"], k_len)[:, None]
    return mask, bias


def up_to(offset: Any, q_len: int, k_len: int) -> Any:
    """(1 or batch, 1, q_len, k_len): key j ≤ i + offset."""
    return np.stack([causal_mask(q_len, k_len, offset=int(place)) for place in np.atleast_1d(offset)])[:, None]


def rotary_embedding(given: Arrays, options: Arrays) -> Arrays:
    """The operator RotaryEmbedding, opset 23."""
    x = split_heads(given["X"], options["num_heads"]) if given["X"].ndim == 3 else given["X"]
    cos, sin = given["cos_cache"], given["sin_cache"]
    if "position_ids" in given:
        cos, sin = cos[given["position_ids"]], sin[given["position_ids"]]
    turned = options.get("rotary_embedding_dim") or x.shape[-1]
    rotated = apply_rotary(
        x[..., :turned], cos=cos[:, None], sin=sin[:, None], interleaved=bool(options.get("interleaved"))
    )
    output = np.concatenate([rotated, x[..., turned:]], axis=-1)
    return {"Y": merge_heads(output) if given["X"].ndim == 3 else output}


def softmax_13(given: Arrays, options: Arrays) -> Arrays:
    """The operator Softmax, opset 13."""
    return {"output": softmax(given["input"], options.get("axis", -1))}


def wide(array: Any) -> Any:
    """Floats of 16 bits as float32, in which this project computes them; NumPy knows no bfloat16."""
    return array.astype(np.float32) if array.dtype.itemsize == 2 else array


def cases(operator: str, name: str, adapter: Callable[[Arrays, Arrays], Arrays]) -> Iterator[Case]:
    """Every node test whose name begins with this one; those of an expanded operator repeat another one."""
    import_module(f"{NODE_TESTS}.{operator.lower()}")  # makes the cases of the module and adds them to the list
    found = {case.name: case for case in import_module(NODE_TESTS)._NodeTestCases if case.name.startswith(name)}
    for case in found.values():
        repeated, expanded, _ = case.name.partition("_expanded")
        yield Case(case.name, partial(repeats, case, found[repeated]) if expanded else partial(run, case, adapter))


def repeats(case: Any, other: Any) -> None:
    """Leave out a case that has the numbers of another, and no other."""
    for mine, theirs in zip(case.data_sets, other.data_sets, strict=True):
        for left, right in zip([*mine[0], *mine[1]], [*theirs[0], *theirs[1]], strict=True):
            np.testing.assert_array_equal(np.asarray(left), np.asarray(right), f"{case.name} repeats {other.name}")
    raise OutOfScope(EXPANDED)


def run(case: Any, adapter: Callable[[Arrays, Arrays], Arrays]) -> None:
    """Compare every output that the node test asks for."""
    from onnx import defs, helper

    graph, node = case.model.graph, case.model.graph.node[0]
    schema = defs.get_schema(node.op_type, case.model.opset_import[0].version)
    options = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    for inputs, outputs in case.data_sets:
        by_name = dict(zip((value.name for value in graph.input), inputs, strict=True))
        given = {formal.name: by_name[name] for formal, name in zip(schema.inputs, node.input, strict=False) if name}
        expected = dict(zip((value.name for value in graph.output), outputs, strict=True))
        mine = adapter(given, options)
        for formal, name in zip(schema.outputs, node.output, strict=False):
            if name:
                agree(mine[formal.name], expected[name], formal.name)


AUTHORITIES = [
    Authority("ONNX Attention", "onnx", partial(cases, "Attention", "test_attention", attention)),
    Authority(
        "ONNX RotaryEmbedding", "onnx", partial(cases, "RotaryEmbedding", "test_rotary_embedding", rotary_embedding)
    ),
    Authority("ONNX Softmax", "onnx", partial(cases, "Softmax", "test_softmax", softmax_13)),
]
