# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # Attention in PyTorch: modules that can be trained
#
# You have written attention in NumPy, and its gradients by hand. PyTorch finds the gradients by itself, if attention is
# a *module*: layers that hold the weights, and a `forward` that uses them.
#
# When you have worked through this notebook, you can
#
# - write multi-head attention as a module whose weights an optimizer finds and a file holds;
# - apply masks and dropout so that neither results nor gradients go wrong;
# - give it the weights of PyTorch's own attention, and get the same numbers;
# - build the layers of a Transformer's encoder and decoder around it, with the norm before or after each step.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace each `raise NotImplementedError()` with your code, run the cell, then run the check below it. A check builds
# your class in several sizes, loads weights of its own by name, and compares results, gradients and both modes.
# Stuck? The cell with `hint` gives one hint each time you run it: a nudge first, nearly the answer last.
#
# `gradient of w_q.weight` in a message is what `backward()` leaves in `w_q.weight.grad`, when it starts from a weighted
# sum of your output. `use=training mode` says in which mode the check has put your module.
#
# Run the set-up cell first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import math

    import torch
    from torch import nn

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.figures import curves, heat_maps
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="what-a-module-is"
# ## What does a module add to a function?
#
# It owns the weights. Here is the smallest one: a line $y = a x + b$, with $a$ and $b$ in a layer.


# %% name="a-line"
class Line(nn.Module):
    def __init__(self):
        super().__init__()  # first of all: it sets up what a module remembers
        self.layer = nn.Linear(1, 1)

    def forward(self, x):
        return self.layer(x)


line = Line()
_ = nn.init.zeros_(line.layer.weight), nn.init.zeros_(line.layer.bias)  # y = 0 at the start; layers begin at random
{name: tuple(parameter.shape) for name, parameter in line.named_parameters()}

# %% [markdown] name="gradients-for-free"
# An optimizer gets `line.parameters()`. After `backward()` each of them has a gradient. Two steps on one example,
# $x = 2$, $y = 7$:

# %% name="two-steps"
optimizer = torch.optim.SGD(line.parameters(), lr=0.05)
for _ in range(2):
    error = (line(torch.tensor([[2.0]])) - 7.0).square().sum()
    optimizer.zero_grad()  # gradients add up otherwise
    error.backward()  # into .grad of each parameter
    optimizer.step()  # each parameter moves against its gradient
    print(f"error before the step: {error.item():.2f}")

# %% [markdown] name="registered"
# A layer counts only as an *attribute*, under its own name or in an `nn.ModuleList`. In a plain list PyTorch does not
# see it: it would never be trained, and never be saved.
#
# A module is in one of two modes, training or eval, and tells it to all of its parts. *Dropout* is a part that needs to
# know: in training mode it sets each number to 0 with a probability $p$ and lets the others grow by $1/(1-p)$, so that
# no part of the network can rely on a single number; in eval mode it does nothing.

# %% name="two-modes"
with torch.random.fork_rng():  # a seed for this cell alone
    torch.manual_seed(0)
    dropout = nn.Dropout(0.5)  # a new module is in training mode
    print("training:", dropout(torch.ones(8)).tolist())
    print("eval:    ", dropout.eval()(torch.ones(8)).tolist())

# %% [markdown] name="numpy-to-pytorch"
# What you did with arrays, you do with tensors. Mind that PyTorch's `transpose` exchanges two axes.
#
# | NumPy | PyTorch |
# |---|---|
# | `x.reshape(2, 3, 4)` | `x.reshape(2, 3, 4)`; `x.view(2, 3, 4)` if no copy is needed for it |
# | `np.swapaxes(x, -2, -1)` | `x.transpose(-2, -1)` |
# | `x.sum(axis=-1, keepdims=True)` | `x.sum(dim=-1, keepdim=True)` |
# | `np.where(mask, x, -np.inf)` | `x.masked_fill(~mask, -math.inf)` |
# | `x[:, None]` | `x[:, None]` or `x.unsqueeze(1)` |
# | your `softmax` | `x.softmax(dim=-1)`, which you may use here |

# %% [markdown] exercise="MultiHeadAttention" kind="statement"


