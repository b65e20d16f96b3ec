"""The attention weights of all layers of a model, for pictures and measurements."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from selfattn_ref.evaluation_mode import evaluation_mode
from selfattn_ref.fine_tuning import without_labels
from selfattn_ref.tensors import instance_of
from selfattn_ref.validation import FloatArray, mapping, require


def attention_maps(model: nn.Module, batch: Mapping[str, Tensor]) -> FloatArray:
    """Run a model of transformers and collect how every token of every sequence attends, in every layer and head.

    ``model(**batch, output_attentions=True).attentions`` holds one tensor (batch, num_heads, seq_len, seq_len) for each
    layer. The model gets the batch without labels, in evaluation mode and without gradients; the mode of each of its
    modules is restored, after an error too. A row of padding is there, too, and says nothing; a column of
    padding is 0.

    Args:
        model: is called as above. transformers computes weights in the plain form only: load or build the model with
            ``attn_implementation="eager"``.
        batch: a mapping from argument names to tensors, such as one of `pad_batch`.

    Returns:
        (batch, layers, num_heads, seq_len, seq_len), the first layer first; `attention_rollout` takes one sequence of
        it, ``maps[i]``.

    Raises:
        TypeError: model is not a module, or batch not a mapping.
        ValueError: the model returns no weights.

    >>> from types import SimpleNamespace
    >>> class Uniform(nn.Module):  # two layers, three heads
    ...     def forward(self, x, output_attentions):
    ...         return SimpleNamespace(attentions=2 * (torch.full((len(x), 3, 5, 5), 1 / 5),))
    >>> attention_maps(Uniform(), {"x": torch.ones(4, 5)}).shape
    (4, 2, 3, 5, 5)
    """
    instance_of("model", model, nn.Module)
    inputs = without_labels(mapping("batch", batch, of="tensors"))
    with evaluation_mode(model):
        layers = model(**inputs, output_attentions=True).attentions
    given = layers is not None and len(layers) > 0 and all(layer is not None for layer in layers)
    require(given, "model", 'return attention weights (attn_implementation="eager")', "none")
    return torch.stack(tuple(layers), dim=1).cpu().numpy()
