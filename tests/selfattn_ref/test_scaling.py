import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from selfattn_ref import training_flops, transformer_parameters

CONFIG = {"vocab_size": 11, "context_len": 7, "d_model": 12, "num_heads": 3, "num_layers": 2, "d_ff": 20}


def encoder(config):
    layer = torch.nn.TransformerEncoderLayer(
        config["d_model"], config["num_heads"], config["d_ff"], dropout=0.0, batch_first=True
    )
    norm = torch.nn.LayerNorm(config["d_model"])
    return torch.nn.TransformerEncoder(layer, config["num_layers"], norm, enable_nested_tensor=False)


def test_transformer_parameters_equal_a_torch_model():
    tables = [torch.nn.Embedding(CONFIG[name], CONFIG["d_model"]) for name in ("vocab_size", "context_len")]
    sizes = {name: sum(p.numel() for p in part.parameters()) for name, part in enumerate([*tables, encoder(CONFIG)])}
    counts = transformer_parameters(CONFIG)
    assert counts["embedding"] == sizes[0] + sizes[1]
    assert counts["total"] == sum(sizes.values())
    assert counts["total"] == sum(count for name, count in counts.items() if name != "total")


def test_transformer_parameters_number_of_heads_plays_no_part():
    assert transformer_parameters(CONFIG | {"num_heads": 6}) == transformer_parameters(CONFIG)


def test_training_flops_equal_those_torch_counts():
    sequences = 5
    layers = encoder(CONFIG)
    x = torch.ones(sequences, CONFIG["context_len"], CONFIG["d_model"], requires_grad=True)
    counter = FlopCounterMode(display=False)
    with counter, torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        layers(x).sum().backward()
    flops = training_flops(CONFIG, sequences * CONFIG["context_len"])
    # torch counts the products with matrices alone: biases and norms are in N, but cost next to nothing
    vectors = sum(p.numel() for p in layers.parameters() if p.dim() == 1)
    uncounted = 6 * vectors * sequences * CONFIG["context_len"]
    assert counter.get_total_flops() == flops["total"] - uncounted


@pytest.mark.parametrize("factor", [1, 3])
def test_training_flops_grow_with_the_tokens(factor):
    once, more = training_flops(CONFIG, 100), training_flops(CONFIG, 100 * factor)
    assert {name: factor * count for name, count in once.items()} == more
