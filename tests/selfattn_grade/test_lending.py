"""Modules of the course among the arguments of an answer: used in the room, judged here."""

import pytest
import torch
from torch import nn

from selfattn_check.exercises.text_inputs import WordTokenizer
from selfattn_grade.lending import describe, take_back
from selfattn_grade.room_reply import RoomDied
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


def test_optimizer_and_scheduler_belong_to_the_lent_module(rng):
    source = """
def f(model, batches, optimizer, scheduler):
    for x in batches:
        optimizer.zero_grad()
        model(x).logits.square().sum().backward()
        optimizer.step()
        scheduler.step()
    return list(batches), optimizer.param_groups[0]["momentum"]
"""
    batches = [torch.from_numpy(rng.normal(size=(2, 3))).float() for _ in range(3)]
    results = []
    for elsewhere in (False, True):
        model = net()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.25)
        scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        if elsewhere:
            assert used(source, model, iter(batches), optimizer, scheduler) == ([], 0.25)
        else:
            for x in batches:
                optimizer.zero_grad()
                model(x)["logits"].square().sum().backward()
                optimizer.step()
                scheduler.step()
        results.append([optimizer.param_groups[0]["lr"], *model.parameters()])
    for here, there in zip(*results, strict=True):
        torch.testing.assert_close(here, there)
    assert results[1][0] == 0.0625


def test_object_of_ours_and_object_of_theirs():
    source = """
class f:
    def __init__(self, tokenizer, texts):
        self.rows = [tokenizer(text, add_special_tokens=False) for text in texts]
        self.rows += [tokenizer.encode(text) for text in texts]
        self.pad = tokenizer.pad_token_id
    def __len__(self):
        return len(self.rows)
    def __getitem__(self, place):
        if place == 9: __import__("os")._exit(0)
        row = self.rows[place]
        return {"ids": torch.tensor(row if isinstance(row, list) else row.input_ids), "pad": self.pad}
"""
    tokenizer = WordTokenizer()
    with module_room({"f": source}) as room:
        data = room.attempt("f")(tokenizer, ["a good film", "dull"])
        assert len(data) == 4
        assert data[0]["ids"].tolist() == tokenizer("a good film", add_special_tokens=False)["input_ids"]
        assert data[3]["pad"] == 0
        with pytest.raises(IndexError):
            data[4]
        with pytest.raises(RoomDied):
            data[9]
        assert data[2]["ids"].tolist() == list(tokenizer.encode("a good film"))  # made again in another room
        assert room.restarts == 1


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
        ("model.first.weight.data = torch.zeros(2, 30000)\n    return model(torch.zeros(2, 3))", ValueError),
        ("return model.__dict__['lender'][0]({'path': 'not.there', 'state': {}})", AttributeError),
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


@pytest.mark.parametrize("length", ["3 * 10**6", "np.int64(10**6)", "[[10**6]]"])
def test_call_that_asks_for_a_great_length_is_refused(length):
    source = f"def f(tokenizer):\n    return tokenizer('a', padding='max_length', max_length={length})"
    with pytest.raises(ValueError, match="cannot be called"):
        used(source, WordTokenizer())


def test_answer_of_a_lent_object_may_be_longer_than_one_of_the_learners():
    source = (
        "def f(tokenizer):\n    return len(tokenizer('a good film', padding='max_length', max_length=512).input_ids)"
    )
    assert used(source, WordTokenizer()) == 512


def test_description_holds_copies():
    model = net()
    described = describe(model)
    with torch.no_grad():
        model.first.weight.zero_()
    assert described["parts"]["first"]["parameters"]["weight"].abs().sum() > 0
    assert described["parts"][""]["frozen"] == ["nothing"]


def test_gradients_that_a_lent_module_has_already_are_in_the_room():
    model = net()
    for parameter in model.parameters():
        parameter.grad = torch.full_like(parameter, 2.0) if parameter.requires_grad else None
    source = "def f(model):\n    return [None if p.grad is None else p.grad.sum() for p in model.parameters()]"
    told = used(source, model)
    assert [None if each is None else float(each) for each in told] == [
        None if each.grad is None else float(each.grad.sum()) for each in model.parameters()
    ]


def test_a_lent_tokenizer_says_in_the_room_what_it_refuses():
    source = "def f(tokenizer):\n    return tokenizer(['one', 'two'])"
    with pytest.raises(TypeError, match="the tokenizer must be given one text, got a list of 2"):
        used(source, WordTokenizer(single=True))


def test_what_a_lent_model_returns_says_in_the_room_what_it_has():
    source = "def f(model, x):\n    return model(x).argmax(-1)"
    with pytest.raises(AttributeError, match="what the model returns has no `argmax`; it has `logits`"):
        used(source, net(), torch.ones(2, 3))
