"""The measurements measure, and the file between them and the book's page is read or refused with a clear sentence."""

import json
import signal
import subprocess
from dataclasses import asdict

import numpy as np
import pytest

from selfattn_check import EXERCISES
from tests.bench import attention_costs
from tests.bench.__main__ import attention_table
from tests.bench.attention_costs import case, expected_peak, measure
from tests.bench.forms import forms, inputs
from tests.bench.memory import free_bytes, peak_bytes
from tests.bench.record import FORMS, HEAD_DIM, LENGTHS, Case, Record, as_text, read

MIB = 2**20
DELETE = object()


def test_committed_record_holds_what_the_page_reads():
    record = read()
    assert tuple(record.lengths) == LENGTHS
    assert all([case.n for case in record.column(form)] == list(LENGTHS) for form in FORMS)
    assert sorted(check.exercise for check in record.checks) == sorted(EXERCISES)
    assert all(case.ratio == 1.0 for case in record.column("blockwise"))


def test_record_written_and_read_again_is_the_same(tmp_path):
    path = tmp_path / "attention.json"
    path.write_text(as_text(read()), encoding="utf-8")
    assert read(path) == read()


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("machine", "cpus"), DELETE, "machine must have exactly"),
        (("machine", "cpus"), "two", "machine.cpus must be int, got 'two'"),
        (("machine", "cpus"), True, "machine.cpus must be int, got True"),
        (("settings", "window"), 0, "settings.window must be positive, got 0"),
        (("cases",), [], "cases must be a list with at least one entry"),
        (("cases",), {}, "cases must be a list"),
        (("cases", 3), None, "cases[3] must be an object with"),
        (("cases", 3), DELETE, "cases must hold each of blockwise, plain, torch, window, linear once at every n"),
        (("cases", 3, "form"), "dense", "cases must hold each of"),
        (("cases", 3, "seconds"), "1", "cases[3].seconds must be float or NoneType, got '1'"),
        (("cases", 3, "seconds"), None, "cases[3] must be either measured or too large"),
        (("cases", 3, "seconds"), float("nan"), "cases[3].seconds must be positive, got nan"),
        (("cases", 3, "needed_bytes"), 10, "cases[3] must be either measured or too large"),
        (("checks", 0, "right"), DELETE, "checks[0] must have exactly"),
        (("surplus",), 1, "record must have exactly"),
    ],
)
def test_read_damaged_record_names_the_place(tmp_path, keys, value, message):
    data = json.loads(as_text(read()))
    *path, last = keys
    inner = data
    for key in path:
        inner = inner[key]
    if value is DELETE:
        del inner[last]
    else:
        inner[last] = value
    with pytest.raises(ValueError, match=r"attention\.json is damaged: .*; measure again with: make bench") as caught:
        read(written(tmp_path, json.dumps(data)))
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", as_text(read())[:-40]])
def test_read_file_cut_short_is_a_clear_error(tmp_path, text):
    with pytest.raises(ValueError, match=r"attention\.json is damaged: .*; measure again with: make bench"):
        read(written(tmp_path, text))


def test_read_missing_file_says_how_to_make_it(tmp_path):
    with pytest.raises(ValueError, match=r"attention\.json does not exist; measure with: make bench"):
        read(tmp_path / "attention.json")


