"""Attempts at `warmup_learning_rate`."""

import math

import numpy as np

from tests.specimens.specimen import right, wrong

ID = "warmup_learning_rate"


@right(ID)
def as_the_formula_says(step, d_model, warmup_steps):
    return d_model ** (-0.5) * min(step ** (-0.5), step * warmup_steps ** (-1.5))


@right(ID)
def two_branches(step, d_model, warmup_steps):
    peak = 1 / math.sqrt(d_model * warmup_steps)
    if step < warmup_steps:
        return peak * step / warmup_steps
    return peak * math.sqrt(warmup_steps / step)


@right(ID)
def with_numpy(step, d_model, warmup_steps):
    return np.minimum(1 / np.sqrt(step), step / np.sqrt(warmup_steps) ** 3) / np.sqrt(d_model)


@right(ID)
def by_logarithms(step, d_model, warmup_steps):
    t, d, w = map(math.log, (step, d_model, warmup_steps))
    return math.exp(min(-t / 2, t - 1.5 * w) - d / 2)


@wrong(ID, "larger-of-both")
def takes_max(step, d_model, warmup_steps):
    return d_model**-0.5 * max(step**-0.5, step * warmup_steps**-1.5)


@wrong(ID, "larger-of-both")
def branches_exchanged(step, d_model, warmup_steps):
    factor = step**-0.5 if step < warmup_steps else step * warmup_steps**-1.5
    return d_model**-0.5 * factor


@wrong(ID, "no-warmup")
def curve_only(step, d_model, warmup_steps):
    return 1 / math.sqrt(d_model * step)


@wrong(ID, "never-falls")
def line_only(step, d_model, warmup_steps):
    return d_model**-0.5 * step * warmup_steps**-1.5


@wrong(ID, "never-falls")
def stays_at_the_peak(step, d_model, warmup_steps):
    return (d_model * warmup_steps) ** -0.5 * min(1.0, step / warmup_steps)


@wrong(ID, "line-misses-curve")
def same_root_for_the_line(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-0.5)


@wrong(ID, "line-misses-curve")
def line_to_one(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**-0.5, step / warmup_steps)


@wrong(ID, "line-misses-curve")
def sign_of_the_exponent(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**1.5)


@wrong(ID, "falls-too-fast")
def hyperbola(step, d_model, warmup_steps):
    return d_model**-0.5 * min(1 / step, step * warmup_steps**-1.5)


@wrong(ID, "falls-too-fast")
def hyperbola_from_the_peak(step, d_model, warmup_steps):
    peak = (d_model * warmup_steps) ** -0.5
    return peak * min(step / warmup_steps, warmup_steps / step)


@wrong(ID, "root-not-inverted")
def plus_a_half(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**0.5, step * warmup_steps**-1.5)


@wrong(ID, "root-not-inverted")
def width_upside_down(step, d_model, warmup_steps):
    return math.sqrt(d_model) * min(step**-0.5, step * warmup_steps**-1.5)


@wrong(ID, "ignores-width")
def without_width(step, d_model, warmup_steps):
    return min(step**-0.5, step * warmup_steps**-1.5)


@wrong(ID, "width-not-rooted")
def over_the_width(step, d_model, warmup_steps):
    return min(step**-0.5, step * warmup_steps**-1.5) / d_model


@wrong(ID, "step-shifted")
def plus_one_against_zero(step, d_model, warmup_steps):
    step = step + 1
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)


@wrong(ID, "step-shifted")
def from_zero(step, d_model, warmup_steps):
    step -= 1
    return d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5)


@wrong(ID, "share-of-the-peak")
def factor_for_a_scheduler(step, d_model, warmup_steps):
    return min(step / warmup_steps, math.sqrt(warmup_steps / step))


@wrong(ID, "larger-of-both", "ignores-width")
def max_without_width(step, d_model, warmup_steps):
    return max(step**-0.5, step * warmup_steps**-1.5)


@wrong(ID, "power-before-division")
def fractions_without_parentheses(step, d_model, warmup_steps):
    return d_model**-1/2 * min(step**-1/2, step * warmup_steps**-3/2)  # fmt: skip


@wrong(ID, "wrong-values")
def integer_division(step, d_model, warmup_steps):
    return d_model**-0.5 * min(step**-0.5, (step // warmup_steps) * warmup_steps**-0.5)


@wrong(ID, "returns-nothing")
def prints(step, d_model, warmup_steps):
    print(d_model**-0.5 * min(step**-0.5, step * warmup_steps**-1.5))


@wrong(ID, "not-written-yet")
def as_released(step, d_model, warmup_steps):
    raise NotImplementedError
