import numpy as np
import pytest
import torch

from selfattn_ref import MultiHeadAttention, SelfAttentiveRecommender, ablate_head, multi_head_attention


@pytest.fixture
def attention():
    torch.manual_seed(0)
    return MultiHeadAttention(6, 3).double()


@pytest.fixture
def x(rng):
    return torch.tensor(rng.normal(size=(2, 5, 6)))


@pytest.mark.parametrize("head", [0, 1, 2])
def test_ablate_head_is_the_same_as_zero_rows_of_the_output_projection(attention, x, head):
    params = {f"w_{role}": getattr(attention, f"w_{role}").weight.detach().numpy().T.copy() for role in "qkvo"}
    params |= {f"b_{role}": getattr(attention, f"w_{role}").bias.detach().numpy() for role in "qkvo"}
    params["w_o"][2 * head : 2 * head + 2] = 0.0
    expected, weights = multi_head_attention(x.numpy(), params, 3)
    with ablate_head(attention, head) as given:
        output, shown = attention(x, x, x)
    assert given is attention
    np.testing.assert_allclose(output.detach().numpy(), expected, atol=1e-13)
    np.testing.assert_allclose(shown.detach().numpy(), weights, atol=1e-13)


def test_ablate_head_head_is_on_again_after_the_block_and_after_an_error(attention, x):
    before, saved = attention(x, x, x)[0], {k: v.clone() for k, v in attention.state_dict().items()}
    with ablate_head(attention, 1):
        assert not torch.allclose(attention(x, x, x)[0], before)
        assert all(torch.equal(v, saved[k]) for k, v in attention.state_dict().items())
    assert torch.equal(attention(x, x, x)[0], before)
    with pytest.raises(KeyError), ablate_head(attention, 1):
        raise KeyError
    assert torch.equal(attention(x, x, x)[0], before)


def test_ablate_head_does_nothing_before_the_block_is_entered(attention, x):
    before = attention(x, x, x)[0]
    off = ablate_head(attention, 1)
    assert torch.equal(attention(x, x, x)[0], before)
    with off:
        assert not torch.equal(attention(x, x, x)[0], before)


def test_ablate_head_contributions_of_the_heads_add_up(attention, x):
    whole, bias = attention(x, x, x)[0], attention.w_o.bias
    parts = 0
    for head in range(3):
        with ablate_head(attention, head):
            parts = parts + whole - attention(x, x, x)[0]
    torch.testing.assert_close(parts + bias, whole)
    with ablate_head(attention, 0), ablate_head(attention, 1), ablate_head(attention, 2):
        torch.testing.assert_close(attention(x, x, x)[0], bias.expand(2, 5, 6))


def test_ablate_head_gradients_reach_the_other_heads_only(attention, x):
    with ablate_head(attention, 1):
        attention(x, x, x)[0].sum().backward()
    reached = attention.w_v.weight.grad.unflatten(0, (3, 2)).abs().sum(dim=(1, 2))
    assert (reached > 0).tolist() == [True, False, True]
    assert attention.w_o.bias.grad.all()


def test_ablate_head_nan_of_the_head_that_is_off_plays_no_part(attention, x):
    with torch.no_grad():
        attention.w_v.weight[2:4] = torch.nan
    with ablate_head(attention, 1):
        assert attention(x, x, x)[0].isfinite().all()


def test_ablate_head_writes_into_a_copy(attention, x):
    before = x.clone()
    with ablate_head(attention, 1):
        attention.w_o(x)
    assert torch.equal(x, before)


def test_ablate_head_inside_a_model_changes_what_the_model_says():
    torch.manual_seed(0)
    model = SelfAttentiveRecommender(num_items=9, max_len=5, d_model=6, num_heads=3, num_layers=2).eval()
    history = torch.tensor([[3, 1, 4]])
    before = model(history)
    with ablate_head(model.layers[1].attention, 2):
        assert (model(history) - before)[..., 1:].abs().max() > 1e-4
    assert torch.equal(model(history), before)
