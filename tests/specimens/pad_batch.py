"""Attempts at `pad_batch`."""

import itertools

import torch
from torch.nn.utils.rnn import pad_sequence

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "pad_batch"

SOURCE = """
def pad_batch(items, pad_id=0):
    longest = max(len(item["input_ids"]) for item in items)
    ids, mask = [], []
    for item in items:
        tokens = item["input_ids"].tolist()
        missing = longest - len(tokens)
        ids.append(tokens + [pad_id] * missing)
        mask.append([1] * len(tokens) + [0] * missing)
    batch = {
        "input_ids": torch.tensor(ids, dtype=torch.int64),
        "attention_mask": torch.tensor(mask, dtype=torch.int64),
    }
    if "label" in items[0]:
        batch["labels"] = torch.tensor([item["label"] for item in items])
    return batch
"""

slips = Slips(ID, SOURCE)
slips.right("lists_first")


@right(ID)
def pad_sequence_and_lengths(items, pad_id=0):
    rows = [item["input_ids"] for item in items]
    lengths = torch.tensor([len(row) for row in rows])
    batch = {"input_ids": pad_sequence(rows, batch_first=True, padding_value=pad_id)}
    batch["attention_mask"] = (torch.arange(int(lengths.max())) < lengths[:, None]).long()
    labels = [item["label"] for item in items if "label" in item]
    return {**batch, "labels": torch.LongTensor(labels)} if labels else batch


@right(ID)
def rows_written_into_place(items, pad_id=0):
    n = max(each["input_ids"].shape[0] for each in items)
    ids = torch.empty(len(items), n, dtype=torch.long).fill_(pad_id)
    mask = torch.zeros_like(ids)
    for i, each in enumerate(items):
        ids[i, : each["input_ids"].numel()] = each["input_ids"]
        mask[i, : each["input_ids"].numel()] = 1
    out = {"input_ids": ids, "attention_mask": mask}
    if all(each.get("label") is not None for each in items):
        out["labels"] = torch.tensor([each["label"] for each in items])
    return out


@right(ID)
def functional_pad(items, pad_id=0):
    longest = max(map(len, (item["input_ids"] for item in items)))

    def pad(row, value):
        return torch.nn.functional.pad(row, (0, longest - len(row)), value=value)

    batch = {
        "input_ids": torch.stack([pad(item["input_ids"], pad_id) for item in items]),
        "attention_mask": torch.stack(
            [pad(torch.ones(len(item["input_ids"]), dtype=torch.int64), 0) for item in items]
        ),
    }
    if "label" in items[0]:
        batch |= {"labels": torch.stack([torch.tensor(item["label"]) for item in items])}
    return batch


@right(ID)
def columns_by_zip_longest(items, pad_id=0):
    columns = list(itertools.zip_longest(*(item["input_ids"].tolist() for item in items)))
    ids = torch.tensor([[pad_id if token is None else token for token in column] for column in columns])
    mask = torch.tensor([[0 if token is None else 1 for token in column] for column in columns])
    batch = {"input_ids": ids.T.contiguous(), "attention_mask": mask.T}
    if "label" in items[0]:
        batch["labels"] = torch.as_tensor([item["label"] for item in items])
    return batch


LONGEST = 'max(len(item["input_ids"]) for item in items)'
LABELS = '    if "label" in items[0]:\n        batch["labels"] = torch.tensor([item["label"] for item in items])\n'

