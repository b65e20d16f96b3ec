# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # Several heads: more than one question at a time
#
# > The cat slept because **it** was tired.
#
# Who is *it*, and what about it? One head gives one average, so two answers get blended. Several heads look at the same
# sentence at once, each through its own slice of the features, and keep their answers apart.
#
# When you have worked through this notebook, you can
#
# - cut features into heads and join them again, for any number of batch axes, without mixing up tokens;
# - write multi-head attention with its output projection, its biases and its masks;
# - let one sequence attend to another;
# - count parameters, work and weights, and say which of them depend on the length and on the number of heads;
# - carry a mask from one interface of PyTorch to the other.

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
        bars,
        heat_map,
        heat_maps,
        log_log_lines,
        mask_gallery,
        word_links,
    )
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="one-head"
# ## From the last notebook
#
# One head, as you built it in *One attention head*: compare, scale, mask, softmax, average. It takes any number of axes
# before the last two; today you will put the heads there. You may use it in every exercise below.


# %% name="from-the-last-notebook" kind="setup"
def scaled_dot_product_attention(q, k, v, mask=None):
    """Average v (..., k_len, value_dim) for each query; a mask is True where a query may attend.

    Returns output (..., q_len, value_dim) and weights (..., q_len, k_len).
    """
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5  # (..., q_len, k_len)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)  # (..., q_len, 1)
    exponents = np.exp(scores - np.where(np.isfinite(largest), largest, 0))
    total = exponents.sum(axis=-1, keepdims=True)
    weights = exponents / np.where(total == 0, 1, total)  # 0 where no key is permitted
    return weights @ v, weights


# %% [markdown] name="sentence"
# ## A sentence to look at
#
# Seven words with four features, made by hand so that you can read them. `x` is `(seq_len, d_model)`, here `(7, 4)`.

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

# %% [markdown] name="why-split"
# ## How do you get two heads out of one array?
#
# Cut each word's features into blocks: with two heads of two features, head 0 owns features 0 and 1, head 1 owns 2
# and 3. A word `[1, 2, 3, 4]` becomes `[1, 2]` for one head and `[3, 4]` for the other.
#
# Beware of the shortcut. A reshape to `(num_heads, seq_len, head_dim)` has the right shape, but it reads the numbers in
# the order in which they lie in memory, word after word:

# %% name="the-shortcut"
numbers = np.array([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])  # three tokens
numbers.reshape(2, 3, 2)[0]  # "head 0": all of token 0, and half of token 1

# %% [markdown] exercise="split_heads" kind="statement"


