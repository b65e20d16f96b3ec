"""In IPython: one display, one line for a failure, and the session lives on."""

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

RIGHT = "def attention_scores(q, k):\n    return q @ k.swapaxes(-1, -2) / q.shape[-1] ** 0.5"
WRONG = "def attention_scores(q, k):\n    return q @ k.swapaxes(-1, -2)"
ENDS = "def attention_scores(q, k):\n    exit()"
CHECK = "check('attention_scores', attention_scores)"


@pytest.fixture
def shell():
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor")
    publisher = shell.display_pub = CapturingDisplayPublisher()
    shell.user_ns["exit"] = shell.user_ns["quit"] = lambda: publisher.outputs.append("session ended")
    shell.run_cell("from selfattn_check import check, hint")
    yield shell
    InteractiveShell.clear_instance()


def run(shell, *cells):
    """What the cells displayed, and the result of the last."""
    for cell in cells:
        result = shell.run_cell(cell)
    return shell.display_pub.outputs, result


def test_passed_check_displays_once(shell, capsys):
    outputs, result = run(shell, RIGHT, CHECK)
    assert result.success
    assert result.result.passed
    assert len(outputs) == 1
    assert outputs[0]["data"].keys() == {"text/plain", "text/html"}
    assert capsys.readouterr().out.strip() == "Out[0]:"  # the prompt of a terminal, with nothing behind it


def test_passed_check_without_show_displays_once(shell, capsys):
    outputs, _ = run(shell, RIGHT, CHECK.replace(")", ", show=False)"))
    assert len(outputs) == 1
    assert capsys.readouterr().out.strip() == "Out[0]:"  # the prompt of a terminal, with nothing behind it


def test_failed_check_displays_once_and_ends_in_one_line(shell, capsys):
    outputs, result = run(shell, WRONG, CHECK)
    assert not result.success
    assert len(outputs) == 1
    assert "missing-scale" in outputs[0]["data"]["text/plain"]
    assert capsys.readouterr().out.splitlines() == [
        "CheckFailed: attention_scores — values differ on 7 of 7 probes   [missing-scale]"
    ]


def test_unknown_name_ends_in_one_line(shell, capsys):
    run(shell, "check('attention_score', 3)")
    assert capsys.readouterr().out.splitlines() == [
        "ValueError: exercise_id must name an exercise, got 'attention_score'; did you mean 'attention_scores'?"
    ]


def test_exit_does_not_end_the_session(shell, capsys):
    outputs, _ = run(shell, ENDS, CHECK)
    assert "tried to end the session" in outputs[0]["data"]["text/plain"]
    assert "session ended" not in outputs
    run(shell, "exit()")
    assert outputs[-1] == "session ended"  # outside of a check it does what it always did


def test_error_line_is_that_of_the_cell(shell, capsys):
    outputs, _ = run(shell, "def attention_scores(q, k):\n    wide = q @ k\n    return wide", CHECK)
    assert "in your code, line 2: wide = q @ k" in outputs[0]["data"]["text/plain"]


def test_hint_is_shown_as_markdown(shell):
    _, result = run(shell, "hint('attention_scores', 1)")
    assert result.result._repr_markdown_().startswith("**Hint 1 of 3.** ")