slips.wrong("pads-to-fixed-length", "always_128", (LONGEST, "128"))
slips.wrong("pads-to-fixed-length", "always_512", (LONGEST, "512"))
slips.wrong("pads-to-fixed-length", "as_in_the_notebook", (LONGEST, "48"))
slips.wrong(
    "cuts-to-shortest",
    "shortest",
    (LONGEST, 'min(len(item["input_ids"]) for item in items)'),
    ('item["input_ids"].tolist()', 'item["input_ids"].tolist()[:longest]'),
)
slips.wrong(
    "pads-on-the-left",
    "left",
    ("tokens + [pad_id] * missing", "[pad_id] * missing + tokens"),
    ("[1] * len(tokens) + [0] * missing", "[0] * missing + [1] * len(tokens)"),
)
slips.wrong("pads-on-the-left", "left_but_not_the_mask", ("tokens + [pad_id] * missing", "[pad_id] * missing + tokens"))
slips.wrong(
    "mask-from-pad-id",
    "mask_by_comparison",
    ("[1] * len(tokens) + [0] * missing", "[int(t != pad_id) for t in ids[-1]]"),
)
slips.wrong("mask-from-pad-id", "mask_by_zero", ("[1] * len(tokens) + [0] * missing", "[int(t != 0) for t in ids[-1]]"))
slips.wrong("all-visible", "ones", ("[1] * len(tokens) + [0] * missing", "[1] * longest"))
slips.wrong(
    "mask-inverted", "zeros_at_tokens", ("[1] * len(tokens) + [0] * missing", "[0] * len(tokens) + [1] * missing")
)
slips.wrong("mask-of-another-type", "booleans", ("torch.tensor(mask, dtype=torch.int64)", "torch.tensor(mask).bool()"))
slips.wrong("mask-of-another-type", "float_mask", ("torch.tensor(mask, dtype=torch.int64)", "torch.FloatTensor(mask)"))
slips.wrong("tokens-as-floats", "float_tokens", ("torch.tensor(ids, dtype=torch.int64)", "torch.Tensor(ids)"))
slips.wrong("ignores-pad-id", "zeros_behind", ("[pad_id] * missing", "[0] * missing"))
slips.wrong("forgets-labels", "no_labels", (LABELS, ""))
slips.wrong("expects-labels", "labels_always", ('if "label" in items[0]:', "if True:"))
slips.wrong(
    "expects-labels",
    "none_for_labels",
    (LABELS, '    batch["labels"] = torch.tensor([i["label"] for i in items]) if "label" in items[0] else None\n'),
)
slips.wrong("label-misnamed", "label", ('batch["labels"]', 'batch["label"]'))
slips.wrong(
    "labels-as-floats",
    "float_labels",
    ('[item["label"] for item in items]', '[float(item["label"]) for item in items]'),
)
slips.wrong("labels-as-column", "column", ('[item["label"] for item in items]', '[[item["label"]] for item in items]'))
slips.wrong("wrong-type", "lists", ("torch.tensor(ids, dtype=torch.int64)", "ids"))
slips.wrong(
    "not-written-yet",
    "as_released",
    (
        "    longest",
        "    raise NotImplementedError()\n    longest",
    ),
)
slips.wrong("returns-nothing", "no_return", ("    return batch\n", ""))
slips.wrong("mutates-input", "takes_labels_out", ('item["label"] for', 'item.pop("label") for'))
slips.wrong(
    "pads-on-the-left mask-of-another-type",
    "left_and_bool",
    ("tokens + [pad_id] * missing", "[pad_id] * missing + tokens"),
    ("[1] * len(tokens) + [0] * missing", "[0] * missing + [1] * len(tokens)"),
    ("torch.tensor(mask, dtype=torch.int64)", "torch.tensor(mask, dtype=torch.bool)"),
)
slips.wrong(
    "ignores-pad-id forgets-labels", "zeros_without_labels", ("[pad_id] * missing", "[0] * missing"), (LABELS, "")
)
slips.wrong(
    "pads-to-fixed-length labels-as-floats",
    "fixed_and_float",
    (LONGEST, "128"),
    ('item["label"] for', 'item["label"] / 1 for'),
)
slips.wrong(
    "mask-inverted tokens-as-floats",
    "inverted_and_float",
    ("[1] * len(tokens) + [0] * missing", "[0] * len(tokens) + [1] * missing"),
    ("torch.tensor(ids, dtype=torch.int64)", "torch.Tensor(ids)"),
)
slips.wrong(
    "mask-from-pad-id label-misnamed",
    "comparison_and_name",
    ("[1] * len(tokens) + [0] * missing", "[int(t != pad_id) for t in ids[-1]]"),
    ('batch["labels"]', 'batch["label"]'),
)


@wrong(ID, "raises")
def stacks_as_they_are(items, pad_id=0):
    ids = torch.stack([item["input_ids"] for item in items])
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@wrong(ID, "ready-made")
def the_course_s_own(items, pad_id=0):
    from selfattn_ref.text_batches import pad_batch as ready

    return ready(items, pad_id)
