# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # One attention head, from the dot product to the output
#
# > The cat slept because **it** was tired.
#
# Who was tired? You looked back at *cat*. Attention does the same with numbers: every word asks a question, every word
# offers an answer, and each word receives a blend of the answers that fit its question.
#
# When you have worked through this notebook, you can
#
# - project word vectors to queries, keys and values, and say what each is for;
# - score every query against every key, and say why the scores are divided by $\sqrt{d_k}$;
# - write the three masks that matter (causal, padding, sliding window) and combine them;
# - turn scores into weights that stay right when rows are masked or numbers are large;
# - put these together into scaled dot-product attention, in NumPy, for any number of batch axes.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace `raise NotImplementedError()` with your code, run the cell, then run the check below it. A check tries your
# function on several inputs, each with a purpose, and says what differs. If it recognizes the mistake, it names it.
# Stuck? The cell with `hint` gives one hint each time you run it: a nudge first, nearly the answer last.
#
# Run the set-up cell first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import numpy as np

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.figures import (
        Matrix,
        heat_map,
        heat_maps,
        mask_gallery,
        matrix_product,
        word_arcs,
    )
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="sample-report"
# This is how a check talks. The function is wrong on purpose: a mask that hides nothing, where the future should be
# hidden. (With `show=False` a check only returns its report. Yours also stop the run while they fail.)


# %% name="a-wrong-mask"
def hides_nothing(q_len, k_len=None):
    return np.ones((q_len, k_len or q_len), dtype=bool)


check("causal_mask", hides_nothing, show=False)

# %% [markdown] name="sentence"
# ## A sentence to look at
#
# Learned word vectors have hundreds of features without names. For the pictures in this notebook the features are four,
# made by hand, so that you can read them. $x$ has one row a word: `(seq_len, d_model)`, here `(7, 4)`.
# A model's units may be words or parts of words; both are called *tokens*. Several sentences are stacked along leading
# axes, the *batch axes*. In a shape, `...` stands for any number of them.

# %% name="word-vectors"
words = ["the", "cat", "slept", "because", "it", "was", "tired"]
features = ["animal", "action", "refers back", "state"]
x = np.array(
    [
        [0.0, 0.0, 0.0, 0.0],  # the
        [1.0, 0.0, 0.0, 0.0],  # cat
        [0.0, 1.0, 0.0, 0.0],  # slept
        [0.0, 0.0, 0.0, 0.0],  # because
        [0.0, 0.0, 1.0, 0.0],  # it
        [0.0, 0.2, 0.0, 0.2],  # was
        [0.0, 0.0, 0.0, 1.0],  # tired
    ]
)
heat_map(x, rows=words, columns=features, title="x: what each word is")

# %% [markdown] name="three-roles"
# ## What does a word ask, offer, and pass on?
#
# A word plays three roles. As a **query** it asks: *it* looks for an animal. As a **key** it offers: *cat* is one. As a
# **value** it passes something on to those who found it. The same vector cannot be all three, so each role gets its own
# matrix, applied as `x @ w`. Training finds these matrices; here they are made by hand, too:
#
# - row *refers back* of `w_q` is `[6, 0, 0]`: a word that refers back looks for an animal, with strength 6;
# - row *animal* of `w_k` is `[1, 0, 0]`: an animal can be found as one.
#
# In the picture, $n$ is `seq_len`, $d$ is `d_model`, and $d_k$ is `head_dim`: the sizes that meet vanish.

# %% name="hand-made-weights"
aspects = ["animal", "state", "action"]  # the features of queries and keys
w_q = np.array([[0.0, 3.0, 3.0], [4.0, 0.0, 0.0], [6.0, 0.0, 0.0], [4.0, 0.0, 0.0]])  # (d_model, head_dim)
w_k = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])  # (d_model, head_dim)
w_v = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 1.0]])  # (d_model, value_dim): who, what

n, d, d_k = r"$n$", r"$d$", r"$d_k$"
matrix_product(
    [Matrix("x", n, d), Matrix("w_q", d, d_k)],
    Matrix("q", n, d_k),
    lengths={n: 7, d: 4, d_k: 3},
)

