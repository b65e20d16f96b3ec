import pytest
import torch
from torch import nn

from selfattn_ref.evaluation_mode import evaluation_mode


def modes(model):
    return [module.training for module in model.modules()]


def partly_frozen():
    return nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.BatchNorm1d(3)).eval(), nn.Linear(3, 3))


@pytest.mark.parametrize("change", [nn.Module.train, nn.Module.eval, lambda model: model])
def test_evaluation_mode_every_part_gets_its_own_mode_back(change):
    model = partly_frozen()
    change(model)
    before = modes(model)
    with evaluation_mode(model):
        assert not any(modes(model))
    assert modes(model) == before


def test_evaluation_mode_comes_back_after_an_error():
    model = partly_frozen()
    before = modes(model)
    with pytest.raises(KeyError), evaluation_mode(model):
        raise KeyError
    assert modes(model) == before
    assert torch.is_grad_enabled()


def test_evaluation_mode_has_no_gradients_inside_and_as_before_outside():
    model = partly_frozen()
    with evaluation_mode(model):
        assert not model(torch.ones(2, 3)).requires_grad
    assert model(torch.ones(2, 3)).requires_grad
    with torch.no_grad():
        with evaluation_mode(model):
            pass
        assert not torch.is_grad_enabled()
