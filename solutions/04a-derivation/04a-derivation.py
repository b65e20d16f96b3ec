# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # The formula, by hand and by its symptoms
#
# > $e^{q \cdot k} / \sqrt{d_k}$ or $e^{q \cdot k / \sqrt{d_k}}$?
#
# Both have been printed as “attention”. One of them gives weights whose sum is not 1. Here you compute one example to
# the last digit, and then need not take anybody's word for it.
#
# When you have worked through this notebook, you can
#
# - compute every intermediate number of self-attention with two heads;
# - put wrong formulas and shapes right, and say what is wrong with them;
# - measure why scores are divided by $\sqrt{d_k}$;
# - find a bug that raises nothing, from a property that fails;
# - prove that attention without positions does not know the order of its tokens.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace `raise NotImplementedError()` with your code, run the cell, then run the check below it. The cell with
# `hint` gives one hint each time you run it. The last exercise is in words, and a person reads it. Run the set-up
# cell first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import math

    import numpy as np

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.figures import bars, curves, heat_map, heat_maps
    from selfattn_ref.worked import WORKED_INPUT
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="one-example"
# ## What does one example look like, with nothing left out?
#
# Three tokens, four features, two heads. Each token is a row of $X$; each matrix has a column for each feature of a
# query, key or value. The left two columns belong to head 0, the right two to head 1.

# %% name="the-input"
x, w_q, w_k, w_v = (WORKED_INPUT[name] for name in ("x", "w_q", "w_k", "w_v"))
heat_maps({"x": x, "w_q": w_q, "w_k": w_k, "w_v": w_v}, numbers=True, digits=1)

# %% [markdown] name="first-query"
# Token 0 is $(1, 0, 1, 0)$: its query is row 0 plus row 2 of `w_q`, $(½, -1, 1, 1)$. Head 0 gets $(½, -1)$, and
# head 1 gets $(1, 1)$.

# %% [markdown] exercise="worked_example" kind="statement"


# %% exercise="worked_example" kind="answer"
def worked_example():
    """A dict with q, k, v, scores, weights, output of the example."""
    ### BEGIN SOLUTION
    q, k, v = ((x @ w).reshape(3, 2, 2).swapaxes(0, 1) for w in (w_q, w_k, w_v))  # (heads, tokens, features)
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(2)  # (heads, queries, keys)
    exponentials = np.exp(scores)
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return {"q": q, "k": k, "v": v, "scores": scores, "weights": weights, "output": weights @ v}
    ### END SOLUTION


# %% exercise="worked_example" kind="hint"

# %% exercise="worked_example" kind="check" part="values"


# %% name="see-the-example"
def weights_of_both_heads():
    weights = worked_example()["weights"]
    tokens = ["token 0", "token 1", "token 2"]
    shown = {"weights, head 0": weights[0], "weights, head 1": weights[1]}
    labels = {"rows": tokens, "columns": tokens, "row_title": "query", "column_title": "key"}
    return heat_maps(shown, numbers=True, **labels)


once_solved("worked_example", show=weights_of_both_heads)

# %% [markdown] name="why-errata"
# ## Is it true because it is printed?
#
# A formula can be tested before anything is computed. Write the shape below each symbol, and see whether they fit.
# Write down what must sum to 1, and what may not change when something else does.
#
# Replace each `None` with your answer and delete the line with `raise`. A shape is a tuple such as `(7, 2)`.

# %% [markdown] exercise="errata_quiz" kind="statement"


