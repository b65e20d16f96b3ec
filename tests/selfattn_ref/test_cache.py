import numpy as np
import pytest

from selfattn_ref import KeyValueCache, causal_mask, decode_step, multi_head_attention

NAMES = ("w_q", "w_k", "w_v", "w_o")


def make_params(rng, biases=True):
    params = {name: rng.normal(size=(12, 12)) for name in NAMES}
    return params | ({name.replace("w", "b"): rng.normal(size=12) for name in NAMES} if biases else {})


@pytest.mark.parametrize("steps", [[1] * 7, [4, 1, 1, 1], [7], [2, 3, 2]])
@pytest.mark.parametrize("batch", [(), (2,), (2, 4)])
@pytest.mark.parametrize("biases", [False, True])
def test_decode_step_by_step_equals_the_whole_at_once(rng, steps, batch, biases):
    x, params, cache = rng.normal(size=(*batch, 7, 12)), make_params(rng, biases), KeyValueCache()
    expected, expected_weights = multi_head_attention(x, params, 3, causal_mask(7))
    start = 0
    for new_len in steps:
        output, weights = decode_step(x[..., start : start + new_len, :], params, 3, cache)
        end = start + new_len
        assert len(cache) == end
        np.testing.assert_allclose(output, expected[..., start:end, :], atol=1e-12)
        np.testing.assert_allclose(weights, expected_weights[..., start:end, :end], atol=1e-13)
        start = end


def test_decode_step_projects_the_new_tokens_only(rng):
    params, cache = make_params(rng), KeyValueCache()
    decode_step(rng.normal(size=(4, 12)), params, 3, cache)
    before = cache.k.copy()
    decode_step(rng.normal(size=(1, 12)), make_params(rng), 3, cache)  # other weights: the past stays as it was
    np.testing.assert_array_equal(cache.k[:, :4], before)


def test_decode_step_that_fails_leaves_the_cache_as_it_was(rng):
    params, cache = make_params(rng), KeyValueCache()
    decode_step(rng.normal(size=(2, 4, 12)), params, 3, cache)
    for wrong in ({"x": rng.normal(size=(3, 1, 12))}, {"num_heads": 2}, {"params": {}}):
        good = {"x": rng.normal(size=(2, 1, 12)), "params": params, "num_heads": 3, "cache": cache}
        with pytest.raises(ValueError, match="must"):
            decode_step(**good | wrong)
    assert len(cache) == 4
    assert cache.k.shape == (2, 3, 4, 4)


def test_cache_holds_what_was_appended_in_order(rng):
    k, v, cache = rng.normal(size=(2, 3, 11, 4)), rng.normal(size=(2, 3, 11, 5)), KeyValueCache()
    for start, end in [(0, 1), (1, 1), (1, 5), (5, 6), (6, 11)]:
        cache.append(k[..., start:end, :], v[..., start:end, :])
        np.testing.assert_array_equal(cache.k, k[..., :end, :], strict=True)
        np.testing.assert_array_equal(cache.v, v[..., :end, :], strict=True)


def test_cache_copies_what_it_is_given_and_shows_it_read_only(rng):
    k, cache = rng.normal(size=(3, 4)), KeyValueCache()
    cache.append(k, k)
    first = k[0, 0]
    k[:] = np.nan
    assert cache.k[0, 0] == cache.v[0, 0] == first
    with pytest.raises(ValueError, match="read-only"):
        cache.k[:] = 0.0


def test_cache_moves_its_memory_only_when_it_has_doubled():
    cache, moved, place = KeyValueCache(), 0, None
    for _ in range(1000):
        cache.append(np.ones((1, 2)), np.ones((1, 2)))
        address = cache.k.__array_interface__["data"][0]
        moved += address != place
        place = address
    assert moved <= 11  # 1, 2, 4, … 1024


def test_cache_empty_says_so():
    cache = KeyValueCache()
    assert len(cache) == 0
    for name in ("k", "v"):
        with pytest.raises(ValueError, match="cache must hold at least one token, got an empty one"):
            getattr(cache, name)


@pytest.mark.parametrize(
    ("k", "v", "message"),
    [
        (np.ones((2, 1, 4)), np.ones((3, 1, 5)), r"v must have all axes of k but the last, got k \(2, 1, 4\), v"),
        (np.ones((2, 1, 3)), np.ones((2, 1, 5)), r"k must have shape \(2, new_len, 4\), as the cache holds, got shape"),
        (np.ones((2, 1, 4)), np.ones((2, 1, 4)), r"v must have shape \(2, new_len, 5\), as the cache holds, got shape"),
        (np.ones(4), np.ones(5), r"k must have shape \(..., new_len, head_dim\), got shape \(4,\)"),
    ],
)
def test_cache_wrong_shapes_are_named_and_change_nothing(k, v, message):
    cache = KeyValueCache()
    cache.append(np.ones((2, 3, 4)), np.ones((2, 3, 5)))
    with pytest.raises(ValueError, match=message):
        cache.append(k, v)
    assert len(cache) == 3


@pytest.mark.parametrize(("value", "kind"), [([[1.0]], "list"), (np.ones((1, 2), int), "int64 array"), (None, "None")])
def test_cache_wrong_kinds_are_named(value, kind):
    with pytest.raises(TypeError, match=f"k must be a NumPy array of floats, got {kind}"):
        KeyValueCache().append(value, np.ones((1, 2)))


def test_cache_other_dtype_is_refused():
    cache = KeyValueCache()
    cache.append(np.ones((1, 2), np.float32), np.ones((1, 2), np.float32))
    with pytest.raises(TypeError, match="k must be of float32, as the cache holds, got float64"):
        cache.append(np.ones((1, 2)), np.ones((1, 2), np.float32))
