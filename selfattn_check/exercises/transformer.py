"""Exercise: the Transformer, encoder and decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from selfattn_check.blueprints.encoder_decoder import TransformerSteps
from selfattn_check.exercise import Exercise
from selfattn_check.exercises.module_inputs import BY_TURNS, used
from selfattn_check.exercises.multi_head_attention_module import READY_MADE_MODULES
from selfattn_check.mistakes.assembling import ASSEMBLING, EMBEDDING
from selfattn_check.mistakes.encoder_decoders import PASSING_ON, WHO_SEES_WHAT
from selfattn_check.module_trial import ModuleTrial
from selfattn_check.probe import Probe
from selfattn_ref import Transformer

__all__ = ["TRANSFORMER"]

Draw = dict[str, Any]

STATEMENT = r"""
The encoder reads a sentence, the decoder writes another one: after every token of the target, one score for each token
that may come next.

$$
\begin{aligned}
x &= \operatorname{drop}\big(\sqrt{d}\; E_{\text{source}} + P\big), &
\text{memory} &= \operatorname{norm}(\text{encoder layers}(x)), \\
y &= \operatorname{drop}\big(\sqrt{d}\; E_{\text{target}} + P\big), &
\text{logits} &= \operatorname{norm}(\text{decoder layers}(y, \text{memory}))\, W + b
\end{aligned}
$$

$E$ are the embeddings of the tokens, $P$ the sinusoidal positions $0, 1, 2, \dots$;
$\operatorname{drop}$ is an `nn.Dropout`. The two norms are there with pre-norm only.

| argument | meaning |
|---|---|
| `source_vocab_size`, `target_vocab_size` | numbers of tokens of the two languages |
| `d_model`, `num_heads`, `d_ff`, `norm_first` | of every layer, as before |
| `dropout` | of every layer, and of $\operatorname{drop}$, behind the positions |
| `num_layers` | number of layers of the encoder, and of the decoder |
| `pad` | the source token that fills up short sentences |
| `source` | `(batch, source_len)` integers; nobody may attend to `pad`, neither in the encoder nor in the decoder |
| `target` | `(batch, target_len)` integers; row $t$ of the result depends on `target[:, : t + 1]` only |
| returns | logits `(batch, target_len, target_vocab_size)`, before any softmax |

- The module has these parts, by these names: `source_embedding` and `target_embedding`, each `nn.Embedding`; `encoder`
  and `decoder`, each an `nn.ModuleList` of layers; `encoder_norm` and `decoder_norm`, `nn.LayerNorm(d_model)` with
  pre-norm and `nn.Identity()` with post-norm; `to_logits`, an `nn.Linear`.
- Use `EncoderLayer`, `DecoderLayer` and `sinusoidal_positions`, which the notebook gives you. The module is float32.
- Padding in the target needs no hiding: it stands behind the tokens, and the loss leaves it out.
- With what numbers the layers begin is up to you; the check loads its own.

