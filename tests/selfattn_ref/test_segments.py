import numpy as np
import pytest

from selfattn_ref import causal_mask, multi_head_attention, segment_attention, sliding_window_mask

NAMES = ("w_q", "w_k", "w_v", "w_o")


@pytest.fixture
def params(rng):
    return {name: rng.normal(size=(12, 12)) for name in NAMES}


def by_segments(x, params, memory_len, cuts):
    memory, outputs = None, []
    for segment in np.split(x, cuts, axis=-2):
        output, memory = segment_attention(segment, params, 3, memory_len, memory)
        outputs.append(output)
    return np.concatenate(outputs, axis=-2), memory


def test_segment_attention_with_enough_memory_equals_the_whole_at_once(rng, params):
    x = rng.normal(size=(2, 11, 12))
    output, memory = by_segments(x, params, 11, [4, 5, 8])
    expected, _ = multi_head_attention(x, params, 3, causal_mask(11))
    np.testing.assert_allclose(output, expected, atol=1e-12)
    np.testing.assert_array_equal(memory, x)


def test_segment_attention_without_memory_keeps_segments_apart(rng, params):
    x = rng.normal(size=(2, 8, 12))
    output, memory = by_segments(x, params, 0, [4])
    for half in (slice(0, 4), slice(4, 8)):
        expected, _ = multi_head_attention(x[:, half], params, 3, causal_mask(4))
        np.testing.assert_allclose(output[:, half], expected, atol=1e-12)
    assert memory.shape == (2, 0, 12)


def test_segment_attention_of_single_tokens_is_a_sliding_window(rng, params):
    x = rng.normal(size=(9, 12))
    output, _ = by_segments(x, params, 3, range(1, 9))
    expected, _ = multi_head_attention(x, params, 3, sliding_window_mask(9, 9, 4))
    np.testing.assert_allclose(output, expected, atol=1e-12)


@pytest.mark.parametrize(("memory_len", "m", "kept"), [(3, 2, 3), (6, 2, 6), (20, 2, 7), (3, 0, 3), (0, 2, 0)])
def test_segment_attention_passes_on_the_last_tokens_it_saw(rng, params, memory_len, m, kept):
    x, memory = rng.normal(size=(5, 12)), rng.normal(size=(m, 12))
    _, passed = segment_attention(x, params, 3, memory_len, memory)
    everything = np.concatenate([memory, x])
    np.testing.assert_array_equal(passed, everything[len(everything) - kept :], strict=True)


def test_segment_attention_memory_of_the_first_segment_is_its_own(rng, params):
    x = rng.normal(size=(5, 12))
    _, memory = segment_attention(x, params, 3, 5)
    assert not np.shares_memory(memory, x)
