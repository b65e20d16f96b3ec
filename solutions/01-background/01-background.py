# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # Before attention: memory, distance, look-up
#
# > The **cat** that the neighbors' children had fed since spring **was** tired.
#
# To know that it must be *was* and not *were*, you have to remember *cat* for eight words and let nothing in between
# wash it away. This notebook builds the network that tries to remember, measures why it forgets, and ends with the idea
# that replaced it: do not remember, look it up.
#
# When you have worked through this notebook, you can
#
# - write a recurrent network, and see its memory fade;
# - follow a gradient back through it, and predict from the weights whether it vanishes or explodes;
# - write a dictionary that answers with a blend, which is attention for one query;
# - count the steps between two tokens for attention, recurrence and convolution.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## How to work with it
#
# Replace `raise NotImplementedError()` with your code, run the cell, then run the check below it. If you have not met
# the checks yet, start with the notebook `00-start`. Run the set-up cell first, every time you open the notebook.

# %% name="setup" kind="setup"
try:
    import numpy as np

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.figures import curves, heat_map, heat_maps
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="why-a-state"
# ## How can a network of fixed size read a text of any length?
#
# It reads one token after the other and keeps notes. The notes are a vector, the *state*: every step takes in one token
# and the state of the step before, and makes a new state. One feature, weights 0.5 and 0.8, and a token of 1 followed
# by zeros give $\tanh(0.5) = 0.462$, then $\tanh(0.8 \cdot 0.462) = 0.354$, and so on: the note fades.

# %% name="fading-by-hand"
state = 0.0
for token in (1.0, 0.0, 0.0, 0.0):
    state = np.tanh(0.5 * token + 0.8 * state)
    print(f"token {token:.0f}, state {state:.3f}")

# %% [markdown] exercise="rnn_states" kind="statement"


# %% exercise="rnn_states" kind="answer"
def rnn_states(x, w_x, w_h, b):
    """States (n, d_h) of a recurrent network that reads x (n, d_in)."""
    ### BEGIN SOLUTION
    state = np.zeros_like(b)
    states = []
    for token in x:
        state = np.tanh(token @ w_x + state @ w_h + b)
        states.append(state)
    return np.stack(states)
    ### END SOLUTION


# %% exercise="rnn_states" kind="hint"

# %% exercise="rnn_states" kind="check" part="values"

# %% [markdown] name="two-sentences"
# With your function: two sequences that differ in their first token alone. If the network remembered, the states would
# stay different. Columns are the twelve steps, rows the features of the state.


# %% name="see-forgetting"
def difference_of_two_runs():
    rng = np.random.default_rng(5)
    x = 0.3 * rng.normal(size=(12, 3))
    other = x.copy()
    other[0] = -x[0]
    w_x, w_h, b = rng.normal(size=(3, 6)), rng.normal(size=(6, 6)) / 6**0.5, np.zeros(6)
    difference = rnn_states(x, w_x, w_h, b) - rnn_states(other, w_x, w_h, b)
    return heat_map(difference.T, columns=range(12), column_title="step", row_title="feature", title="What is left")


once_solved("rnn_states", show=difference_of_two_runs)

# %% [markdown] name="why-reach"
# ## How far back does a correction reach?
#
# Training corrects the weights by gradients. If the answer at the end is wrong because of a token at the start, the
# gradient has to travel back through every step, and each step multiplies it by one Jacobian. Factors of 0.8 leave
# little after 20 steps, factors of 1.25 grow:

# %% name="powers"
for factor in (0.8, 1.0, 1.25):
    print(f"{factor} to the power 20: {factor**20:8.3f}")

# %% [markdown] name="where-the-factor-comes-from"
# Where does the factor come from? The derivative of $\tanh(s)$ is $1 - \tanh^2(s)$, and the state *is* that tanh:
# $1 - h_t^2$, one number for each feature. The weights $W_h$ do the rest. For one feature, weight 0.8 and $h_t = 0.5$:
# $0.8 \cdot (1 - 0.25) = 0.6$.

# %% [markdown] exercise="gradient_reach" kind="statement"


# %% exercise="gradient_reach" kind="answer"
def gradient_reach(states, w_h):
    """Spectral norm of ∂h_last/∂h_t for every t, (n,), of the network that gave states (n, d_h)."""
    ### BEGIN SOLUTION
    reach = np.empty(len(states), states.dtype)
    to_last = np.eye(len(w_h))  # ∂h_last/∂h_t, at the end the identity
    for t in reversed(range(len(states))):
        reach[t] = np.linalg.norm(to_last, 2)
        to_last = (w_h * (1 - states[t] ** 2)) @ to_last  # one step further back
    return reach
    ### END SOLUTION


# %% exercise="gradient_reach" kind="hint"

# %% exercise="gradient_reach" kind="check" part="values"

# %% [markdown] name="three-sizes"
# Three networks that differ in the size of $W_h$ only, run on the same 40 tokens. The scale of the picture is
# logarithmic: a straight line is a constant factor for each step.


