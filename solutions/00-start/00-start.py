# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] name="title"
# # Start here: how a check talks
#
# This notebook is a rehearsal. The function is a toy, `double(x)`, so that you can look at the rest: how a notebook of
# this course is built, how to run it, and what the checks say. It takes ten minutes.
#
# When you have worked through it, you can
#
# - run a notebook of the course, and know which cells are yours;
# - read the four kinds of answers that a check gives: passed, wrong shape, wrong dtype, a mistake with a name;
# - find the page of a mistake, ask for a hint, and hand in your work.

# %% [markdown] name="overview" kind="overview"

# %% [markdown] name="how-to"
# ## Run the set-up first
#
# Click into the cell below and press *Shift + Enter*. Do this every time you open a notebook: it loads NumPy, the
# checks and the pictures. If it fails, it says what is missing.

# %% name="setup" kind="setup"
try:
    import numpy as np

    from selfattn_check import check, hint, once_solved
    from selfattn_ref.figures import heat_maps
except ModuleNotFoundError as missing:
    raise ImportError(
        "This notebook needs the course's packages, and this kernel does not have "
        f"{missing.name}. Close it, run `make lab` in the course's folder, and open it there."
    ) from None

# %% [markdown] name="probes"
# ## What a check does
#
# A check calls your function on several inputs, its *probes*, and compares the results with the right ones. Each probe
# has a name and a purpose. Here is one, with the result that is asked for. White is 0, blue positive, orange negative:

# %% name="a-probe"
x = np.array([[1.0, -0.5, 0.0], [2.0, 1.5, -1.0]])
heat_maps({"x": x, "asked for: 2x": np.array([[2.0, -1.0, 0.0], [4.0, 3.0, -2.0]])}, limit=4)

# %% [markdown] name="four-kinds"
# ## Four kinds of answers
#
# Below are attempts at `double`, all of them wrong; the right one will be yours. Run each cell and read the report.
# (With `show=False` a check only returns its report. Checks of your own functions also stop the run while they fail.)
#
# ### 1. The shape is wrong
#
# The first line says *what*, the next lines *where*. Numbers are not compared until the shapes agree.


# %% name="wrong-shape"
def adds_an_axis(x):
    return (2 * x)[..., None]


check("double", adds_an_axis, show=False)

# %% [markdown] name="about-dtype"
# ### 2. The dtype is wrong
#
# The numbers are right, and the answer still fails: the function must give float32 for float32, and it gives float64.
# The culprit is `np.float64(2)`; a plain `2` leaves the dtype alone. In large models this slip doubles the memory.


# %% name="wrong-dtype"
def widens(x):
    return np.float64(2) * x


check("double", widens, show=False)

# %% [markdown] name="about-diagnosis"
# ### 3. A mistake with a name
#
# Two times two is four, and so is two squared. The check tried the known mistakes and found one that gives *exactly*
# these numbers on every probe. The line that begins with *note* says so, and the code, `squares`, is the name of a page
# in the book.


# %% name="a-named-mistake"
def squares(x):
    return x**2


check("double", squares, show=False)

# %% name="see-the-mistake"
heat_maps({"yours": squares(x), "expected": x + x, "difference": squares(x) - 2 * x}, limit=4, across=3)

# %% [markdown] name="about-symptom"
# If no known mistake fits, there is no *note*. Then the code is a symptom: what was seen, without a guess why.


# %% name="a-symptom"
def nearly(x):
    return 2.001 * x


check("double", nearly, show=False)

# %% [markdown] name="about-passing"
# ### 4. Passed
#
# This one you produce yourself. The cell below is the only one in this notebook that you must change: replace
# `raise NotImplementedError()` with your code, keep the first line, and run it.

# %% [markdown] exercise="double" kind="statement"


# %% exercise="double" kind="answer"
def double(x):
    """Twice every number of x, in the shape and dtype of x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% [markdown] name="about-hints"
# Stuck? The next cell gives one hint each time you run it: a nudge first, nearly the answer last. Using hints costs
# nothing.

# %% exercise="double" kind="hint"

# %% [markdown] name="about-the-check"
# And this is the check that counts. Run it before you have written anything, too, and see what it says.

# %% exercise="double" kind="check" part="values"

# %% [markdown] name="your-picture"
# Pictures of your own results wait until the functions that they need are right:


# %% name="see-double"
def before_and_after():
    return heat_maps({"x": x, "your double(x)": double(x)}, limit=4)


once_solved("double", show=before_and_after)

# %% [markdown] name="hand-in"
# ## Hand it in
#
# Choose *Kernel → Restart Kernel and Run All Cells* before you hand a notebook in: what counts is what it does from top
# to bottom. Then save it and hand in this one file, under its own name. You may add cells for trying things out. Leave
# the statements and the checks as they are; the grader puts its own in their place.