# %% exercise="MultiHeadAttention" kind="answer"
class MultiHeadAttention(nn.Module):
    """Attention in num_heads heads, with trainable projections w_q, w_k, w_v and w_o."""

    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        ### BEGIN SOLUTION
        if d_model % num_heads:
            raise ValueError(f"num_heads must divide d_model, got num_heads={num_heads}, d_model={d_model}")
        self.num_heads = num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, query, key, value, mask=None):
        """Return output (batch, q_len, d_model) and weights (batch, num_heads, q_len, k_len)."""

        ### BEGIN SOLUTION
        def split(x):  # (batch, num_heads, seq_len, head_dim)
            return x.view(*x.shape[:2], self.num_heads, -1).transpose(1, 2)

        q, k, v = split(self.w_q(query)), split(self.w_k(key)), split(self.w_v(value))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (batch, num_heads, q_len, k_len)
        if mask is None:
            weights = scores.softmax(dim=-1)
        else:
            mask = mask if mask.ndim == 2 else mask.unsqueeze(1)  # the same for all heads
            weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1)
            weights = weights.masked_fill(~mask, 0.0)  # a query without a permitted key came as NaN
        output = self.dropout(weights) @ v  # (batch, num_heads, q_len, head_dim)
        return self.w_o(output.transpose(1, 2).flatten(2)), weights
        ### END SOLUTION


# %% exercise="MultiHeadAttention" kind="hint"

# %% exercise="MultiHeadAttention" kind="check" part="values"

# %% exercise="MultiHeadAttention" kind="check" part="masks"

# %% exercise="MultiHeadAttention" kind="check" part="training"

# %% [markdown] name="learn-to-look-back"
# Let yours learn something that one can look at: *each token should receive the token before it*. The tokens are
# random, each with its position beside it, so the positions must find each other. One head, 300 steps.


# %% name="see-learned-weights"
def learns_to_look_back(n=8, width=16):
    attention = MultiHeadAttention(2 * width, num_heads=1)
    place = torch.eye(n, width).expand(32, n, width)
    optimizer = torch.optim.Adam(attention.parameters(), lr=0.01)
    mask = torch.ones(n, n, dtype=torch.bool).tril()
    before = attention(*3 * (torch.cat([torch.randn(32, n, width), place], -1),), mask)[1]
    for _ in range(300):
        tokens = torch.randn(32, n, width)
        x = torch.cat([tokens, place], dim=-1)
        output, weights = attention(x, x, x, mask)
        error = (output[:, 1:, :width] - tokens[:, :-1]).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    shown = {"weights before training": before, "after 300 steps": weights}
    return heat_maps({name: each[0, 0].detach().numpy() for name, each in shown.items()}, numbers=False)


with torch.random.fork_rng():  # a seed for this cell alone
    torch.manual_seed(0)
    picture = once_solved("MultiHeadAttention", show=learns_to_look_back)
picture

# %% [markdown] name="everybodys-attention"
# ## Is it the attention that everybody uses?
#
# PyTorch has a module of its own. With the same weights, it must give the same numbers.

# %% [markdown] exercise="copy_weights" kind="statement"


# %% exercise="copy_weights" kind="answer"
def copy_weights(mine, torch_mha):
    """Copy the weights of an nn.MultiheadAttention into a MultiHeadAttention, in place."""
    ### BEGIN SOLUTION
    packed = torch_mha.in_proj_bias
    weights = (*torch_mha.in_proj_weight.chunk(3), torch_mha.out_proj.weight)
    biases = 4 * (None,) if packed is None else (*packed.chunk(3), torch_mha.out_proj.bias)
    with torch.no_grad():
        for layer, weight, bias in zip((mine.w_q, mine.w_k, mine.w_v, mine.w_o), weights, biases, strict=True):
            layer.weight.copy_(weight)
            if bias is None:
                layer.bias.zero_()
            else:
                layer.bias.copy_(bias)
    ### END SOLUTION


# %% exercise="copy_weights" kind="hint"

# %% exercise="copy_weights" kind="check" part="values"

# %% [markdown] name="same-numbers"
# Now both, on the same tokens, with a causal mask: where do they differ, and by how much? PyTorch's module takes True
# as *hidden*, and averages the weights over the heads unless you ask for each.


