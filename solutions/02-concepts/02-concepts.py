# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # Shares and places: the parts that attention is made of
#
# > The **dog** bit the man. The man bit the **dog**.
#
# Attention turns matches into shares, and averages by them. That needs two things which look small and are not: a way
# from scores to shares that survives every number it meets, and a way to tell the model who stands where. Without the
# second, both dogs above are the same dog.
#
# When you have worked through this notebook, you can
#
# - turn scores into shares along any axis, for scores of any size;
# - measure in nats how widely shares spread, and set the spread with a temperature;
# - say from the shares alone how much each score can still change;
# - write the table of sinusoidal positions;
# - move every position by one matrix, and use it to look at the word before.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace `raise NotImplementedError()` with your code, run the cell, then run the check below it. A check tries your
# function on several inputs, each with a purpose, and says what differs. If it recognizes the mistake, it names it.
# Stuck? The cell with `hint` gives one hint each time you run it: a nudge first, nearly the answer last.
#
# Run the set-up cell first, every time you open the notebook. The exercises stand on their own: you may solve them in
# any order. Some pictures wait for several of them.

# %% name="setup" kind="setup"
try:
    import numpy as np

    from selfattn_check import check, hint, once_solved
    from selfattn_ref import attention_scores, multi_head_attention
    from selfattn_ref.figures import bars, curves, heat_map, heat_maps
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="why-softmax"
# ## How do scores become parts of a whole?
#
# In attention a *query* asks, and *keys* are what it can choose from. A *score* says how well a key fits the query.
# (Where scores come from is the matter of the next notebook.) The shares of a query are also called its *weights*.
#
# Take three keys with the scores $\log 1$, $\log 3$ and $\log 4$. Their exponentials are 1, 3 and 4, and the sum is
# 8, so the shares are $\tfrac18$, $\tfrac38$ and $\tfrac48$. That is all there is to it on paper. In the computer two
# questions remain: *along which axis* do the shares sum to 1, and what happens when an exponential does not fit into
# a float?

# %% name="overflow"
print("float32 ends near e^88:", np.finfo(np.float32).max)
with np.errstate(over="ignore"):
    print("e^89 in float32:       ", np.exp(np.float32(89)))
    print("e^710 in float64:      ", np.exp(710.0))

# %% [markdown] exercise="softmax" kind="statement"


# %% exercise="softmax" kind="answer"
def softmax(x, axis=-1):
    """Shares in the shape and dtype of x that sum to 1 along axis; a score of -inf gets 0."""
    ### BEGIN SOLUTION
    exponents = np.exp(x - x.max(axis=axis, keepdims=True))  # the largest exponential is 1
    return exponents / exponents.sum(axis=axis, keepdims=True)
    ### END SOLUTION


# %% exercise="softmax" kind="hint"

# %% exercise="softmax" kind="check" part="values"

# %% exercise="softmax" kind="check" part="axis"

# %% exercise="softmax" kind="check" part="stability"

# %% [markdown] name="competition"
# A fourth key with score $\log 8$ arrives. Your softmax lets it take half of everything, and the others are halved:
# keys compete. The logistic function $e^x / (1 + e^x)$ also gives numbers between 0 and 1, but it looks at each score
# alone.


# %% name="see-competition"
def competition():
    scores = np.log([1.0, 3.0, 4.0, 8.0])
    shares = {"your softmax": softmax(scores), "logistic": 1 / (1 + np.exp(-scores))}
    return bars(["log 1", "log 3", "log 4", "log 8"], shares, x_title="number between 0 and 1", limit=1.0)


once_solved("softmax", show=competition)

# %% [markdown] name="why-entropy"
# ## Does a query know what it wants?
#
# Shares of 0.98, 0.01, 0.01 say yes. Shares of 0.34, 0.33, 0.33 say no. The entropy puts a number on it. For 0.5,
# 0.25 and 0.25:
#
# $$\tfrac12 \log 2 + \tfrac14 \log 4 + \tfrac14 \log 4 = 1.5 \log 2 \approx 1.04 \text{ nats.}$$
#
# A key with share 0 adds nothing, since $p \log p$ goes to 0 with $p$. The computer needs to be told:

# %% name="zero-log-zero"
p = np.array([0.1, 0.001, 0.00001])
print("p log p:", (p * np.log(p)).round(6))
with np.errstate(all="ignore"):
    print("at p = 0:", 0.0 * np.log(0.0))

# %% [markdown] exercise="entropy" kind="statement"


# %% exercise="entropy" kind="answer"
def entropy(p, axis=-1):
    """Nats, in the shape of p without axis."""
    ### BEGIN SOLUTION
    logarithms = np.log(np.where(p == 0, 1.0, p))  # log 1 = 0, and its factor p is 0
    return -(p * logarithms).sum(axis=axis)
    ### END SOLUTION