# %% name="see-reach"
def reach_by_distance():
    rng = np.random.default_rng(11)
    x, w_x, w_h = 0.3 * rng.normal(size=(40, 4)), rng.normal(size=(4, 24)) / 2, rng.normal(size=(24, 24)) / 24**0.5
    lines = {}
    for scale in (0.6, 1.0, 1.8):
        states = rnn_states(x, w_x, scale * w_h, np.zeros(24))
        lines[f"weights times {scale}"] = gradient_reach(states, scale * w_h)[::-1]
    return curves(range(40), lines, x_title="steps back from the last state", y_title="reach", y_log=True)


once_solved("rnn_states", "gradient_reach", show=reach_by_distance)

# %% [markdown] name="why-look-up"
# ## What if nothing had to be remembered?
#
# Keep all tokens, and look up the one you need. A Python dictionary finds only an exact match:

# %% name="hard-lookup"
color_of = {"grass": "green", "sky": "blue"}
print(color_of["sky"], color_of.get("the sky"))

# %% [markdown] name="from-hard-to-soft"
# A *soft* look-up compares the query with every key by a dot product, and blends the values in the shares that the
# comparison gives. Scores 0 and $\log 3$ become shares 1/4 and 3/4; the values 4 and 8 become
# $\tfrac14 \cdot 4 + \tfrac34 \cdot 8 = 7$. A blend changes smoothly with the query, so gradients can teach it what to
# ask for. And every entry is one step away, however far back it was written.

# %% [markdown] exercise="soft_lookup" kind="statement"


# %% exercise="soft_lookup" kind="answer"
def soft_lookup(query, keys, values, temperature=1.0):
    """Blend (d_v,) of values (n, d_v), by how well keys (n, d) match query (d,)."""
    ### BEGIN SOLUTION
    scores = keys @ query / temperature  # (n,)
    exponents = np.exp(scores - scores.max())
    return exponents / exponents.sum() @ values
    ### END SOLUTION


# %% exercise="soft_lookup" kind="hint"

# %% exercise="soft_lookup" kind="check" part="values"

# %% exercise="soft_lookup" kind="check" part="stability"

# %% [markdown] name="temperatures"
# Look up *sky* among four words with two made-up features, “in nature” and “up high”. With values that are the rows of
# an identity matrix, the blend shows the shares themselves. Cold is a dictionary, hot is an average:


# %% name="see-temperatures"
def shares_by_temperature():
    words = ["grass", "sky", "cloud", "desk"]
    keys = np.array([[1.0, 0.0], [1.0, 1.0], [0.7, 1.0], [0.0, 0.2]])
    temperatures = (0.05, 0.5, 5.0)
    shares = np.array([soft_lookup(keys[1], keys, np.eye(4), temperature) for temperature in temperatures])
    return heat_map(shares, rows=[f"temperature {t}" for t in temperatures], columns=words, limit=1)


once_solved("soft_lookup", show=shares_by_temperature)

# %% [markdown] name="why-path-length"
# ## How many steps lie between two tokens?
#
# The longer a path, the more often a signal is multiplied on its way. A recurrent network goes through every token
# between. A convolution over $k$ neighbors reaches $k - 1$ further with each layer. A *dilated* one mixes $k$ tokens
# that stand apart, farther apart with each layer, and so multiplies the view by $k$. In attention every token is one
# step from every other. This picture shows which of 27 tokens the last output sees through one, two, … layers of
# kernel size 3 (1: it sees it):

# %% name="receptive-fields"
tokens = np.arange(27)
plain = np.array([tokens >= 26 - 2 * layers for layers in (1, 2, 3)])
dilated = np.array([tokens >= 27 - 3**layers for layers in (1, 2, 3)])
layers = ["1 layer", "2 layers", "3 layers"]
heat_maps({"plain convolution": plain, "dilated convolution": dilated}, rows=layers, across=1, limit=1)

# %% [markdown] exercise="max_path_length" kind="statement"


# %% exercise="max_path_length" kind="answer"
def max_path_length(layer, n, kernel_size=3):
    """Steps from the first to the last of n tokens through one kind of layer."""
    ### BEGIN SOLUTION
    if layer == "attention":
        return 1
    if layer == "recurrent":
        return n - 1
    if layer == "convolution":
        return -(-(n - 1) // (kernel_size - 1))  # rounded up
    if layer == "dilated":
        layers, seen = 0, 1
        while seen < n:
            layers, seen = layers + 1, seen * kernel_size
        return layers
    raise ValueError(f"layer must be attention, recurrent, convolution or dilated, got {layer!r}")
    ### END SOLUTION


# %% exercise="max_path_length" kind="hint"

# %% exercise="max_path_length" kind="check" part="values"


# %% name="see-path-lengths"
def path_lengths():
    lengths = [4**power for power in range(1, 7)]
    names = ("recurrent", "convolution", "dilated", "attention")
    lines = {name: [max_path_length(name, n) for n in lengths] for name in names}
    return curves(lengths, lines, x_title="tokens n", y_title="longest path", x_log=2, y_log=True)


once_solved("max_path_length", show=path_lengths)

# %% [markdown] name="what-next"
# ## What comes next
#
# You have written attention for one query. Three things are missing: many queries at once, projections that learn what
# to ask for and what to offer, and an answer to the question how a token knows *where* it stands, since a look-up does
# not care about order. The next two chapters add them.
