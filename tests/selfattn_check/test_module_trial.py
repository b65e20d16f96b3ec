"""Modules are judged like functions: by what comes out, their parameters and gradients included."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from selfattn_check import EXERCISES
from selfattn_check.call import Call, identical
from selfattn_check.checking import examine
from selfattn_check.comparison import agree
from selfattn_check.module_trial import ModuleTrial, Use, _wanted, own_random_state
from tests.selfattn_check.toy_module import MISTAKES, TOY_MODULE, Gate


def judged(attempt):
    report = examine(TOY_MODULE, attempt)
    return report.state, [diagnosis.code for diagnosis in report.diagnoses]


def fact(attempt):
    return examine(TOY_MODULE, attempt).example.faults[0].fact


def of(forward, **members):
    """A class like Gate with another forward."""
    return type("Gate", (Gate,), {"forward": forward, **members})


def test_reference_and_blueprint_pass():
    assert judged(Gate) == ("passed", [])
    assert judged(TOY_MODULE.blueprint) == ("passed", [])


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.code)
def test_replayed_mistake_is_named(mistake):
    assert judged(TOY_MODULE.replay(mistake)) == ("failed", [mistake.code])


def test_two_mistakes_are_named_together():
    assert judged(TOY_MODULE.replay(MISTAKES[2], MISTAKES[3])) == ("failed", ["adds", "always-drops"])


def test_missing_and_surplus_parameters_are_listed():
    class Renamed(Gate):
        def __init__(self, width, dropout=0.0):
            super().__init__(width, dropout)
            self.projection = self.linear
            del self.linear

    assert judged(Renamed) == ("failed", ["wrong-parameters"])
    assert fact(Renamed) == (
        "lacks linear.weight, linear.bias and has, but should not have, projection.weight, projection.bias"
    )


def test_parameter_of_another_shape_is_reported():
    class Wide(Gate):
        def __init__(self, width, dropout=0.0):
            super().__init__(width, dropout)
            self.linear = nn.Linear(width, width + 1)

    assert fact(Wide) == "has linear.weight of shape (5, 4), expected (4, 4)"


def test_frozen_parameter_has_no_gradient():
    class Frozen(Gate):
        def __init__(self, width, dropout=0.0):
            super().__init__(width, dropout)
            self.linear.bias.requires_grad_(False)

    assert judged(Frozen) == ("failed", ["no-gradient"])
    assert fact(Frozen) == "gradient of linear.bias is None, expected a tensor"


def test_no_gradient_at_all_is_reported_not_raised():
    assert fact(of(torch.no_grad()(Gate.forward))) == "gradient of x is None, expected a tensor"


def test_state_kept_between_calls_is_noticed():
    def forward(self, x, mask=None):
        self.calls = getattr(self, "calls", 0) + 1
        output, gate = Gate.forward(self, x, mask)
        return (output + self.calls - 1, gate)

    assert fact(of(forward)) == "second call: yours 'other numbers', expected 'the same numbers'"
    assert judged(of(forward)) == ("failed", ["wrong-afterwards"])


def test_gradient_of_a_right_output_that_is_wrong_is_no_slip_in_the_formula():
    def forward(self, x, mask=None):
        output, gate = Gate.forward(self, x, mask)
        return output.detach() + 2 * (output - output.detach()), gate

    assert judged(of(forward)) == ("failed", ["wrong-afterwards"])
    assert examine(TOY_MODULE, of(forward)).example.faults[0].followed


def test_changed_input_is_noticed():
    def forward(self, x, mask=None):
        gate = Gate.forward(self, x, mask)[1]
        x *= gate
        return x, gate

    assert judged(of(forward)) == ("failed", ["mutates-input"])


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda self, x, mask=None: None, "returned None, expected a tuple (output, gate)"),
        (lambda self, x, mask=None: Gate.forward(self, x, mask)[0], "returned a torch Tensor, expected a tuple"),
        (
            lambda self, x, mask=None: tuple(each.numpy() for each in Gate.forward(self, x, mask)),
            "output is a single array, expected a tensor",
        ),
        (
            lambda self, x, mask=None: tuple(each.bfloat16() for each in Gate.forward(self, x, mask)),
            "output is a tensor of torch.bfloat16 on cpu, expected a tensor",
        ),
        (
            lambda self, x, mask=None: tuple(each.float() for each in Gate.forward(self, x, mask)),
            "output has dtype float32, expected float64",
        ),
        (
            lambda self, x, mask=None: tuple(each[..., None] for each in Gate.forward(self, x, mask)),
            "output has shape (2, 3, 4, 1), expected (2, 3, 4)",
        ),
        (
            lambda self, x, mask=None: tuple(each.abs() / 0 for each in Gate.forward(self, x, mask)),
            "output[0, 0, 0]: yours inf, expected",
        ),
    ],
)
def test_ladder_speaks_of_tensors(forward, said):
    assert said in fact(of(forward))


def test_nothing_returned_has_its_own_code():
    assert judged(of(lambda self, x, mask=None: None)) == ("failed", ["returns-nothing"])


def test_error_shows_the_line_of_the_attempt():
    def forward(self, x, mask=None):
        return x.view(7, 7), x

    report = examine(TOY_MODULE, of(forward))
    assert report.state == "errored"
    assert report.example.call.error_line.endswith("return x.view(7, 7), x")


def test_forgotten_super_is_an_error_of_the_attempt():
    class Bare(nn.Module):
        def __init__(self, width, dropout=0.0):
            self.linear = nn.Linear(width, width)

        def forward(self, x, mask=None):
            return x, x

    assert judged(Bare) == ("errored", ["raises"])


def test_unwritten_class_is_recognized():
    class Unwritten(nn.Module):
        def __init__(self, width, dropout=0.0):
            super().__init__()
            raise NotImplementedError

        def forward(self, x, mask=None):
            raise NotImplementedError

    assert judged(Unwritten) == ("errored", ["not-written-yet"])


@pytest.mark.parametrize("attempt", [3, Gate(4), dict, lambda width: None])
def test_what_is_not_a_class_of_modules_is_sent_back(attempt):
    state, codes = judged(attempt)
    assert (state, codes) == ("errored", ["not-a-module"])


def test_signatures_of_constructor_and_forward_are_checked():
    class NoDropout(Gate):
        def __init__(self, width):
            super().__init__(width)

    class NoMask(Gate):
        def forward(self, x):
            return x, x

    messages = [examine(TOY_MODULE, each).diagnoses[0].message for each in (NoDropout, NoMask)]
    assert messages == [
        "the class must take (width, dropout=0.0), yours takes (width)",
        "its forward must take (x, mask=None), yours takes (x)",
    ]


def test_ready_made_module_is_seen():
    class Ready(Gate):
        def __init__(self, width, dropout=0.0):
            super().__init__(width, dropout)
            nn.GRUCell(2, 2)

    assert judged(Ready) == ("failed", ["ready-made"])


def test_blueprint_that_the_trial_builds_is_no_call_of_the_attempt():
    watched = replace(TOY_MODULE, forbidden=("tests.selfattn_check.toy_module.Steps",))
    _wanted.cache_clear()  # as in the first check of a session
    assert examine(watched, Gate).state == "passed"
    assert examine(watched, watched.blueprint).diagnoses[0].code == "ready-made"


def outcome(run, kind, probe, arguments):
    try:
        return Call(probe, "returned", run(kind, arguments))
    except Exception as error:  # noqa: BLE001 — a wrong step may raise anything
        return Call(probe, "raised", error=error)


@pytest.mark.parametrize(
    "exercise_id",
    [
        *("MultiHeadAttention", "FeedForward", "EncoderLayer"),
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("DecoderLayer", "Transformer")),
    ],
)
def test_replays_share_modules_and_give_what_each_alone_would_give(exercise_id):
    """In an order in which each mistake meets a module that another one has used, gradients included."""
    exercise = EXERCISES[exercise_id]
    kinds = [exercise.replay(mistake) for mistake in exercise.mistakes]
    for probe in exercise.probes:
        arguments, replays = probe.draw(), exercise.run.for_replays()
        for kind in [*kinds, *kinds[::-1]]:
            alone = outcome(exercise.run, kind, probe, probe.draw())
            assert agree(outcome(replays, kind, probe, arguments), alone, exercise.returns)


def test_replays_build_once_what_differs_in_forward_alone(monkeypatch):
    exercise, built = EXERCISES["FeedForward"], []
    monkeypatch.setattr(ModuleTrial, "made", lambda *given, made=ModuleTrial.made: built.append(given) or made(*given))
    arguments, replays = exercise.probes[0].draw(), exercise.run.for_replays()
    for mistake in exercise.mistakes:
        replays(exercise.replay(mistake), arguments)
    building = [mistake for mistake in exercise.mistakes if "linears" in mistake.replaces]
    assert len(built) == 2 + len(building)  # the first, to know its steps, and the right layers


def test_attempt_with_steps_of_its_own_is_built_like_any_other():
    assert judged(of(Gate.forward, replaced={}))[0] == "passed"
    assert judged(of(lambda self, x, mask=None: (x, x), replaced={}))[0] == "failed"


def test_random_state_of_the_session_goes_on_untouched():
    torch.manual_seed(5)
    first = torch.rand(2)
    torch.manual_seed(5)
    judged(Gate)
    judged(TOY_MODULE.replay(MISTAKES[3]))
    assert torch.equal(torch.rand(2), first)


def test_own_random_state_is_the_same_each_time():
    with own_random_state():
        first = torch.rand(3)
    with own_random_state():
        assert torch.equal(torch.rand(3), first)


def test_weights_depend_on_name_and_shape_alone():
    use = Use(3, given={"eye": np.eye(2)})
    assert np.array_equal(use.weights("a.weight", (2, 3)), Use(3).weights("a.weight", (2, 3)))
    assert not np.allclose(use.weights("a.weight", (2, 3)), use.weights("b.weight", (2, 3)))
    assert use.weights("eye", (2, 2)) is use.given["eye"]


def test_identical_compares_tensors_bit_by_bit():
    x = torch.tensor([1.0, float("nan")])
    assert identical(x, x.clone())
    assert not identical(x, x + 1)
    assert not identical(x, x.double())
    assert not identical(x, x.numpy())


def test_report_names_inputs_and_mode():
    text = examine(TOY_MODULE, TOY_MODULE.replay(MISTAKES[2])).text
    assert 'probe "plain": width=4, dropout=0.0, x (2, 3, 4), use=eval mode — one batch axis' in text