# %% exercise="errata_quiz" kind="answer"
def errata_quiz():
    """An answer for each question: a tuple of integers, an integer, a word, or True or False."""
    answers = {
        "sequential_steps": None,
        "less_work_than_rnn": None,
        "weights_sum_to_one_over": None,
        "sinusoidal_positions_join": None,
        "softmax_normalizes_positions": None,
        "heads_contain_positions": None,
        "q_shape": None,
        "scores_per_softmax": None,
        "weights_shape": None,
        "output_shape": None,
        "output_projection_shape": None,
        "weights_are_parameters": None,
        "parameter_count": None,
        "parameter_count_at_100_tokens": None,
        "work_factor_of_4_times_the_heads": None,
        "row_of_q": None,
        "scores_shape": None,
        "scores_use_values": None,
        "weights_use_values": None,
        "example_scores_shape": None,
        "scale_inside_exponent": None,
        "exponentials_divided_by_row_sum": None,
        "example_output_shape": None,
    }
    ### BEGIN SOLUTION
    answers |= {
        "sequential_steps": 1,
        "less_work_than_rnn": False,  # 4nd² alone is more than 2nd²
        "weights_sum_to_one_over": "query",
        "sinusoidal_positions_join": "inputs",
        "softmax_normalizes_positions": False,
        "heads_contain_positions": False,
        "q_shape": (3, 5, 4),
        "scores_per_softmax": 5,
        "weights_shape": (3, 5, 5),
        "output_shape": (3, 5, 4),
        "output_projection_shape": (12, 12),
        "weights_are_parameters": False,
        "parameter_count": 4 * 12 * 12,
        "parameter_count_at_100_tokens": 4 * 12 * 12,
        "work_factor_of_4_times_the_heads": 1,
        "row_of_q": "token",
        "scores_shape": (3, 5, 5),
        "scores_use_values": False,
        "weights_use_values": False,
        "example_scores_shape": (2, 3, 3),
        "scale_inside_exponent": True,
        "exponentials_divided_by_row_sum": True,
        "example_output_shape": (2, 3, 2),
    }
    ### END SOLUTION
    return answers


# %% exercise="errata_quiz" kind="hint"

# %% exercise="errata_quiz" kind="check" part="values"

# %% [markdown] name="why-variance"
# ## Why a square root?
#
# With one feature, a dot product of two standard normal numbers has variance 1. With $d_k$ features it is a sum of
# $d_k$ such products, and variances of independent terms add. Do not believe it: measure it.

# %% [markdown] exercise="score_variance" kind="statement"


# %% exercise="score_variance" kind="answer"
def score_variance(d_k, num_samples, rng, scaled):
    """Variance of num_samples random dot products of d_k features."""
    ### BEGIN SOLUTION
    q = rng.standard_normal((num_samples, d_k))
    k = rng.standard_normal((num_samples, d_k))
    scores = (q * k).sum(axis=-1)  # (num_samples,)
    if scaled:
        scores = scores / math.sqrt(d_k)
    return float(scores.var())
    ### END SOLUTION


# %% exercise="score_variance" kind="hint"

# %% exercise="score_variance" kind="check" part="values"


# %% name="see-variance"
def variance_by_width():
    widths = [1, 4, 16, 64, 256]
    rng = np.random.default_rng(4)
    measured = {
        "q · k": [score_variance(d_k, 4000, rng, scaled=False) for d_k in widths],
        "q · k / √d_k": [score_variance(d_k, 4000, rng, scaled=True) for d_k in widths],
    }
    return curves(widths, measured, x_title="$d_k$", y_title="variance of a score", x_log=2, y_log=True)


once_solved("score_variance", show=variance_by_width)

# %% [markdown] name="find-the-bug"
# ## Find the bug
#
# Four functions follow. Each was written by somebody who knew what attention is. None raises an error, all return
# arrays of the right shape, and each has **one wrong line**. Below each you see a property that fails. Find the line,
# and write the function once more with that line repaired.
#
# They share this softmax, which is right:


# %% name="softmax"
def softmax(x, axis):
    """Shares along an axis: positive, with sum 1."""
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


# %% [markdown] name="about-broken-scale"
# ### The first: scores
#
# A score belongs to one query and one key. Here the first query and the first key stay the same while other keys are
# added behind them. The score of the two shrinks.


# %% name="broken-scale"
def broken_scale(q, k):
    """Scores (..., q_len, k_len) of every query with every key."""
    d_k = k.shape[-2]
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(d_k)


rng = np.random.default_rng(1)
some_query, many_keys = rng.normal(size=(1, 4)), rng.normal(size=(64, 4))
numbers_of_keys = [1, 4, 16, 64]
same_pair = [abs(broken_scale(some_query, many_keys[:n])[0, 0]) for n in numbers_of_keys]
curves(numbers_of_keys, {"broken_scale": same_pair}, x_title="keys", y_title="size of the score of one pair", x_log=2)

# %% [markdown] exercise="repaired_scale" kind="statement"


# %% exercise="repaired_scale" kind="answer"
def repaired_scale(q, k):
    """Scores (..., q_len, k_len) of every query with every key."""
    ### BEGIN SOLUTION
    d_k = k.shape[-1]  # features, not keys
    return q @ np.swapaxes(k, -1, -2) / math.sqrt(d_k)
    ### END SOLUTION


# %% exercise="repaired_scale" kind="hint"

