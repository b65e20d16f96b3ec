import pytest
import torch
from torch import nn

from selfattn_ref import Transformer, beam_search, greedy_decode

BOS, EOS, VOCAB = 1, 2, 7


class Follows(nn.Module):
    """After a token comes the one that the source names for it; it remembers how it was called."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5).eval()
        self.lengths, self.calls = [], []

    def forward(self, source, tokens):
        self.lengths.append(tokens.shape[1])
        self.calls.append((self.training, torch.is_grad_enabled(), source.shape[0]))
        return nn.functional.one_hot(source.gather(1, tokens), VOCAB).double()


# row b, column t: what follows t
SOURCE = torch.tensor([[0, 3, 2, 4, 2, 0, 0], [0, 2, 5, 0, 0, 0, 0], [0, 6, 2, 0, 0, 0, 6]])


def test_greedy_decode_stops_every_sequence_at_its_own_end():
    tokens = greedy_decode(Follows(), SOURCE[:2], BOS, EOS, max_len=9)
    assert tokens.tolist() == [[1, 3, 4, 2], [1, 2, 2, 2]]
    assert tokens.dtype == torch.int64


def test_greedy_decode_max_len_counts_bos():
    assert greedy_decode(Follows(), SOURCE, BOS, EOS, max_len=5).tolist() == [
        [1, 3, 4, 2, 2], [1, 2, 2, 2, 2], [1, 6, 6, 6, 6],
    ]  # fmt: skip
    assert greedy_decode(Follows(), SOURCE, BOS, EOS, max_len=1).tolist() == [[1], [1], [1]]


def test_greedy_decode_calls_the_model_with_everything_so_far_once_for_each_token():
    model = Follows()
    greedy_decode(model, SOURCE[:2], BOS, EOS, max_len=9)
    assert model.lengths == [1, 2, 3]  # and no more once all have ended
    assert model.calls == [(False, False, 2)] * 3


def test_greedy_decode_ties_go_to_the_lowest_token():
    class Flat(nn.Module):
        def forward(self, source, tokens):
            return torch.tensor([-1.0, 0.0, 0.0, 5.0, 5.0, 5.0, 1.0]).expand(*tokens.shape, VOCAB)

    assert greedy_decode(Flat(), SOURCE, BOS, EOS, max_len=3).tolist() == [[1, 3, 3]] * 3


def test_greedy_decode_bos_may_be_eos():
    assert greedy_decode(Follows(), torch.tensor([[0, 3, 0, 1]]), 1, 1, max_len=9).tolist() == [[1, 3, 1]]


def test_greedy_decode_no_sequence_at_all():
    assert greedy_decode(Follows(), SOURCE[:0], BOS, EOS, max_len=4).shape == (0, 1)


class Fails(Follows):
    def forward(self, source, tokens):
        raise RuntimeError


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", [Follows, Fails])
def test_greedy_decode_restores_the_mode_of_every_part(kind, train):
    model = kind()
    model.training = train
    if kind is Fails:
        with pytest.raises(RuntimeError):
            greedy_decode(model, SOURCE, BOS, EOS, max_len=4)
    else:
        greedy_decode(model, SOURCE, BOS, EOS, max_len=4)
    assert (model.training, model.drop.training) == (train, False)


def test_greedy_decode_drops_nothing_and_leaves_source_alone():
    model, source = Transformer(7, 7, 8, 2, 16, 1, dropout=0.5), SOURCE.clone()
    first = greedy_decode(model, source, BOS, EOS, max_len=8)
    assert torch.equal(first, greedy_decode(model, source, BOS, EOS, max_len=8))
    assert torch.equal(source, SOURCE)
    assert model.training


def test_greedy_decode_is_a_beam_of_one_sequence():
    model, max_len = Transformer(7, 7, 8, 2, 16, 1).double().eval(), 6
    greedy = greedy_decode(model, SOURCE, BOS, EOS, max_len)
    for row in range(len(SOURCE)):

        def step(tokens, row=row):
            with torch.no_grad():
                logits = model(SOURCE[row : row + 1], torch.tensor([tokens]))
            return logits[0, -1].log_softmax(dim=-1).numpy()

        tokens, _ = beam_search(step, BOS, EOS, 1, max_len - 1)
        assert greedy[row].tolist() == (tokens + max_len * [EOS])[: greedy.shape[1]]
