"""An error of Grade Sync costs the row that causes it, otherwise its section, never the batch; and the ledger stays true (I-7)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

import pandas as pd
import pytest
from requests.exceptions import InvalidURL
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from include.errors import AccessError, OutageError
from include.gradebook.reasons import CATALOGUE
from include.sis.contract import AssignmentWrite, Receipt
from include.sync import apply as apply_module
from include.sync.ledger import Ledger
from include.sync.own_errors import is_own, place_of, told_of
from tests.sync.fake_sis import FakeSis, assignment, plan, score
from tests.sync.test_apply import outcomes, send

REPEATS = frozenset[str]()
ONCE = frozenset({"assignment", "grade"})


@pytest.fixture
def ledger(sqlite_database: Engine) -> Ledger:
    return Ledger(sqlite_database, "genesis")


def in_ledger(frame: pd.DataFrame) -> dict[str, str]:
    return {
        "/".join(str(row[name]) for name in ("canvas_assignment_id", "sis_student_id") if name in row): row["outcome"]
        for row in frame.to_dict("records")
    }


@pytest.mark.parametrize("allocates", [REPEATS, ONCE], ids=["own_ids", "sis_ids"])
def test_i7_a_row_of_which_no_request_can_be_made_costs_only_itself(ledger: Ledger, allocates: frozenset[str]) -> None:
    sis = FakeSis(moods={"s1/a1": "bug", "s1/a2/st1": "bug"}, allocates=allocates)
    rows = [assignment("s1", "a1"), assignment("s1", "a2"), assignment("s2", "a1")]
    applied = send(plan(rows, [score("s1", "a2", "st1"), score("s1", "a2", "st2"), score("s1", "a1", "st1")]), sis, ledger)
    assert applied.stopped is None
    assert outcomes(applied.receipts) == {
        "s1/a1": "GP-OUR-ERROR", "s1/a2": "accepted", "s2/a1": "accepted",
        "s1/a2/st1": "GP-OUR-ERROR", "s1/a2/st2": "accepted", "s1/a1/st1": "GP-ASSIGNMENT-FAILED",
    }  # fmt: skip
    assert in_ledger(ledger.assignments(["s1"])) == {"a1": "refused", "a2": "accepted"}
    assert in_ledger(ledger.scores()) == {"a2/st1": "refused", "a2/st2": "accepted"}
    assert ledger.unanswered(["s1", "s2"]) == set(), "no request was made, so nothing is unknown"


@pytest.mark.parametrize(
    ("allocates", "told"),
    [
        (REPEATS, {"s1/a1": "accepted", "s1/a2": "GP-OUR-ERROR", "s1/a3": "accepted"}),
        (ONCE, {"s1/a1": "accepted", "s1/a2": "GP-OUR-UNKNOWN", "s1/a3": "GP-OUR-UNKNOWN"}),
    ],
    ids=["own_ids", "sis_ids"],
)
def test_i7_after_a_first_request_only_rows_that_may_be_repeated_are_sent_alone(
    ledger: Ledger, allocates: frozenset[str], told: dict[str, str]
) -> None:
    sis = FakeSis(moods={"s1/a2": "bug"}, allocates=allocates)
    applied = send(plan([assignment("s1", name) for name in ("a1", "a2", "a3")]), sis, ledger)
    assert outcomes(applied.receipts) == told
    unknown = {key.partition("/")[2] for key, code in told.items() if code == "GP-OUR-UNKNOWN"}
    assert {name for _, name, _ in ledger.unanswered(["s1"])} == unknown
    assert len(sis.items) == 3 - len(unknown | {"a2"})


@pytest.mark.parametrize("allocates", [REPEATS, ONCE], ids=["own_ids", "sis_ids"])
def test_i7_a_response_that_grade_sync_fails_to_read_leaves_its_row_unknown(ledger: Ledger, allocates: frozenset[str]) -> None:
    sis = FakeSis(moods={"s1/a1": "bug_after"}, allocates=allocates)
    applied = send(plan([assignment("s1", "a1"), assignment("s2", "a1")]), sis, ledger)
    assert outcomes(applied.receipts) == {"s1/a1": "GP-OUR-UNKNOWN", "s2/a1": "accepted"}
    assert ledger.unanswered(["s1", "s2"]) == {("s1", "a1", None)}
    assert "sis-s1/a1" in sis.items


def test_i7_a_row_that_cannot_be_made_a_request_is_not_in_the_ledger(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    made = apply_module.assignment_writes

    def build(rows: Sequence[dict[str, object]]) -> list[AssignmentWrite]:
        if any(row["canvas_assignment_id"] == "a1" for row in rows):
            raise OverflowError("date value out of range")
        return made(rows)

    monkeypatch.setattr(apply_module, "assignment_writes", build)
    sis = FakeSis()
    applied = send(plan([assignment("s1", "a1"), assignment("s1", "a2")], [score("s1", "a1", "st1"), score("s1", "a2", "st1")]), sis, ledger)
    assert outcomes(applied.receipts) == {
        "s1/a1": "GP-OUR-ERROR", "s1/a2": "accepted", "s1/a1/st1": "GP-ASSIGNMENT-FAILED", "s1/a2/st1": "accepted",
    }  # fmt: skip
    assert list(ledger.assignments()["canvas_assignment_id"]) == ["a2"]


def test_i7_a_section_that_fails_as_a_whole_lets_the_next_one_go_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = apply_module._windows

    def broken(rows: Sequence[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
        if rows and rows[0]["sis_section_id"] == "s1":
            raise RecursionError("too deep")
        return windows(rows)

    monkeypatch.setattr(apply_module, "_windows", broken)
    rows = [assignment("s1", "a1"), assignment("s2", "a1")]
    applied = send(plan(rows, [score("s1", "a1", "st1"), score("s2", "a1", "st1")]), FakeSis(), ledger)
    assert applied.stopped is None
    assert outcomes(applied.receipts) == {"s1/a1": "accepted", "s2/a1": "accepted", "s1/a1/st1": "GP-OUR-ERROR", "s2/a1/st1": "accepted"}
    assert list(ledger.scores()["sis_section_id"]) == ["s2"]


def test_i7_rows_behind_an_outage_are_still_not_tried(ledger: Ledger) -> None:
    """A row that fails here, and then a SIS that is gone: each is reported as what it is."""
    sis = FakeSis(moods={"s1/a1": "bug", "s2/a1": "raise"})
    applied = send(plan([assignment(section, "a1") for section in ("s1", "s2", "s3")]), sis, ledger)
    assert isinstance(applied.stopped, AccessError)
    assert outcomes(applied.receipts) == {"s1/a1": "GP-OUR-ERROR", "s2/a1": "SIS-NO-ANSWER", "s3/a1": "SIS-NOT-TRIED"}


def test_i7_reading_ahead_that_fails_stops_nothing(ledger: Ledger) -> None:
    sis = FakeSis()
    sis.foresee = lambda _: {}["no such key"]  # type: ignore[method-assign]
    assert outcomes(send(plan([assignment("s1", "a1")]), sis, ledger).receipts) == {"s1/a1": "accepted"}


def test_i7_the_next_night_sends_what_failed_here(ledger: Ledger) -> None:
    sis = FakeSis(moods={"s1/a1": "bug"})
    send(plan([assignment("s1", "a1")]), sis, ledger)
    sis.moods = {}
    assert outcomes(send(plan([assignment("s1", "a1")]), sis, ledger, "run-2").receipts) == {"s1/a1": "accepted"}
    assert CATALOGUE["GP-OUR-ERROR"].who == "admin", "a refusal for the teacher would wait for a change in Canvas"


def test_f12_neither_log_nor_receipt_shows_the_words_of_the_error(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        applied = send(plan([assignment("s1", "a1"), assignment("s1", "a2")]), FakeSis(moods={"s1/a1": "bug", "s1/a2": "bug"}), ledger)
    told = applied.receipts["message"].iloc[0]
    assert told.startswith("OverflowError at ")
    assert "Ann Lee" not in caplog.text + told
    assert caplog.text.count("failed because of an internal error in Grade Sync") == 1, "one place that fails is one entry"


def fails_at(work: Callable[[], object]) -> Exception:
    try:
        work()
    except Exception as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "own"),
    [
        (OverflowError(), True),
        (KeyError("x"), True),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "half a character"), True),
        (InvalidURL(), True),
        (AccessError("x"), False),
        (OutageError("x"), False),
        (OperationalError("s", None, Exception()), False),
        (OSError("disk full"), False),
        (MemoryError(), False),
        (KeyboardInterrupt(), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_i7_own_errors_are_those_that_no_system_raised(error: BaseException, own: bool) -> None:
    assert is_own(error) is own


def test_i7_what_a_person_is_told_names_the_place_and_whose_error_it_is() -> None:
    error = fails_at(lambda: Receipt("k", 1).nothing)  # type: ignore[arg-type,attr-defined]
    assert place_of(error).startswith("AttributeError at ")
    assert told_of(error).startswith(f"an internal error in Grade Sync ({place_of(error)})")
