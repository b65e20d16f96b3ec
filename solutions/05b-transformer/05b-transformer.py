# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # A Transformer that learns to read dates
#
# > am vierten März neunzehnhundertsiebenundachtzig → 1987-03-04
#
# You have the layers. Today you put them together to the Transformer of 2017, an encoder that reads and a decoder that
# writes, and train it on this machine until it reads dates in two languages, dates that it has never seen among them.
#
# When you have worked through this notebook, you can
#
# - build an encoder–decoder, and say who may see what in it;
# - train it by teacher forcing, and read its learning curve;
# - turn what it says into a sequence, by greedy decoding and by beam search;
# - see in its attention where each digit comes from.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace each `raise NotImplementedError()` with your code, run the cell, then run the check below it. If the check
# recognizes a mistake, it names it. Stuck? The cell with `hint` gives one hint each time you run it: a nudge first,
# nearly the answer last.
#
# Run the two set-up cells first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import math
    import sys
    from dataclasses import replace

    import numpy as np
    import torch
    from torch import nn
    from tqdm import tqdm

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.corpora.date_phrases import SOURCE, TARGET, draw, example, split_dates
    from selfattn_ref.date_translation import SETTING, learn, pairs
    from selfattn_ref.figures import bars, curves, heat_map
    from selfattn_ref.translation import cross_attention_weights, next_log_probabilities, padded
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="from-the-last-notebook-text"
# ## From the last notebook
#
# The layers that you built in *Attention in PyTorch*, and the positions of chapter 2. Use them in your answers below.


# %% name="from-the-last-notebook" kind="setup"
class MultiHeadAttention(nn.Module):
    """Attention in several heads; a mask is True where a query may attend."""

    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.num_heads = num_heads
        self.w_q = nn.Linear(d_model, d_model)
        self.w_k = nn.Linear(d_model, d_model)
        self.w_v = nn.Linear(d_model, d_model)
        self.w_o = nn.Linear(d_model, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, query, key, value, mask=None):
        def split(x):  # (batch, num_heads, seq_len, head_dim)
            return x.view(*x.shape[:2], self.num_heads, -1).transpose(1, 2)

        q, k, v = split(self.w_q(query)), split(self.w_k(key)), split(self.w_v(value))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if mask is None:
            weights = scores.softmax(dim=-1)
        else:
            mask = mask if mask.ndim == 2 else mask.unsqueeze(1)
            weights = scores.masked_fill(~mask, -math.inf).softmax(dim=-1).masked_fill(~mask, 0.0)
        return self.w_o((self.dropout(weights) @ v).transpose(1, 2).flatten(2)), weights


class FeedForward(nn.Module):
    """Two layers with a ReLU between them, for every token by itself."""

    def __init__(self, d_model, d_ff, dropout=0.0):
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.linear2(self.dropout(self.linear1(x).relu()))


class Layer(nn.Module):
    """What a layer of the encoder and one of the decoder have in common: how a step is added to the tokens."""

    def add(self, x, step, norm):
        if self.norm_first:
            return x + self.dropout(step(norm(x)))
        return norm(x + self.dropout(step(x)))


class EncoderLayer(Layer):
    """Self-attention and a feed-forward network, each added to the tokens."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None):
        x = self.add(x, lambda y: self.attention(y, y, y, mask)[0], self.norm1)
        return self.add(x, self.feed_forward, self.norm2)


class DecoderLayer(Layer):
    """Self-attention, attention to memory and a feed-forward network, each added to the tokens."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm_first=True):
        super().__init__()
        self.self_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(d_model), nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, memory, self_mask=None, memory_mask=None):
        x = self.add(x, lambda y: self.self_attention(y, y, y, self_mask)[0], self.norm1)
        x = self.add(x, lambda y: self.cross_attention(y, memory, memory, memory_mask)[0], self.norm2)
        return self.add(x, self.feed_forward, self.norm3)


def sinusoidal_positions(num_positions, d_model):
    """Sine and cosine in turn, float32: (num_positions, d_model)."""
    angles = torch.arange(num_positions)[:, None] / 10000.0 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %% [markdown] name="the-task"