# %% [markdown] exercise="project_qkv" kind="statement"


# %% exercise="project_qkv" kind="answer"
def project_qkv(x, w_q, w_k, w_v):
    """Project x (..., seq_len, d_model) to queries, keys and values (..., seq_len, ·)."""
    ### BEGIN SOLUTION
    return x @ w_q, x @ w_k, x @ w_v
    ### END SOLUTION


# %% exercise="project_qkv" kind="hint"

# %% exercise="project_qkv" kind="check" part="values"

# %% [markdown] name="questions-and-offers"
# With your function: find *it* on the left and *cat* on the right. The question and the offer point the same way.


# %% name="see-questions-and-offers"
def questions_and_offers():
    query, key, _ = project_qkv(x, w_q, w_k, w_v)
    return heat_maps({"q: looks for": query, "k: offers": key}, rows=words, columns=aspects)


once_solved("project_qkv", show=questions_and_offers)

# %% [markdown] name="why-scores"
# ## How well does a question fit an offer?
#
# The dot product measures it: `[6, 0, 0] · [1, 0, 0] = 6` for *it* and *cat*, and `[6, 0, 0] · [0, 0, 1] = 0` for *it*
# and *slept*. A sum of $d_k$ products grows with $d_k$: for random queries and keys its standard deviation is
# $\sqrt{d_k}$, and large scores would give one key all the weight before anything is learned. So it is divided by that.

# %% name="random-scores"
rng = np.random.default_rng(3)  # its own seed: the same numbers each time
for head_dim in (4, 64, 1024):
    q, k = rng.normal(size=(2, 2000, head_dim))
    spread = np.sum(q * k, axis=-1).std()
    print(f"d_k = {head_dim:4}: standard deviation {spread:5.1f}, divided by √d_k {spread / head_dim**0.5:.2f}")

# %% [markdown] exercise="attention_scores" kind="statement"


# %% exercise="attention_scores" kind="answer"
def attention_scores(q, k):
    """Scores (..., q_len, k_len) of q (..., q_len, head_dim) and k (..., k_len, head_dim)."""
    ### BEGIN SOLUTION
    return q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5
    ### END SOLUTION


# %% exercise="attention_scores" kind="hint"

# %% exercise="attention_scores" kind="check" part="values"


# %% name="see-scores"
def scores_of_the_sentence():
    query, key, _ = project_qkv(x, w_q, w_k, w_v)
    scores = attention_scores(query, key)
    labels = {"rows": words, "columns": words, "row_title": "query", "column_title": "key"}
    return heat_map(scores, title="Scores", digits=1, **labels)


once_solved("project_qkv", "attention_scores", show=scores_of_the_sentence)

# %% [markdown] name="why-masks"
# ## Who may look at whom?
#
# A model that writes text must not see the word it is about to write. A mask says which pairs are allowed: a boolean
# matrix with a row a query and a column a key, **True = may attend**. For three words:
#
# | query ╲ key | the | cat | slept |
# |---|---|---|---|
# | **the** | True | False | False |
# | **cat** | True | True | False |
# | **slept** | True | True | True |
#
# While text is being written, only the newest words ask, and all words so far are asked. Then there are fewer queries
# than keys. *The queries are the last ones*: one new word after four old ones may see all five.

# %% [markdown] exercise="causal_mask" kind="statement"


# %% exercise="causal_mask" kind="answer"
def causal_mask(q_len, k_len=None):
    """True where a query may attend, (q_len, k_len): its own position and those before it."""
    ### BEGIN SOLUTION
    k_len = q_len if k_len is None else k_len
    query = np.arange(k_len - q_len, k_len)[:, None]  # (q_len, 1): positions of the last q_len tokens
    key = np.arange(k_len)  # (k_len,)
    return key <= query
    ### END SOLUTION


# %% exercise="causal_mask" kind="hint"

# %% exercise="causal_mask" kind="check" part="values"

