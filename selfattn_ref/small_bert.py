"""A BERT small enough to be pretrained while you watch, with the parts that the published one has."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerBase, get_linear_schedule_with_warmup

from selfattn_ref.checkpoints import save_checkpoint
from selfattn_ref.fine_tuning import train_epoch
from selfattn_ref.masked_language import mask_tokens
from selfattn_ref.positions import sinusoidal_positions
from selfattn_ref.seeds import seeded
from selfattn_ref.text_batches import pad_batch
from selfattn_ref.wordpiece import train_wordpiece

VOCAB_SIZE, MAX_LEN, D_MODEL = 400, 48, 64
STEPS, BATCH_SIZE, LEARNING_RATE, RATE = 2000, 64, 7e-3, 0.2
STRETCH = 50  # steps between two points of the learning curve


def small_bert(rows: Sequence[Sequence[int]], vocab_size: int, seed: int) -> BertForMaskedLM:
    """Build a BERT with two layers of four heads that guesses hidden tokens, untrained.

    It starts from where a large one gets by itself, given more text: the positions are the sinusoids of chapter 2, and
    the bias of the guess holds how frequent each token is. Both are trained like everything else. Without dropout:
    every step sees other masks.

    Args:
        rows: texts as tokens, to count them.
        vocab_size: number of tokens.
        seed: of the weights; PyTorch's own generator is left as it was.
    """
    config = BertConfig(
        vocab_size=vocab_size,
        hidden_size=D_MODEL,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=2 * D_MODEL,
        max_position_embeddings=MAX_LEN,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        initializer_range=0.1,
        attn_implementation="eager",
    )
    with seeded(seed):
        model = BertForMaskedLM(config)
    counts = Counter(token for row in rows for token in row)
    total = sum(counts.values()) + vocab_size / 2
    bias = torch.tensor([math.log((counts[token] + 0.5) / total) for token in range(vocab_size)])
    with torch.no_grad():
        model.bert.embeddings.position_embeddings.weight.copy_(
            torch.from_numpy(0.2 * sinusoidal_positions(MAX_LEN, D_MODEL))
        )
        model.cls.predictions.bias.copy_(bias)
        model.cls.predictions.decoder.bias.copy_(bias)
    return model


def similar_lengths(lengths: Sequence[int], batch_size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Put the places of all texts into batches in random order, texts of similar length together.

    Within each shuffled stretch of eight batches the texts are sorted by length, so that little is padded.

    Args:
        lengths: of the texts, in tokens.
        batch_size: texts in a batch; the last of a stretch may be smaller.
        rng: shuffles texts and batches.
    """
    order = rng.permutation(len(lengths)).tolist()
    for start in range(0, len(order), 8 * batch_size):
        stretch = sorted(order[start : start + 8 * batch_size], key=lambda place: lengths[place])
        batches = [stretch[first : first + batch_size] for first in range(0, len(stretch), batch_size)]
        yield from (batches[place] for place in rng.permutation(len(batches)))


def masked_batches(
    rows: Sequence[Sequence[int]], tokenizer: PreTrainedTokenizerBase, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Make batches with hidden tokens, without end: each pass over the texts hides others.

    Args:
        rows: texts as tokens.
        tokenizer: knows the special tokens.
        rng: draws the order and the masks.
    """
    items = [{"input_ids": torch.tensor(row)} for row in rows]
    special = [tokenizer.pad_token_id, tokenizer.cls_token_id, tokenizer.sep_token_id]
    while True:
        for places in similar_lengths([len(row) for row in rows], BATCH_SIZE, rng):
            batch = pad_batch([items[place] for place in places], tokenizer.pad_token_id)
            tokens = batch["input_ids"].numpy()
            corrupted, targets = mask_tokens(tokens, special, tokenizer.mask_token_id, len(tokenizer), rng, RATE)
            yield batch | {"input_ids": torch.from_numpy(corrupted), "labels": torch.from_numpy(targets)}


def pretrain(
    texts: Iterable[str], folder: str | Path, seed: int, steps: int = STEPS, progress: bool = True
) -> list[float]:
    """Train tokenizer and model on texts without labels, and write both as a checkpoint.

    AdamW, the learning rate up in a straight line for a fifteenth of the steps and down to 0 for the rest.

    Args:
        texts: to learn from.
        folder: where the checkpoint goes, as transformers reads it.
        seed: of weights, order and masks.
        steps: number of batches; with none, the checkpoint is where pretraining would begin.
        progress: whether to show a bar.

    Returns:
        The mean loss of every 50 steps, in nats.
    """
    texts = list(texts)
    tokenizer = train_wordpiece(texts, VOCAB_SIZE, MAX_LEN)
    rows = tokenizer(texts, truncation=True)["input_ids"]
    model = small_bert(rows, len(tokenizer), seed)
    batches = masked_batches(rows, tokenizer, np.random.default_rng(seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98))
    scheduler = get_linear_schedule_with_warmup(optimizer, steps // 15, steps)
    losses = []
    with tqdm(total=steps, desc="pretraining", disable=not progress, mininterval=1.0, file=sys.stdout) as bar:
        for stretch in range(0, steps, STRETCH):
            part = islice(batches, min(STRETCH, steps - stretch))
            losses.append(train_epoch(model, part, optimizer, scheduler))
            bar.update(min(STRETCH, steps - stretch))
            bar.set_postfix(loss=f"{losses[-1]:.2f}")
    save_checkpoint(model, tokenizer, folder)
    return losses