# %% name="see-same-numbers"
def same_numbers():
    mine, theirs = MultiHeadAttention(32, num_heads=2), nn.MultiheadAttention(32, num_heads=2, batch_first=True)
    copy_weights(mine, theirs)
    x, mask = torch.randn(1, 8, 32), torch.ones(8, 8, dtype=torch.bool).tril()
    output, weights = mine(x, x, x, mask)
    other, other_weights = theirs(x, x, x, attn_mask=~mask, average_attn_weights=False)
    print(f"outputs differ by at most {(output - other).abs().max().item():.1e}")
    shown = {"yours, head 0": weights, "PyTorch's, head 0": other_weights}
    return heat_maps({name: each[0, 0].detach().numpy() for name, each in shown.items()}, numbers=False)


with torch.random.fork_rng():
    torch.manual_seed(0)
    picture = once_solved("MultiHeadAttention", "copy_weights", show=same_numbers)
picture

# %% [markdown] name="what-is-around"
# ## What is around attention?
#
# Attention averages; it cannot square a number or tell whether two features are there together. So a layer has a second
# step, which works on every token by itself.

# %% [markdown] exercise="FeedForward" kind="statement"


# %% exercise="FeedForward" kind="answer"
class FeedForward(nn.Module):
    """Two layers with a ReLU between them, for every token by itself."""

    def __init__(self, d_model, d_ff, dropout=0.0):
        super().__init__()
        ### BEGIN SOLUTION
        self.linear1 = nn.Linear(d_model, d_ff)
        self.linear2 = nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)
        ### END SOLUTION

    def forward(self, x):
        """Return (..., d_model) for tokens x (..., d_model)."""
        ### BEGIN SOLUTION
        return self.linear2(self.dropout(self.linear1(x).relu()))
        ### END SOLUTION


# %% exercise="FeedForward" kind="hint"

# %% exercise="FeedForward" kind="check" part="values"

# %% exercise="FeedForward" kind="check" part="training"

# %% [markdown] name="why-sums"
# ## How are the steps put together?
#
# By sums: each step adds to the tokens what it has found out. A token of size 20 should not drown what is added, and
# the sum of a dozen layers should not grow without bounds, so each step has a layer norm. It gives every token the mean
# 0 and the variance 1, then a scale and a shift that are learned:

# %% name="layer-norm"
norm = nn.LayerNorm(4)
norm(torch.tensor([[1.0, 2.0, 3.0, 4.0], [100.0, 200.0, 300.0, 400.0]])).detach().round(decimals=3)

# %% [markdown] exercise="EncoderLayer" kind="statement"


# %% exercise="EncoderLayer" kind="answer"
class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each added to the tokens."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        ### BEGIN SOLUTION
        self.attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first
        ### END SOLUTION

    def forward(self, x, mask=None):
        """Return (batch, seq_len, d_model) for tokens x of that shape."""
        ### BEGIN SOLUTION
        if self.norm_first:
            y = self.norm1(x)
            x = x + self.dropout(self.attention(y, y, y, mask)[0])
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, x, x, mask)[0]))
        return self.norm2(x + self.dropout(self.feed_forward(x)))
        ### END SOLUTION


# %% exercise="EncoderLayer" kind="hint"

# %% exercise="EncoderLayer" kind="check" part="values"

# %% exercise="EncoderLayer" kind="check" part="training"

# %% [markdown] name="pre-or-post"
# What does the order do to the size of the tokens? Twelve layers of yours, untrained, and the standard deviation after
# each:


# %% name="see-sizes"
def sizes():
    found = {}
    for norm_first in (True, False):
        x = torch.randn(1, 10, 32)
        layers = [EncoderLayer(32, 4, 64, norm_first=norm_first).eval() for _ in range(12)]
        after = [x.std().item()]
        for layer in layers:
            x = layer(x)
            after.append(x.std().item())
        found["pre-norm" if norm_first else "post-norm"] = after
    return curves(range(13), found, x_title="layers", y_title="standard deviation of the tokens")


with torch.random.fork_rng():
    torch.manual_seed(0)
    picture = once_solved("MultiHeadAttention", "FeedForward", "EncoderLayer", show=sizes)
picture

# %% [markdown] name="reading-and-writing"
# ## How does a layer read one sequence and write another?
#
# A decoder translates, say: it has the source, read by the encoder, as `memory`, and the tokens that it has written so
# far. So its layer attends twice.

# %% [markdown] exercise="DecoderLayer" kind="statement"