```python
>>> import torch
>>> model = Transformer(source_vocab_size=11, target_vocab_size=13, d_model=8, num_heads=2, d_ff=16, num_layers=2)
>>> source = torch.tensor([[5, 3, 9, 4], [7, 2, 0, 0]])              # the second one is short
>>> target = torch.tensor([[1, 4, 12], [1, 6, 3]])
>>> model(source, target).shape
torch.Size([2, 3, 13])
>>> longer = torch.tensor([[5, 3, 9, 4, 0], [7, 2, 0, 0, 0]])        # more padding changes nothing
>>> torch.allclose(model(source, target), model(longer, target), atol=1e-5)
True

```
"""

HINTS = (
    "In the constructor: two embeddings, two module lists, two norms, the last layer, one dropout. `forward` has five "
    "lines of work: embed the source, run the encoder, embed the target, run the decoder, make logits. Embedding is "
    "needed twice: give it a method.",
    "Two masks: `(source != self.pad).unsqueeze(1)` for the encoder's layers and for the decoder's look at the source, "
    "and `torch.ones(n, n, dtype=torch.bool).tril()` for the decoder's look at itself. Each layer takes what the one "
    "before it returned; all layers of the decoder get the same memory.",
    "`x = embedding(tokens) * math.sqrt(d_model)`, then "
    "`self.dropout(x + sinusoidal_positions(tokens.shape[1], d_model))`. "
    "`for layer in self.encoder: x = layer(x, mask)`, `memory = self.encoder_norm(x)`, "
    "`for layer in self.decoder: y = layer(y, memory, causal, mask)`, `return self.to_logits(self.decoder_norm(y))`.",
)


def _sentences(rng: np.random.Generator, lengths: list[int], vocab_size: int, pad: int, width: int = 0) -> Tensor:
    """Tokens other than pad, each row to its length."""
    tokens = np.arange(vocab_size)[np.arange(vocab_size) != pad]
    rows = np.full((len(lengths), width or max(lengths)), pad)
    for row, length in zip(rows, lengths, strict=True):
        row[:length] = rng.choice(tokens, length)
    return torch.from_numpy(rows)


def _drawn(
    lengths: list[int],
    target_len: int,
    *,
    d_model: int = 8,
    num_heads: int = 2,
    num_layers: int = 1,
    dropout: float = 0.0,
    norm_first: bool = True,
    pad: int = 0,
    training: bool = False,
    gradients: bool = False,
) -> Callable[[np.random.Generator], Draw]:
    def build(rng: np.random.Generator) -> Draw:
        sizes = {"source_vocab_size": 13, "target_vocab_size": 11, "d_model": d_model, "num_heads": num_heads}
        draw: Draw = sizes | {"d_ff": 7, "num_layers": num_layers, "dropout": dropout}
        draw |= {"norm_first": norm_first, "pad": pad}
        draw |= {"source": _sentences(rng, lengths, 13, pad)}
        draw |= {"target": _sentences(rng, [target_len] * len(lengths), 11, pad)}
        return draw | {"use": used(rng, training=training, gradients=gradients)}

    return build


PROBES = (
    Probe("plain", "no padding, sizes that are all different, one layer", _drawn([6, 6, 6], 4)),
    Probe("two layers", "a stack of two, with padding", _drawn([5, 3], 4, num_layers=2)),
    Probe("post-norm", "norm_first=False, two layers", _drawn([5, 2, 4], 3, num_layers=2, norm_first=False)),
    Probe("padding", "sources of different lengths", _drawn([6, 2, 4], 5), part="masks"),
    Probe(
        "square",
        "as many sentences as tokens: a mask on the wrong axis raises nothing",
        _drawn([4, 2, 3, 1], 4),
        part="masks",
    ),
    Probe("another pad", "pad=3, and 0 is a word like any other", _drawn([5, 3], 4, pad=3), part="masks"),
    Probe("only padding", "a source without a single word", _drawn([4, 0], 3), part="masks"),
    Probe("first token", "a target of one token, as decoding begins", _drawn([3, 5], 1), part="masks"),
    Probe("gradients", "what a training step would use", _drawn([4, 2], 3, gradients=True), part="training"),
    Probe(
        "all dropped", "dropout=1.0 in training mode", _drawn([4, 3], 3, dropout=1.0, training=True), part="training"
    ),
    Probe(
        "half dropped",
        BY_TURNS,
        _drawn([5, 3], 4, dropout=0.5, training=True),
        part="training",
    ),
    Probe("eval mode", "dropout=1.0, which does nothing in eval mode", _drawn([4, 3], 3, dropout=1.0), part="training"),
)

TRANSFORMER = Exercise(
    id="Transformer",
    assignment="05b-transformer",
    chapter=5,
    section="Encoder and decoder",
    anchor="encoder-decoder",
    title="The Transformer",
    minutes=30,
    difficulty=2,
    statement=STATEMENT,
    reference=Transformer,
    blueprint=TransformerSteps,
    returns=("logits",),
    probes=PROBES,
    mistakes=(*ASSEMBLING, *EMBEDDING, *WHO_SEES_WHAT, *PASSING_ON),
    hints=HINTS,
    forbidden=READY_MADE_MODULES,
    parts={"values": 3, "masks": 2, "training": 1},
    run=ModuleTrial(
        TransformerSteps,
        (
            *("source_vocab_size", "target_vocab_size", "d_model", "num_heads", "d_ff", "num_layers"),
            *("dropout", "norm_first", "pad"),
        ),
        ("source", "target"),
    ),
)