# ## The task
#
# A date in words, in English or German, and the same date as ISO 8601. Thirteen ways to say it are drawn with equal
# chance. The order changes with the language, numbers are words or digits, and in German *siebenundachtzig* the seven
# comes before the eighty.

# %% name="see-examples"
days, held_out_days = split_dates(np.random.default_rng(0))
for each in draw(np.random.default_rng(2), days, 6):
    print(f"{each.iso}   {each.phrase}")
print(f"\n{len(days)} dates to train on, {len(held_out_days)} others held out")

# %% [markdown] name="pieces"
# A phrase is cut into pieces, a date into digits. Three numbers mean something else: 0 fills up short sentences
# (*pad*, padding), 1 begins a sequence (*bos*, beginning of sequence), 2 ends it (*eos*, end of sequence).

# %% name="see-pieces"
phrase = example(days[0], "de-words")
print(SOURCE.cut(phrase.phrase), SOURCE.encode(phrase.phrase))
print(TARGET.cut(phrase.iso), TARGET.encode(phrase.iso))
print(f"{len(SOURCE)} tokens in the source's vocabulary, {len(TARGET)} in the target's")

# %% [markdown] exercise="Transformer" kind="statement"


# %% exercise="Transformer" kind="answer"
class Transformer(nn.Module):
    """An encoder that reads source, and a decoder that scores each next token of target."""

    def __init__(
        self,
        source_vocab_size,
        target_vocab_size,
        d_model,
        num_heads,
        d_ff,
        num_layers,
        dropout=0.0,
        norm_first=True,
        pad=0,
    ):
        super().__init__()
        ### BEGIN SOLUTION
        layer = (d_model, num_heads, d_ff, dropout, norm_first)
        self.source_embedding = nn.Embedding(source_vocab_size, d_model)
        self.target_embedding = nn.Embedding(target_vocab_size, d_model)
        self.encoder = nn.ModuleList([EncoderLayer(*layer) for _ in range(num_layers)])
        self.decoder = nn.ModuleList([DecoderLayer(*layer) for _ in range(num_layers)])
        self.encoder_norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.decoder_norm = nn.LayerNorm(d_model) if norm_first else nn.Identity()
        self.to_logits = nn.Linear(d_model, target_vocab_size)
        self.dropout = nn.Dropout(dropout)
        self.d_model, self.pad = d_model, pad
        ### END SOLUTION

    def forward(self, source, target):
        """Return logits (batch, target_len, target_vocab_size)."""

        ### BEGIN SOLUTION
        def embed(tokens, embedding):
            x = embedding(tokens) * math.sqrt(self.d_model)
            return self.dropout(x + sinusoidal_positions(tokens.shape[1], self.d_model))

        mask = (source != self.pad).unsqueeze(1)  # (batch, 1, source_len)
        x = embed(source, self.source_embedding)
        for layer in self.encoder:
            x = layer(x, mask)
        memory = self.encoder_norm(x)  # (batch, source_len, d_model)
        n = target.shape[1]
        causal = torch.ones(n, n, dtype=torch.bool).tril()
        y = embed(target, self.target_embedding)
        for layer in self.decoder:
            y = layer(y, memory, causal, mask)
        return self.to_logits(self.decoder_norm(y))
        ### END SOLUTION


# %% exercise="Transformer" kind="hint"

# %% exercise="Transformer" kind="check" part="values"

# %% exercise="Transformer" kind="check" part="masks"

# %% exercise="Transformer" kind="check" part="training"

# %% [markdown] name="what-depends-on-what"
# Whom does your decoder see? Change one token of the target after the other, and look which rows of the logits change.
# Row *t* may depend on token *t* and those before it, nothing else.


# %% name="see-what-depends-on-what"
def dependence(n=6):
    model = Transformer(9, 9, d_model=16, num_heads=2, d_ff=16, num_layers=2).eval()
    source, target = torch.arange(3, 8)[None], torch.arange(3, 3 + n)[None]
    change = np.zeros((n, n))
    with torch.no_grad():
        before = model(source, target)
        for place in range(n):
            changed = target.clone()
            changed[0, place] = 0
            change[:, place] = (model(source, changed) - before)[0].abs().amax(dim=-1) > 1e-6
    tokens = [str(place) for place in range(n)]
    return heat_map(change, rows=tokens, columns=tokens, row_title="row of logits", column_title="token changed")


