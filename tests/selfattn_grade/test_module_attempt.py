"""A learner's modules in the room: the checks use them as if they were here, and judge them as if they were here."""

import importlib
import inspect
from dataclasses import replace

import pytest
import torch
from torch import nn

from selfattn_check import EXERCISES
from selfattn_check.checking import examine
from selfattn_check.ready_made import watch_calls
from selfattn_check.torch_conditions import dropout_by_turns
from selfattn_check.watchdog import TimedOut
from selfattn_grade.answer_room import AnswerRoom
from selfattn_grade.bubblewrap import Limits
from selfattn_grade.given import Given
from selfattn_grade.room_reply import RoomDied
from tests.kill_matrix import specimens
from tests.selfattn_grade.sandbox import need_sandbox

GIVEN = Given(
    "import math\nimport numpy as np\nimport torch\nimport torch.nn.functional as F\n"
    "from torch import nn\nfrom torch.utils.data import Dataset"
)
MODULES = {
    "MultiHeadAttention": "multi_head_attention_module",
    "FeedForward": "feed_forward",
    "EncoderLayer": "encoder_layer",
    "DecoderLayer": "decoder_layer",
    "copy_weights": "copy_weights",
    "greedy_decode": "greedy_decode",
    "beam_search": "beam_search",
    "TextClassificationDataset": "text_classification_dataset",
    "pad_batch": "pad_batch",
    "train_epoch": "train_epoch",
    "evaluate": "evaluate",
    "attention_maps": "attention_maps",
}
REGISTER = """
ATTEMPTS = {}
def right(*about):
    return lambda function: ATTEMPTS.setdefault(function.__name__, function)
wrong = right
"""
GATE = """
class Gate(nn.Module):
    def __init__(self, width, dropout=0.0):
        super().__init__()
        if width < 1:
            raise ValueError("width must be at least 1")
        self.linear = nn.Linear(width, width)
        self.inner = nn.Sequential(nn.Linear(width, 1), nn.Dropout(dropout))
        self.frozen = nn.Parameter(torch.ones(width), requires_grad=False)
        self.register_buffer("offset", torch.zeros(width))

    def forward(self, x, mask=None):
        gate = (self.linear(x) + self.inner(x) + self.offset).sigmoid() * self.frozen
        gate = gate if mask is None else gate.masked_fill(~mask, 0)
        return x * gate, [gate, {"mask": mask, "open": gate.detach() > 0.5}]
"""


def module_room(cells, **limits):
    need_sandbox()
    made = {f"{name}-answer": source for name, source in cells.items()}
    return AnswerRoom(GIVEN, made, ("numpy", "torch"), Limits(call_seconds=20, **limits))


@pytest.fixture(scope="module")
def gates():
    """The class here, and the one that stands for it in the room."""
    namespace = {"torch": torch, "nn": nn}
    exec(GATE, namespace)
    with module_room({"Gate": GATE}) as room:
        yield namespace["Gate"], room.attempt("Gate")