# %% exercise="split_heads" kind="answer"
def split_heads(x, num_heads):
    """Cut x (..., seq_len, d_model) into heads (..., num_heads, seq_len, head_dim)."""
    ### BEGIN SOLUTION
    *batch, seq_len, d_model = x.shape
    if d_model % num_heads:
        raise ValueError(f"num_heads must divide d_model, got num_heads={num_heads}, d_model={d_model}")
    blocks = x.reshape(*batch, seq_len, num_heads, d_model // num_heads)
    return np.swapaxes(blocks, -2, -3)  # (..., num_heads, seq_len, head_dim)
    ### END SOLUTION


# %% exercise="split_heads" kind="hint"

# %% exercise="split_heads" kind="check" part="values"

# %% exercise="split_heads" kind="check" part="sizes"

# %% [markdown] name="two-views"
# With your function: the same words as two heads see them. Head 0 cannot know what refers back, head 1 not what is an
# animal; in attention they are slices of queries, keys and values, and the projections decide what goes where.


# %% name="see-heads"
def two_views():
    heads = split_heads(x, 2)
    shown = {"head 0": heads[0], "head 1": heads[1]}
    return heat_maps(shown, rows=words, columns=["first", "second"], numbers=True)


once_solved("split_heads", show=two_views)

# %% [markdown] name="why-merge"
# ## And back?
#
# When the heads are done, each word has one row in each of them: `[1, 2]` in one and `[3, 4]` in the other. Side by
# side they are one row again, `[1, 2, 3, 4]`. Do the steps of the cut backwards.

# %% [markdown] exercise="merge_heads" kind="statement"


# %% exercise="merge_heads" kind="answer"
def merge_heads(x):
    """Join heads (..., num_heads, seq_len, head_dim) to (..., seq_len, d_model)."""
    ### BEGIN SOLUTION
    rows = np.swapaxes(x, -2, -3)  # (..., seq_len, num_heads, head_dim)
    *batch, seq_len, num_heads, head_dim = rows.shape
    return rows.reshape(*batch, seq_len, num_heads * head_dim)
    ### END SOLUTION


# %% exercise="merge_heads" kind="hint"

# %% exercise="merge_heads" kind="check" part="values"

# %% [markdown] name="why-one-head-is-not-enough"
# ## What does a second head change?
#
# Let *it* look for two things: an animal and a state. First with a single head. Both look-ups add up to one row of
# scores, the softmax makes one row of weights of it, and *cat* and *tired* have to share: what *it* receives is less
# than half of each.

# %% name="one-blend"
w_q = np.zeros((4, 4))
w_q[2] = [5.0, 0.0, 5.0, 0.0]  # what refers back looks for an animal and for a state
w_k = np.zeros((4, 4))
w_k[0, 0] = 1.0  # an animal is found by feature 0,
w_k[3, 2] = 1.0  # a state by feature 2
w_v = np.zeros((4, 4))
w_v[0, 0] = w_v[1, 1] = 1.0  # passed on in features 0 and 1: animal, action
w_v[3, 2] = 1.0  # passed on in feature 2: state

_, weights = scaled_dot_product_attention(x @ w_q, x @ w_k, x @ w_v)
it = words.index("it")
heat_map(weights[[it]], rows=["it"], columns=words, title="One head: the weights of “it”", numbers=True)

# %% [markdown] name="the-last-projection"
# With two heads each question has weights of its own. Their answers are merged, and one last matrix, $W_O$, mixes them:
# without it no feature of the result could depend on two heads. In the example of the exercise below the second token
# finds 1 in head 0 and 0.75 in head 1; with $W_O = \begin{pmatrix} 1 & 1 \\ 0 & 1 \end{pmatrix}$ that becomes
#
# $$[1,\; 0.75]\; W_O = [1,\; 1.75].$$
#
# **Masks** come without a head axis, since all heads share them. Scores have one, `(..., num_heads, q_len, k_len)`.
# Where does it have to go? Broadcasting compares axes from the right, and a mask `(batch, q_len, k_len)` would put its
# batch where the heads are.

# %% [markdown] exercise="multi_head_attention" kind="statement"


# %% exercise="multi_head_attention" kind="answer"
def multi_head_attention(x, params, num_heads, mask=None):
    """Let every token of x (..., seq_len, d_model) attend to its own sequence in several heads.

    Returns output (..., seq_len, d_model) and weights (..., num_heads, seq_len, seq_len).
    """

    ### BEGIN SOLUTION
    def project(tokens, role):
        projected = tokens @ params[f"w_{role}"]
        return projected + params[f"b_{role}"] if f"b_{role}" in params else projected

    q, k, v = (split_heads(project(x, role), num_heads) for role in "qkv")
    for_all_heads = None if mask is None else mask[..., None, :, :]  # (..., 1, seq_len, seq_len)
    output, weights = scaled_dot_product_attention(q, k, v, for_all_heads)
    return project(merge_heads(output), "o"), weights
    ### END SOLUTION


# %% exercise="multi_head_attention" kind="hint"

# %% exercise="multi_head_attention" kind="check" part="values"

# %% exercise="multi_head_attention" kind="check" part="masks"

# %% exercise="multi_head_attention" kind="check" part="biases"

# %% [markdown] name="two-questions"
# The same matrices as above, now cut into two heads. Read the row of *it* in both: one head finds the cat, the other
# the tiredness, and neither has to share.


# %% name="see-two-heads"
def weights_of_two_heads():
    params = {"w_q": w_q, "w_k": w_k, "w_v": w_v, "w_o": np.eye(4)}
    _, weights = multi_head_attention(x, params, 2)
    labels = {"rows": words, "columns": words, "row_title": "query", "column_title": "key"}
    return heat_maps({"head 0": weights[0], "head 1": weights[1]}, across=1, **labels)


once_solved("split_heads", "merge_heads", "multi_head_attention", show=weights_of_two_heads)


# %% name="see-what-it-receives"
def what_it_receives():
    params = {"w_q": w_q, "w_k": w_k, "w_v": w_v, "w_o": np.eye(4)}
    received = [multi_head_attention(x, params, heads)[0][it] for heads in (1, 2)]
    names = ["animal", "action", "state"]
    return bars(
        names,
        {"one head": received[0][:3], "two heads": received[1][:3]},
        x_title="what “it” receives",
        limit=1.0,
    )


once_solved("split_heads", "merge_heads", "multi_head_attention", show=what_it_receives)

# %% [markdown] name="why-cross"
# ## Can one sentence look at another?
#
# A translation into French looks at its English source. The French words ask, the English words answer: queries are
# made of one sequence, keys and values of the other. Four queries and five keys give weights of shape `(4, 5)`.

# %% [markdown] exercise="cross_attention" kind="statement"


# %% exercise="cross_attention" kind="answer"
def cross_attention(x, context, params, num_heads, mask=None):
    """Let every token of x (..., q_len, d_model) attend to context (..., k_len, d_context) in several heads.

    Returns output (..., q_len, d_model) and weights (..., num_heads, q_len, k_len).
    """

    ### BEGIN SOLUTION
    def project(tokens, role):
        projected = tokens @ params[f"w_{role}"]
        return projected + params[f"b_{role}"] if f"b_{role}" in params else projected

    q = split_heads(project(x, "q"), num_heads)  # (..., num_heads, q_len, head_dim)
    k, v = (split_heads(project(context, role), num_heads) for role in "kv")
    for_all_heads = None if mask is None else mask[..., None, :, :]
    output, weights = scaled_dot_product_attention(q, k, v, for_all_heads)
    return project(merge_heads(output), "o"), weights
    ### END SOLUTION


# %% exercise="cross_attention" kind="hint"

# %% exercise="cross_attention" kind="check" part="values"

# %% exercise="cross_attention" kind="check" part="masks"

# %% [markdown] name="two-languages"
# Here the features are meanings that both languages share, and each French word looks for its own. The adjective stands
# on another side of the noun; attention does not mind.


# %% name="see-a-translation"
def translation():
    french, english = ["le", "chat", "noir", "dort"], ["the", "black", "cat", "sleeps", "."]
    meaning = np.eye(5)  # article, animal, color, rest, end
    params = {"w_q": 6 * np.eye(5), "w_k": np.eye(5), "w_v": np.eye(5), "w_o": np.eye(5)}
    _, weights = cross_attention(meaning[:4], meaning[[0, 2, 1, 3, 4]], params, 1)
    return word_links(french, english, weights[0], title="Who looks at whom")


once_solved("split_heads", "merge_heads", "cross_attention", show=translation)

# %% [markdown] name="why-count"
# ## What does it cost?
#
# Three tokens of four features, two heads. One projection is a 4 × 4 matrix: 16 parameters. Applied to three tokens it
# gives 12 numbers, each a sum of four products: 48 multiply-adds. The scores of one head are 3 × 3 numbers, each a sum
# of two products: 18; two heads, 36. The averages take as many again.
#
# | step | parameters | multiply-adds | weights |
# |---|---|---|---|
# | 4 projections | 4 · 16 | 4 · 48 | 0 |
# | scores of 2 heads | 0 | 2 · 18 | 2 · 9 |
# | averages of 2 heads | 0 | 2 · 18 | 0 |
# | **together** | **64** | **264** | **18** |

# %% [markdown] exercise="attention_cost" kind="statement"


# %% exercise="attention_cost" kind="answer"
def attention_cost(seq_len, d_model, num_heads):
    """Count parameters, multiply-adds and weight elements of multi-head self-attention, without biases."""
    ### BEGIN SOLUTION
    return {
        "parameters": 4 * d_model**2,
        "multiply_adds": 4 * seq_len * d_model**2 + 2 * seq_len**2 * d_model,
        "weight_elements": num_heads * seq_len**2,
    }
    ### END SOLUTION


# %% exercise="attention_cost" kind="hint"

# %% exercise="attention_cost" kind="check" part="values"


# %% name="see-costs"
def costs():
    lengths = [64, 128, 256, 512, 1024, 2048, 4096, 8192]
    counts = [attention_cost(n, 512, 8) for n in lengths]
    names = {
        "parameters": "parameters",
        "multiply_adds": "multiply-adds",
        "weight_elements": "weights, 8 heads",
    }
    return log_log_lines(
        lengths,
        {shown: [count[name] for count in counts] for name, shown in names.items()},
        x_title="tokens n",
        y_title="numbers, width 512",
    )


once_solved("attention_cost", show=costs)

# %% [markdown] name="read-the-costs"
# The slopes are those of the last few points: 0 for the parameters, which no sentence changes; 2 for the weights. The
# work turns from slope 1 to slope 2 where $2 n^2 d$ overtakes $4 n d^2$, at $n = 2d$, here 1024 tokens.

# %% [markdown] name="why-convert"
# ## What does True mean?
#
# Three answers are in use. Ours: *may attend*. `torch.nn.MultiheadAttention`: *hidden*. And where a mask holds 0 and
# $-\infty$, it is added to the scores, and 0 means *may attend*. A mask handed over unchanged raises nothing; it hides
# what should be seen. So convert it. The first key may be seen, the second not:
#
# | form | key 0 | key 1 |
# |---|---|---|
# | attend | True | False |
# | hidden | False | True |
# | additive | 0 | −∞ |

# %% [markdown] exercise="convert_mask" kind="statement"


# %% exercise="convert_mask" kind="answer"
def convert_mask(mask, to):
    """Write a mask, booleans (True = may attend) or floats (0 = may attend), in the form `to`."""
    ### BEGIN SOLUTION
    attend = mask.copy() if mask.dtype == bool else mask == 0
    if to == "attend":
        return attend
    return ~attend if to == "hidden" else np.where(attend, 0.0, -np.inf)
    ### END SOLUTION


# %% exercise="convert_mask" kind="hint"

# %% exercise="convert_mask" kind="check" part="values"


# %% name="see-forms"
def forms():
    causal = np.tri(5, dtype=bool)
    return mask_gallery(
        {
            "attend": convert_mask(causal, "attend"),
            "hidden, read as ours": convert_mask(causal, "hidden"),
            "additive and back": convert_mask(convert_mask(causal, "additive"), "attend"),
        }
    )


once_solved("convert_mask", show=forms)

# %% [markdown] name="summary"
# ## What you have built
#
# $$
# \begin{gathered}
# \text{head}_i = \operatorname{softmax}\!\left(\frac{Q_i K_i^\top}{\sqrt{d_k}}\right) V_i \\
# O = \operatorname{Concat}(\text{head}_0, \dots, \text{head}_{h-1})\, W_O
# \end{gathered}
# $$
#
# - **Heads** own contiguous blocks of features. Reshape, then exchange two axes; the way back is the mirror image.
# - **Multi-head attention** is: project, split, attend, merge, project. The scale is the root of *one* head's width.
# - **Cross-attention** makes keys and values of another sequence. The output has a row for each query.
# - **Costs**: $4d^2$ parameters and $4nd^2 + 2n^2d$ multiply-adds, whatever the number of heads; $h\,n^2$ weights.
# - **Masks** have several conventions. Before you pass one on, ask what True means there.
#
# **Where to go next.** The book's next page measures all of this: memory and time against the length, one head against
# two, attention against convolution.
