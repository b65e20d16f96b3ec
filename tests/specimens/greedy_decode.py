"""Attempts at `greedy_decode`."""

import torch

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "greedy_decode"

SOURCE = """
def greedy_decode(model, source, bos, eos, max_len):
    was_training = model.training
    model.eval()
    tokens = torch.full((len(source), 1), bos)
    ended = torch.zeros(len(source), dtype=torch.bool)
    with torch.no_grad():
        while tokens.shape[1] < max_len and not ended.all():
            logits = model(source, tokens)
            chosen = logits[:, -1].argmax(dim=-1)
            chosen = chosen.masked_fill(ended, eos)
            ended = ended | (chosen == eos)
            tokens = torch.cat([tokens, chosen[:, None]], dim=1)
    model.train(was_training)
    return tokens
"""

slips = Slips(ID, SOURCE)

CHOOSE = "chosen = logits[:, -1].argmax(dim=-1)"
FILL = "            chosen = chosen.masked_fill(ended, eos)\n"
RESTORE = "    model.train(was_training)\n"
LOOP = "while tokens.shape[1] < max_len and not ended.all():"

slips.right("as_most_write_it")
slips.right("softmax_first", ("logits[:, -1].argmax", "logits[:, -1].softmax(-1).argmax"))
slips.right("where_for_masked_fill", ("chosen.masked_fill(ended, eos)", "torch.where(ended, eos, chosen)"))
slips.right("max_for_argmax", (CHOOSE, "_, chosen = logits[:, -1, :].max(dim=-1)"))
slips.right("asks_for_eos_behind_bos", ("ended = ended | (chosen == eos)", "ended |= chosen.eq(eos)"))
slips.right(
    "asks_once_more_than_there_is_room",
    (LOOP, "while not ended.all():"),
    (
        "            tokens = torch.cat(",
        "            if tokens.shape[1] >= max_len:\n                break\n            tokens = torch.cat(",
    ),
)
slips.right("inference_mode", ("torch.no_grad()", "torch.inference_mode()"))


@right(ID)
@torch.no_grad()
def one_sentence_after_the_other(model, source, bos, eos, max_len):
    modes = [(part, part.training) for part in model.modules()]
    model.eval()
    written = []
    for sentence in source:
        tokens = [bos]
        while len(tokens) < max_len and eos not in tokens[1:]:
            scores = model(sentence[None], torch.tensor([tokens]))[0, -1]
            tokens.append(int((scores == scores.max()).nonzero()[0]))
        written.append(tokens)
    for part, training in modes:
        part.training = training
    longest = max(map(len, written))
    return torch.tensor([tokens + [eos] * (longest - len(tokens)) for tokens in written])


@right(ID)
def a_table_that_is_filled_in(model, source, bos, eos, max_len):
    training, batch = model.training, source.shape[0]
    model.train(False)
    table = torch.empty(batch, max_len, dtype=torch.long)
    table[:, 0] = bos
    open_ = set(range(batch))
    length = 1
    try:
        with torch.set_grad_enabled(False):
            while length < max_len and open_:
                scores = model(source, table[:, :length])[:, length - 1]
                best = (scores == scores.amax(-1, keepdim=True)).int().argmax(-1)
                for i in range(batch):
                    table[i, length] = best[i] if i in open_ else eos
                open_ -= {i for i in open_ if table[i, length] == eos}
                length += 1
    finally:
        model.train(training)
    return table[:, :length]


slips.wrong("decodes-in-training-mode", "forgets_eval", ("    model.eval()\n", ""))
slips.wrong("mode-not-restored", "leaves_eval", (RESTORE, ""))
slips.wrong("mode-not-restored", "always_train_at_the_end", (RESTORE, "    model.train()\n"))
slips.wrong("gradients-recorded", "forgets_no_grad", ("with torch.no_grad():", "if True:"))
slips.wrong(
    "ties-to-highest", "last_of_equals", (CHOOSE, "chosen = logits.shape[-1] - 1 - logits[:, -1].flip(-1).argmax(-1)")
)
slips.wrong("keeps-worst", "argmin", ("argmax", "argmin"))
slips.wrong("reads-first-row", "row_zero", ("logits[:, -1]", "logits[:, 0]"))
slips.wrong("reads-first-row", "mean_of_rows", ("logits[:, -1]", "logits.mean(1)"))
slips.wrong("feeds-last-token-only", "last_token", ("model(source, tokens)", "model(source, tokens[:, -1:])"))
slips.wrong("source-and-target-exchanged", "other_order", ("model(source, tokens)", "model(tokens, source)"))
slips.wrong(
    "max-len-off-by-one", "max_len_tokens_after_bos", (LOOP, "while tokens.shape[1] <= max_len and not ended.all():")
)
slips.wrong("max-len-off-by-one", "room_for_eos", (LOOP, "while tokens.shape[1] < max_len - 1 and not ended.all():"))
slips.wrong("runs-to-max-len", "never_stops_early", (LOOP, "for _ in range(max_len - 1):"))
slips.wrong("stops-with-the-first", "any_for_all", ("ended.all()", "ended.any()"))
slips.wrong("writes-after-eos", "no_filling", (FILL, ""))
slips.wrong("filled-with-pad", "zero_behind_the_end", ("masked_fill(ended, eos)", "masked_fill(ended, 0)"))
slips.wrong(
    "start-counts-as-end", "looks_at_bos_too", ("torch.zeros(len(source), dtype=torch.bool)", "tokens[:, 0] == eos")
)
slips.wrong(
    "start-counts-as-end",
    "looks_at_bos_too_and_asks_late",
    ("torch.zeros(len(source), dtype=torch.bool)", "tokens[:, 0] == eos"),
    (LOOP, "while tokens.shape[1] < max_len and (tokens.shape[1] == 1 or not ended.all()):"),
)
slips.wrong("drops-bos", "without_the_start", ("return tokens", "return tokens[:, 1:]"))
slips.wrong(
    "drops-eos",
    "asks_before_it_appends",
    (
        "            tokens = torch.cat(",
        "            if ended.all():\n                break\n            tokens = torch.cat(",
    ),
)
slips.wrong(
    "never-begins", "begins_with_zeros", ("torch.full((len(source), 1), bos)", "torch.zeros(len(source), 1).long()")
)
slips.wrong("writes-after-eos gradients-recorded", "two_left_out", (FILL, ""), ("with torch.no_grad():", "if True:"))
slips.wrong("stops-with-the-first mode-not-restored", "any_and_eval", ("ended.all()", "ended.any()"), (RESTORE, ""))
slips.wrong("wrong-type", "returns_lists", ("return tokens", "return tokens.tolist()"))
slips.wrong("wrong-dtype", "tokens_as_floats", ("return tokens", "return tokens.float()"))
slips.wrong("returns-nothing", "forgets_to_return", ("    return tokens\n", ""))
slips.wrong("not-written-yet", "as_released", ("    was_training", "    raise NotImplementedError\n    was_training"))


@wrong(ID, "ready-made")
def calls_the_reference(model, source, bos, eos, max_len):
    from selfattn_ref import greedy_decode

    return greedy_decode(model, source, bos, eos, max_len)
