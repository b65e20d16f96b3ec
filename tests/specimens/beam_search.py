"""Attempts at `beam_search`."""

import heapq

import numpy as np

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "beam_search"

SOURCE = """
def beam_search(step, bos, eos, beam_size, max_len):
    beam, finished = [([bos], 0.0)], []
    for _ in range(max_len):
        grown = []
        for tokens, score in beam:
            row = step(tokens)
            for token in range(len(row)):
                if row[token] > -np.inf:
                    grown.append((tokens + [token], score + float(row[token])))
        grown.sort(key=lambda pair: pair[1], reverse=True)
        beam = []
        for tokens, score in grown[:beam_size]:
            if tokens[-1] == eos:
                finished.append((tokens, score))
            else:
                beam.append((tokens, score))
        if not beam:
            break
    return max(finished or beam, key=lambda pair: pair[1])
"""

slips = Slips(ID, SOURCE, np=np)

SUM = "score + float(row[token])"
SORT = "grown.sort(key=lambda pair: pair[1], reverse=True)"
PART = """            if tokens[-1] == eos:
                finished.append((tokens, score))
            else:
                beam.append((tokens, score))
"""
BEST = "tokens, score = max(finished or beam, key=lambda pair: pair[1])\n    "
RETURN = "return max(finished or beam, key=lambda pair: pair[1])"

slips.right("as_most_write_it")
slips.right(
    "stops_when_nothing_can_overtake",
    ("if not beam:", "if not beam or finished and max(s for _, s in finished) >= beam[0][1]:"),
)
slips.right(
    "fills_the_beam_up_again",  # what moves up is never likelier than what has ended
    ("for tokens, score in grown[:beam_size]:\n", "for rank, (tokens, score) in enumerate(grown):\n"),
    (
        PART,
        "            if tokens[-1] != eos and len(beam) < beam_size:\n                beam.append((tokens, score))\n"
        "            elif tokens[-1] == eos and rank < beam_size:\n                finished.append((tokens, score))\n",
    ),
)

slips.right("tokens_as_integers_of_numpy", ("tokens + [token]", "tokens + [np.int64(token)]"))
slips.right("tokens_as_an_array", (RETURN, BEST + "return np.array(tokens), score"))


@right(ID)
def arrays_of_scores(step, bos, eos, beam_size, max_len):
    prefixes, scores = [[bos]], np.zeros(1)
    best, best_score = None, -np.inf
    for _ in range(max_len):
        table = scores[:, None] + np.stack([step(list(prefix)) for prefix in prefixes])
        order = np.argsort(-table.ravel(), kind="stable")[:beam_size]
        order = [place for place in order if table.ravel()[place] > -np.inf]
        rows, tokens = np.unravel_index(order, table.shape)
        grown = [prefixes[row] + [int(token)] for row, token in zip(rows, tokens, strict=True)]
        totals = table.ravel()[order]
        for prefix, total in zip(grown, totals, strict=True):
            if prefix[-1] == eos and total > best_score:
                best, best_score = prefix, float(total)
        keep = [i for i, prefix in enumerate(grown) if prefix[-1] != eos]
        prefixes, scores = [grown[i] for i in keep], totals[keep]
        if not prefixes:
            break
    return (best, best_score) if best else (prefixes[0], float(scores[0]))


@right(ID)
def a_heap_of_candidates(step, bos, eos, beam_size, max_len):
    beam, finished = [(0.0, [bos])], []
    while beam and max_len > 0:
        candidates = []
        for place, (negative, tokens) in enumerate(beam):
            for token, more in enumerate(step(tokens)):
                if np.isfinite(more):
                    candidates.append((negative - more, place, token))
        kept = heapq.nsmallest(beam_size, candidates)
        longer = [(negative, beam[place][1] + [token]) for negative, place, token in kept]
        finished += [each for each in longer if each[1][-1] == eos]
        beam = [each for each in longer if each[1][-1] != eos]
        max_len -= 1
    negative, tokens = min(finished, key=lambda each: each[0]) if finished else beam[0]
    return tokens, float(-negative)


@right(ID)
def a_class_for_hypotheses(step, bos, eos, beam_size, max_len):
    class Hypothesis:
        def __init__(self, tokens, score):
            self.tokens, self.score = tokens, score

        def followers(self):
            row = step(self.tokens)
            best = sorted(range(len(row)), key=lambda token: (-row[token], token))[:beam_size]
            return [Hypothesis([*self.tokens, t], self.score + row[t]) for t in best if row[t] != -np.inf]

    alive, done = [Hypothesis([bos], 0.0)], []
    for _ in range(max_len):
        followers = sorted((each for h in alive for each in h.followers()), key=lambda h: -h.score)[:beam_size]
        done.extend(h for h in followers if h.tokens[-1] == eos)
        alive = [h for h in followers if h.tokens[-1] != eos]
        if len(alive) == 0:
            break
    winner = sorted(done or alive, key=lambda h: h.score, reverse=True)[0]
    return winner.tokens, winner.score