once_solved("Transformer", show=dependence)

# %% [markdown] name="teacher-forcing"
# ## Training
#
# The decoder sees the right date without its last token, and is asked for the right date without its first: after each
# token, which one comes next? All positions learn at once. That is *teacher forcing*.
#
# One detail before the start: an `nn.Embedding` begins with numbers of size 1. Times √d_model, here 8, they would drown
# the positions, and the model would have to shrink them first. So they are made small. Try what happens without.
#
# The cell below trains *your* Transformer in 600 steps of 128 phrases. The learning rate rises for 100 steps, then
# falls. It takes about half a minute. The loss is the mean of $-\log p$ over all tokens asked for that are no padding,
# $p$ being the probability that the model gives to the right one: its cross-entropy, in nats. *Exact match* is the
# share of phrases whose date comes out right in every digit.


# %% name="train" kind="setup"
def show_progress(losses):
    """A bar that counts the steps and shows the loss."""
    bar = tqdm(losses, total=SETTING.steps, unit="step", file=sys.stdout, mininterval=1.0)
    for loss in bar:
        bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)
        yield loss


def with_small_embeddings(*sizes):
    """Your Transformer, its embeddings as large as the positions once they are multiplied by √d_model."""
    model = Transformer(*sizes)
    for embedding in (model.source_embedding, model.target_embedding):
        nn.init.normal_(embedding.weight, std=SETTING.d_model**-0.5)
    return model


trained = {}


def training():
    learned = trained["on dates"] = learn(0, with_small_embeddings, progress=show_progress)
    print(f"exact match on {len(learned.held_out)} phrases of held-out dates: {100 * learned.exact_match:.1f} %")
    means = np.array(learned.losses).reshape(-1, 10).mean(axis=1)
    steps = list(range(10, SETTING.steps + 1, 10))
    return curves(
        steps, {"your Transformer": means}, x_title="step", y_title="loss, nats a token", y_log=True, title="learning"
    )


training_curve = once_solved("Transformer", show=training)
training_curve

# %% [markdown] name="how-to-write"
# The loss says how likely the right next token is. It does not say what the model writes by itself, when each token
# stands on those that it has written before.

# %% [markdown] exercise="greedy_decode" kind="statement"


# %% exercise="greedy_decode" kind="answer"
def greedy_decode(model, source, bos, eos, max_len):
    """Write one sequence for each source, the likeliest token at a time: (batch, len) integers."""
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    tokens = torch.full((len(source), 1), bos)
    ended = torch.zeros(len(source), dtype=torch.bool)
    with torch.no_grad():
        while tokens.shape[1] < max_len and not ended.all():
            chosen = model(source, tokens)[:, -1].argmax(dim=-1)
            chosen = chosen.masked_fill(ended, eos)
            ended = ended | (chosen == eos)
            tokens = torch.cat([tokens, chosen[:, None]], dim=1)
    model.train(was_training)
    return tokens
    ### END SOLUTION


# %% exercise="greedy_decode" kind="hint"

# %% exercise="greedy_decode" kind="check" part="values"

# %% exercise="greedy_decode" kind="check" part="modes"

# %% [markdown] name="read-what-it-writes"
# Both of yours together: dates that the model has never seen. Change the phrases, and see what it can do; it knows no
# other words than those of its thirteen forms.


# %% name="see-translations"
phrases = [
    "the thirty-first of December, nineteen ninety-nine",
    "Thursday, May 21, 2026",
    "am vierten März neunzehnhundertsiebenundachtzig",
    "im Jahr 2050 am 9. Juli",
    "3/4/1987",
    "3.4.1987",
]


def translations():
    written = greedy_decode(
        trained["on dates"].model, padded([SOURCE.encode(each) for each in phrases]), bos=1, eos=2, max_len=12
    )
    for each, tokens in zip(phrases, written.tolist(), strict=True):
        print(f"{TARGET.decode(tokens)}   {each}")


done = {"Training": training_curve}
waiting = once_solved("Transformer", "greedy_decode", show=translations, after=done)
waiting

