# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # Gradients by hand
#
# Training asks every number of a layer: if you grew a little, would the loss rise or fall? In this notebook you compute
# the answers yourself, for one head and then for a whole layer, and check each of them by measurement.
#
# When you have worked through this notebook, you can
#
# - measure the gradient of any function by finite differences, and say how far to trust it;
# - go back through a softmax without building its Jacobian;
# - derive and write the gradients of queries, keys and values, masks included;
# - go back through projections, heads, batches and biases to every parameter of the layer.
#
# You need matrix products, partial derivatives, and the forward pass from chapter 3.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace `raise NotImplementedError()` with your code, run the cell, then run the check below it. Stuck? The cell with
# `hint` gives one hint each time you run it. **Work in this order**: each function is used to check or to build the
# next.
#
# Run the set-up cell first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import numpy as np

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.figures import (
        bars,
        computation_graph,
        curves,
        heat_map,
        heat_maps,
    )
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="forward-pass"
# ## The forward pass, given
#
# Going back needs what the way there has computed. These are the functions of chapter 3, once more and without checks,
# so that you can call them in every exercise of this notebook.


# %% name="given" kind="setup"
def swap(x):
    """Transpose the last two axes; batch axes stay."""
    return np.swapaxes(x, -1, -2)


def attention_weights(q, k, mask=None):
    """Weights (..., q_len, k_len); hidden keys get 0, and so do all keys of a query that may see none."""
    scores = q @ swap(k) / q.shape[-1] ** 0.5
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    largest = scores.max(axis=-1, keepdims=True)
    exponents = np.exp(scores - np.where(np.isfinite(largest), largest, 0))
    total = exponents.sum(axis=-1, keepdims=True)
    return exponents / np.where(total == 0, 1, total)


def split_heads(x, num_heads):
    """(..., seq_len, d_model) to (..., num_heads, seq_len, head_dim)."""
    return x.reshape(*x.shape[:-1], num_heads, -1).swapaxes(-2, -3)


def merge_heads(x):
    """(..., num_heads, seq_len, head_dim) to (..., seq_len, d_model)."""
    side_by_side = x.swapaxes(-2, -3)
    return side_by_side.reshape(*side_by_side.shape[:-2], -1)


# %% [markdown] name="graph"
# This is the way there (blue) and back (dashed, orange). Every box is an array; its gradient has the same shape. You
# will walk it from the right to the left.

# %% name="see-graph"
shapes = {
    "Q": "$(n, d_k)$",
    "K": "$(m, d_k)$",
    "S": "$(n, m)$",
    "A": "$(n, m)$",
    "V": "$(m, d_v)$",
    "O": "$(n, d_v)$",
}
computation_graph(
    {
        "Q": (0, 0),
        "K": (0, 1),
        "S": (1.15, 0.5),
        "A": (2.45, 0.5),
        "V": (2.45, 1.5),
        "O": (3.6, 1),
        "L": (4.4, 1),
    },
    {
        ("Q", "S"): "",
        ("K", "S"): "",
        ("S", "A"): "softmax",
        ("A", "O"): "",
        ("V", "O"): "",
        ("O", "L"): "",
    },
    below=shapes,
)

# %% [markdown] name="why-measure"
# ## Can a slope be measured?
#
# Take $f(x) = x^3$ at $x = 1$, where the slope is 3. Go 0.1 up and 0.1 down: $1.1^3 = 1.331$ and $0.9^3 = 0.729$. The
# difference is 0.602 over a way of 0.2: 3.01. With 0.01 it is 3.0001. Nothing had to be derived. So you can check
# everything that you *do* derive: this function comes first.

# %% [markdown] exercise="numerical_gradient" kind="statement"


# %% exercise="numerical_gradient" kind="answer"
def numerical_gradient(f, x, eps=1e-5):
    """Gradient of the number f(x), in the shape of x, by central differences."""
    ### BEGIN SOLUTION
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += eps
        down[index] -= eps
        gradient[index] = (f(up) - f(down)) / (2 * eps)
    return gradient
    ### END SOLUTION


# %% exercise="numerical_gradient" kind="hint"

# %% exercise="numerical_gradient" kind="check" part="values"

# %% [markdown] name="how-small"
# How small should the step be? Measure it on a function whose gradient you know: $f(x) = \sum \sin x$, with the
# gradient $\cos x$. Before you run the cell: where do you expect the lowest error, and why is it not at the far left?


# %% name="see-steps"
def error_by_step():
    x = np.array([0.3, 1.0, 2.0])
    steps = [10.0**-power for power in range(1, 13)]
    errors = [np.abs(numerical_gradient(lambda x: np.sin(x).sum(), x, eps) - np.cos(x)).max() for eps in steps]
    return curves(
        steps,
        {"yours": errors},
        x_title="step ε",
        y_title="largest error",
        x_log=10,
        x_ticks=[1e-1, 1e-4, 1e-7, 1e-10],
        y_log=True,
    )