slips.wrong("last-step-score", "forgets_the_prefix", (SUM, "float(row[token])"))
slips.wrong("sums-probabilities", "adds_probabilities", (SUM, "score + float(np.exp(row[token]))"))
slips.wrong(
    "sums-probabilities",
    "adds_all_probabilities",
    ("row = step(tokens)", "row = np.exp(step(tokens))"),
    ("if row[token] > -np.inf:", "if True:"),
)
slips.wrong("multiplies-log-probabilities", "times", (SUM, "(score or 1.0) * float(row[token])"))
slips.wrong(
    "length-normalized",
    "mean_everywhere",
    (SORT, SORT.replace("pair[1]", "pair[1] / (len(pair[0]) - 1)")),
    (RETURN, RETURN.replace("pair[1]", "pair[1] / (len(pair[0]) - 1)")),
)
slips.wrong(
    "length-normalized",
    "mean_with_bos",
    (SORT, SORT.replace("pair[1]", "pair[1] / len(pair[0])")),
    (RETURN, RETURN.replace("pair[1]", "pair[1] / len(pair[0])")),
)
slips.wrong("length-normalized", "mean_at_the_end", (RETURN, RETURN.replace("pair[1]", "pair[1] / (len(pair[0]) - 1)")))
slips.wrong("max-len-off-by-one", "counts_bos", ("range(max_len)", "range(max_len - 1)"))
slips.wrong("max-len-off-by-one", "one_too_many", ("range(max_len)", "range(max_len + 1)"))
slips.wrong("ignores-beam-size", "keeps_the_best_only", ("grown[:beam_size]", "grown[:1]"))
slips.wrong("ignores-beam-size", "keeps_all", ("grown[:beam_size]", "grown"))
slips.wrong(
    "ignores-beam-size",
    "argmax_of_each_prefix",
    ("for token in range(len(row)):", "for token in [int(row.argmax())]:"),
)
slips.wrong(
    "best-of-each-prefix",
    "never_cuts",
    ("for token in range(len(row)):", "for token in np.argsort(-row, kind='stable')[:beam_size].tolist():"),
    ("grown[:beam_size]", "grown"),
)
slips.wrong("keeps-worst", "smallest_first", (", reverse=True", ""))
slips.wrong("ties-to-highest", "tokens_backwards", ("range(len(row))", "reversed(range(len(row)))"))
slips.wrong(
    "ties-to-highest", "sorted_then_reversed", (SORT, "grown.sort(key=lambda pair: pair[1])\n        grown.reverse()")
)
slips.wrong(
    "ends-outside-the-beam",
    "ended_before_the_cut",
    ("for tokens, score in grown[:beam_size]:", "for rank, (tokens, score) in enumerate(grown):"),
    ("            else:\n", "            elif rank < beam_size:\n"),
)
slips.wrong(
    "ends-outside-the-beam",
    "ended_before_the_cut_beam_full",
    ("for tokens, score in grown[:beam_size]:", "for tokens, score in grown:"),
    ("            else:\n", "            elif len(beam) < beam_size:\n"),
)
CUT = "grown[:beam_size]"
slips.wrong("finished-keep-places", "narrower_with_each_that_ended", (CUT, "grown[:max(beam_size - len(finished), 0)]"))
slips.wrong("keeps-the-impossible", "without_a_filter", ("if row[token] > -np.inf:", "if True:"))


@wrong(ID, "finished-keep-places")
def one_beam_for_all(step, bos, eos, beam_size, max_len):
    beam = [([bos], 0.0, False)]
    for _ in range(max_len):
        grown = []
        for tokens, score, done in beam:
            if done:
                grown.append((tokens, score, done))
                continue
            row = step(tokens)
            grown += [([*tokens, t], score + float(x), t == eos) for t, x in enumerate(row) if x > -np.inf]
        beam = sorted(grown, key=lambda each: -each[1])[:beam_size]
        if all(done for _, _, done in beam):
            break
    return max([each for each in beam if each[2]] or beam, key=lambda each: each[1])[:2]


slips.wrong("writes-after-eos", "eos_like_any_other", ("tokens[-1] == eos", "False"))
slips.wrong("stops-with-the-first", "breaks_at_eos", ("if not beam:", "if finished or not beam:"))
slips.wrong("stops-with-the-first", "first_finished", (RETURN, "return (finished or beam)[0]"))
slips.wrong(
    "later-of-equals", "greater_or_equal", (RETURN, "return max((finished or beam)[::-1], key=lambda pair: pair[1])")
)
slips.wrong("unfinished-preferred", "takes_whatever_is_best", ("finished or beam", "finished + beam"))
slips.wrong("no-answer-without-eos", "max_of_nothing", ("finished or beam", "finished"))
slips.wrong(
    "no-answer-without-eos",
    "empty_and_minus_infinity",
    (RETURN, "return max(finished, key=lambda pair: pair[1]) if finished else ([], -np.inf)"),
)
slips.wrong(
    "drops-bos",
    "without_the_start",
    (RETURN, BEST + "return tokens[1:], score"),
)
slips.wrong(
    "drops-eos",
    "without_the_end",
    (
        RETURN,
        BEST + "return [t for t in tokens if t != eos], score",
    ),
)
slips.wrong(
    "returns-probability",
    "exp_at_the_end",
    (RETURN, BEST + "return tokens, np.exp(score)"),
)
slips.wrong(
    "last-step-score drops-bos",
    "two_at_once",
    (SUM, "float(row[token])"),
    (RETURN, BEST + "return tokens[1:], score"),
)
slips.wrong("wrong-type", "tokens_as_a_tensor", (RETURN, BEST + "return torch.tensor(tokens), score"))
slips.wrong("wrong-type", "tokens_only", (RETURN, RETURN + "[0]"))
slips.wrong(
    "not-written-yet", "as_released", ("    beam, finished", "    raise NotImplementedError\n    beam, finished")
)


@wrong(ID, "ready-made")
def calls_the_reference(step, bos, eos, beam_size, max_len):
    from selfattn_ref import beam_search

    return beam_search(step, bos, eos, beam_size, max_len)
