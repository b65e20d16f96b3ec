"""What one attempt sets in PyTorch decides about no other, and what it drops can be foreseen."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from selfattn_check import EXERCISES
from selfattn_check.call import call
from selfattn_check.checking import examine
from selfattn_check.probe import Probe
from selfattn_check.torch_conditions import dropout_by_turns, drops_by_turns, usual_settings
from selfattn_ref import copy_weights, evaluate, greedy_decode
from tests.selfattn_check.toy_module import TOY_MODULE, Gate

PROBE = Probe("toy", "a number", lambda rng: {"n": 3})


@pytest.fixture
def settings():
    """The session's own settings, whatever a test that fails leaves behind."""
    with usual_settings():
        yield


def right_training_passes():
    return examine(EXERCISES["train_epoch"], EXERCISES["train_epoch"].blueprint).passed


def careless(model, batches):
    torch.set_grad_enabled(False)
    scores = evaluate(model, batches)
    torch.set_grad_enabled(False)
    return scores


@pytest.mark.usefixtures("settings")
def test_gradients_and_default_dtype_are_given_back_by_a_call():
    def sets_both(n):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)

    assert call(sets_both, PROBE).ending == "returned"
    assert torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize(
    ("exercise_id", "attempt"),
    [
        ("evaluate", careless),
        ("copy_weights", lambda mine, torch_mha: torch.set_grad_enabled(False) and copy_weights(mine, torch_mha)),
        ("greedy_decode", lambda *given: (greedy_decode(*given), torch.set_grad_enabled(False))[0]),
    ],
)
def test_an_attempt_that_turns_gradients_off_does_not_break_the_next_check(exercise_id, attempt):
    examine(EXERCISES[exercise_id], attempt)
    assert torch.is_grad_enabled()
    assert right_training_passes()


@pytest.mark.usefixtures("settings")
def test_a_constructor_that_changes_the_default_dtype_does_not_change_the_session():
    class Wide(Gate):
        def __init__(self, width, dropout=0.0):
            torch.set_default_dtype(torch.float64)
            super().__init__(width, dropout)

    examine(TOY_MODULE, Wide)
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.usefixtures("settings")
def test_verdicts_do_not_hang_on_the_settings_of_the_session():
    def records(model, batches):  # evaluate, but for `no_grad`
        model.eval()
        for batch in batches:
            model(**{name: each for name, each in batch.items() if name != "labels"})

    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    assert right_training_passes()
    transformer = EXERCISES["Transformer"]
    mistake = transformer.mistakes[-1]
    assert mistake.code in [each.code for each in examine(transformer, transformer.replay(mistake)).diagnoses]
    seen = call(records, EXERCISES["evaluate"].probes[0], run=EXERCISES["evaluate"].run).value.then
    assert seen["gradients in the calls"] == "recorded"
    assert not torch.is_grad_enabled()
    assert torch.get_default_dtype() == torch.float64


def test_dropout_by_turns_keeps_every_second_place_under_each_of_its_names():
    x = torch.ones(2, 5)
    expected = torch.tensor([2.0, 0, 2, 0, 2]).expand(2, 5)
    with dropout_by_turns():
        assert drops_by_turns()
        for dropped in (
            nn.Dropout(0.5)(x),
            functional.dropout(x),
            functional.dropout(p=0.5, input=x),
            torch.dropout(x, 0.5, True),
            torch.dropout(x, p=0.5, train=True),
        ):
            assert torch.equal(dropped, expected)
        assert functional.dropout(x, 0.2)[0, 0] == 1.25
        assert not functional.dropout(x, 1.0).any()
        for kept in (nn.Dropout(0.5).eval()(x), functional.dropout(x, 0.0), torch.dropout(x, 0.5, False)):
            assert torch.equal(kept, x)
        assert nn.Dropout(0.5, inplace=True)(x) is x
    assert torch.equal(x, expected)
    assert not drops_by_turns()
