"""Small models and batches for the probes about training and judging: called and answering as those of transformers.

Each model remembers how it was called. Its dropout drops everything, so that training mode and eval mode differ by
the same amount in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from selfattn_check.tensors import is_tensor
from selfattn_check.wording import kind_of

__all__ = ["AttentionModel", "Classifier", "Guesser", "Outcome", "Scorer", "batches", "tensors"]


class Outcome(dict[str, Any]):
    """What a model returns: by attribute, by name, or by place among those that are there."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            there = [f"`{each}`" for each in self if self[each] is not None]
            raise AttributeError(f"what the model returns has no `{name}`; it has {' and '.join(there)}")
        return self[name]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return super().__getitem__(key)
        return tuple(each for each in self.values() if each is not None)[key]


class Remembering(nn.Module):
    """A module that keeps how it was called, and the arrays that it was made from."""

    def __init__(self, *arrays: np.ndarray) -> None:
        super().__init__()
        self.arrays = arrays
        self.calls: list[dict[str, bool]] = []

    def fresh(self) -> Self:
        """The model as it was made, in the mode in which this one is: hundreds of replays need one each."""
        return type(self)(*self.arrays).train(self.training)

    @property
    def device(self) -> torch.device:
        """Where the weights are, as models of transformers tell it."""
        return next(self.parameters()).device

    def note(self, labels: Tensor | None) -> None:
        """Remember this call."""
        gradients = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        self.calls.append({"training": self.training, "gradients": gradients, "labels": labels is not None})

    def accept(self, input_ids: Any, token_type_ids: Any) -> Tensor:
        """The kind of each token, 0 where nothing is said. Entries that came under another's name are refused."""
        if not is_tensor(input_ids):
            raise TypeError(f"input_ids must be a tensor, got {kind_of(input_ids)}; model(**batch) passes each entry")
        if token_type_ids is None:
            return torch.zeros_like(input_ids)
        if token_type_ids.shape != input_ids.shape:
            sizes = f"{tuple(input_ids.shape)}, got {tuple(token_type_ids.shape)}"
            raise ValueError(f"token_type_ids, the third parameter, must have the shape of input_ids, {sizes}")
        kinds: Tensor = token_type_ids
        return kinds

    def told(self, what: str, yes: str, no: str) -> str:
        """What was so in the calls: `yes`, `no`, or a mixture."""
        said = [call[what] for call in self.calls]
        return "never called" if not said else yes if all(said) else no if not any(said) else f"{yes}, then {no}"


class Classifier(Remembering):
    """Logits: the mean of what the tokens say, an offset, and a bias that dropout takes away in training."""

    def __init__(self, tokens: np.ndarray, offset: np.ndarray, bias: np.ndarray) -> None:
        super().__init__(tokens, offset, bias)
        self.tokens = nn.Embedding.from_pretrained(torch.from_numpy(tokens).float(), freeze=False)
        self.offset = nn.Parameter(torch.from_numpy(offset).float())
        self.bias = nn.Parameter(torch.from_numpy(bias).float())
        self.dropout = nn.Dropout(1.0)

    @classmethod
    def drawn(cls, rng: np.random.Generator, vocab_size: int, num_classes: int, *, size: float = 1.0) -> Classifier:
        """Random weights, in eval mode, as a model comes that is loaded."""
        tokens, offset, bias = (
            rng.normal(size=shape) for shape in ((vocab_size, num_classes), num_classes, num_classes)
        )
        drawn = cls(size * tokens, offset, 2 * bias)
        drawn.eval()
        return drawn

    def __repr__(self) -> str:
        mode = "training mode" if self.training else "eval mode"
        return f"a classifier of {self.bias.numel()} classes in {mode}"

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
        return_dict: bool = True,
    ) -> Outcome:
        """Loss, if there are labels, and logits; the parameters in the order of a model of transformers."""
        self.note(labels)
        kinds = self.accept(input_ids, token_type_ids)
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        logits = self.answer(self.tokens(input_ids) + kinds[..., None], mask) + self.offset + self.dropout(self.bias)
        return Outcome(loss=None if labels is None else self.loss(logits, labels), logits=logits)

    def answer(self, said: Tensor, mask: Tensor) -> Tensor:
        """(batch, num_classes): the mean over the tokens."""
        summed: Tensor = (said * mask[..., None]).sum(dim=1)
        return 3 * summed / mask.sum(dim=1, keepdim=True)

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """One class for each row."""
        return nn.functional.cross_entropy(logits, labels)