# %% exercise="entropy" kind="hint"

# %% exercise="entropy" kind="check" part="values"

# %% exercise="entropy" kind="check" part="zeros"

# %% [markdown] name="temperature"
# Divide scores by a temperature before the softmax, and the shares get flatter or sharper. With both of your
# functions, for 1000 queries with 16 random scores each:


# %% name="see-temperature"
def spread_by_temperature():
    scores = np.random.default_rng(2).normal(size=(1000, 16))
    temperatures = [0.125, 0.25, 0.5, 1, 2, 4, 8]
    nats = [float(entropy(softmax(scores / t)).mean()) for t in temperatures]
    return curves(
        temperatures,
        {"your entropy of your softmax": nats},
        x_title="temperature",
        y_title="entropy of the shares (nats)",
        x_log=2,
        level=("equal shares: log 16", float(np.log(16))),
    )


once_solved("softmax", "entropy", show=spread_by_temperature)

# %% [markdown] name="why-jacobian"
# ## How much can a score still change?
#
# Training moves scores. With shares 0.25 and 0.75, raise the first score by 0.01: its exponential grows by 1 %, from
# 1 to 1.01, and so does the sum, from 4 to 4.01.
#
# $$\frac{1.01}{4.01} - \frac14 \approx 0.00187 \approx 0.1875 \cdot 0.01$$
#
# The rate is 0.1875, and the other share falls at the same rate. Both numbers can be read off the shares: $0.25 \cdot
# 0.75$.

# %% [markdown] exercise="softmax_jacobian" kind="statement"


# %% exercise="softmax_jacobian" kind="answer"
def softmax_jacobian(p):
    """Rates (n, n): entry [i, j] tells how weight i moves when score j grows."""
    ### BEGIN SOLUTION
    return np.diag(p) - np.outer(p, p)
    ### END SOLUTION


# %% exercise="softmax_jacobian" kind="hint"

# %% exercise="softmax_jacobian" kind="check" part="values"

# %% [markdown] name="saturation"
# Three queries over the same four keys: undecided, leaning, nearly certain. The third Jacobian is almost white.
# Whatever the scores do, these weights stay: the softmax is saturated, and a wrong choice could hardly be corrected.


# %% name="see-saturation"
def saturation():
    queries = {"undecided": 0.0, "leaning": 1.5, "nearly certain": 6.0}
    shown = {}
    for name, score in queries.items():
        e = np.exp([score, 0.0, 0.0, 0.0])
        shown[name] = softmax_jacobian(e / e.sum())
    return heat_maps(
        shown, across=1, row_title="weight of key", column_title="score of key", rows="0123", columns="0123"
    )


once_solved("softmax_jacobian", show=saturation)

# %% [markdown] name="shuffle"
# ## Who bit whom?
#
# Give each word a random vector, and run both sentences through an attention layer with random matrices. How far apart
# are the two outputs of *dog*?

# %% name="see-shuffle"
rng = np.random.default_rng(4)
vectors = {word: rng.normal(size=16) for word in ("the", "dog", "bit", "man")}
params = {name: rng.normal(size=(16, 16)) / 4 for name in ("w_q", "w_k", "w_v", "w_o")}


def output_of_dog(sentence, positions=None):
    words = sentence.split()
    x = np.array([vectors[word] for word in words])
    if positions is not None:
        x = x + positions(len(words), 16)
    output, _ = multi_head_attention(x, params, num_heads=2)
    return output[words.index("dog")]


bites, bitten = output_of_dog("the dog bit the man"), output_of_dog("the man bit the dog")
print("distance of the two outputs:", np.linalg.norm(bites - bitten).round(12))

# %% [markdown] name="why-positions"
# Nothing at all: to this layer both sentences are the same set of words. Order has to be put into the input. A plain
# number $t$ would grow without end. Clocks do better: a fast hand tells near times apart, slow hands far ones, and
# each hand stays on its circle. A hand at angle $a$ has the coordinates $(\sin a, \cos a)$.
#
# Width 4 has two hands. At position 2 the fast one stands at angle 2, the slow one at 2/100:
# `[0.9093, -0.4161, 0.02, 0.9998]`.

# %% [markdown] exercise="sinusoidal_positions" kind="statement"


