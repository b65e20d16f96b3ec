"""Chapter 5: texts, batches, BERT."""

from types import SimpleNamespace

import numpy as np
import torch

from tests.selfattn_ref.arguments.kinds import (
    NO_FLOATS,
    NO_GENERATORS,
    NO_INTEGER_ARRAYS,
    NO_INTEGERS,
    NO_MAPPINGS,
    NO_NUMBERS,
)  # fmt: skip
from tests.selfattn_ref.arguments.modules import NO_MODULES, Returns
from tests.selfattn_ref.arguments.values import floats


class Classifier(torch.nn.Linear):
    """Called and answering as the models of transformers are."""

    def forward(self, x, labels=None):
        logits = super().forward(x)
        loss = None if labels is None else torch.nn.functional.cross_entropy(logits, labels)
        return SimpleNamespace(logits=logits, loss=loss)


def tokenizer(text, truncation, max_length):
    return {"input_ids": [len(word) for word in text.split()][:max_length]}


def outcome(**values):
    return Returns(SimpleNamespace(**values))


MODEL = Classifier(3, 2)
BATCH = {"x": torch.eye(3), "labels": torch.tensor([0, 1, 1])}
OPTIMIZER = torch.optim.SGD(MODEL.parameters(), lr=0.1)
STATE = {f"{role}.weight": floats(6, 6) for role in ("query", "key", "value")}
STATE |= {f"{role}.bias": floats(6) for role in ("query", "key", "value")}
ITEM, UNLABELED = {"input_ids": torch.tensor([2, 5, 3]), "label": 1}, {"input_ids": torch.tensor([2, 3])}

GOOD = {
    "TextClassificationDataset": {
        "texts": ["it was good", "no"], "labels": [1, 0], "tokenizer": tokenizer, "max_len": 2,
    },
    "pad_batch": {"items": [ITEM, UNLABELED | {"label": 0}], "pad_id": 9},
    "mask_tokens": {
        "tokens": np.array([[2, 5, 7, 3], [2, 6, 3, 0]]), "special_ids": [0, 2, 3], "mask_id": 4, "vocab_size": 8,
        "rng": np.random.default_rng(3), "rate": 0.5,
    },
    "classification_report": {"labels": np.array([0, 0, 1]), "predictions": np.array([0, 2, 1])},
    "train_epoch": {
        "model": MODEL, "batches": [BATCH], "optimizer": OPTIMIZER, "max_norm": 2.0,
        "scheduler": SimpleNamespace(step=lambda: None),
    },
    "evaluate": {"model": MODEL, "batches": [BATCH]},
    "bert_self_attention": {
        "hidden": floats(2, 5, 6), "state_dict": STATE, "num_heads": 3,
        "attention_mask": np.array([[1, 1, 1, 0, 0], [1, 1, 1, 1, 1]]),
    },
    "attention_maps": {"model": outcome(attentions=(torch.ones(2, 3, 5, 5),)), "batch": {"x": torch.ones(2, 5)}},
}  # fmt: skip
KINDS = {
    "texts": [(7, "int"), ("words", "str")],
    "labels": [(7, "int")],
    "tokenizer": [("words", "str"), (7, "int")],
    "max_len": NO_INTEGERS,
    "items": [(7, "int")],
    "pad_id": NO_INTEGERS,
    "special_ids": [(7, "int")],
    **dict.fromkeys(("mask_id", "vocab_size"), NO_INTEGERS),
    "rng": NO_GENERATORS,
    **dict.fromkeys(("rate", "max_norm"), NO_NUMBERS),
    **dict.fromkeys(("tokens", "predictions", "attention_mask"), NO_INTEGER_ARRAYS),
    "model": NO_MODULES,
    "batches": [(7, "int")],
    "optimizer": [(0.1, "float"), (torch.optim.SGD, "type")],
    "scheduler": [(0.1, "float")],
    "hidden": NO_FLOATS,
    "state_dict": NO_MAPPINGS,
    "batch": [("words", "str"), ([torch.ones(2, 5)], "list")],
}

