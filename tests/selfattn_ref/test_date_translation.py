import dataclasses

import pytest
import torch

from selfattn_ref.date_translation import SETTING, learn

SHORT = dataclasses.replace(SETTING, steps=200)


@pytest.mark.slow
def test_a_third_of_the_training_translates_most_dates():
    threads = torch.get_num_threads()
    learned = learn(0, setting=SHORT, every=100, held_out=300)
    assert learned.exact_match > 0.8
    assert list(learned.curve) == [100, 200]
    assert learned.curve[100] < learned.curve[200]
    assert len(learned.losses) == 200
    assert not learned.model.training
    assert torch.get_num_threads() == threads


def test_same_seed_learns_the_same():
    tiny = dataclasses.replace(SETTING, steps=3, batch_size=8, d_model=8, num_heads=2, d_ff=8)
    first, again, other = (learn(seed, setting=tiny, held_out=5) for seed in (4, 4, 5))
    assert first.losses == again.losses != other.losses
    assert first.held_out == again.held_out
