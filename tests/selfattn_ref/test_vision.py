import numpy as np
import pytest
import torch

from selfattn_ref import VisionTransformer, patchify

SIZES = {"image_size": 6, "patch": 2, "channels": 3, "num_classes": 5, "d_model": 12, "num_heads": 3, "d_ff": 7}


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VisionTransformer(**SIZES, num_layers=2).double().eval()


def images(batch=2):
    return torch.tensor(np.random.default_rng(5).normal(size=(batch, 6, 6, 3)))


def test_vision_transformer_without_layers_worth_mentioning_is_its_equations(model):
    """Layers that add nothing leave the class token and its position; the patches are then not seen at all."""
    for layer in model.layers:
        for last in (layer.attention.w_o, layer.feed_forward.linear2):
            torch.nn.init.zeros_(last.weight)
            torch.nn.init.zeros_(last.bias)
    expected = model.norm(model.class_token + model.positions[:, :1])[:, 0]
    torch.testing.assert_close(model.features(images()), expected.expand(2, -1))
    torch.testing.assert_close(model(images()), model.head(expected).expand(2, -1))


def test_vision_transformer_tokens_are_patches_in_the_order_of_patchify(model):
    seen = []
    model.layers[0].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    model(images())
    patches = torch.tensor(patchify(images().numpy(), 2))
    expected = patches @ model.projection.weight.T + model.projection.bias + model.positions[:, 1:]
    torch.testing.assert_close(seen[0][:, 1:], expected)
    torch.testing.assert_close(seen[0][:, :1], (model.class_token + model.positions[:, :1]).expand(2, -1, -1))


def test_vision_transformer_positions_tell_an_image_from_its_patches_shuffled(model):
    flipped = images().unflatten(1, (3, 2)).flip(1).flatten(1, 2)  # the rows of patches from below upwards
    with torch.no_grad():
        model.positions.normal_()
        assert (model(flipped) - model(images())).abs().max() > 1e-3
        model.positions.zero_()
        torch.testing.assert_close(model(flipped), model(images()))


def test_vision_transformer_images_of_a_batch_do_not_touch_and_strides_do_not_matter(model):
    both = model(images())
    torch.testing.assert_close(model(images()[1:]), both[1:])
    channels_first = images().permute(0, 3, 1, 2).contiguous()
    torch.testing.assert_close(model(channels_first.permute(0, 2, 3, 1)), both)


def test_vision_transformer_parameters_are_counted_by_hand(model):
    d, patch_numbers, patches = 12, 2 * 2 * 3, 9
    layer = 4 * d * (d + 1) + 7 * (d + 1) + d * (7 + 1) + 4 * d
    expected = d * (patch_numbers + 1) + d + (1 + patches) * d + 2 * layer + 2 * d + 5 * (d + 1)
    assert sum(parameter.numel() for parameter in model.parameters()) == expected
    model(images()).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())


def test_vision_transformer_dropout_works_in_training_alone():
    model = VisionTransformer(**SIZES, num_layers=1, dropout=0.5)
    x = images().float()
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))
    model.dropout.train()  # that of the tokens alone
    assert not torch.equal(model(x), model(x))


@pytest.mark.parametrize("shape", [(6, 6, 3), (2, 6, 4, 3), (2, 3, 6, 6), (2, 6, 6, 1)])
def test_vision_transformer_wrong_images_are_named(model, shape):
    with pytest.raises(ValueError, match=r"images must have shape \(batch, .*\), got shape "):
        model(torch.zeros(shape, dtype=torch.float64))
    with pytest.raises(TypeError, match="images must be a tensor of floats, got int64 tensor"):
        model(torch.zeros(2, 6, 6, 3, dtype=torch.int64))


@pytest.mark.slow
def test_vision_transformer_learns_digits_better_than_chance():
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = torch.tensor(digits.images[..., None] / 16, dtype=torch.float32)
    y = torch.tensor(digits.target)
    torch.manual_seed(0)
    model = VisionTransformer(8, 2, 1, 10, d_model=32, num_heads=4, num_layers=2, d_ff=64)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(6):
        for batch in torch.randperm(1400).split(50):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x[batch]), y[batch]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        assert (model(x[1400:]).argmax(-1) == y[1400:]).float().mean() > 0.6  # chance: 0.1
