"""A function that copies weights is judged by what both modules hold afterwards."""

import torch

from selfattn_check import EXERCISES, check
from selfattn_check.checking import examine
from selfattn_check.copy_trial import copying
from selfattn_ref import copy_weights

EXERCISE = EXERCISES["copy_weights"]
PROBE = EXERCISE.probes[0]


def held(function):
    return copying(function, PROBE.draw()).then


def test_reference_gives_every_parameter_and_nothing_else_happens():
    then = held(copy_weights)
    theirs = PROBE.draw()["torch_mha"]
    assert torch.equal(then["w_k.weight"], theirs.in_proj_weight[6:12])
    assert torch.equal(then["w_o.bias"], theirs.out_proj.bias)
    assert then["torch_mha"] == "as it was"
    assert then["after a step of torch_mha, mine"] == "is as it was"
    assert then["all of mine can be trained"] is True


def test_mine_is_said_as_the_learner_knows_it():
    report = check("copy_weights", lambda mine, torch_mha: mine.d_model, show=False)
    assert "'MultiHeadAttention' object has no attribute 'd_model'" in report.text


def test_every_trial_starts_with_the_same_weights():
    arguments = PROBE.draw()
    before = arguments["mine"].w_q.weight.clone()
    for _ in range(2):
        copying(copy_weights, arguments)
    assert torch.equal(arguments["mine"].w_q.weight, before)


def test_sharing_changing_and_freezing_are_seen():
    def share(mine, torch_mha):
        mine.w_o.weight = torch_mha.out_proj.weight

    def change(mine, torch_mha):
        torch_mha.out_proj.bias.data.zero_()

    def freeze(mine, torch_mha):
        mine.w_o.requires_grad_(False)

    assert held(share)["after a step of torch_mha, mine"] == "has moved, too"
    assert held(change)["torch_mha"] == "changed"
    assert held(freeze)["all of mine can be trained"] is False


def test_drawing_modules_leaves_the_random_state_of_the_session():
    torch.manual_seed(3)
    first = torch.rand(2)
    torch.manual_seed(3)
    PROBE.draw()
    assert torch.equal(torch.rand(2), first)


def test_none_that_is_asked_for_is_no_forgotten_return():
    """A fault of type in a parameter, where the function rightly returned nothing."""

    def rounds(mine, torch_mha):
        EXERCISE.blueprint(mine, torch_mha)
        mine.bfloat16()

    report = examine(EXERCISE, rounds)
    assert [diagnosis.code for diagnosis in report.diagnoses] == ["wrong-afterwards"]
    assert "look at the layers of mine" in report.diagnoses[0].help
    assert "w_q.weight is a tensor of torch.bfloat16" in report.diagnoses[0].message
