"""From a checkpoint and some labeled reviews to a classifier, and how good it is."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase, get_linear_schedule_with_warmup

from selfattn_ref.corpora.reviews import Review
from selfattn_ref.fine_tuning import train_epoch
from selfattn_ref.small_bert import MAX_LEN, similar_lengths
from selfattn_ref.text_batches import TextClassificationDataset, pad_batch

BATCH_SIZE, LEARNING_RATE, FEWEST_STEPS, FEWEST_EPOCHS = 32, 1e-3, 150, 6


def as_dataset(reviews: Sequence[Review], tokenizer: PreTrainedTokenizerBase) -> TextClassificationDataset:
    """Tokens and labels of reviews."""
    texts, labels = [review.text for review in reviews], [review.label for review in reviews]
    return TextClassificationDataset(texts, labels, tokenizer, MAX_LEN)


def batches_of(
    data: TextClassificationDataset, tokenizer: PreTrainedTokenizerBase, rng: np.random.Generator
) -> list[dict[str, Tensor]]:
    """All of a data set, once, in batches of similar length."""
    places = similar_lengths([len(row) for row in data.input_ids], BATCH_SIZE, rng)
    return [pad_batch([data[place] for place in batch], tokenizer.pad_token_id) for batch in places]


def fine_tune(
    model: nn.Module,
    tokenizer: PreTrainedTokenizerBase,
    reviews: Sequence[Review],
    rng: np.random.Generator,
    learning_rate: float = LEARNING_RATE,
    progress: bool = False,
) -> list[float]:
    """Train a classifier on labeled reviews, for at least 6 epochs, and at least 150 steps.

    AdamW, the learning rate up in a straight line for a tenth of the steps and down to 0 for the rest.

    Args:
        model: from `load_classifier`; it is changed.
        tokenizer: the model's.
        reviews: to learn from.
        rng: shuffles.
        learning_rate: the highest. Small models bear more than large ones: 2e-5 to 5e-5 for BERT itself.
        progress: whether to show a bar.

    Returns:
        The mean loss of each epoch, in nats.
    """
    data = as_dataset(reviews, tokenizer)
    an_epoch = len(batches_of(data, tokenizer, rng))
    epochs = max(FEWEST_EPOCHS, -(-FEWEST_STEPS // an_epoch))
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate)
    scheduler = get_linear_schedule_with_warmup(optimizer, epochs * an_epoch // 10, epochs * an_epoch)
    bar = tqdm(range(epochs), desc="fine-tuning", disable=not progress, mininterval=1.0, file=sys.stdout)
    return [train_epoch(model, batches_of(data, tokenizer, rng), optimizer, scheduler) for _ in bar]