# %% exercise="DecoderLayer" kind="answer"
class DecoderLayer(nn.Module):
    """Self-attention, attention to memory, and a feed-forward network, each added to the tokens."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        ### BEGIN SOLUTION
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1 = nn.LayerNorm(d_model)
        self.norm2 = nn.LayerNorm(d_model)
        self.norm3 = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)
        self.norm_first = norm_first
        ### END SOLUTION

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        """Return (batch, target_len, d_model) for x of that shape and memory (batch, source_len, d_model)."""
        ### BEGIN SOLUTION
        if self.norm_first:
            y = self.norm1(x)
            x = x + self.dropout(self.self_attention(y, y, y, self_mask)[0])
            y = self.norm2(x)
            x = x + self.dropout(self.cross_attention(y, memory, memory, memory_mask)[0])
            return x + self.dropout(self.feed_forward(self.norm3(x)))
        x = self.norm1(x + self.dropout(self.self_attention(x, x, x, self_mask)[0]))
        x = self.norm2(x + self.dropout(self.cross_attention(x, memory, memory, memory_mask)[0]))
        return self.norm3(x + self.dropout(self.feed_forward(x)))
        ### END SOLUTION


# %% exercise="DecoderLayer" kind="hint"

# %% exercise="DecoderLayer" kind="check" part="values"

# %% exercise="DecoderLayer" kind="check" part="training"

# %% [markdown] name="what-sees-what"
# What can each token of the result depend on? Gradients tell: they are exactly 0 where it cannot. Five tokens with a
# causal mask, and a source of six, the last two of them padding.


# %% name="see-what-sees-what"
def what_sees_what():
    layer = DecoderLayer(16, 2, 32)
    x, memory = torch.randn(1, 5, 16, requires_grad=True), torch.randn(1, 6, 16, requires_grad=True)
    causal, padding = torch.ones(5, 5, dtype=torch.bool).tril(), torch.arange(6)[None, None] < 4
    output = layer(x, memory, causal, padding)
    rows = [torch.autograd.grad(row.sum(), (x, memory), retain_graph=True) for row in output[0]]
    seen = [torch.stack([row[part][0].norm(dim=-1) for row in rows]) for part in (0, 1)]
    shown = {"depends on token": seen[0], "depends on memory": seen[1]}
    return heat_maps({name: (each > 0).double().numpy() for name, each in shown.items()}, numbers=False)


with torch.random.fork_rng():
    torch.manual_seed(0)
    picture = once_solved("MultiHeadAttention", "FeedForward", "DecoderLayer", show=what_sees_what)
picture

# %% [markdown] name="how-fast"
# ## How fast should it learn?
#
# One number is left that decides whether all of this learns at all: the learning rate. The first Transformer changed it
# with every step.

# %% [markdown] exercise="warmup_learning_rate" kind="statement"


# %% exercise="warmup_learning_rate" kind="answer"
def warmup_learning_rate(step, d_model, warmup_steps):
    """Return the learning rate of a step; the first step is 1."""
    ### BEGIN SOLUTION
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)
    ### END SOLUTION


# %% exercise="warmup_learning_rate" kind="hint"

# %% exercise="warmup_learning_rate" kind="check" part="values"

# %% [markdown] name="three-schedules"
# Three models: a wider one learns in smaller steps, a longer warm-up makes the peak lower and later.


# %% name="see-schedules"
def schedules():
    steps = range(1, 12_001, 20)
    pairs = [(512, 4000), (256, 4000), (512, 2000)]
    found = {f"d = {d}, w = {w}": [warmup_learning_rate(step, d, w) for step in steps] for d, w in pairs}
    return curves(steps, found, x_title="step", y_title="learning rate")


once_solved("warmup_learning_rate", show=schedules)

# %% [markdown] name="summary"
# ## What you have built
#
# - **A module** owns its weights. Layers are attributes, `super().__init__()` comes first, and gradients come for free.
# - **Attention** as a module: four layers, one dropout on the weights, a mask that is filled in and never added.
# - **The same numbers** as PyTorch's own module, once the weights are copied and the mask is turned round.
# - **A layer** of the encoder: attention, then a network for every token, each added to what was there, with the norm
#   before the step (pre-norm) or after the sum (post-norm).
# - **A layer** of the decoder: it also attends to what the encoder made of another sequence.
# - **A learning rate** that rises, then falls.
#
# **Where to go next.** A stack of encoder layers reads a sentence, a stack of decoder layers writes one. Together they
# are the Transformer.
