"""What a person sees while a sync runs and when it has ended."""

from __future__ import annotations

import io
from collections import Counter

from embedded.progress import Screen, line
from embedded.report import Report, table

ROW = {"extracted": 10, "kept": 8, "sent": 0, "unchanged": 8, "refused": 0, "unknown": 0}


def summary(**changed: object) -> dict[str, object]:
    counts = {"sections": {"extracted": 2, "kept": 2}, "assignments": dict(ROW), "grades": dict(ROW)}
    return {"status": "Completed", "counts": counts, "codes": {"error": {}, "warning": {}}, "failures": [], "artifacts": "/a", **changed}


def test_r16_a_night_without_changes_says_so() -> None:
    lines = table([Report("genesis", False, 9.6, summary()), Report("synergy", False, 3.0, summary())])
    assert lines[1].split() == ["genesis", "sections", "2", "2", "Completed,", "10", "s"]
    assert lines[2].split() == ["assignments", "10", "8", "0", "8", "0", "0"]
    assert "genesis: artifacts in /a" in lines
    assert lines[-1] == "Nothing to send: the SIS has already accepted everything."


def test_something_refused_is_not_nothing_to_send() -> None:
    refused = summary(counts={"grades": {**ROW, "refused": 1}}, codes={"error": {"SIS-CONFLICT": 1}, "warning": {"GP-OMITTED": 2}})
    lines = table([Report("genesis", False, 1, refused)])
    assert "genesis: errors: 1 SIS-CONFLICT" in lines
    assert "genesis: warnings: 2 GP-OMITTED" in lines
    assert "Nothing to send: the SIS has already accepted everything." not in lines


def test_a_red_run_says_why_and_is_never_nothing_to_send() -> None:
    lines = table([Report("genesis", True, 1, summary(failures=["batch-000 did not get through: no token"]))])
    assert "genesis: batch-000 did not get through: no token" in lines
    assert "Failed, 1 s" in lines[1]
    assert "Nothing to send: the SIS has already accepted everything." not in lines


def test_a_run_that_left_no_summary() -> None:
    assert "no summary" in table([Report("genesis", True, 1)])[1]
    assert "Failed, 1 s" in table([Report("genesis", True, 1)])[1]


def test_progress_names_the_stage_that_is_furthest() -> None:
    tasks = {
        "choose": Counter(success=1),
        "extract": Counter(success=2, running=1),
        "filter": Counter(running=1, waiting=2),
        "load": Counter(waiting=3),
    }
    assert line("genesis", "running", tasks, 12.3).split() == ["genesis", "running", "filter", "0/3", "12", "s"]
    tasks["filter"] = Counter(failed=1, success=2)
    assert "filter    3/3, 1 failed" in line("genesis", "running", tasks, 12.3)


def test_progress_before_anything_began() -> None:
    assert "waiting" in line("genesis", "queued", {}, 0)


def test_lines_that_are_not_on_a_terminal_are_printed_once() -> None:
    out = io.StringIO()
    screen = Screen(out)
    screen.show(["a 1", "b 1"])
    screen.show(["a 2", "b 1"])
    screen.show(["a 2", "b 1"], last=True)
    assert out.getvalue() == "a 1\nb 1\na 2\n"


def test_lines_on_a_terminal_are_rewritten() -> None:
    out = io.StringIO()
    out.isatty = lambda: True  # type: ignore[method-assign]  # a terminal
    screen = Screen(out)
    screen.show(["a 1", "b 1"])
    screen.show(["a 2", "b 1"])
    assert out.getvalue().count("\x1b[2A") == 1
