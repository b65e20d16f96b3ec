"""Images read like sentences: patches as tokens."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from selfattn_ref.patches import cut_patches
from selfattn_ref.tensors import float_tensor
from selfattn_ref.transformer_layers import EncoderLayer
from selfattn_ref.validation import probability, require, size


class VisionTransformer(nn.Module):
    """Classify images by attention among their patches.

    Patches are projected to tokens, a learned class token is put before them, learned positions are added, layers of
    self-attention follow and a layer norm; a linear layer reads the classes off the class token. Dosovitskiy et al.
    (2021), equations 1 to 4, with the ReLU of this course's `FeedForward` in place of GELU.

    Args:
        image_size: height and width of the images in pixels.
        patch: side of a patch in pixels; divides image_size.
        channels: numbers in a pixel: 1 for gray, 3 for color.
        num_classes: number of classes.
        d_model: width of the tokens.
        num_heads: number of heads; divides d_model.
        num_layers: number of layers, at least 1.
        d_ff: width inside the feed-forward networks.
        dropout: probability, of the tokens after the positions are added and inside the layers.

    Attributes:
        projection: ``nn.Linear(patch² · channels, d_model)`` of the patches as `patchify` cuts them.
        class_token: (1, 1, d_model), zeros at first.
        positions: (1, 1 + patches, d_model), that of the class token first, small normal numbers at first.
        layers: ``nn.ModuleList`` of pre-norm `EncoderLayer`.
        norm, head: ``nn.LayerNorm(d_model)`` and ``nn.Linear(d_model, num_classes)``.

    Raises:
        TypeError: an argument is not a number of its kind.
        ValueError: a size below 1, patch does not divide image_size, num_heads does not divide d_model, or dropout
            outside [0, 1].

    >>> model = VisionTransformer(8, 2, channels=1, num_classes=10, d_model=12, num_heads=3, num_layers=2, d_ff=24)
    >>> model(torch.zeros(5, 8, 8, 1)).shape  # 16 patches and the class token go through the layers
    torch.Size([5, 10])
    """

    def __init__(
        self,
        image_size: int,
        patch: int,
        channels: int,
        num_classes: int,
        d_model: int,
        num_heads: int,
        num_layers: int,
        d_ff: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.image_size, self.patch = size("image_size", image_size, at_least=1), size("patch", patch, at_least=1)
        divides = self.image_size % self.patch == 0
        require(divides, "patch", "divide image_size", f"patch={self.patch}, image_size={self.image_size}")
        self.channels, d_model = size("channels", channels, at_least=1), size("d_model", d_model, at_least=1)
        num_classes, num_layers = size("num_classes", num_classes, at_least=1), size("num_layers", num_layers, 1)
        self.projection = nn.Linear(self.patch**2 * self.channels, d_model)
        self.class_token = nn.Parameter(torch.zeros(1, 1, d_model))
        self.positions = nn.Parameter(0.02 * torch.randn(1, 1 + (self.image_size // self.patch) ** 2, d_model))
        self.dropout = nn.Dropout(probability("dropout", dropout))
        self.layers = nn.ModuleList(EncoderLayer(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Score the classes.

        Args:
            images: (batch, image_size, image_size, channels) floats, channels last.

        Returns:
            (batch, num_classes) scores, before any softmax.

        Raises:
            TypeError: images is not a tensor of floats.
            ValueError: images of another shape.
        """
        return self.head(self.features(images))

    def features(self, images: Tensor) -> Tensor:
        """(batch, d_model): the class token after the last layer and norm; arguments and errors as for `forward`."""
        images = float_tensor("images", images, "(batch, height, width, channels)")
        wanted = (self.image_size, self.image_size, self.channels)
        fits = tuple(images.shape[1:]) == wanted
        require(fits, "images", f"have shape (batch, {', '.join(map(str, wanted))})", f"shape {tuple(images.shape)}")
        tokens = self.projection(cut_patches(images, self.patch))  # (batch, patches, d_model)
        x = torch.cat([self.class_token.expand(len(tokens), -1, -1), tokens], dim=1) + self.positions
        x = self.dropout(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x[:, 0])