WRONG_VALUES = [
    ("TextClassificationDataset", {"labels": [1]}, ["labels must be as many as texts, 2", "got 1"]),
    ("TextClassificationDataset", {"labels": [1, -1]}, ["labels must hold no negative label", "[-1]"]),
    ("TextClassificationDataset", {"max_len": 0}, ["max_len must be at least 1", "got 0"]),
    ("pad_batch", {"items": []}, ["items must hold at least one item", "got none"]),
    ("pad_batch", {"items": [ITEM, {"label": 1}]}, ["items[1] must hold input_ids", "got label"]),
    ("pad_batch", {"items": [{}]}, ["items[0] must hold input_ids", "got nothing"]),
    ("pad_batch", {"items": [ITEM, UNLABELED]}, ["items must all have a label, or none", "got 1 of 2"]),
    (
        "pad_batch",
        {"items": [{"input_ids": torch.ones(1, 3).long()}]},
        ["items[0]['input_ids'] must have shape (seq_len,)", "shape (1, 3)"],
    ),
    ("pad_batch", {"pad_id": -1}, ["pad_id must be at least 0", "got -1"]),
    ("mask_tokens", {"tokens": np.array([3, 8])}, ["tokens must lie between 0 and vocab_size − 1 = 7", "[8]"]),
    ("mask_tokens", {"tokens": np.array([3, -100])}, ["tokens must lie between 0 and", "[-100]"]),
    ("mask_tokens", {"mask_id": 8}, ["mask_id must be below vocab_size=8", "got 8"]),
    ("mask_tokens", {"mask_id": -1}, ["mask_id must be at least 0", "got -1"]),
    ("mask_tokens", {"vocab_size": 0}, ["vocab_size must be at least 1", "got 0"]),
    ("mask_tokens", {"rate": 1.5}, ["rate must lie between 0 and 1", "got 1.5"]),
    ("classification_report", {"labels": np.ones((1, 3), int)}, ["labels must have shape (n,)", "shape (1, 3)"]),
    ("classification_report", {"predictions": np.array([1])}, ["predictions must have one entry", "(3,)", "(1,)"]),
    (
        "classification_report",
        {"labels": np.array([], int), "predictions": np.array([], int)},
        ["labels must hold at least one label", "shape (0,)"],
    ),
    ("train_epoch", {"batches": []}, ["batches must hold at least one batch", "got none"]),
    ("train_epoch", {"batches": [{"x": torch.eye(3)}]}, ["batches[0] must hold labels", "got x"]),
    ("train_epoch", {"max_norm": 0}, ["max_norm must be positive", "got 0"]),
    ("train_epoch", {"model": outcome(loss=torch.tensor(torch.nan))}, ["loss must be finite", "got nan"]),
    ("evaluate", {"batches": iter([])}, ["batches must hold at least one batch", "got none"]),
    ("evaluate", {"batches": [{}]}, ["batches[0] must hold labels", "got nothing"]),
    ("evaluate", {"model": outcome(logits=torch.ones(3))}, ["logits must have shape (batch, num_classes)", "(3,)"]),
    ("evaluate", {"model": outcome(logits=torch.ones(2, 2))}, ["predictions must have one entry", "predictions (2,)"]),
    ("bert_self_attention", {"hidden": floats(5, 6)}, ["hidden must have shape (batch, seq_len, d_model)", "(5, 6)"]),
    ("bert_self_attention", {"state_dict": {}}, ["state_dict must hold query.weight", "no query.weight, key.weight"]),
    (
        "bert_self_attention",
        {"state_dict": STATE | {"key.bias": floats(5)}},
        ["state_dict['key.bias'] must have shape (6,)", "shape (5,)"],
    ),
    (
        "bert_self_attention",
        {"state_dict": STATE | {"value.weight": floats(6, 5)}},
        ["state_dict['value.weight'] must have shape (6, 6)", "shape (6, 5)"],
    ),
    ("bert_self_attention", {"num_heads": 4}, ["num_heads must divide d_model", "num_heads=4, d_model=6"]),
    (
        "bert_self_attention",
        {"attention_mask": np.ones((2, 1, 5), int)},
        ["attention_mask must have shape (batch, seq_len)", "shape (2, 1, 5)"],
    ),
    ("bert_self_attention", {"attention_mask": np.ones((5, 2), int)}, ["attention_mask must have shape (2, 5)", "(5,"]),
    ("bert_self_attention", {"attention_mask": np.full((2, 5), -1)}, ["attention_mask must hold only 0 and 1", "[-1"]),
    (
        "attention_maps",
        {"model": outcome(attentions=())},
        ['model must return attention weights (attn_implementation="eager")', "got none"],
    ),
    ("attention_maps", {"model": outcome(attentions=None)}, ["model must return attention weights", "got none"]),
]  # fmt: skip