def test_stand_in_has_the_parameters_and_signatures(gates):
    here, there = (kind(4) for kind in gates)
    assert isinstance(there, nn.Module)
    shapes = [
        {name: (each.shape, each.requires_grad) for name, each in one.named_parameters()} for one in (here, there)
    ]
    assert shapes[0] == shapes[1]
    assert list(inspect.signature(gates[1]).parameters) == ["width", "dropout"]
    assert list(inspect.signature(gates[1].forward).parameters) == ["self", "x", "mask"]
    with pytest.raises(ValueError, match="at least 1"):
        gates[1](0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_stand_in_computes_and_leads_gradients_back_like_the_module_itself(gates, rng, dtype):
    results = []
    x = torch.from_numpy(rng.normal(size=(3, 4)))
    mask = torch.from_numpy(rng.random((3, 4)) < 0.5)
    weights = {}
    for kind in gates:
        module = kind(4, 0.5).to(dtype).eval()
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                parameter.copy_(weights.setdefault(name, torch.from_numpy(rng.normal(size=tuple(parameter.shape)))))
        leaf = x.to(dtype).requires_grad_()
        output, (gate, more) = module(leaf.clone(), mask=mask)
        (output * torch.arange(12.0).view(3, 4) + gate.square()).sum().backward()
        gradients = {name: each.grad for name, each in module.named_parameters()}
        results.append([output.detach(), gate.detach(), more["mask"], more["open"], leaf.grad, gradients])
    (*here, here_gradients), (*there, there_gradients) = results
    for one, other in zip(here, there, strict=True):
        torch.testing.assert_close(one, other)
    assert here_gradients.keys() == there_gradients.keys()
    assert there_gradients["frozen"] is None
    for name in here_gradients:
        torch.testing.assert_close(here_gradients[name], there_gradients[name])


def test_stand_in_knows_its_mode(gates):
    there = gates[1](4, 1.0)
    with torch.no_grad():
        dropped, kept = (there.train(mode)(torch.ones(2, 4))[1][0] for mode in (True, False))
    assert not torch.equal(dropped, kept)


def test_output_that_is_too_large_to_be_led_back_is_the_learners_mistake():
    source = "class M(nn.Module):\n    def forward(self, x):\n        return x.sum() + torch.zeros(4_000_000)"
    with module_room({"M": source}) as room:
        output = room.attempt("M")()(torch.zeros(300_000, requires_grad=True))
        with pytest.raises(ValueError, match="at most"):
            output.sum().backward()
        assert room.trouble == ""


def test_stand_in_drops_by_turns_when_the_check_does():
    drops = "class M(nn.Module):\n    def forward(self, x):\n        return F.dropout(x, 0.5, self.training)"
    x = torch.ones(2, 3, requires_grad=True)
    with module_room({"M": drops}) as room:
        there = room.attempt("M")()
        with dropout_by_turns():
            dropped = there(x)
            assert torch.equal(there.eval()(x), x)
        room._close()
        dropped.sum().backward()  # made anew in another room, by turns again
    assert dropped.tolist() == x.grad.tolist() == 2 * [[2, 0, 2]]


def test_settings_of_one_answer_are_not_those_of_the_next():
    sets = "def f():\n    torch.set_grad_enabled(False)\n    torch.set_default_dtype(torch.float64)"
    asks = "def g():\n    return [torch.is_grad_enabled(), torch.ones(1)]"
    with module_room({"f": sets, "g": asks}) as room:
        room.attempt("f")()
        gradients, ones = room.attempt("g")()
    assert gradients is True
    assert ones.dtype == torch.float32


def test_changed_argument_is_changed_here_too():
    source = "class M(nn.Module):\n    def forward(self, x, y):\n        x += 1\n        return y"
    with module_room({"M": source}) as room, torch.no_grad():
        x, y = torch.zeros(2), torch.zeros(2)
        assert torch.equal(room.attempt("M")()(x, y), y)
    assert x.tolist() != [0, 0]
    assert y.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        ("forward = lambda self, x: __import__('os')._exit(0)", RoomDied),
        ("__init__ = lambda self: __import__('os')._exit(0)", RoomDied),
        ("def forward(self, x):\n        while True: pass", TimedOut),
        ("forward = lambda self, x: self.nothing", AttributeError),
        ("named_parameters = lambda self: [('a' * 3000, torch.ones(2))]", RoomDied),
        ("named_parameters = lambda self: [('a b', torch.ones(2))]", RoomDied),
        ("named_parameters = lambda self: [('forward', torch.ones(2))]", KeyError),
        ("named_parameters = lambda self: 3", TypeError),
        ("__new__ = lambda cls: 3", TypeError),
    ],
)
def test_module_that_misbehaves_fails_alone(body, ending):
    source = (
        f"class M(nn.Module):\n    forward = lambda self, x: x\n    b = torch.ones(3, requires_grad=True)\n    {body}\n"
    )
    right = "class N(nn.Module):\n    def forward(self, x):\n        return 2 * x"
    with module_room({"M": source, "N": right}) as room:
        room._limits = replace(room._limits, call_seconds=2)
        with pytest.raises(ending):
            room.attempt("M")()(torch.ones(2))
        assert room.attempt("N")()(torch.ones(2)).tolist() == [2, 2]
        assert room.trouble == ""