# %% exercise="sinusoidal_positions" kind="answer"
def sinusoidal_positions(num_positions, d_model, base=10000.0):
    """Table (num_positions, d_model), float64: sines in even columns, cosines in odd ones."""
    ### BEGIN SOLUTION
    if d_model % 2:
        raise ValueError(f"d_model must be even, got {d_model}")
    frequencies = base ** -(np.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angles = np.arange(num_positions)[:, None] * frequencies  # (num_positions, d_model / 2)
    table = np.empty((num_positions, d_model))
    table[:, 0::2], table[:, 1::2] = np.sin(angles), np.cos(angles)
    return table
    ### END SOLUTION


# %% exercise="sinusoidal_positions" kind="hint"

# %% exercise="sinusoidal_positions" kind="check" part="values"


# %% name="see-positions"
def your_table():
    return heat_map(
        sinusoidal_positions(24, 16),
        rows=[str(t) if t % 4 == 0 else "" for t in range(24)],
        columns=[str(j) if j % 4 == 0 else "" for j in range(16)],
        row_title="position",
        column_title="feature",
        title="Your table",
        numbers=False,
    )


once_solved("sinusoidal_positions", show=your_table)

# %% [markdown] name="two-dogs"
# Add your table to the inputs, and there are two dogs: one that bites, one that is bitten. The bar shows how far
# their outputs are apart.


# %% name="see-two-dogs"
def two_dogs():
    distances = []
    for positions in (None, sinusoidal_positions):
        bites = output_of_dog("the dog bit the man", positions)
        bitten = output_of_dog("the man bit the dog", positions)
        distances.append(float(np.linalg.norm(bites - bitten)))
    return bars(["without positions", "with yours"], {"dog": distances}, x_title="distance of the two outputs of “dog”")


once_solved("sinusoidal_positions", show=two_dogs)

# %% [markdown] name="why-shift"
# ## Where is the word before?
#
# A *head* is one attention with matrices of its own: its queries are `x @ w_q`, its keys `x @ w_k`. A head that looks
# one word back needs, at every place $t$, a query that fits place $t - 1$. Its `w_q` cannot depend on $t$. Is there
# one matrix that moves *all* positions by the same offset? For a single hand of the clock with frequency 1, moved
# from $t = 0$ by $k$:
#
# $$(\sin 0, \cos 0) = (0, 1) \;\to\; (\sin k, \cos k).$$
#
# For $k = 1$ the place $(0, 1)$ becomes $(0.8415, 0.5403)$, the same numbers as in row 1 of your table. What becomes of
# $(1, 0)$, the hand at $t = \pi/2$? One matrix that is right for both is right for
# every place, since every place is a sum of multiples of these two.

# %% [markdown] exercise="position_shift_matrix" kind="statement"


# %% exercise="position_shift_matrix" kind="answer"
def position_shift_matrix(offset, d_model, base=10000.0):
    """M (d_model, d_model), float64, with P[t + offset] = P[t] @ M for all t."""
    ### BEGIN SOLUTION
    even = np.arange(0, d_model, 2)
    angles = offset * base ** -(even / d_model)  # (d_model / 2,)
    shift = np.zeros((d_model, d_model))
    shift[even, even], shift[even, even + 1] = np.cos(angles), -np.sin(angles)
    shift[even + 1, even], shift[even + 1, even + 1] = np.sin(angles), np.cos(angles)
    return shift
    ### END SOLUTION


# %% exercise="position_shift_matrix" kind="hint"

# %% exercise="position_shift_matrix" kind="check" part="values"

# %% [markdown] name="look-back"
# Here is the head: inputs are positions alone, the query matrix is your shift by −1, made 32 times stronger, and the
# key matrix is the identity. Each row puts nearly all its weight on the column before it.


# %% name="see-look-back"
def looks_back():
    p = sinusoidal_positions(12, 64)
    weights = softmax(attention_scores(p @ (32 * position_shift_matrix(-1, 64)), p))
    places = [str(t) for t in range(12)]
    return heat_map(
        weights,
        rows=places,
        columns=places,
        row_title="query at",
        column_title="key at",
        numbers=False,
        title="Looks back by one",
    )


once_solved("softmax", "sinusoidal_positions", "position_shift_matrix", show=looks_back)

# %% [markdown] name="summary"
# ## What you have built
#
# - **Softmax** makes the scores of one query compete for shares that sum to 1, along an axis that must be named. Only
#   differences of scores count, so the largest may be subtracted.
# - **Entropy** tells how widely shares spread: 0 for one key, $\log n$ for $n$ equal ones. A temperature sets it.
# - The **Jacobian** $p_i(\delta_{ij} - p_j)$ needs the shares alone, and vanishes where a query is certain.
# - **Positions** are added to the inputs; without them a sentence and its shuffle are the same to attention.
# - An offset is a **rotation** of each pair of features, the same everywhere. One matrix finds the word before.
#
# **Where to go next.** The next notebook builds a whole attention head from queries, keys and values, with masks.
