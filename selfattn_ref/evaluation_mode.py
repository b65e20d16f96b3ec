"""Using a model without training it: no dropout, no gradients, and everything as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Switch a model and all its parts to evaluation without gradients, and each part back to what it was.

    ``model.train()`` afterwards would also switch on a part that was deliberately left in evaluation. The modes come
    back after an error, too.

    >>> model = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5).eval())
    >>> with evaluation_mode(model):
    ...     print(model[0].training)
    False
    >>> model.training, model[0].training, model[1].training
    (True, True, False)
    """
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, training in modes.items():
            module.training = training
