"""How the learning rate changes while a Transformer is trained."""

from __future__ import annotations

from selfattn_ref.validation import size


def warmup_learning_rate(step: int, d_model: int, warmup_steps: int) -> float:
    """Raise the learning rate in a straight line, then let it fall with the square root of the step.

    d_model^−0.5 · min(step^−0.5, step · warmup_steps^−1.5) — Vaswani et al. (2017), equation 3. Both are equal at
    step = warmup_steps, where the rate is highest: (d_model · warmup_steps)^−0.5.

    Args:
        step: number of the optimizer's step, the first is 1.
        d_model: width of the model.
        warmup_steps: number of steps on which the rate rises.

    Returns:
        The learning rate.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: an argument is below 1.

    >>> [round(warmup_learning_rate(step, d_model=4, warmup_steps=4), 4) for step in (1, 2, 4, 16)]
    [0.0625, 0.125, 0.25, 0.125]
    """
    step, warmup_steps = size("step", step, at_least=1), size("warmup_steps", warmup_steps, at_least=1)
    return size("d_model", d_model, at_least=1) ** -0.5 * min(step**-0.5, step * warmup_steps**-1.5)
