import copy
import math

import pytest
import torch

from selfattn_ref import SelfAttentiveRecommender, shift_targets

F = torch.nn.functional
SIZES = {"num_items": 9, "max_len": 7, "d_model": 12, "num_heads": 3, "num_layers": 2}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return SelfAttentiveRecommender(**SIZES).double().eval()


def history(*items):
    return torch.tensor([items])


def test_recommender_every_position_is_the_answer_to_its_own_past(model):
    sequence = history(3, 1, 4, 1, 5, 9, 2)
    scores = model(sequence)
    assert scores.shape == (1, 7, 10)
    for t in range(7):
        torch.testing.assert_close(model(sequence[:, : t + 1])[:, -1], scores[:, t])


def test_recommender_order_matters(model):
    one, other = model(history(3, 1, 4))[:, -1, 1:], model(history(1, 3, 4))[:, -1, 1:]
    assert (one - other).abs().max() > 1e-3


@pytest.mark.parametrize(("left", "right"), [(4, 0), (0, 4), (2, 2)])
def test_recommender_padding_on_either_side_changes_nothing(model, left, right):
    padded = F.pad(history(3, 1, 4), (left, right))
    torch.testing.assert_close(model(padded)[:, left : left + 3], model(history(3, 1, 4)))


def test_recommender_histories_of_a_batch_do_not_touch(model):
    both = model(torch.tensor([[3, 1, 4, 1], [0, 0, 2, 7]]))
    torch.testing.assert_close(both[1:, 2:], model(history(2, 7)))
    torch.testing.assert_close(both[:1], model(history(3, 1, 4, 1)))


def as_torch_layer(layer):
    """PyTorch's pre-norm layer with the weights of one of ours."""
    theirs = torch.nn.TransformerEncoderLayer(12, 3, 12, dropout=0.0, batch_first=True, norm_first=True).double()
    names = {"norm1": "norm1", "norm2": "norm2", "linear1": "feed_forward.linear1", "linear2": "feed_forward.linear2"}
    names["self_attn.out_proj"] = "attention.w_o"
    for kind in ("weight", "bias"):
        state = {f"{name}.{kind}": layer.state_dict()[f"{mine}.{kind}"] for name, mine in names.items()}
        projections = [layer.state_dict()[f"attention.w_{role}.{kind}"] for role in "qkv"]
        state[f"self_attn.in_proj_{kind}"] = torch.cat(projections)
        theirs.load_state_dict(state, strict=False)
    return theirs


def test_recommender_equals_torch_layers_with_the_same_weights(model):
    sequence = torch.tensor([[3, 1, 4, 1, 5], [2, 7, 2, 8, 6]])
    x = model.items.weight[sequence] * math.sqrt(12) + model.positions.weight[:5]
    for layer in model.layers:
        x = as_torch_layer(layer)(x, src_mask=torch.ones(5, 5, dtype=torch.bool).triu(1))
    states = F.layer_norm(x, (12,), model.norm.weight, model.norm.bias)
    torch.testing.assert_close(model.states(sequence), states)
    torch.testing.assert_close(model(sequence)[..., 1:], (states @ model.items.weight.T)[..., 1:])


def test_recommender_padding_is_never_recommended_and_never_learned(model):
    sequences = torch.tensor([[0, 0, 3, 1, 4, 1], [5, 9, 2, 6, 0, 0]])
    inputs, targets = (torch.tensor(array) for array in shift_targets(sequences.numpy()))
    scores = model(inputs)
    assert (scores[..., 0] == -math.inf).all()
    F.cross_entropy(scores.flatten(0, 1), targets.flatten(), ignore_index=0).backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())
    assert not model.items.weight.grad[0].any()
    assert not model.items.weight[0].any()
    assert model.items.weight.grad[7].any()  # an item that nobody chose is pushed down


def test_recommender_padding_is_not_learned_even_if_a_loss_forgets_to_leave_it_out(model):
    (model.states(torch.tensor([[0, 0, 3, 1]])) ** 3).sum().backward()
    assert not model.items.weight.grad[0].any()
    assert model.items.weight.grad[3].any()


def test_recommender_history_of_padding_alone_is_finite(model):
    scores = model(torch.zeros(2, 5, dtype=torch.int64))
    assert scores[..., 1:].isfinite().all()


def test_recommender_scores_have_about_size_one_to_begin_with():
    torch.manual_seed(0)
    model = SelfAttentiveRecommender(num_items=500, max_len=50, d_model=64, num_heads=2, num_layers=2)
    assert 0.5 < model(torch.randint(1, 501, (4, 50)))[..., 1:].std() < 2.0


def test_recommender_dropout_works_in_training_alone():
    model = SelfAttentiveRecommender(**SIZES, dropout=0.5)
    assert not torch.equal(model(history(3, 1)), model(history(3, 1)))
    model.eval()
    assert torch.equal(model(history(3, 1)), model(history(3, 1)))
    model.dropout.train()  # that of the embeddings alone
    assert not torch.equal(model(history(3, 1)), model(history(3, 1)))


@pytest.mark.slow
def test_recommender_learns_a_cycle():
    torch.manual_seed(0)
    model = SelfAttentiveRecommender(num_items=5, max_len=6, d_model=16, num_heads=2, num_layers=1)
    sequences = torch.stack([(torch.arange(7) + start) % 5 + 1 for start in range(5)])
    inputs, targets = (torch.tensor(array) for array in shift_targets(sequences.numpy()))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), ignore_index=0).backward()
        optimizer.step()
    assert (model(inputs).argmax(-1) == targets).all()


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        (torch.tensor([3, 1]), r"sequences must have shape \(batch, seq_len\), got shape \(2,\)"),
        (torch.ones(1, 8, dtype=torch.int64), r"sequences must have at most max_len=7 columns, got shape \(1, 8\)"),
        (torch.tensor([[3, 10]]), r"sequences must hold tokens from 0 to 9, got \[10\]"),
        (torch.tensor([[3, -1]]), r"sequences must hold tokens from 0 to 9, got \[-1\]"),
    ],
)
def test_recommender_wrong_sequences_are_named(model, sequences, message):
    with pytest.raises(ValueError, match=message):
        model(sequences)
    with pytest.raises(TypeError, match="sequences must be a tensor of integers, got float32 tensor"):
        model(torch.ones(1, 3))


def test_recommender_state_dict_round_trip(model):
    twin = SelfAttentiveRecommender(**SIZES).double().eval()
    twin.load_state_dict(copy.deepcopy(model.state_dict()))
    assert torch.equal(twin(history(3, 1)), model(history(3, 1)))
