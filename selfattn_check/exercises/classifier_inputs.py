"""Small models and batches for the probes about training and judging: called and answering as those of transformers.

Each model remembers how it was called. Its dropout drops everything, so that training mode and eval mode differ by
the same amount in every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["AttentionModel", "Classifier", "Outcome", "batches", "tensors"]


class Outcome(dict[str, Any]):
    """What a model returns: by attribute, by name, or by place among those that are there."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return super().__getitem__(key)
        return tuple(each for each in self.values() if each is not None)[key]


class Remembering(nn.Module):
    """A module that keeps how it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, bool]] = []

    @property
    def device(self) -> torch.device:
        """Where the weights are, as models of transformers tell it."""
        return next(self.parameters()).device

    def note(self, labels: Tensor | None) -> None:
        """Remember this call."""
        gradients = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        self.calls.append({"training": self.training, "gradients": gradients, "labels": labels is not None})

    def told(self, what: str, yes: str, no: str) -> str:
        """What was so in the calls: `yes`, `no`, or a mixture."""
        said = [call[what] for call in self.calls]
        return "never called" if not said else yes if all(said) else no if not any(said) else f"{yes}, then {no}"


class Classifier(Remembering):
    """Logits: the mean of what the tokens say, an offset, and a bias that dropout takes away in training."""

    def __init__(self, tokens: np.ndarray, offset: np.ndarray, bias: np.ndarray) -> None:
        super().__init__()
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
        labels: Tensor | None = None,
        return_dict: bool = True,
    ) -> Outcome:
        """Loss, if there are labels, and logits (batch, num_classes)."""
        self.note(labels)
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        summed = (self.tokens(input_ids) * mask[..., None]).sum(dim=1)
        logits = 3 * summed / mask.sum(dim=1, keepdim=True) + self.offset + self.dropout(self.bias)
        loss = None if labels is None else nn.functional.cross_entropy(logits, labels)
        return Outcome(loss=loss, logits=logits)


class AttentionModel(Remembering):
    """Layers of attention over the same tokens, each with a matrix of its own for each head; dropout on the weights."""

    def __init__(self, tokens: np.ndarray, heads: np.ndarray) -> None:
        super().__init__()
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
        labels: Tensor | None = None,
        output_attentions: bool = False,
        return_dict: bool = True,
    ) -> Outcome:
        """Logits and, if asked for, one tensor of weights (batch, num_heads, seq_len, seq_len) for each layer."""
        self.note(labels)
        x = self.tokens(input_ids).unsqueeze(1)  # (batch, 1, seq_len, width)
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