once_solved("numerical_gradient", show=error_by_step)

# %% [markdown] name="after-steps"
# On the right the formula is wrong: its error shrinks like $\varepsilon^2$. On the left the computer is: $f$ is rounded
# to 16 digits, and the rounding is divided by a tiny step. In between, near $10^{-5}$, ten digits are right. In float32
# there are only 7 digits to begin with: check gradients in float64.

# %% [markdown] name="why-softmax-backward"
# ## Who gains, who loses?
#
# Weights $p = (0.25, 0.75)$, and a loss that grows with the first one: $\partial L / \partial p = (1, 0)$. Raise the
# first score: the first weight grows. Raise the second score: the first weight *shrinks*, because weights share one
# whole. All that counts is how much better than average an entry is, with the average weighted by $p$: here it is $1
# \cdot 0.25 + 0 \cdot 0.75 = 0.25$, so the first entry lies 0.75 above and the second 0.25 below. Times their weights,
# that is 0.1875 and −0.1875.

# %% [markdown] exercise="softmax_backward" kind="statement"


# %% exercise="softmax_backward" kind="answer"
def softmax_backward(grad_p, p):
    """Gradient with respect to the scores (..., n), from that with respect to the weights p (..., n)."""
    ### BEGIN SOLUTION
    average = (grad_p * p).sum(axis=-1, keepdims=True)  # (..., 1)
    return p * (grad_p - average)
    ### END SOLUTION


# %% exercise="softmax_backward" kind="hint"

# %% exercise="softmax_backward" kind="check" part="values"

# %% [markdown] name="derived-and-measured"
# Derived and measured, side by side, for three queries with four weights each, and a loss with random factors. Add up
# a row: what must come out?


# %% name="see-softmax-gradient"
def derived_and_measured():
    rng = np.random.default_rng(2)
    scores, factors = rng.normal(size=(2, 3, 4))  # three queries, four keys

    def softmax(scores):
        exponents = np.exp(scores)
        return exponents / exponents.sum(axis=-1, keepdims=True)

    derived = softmax_backward(factors, softmax(scores))
    measured = numerical_gradient(lambda scores: (softmax(scores) * factors).sum(), scores)
    return heat_maps({"derived": derived, "measured": measured}, across=1, digits=2)


once_solved("numerical_gradient", "softmax_backward", show=derived_and_measured)

# %% [markdown] name="why-attention-backward"
# ## Two products and a softmax
#
# What is the gradient of a product $O = A V$? Think of one entry, $O_{ic} = \sum_j A_{ij} V_{jc}$: the weight $A_{ij}$
# is multiplied by $V_{jc}$, so it counts as much as $\sum_c G_{ic} V_{jc}$, where $G$ says how much each entry of $O$
# counts. That is $G V^\top$. In the same way $V$ gets $A^\top G$. You hardly need to remember where the transposes go:
#
# | array | shape | made of: which must be transposed? |
# |---|---|---|
# | `grad_v` | `(k_len, value_dim)` | `weights (q_len, k_len)` and `grad_output (q_len, value_dim)` |
# | `grad_weights` | `(q_len, k_len)` | `grad_output (q_len, value_dim)` and `v (k_len, value_dim)` |
# | `grad_q` | `(q_len, head_dim)` | `grad_scores (q_len, k_len)` and `k (k_len, head_dim)` |
# | `grad_k` | `(k_len, head_dim)` | `grad_scores (q_len, k_len)` and `q (q_len, head_dim)` |

# %% [markdown] exercise="attention_backward" kind="statement"


# %% exercise="attention_backward" kind="answer"
def attention_backward(grad_output, q, k, v, mask=None):
    """Gradients of q, k and v, from that of the output (..., q_len, value_dim) of one head."""
    ### BEGIN SOLUTION
    weights = attention_weights(q, k, mask)
    grad_v = swap(weights) @ grad_output
    grad_weights = grad_output @ swap(v)
    grad_scores = softmax_backward(grad_weights, weights) / q.shape[-1] ** 0.5
    return grad_scores @ k, swap(grad_scores) @ q, grad_v
    ### END SOLUTION


# %% exercise="attention_backward" kind="hint"

# %% exercise="attention_backward" kind="check" part="values"

# %% exercise="attention_backward" kind="check" part="masks"

# %% [markdown] name="which-key"
# What does a gradient *do*? Five keys; the loss is the squared distance of the output to a target. Let the query take
# forty steps against its gradient, and watch the weights move to the keys whose values are near the target.


