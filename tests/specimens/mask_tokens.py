"""Attempts at `mask_tokens`."""

import numpy as np

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "mask_tokens"

SOURCE = """
def mask_tokens(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    is_special = np.isin(tokens, special_ids)
    chosen = (rng.random(tokens.shape) < rate) & ~is_special
    kind = rng.random(tokens.shape)
    random_tokens = rng.integers(vocab_size, size=tokens.shape)
    corrupted = tokens.copy()
    corrupted[chosen & (kind < 0.8)] = mask_id
    swap = chosen & (kind >= 0.8) & (kind < 0.9)
    corrupted[swap] = random_tokens[swap]
    targets = np.full(tokens.shape, -100)
    targets[chosen] = tokens[chosen]
    return corrupted, targets
"""

slips = Slips(ID, SOURCE, np=np)
slips.right("boolean_indices")


@right(ID)
def nested_where(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    u, kind, other = rng.random(tokens.shape), rng.random(tokens.shape), rng.integers(0, vocab_size, tokens.shape)
    chosen = np.logical_and(u < rate, ~np.isin(tokens, list(special_ids)))
    out = np.where(chosen & (kind < 0.8), mask_id, tokens)
    out = np.where(chosen & (kind >= 0.8) & (kind < 0.9), other, out)
    return out, np.where(chosen, tokens, -100)


@right(ID)
def loop_over_places(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    pick, kind = rng.random(size=tokens.shape), rng.random(size=tokens.shape)
    words = rng.integers(low=0, high=vocab_size, size=tokens.shape)
    corrupted, targets = np.array(tokens), np.empty_like(tokens)
    for place, token in np.ndenumerate(tokens):
        targets[place] = -100
        if token not in special_ids and pick[place] < rate:
            targets[place] = token
            if kind[place] < 0.8:
                corrupted[place] = mask_id
            elif kind[place] < 0.9:
                corrupted[place] = words[place]
    return corrupted, targets


@right(ID)
def choices_by_select(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    chosen = rng.random(tokens.shape) < rate
    for special in special_ids:
        chosen &= tokens != special
    kind = rng.random(tokens.shape)
    random = rng.integers(vocab_size, size=tokens.shape)
    masked = np.full_like(tokens, mask_id)
    corrupted = np.select([~chosen, kind < 0.8, kind < 0.9], [tokens, masked, random], tokens)
    return corrupted, np.select([chosen], [tokens], -100)


@right(ID)
def two_draws_in_one(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    u, kind = rng.random((2, *tokens.shape))
    random = rng.integers(vocab_size, size=tokens.shape)
    chosen = (u < rate) * (1 - np.isin(tokens, special_ids))
    targets = chosen * tokens - 100 * (1 - chosen)
    spoiled = np.choose(np.digitize(kind, [0.8, 0.9]), [np.full(tokens.shape, mask_id), random, tokens])
    return chosen * spoiled + (1 - chosen) * tokens, targets


slips.wrong("special-tokens-chosen", "forgets_special", (" & ~is_special", ""))
slips.wrong("special-tokens-chosen", "only_padding", ("np.isin(tokens, special_ids)", "tokens == special_ids[0]"))
slips.wrong(
    "rate-inverted", "greater_than_rate", ("rng.random(tokens.shape) < rate", "rng.random(tokens.shape) > rate")
)
slips.wrong("ignores-rate", "fifteen_percent", ("< rate", "< 0.15"))
slips.wrong(
    "chosen-by-count",
    "exact_share",
    (
        "(rng.random(tokens.shape) < rate)",
        "(rng.random(tokens.shape).ravel().argsort().argsort() < round(rate * tokens.size)).reshape(tokens.shape)",
    ),
)
slips.wrong("always-masks", "mask_everything_chosen", ("chosen & (kind < 0.8)", "chosen"), ("corrupted[swap] =", "_ ="))
slips.wrong("shares-mixed-up", "none_stays", (" & (kind < 0.9)", ""))
slips.wrong("shares-mixed-up", "none_random", ("    corrupted[swap] = random_tokens[swap]\n", ""))
slips.wrong(
    "shares-mixed-up",
    "ninety_and_ten",
    ("(kind < 0.8)", "(kind < 0.9)"),
    ("(kind >= 0.8) & (kind < 0.9)", "(kind >= 0.9)"),
)
slips.wrong("shares-mixed-up", "stays_before_random", ("(kind >= 0.8) & (kind < 0.9)", "(kind >= 0.9)"))
slips.wrong(
    "shares-mixed-up", "from_below", ("(kind < 0.8)", "(kind >= 0.2)"), ("(kind >= 0.8) & (kind < 0.9)", "(kind < 0.1)")
)
slips.wrong(
    "shares-mixed-up",
    "one_draw_for_both",
    ("chosen = (rng.random(tokens.shape) < rate)", "kind = rng.random(tokens.shape)\n    chosen = (kind < rate)"),
    ("    kind = rng.random(tokens.shape)\n    random", "    random"),
)
slips.wrong(
    "corrupts-unchosen",
    "mask_all_places",
    ("chosen & (kind < 0.8)", "kind < 0.8"),
    ("chosen & (kind >= 0.8)", "(kind >= 0.8)"),
)
slips.wrong("targets-everywhere", "all_tokens", ("np.full(tokens.shape, -100)", "tokens.copy()"))
slips.wrong(
    "targets-inverted", "the_others", ("targets[chosen] = tokens[chosen]", "targets[~chosen] = tokens[~chosen]")
)
slips.wrong(
    "targets-corrupted", "after_the_fact", ("targets[chosen] = tokens[chosen]", "targets[chosen] = corrupted[chosen]")
)
slips.wrong(
    "targets-of-masked-only",
    "only_masked",
    ("targets[chosen] = tokens[chosen]", "hit = chosen & (corrupted == mask_id)\n    targets[hit] = tokens[hit]"),
)
slips.wrong(
    "targets-of-masked-only",
    "only_changed",
    ("targets[chosen] = tokens[chosen]", "hit = corrupted != tokens\n    targets[hit] = tokens[hit]"),
)
slips.wrong("ignored-as-another-number", "zeros", ("np.full(tokens.shape, -100)", "np.zeros_like(tokens)"))
slips.wrong("ignored-as-another-number", "minus_one", ("-100", "-1"))
slips.wrong("random-token-range", "from_one", ("rng.integers(vocab_size,", "rng.integers(1, vocab_size,"))
slips.wrong("random-token-range", "last_left_out", ("rng.integers(vocab_size,", "rng.integers(0, vocab_size - 1,"))
slips.wrong(
    "random-token-range",
    "one_too_many",
    ("(vocab_size, size=tokens.shape)", "(0, vocab_size, size=tokens.shape, endpoint=True)"),
)
slips.wrong("random-token-range", "one_for_all", ("(vocab_size, size=tokens.shape)", "(vocab_size) + 0 * tokens"))
slips.wrong(
    "other-draws",
    "rounded_down",
    ("rng.integers(vocab_size, size=tokens.shape)", "np.floor(vocab_size * rng.random(tokens.shape)).astype(int)"),
)
slips.wrong(
    "other-draws",
    "kind_first",
    ("    is_special", "    kind = rng.random(tokens.shape)\n    is_special"),
    ("    kind = rng.random(tokens.shape)\n    random", "    random"),
)
slips.wrong(
    "other-draws",
    "tokens_before_kind",
    ("    kind = rng.random(tokens.shape)\n", ""),
    ("size=tokens.shape)\n", "size=tokens.shape)\n    kind = rng.random(tokens.shape)\n"),
)
slips.wrong(
    "other-draws",
    "tokens_first",
    ("    random_tokens = rng.integers(vocab_size, size=tokens.shape)\n", ""),
    ("    is_special", "    random_tokens = rng.integers(vocab_size, size=tokens.shape)\n    is_special"),
)


@wrong(ID, "other-draws")
def token_by_token(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    corrupted, targets = tokens.copy().reshape(-1), []
    for i, token in enumerate(tokens.reshape(-1)):
        targets.append(-100)
        if token in special_ids or rng.random() >= rate:
            continue
        targets[i] = token
        kind = rng.random()
        if kind < 0.8:
            corrupted[i] = mask_id
        elif kind < 0.9:
            corrupted[i] = rng.integers(vocab_size)
    return corrupted.reshape(tokens.shape), np.array(targets).reshape(tokens.shape)


@wrong(ID, "other-draws")
def draws_for_the_chosen(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    chosen = (rng.random(tokens.shape) < rate) & ~np.isin(tokens, special_ids)
    n = np.count_nonzero(chosen)
    kind, words = rng.random(n), rng.integers(vocab_size, size=n)
    new = tokens[chosen]
    new[(kind >= 0.8) & (kind < 0.9)] = words[(kind >= 0.8) & (kind < 0.9)]
    new[kind < 0.8] = mask_id
    corrupted, targets = tokens.copy(), np.full(tokens.shape, -100)
    corrupted[chosen], targets[chosen] = new, tokens[chosen]
    return corrupted, targets


slips.wrong("other-draws", "own_generator", ("    is_special", "    rng = np.random.default_rng(0)\n    is_special"))
slips.wrong("swaps-results", "targets_first", ("return corrupted, targets", "return targets, corrupted"))
slips.wrong(
    "mutates-input",
    "in_place",
    ("corrupted = tokens.copy()", "corrupted = tokens"),
    ("targets[chosen] = tokens", "targets[chosen] = before"),
    ("    is_special", "    before = tokens.copy()\n    is_special"),
)
slips.wrong("wrong-type", "only_the_corrupted", ("return corrupted, targets", "return corrupted"))
slips.wrong("wrong-dtype", "floats", ("return corrupted, targets", "return corrupted.astype(float), targets"))
slips.wrong("not-written-yet", "as_released", ("    is_special", "    raise NotImplementedError()\n    is_special"))
slips.wrong("returns-nothing", "no_return", ("    return corrupted, targets\n", ""))
slips.wrong(
    "special-tokens-chosen always-masks",
    "no_exceptions_no_variety",
    (" & ~is_special", ""),
    ("chosen & (kind < 0.8)", "chosen"),
    ("corrupted[swap] =", "_ ="),
)
slips.wrong(
    "ignored-as-another-number special-tokens-chosen",
    "zeros_and_pads",
    (" & ~is_special", ""),
    ("np.full(tokens.shape, -100)", "np.zeros_like(tokens)"),
)
slips.wrong(
    "targets-everywhere shares-mixed-up",
    "all_targets_none_stays",
    ("np.full(tokens.shape, -100)", "tokens.copy()"),
    (" & (kind < 0.9)", ""),
)
slips.wrong(
    "rate-inverted random-token-range",
    "greater_and_from_one",
    ("< rate", "> rate"),
    ("rng.integers(vocab_size,", "rng.integers(1, vocab_size,"),
)
slips.wrong(
    "swaps-results ignores-rate",
    "swapped_and_fixed",
    ("return corrupted, targets", "return targets, corrupted"),
    ("< rate", "< 0.15"),
)


@wrong(ID, "ready-made")
def from_the_package(tokens, special_ids, mask_id, vocab_size, rng, rate=0.15):
    from selfattn_ref import masked_language as course

    return getattr(course, "mask_" + "tokens")(tokens, special_ids, mask_id, vocab_size, rng, rate)
