"""One way to a classifier, from a folder that was just written or from a published checkpoint."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from selfattn_ref.seeds import seeded
from selfattn_ref.validation import function, size, string

VARIABLE = "PRETRAINED_MODEL"


def chosen_checkpoint(otherwise: Callable[[], str | Path]) -> str:
    """Name the checkpoint that the environment asks for; without one, make it.

    Args:
        otherwise: called without arguments when ``PRETRAINED_MODEL`` is not set or empty; makes a checkpoint and
            returns its folder.

    Returns:
        What ``PRETRAINED_MODEL`` holds, a folder or a name such as ``bert-base-cased``, else what otherwise returned.

    Raises:
        TypeError: otherwise cannot be called.

    >>> os.environ.get("PRETRAINED_MODEL") or chosen_checkpoint(lambda: "a-folder")
    'a-folder'
    """
    otherwise = function("otherwise", otherwise, "nothing")
    return os.environ.get(VARIABLE) or str(otherwise())


def load_classifier(checkpoint: str, num_labels: int, seed: int) -> tuple[PreTrainedTokenizerBase, PreTrainedModel]:
    """Load a tokenizer, and a model with a new layer for classes on top of it.

    The body of the model comes from the checkpoint. The layer on top is not in it and begins at random: only training
    with labels makes it useful. Attention is computed in the plain form, which can return its weights.

    Args:
        checkpoint: a folder, or a name that transformers looks up in its cache and then on the net.
        num_labels: number of classes.
        seed: of the new layer's weights; PyTorch's own generator is left as it was.

    Returns:
        The tokenizer and the model, in evaluation mode.

    Raises:
        TypeError: checkpoint is not a string, or num_labels or seed not an integer.
        ValueError: num_labels below 1 or seed below 0.
        OSError: there is no such checkpoint.
    """
    checkpoint, seed = string("checkpoint", checkpoint), size("seed", seed, at_least=0)
    num_labels = size("num_labels", num_labels, at_least=1)
    with seeded(seed), quiet():
        model = AutoModelForSequenceClassification.from_pretrained(
            checkpoint, num_labels=num_labels, attn_implementation="eager"
        )
    return AutoTokenizer.from_pretrained(checkpoint), model


def save_checkpoint(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: str | Path) -> None:
    """Write a model and its tokenizer as `load_classifier` reads them.

    Args:
        model: of transformers.
        tokenizer: the model's.
        folder: is made where it is missing.

    Raises:
        OSError: the folder cannot be written.
    """
    with quiet():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


@contextmanager
def quiet() -> Iterator[None]:
    """Do without progress bars and without the list of the weights that begin at random."""
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
