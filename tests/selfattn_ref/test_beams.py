import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import beam_search, softmax

EOS = 0


def language(seed, vocab, spread=2.0):
    """A random language model whose next token depends on the whole prefix."""

    def step(tokens):
        scores = np.random.default_rng([seed, *tokens]).normal(scale=spread, size=vocab)
        return np.log(softmax(scores))

    return step


def score(step, tokens):
    return math.fsum(step(list(tokens[:i]))[tokens[i]] for i in range(1, len(tokens)))


def all_sequences(bos, vocab, max_len):
    """Every sequence that ends in its first eos within max_len tokens."""
    for length in range(max_len):
        for middle in product(range(1, vocab), repeat=length):
            yield [bos, *middle, EOS]


def by_the_book(step, bos, eos, beam_size, max_len):
    """The definition, with whole lists: extend, keep the best, put aside what has ended; nothing is cut short."""
    beam, finished = [([bos], 0.0)], []
    for _ in range(max_len):
        longer = [
            ([*tokens, token], total + float(p)) for tokens, total in beam for token, p in enumerate(step(tokens))
        ]
        longer = sorted(longer, key=lambda pair: -pair[1])[:beam_size]
        finished += [pair for pair in longer if pair[0][-1] == eos]
        beam = [pair for pair in longer if pair[0][-1] != eos]
    return max(finished or beam, key=lambda pair: pair[1])


@given(st.integers(0, 10**6), st.integers(2, 4), st.integers(1, 4))
def test_beam_search_with_a_large_beam_finds_the_best_of_all(seed, vocab, max_len):
    step = language(seed, vocab)
    tokens, total = beam_search(step, 1, EOS, vocab**max_len, max_len)
    best = max(all_sequences(1, vocab, max_len), key=lambda each: score(step, each))
    assert tokens == best
    assert total == pytest.approx(score(step, best), rel=1e-12)


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.3, 2.0]))
def test_beam_search_agrees_with_the_definition(seed, beam_size, max_len, spread):
    step = language(seed, 5, spread)
    tokens, total = beam_search(step, 3, EOS, beam_size, max_len)
    expected_tokens, expected = by_the_book(step, 3, EOS, beam_size, max_len)
    assert tokens == expected_tokens
    assert total == pytest.approx(expected, rel=1e-12)
    assert len(tokens) <= max_len + 1


@given(st.integers(0, 10**6), st.integers(1, 6))
def test_beam_search_of_one_is_greedy(seed, max_len):
    step, tokens = language(seed, 5), [3]
    while len(tokens) <= max_len and (len(tokens) == 1 or tokens[-1] != EOS):
        tokens.append(int(step(tokens).argmax()))
    assert beam_search(step, 3, EOS, 1, max_len)[0] == tokens


def table(rows):
    return lambda tokens: np.log(np.array(rows[tokens[-1]]))


TABLE = table({3: [0.1, 0.5, 0.4], 1: [0.5, 0.3, 0.2], 2: [0.9, 0.06, 0.04]})


def test_beam_search_hand_computed():
    assert beam_search(TABLE, 3, EOS, 1, 5) == ([3, 1, 0], pytest.approx(math.log(0.25)))
    assert beam_search(TABLE, 3, EOS, 2, 5) == ([3, 2, 0], pytest.approx(math.log(0.36)))


def test_beam_search_max_len_counts_the_tokens_after_bos():
    assert beam_search(TABLE, 3, EOS, 3, 2)[0] == [3, 2, 0]
    assert beam_search(TABLE, 3, EOS, 3, 1)[0] == [3, 0]  # nothing else can end within one token


def test_beam_search_nothing_ended_gives_the_best_prefix_without_eos():
    assert beam_search(TABLE, 3, EOS, 2, 1) == ([3, 1], pytest.approx(math.log(0.5)))


def test_beam_search_finished_sequences_leave_the_beam_but_keep_their_place_once():
    # [3, 0] takes one of the two places: [3, 2] is dropped, although [3, 2, 0] would be the best that ends later
    step = table({3: [0.3, 0.4, 0.3], 1: [0.1, 0.8, 0.1], 2: [0.99, 0.005, 0.005]})
    assert beam_search(step, 3, EOS, 2, 3)[0] == [3, 0]
    assert beam_search(step, 3, EOS, 3, 3) == ([3, 0], pytest.approx(math.log(0.3)))


def test_beam_search_does_not_normalize_by_length():
    step = table({3: [0.5, 0.5, 1e-9], 1: [0.9, 0.1, 1e-9], 2: [1.0, 1e-9, 1e-9]})
    assert beam_search(step, 3, EOS, 4, 4)[0] == [3, 0]  # [3, 1, 0] has the better mean


def test_beam_search_ties_lower_token_better_prefix_shorter_sequence():
    flat = table({3: [0.2, 0.4, 0.4], 1: [0.5, 0.25, 0.25], 2: [0.5, 0.25, 0.25]})
    assert beam_search(flat, 3, EOS, 1, 4)[0] == [3, 1, 0]
    assert beam_search(flat, 3, EOS, 3, 4)[0] == [3, 0]  # 0.2 as [3, 1, 0] and [3, 2, 0]: found first
    assert beam_search(flat, 3, EOS, 2, 4)[0] == [3, 1, 0]


def test_beam_search_probability_zero_is_never_chosen():
    def step(tokens):
        return np.array([-np.inf, 0.0, -np.inf]) if len(tokens) < 3 else np.array([0.0, -np.inf, -np.inf])

    assert beam_search(step, 2, EOS, 5, 9) == ([2, 1, 1, 0], 0.0)
    assert beam_search(step, 2, EOS, 5, 2) == ([2, 1, 1], 0.0)


def test_beam_search_impossible_prefixes_are_not_even_asked_about():
    def step(tokens):
        assert 2 not in tokens
        return np.array([-9.0, 0.0, -np.inf])

    assert beam_search(step, 3, EOS, 5, 4)[0] == [3, 0]


def test_beam_search_ties_in_a_large_vocabulary():
    row = np.log(np.where(np.arange(1000) % 2, 1.5e-3, 0.5e-3))  # an unstable sort finds the odd ones out of order
    assert beam_search(lambda _: row, 0, 998, 3, 2) == ([0, 1, 1], pytest.approx(2 * math.log(1.5e-3)))


def test_beam_search_bos_may_be_eos_and_outside_the_vocabulary():
    assert beam_search(lambda _: np.log([0.4, 0.6]), 0, 0, 2, 3)[0] == [0, 0]
    assert beam_search(lambda _: np.log([0.9, 0.1]), 99, 0, 2, 3)[0] == [99, 0]


def test_beam_search_stops_when_nothing_can_overtake():
    calls = []

    def step(tokens):
        calls.append(tokens)
        return np.log([0.6, 0.3, 0.1])

    assert beam_search(step, 3, EOS, 3, 50)[0] == [3, 0]
    assert calls == [[3]]


def test_beam_search_step_may_keep_and_change_what_it_gets():
    def step(tokens):
        row = TABLE(tokens)
        tokens.clear()
        return row

    assert beam_search(step, 3, EOS, 2, 5)[0] == [3, 2, 0]


def test_beam_search_returns_plain_numbers_and_takes_float32():
    tokens, total = beam_search(lambda t: TABLE(t).astype(np.float32), np.int64(3), 0, 2, 5)
    assert type(total) is float
    assert {type(token) for token in tokens} == {int}
