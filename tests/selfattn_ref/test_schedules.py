import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import warmup_learning_rate


def test_warmup_learning_rate_numbers_of_the_paper():
    # 512 wide, 4000 steps: 512^−0.5 · 4000^−0.5 at the top, a quarter of the way a quarter of it
    assert warmup_learning_rate(4000, 512, 4000) == pytest.approx(6.987712429686843e-4, rel=1e-12)
    assert warmup_learning_rate(1000, 512, 4000) == pytest.approx(6.987712429686843e-4 / 4, rel=1e-12)
    assert warmup_learning_rate(16000, 512, 4000) == pytest.approx(6.987712429686843e-4 / 2, rel=1e-12)


@given(st.integers(1, 10**6), st.integers(1, 4096), st.integers(1, 10**5))
def test_warmup_learning_rate_rises_to_its_top_and_falls(step, d_model, warmup_steps):
    rate, after = (warmup_learning_rate(s, d_model, warmup_steps) for s in (step, step + 1))
    assert (rate < after) == (step < warmup_steps)
    assert 0 < rate <= warmup_learning_rate(warmup_steps, d_model, warmup_steps)
    assert rate == pytest.approx(
        min(step / warmup_steps, math.sqrt(warmup_steps / step)) / math.sqrt(d_model * warmup_steps)
    )


def test_warmup_learning_rate_in_a_scheduler_of_torch():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: warmup_learning_rate(done + 1, 4, 2))
    rates = []
    for _ in range(3):
        rates += scheduler.get_last_lr()
        optimizer.step()
        scheduler.step()
    assert rates == [warmup_learning_rate(step, 4, 2) for step in (1, 2, 3)]
