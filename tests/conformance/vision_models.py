"""The transformers library: its vision transformer, with the weights of this project's one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from selfattn_ref import VisionTransformer
from tests.conformance.authority import Authority, Case, agree


def cases() -> Iterator[Case]:
    """Gray and color, several patches and numbers of layers."""
    for channels, patch, num_layers in ((1, 2, 1), (3, 2, 2), (3, 4, 3), (1, 8, 1)):
        yield Case(
            f"{channels} channels, patch {patch}, {num_layers} layers", partial(run, channels, patch, num_layers)
        )


def run(channels: int, patch: int, num_layers: int) -> None:
    from transformers.models.vit.configuration_vit import ViTConfig
    from transformers.models.vit.modeling_vit import ViTForImageClassification

    torch.manual_seed(5)
    mine = VisionTransformer(8, patch, channels, 10, d_model=12, num_heads=3, num_layers=num_layers, d_ff=20)
    mine = mine.double().eval()
    for parameter in mine.parameters():
        torch.nn.init.normal_(parameter)
    config = ViTConfig(
        image_size=8, patch_size=patch, num_channels=channels, num_labels=10, hidden_size=12, num_attention_heads=3,
        num_hidden_layers=num_layers, intermediate_size=20, hidden_act="relu", layer_norm_eps=1e-5,
        attn_implementation="sdpa",  # the eager form takes its softmax in float32
    )  # fmt: skip
    theirs = ViTForImageClassification(config).double().eval()
    theirs.load_state_dict(dict(renamed(mine, patch, channels)))
    images = torch.tensor(np.random.default_rng(5).normal(size=(2, 8, 8, channels)))
    expected = theirs(images.permute(0, 3, 1, 2)).logits  # channels first
    agree(mine(images).detach().numpy(), expected.detach().numpy(), "logits")


def renamed(mine: Any, patch: int, channels: int) -> Iterator[tuple[str, Any]]:
    """The weights under the names of transformers; a patch is cut by a convolution there."""
    state = mine.state_dict()
    kernel = state["projection.weight"].unflatten(1, (patch, patch, channels)).permute(0, 3, 1, 2)
    yield "vit.embeddings.patch_embeddings.projection.weight", kernel
    for name, tensor in state.items():
        if name != "projection.weight":
            yield rename(name), tensor


NAMES = {
    "class_token": "vit.embeddings.cls_token",
    "positions": "vit.embeddings.position_embeddings",
    "projection": "vit.embeddings.patch_embeddings.projection",
    "norm": "vit.layernorm",
    "head": "classifier",
}
IN_A_LAYER = {
    "attention.w_q": "attention.q_proj",
    "attention.w_k": "attention.k_proj",
    "attention.w_v": "attention.v_proj",
    "attention.w_o": "attention.o_proj",
    "feed_forward.linear1": "mlp.fc1",
    "feed_forward.linear2": "mlp.fc2",
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
}


def rename(name: str) -> str:
    """One name of this project, ``layers.0.norm1.weight`` say, as transformers calls it."""
    if name in NAMES:
        return NAMES[name]
    place, _, kind = name.rpartition(".")
    if place in NAMES:
        return f"{NAMES[place]}.{kind}"
    layers, number, part = place.split(".", 2)
    return f"vit.{layers}.{number}.{IN_A_LAYER[part]}.{kind}"


AUTHORITIES = [Authority("transformers ViT for classification", "transformers", cases)]
