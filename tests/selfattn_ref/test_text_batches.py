import re

import pytest
import torch
from torch.utils.data import DataLoader

from selfattn_ref import TextClassificationDataset, pad_batch

TEXTS, LABELS = ["it was good", "no", "not a bad film at all"], [1, 0, 1]


class Tokenizer:
    """Says [CLS] = 2, the lengths of the words, [SEP] = 3, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, text, *, truncation, max_length):
        assert truncation is True
        self.asked.append((text, max_length))
        words = [10 + len(word) for word in text.split()][: max_length - 2]
        return {"input_ids": [2, *words, 3], "token_type_ids": [0] * (len(words) + 2)}


def test_data_set_items_are_tokens_and_label_as_long_as_the_text():
    data = TextClassificationDataset(TEXTS, LABELS, Tokenizer(), max_len=6)
    assert len(data) == 3
    assert [item["input_ids"].tolist() for item in data] == [
        [2, 12, 13, 14, 3], [2, 12, 3], [2, 13, 11, 13, 14, 3],
    ]  # fmt: skip
    assert [item["label"] for item in data] == LABELS
    assert {item["input_ids"].dtype for item in data} == {torch.int64}
    assert {type(item["label"]) for item in data} == {int}


def test_data_set_tokenizes_each_text_once_with_its_length():
    tokenizer = Tokenizer()
    data = TextClassificationDataset(TEXTS, LABELS, tokenizer, max_len=6)
    for _ in range(2):
        assert len(list(data)) == 3
    assert tokenizer.asked == [(text, 6) for text in TEXTS]


def test_data_set_beyond_its_end_is_an_index_error():
    data = TextClassificationDataset(TEXTS, LABELS, Tokenizer(), max_len=6)
    assert data[-1]["label"] == data[2]["label"]
    with pytest.raises(IndexError):
        data[3]


def test_data_set_does_not_follow_later_changes_of_the_labels():
    labels = list(LABELS)
    data = TextClassificationDataset(TEXTS, labels, Tokenizer(), max_len=6)
    labels[0] = 0
    assert data[0]["label"] == 1


def test_data_set_takes_tokenizers_of_transformers():
    from tokenizers import Tokenizer as Fast
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", *" ".join(TEXTS).split()]
    fast = Fast(WordLevel({word: i for i, word in enumerate(dict.fromkeys(words))}, unk_token="[UNK]"))
    fast.pre_tokenizer = Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=fast, pad_token="[PAD]", unk_token="[UNK]")
    data = TextClassificationDataset([*TEXTS, ""], [*LABELS, 0], tokenizer, max_len=4)
    assert [len(item["input_ids"]) for item in data] == [3, 1, 4, 0]
    batch = pad_batch(list(data))
    expected = tokenizer([*TEXTS, ""], truncation=True, max_length=4, padding=True, return_tensors="pt")
    for name in ("input_ids", "attention_mask"):
        assert torch.equal(batch[name], expected[name]), name


def test_pad_batch_hand_computed():
    items = [{"input_ids": torch.tensor(row), "label": 5 - len(row)} for row in ([2, 7, 3], [2, 3], [2, 8, 9, 3])]
    batch = pad_batch(items, pad_id=6)
    assert list(batch) == ["input_ids", "attention_mask", "labels"]
    assert batch["input_ids"].tolist() == [[2, 7, 3, 6], [2, 3, 6, 6], [2, 8, 9, 3]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]]
    assert batch["labels"].tolist() == [2, 3, 1]
    assert {tensor.dtype for tensor in batch.values()} == {torch.int64}


def test_pad_batch_is_as_long_as_its_longest_text_only():
    data = TextClassificationDataset(TEXTS, LABELS, Tokenizer(), max_len=6)
    loader = DataLoader(data, batch_size=2, collate_fn=pad_batch)
    assert [batch["input_ids"].shape for batch in loader] == [(2, 5), (1, 6)]


def test_pad_batch_mask_follows_lengths_where_a_token_equals_the_padding():
    batch = pad_batch([{"input_ids": torch.tensor([0, 4, 0])}, {"input_ids": torch.tensor([4])}])
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert "labels" not in batch


def test_pad_batch_leaves_its_items_alone():
    items = [{"input_ids": torch.tensor([1, 2, 3])}]
    pad_batch(items)["input_ids"].fill_(9)
    assert items[0]["input_ids"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["words"], "items[0] must be a mapping from names to tensors, got str"),
        ([{"input_ids": [1, 2]}], "items[0]['input_ids'] must be a tensor of integers, got list"),
        ([{"input_ids": torch.ones(2)}], "items[0]['input_ids'] must be a tensor of integers, got float32 tensor"),
        ([{"input_ids": torch.tensor([1]), "label": 1.0}], "items[0]['label'] must be an integer, got float"),
    ],
)
def test_pad_batch_wrong_kind_inside_an_item_is_named(items, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        pad_batch(items)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"texts": ["fine", 7, "fine"]}, "texts[1] must be a string, got int"),
        ({"labels": [0, 1, True]}, "labels[2] must be an integer, got bool"),
        ({"tokenizer": lambda *_, **__: {"input_ids": ["it"]}}, "tokenizer(text)['input_ids'][0] must be an integer"),
    ],
)
def test_data_set_wrong_kind_inside_is_named(changed, message):
    good = {"texts": TEXTS, "labels": LABELS, "tokenizer": Tokenizer(), "max_len": 6}
    with pytest.raises(TypeError, match=re.escape(message)):
        TextClassificationDataset(**good | changed)