def written(folder, text):
    path = folder / "attention.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_forms_of_the_same_function_agree():
    made = forms(*inputs(300))  # more than one block and one window
    assert tuple(made) == FORMS
    assert made["blockwise"]().dtype == made["plain"]().dtype == np.float32
    np.testing.assert_allclose(made["blockwise"](), made["plain"](), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(made["torch"]().numpy(), made["plain"](), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("mebibytes", [40, 80])  # above 32 MiB glibc never takes an array from memory it kept
def test_peak_bytes_sees_arrays_that_are_gone_when_it_looks(mebibytes):
    assert peak_bytes(lambda: np.ones(mebibytes * MIB, np.uint8).sum()) == pytest.approx(mebibytes * MIB, rel=0.1)


def test_peak_bytes_after_a_higher_peak_still_sees_the_lower_one():
    np.ones(120 * MIB, np.uint8)
    assert peak_bytes(lambda: np.ones(40 * MIB, np.uint8).sum()) == pytest.approx(40 * MIB, rel=0.1)


def test_measure_a_short_length_gives_a_record_that_can_be_read(tmp_path):
    cases = measure([512])
    assert [(case.n, case.form) for case in cases] == [(512, form) for form in FORMS]
    assert all(case.seconds > 0 and case.ratio > 0 for case in cases)
    known = read()
    path = written(tmp_path, as_text(Record(known.machine, known.settings, tuple(cases), known.checks)))
    assert read(path).cases == tuple(cases)


def test_worker_peak_of_the_plain_form_holds_the_scores():
    n = 1024
    assert attention_costs.run("memory", "plain", n) >= 2 * 4 * n * n > attention_costs.run("memory", "torch", n)
    assert attention_costs.run("memory", "torch", n) >= 4 * n * HEAD_DIM  # its output at least


def test_case_ratio_is_taken_within_each_repetition():
    taken = {"blockwise": [1.0, 10.0, 3.0], "plain": [2.0, 20.0, 3.0]}
    assert case(8, "plain", 100, 0, taken) == Case(8, "plain", 100, 3.0, 0.5, None)


def test_expected_peak_grows_with_the_square_of_the_length():
    measured = [Case(1000, "plain", 7, 1.0, 1.0, None), Case(2000, "plain", None, None, None, 28)]
    assert expected_peak("plain", 1000, []) == 0
    assert expected_peak("plain", 2000, measured[:1]) == 28
    assert expected_peak("plain", 4000, measured) == 112


def test_measure_says_what_a_case_would_need_and_goes_on(monkeypatch):
    monkeypatch.setattr(attention_costs, "run", pretended)
    monkeypatch.setattr(attention_costs, "free_bytes", lambda: 500)
    cases = {(case.n, case.form): case for case in measure([8, 16, 32])}
    assert cases[8, "plain"].peak_bytes == 256
    assert cases[16, "plain"] == Case(16, "plain", None, None, None, 1024)
    assert cases[32, "plain"] == Case(32, "plain", None, None, None, 4096)
    assert cases[32, "torch"].peak_bytes == 32
    known = read()
    table = attention_table(Record(known.machine, known.settings, tuple(cases.values()), known.checks))
    assert table.count("would need") == 2


def pretended(kind, *arguments):
    if kind == "memory":
        form, n = arguments
        return 4 * n * n if form == "plain" else n
    return {form: [1.0, 2.0] for form in arguments[1:]}


def test_run_ended_by_the_system_counts_as_too_large(monkeypatch):
    done = subprocess.CompletedProcess([], -signal.SIGKILL, stdout="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert attention_costs.measured_peak("plain", 8, 0) is None
    done.returncode = 1
    with pytest.raises(subprocess.CalledProcessError):
        attention_costs.measured_peak("plain", 8, 0)


def test_free_bytes_heeds_the_limit_of_the_container(tmp_path):
    system = tmp_path / "meminfo"
    system.write_text("MemTotal: 99 kB\nMemAvailable:  10 kB\n", encoding="ascii")
    assert free_bytes(system, tmp_path) == 10 * 1024
    for name, text in {
        "memory.max": "5000\n",
        "memory.current": "4000\n",
        "memory.stat": "anon 1\ninactive_file 700\n",
    }.items():
        (tmp_path / name).write_text(text, encoding="ascii")
    assert free_bytes(system, tmp_path) == 5000 - 4000 + 700
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    assert free_bytes(system, tmp_path) == 10 * 1024
    assert free_bytes(tmp_path / "nothing", tmp_path) is None


def test_record_has_no_path_and_no_name_of_a_machine():
    assert set(asdict(read().machine)) == {"date", "system", "cpus", "python", "numpy", "torch"}
    assert "/" not in as_text(read())