def test_gradient_of_another_shape_is_an_error_here():
    source = """
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(3))
        import selfattn_grade.room.modules as modules
        modules.torch.autograd.grad = lambda *a, **k: (torch.ones(5, 7),)
    def forward(self, x):
        return self.w * x
"""
    with module_room({"M": source}) as room, pytest.raises((RuntimeError, RoomDied)):
        room.attempt("M")()(torch.ones(3)).sum().backward()


def test_way_back_goes_on_in_another_room():
    source = "class M(nn.Module):\n    def forward(self, x):\n        return x.square()"
    with module_room({"M": source}) as room:
        x = torch.ones(3, requires_grad=True)
        output = room.attempt("M")()(x.clone())
        room._close()
        output.sum().backward()
        assert x.grad.tolist() == [2, 2, 2]
        assert room.restarts == 1


def test_function_takes_and_returns_tensors():
    source = (
        "def f(x, pair):\n    pair[0][0] = 7\n    return {'x': x * 2, 'kind': type(x).__name__, 'bf': x.bfloat16()}"
    )
    with module_room({"f": source}) as room:
        changed = [torch.zeros(2), 3]
        got = room.attempt("f")(torch.ones(2, dtype=torch.float64)[:1], changed)
        assert (got["x"].dtype, got["x"].tolist(), got["kind"]) == (torch.float64, [2.0], "Tensor")
        assert type(got["bf"]).__name__ == "Tensor"
        assert not isinstance(got["bf"], torch.Tensor)
        assert len(changed) == 3


def _module(name):
    return importlib.import_module(f"tests.specimens.{MODULES[name]}")


def _sources():
    """The specimens whose source is known, with that source."""
    for specimen in specimens():
        name = specimen.attempt.__name__
        if specimen.exercise_id in MODULES and hasattr(_module(specimen.exercise_id), "slips"):
            source = _module(specimen.exercise_id).slips.sources.get(name)
            yield from [(specimen, source)] if source else []
        elif specimen.exercise_id in MODULES:
            whole = inspect.getsource(_module(specimen.exercise_id)).replace("from tests", "# from tests")
            yield specimen, f"{REGISTER}{whole}\n{specimen.exercise_id} = ATTEMPTS['{name}']\n"


def _sample():
    return [each for place, each in enumerate(_sources()) if place % 16 == 0]


@pytest.mark.parametrize(("specimen", "source"), _sample(), ids=[each.name for each, _ in _sample()])
def test_specimen_is_judged_in_the_room_as_it_is_here(specimen, source):
    given = {name: _module(name).SOURCE for name in MODULES if hasattr(_module(name), "SOURCE")}
    exercise = replace(EXERCISES[specimen.exercise_id], forbidden=())
    here = examine(exercise, specimen.attempt)
    with module_room(given | {specimen.exercise_id: source}) as room:
        there = examine(exercise, room.attempt(specimen.exercise_id), seconds=600)
        assert room.trouble == ""
    for report in (here, there):
        report.diagnoses.sort(key=lambda each: each.code)
    assert there.state == here.state
    assert [(each.code, each.confirmed) for each in there.diagnoses] == [
        (each.code, each.confirmed) for each in here.diagnoses
    ]


SHORTCUTS = {
    "function": "F.scaled_dot_product_attention(q, k, v)",
    "another name": "[getattr(F, 'scaled_dot_product' + '_attention')][0](q, k, v)",
    "C": "torch._C._nn.scaled_dot_product_attention(q, k, v)",
    "operator": "torch.ops.aten.scaled_dot_product_attention(q, k, v)",
    "called by C": "__import__('functools').partial(F.scaled_dot_product_attention, q, k)(v)",
}


@pytest.mark.parametrize("shortcut", SHORTCUTS.values(), ids=list(SHORTCUTS))
def test_ready_made_attention_is_told_as_in_a_notebook(shortcut):
    slips = _module("MultiHeadAttention").slips
    edits = ("dropped @ v", shortcut)
    attempt = slips.build("shortcut", edits)
    exercise = EXERCISES["MultiHeadAttention"]
    here = examine(exercise, attempt)
    with module_room({"MultiHeadAttention": slips.sources["shortcut"]}) as room:
        there = examine(replace(exercise, forbidden=()), room.attempt("MultiHeadAttention", exercise.forbidden))
    told = [[(each.code, each.confirmed, each.message) for each in report.diagnoses] for report in (here, there)]
    assert told[0] == told[1]
    assert told[0][0][0] == "ready-made"