# %% [markdown] name="where-it-looks"
# ## Where does each digit come from?
#
# The decoder's attention to the source, the mean of its four heads. Each row is a token that your model has written,
# and shows where it looked to write it. Follow the year: 19 comes from *neunzehn*, then 8 from *achtzig*, the last
# piece, and 7 from *sieben*, two pieces before it.


# %% name="see-attention"
def attention_map(phrase="am vierten März neunzehnhundertsiebenundachtzig"):
    source = padded([SOURCE.encode(phrase)])
    written = greedy_decode(trained["on dates"].model, source, bos=1, eos=2, max_len=12)
    weights = cross_attention_weights(trained["on dates"].model, source, written[:, :-1])[0, -1].mean(axis=0)
    said = [TARGET.names[token] for token in written[0, 1:]]
    return heat_map(weights, rows=said, columns=SOURCE.cut(phrase), row_title="written", numbers=False)


once_solved("Transformer", "greedy_decode", show=attention_map, after=done)

# %% [markdown] name="is-the-likeliest-token-enough"
# ## Is the likeliest token enough?
#
# Greedy decoding cannot take back a token. Suppose that after bos, token 1 has probability 0.5 and token 2 has 0.4, but
# after 1 every continuation is unlikely, and after 2 the end is nearly certain. Who looks one token ahead takes 1, who
# keeps both prefixes for a while finds the better sequence.

# %% [markdown] exercise="beam_search" kind="statement"


# %% exercise="beam_search" kind="answer"
def beam_search(step, bos, eos, beam_size, max_len):
    """Return the best sequence that a beam of beam_size prefixes finds, and its summed log-probability."""
    ### BEGIN SOLUTION
    beam, finished = [([bos], 0.0)], []
    for _ in range(max_len):
        grown = []
        for tokens, score in beam:
            row = step(tokens)
            grown += [([*tokens, token], score + float(more)) for token, more in enumerate(row) if more > -np.inf]
        kept = sorted(grown, key=lambda pair: -pair[1])[:beam_size]  # stable: equals keep their order
        finished += [pair for pair in kept if pair[0][-1] == eos]
        beam = [pair for pair in kept if pair[0][-1] != eos]
        if not beam:
            break
    return max(finished or beam, key=lambda pair: pair[1])
    ### END SOLUTION


# %% exercise="beam_search" kind="hint"

# %% exercise="beam_search" kind="check" part="values"

# %% exercise="beam_search" kind="check" part="ends"

# %% [markdown] name="does-a-beam-help"
# Does a beam help your model? A model that is sure of itself writes the same with any beam. So here is one that has
# learned for 130 steps only, and your beam search on 40 held-out phrases: how much likelier are the sequences that a
# wider beam finds, and how many are right?


# %% name="see-beams"
def compare_beams(beam_sizes=(1, 2, 4)):
    young = learn(1, with_small_embeddings, replace(SETTING, steps=130), held_out=40)
    scores, right = [], []
    for beam_size in beam_sizes:
        found = []
        for source, target in pairs(young.held_out):
            tokens, score = beam_search(next_log_probabilities(young.model, source), 1, 2, beam_size, max_len=11)
            found.append((score, tokens[1:-1] == target))
        scores.append(np.mean([score for score, _ in found]))
        right.append(np.mean([exact for _, exact in found]))
        print(f"beam of {beam_size}: mean log-probability {scores[-1]:.3f}, exact match {100 * right[-1]:.0f} %")
    return bars(
        [f"beam of {beam_size}" for beam_size in beam_sizes[1:]],
        {"won": np.array(scores[1:]) - scores[0]},
        x_title="log-probability won over a beam of 1, mean, nats",
        form="{:.3f}",
    )


picture = once_solved("Transformer", "beam_search", show=compare_beams)
picture

# %% [markdown] name="summary"
# ## What you have built
#
# - **The Transformer**: an encoder whose every token sees the whole source, a decoder whose every token sees itself,
#   the tokens before it, and the source. Nobody sees padding.
# - **Training** by teacher forcing: inputs and labels are the same sequence, shifted by one.
# - **Decoding**, greedy or with a beam. A likelier sequence is not always a better one; look at both numbers above.
#
# **Where to go next.** The encoder alone, pretrained on much text: BERT.