# %% [markdown] name="why-padding"
# ## What about sentences of different lengths?
#
# A batch is one array, so short sentences are filled up with padding. Padding is not a word: no query may take anything
# from it. With lengths 3 and 1, and room for 4 tokens, the keys that count are
# `[True, True, True, False]` and `[True, False, False, False]`, whoever asks.

# %% [markdown] exercise="padding_mask" kind="statement"


# %% exercise="padding_mask" kind="answer"
def padding_mask(lengths, max_len):
    """True where a key is a token, (batch, 1, max_len), for lengths (batch,)."""
    ### BEGIN SOLUTION
    return np.arange(max_len) < lengths[:, None, None]
    ### END SOLUTION


# %% exercise="padding_mask" kind="hint"

# %% exercise="padding_mask" kind="check" part="values"

# %% [markdown] name="why-window"
# ## Must a word look all the way back?
#
# In a text of 10,000 words every word would be compared with up to 10,000 others. Often the last few are enough: with a
# window of 3, word 7 sees words 5, 6 and 7. It counts itself.

# %% [markdown] exercise="sliding_window_mask" kind="statement"


# %% exercise="sliding_window_mask" kind="answer"
def sliding_window_mask(q_len, k_len, window):
    """True where a query may attend, (q_len, k_len): its own position and the window − 1 before it."""
    ### BEGIN SOLUTION
    query = np.arange(k_len - q_len, k_len)[:, None]  # (q_len, 1)
    key = np.arange(k_len)  # (k_len,)
    return (key <= query) & (key > query - window)
    ### END SOLUTION


# %% exercise="sliding_window_mask" kind="hint"

# %% exercise="sliding_window_mask" kind="check" part="values"

# %% [markdown] name="masks-together"
# Masks combine with `&`: a pair is allowed if *every* mask allows it. Here are yours, and a causal mask for the same
# sentence with two words of padding at its end. Its last two rows belong to padding; what they receive is thrown away.


# %% name="see-masks"
def gallery():
    causal = causal_mask(7)
    padding = np.broadcast_to(padding_mask(np.array([5]), 7)[0], (7, 7))
    window = sliding_window_mask(7, 7, 3)
    return mask_gallery(
        {
            "causal": causal,
            "padding: 5 of 7": padding,
            "window of 3": window,
            "causal & padding": causal & padding,
        }
    )


once_solved("causal_mask", "padding_mask", "sliding_window_mask", show=gallery)

# %% [markdown] name="why-softmax"
# ## How much of each answer?
#
# Scores of any size must become shares: positive, and 1 in total for each query. The softmax does it with exponentials.
# Scores $\log 1, \log 3, \log 4$ become $1, 3, 4$, and divided by their sum 0.125, 0.375, 0.5. If the third key is
# hidden, 1 and 3 remain, and the shares are 0.25, 0.75 and 0.
#
# Three things go wrong in practice, and the check has a part for each: values on the wrong axis, hidden keys that still
# get weight, and exponentials that overflow. $e^{1000}$ is infinite, although only *differences* between scores matter:

# %% name="overflow"
scores = np.array([1000.0, 1001.0])
with np.errstate(over="ignore"):
    print("exp of the scores:         ", np.exp(scores))
print("exp after their maximum is 0:", np.exp(scores - scores.max()))

# %% [markdown] exercise="masked_softmax" kind="statement"


# %% exercise="masked_softmax" kind="answer"
def masked_softmax(scores, mask=None):
    """Weights (..., q_len, k_len) that sum to 1 over the keys that the mask permits, 0 elsewhere."""
    ### BEGIN SOLUTION
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)  # (..., q_len, 1)
    largest = np.where(np.isfinite(largest), largest, 0)  # a row without a permitted key
    exponents = np.exp(scores - largest)  # exactly 0 for a hidden key
    total = exponents.sum(axis=-1, keepdims=True)  # (..., q_len, 1)
    return exponents / np.where(total == 0, 1, total)
    ### END SOLUTION