# %% exercise="repaired_scale" kind="check" part="values"

# %% [markdown] name="about-broken-softmax"
# ### The second: a batch
#
# For one sentence the function was right: the weights of each query summed to 1. Then it was given two sentences at
# once.


# %% name="broken-softmax"
def broken_softmax(q, k, v):
    """Attention in a batch: output and weights (batch, q_len, ·)."""
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    weights = softmax(scores, axis=1)
    return weights @ v, weights


q, k, v = rng.normal(size=(3, 2, 4, 4))  # two sentences of four tokens each
_, weights = broken_softmax(q, k, v)
print("sums of the rows, sentence 0:", weights[0].sum(axis=-1).round(2))
print("sums of the rows, sentence 1:", weights[1].sum(axis=-1).round(2))
heat_maps({"sentence 0": weights[0], "sentence 1": weights[1]}, row_title="query", column_title="key", numbers=True)

# %% [markdown] exercise="repaired_softmax" kind="statement"


# %% exercise="repaired_softmax" kind="answer"
def repaired_softmax(q, k, v):
    """Attention in a batch: output and weights (batch, q_len, ·)."""
    ### BEGIN SOLUTION
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    weights = softmax(scores, axis=-1)  # over the keys, wherever they are counted from
    return weights @ v, weights
    ### END SOLUTION


# %% exercise="repaired_softmax" kind="hint"

# %% exercise="repaired_softmax" kind="check" part="values"

# %% [markdown] name="about-broken-mask"
# ### The third: a mask
#
# Under a causal mask the first token may look at itself alone, so its output must be its own value, whatever comes
# later. Here the key of the *last* token is changed, and the outputs of earlier ones change with it. The weights of
# hidden keys are exactly 0, so how can they see it?


# %% name="broken-mask"
def broken_mask(q, k, v, mask):
    """Attention where the mask permits it: output and weights."""
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    weights = softmax(scores, axis=-1) * mask
    return weights @ v, weights


q, k, v = rng.normal(size=(3, 5, 4))
causal = np.tri(5, dtype=bool)
before, weights = broken_mask(q, k, v, causal)
changed_k = k.copy()
changed_k[-1] += 2.0  # only the last key
after, _ = broken_mask(q, changed_k, v, causal)
moved = np.abs(after - before).max(axis=-1)
bars(
    [f"token {i}" for i in range(4)],
    {"output moved by": moved[:4]},
    x_title="the last token was changed; none of these may see it",
)

# %% [markdown] exercise="repaired_mask" kind="statement"


# %% exercise="repaired_mask" kind="answer"
def repaired_mask(q, k, v, mask):
    """Attention where the mask permits it: output and weights."""
    ### BEGIN SOLUTION
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    weights = softmax(np.where(mask, scores, np.array(-np.inf, scores.dtype)), axis=-1)  # hidden before the sum
    return weights @ v, weights
    ### END SOLUTION


# %% exercise="repaired_mask" kind="hint"

# %% exercise="repaired_mask" kind="check" part="values"

# %% [markdown] name="about-broken-heads"
# ### The fourth: heads
#
# Without positions and mask, attention does not know the order of its tokens: shuffle them, and the outputs are
# shuffled in the same way, nothing else. Here they are not the same.


# %% name="broken-heads"
def broken_heads(q, k, v, num_heads):
    """Attention with several heads side by side: (seq_len, d_model)."""
    seq_len, d_model = q.shape
    head_dim = d_model // num_heads

    def split(x):  # (num_heads, seq_len, head_dim)
        return x.reshape(num_heads, seq_len, head_dim)

    scores = split(q) @ np.swapaxes(split(k), -1, -2) / math.sqrt(head_dim)
    output = softmax(scores, axis=-1) @ split(v)
    return np.swapaxes(output, 0, 1).reshape(seq_len, d_model)


q, k, v = rng.normal(size=(3, 4, 4))
order = [3, 1, 0, 2]
first_shuffled = broken_heads(q[order], k[order], v[order], num_heads=2)
shuffled_after = broken_heads(q, k, v, num_heads=2)[order]
heat_maps({"tokens shuffled first": first_shuffled, "outputs shuffled after": shuffled_after}, numbers=True)

# %% [markdown] exercise="repaired_heads" kind="statement"


