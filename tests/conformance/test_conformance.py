"""Every authority agrees, nothing is left out without a reason, and a wrong adapter would be noticed."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.conformance import authorities
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
    if authority.title.startswith("ONNX"):
        assert passed == len(outcomes)


def failures(operator, module, adapter):
    outcomes = judge(Authority("spoiled", "onnx", lambda: cases(operator, module, adapter)))
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

    failed = failures("Attention", "attention", spoiled)
    assert case in failed
    assert len(failed) < COUNTS["ONNX Attention"]


@pytest.mark.parametrize(
    ("operator", "adapter"), [("RotaryEmbedding", rotary_embedding), ("Softmax", softmax_13), ("Attention", attention)]
)
def test_conformance_a_number_slightly_off_fails_everywhere(operator, adapter):
    def spoiled(given, options):
        return {name: array * np.float32(1.1) + np.float32(0.1) for name, array in adapter(given, options).items()}

    assert len(failures(operator, operator.lower(), spoiled)) == COUNTS[f"ONNX {operator}"]


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