# %% name="see-descent"
def descent():
    rng = np.random.default_rng(6)
    q, k = rng.normal(size=(1, 4)) / 4, rng.normal(size=(5, 4))
    v = np.linspace(0.0, 4.0, 5)[:, None]  # the values 0, 1, 2, 3, 4
    target, seen = 4.0, []
    for step in range(41):
        weights = attention_weights(q, k)
        if step % 10 == 0:
            seen.append(weights[0])
        grad_output = 2 * (weights @ v - target)  # of the squared distance
        grad_q, _, _ = attention_backward(grad_output, q, k, v)
        q = q - 0.1 * grad_q
    rows = [f"after {10 * place} steps" for place in range(5)]
    columns = [f"{value:.0f}" for value in v[:, 0]]
    return heat_map(np.array(seen), rows=rows, columns=columns, column_title="value of the key", digits=2)


once_solved("attention_backward", show=descent)

# %% [markdown] name="why-parameters"
# ## And the parameters?
#
# A layer is the head with products around it, all of the form $Y = X W + b$. You know the gradient of a product. Three
# things are new:
#
# - **One weight serves all tokens and all sequences.** Its gradient is the sum over all of them. For two tokens
#   $x = 1$ and $x = 3$ with $y = w x$, growing $w$ by 1 moves the sum of both outputs by $1 + 3 = 4$.
# - **A token goes three ways**, as query, key and value. Its gradient is the sum of what comes back.
# - **Heads are cut and merged.** On the way back the gradient of the merged heads is cut, and the heads' are merged.

# %% [markdown] exercise="multi_head_attention_backward" kind="statement"


# %% exercise="multi_head_attention_backward" kind="answer"
def multi_head_attention_backward(grad_output, x, params, num_heads, mask=None):
    """Gradients of x and of every entry of params, from that of the output (..., seq_len, d_model)."""

    ### BEGIN SOLUTION
    def project(role):
        projected = x @ params[f"w_{role}"]
        return projected + params[f"b_{role}"] if f"b_{role}" in params else projected

    def rows(array):
        return array.reshape(-1, array.shape[-1])  # all tokens of all sequences

    if mask is not None and mask.ndim > 2:
        mask = mask[..., None, :, :]  # the same for all heads
    q, k, v = (split_heads(project(role), num_heads) for role in "qkv")
    merged = merge_heads(attention_weights(q, k, mask) @ v)

    grad_heads = split_heads(grad_output @ params["w_o"].T, num_heads)
    grads = dict(zip("qkv", map(merge_heads, attention_backward(grad_heads, q, k, v, mask)), strict=True))
    grad_x = sum(grads[role] @ params[f"w_{role}"].T for role in "qkv")

    inputs = {"q": x, "k": x, "v": x, "o": merged}
    grads["o"] = grad_output
    grad_params = {}
    for name in params:
        kind, role = name.split("_")
        grad = rows(grads[role])
        grad_params[name] = rows(inputs[role]).T @ grad if kind == "w" else grad.sum(axis=0)
    return grad_x, grad_params
    ### END SOLUTION


# %% exercise="multi_head_attention_backward" kind="hint"

# %% exercise="multi_head_attention_backward" kind="check" part="values"

# %% exercise="multi_head_attention_backward" kind="check" part="masks"

# %% exercise="multi_head_attention_backward" kind="check" part="biases"

# %% [markdown] name="which-parameters-learn"
# How large is the gradient of each parameter? One of them is special. Which one, and why?


# %% name="see-parameters"
def sizes_of_gradients():
    rng = np.random.default_rng(9)
    x, grad_output = rng.normal(size=(2, 3, 6, 8))
    params = {name: rng.normal(size=(8, 8)) / 8**0.5 for name in ("w_q", "w_k", "w_v", "w_o")}
    params |= {name: rng.normal(size=8) for name in ("b_q", "b_k", "b_v", "b_o")}
    _, grad_params = multi_head_attention_backward(grad_output, x, params, 2)
    largest = [float(np.abs(grad_params[name]).max()) for name in params]
    return bars(list(params), {"largest entry": largest}, x_title="largest entry of the gradient")


once_solved("multi_head_attention_backward", show=sizes_of_gradients)

# %% [markdown] name="why-not-b-k"
# $b_K$ adds the same number to all scores of a query. The softmax does not see what all scores have in common, so no
# loss can depend on it. Many libraries keep this bias all the same.

# %% [markdown] name="summary"
# ## What you have built
#
# - A gradient has the shape of its array. Finite differences measure it: a step of $10^{-5}$ to both sides, in float64.
# - **Softmax**: $p \circ (g - \sum g \circ p)$. Rows of the result sum to 0.
# - **Product**: the gradient times the other factor, transposed where the shapes ask for it.
# - **Mask**: no line at all. Weights of 0 let nothing through.
# - **Parameters** sum over tokens and batches; **tokens** sum over their three ways.
#
# **Where to go next.** From here on PyTorch computes the gradients. You know what it does, and what it has to keep in
# memory for it: the weights of every head. The chapter on efficient attention is about not keeping them.
