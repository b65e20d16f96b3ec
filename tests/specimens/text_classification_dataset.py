"""Attempts at `TextClassificationDataset`."""

import torch
from torch.utils.data import Dataset

from tests.specimens.edited_source import Slips
from tests.specimens.specimen import right, wrong

ID = "TextClassificationDataset"

SOURCE = """
class TextClassificationDataset(Dataset):
    def __init__(self, texts, labels, tokenizer, max_len):
        self.texts, self.labels = texts, labels
        self.tokenizer = tokenizer
        self.max_len = max_len

    def __len__(self):
        return len(self.texts)

    def __getitem__(self, idx):
        encoding = self.tokenizer(self.texts[idx], truncation=True, max_length=self.max_len)
        ids = torch.tensor(encoding["input_ids"])
        return {"input_ids": ids, "label": self.labels[idx]}
"""

slips = Slips(ID, SOURCE, Dataset=Dataset)
slips.right("tokenizes_when_asked")
slips.right("without_a_base_class", ("(Dataset)", ""))
slips.right(
    "tensors_of_the_tokenizer",
    ("max_length=self.max_len)", 'max_length=self.max_len, return_tensors="pt")'),
    ('torch.tensor(encoding["input_ids"])', 'encoding["input_ids"].squeeze(0)'),
)
slips.right(
    "encode_alone",
    ("self.tokenizer(self", "self.tokenizer.encode(self"),
    ('encoding["input_ids"]', "encoding"),
)


@right(ID)
class InTheConstructor(Dataset):
    def __init__(self, texts, labels, tokenizer, max_len):
        encodings = [tokenizer(text, truncation=True, max_length=max_len, padding=False) for text in texts]
        self.items = [
            {"input_ids": torch.LongTensor(encoding.input_ids), "label": int(label)}
            for encoding, label in zip(encodings, labels, strict=True)
        ]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


@right(ID)
class PaddedThenCut(Dataset):
    def __init__(self, texts, labels, tokenizer, max_len):
        self.ids, self.labels = [], tuple(labels)
        for text in texts:
            full = tokenizer(text, truncation=True, padding="max_length", max_length=max_len)
            n = sum(full["attention_mask"])
            self.ids += [torch.as_tensor(full["input_ids"][:n], dtype=torch.long)]

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, i):
        return {"input_ids": self.ids[i], "label": self.labels[i]}


CALL = "truncation=True, max_length=self.max_len"
IDS = 'torch.tensor(encoding["input_ids"])'
ITEM = '{"input_ids": ids, "label": self.labels[idx]}'

slips.wrong("no-truncation", "all_tokens", (f", {CALL}", ""))
slips.wrong("no-truncation", "truncation_off", (CALL, "max_length=self.max_len, truncation=False"))
slips.wrong("special-tokens-uncounted", "two_more", ("max_length=self.max_len)", "max_length=self.max_len + 2)"))
slips.wrong("drops-special-tokens", "no_marks", (CALL, f"{CALL}, add_special_tokens=False"))
slips.wrong(
    "cuts-off-the-end-mark",
    "cuts_the_list",
    (f", {CALL}", ""),
    ('encoding["input_ids"]', 'encoding["input_ids"][: self.max_len]'),
)
slips.wrong("cuts-characters", "cuts_the_text", ("self.texts[idx], " + CALL, "self.texts[idx][: self.max_len]"))
slips.wrong("pads-to-fixed-length", "pads_in_advance", (CALL, f'padding="max_length", {CALL}'))
slips.wrong("batch-axis-kept", "as_it_comes", (CALL, f'{CALL}, return_tensors="pt"'), (IDS, 'encoding["input_ids"]'))
slips.wrong("tokens-as-floats", "capital_tensor", ("torch.tensor(encoding", "torch.Tensor(encoding"))
slips.wrong(
    "keeps-every-entry",
    "all_entries",
    (ITEM, '{**{k: torch.tensor(v) for k, v in encoding.items()}, "label": self.labels[idx]}'),
)
slips.wrong(
    "keeps-every-entry",
    "with_mask",
    (ITEM, '{"input_ids": ids, "attention_mask": torch.tensor(encoding["attention_mask"]), "label": self.labels[idx]}'),
)
slips.wrong("keeps-every-entry", "as_it_comes", (ITEM, '{**encoding, "label": self.labels[idx]}'))
slips.wrong(
    "keeps-every-entry",
    "label_put_into_it",
    (ITEM, "dict(encoding)"),
    (
        IDS,
        'torch.tensor(encoding["input_ids"])\n        encoding["input_ids"], encoding["label"] = ids, self.labels[idx]',
    ),
)
slips.wrong(
    "all-texts-at-once",
    "tokenizes_the_list",
    ("self.texts[idx], ", "self.texts, "),
    ('encoding["input_ids"]', 'encoding["input_ids"][idx]'),
)
slips.wrong("forgets-labels", "tokens_only", (ITEM, '{"input_ids": ids}'))
slips.wrong("label-misnamed", "plural", ('"label":', '"labels":'))
slips.wrong("label-as-tensor", "tensor_label", ("self.labels[idx]}", "torch.tensor(self.labels[idx])}"))
slips.wrong("label-as-tensor", "tensor_of_one", ("self.labels[idx]}", "torch.tensor([self.labels[idx]])}"))
slips.wrong("labels-as-floats", "float_label", ("self.labels[idx]}", "float(self.labels[idx])}"))
slips.wrong(
    "labels-as-floats", "float_tensor", ("self.labels[idx]}", "torch.tensor(self.labels[idx], dtype=torch.float)}")
)
slips.wrong("wrong-type", "lists", (IDS, 'encoding["input_ids"]'))
slips.wrong("wrong-type", "pairs", (ITEM, "(ids, self.labels[idx])"))
slips.wrong("wrong-values", "one_too_few", ("len(self.texts)", "len(self.texts) - 1"))
slips.wrong("raises", "forgets_self", ("self.texts[idx], ", "texts[idx], "))
slips.wrong(
    "not-written-yet",
    "as_released",
    ("        self.texts,", "        raise NotImplementedError()\n        self.texts,"),
)
slips.wrong("wrong-signature", "no_max_len", ("tokenizer, max_len):", "tokenizer):"), ("= max_len", "= 128"))
slips.wrong(
    "no-truncation label-as-tensor",
    "long_and_tensor",
    (f", {CALL}", ""),
    ("self.labels[idx]}", "torch.tensor(self.labels[idx])}"),
)
slips.wrong(
    "pads-to-fixed-length keeps-every-entry",
    "as_in_many_tutorials",
    (CALL, f'padding="max_length", {CALL}'),
    (ITEM, '{**{k: torch.tensor(v) for k, v in encoding.items()}, "label": self.labels[idx]}'),
)
slips.wrong(
    "batch-axis-kept drops-special-tokens",
    "axis_and_no_marks",
    (CALL, f'{CALL}, add_special_tokens=False, return_tensors="pt"'),
    (IDS, 'encoding["input_ids"]'),
)
slips.wrong(
    "tokens-as-floats labels-as-floats",
    "floats_everywhere",
    ("torch.tensor(encoding", "torch.Tensor(encoding"),
    ("self.labels[idx]}", "float(self.labels[idx])}"),
)


@wrong(ID, "ready-made")
def the_course_s_own(texts, labels, tokenizer, max_len):
    import selfattn_ref as course

    return course.TextClassificationDataset(texts, labels, tokenizer, max_len)