def test_ready_made_module_is_told_and_no_other_word_of_the_room():
    source = """
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads, dropout=0.0):
        super().__init__()
        self.inner = nn.MultiheadAttention(d_model, num_heads)
"""
    exercise = EXERCISES["MultiHeadAttention"]
    with module_room({"MultiHeadAttention": source}) as room:
        attempt = room.attempt("MultiHeadAttention", exercise.forbidden)
        report = examine(replace(exercise, forbidden=()), attempt)
        assert report.diagnoses[0].code == "ready-made"
        with watch_calls(()) as seen:
            room._room.ask = lambda request, seconds: {"called": ["a word", exercise.forbidden[1], 3]}
            room.ask({"act": "call", "name": "x"})
        assert seen == [exercise.forbidden[1]]


FLEX = "__import__('torch.nn.attention.flex_attention', fromlist=['x']).flex_attention(q, k, v)"


def test_attention_that_is_written_in_python_refuses_and_is_told():
    slips = _module("MultiHeadAttention").slips
    slips.build("flexible", ("dropped @ v", FLEX))
    exercise = EXERCISES["MultiHeadAttention"]
    with module_room({"MultiHeadAttention": slips.sources["flexible"]}) as room:
        attempt = room.attempt("MultiHeadAttention", exercise.forbidden)
        report = examine(replace(exercise, forbidden=()), attempt)
    assert report.diagnoses[0].code == "ready-made"
    assert "flex_attention" in report.diagnoses[0].message


UNWATCHED = """
import sys
frame = sys._getframe()
while frame is not None:
    for value in list(frame.f_locals.values()):
        if hasattr(value, "clear") and isinstance(value, list):
            value.clear()
    frame = frame.f_back
sys.setprofile(None)
"""


@pytest.mark.parametrize("shortcut", SHORTCUTS.values(), ids=list(SHORTCUTS))
def test_ready_made_attention_gives_nothing_where_the_watch_is_taken_apart(shortcut):
    slips = _module("MultiHeadAttention").slips
    hidden = f"(exec({UNWATCHED!r}), torch._C.DisableTorchFunction().__enter__(), {shortcut})[-1]"
    slips.build("hidden", ("dropped @ v", hidden))
    exercise = EXERCISES["MultiHeadAttention"]
    with module_room({"MultiHeadAttention": slips.sources["hidden"]}) as room:
        report = examine(replace(exercise, forbidden=()), room.attempt("MultiHeadAttention", exercise.forbidden))
        assert not report.passed
        assert not any(each.passed for each in report.comparisons if each.expected.ending == "returned")
        assert room.trouble == ""


RESTORE = """
import gc, sys, weakref
gc.unfreeze()
ours = lambda library: any("scaled_dot" in each for each in getattr(library, "_op_impls", ()))
for each in list(weakref.finalize._registry):
    if each.peek() and ours(each.peek()[0]):
        each()
for each in [*gc.get_objects(), *getattr(sys.modules.get("selfattn_grade.room.refused_attention"), "_kept", [])]:
    if type(each).__name__ == "Library" and ours(each):
        each._destroy()
    if type(each) is dict and any("scaled_dot" in name for name in each.get("_op_impls") or ()) and each.get("m"):
        each["m"].reset()
"""
ASK = """
def f():
    q, said = torch.ones(1, 2, 3), []
    for _ in range(2):
        for function in (F.scaled_dot_product_attention, torch._C._nn.scaled_dot_product_attention):
            try: said.append(function(q, q, q).shape)
            except RuntimeError as error: said.append(str(error))
        exec(RESTORE)
    return said
"""


def test_refused_operators_do_not_come_back_by_what_python_finds():
    with module_room({"f": f"RESTORE = {RESTORE!r}\n{ASK}"}) as room:
        assert room.call("f", ())[0] == ["no ready-made attention here"] * 4
