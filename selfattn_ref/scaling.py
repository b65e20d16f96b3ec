"""How large a model is, and what training it costs, counted from its configuration."""

from __future__ import annotations

from collections.abc import Mapping

from selfattn_ref.heads import head_count
from selfattn_ref.validation import mapping, require, size

CONFIG = ("vocab_size", "context_len", "d_model", "num_heads", "num_layers", "d_ff")


def transformer_parameters(config: Mapping[str, int]) -> dict[str, int]:
    """Count the parameters of a decoder-only transformer in the form of GPT-2.

    Token embeddings, which are the output layer, too, and learned positions; in each layer four projections (d × d), a
    feed-forward net (d × d_ff and back), both with biases, and two layer norms; a last layer norm. The number of heads
    plays no part, nor does the length of the text beyond its position embeddings. Radford et al. (2019), section 2.3.

    Args:
        config: vocab_size, context_len, d_model, num_heads (divides d_model), num_layers and d_ff, all at least 1.

    Returns:
        "embedding", "attention", "feed_forward", "norm" and their sum "total", as Python integers.

    Raises:
        TypeError: config is not a mapping, or an entry not an integer.
        ValueError: config lacks or has too many names, an entry is below 1, or num_heads does not divide d_model.

    >>> sizes = {"d_model": 768, "num_heads": 12, "num_layers": 12, "d_ff": 3072}
    >>> transformer_parameters({"vocab_size": 50257, "context_len": 1024} | sizes)["total"]  # the smallest GPT-2
    124439808
    """
    c = _configuration(config)
    d, layers = c["d_model"], c["num_layers"]
    counts = {
        "embedding": (c["vocab_size"] + c["context_len"]) * d,
        "attention": layers * (4 * d * d + 4 * d),
        "feed_forward": layers * (2 * d * c["d_ff"] + c["d_ff"] + d),
        "norm": (2 * layers + 1) * 2 * d,
    }
    return counts | {"total": sum(counts.values())}


def training_flops(config: Mapping[str, int], num_tokens: int) -> dict[str, int]:
    """Estimate the floating-point operations of training on a number of tokens, forwards and backwards.

    "parameters": 6·N·D. Every weight takes one multiplication and one addition per token forwards and twice as many
    backwards; N counts the parameters without the embeddings, which are looked up — Kaplan et al. (2020), section 2.1.
    "attention": 12·L·d·n·D for the scores and weighted sums, which hold no parameters, over a full context n, masked
    pairs included — Chowdhery et al. (2022), appendix B. Softmax, norms and the output layer are left out.

    Args:
        config: as for `transformer_parameters`; n is context_len.
        num_tokens: number D of tokens read in training, at least 1, repetitions included.

    Returns:
        "parameters", "attention" and their sum "total", operations (a multiply-add is two) as Python integers.

    Raises:
        TypeError: config is not a mapping, or an entry or num_tokens not an integer.
        ValueError: config is not one of `transformer_parameters`, or num_tokens below 1.

    >>> config = {"vocab_size": 9, "context_len": 8, "d_model": 4, "num_heads": 2, "num_layers": 1, "d_ff": 16}
    >>> training_flops(config, num_tokens=10)
    {'parameters': 15120, 'attention': 3840, 'total': 18960}
    """
    c = _configuration(config)
    num_tokens = size("num_tokens", num_tokens, at_least=1)
    counts = transformer_parameters(config)
    flops = {
        "parameters": 6 * (counts["total"] - counts["embedding"]) * num_tokens,
        "attention": 12 * c["num_layers"] * c["d_model"] * c["context_len"] * num_tokens,
    }
    return flops | {"total": sum(flops.values())}


def _configuration(config: object) -> dict[str, int]:
    entries = mapping("config", config)
    missing = [name for name in CONFIG if name not in entries]
    require(not missing, "config", f"hold {', '.join(CONFIG)}", f"no {', '.join(missing)}")
    unknown = [repr(name) for name in entries if name not in CONFIG]
    require(not unknown, "config", f"hold no names but {', '.join(CONFIG)}", ", ".join(unknown))
    sizes = {name: size(f"config[{name!r}]", entries[name], at_least=1) for name in CONFIG}
    head_count(sizes["num_heads"], sizes["d_model"])
    return sizes
