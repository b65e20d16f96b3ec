import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import best_span


@pytest.mark.parametrize(
    ("start", "end", "max_length", "expected"),
    [
        ([0, 5, 0, 0], [0, 0, 0, 5], 4, (1, 3)),
        ([0, 5, 0, 0], [0, 0, 0, 5], 3, (1, 3)),  # exactly max_length tokens
        ([0, 5, 0, 0], [0, 0, 0, 5], 2, (1, 1)),  # (1, 1) and (2, 3) have 5: the smaller i
        ([0, 0, 5], [5, 0, 1], 3, (2, 2)),  # the best end comes before the best start
        ([1, 1, 1], [1, 1, 1], 9, (0, 0)),
        ([2, 0, 0], [0, 1, 1], 9, (0, 1)),  # the smaller j
        ([7], [7], 1, (0, 0)),
        ([-np.inf, -np.inf], [-np.inf, 3], 2, (0, 0)),
        ([-np.inf, -9, -np.inf], [5, -np.inf, -9], 3, (1, 2)),
    ],
)
def test_best_span_hand_computed(start, end, max_length, expected):
    span = best_span(np.array(start, float), np.array(end, float), max_length)
    assert span == expected
    assert [type(place) for place in span] == [int, int]


scores = st.integers(-3, 3).map(float) | st.just(-np.inf)


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=9), st.integers(1, 10))
def test_best_span_equals_trying_every_span(pairs, max_length):
    start, end = map(np.array, zip(*pairs, strict=True))
    spans = [(i, j) for i in range(len(pairs)) for j in range(i, min(i + max_length, len(pairs)))]
    assert best_span(start, end, max_length) == max(spans, key=lambda span: start[span[0]] + end[span[1]])
