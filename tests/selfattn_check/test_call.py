"""One call: whatever a function does, it is recorded and nothing gets out."""

import signal
import sys
import threading
import warnings

import numpy as np
import pytest

from selfattn_check.call import call
from selfattn_check.probe import Probe, read_only

PROBE = Probe("toy", "an array and a number", lambda rng: {"x": rng.normal(size=(2, 3)), "n": 3})
FROZEN = Probe("frozen", "an array that must not change", lambda rng: {"x": read_only(np.ones(3)), "n": 3})


def defined(source, **namespace):
    """A function `f` defined in a namespace of its own, as in a notebook."""
    exec(source, namespace)
    return namespace["f"]


def test_returned_value_and_time_are_kept():
    result = call(lambda x, n: n, PROBE)
    assert (result.ending, result.value, result.error, result.mutated, result.printed) == ("returned", 3, None, (), "")
    assert result.seconds > 0


def test_arguments_are_drawn_anew_from_the_seed():
    first, again, other = (call(lambda x, n: x, PROBE, seed=seed).value for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first is not again
    assert not np.array_equal(first, other)


def test_output_and_warnings_are_caught(capsys):
    def f(x, n):
        print("to output")
        print("to error", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return np.array([0.0]) / 0

    result = call(f, PROBE)
    assert result.printed == "to output\nto error\n"
    assert result.warned[0] == "careful"
    assert "invalid value" in result.warned[1]
    assert capsys.readouterr() == ("", "")


def test_long_output_is_cut():
    def f(x, n):
        for _ in range(10_000):
            print("x" * 99)

    assert len(call(f, PROBE).printed) == 2_000


@pytest.mark.parametrize(
    "error", [ValueError("bad"), NotImplementedError(), RecursionError(), GeneratorExit(), StopIteration()]
)
def test_exception_is_kept(error):
    def f(x, n):
        raise error

    result = call(f, PROBE)
    assert (result.ending, result.error) == ("raised", error)
    assert result.error_line.endswith("raise error")


def test_error_line_is_the_deepest_of_the_attempts_own():
    def inner(x):
        return np.reshape(x, (4, 4))

    result = call(lambda x, n: inner(x), PROBE)
    assert result.error_line.endswith("return np.reshape(x, (4, 4))")


@pytest.mark.parametrize("statement", ["raise SystemExit", "import sys; sys.exit(3)", "exit()", "quit(1)"])
def test_exit_is_recorded(statement):
    assert call(defined(f"def f(x, n):\n    {statement}"), PROBE).ending == "exited"


def test_exit_of_a_notebook_does_not_shut_it_down():
    shut_down = []
    namespace = {"exit": lambda: shut_down.append("exit"), "quit": lambda: shut_down.append("quit")}
    before = dict(namespace)
    f = defined("def f(x, n):\n    (exit if n == 3 else quit)()\n    return 3", **namespace)
    assert call(f, PROBE).ending == "exited"
    assert shut_down == []
    assert {name: f.__globals__[name] for name in before} == before


def test_exit_is_given_back_after_an_exception():
    def exit_of_notebook():
        pass

    f = defined("def f(x, n):\n    raise ValueError", exit=exit_of_notebook)
    call(f, PROBE)
    assert f.__globals__["exit"] is exit_of_notebook


@pytest.mark.parametrize(
    "statement",
    ["x /= 2", "x[0, 0] = 9", "x.shape = (3, 2)", "x[...] = float('nan')", "x.sort(axis=0)"],
)
def test_changed_argument_is_named(statement):
    f = defined(f"def f(x, n):\n    {statement}\n    return x")
    fixed = Probe("fixed", "falling numbers", lambda rng: {"x": np.array([[3.0, 2, 1], [0, -1, -2]]), "n": 3})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert call(f, fixed).mutated == ("x",)


def test_unchanged_nan_argument_is_not_named():
    probe = Probe("nan", "NaN is not equal to itself", lambda rng: {"x": np.array([np.nan]), "d": {"w": np.ones(2)}})
    assert call(lambda x, d: x, probe).mutated == ()

    def f(x, d):
        d["w"] += 1

    assert call(f, probe).mutated == ("d",)


def test_write_to_a_read_only_argument_is_named():
    def f(x, n):
        x -= x.max()
        return x

    result = call(f, FROZEN)
    assert (result.ending, result.mutated) == ("raised", ("x",))


def test_write_to_a_read_only_array_in_a_dict_is_named():
    probe = Probe("frozen", "its weights must not change", lambda rng: {"n": 3, "d": {"w": read_only(np.ones(2))}})

    def f(n, d):
        d["w"] /= n

    result = call(f, probe)
    assert (result.ending, result.mutated) == ("raised", ("d",))


def test_stop_button_gets_through():
    def f(x, n):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(f, PROBE)


def test_stop_signal_gets_through_and_the_handler_is_given_back():
    found = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores the signal
    try:
        with pytest.raises(KeyboardInterrupt):
            call(lambda x, n: signal.raise_signal(signal.SIGINT), PROBE)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, found)


ENDLESS = {
    "loop": "while True:\n        pass",
    "swallows exceptions": "while True:\n        try:\n            x + 1\n        except Exception:\n            pass",
    "swallows everything": (
        "while True:\n        try:\n            while True:\n                pass\n"
        "        except BaseException:\n            pass"
    ),
    "sleeps": "import time\n    time.sleep(600)",
    "sleeps and swallows": (
        "import time\n    while True:\n        try:\n            time.sleep(600)\n"
        "        except BaseException:\n            pass"
    ),
    "waits for a lock": "import threading\n    a = threading.Lock()\n    a.acquire()\n    a.acquire()",
    "suppresses everything": (
        "import contextlib\n    while True:\n        with contextlib.suppress(BaseException):\n"
        "            while True:\n                pass"
    ),
    "swallows everything in a function": (
        "import time\n    def again():\n        try:\n            time.sleep(600)\n"
        "        except BaseException:\n            pass\n    for _ in iter(again, 1): pass"
    ),
    "cleans up for ever": (
        "try:\n        while True:\n            pass\n    finally:\n        while True:\n            pass"
    ),
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_endless_call_is_interrupted(body):
    before = signal.getsignal(signal.SIGINT), sys.gettrace(), threading.active_count()
    result = call(defined(f"def f(x, n):\n    {body}"), PROBE, seconds=0.1)
    assert (result.ending, result.error) == ("timed-out", None)
    assert (signal.getsignal(signal.SIGINT), sys.gettrace(), threading.active_count()) == before


def test_endless_call_behind_a_decorator_is_interrupted():
    source = (
        "from contextlib import contextmanager\n@contextmanager\ndef block():\n    yield\n@block()\n"
        f"def f(x, n):\n    {ENDLESS['swallows everything']}"
    )
    assert call(defined(source), PROBE, seconds=0.1).ending == "timed-out"


def test_after_a_time_out_the_next_call_is_undisturbed():
    call(defined("def f(x, n):\n    while True:\n        pass"), PROBE, seconds=0.05)
    assert call(lambda x, n: sum(range(100_000)), PROBE).ending == "returned"
    assert sys._getframe().f_trace is None  # the lines of the caller do not raise


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_after_a_time_out_no_exception_is_left_behind(body):
    call(defined(f"def f(x, n):\n    {body}"), PROBE, seconds=0.05)
    assert sys.exc_info() == (None, None, None)
    with pytest.raises(KeyError) as caught:
        raise KeyError
    assert caught.value.__context__ is None


def test_call_works_outside_the_main_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(call(lambda x, n: n, PROBE)))
    thread.start()
    thread.join()
    assert results[0].value == 3


def test_forbidden_functions_are_recorded():
    from selfattn_ref import softmax

    assert call(lambda x, n: softmax(x), PROBE, forbidden=("selfattn_ref.*",)).ready_made == ("selfattn_ref.softmax",)
    assert call(lambda x, n: softmax(x), PROBE).ready_made == ()


def test_a_generator_may_be_drawn_from_and_a_function_passed():
    probe = Probe("draws", "random numbers", lambda rng: {"rng": rng, "f": lambda x: x})
    made = call(lambda rng, f: f(rng.normal()), probe)
    assert made.ending == "returned"
    assert made.mutated == ()


@pytest.mark.parametrize("seconds", [0.05, 0.2])  # as long as the watchdog waits between interrupts, and longer
def test_import_is_not_cut_short(tmp_path, monkeypatch, seconds):
    (tmp_path / "slow_to_import.py").write_text("total = 0\nfor i in range(9_000_000):\n    total += i")
    monkeypatch.syspath_prepend(tmp_path)
    source = "def f(x, n):\n    import slow_to_import\n    return slow_to_import.total"
    assert call(defined(source), PROBE, seconds=seconds).ending == "returned"
    assert sys.modules.pop("slow_to_import").total > 0


def test_after_an_import_the_limit_counts_again(tmp_path, monkeypatch):
    (tmp_path / "slow_first.py").write_text("total = 0\nfor i in range(9_000_000):\n    total += i")
    monkeypatch.syspath_prepend(tmp_path)
    source = "def f(x, n):\n    import slow_first\n    while True:\n        n += 1"
    assert call(defined(source), PROBE, seconds=0.2).ending == "timed-out"
    del sys.modules["slow_first"]


def test_a_changed_entry_of_a_list_of_dicts_is_noticed():
    probe = Probe(
        "items", "a list of dicts of arrays", lambda rng: {"items": [{"x": np.arange(3)}, {"x": np.arange(2)}]}
    )

    def counts_up(items):
        items[1]["x"] += 1

    assert call(counts_up, probe).mutated == ("items",)
    assert call(lambda items: items.pop(), probe).mutated == ("items",)
    assert call(lambda items: items[0]["x"] + 1, probe).mutated == ()