class Guesser(Classifier):
    """Guesses every token: labels (batch, seq_len), −100 where nothing is asked."""

    def __repr__(self) -> str:
        return f"a model that guesses tokens, in {'training' if self.training else 'eval'} mode"

    def answer(self, said: Tensor, mask: Tensor) -> Tensor:
        """(batch, seq_len, num_classes): what each token says, beside the mean of all."""
        return said + super().answer(said, mask)[:, None]

    def loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The mean over the places that are asked for, smoothed: no plain cross-entropy."""
        return nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), label_smoothing=0.1)


class Scorer(Remembering):
    """Gives each row of numbers a score; its loss is no cross-entropy, and its input is called x."""

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__(weights)
        self.weights = nn.Parameter(torch.from_numpy(weights).float())
        self.eval()

    def __repr__(self) -> str:
        return f"a model that gives scores, in {'training' if self.training else 'eval'} mode"

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Outcome:
        """Mean squared error, if there are labels (batch,), and scores (batch,)."""
        self.note(labels)
        scores = x @ self.weights
        return Outcome(loss=None if labels is None else ((scores - labels) ** 2).mean(), logits=scores)


class AttentionModel(Remembering):
    """Layers of attention over the same tokens, each with a matrix of its own for each head; dropout on the weights."""

    def __init__(self, tokens: np.ndarray, heads: np.ndarray) -> None:
        super().__init__(tokens, heads)
        self.tokens = nn.Embedding.from_pretrained(torch.from_numpy(tokens).float(), freeze=False)
        self.heads = nn.Parameter(torch.from_numpy(heads).float())  # (layers, num_heads, width, width)
        self.dropout = nn.Dropout(1.0)

    @classmethod
    def drawn(
        cls, rng: np.random.Generator, *, layers: int, num_heads: int, vocab_size: int = 9, width: int = 4
    ) -> AttentionModel:
        """Random weights, in eval mode."""
        drawn = cls(rng.normal(size=(vocab_size, width)), rng.normal(size=(layers, num_heads, width, width)))
        drawn.eval()
        return drawn

    def __repr__(self) -> str:
        layers, num_heads = self.heads.shape[:2]
        return f"a model of {layers} × {num_heads} heads in {'training' if self.training else 'eval'} mode"

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        labels: Tensor | None = None,
        output_attentions: bool = False,
        return_dict: bool = True,
    ) -> Outcome:
        """Logits and, if asked for, one tensor of weights (batch, num_heads, seq_len, seq_len) for each layer."""
        self.note(labels)
        kinds = self.accept(input_ids, token_type_ids)
        x = (self.tokens(input_ids) + kinds[..., None]).unsqueeze(1)  # (batch, 1, seq_len, width)
        maps = []
        for heads in self.heads:
            scores = x @ heads @ x.transpose(-2, -1)
            if attention_mask is not None:
                scores = scores.masked_fill(attention_mask[:, None, None, :] == 0, -torch.inf)
            maps.append(self.dropout(scores.softmax(dim=-1)))
        return Outcome(logits=x.mean(dim=(1, 2)), attentions=tuple(maps) if output_attentions else None)


def batches(
    rng: np.random.Generator, sizes: Sequence[int], vocab_size: int, num_classes: int, length: int = 4
) -> list[dict[str, Tensor]]:
    """Batches of so many rows, as `pad_batch` makes them."""
    return [tensors(rng, size, length, vocab_size) | {"labels": _labels(rng, size, num_classes)} for size in sizes]


def tensors(rng: np.random.Generator, batch: int, length: int, vocab_size: int) -> dict[str, Tensor]:
    """Tokens, and the mask of lengths of at least one."""
    lengths = rng.integers(1, length + 1, size=(batch, 1))
    lengths[0] = length
    return {
        "input_ids": torch.from_numpy(rng.integers(0, vocab_size, size=(batch, length))),
        "attention_mask": torch.from_numpy((np.arange(length) < lengths).astype(np.int64)),
    }


def _labels(rng: np.random.Generator, size: int, num_classes: int) -> Tensor:
    return torch.from_numpy(rng.integers(0, num_classes, size=size))
