"""The acceptance table of the grader: what must come out for each fault or attack, and what shows that it does."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROWS", "Row"]

_GRADE = "tests/selfattn_grade/"


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        what: the fault or the attack.
        required: what must come out.
        shown_by: tests of events, `file::function`, beside the row's cases in the corpus.
    """

    what: str
    required: str
    shown_by: tuple[str, ...] = ()


def _grade(file: str, *functions: str) -> tuple[str, ...]:
    return tuple(f"{_GRADE}test_{file}.py::test_{function}" for function in functions)


ROWS = {
    1: Row("a graded cell twice", "graded, told; nobody else affected"),
    2: Row("a check deleted or edited", "put back, graded"),
    3: Row("metadata gone from cells", "answer found or told; the rest graded"),
    4: Row("type of a cell changed", "put back"),
    5: Row("old or missing version of the metadata", "told, for this learner alone"),
    6: Row("file renamed, “(1)”, capitals", "graded if only one can be meant, else told"),
    7: Row(
        "torn, empty or HTML file; format 3; code that does not load", "unreadable or that item 0; never a silent 0"
    ),
    8: Row("unknown or missing kernel", "the course's own is used"),
    9: Row("null byte or half a surrogate pair in the output", "graded as usual"),
    10: Row("`input()`", "that item fails at once"),
    11: Row("infinite loop", "that item 0, “times out”; the rest graded"),
    12: Row("ignores interrupts and sleeps", "as an infinite loop"),
    13: Row("`os._exit` in an answer", "that item 0; the others keep their marks"),
    14: Row("`SystemExit` in an answer", "that item 0"),
    15: Row("takes all memory", "ended at the limit, and said so"),
    16: Row("fork bomb", "capped; the grader goes on"),
    17: Row("fills the disk", "quota reached, item fails"),
    18: Row("30 MB or 300,000 lines of output", "cut; a right answer keeps its marks"),
    19: Row("right code that warns or logs", "full marks"),
    20: Row("deletes its files, changes directory", "the same grade"),
    21: Row(
        "grader killed (SIGKILL) at random times",
        "run again: nothing lost, nothing double, equal to a clean run",
        (
            *_grade("class_run", "run_killed_at_random_moments_ends_like_a_run_that_was_not"),
            "tests/bench/test_grading_robustness.py::test_record_holds_what_the_guide_says",
        ),
    ),
    22: Row(
        "a worker dies",
        "tried again at most 3 times, then grader-error, never 0",
        _grade(
            "workers",
            "graded_worker_that_dies_once_costs_nothing",
            "graded_job_that_kills_workers_is_a_grader_error_and_the_rest_is_graded",
            "graded_tries_again_three_times_at_most",
        ),
    ),
    23: Row(
        "graded twice",
        "identical grades and report hashes",
        _grade("grading", "grade_twice_gives_equal_hashes_and_other_seeds_other_ones"),
    ),
    24: Row(
        "1 worker against several, and a cluster",
        "identical grades and report hashes",
        _grade(
            "class_run",
            "run_one_worker_and_three_give_equal_results",
            "run_on_a_cluster_of_separate_processes_gives_equal_results",
        ),
    ),
    25: Row(
        "1,000 submissions, 5 % of them faulty",
        "1,000 final states, no abort",
        ("tests/bench/test_grading_robustness.py::test_record_holds_what_the_guide_says",),
    ),
    26: Row(
        "progress",
        "done, total, failures, time left, at least every 5 s",
        (
            *_grade("workers", "graded_is_alive_while_nothing_is_ready"),
            *_grade("class_run", "run_grades_the_class_enters_the_marks_and_writes_feedback"),
        ),
    ),
    27: Row("tags or edits that take the check out", "the check runs; wrong = 0"),
    28: Row("replaces built-ins, NumPy, what compares", "wrong = 0"),
    29: Row("object that equals everything", "wrong = 0, the type is told"),
    30: Row("forged output or replies", "ignored"),
    31: Row("looks for the answer in frames, objects, modules", "nothing there"),
    32: Row("reads solutions, classmates, home, environment", "denied"),
    33: Row("writes the gradebook or results", "denied; nothing changed"),
    34: Row("a process that outlives the run", "none remains"),
    35: Row("network: TCP, DNS, raw, loopback", "all blocked"),
    36: Row("malicious pickle as a result", "never deserialized"),
    37: Row(
        "links, archives, pipes in a submission",
        "refused; nothing copied",
        (
            *_grade("intake", "take_in_links_pipes_and_archives_are_refused"),
            *_grade(
                "nbgrader_plugin", "nbgrader_autograde_grades_in_a_room_copies_nothing_and_reports_what_is_unreadable"
            ),
        ),
    ),
    38: Row("hidden tests in feedback, logs, tracebacks", "a planted word is found nowhere"),
    39: Row("hidden values printed, raised or returned", "withheld from the feedback"),
    40: Row("script in output or Markdown", "feedback sanitized"),
    41: Row("visible answers typed in", "random hidden inputs give 0"),
    42: Row(
        "a test fixed after release",
        "one command regrades, shows the difference, keeps marks given by hand",
        _grade("regrade", "regrade_shows_the_difference_keeps_marks_by_hand_and_the_history"),
    ),
    43: Row(
        "deadline or extension changed",
        "penalty found anew and logged",
        _grade(
            "late_penalties",
            "penalty_follows_the_deadline_and_the_extension_and_is_logged",
            "export_takes_the_penalty_off_marks_that_were_given_by_hand_after_the_run",
        ),
    ),
    44: Row(
        "hostile names in an export",
        "round-trip through Canvas, Moodle and CSV",
        _grade("exports", "export_hostile_names_round_trip"),
    ),
    45: Row(
        "not submitted, not graded, scored 0",
        "three different states",
        _grade("exports", "standings_no_submission_not_graded_and_zero_are_three_states"),
    ),
    46: Row(
        "no sandbox here",
        "refuses, or an explicit --unsafe that is stamped on every report",
        _grade("class_run", "run_without_sandbox_refuses_and_grades_nothing", "run_unsafe_is_stamped_on_every_report"),
    ),
    47: Row(
        "calls the function that it is asked to build",
        "not accepted, and says why",
        _grade(
            "module_attempt",
            "ready_made_attention_is_told_as_in_a_notebook",
            "ready_made_attention_gives_nothing_where_the_watch_is_taken_apart",
        ),
    ),
}