# %% exercise="masked_softmax" kind="hint"

# %% exercise="masked_softmax" kind="check" part="values"

# %% exercise="masked_softmax" kind="check" part="masks"

# %% exercise="masked_softmax" kind="check" part="stability"


# %% name="see-weights"
def weights_of_the_sentence():
    query, key, _ = project_qkv(x, w_q, w_k, w_v)
    scores = attention_scores(query, key)
    weights = {
        "Every key": masked_softmax(scores),
        "Causal mask": masked_softmax(scores, causal_mask(len(words))),
    }
    labels = {"rows": words, "columns": words, "row_title": "query", "column_title": "key"}
    return heat_maps(weights, across=1, **labels)


once_solved("project_qkv", "attention_scores", "causal_mask", "masked_softmax", show=weights_of_the_sentence)

# %% [markdown] name="read-the-weights"
# Read a row: *it* gives most of its weight to *cat*, with or without the mask, because *cat* comes before it. *The*
# asks for nothing: all its scores are 0, and it spreads its weight evenly over what it may see. And *cat* looks for an
# action and a state; with the causal mask it finds neither, since *slept* and *tired* come later.

# %% [markdown] name="all-together"
# ## What does a word receive?
#
# A blend of the values, in the shares you have just computed. If a query gives weight 0.75 to a key with the value
# `[4, 0, 8]` and 0.25 to one with `[0, 4, 8]`, it receives
#
# $$0.75 \cdot [4, 0, 8] + 0.25 \cdot [0, 4, 8] = [3, 1, 8].$$
#
# A sum of rows with weights is one more matrix product: $n$ queries, $m$ keys, values of $d_v$ features.

# %% name="shapes-of-the-output"
n, m, d_v = r"$n$", r"$m$", r"$d_v$"
matrix_product(
    [Matrix("A", n, m), Matrix("V", m, d_v)],
    Matrix("O", n, d_v),
    lengths={n: 5, m: 7, d_v: 3},
)

# %% [markdown] exercise="scaled_dot_product_attention" kind="statement"


# %% exercise="scaled_dot_product_attention" kind="answer"
def scaled_dot_product_attention(q, k, v, mask=None):
    """Average v (..., k_len, value_dim) for each query.

    Returns output (..., q_len, value_dim) and weights (..., q_len, k_len).
    """
    ### BEGIN SOLUTION
    weights = masked_softmax(attention_scores(q, k), mask)
    return weights @ v, weights
    ### END SOLUTION


# %% exercise="scaled_dot_product_attention" kind="hint"

# %% exercise="scaled_dot_product_attention" kind="check" part="values"

# %% exercise="scaled_dot_product_attention" kind="check" part="masks"

# %% exercise="scaled_dot_product_attention" kind="check" part="stability"

# %% [markdown] name="who-was-tired"
# Now ask the question from the top with your own attention: whom does *it* mean?


# %% name="see-attention"
def whom_does_it_mean():
    query, key, value = project_qkv(x, w_q, w_k, w_v)
    _, weights = scaled_dot_product_attention(query, key, value, causal_mask(len(words)))
    it = words.index("it")
    return word_arcs(words, weights[it], it, title="What “it” attends to")


once_solved("project_qkv", "causal_mask", "scaled_dot_product_attention", show=whom_does_it_mean)

# %% [markdown] name="summary"
# ## What you have built
#
# $$\operatorname{attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
# - **Query, key, value** are three projections of the same input: what a word asks, offers, and passes on.
# - **Scores** compare every query with every key. Their scale keeps the softmax from saturating.
# - **Masks** are boolean, True = may attend, and combine with `&`. A query that may see nothing receives 0.
# - **Weights** sum to 1 along the keys, row by row. They are computed from the input; they are not parameters.
# - The **output** of a query is an average of the values. It has no order of its own: shuffle keys and values together,
#   and nothing changes.
#
# **Where to go next.** One head asks one question. The next notebook and the book's chapter on the algorithm go on to
# several heads, which ask at once, and to the output projection that puts their answers together.