# %% exercise="repaired_heads" kind="answer"
def repaired_heads(q, k, v, num_heads):
    """Attention with several heads side by side: (seq_len, d_model)."""
    ### BEGIN SOLUTION
    seq_len, d_model = q.shape
    head_dim = d_model // num_heads

    def split(x):  # (num_heads, seq_len, head_dim)
        return x.reshape(seq_len, num_heads, head_dim).swapaxes(0, 1)

    scores = split(q) @ np.swapaxes(split(k), -1, -2) / math.sqrt(head_dim)
    output = softmax(scores, axis=-1) @ split(v)
    return np.swapaxes(output, 0, 1).reshape(seq_len, d_model)
    ### END SOLUTION


# %% exercise="repaired_heads" kind="hint"

# %% exercise="repaired_heads" kind="check" part="values"


# %% name="see-shuffled"
def shuffled_both_ways():
    both = {
        "tokens shuffled first": repaired_heads(q[order], k[order], v[order], 2),
        "outputs shuffled after": repaired_heads(q, k, v, 2)[order],
    }
    return heat_maps(both, numbers=True)


once_solved("repaired_heads", show=shuffled_both_ways)

# %% [markdown] name="why-proof"
# ## Can you prove it?
#
# The repaired function gave the same numbers both ways, for one order of four tokens. A proof covers all orders of
# all sentences at once. Multiplying by a permutation matrix from the left exchanges rows, from the right columns. Try
# it out before you write:

# %% name="permutation-matrix"
P = np.eye(3)[[2, 0, 1]]
A = np.arange(9.0).reshape(3, 3)
print("P A, rows exchanged:", (P @ A).tolist())
print("A Pᵀ, columns exchanged:", (A @ P.T).tolist())
print("Pᵀ P:", (P.T @ P).tolist())

# %% [markdown] exercise="permuted_rows" kind="statement"

# %% [markdown] exercise="permuted_rows" kind="written"
# ### BEGIN SOLUTION
# **Projections.** Matrix products are associative: $(PX) W_Q = P (X W_Q) = PQ$, and likewise $PK$ and $PV$ for keys
# and values.
#
# **Scores.** $\dfrac{(PQ)(PK)^\top}{\sqrt{d_k}} = \dfrac{P\, Q K^\top P^\top}{\sqrt{d_k}} = P S P^\top$, because
# $(PK)^\top = K^\top P^\top$ and a number commutes with every matrix.
#
# **Softmax.** Let $\pi$ be the permutation with $(PX)_i = X_{\pi(i)}$. Then $(P S P^\top)_{ij} = S_{\pi(i) \pi(j)}$,
# and
#
# $$\operatorname{softmax}(P S P^\top)_{ij} = \frac{e^{S_{\pi(i)\pi(j)}}}{\sum_m e^{S_{\pi(i)\pi(m)}}}
# = \frac{e^{S_{\pi(i)\pi(j)}}}{\sum_m e^{S_{\pi(i) m}}} = A_{\pi(i)\pi(j)} .$$
#
# The second step holds because $\pi$ takes every value once: the sum over $\pi(m)$ has the same terms as the sum over
# $m$. So $\operatorname{softmax}(P S P^\top) = P A P^\top$.
#
# **Output.** $f(PX) = (P A P^\top)(P V) = P A (P^\top P) V = P A V = P f(X)$. Here $P^\top P = I$: entry $(i, j)$ of
# it is the product of columns $i$ and $j$ of $P$, which have one 1 each, in the same row only if $i = j$. ∎
#
# 1. $f(PX + E)$ is not $f(P(X + E))$ unless $PE = E$: the first step fails, since the positions stay where they are.
# 2. The mask $M$ stays where it is, too. The scores $P S P^\top$ meet $M$ instead of $P M P^\top$, so a query is shown
#    other keys than before, and the sum in the softmax has other terms.
# ### END SOLUTION

# %% [markdown] name="summary"
# ## What you have done
#
# - **One example** to the last digit: project, split, multiply, scale, exponentiate, divide, average.
# - **Shapes** tell wrong formulas from right ones before any number is known.
# - **Variances add**, so a dot product of $d_k$ features spreads like $\sqrt{d_k}$.
# - **Properties find bugs** that raise nothing: a score depends on its pair alone, rows sum to 1, what is hidden
#   changes nothing, shuffled tokens give shuffled outputs.
#
# **Where to go next.** You can now derive, and repair, everything that happens on the way from tokens to output. The
# next notebook, `04b-gradients`, goes the same way back: from the output to every query, key, value and parameter.
