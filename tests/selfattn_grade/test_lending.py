"""Modules of the course among the arguments of an answer: used in the room, judged here."""

import pytest
import torch
from torch import nn

from selfattn_grade.lending import describe, take_back
from tests.selfattn_grade.test_module_attempt import module_room


class Net(nn.Module):
    """Remembers its calls; returns several things by name."""

    def __init__(self):
        super().__init__()
        self.first, self.dropout, self.width = nn.Linear(3, 2), nn.Dropout(1.0), 3
        self.nothing = nn.Parameter(torch.ones(1), requires_grad=False)
        self.register_parameter("bias", None)
        self.calls = []

    def forward(self, x, labels=None):
        self.calls.append((self.training, torch.is_grad_enabled(), labels is not None))
        logits = self.dropout(self.first(x))
        return {"logits": logits, "loss": None if labels is None else (logits - labels).square().mean()}


def net():
    torch.manual_seed(3)
    return Net().eval()


def used(source, *arguments):
    with module_room({"f": source}) as room:
        result = room.attempt("f")(*arguments)
        assert room.trouble == ""
    return result


TRAIN = """
def f(model, x, labels):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        loss = model(x, labels=labels).loss
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.3)
        optimizer.step()
    return loss.item()
"""


def test_lent_module_is_trained_in_the_room_as_here(rng):
    x, labels = (torch.from_numpy(rng.normal(size=size)).float() for size in ((5, 3), (5, 2)))
    here, there = net(), net()
    loss = used(TRAIN, there, x, labels)
    optimizer = torch.optim.SGD(here.parameters(), lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        expected = here(x, labels)["loss"]
        expected.backward()
        nn.utils.clip_grad_norm_(here.parameters(), 0.3)
        optimizer.step()
    assert loss == pytest.approx(expected.item(), rel=1e-6)
    for mine, theirs in zip(there.parameters(), here.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)
    assert there.calls == here.calls == [(False, True, True)] * 2


def test_lent_module_shows_its_parts_and_tells_modes_and_calls():
    source = """
@torch.no_grad()
def f(model, x):
    before = model.training, model.dropout.training
    model.train()
    model.dropout.eval()
    result = model(x)
    about = [model.width, model.bias is None, type(model).__name__, isinstance(model, nn.Module), result.loss is None]
    return [*about, *before, torch.equal(result["logits"], result[0]), model.first(x)]
"""
    model, x = net(), torch.ones(2, 3)
    *told, first = used(source, model, x)
    assert told == [3, True, "Net", True, True, False, False, True]
    torch.testing.assert_close(first, model.first(x).detach())
    assert (model.training, model.dropout.training, model.first.training) == (True, False, True)
    assert model.calls == [(True, False, False)]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return model(torch.zeros(70000, 3))", ValueError),
        ("return model(torch.zeros(2, 4))", RuntimeError),
        ("return model('text')", TypeError),
        ("return model.elsewhere", AttributeError),
        ("return model.__dict__['lender'][0]({'path': 'not.there'})", AttributeError),
        ("return model.__dict__['lender'][0](3)", ValueError),
    ],
)
def test_call_that_cannot_be_is_an_error_there(body, error):
    with pytest.raises(error):
        used(f"def f(model):\n    {body}", net())


@pytest.mark.parametrize(
    "told",
    [
        None,
        {"modules": {}},
        {"modules": {"0": 3}},
        {"modules": {"0": {"parameters": [], "training": {}}}},
        {"modules": {"0": {"parameters": {}, "training": {}}}, "shared": [[0, "x", 0, "y", [1], 10**9]]},
    ],
)
def test_reply_that_does_not_say_what_became_of_a_module_is_an_error(told):
    with pytest.raises((TypeError, AttributeError)):
        take_back([net()], {"lent": told})


def test_description_holds_copies():
    model = net()
    described = describe(model)
    with torch.no_grad():
        model.first.weight.zero_()
    assert described["parts"]["first"]["parameters"]["weight"].abs().sum() > 0
    assert described["parts"][""]["frozen"] == ["nothing"]
