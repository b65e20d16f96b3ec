"""Every authority agrees, nothing is left out without a reason, and a wrong adapter would be noticed."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from tests.conformance import authorities, onnx_nodes
from tests.conformance.__main__ import row
from tests.conformance.authority import Authority, Case, OutOfScope, agree, judge
from tests.conformance.onnx_nodes import attention, cases, rotary_embedding, softmax_13

# How many cases there are in the pinned versions: one that vanishes, or a generator that runs dry, is noticed.
COUNTS = {
    "ONNX Attention": 93,
    "ONNX RotaryEmbedding": 8,
    "ONNX Softmax": 7,
    "PyTorch softmax": 6,
    "PyTorch softmax with_dtype": 6,
    "PyTorch masked.softmax": 22,
    "PyTorch scaled_dot_product_attention": 13,
    "PyTorch multi_head_attention_forward": 96,
    "PyTorch MultiheadAttention as a module": 16,
    "PyTorch TransformerEncoderLayer": 38,
    "PyTorch TransformerDecoderLayer": 66,
    "scikit-learn ndcg_score": 4,
    "scikit-learn top_k_accuracy_score": 4,
    "seqeval get_entities": 625,
    "transformers grouping of tags": 625,
    "transformers temperature, top-k, top-p": 36,
}
MAY_BE_MISSING = {  # distribution: why it is no requirement
    "jax": "it is large",
    "seqeval": "transformers groups tags by the same rule",
}


@pytest.mark.filterwarnings("ignore")  # of other projects' test code
@pytest.mark.parametrize("authority", authorities(), ids=lambda authority: authority.title)
def test_conformance_authority_agrees(authority):
    if authority.missing and authority.distribution in MAY_BE_MISSING:
        pytest.skip(f"{authority.missing}; no requirement: {MAY_BE_MISSING[authority.distribution]}")
    outcomes = judge(authority)
    failed = [f"{outcome.case}: {outcome.reason}" for outcome in outcomes if outcome.state == "failed"]
    assert not failed, "\n".join(failed)
    passed = Counter(outcome.state for outcome in outcomes)["passed"]
    assert passed == COUNTS.get(authority.title, passed) > 0
    assert all(outcome.reason for outcome in outcomes if outcome.state == "out of scope")


@pytest.mark.filterwarnings("ignore")
def test_conformance_every_onnx_case_of_an_operator_is_judged():
    """Against ONNX's own list of all its node tests, which knows nothing of how this project picks them."""
    from onnx.backend.test.loader import load_model_tests

    models = {case.name: case.model for case in load_model_tests(kind="node")}
    for authority in onnx_nodes.AUTHORITIES:
        operator = authority.title.removeprefix("ONNX ")
        own = {name for name, model in models.items() if [node.op_type for node in model.graph.node] == [operator]}
        expanded = {name for name in models if name.partition("_expanded")[0] in own} - own
        states = {outcome.case: outcome.state for outcome in judge(authority)}
        assert states == dict.fromkeys(own, "passed") | dict.fromkeys(expanded, "out of scope")


def test_conformance_an_expanded_case_with_other_numbers_fails():
    known = SimpleNamespace(name="test_softmax_example", data_sets=[([np.zeros(3)], [np.ones(3)])])
    same = SimpleNamespace(name="test_softmax_example_expanded", data_sets=[([np.zeros(3)], [np.ones(3)])])
    other = SimpleNamespace(name="test_softmax_example_expanded", data_sets=[([np.zeros(3)], [np.zeros(3)])])
    with pytest.raises(OutOfScope):
        onnx_nodes.repeats(same, known)
    with pytest.raises(AssertionError, match="test_softmax_example_expanded repeats"):
        onnx_nodes.repeats(other, known)


def failures(operator, name, adapter):
    outcomes = judge(Authority("spoiled", "onnx", lambda: cases(operator, name, adapter)))
    return {outcome.case for outcome in outcomes if outcome.state == "failed"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("ignored", "case"),
    [
        ("scale", "test_attention_4d_scaled"),
        ("is_causal", "test_attention_4d_causal"),
        ("softcap", "test_attention_4d_softcap"),
        ("left_window_size", "test_attention_bidirectional_window"),
        ("qk_matmul_output_mode", "test_attention_4d_with_qk_matmul_softmax"),
        ("attn_mask", "test_attention_4d_gqa_attn_mask"),
        ("past_key", "test_attention_3d_with_past_and_present"),
        ("nonpad_kv_seqlen", "test_attention_4d_padded_kv_bf16"),
    ],
)
def test_conformance_adapter_that_ignores_an_option_fails(ignored, case):
    def spoiled(given, options):
        given, options = ({k: v for k, v in part.items() if k != ignored} for part in (given, options))
        return attention(given, options)

    failed = failures("Attention", "test_attention", spoiled)
    assert case in failed
    assert len(failed) < COUNTS["ONNX Attention"]


@pytest.mark.parametrize(
    ("operator", "name", "adapter"),
    [
        ("RotaryEmbedding", "test_rotary_embedding", rotary_embedding),
        ("Softmax", "test_softmax", softmax_13),
        ("Attention", "test_attention", attention),
    ],
)
def test_conformance_a_number_slightly_off_fails_everywhere(operator, name, adapter):
    def spoiled(given, options):
        return {name: array * np.float32(1.1) + np.float32(0.1) for name, array in adapter(given, options).items()}

    assert len(failures(operator, name, spoiled)) == COUNTS[f"ONNX {operator}"]


def raising(error):
    def run():
        raise error

    return run


def test_conformance_judge_tells_passed_failed_and_out_of_scope_apart():
    made = [
        Case("fine", lambda: None),
        Case("wrong", lambda: agree(np.zeros(2), np.ones(2))),
        Case("broken", raising(KeyError("no such input"))),
        Case("other", raising(OutOfScope("asks for the moon"))),
    ]
    authority = Authority("toy", "numpy", lambda: made)
    assert [outcome.state for outcome in judge(authority)] == ["passed", "failed", "failed", "out of scope"]
    text, fine = row(authority)
    assert not fine
    assert "asks for the moon" in text
    assert "FAILED wrong" in text
    assert "KeyError" in text


def test_conformance_missing_authority_is_said_and_does_not_fail():
    missing = replace(authorities()[0], title="nobody", distribution="no_such_distribution")
    text, fine = row(missing)
    assert fine
    assert "not run: No module named 'no_such_distribution'" in text


@pytest.mark.parametrize(("mine", "theirs"), [(np.ones((2, 1)), np.ones(2)), (np.array([1.0]), np.array([np.nan]))])
def test_conformance_agree_refuses_other_shapes_and_nan(mine, theirs):
    with pytest.raises(AssertionError):
        agree(mine, theirs)
