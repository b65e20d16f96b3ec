import torch

from selfattn_ref.seeds import seeded


def test_seeded_gives_back_random_state_and_threads():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with seeded(3, threads=1):
        first = torch.rand(2)
        assert torch.get_num_threads() == 1
    with seeded(3):
        assert torch.rand(2).equal(first)
    assert torch.get_rng_state().equal(state)
    assert torch.get_num_threads() == threads
