"""The ledger says `accepted` only for what the SIS confirmed, and keeps what was last accepted through everything else."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from include.errors import DataError
from include.gradebook.schemas import LEDGER_ASSIGNMENTS, LEDGER_SCORES, PLAN_ASSIGNMENTS, PLAN_SCORES
from include.sync import bulk
from include.sync.apply import apply
from include.sync.ledger import Ledger
from include.sync.tables import LEDGER_SCORES as TABLE
from tests.sync.fake_sis import FakePlan, FakeSis, assignment, plan, score, unchecked_plan

AT = datetime(2026, 9, 20, 1, 15, tzinfo=UTC)


@pytest.fixture
def ledger(database: Engine) -> Ledger:
    return Ledger(database, "genesis")


def receipts(rows: list[dict[str, Any]], outcome: str = "accepted", **more: object) -> list[dict[str, Any]]:
    return [row | {"outcome": outcome, "sis_id": None, "reason_code": None, "message": None, "finished_at": AT} | more for row in rows]


def assignments(*rows: dict[str, object]) -> list[dict[str, Any]]:
    return bulk.records(plan(rows).assignments, PLAN_ASSIGNMENTS.columns)


def scores(*rows: dict[str, object]) -> list[dict[str, Any]]:
    return bulk.records(plan([], rows).scores, PLAN_SCORES.columns)


def send_assignments(ledger: Ledger, rows: list[dict[str, Any]], outcome: str = "accepted", **more: object) -> None:
    ledger.intend_assignments(rows, "run-1")
    ledger.settle_assignments(rows, receipts(rows, outcome, **more), "run-1")


def send_scores(ledger: Ledger, rows: list[dict[str, Any]], outcome: str = "accepted", **more: object) -> None:
    ledger.intend_scores(rows, "run-1")
    ledger.settle_scores(rows, receipts(rows, outcome, **more), "run-1")


def test_an_empty_ledger_reads_as_empty_frames_in_their_types(ledger: Ledger) -> None:
    for found, frame in ((ledger.assignments(), LEDGER_ASSIGNMENTS), (ledger.scores(["s1"]), LEDGER_SCORES), (ledger.scores([]), LEDGER_SCORES)):
        assert len(frame.check(found)) == 0


def test_invariant8_each_column_comes_back_as_it_went_in(ledger: Ledger) -> None:
    send_assignments(ledger, assignments(assignment("s1", "a1", name="Prüfung “1”", due_date="2026-12-31")), sis_id="sis-1")
    send_scores(ledger, scores(score("s1", "a1", "st1", fingerprint="7.5|late")), sis_id="score-1")
    (found,) = LEDGER_ASSIGNMENTS.check(ledger.assignments()).to_dict("records")
    blank = {name for name, value in found.items() if pd.isna(value)}
    assert {name: value for name, value in found.items() if name not in blank} == {
        "sis_section_id": "s1", "canvas_assignment_id": "a1", "canvas_course_id": "course-1", "sis_assignment_id": "sis-1", "our_id": "gs-s1-a1",
        "name": "Prüfung “1”", "due_date": "2026-12-31", "fingerprint": "print-a1", "outcome": "accepted", "generation": 0,
        "accepted_at": pd.Timestamp("2026-09-20 01:15", tz="UTC"), "adopted": False,
    }  # fmt: skip
    assert blank == {"refused", "reason_code", "message"}
    (found,) = LEDGER_SCORES.check(ledger.scores()).to_dict("records")
    assert (found["sis_student_id"], found["canvas_user_id"], found["sis_score_id"], found["fingerprint"]) == (
        "st1",
        "user-st1",
        "score-1",
        "7.5|late",
    )


def test_targets_never_see_each_others_rows(ledger: Ledger) -> None:
    send_assignments(ledger, assignments(assignment("s1", "a1")), sis_id="x")
    other = Ledger(ledger.engine, "synergy")
    assert len(other.assignments()) == 0
    send_assignments(other, assignments(assignment("s1", "a1", name="Other")), "refused")
    assert list(ledger.assignments()["outcome"]) == ["accepted"]


def test_a_refused_update_keeps_what_was_accepted_and_remembers_what_was_refused(ledger: Ledger) -> None:
    send_assignments(ledger, assignments(assignment("s1", "a1", fingerprint="v1", name="Quiz", due_date="2026-09-18")), sis_id="x")
    changed = assignment("s1", "a1", "update", sis_assignment_id="x", fingerprint="v2", name="Qüiz", due_date="2026-09-20")
    send_assignments(ledger, assignments(changed), "refused", reason_code="SY-NAME", message="bad name")
    (row,) = ledger.assignments().to_dict("records")
    assert (row["fingerprint"], row["refused"], row["outcome"], row["reason_code"], row["message"]) == ("v1", "v2", "refused", "SY-NAME", "bad name")
    assert (row["name"], row["due_date"], row["sis_assignment_id"]) == ("Quiz", "2026-09-18", "x")
    send_assignments(ledger, assignments(changed))
    (row,) = ledger.assignments().to_dict("records")
    assert (row["fingerprint"], row["name"], row["outcome"], row["sis_assignment_id"]) == ("v2", "Qüiz", "accepted", "x")
    assert pd.isna([row["refused"], row["reason_code"], row["message"]]).all()


def test_a_refused_create_was_never_accepted(ledger: Ledger) -> None:
    send_assignments(ledger, assignments(assignment("s1", "a1")), "refused", reason_code="SIS-VALIDATION")
    (row,) = ledger.assignments().to_dict("records")
    assert pd.isna([row["fingerprint"], row["sis_assignment_id"]]).all()
    assert (row["refused"], row["outcome"]) == ("print-a1", "refused")


def test_a_create_forgets_what_stood_there_before(ledger: Ledger) -> None:
    """The plan found nothing of ours in the SIS: until the new one is accepted, nothing is, whatever was accepted once."""
    send_assignments(ledger, assignments(assignment("s1", "a1", fingerprint="v1", name="Quiz")), sis_id="x")
    send_scores(ledger, scores(score("s1", "a1", "st1")), sis_id="r1")
    ledger.intend_assignments(assignments(assignment("s1", "a1", "create", fingerprint="v1", name="Quiz again")), "run-2")
    (row,) = ledger.assignments().to_dict("records")
    assert pd.isna([row["fingerprint"], row["sis_assignment_id"]]).all()
    assert (row["name"], row["outcome"]) == ("Quiz again", "unknown")
    assert ledger.scores()[["fingerprint", "sis_score_id"]].isna().all(axis=None)


def test_intent_alone_is_unknown_and_keeps_the_last_accepted_score(ledger: Ledger) -> None:
    send_scores(ledger, scores(score("s1", "a1", "st1", fingerprint="7")), sis_id="r1")
    ledger.intend_scores(scores(score("s1", "a1", "st1", "update", fingerprint="8", sis_score_id="r1")), "run-2")
    assert ledger.scores()[["fingerprint", "outcome", "sis_score_id"]].values.tolist() == [["7", "unknown", "r1"]]


def test_an_unknown_answer_keeps_what_was_refused_before(ledger: Ledger) -> None:
    send_scores(ledger, scores(score("s1", "a1", "st1", fingerprint="7")), "refused", reason_code="SIS-VALIDATION")
    send_scores(ledger, scores(score("s1", "a1", "st1", fingerprint="8")), "unknown", reason_code="SIS-NO-ANSWER")
    assert ledger.scores()[["refused", "outcome", "reason_code"]].values.tolist() == [["7", "unknown", "SIS-NO-ANSWER"]]


def test_a_row_without_a_receipt_stays_unknown(ledger: Ledger) -> None:
    rows = scores(score("s1", "a1", "st1"), score("s1", "a1", "st2"))
    ledger.intend_scores(rows, "run-1")
    ledger.settle_scores(rows, receipts(rows[:1]), "run-1")
    assert ledger.scores().set_index("sis_student_id")["outcome"].to_dict() == {"st1": "accepted", "st2": "unknown"}


def test_an_answer_to_what_was_never_intended_is_an_error(ledger: Ledger) -> None:
    rows = scores(score("s1", "a1", "st1"), score("s1", "a1", "st2"))
    ledger.intend_scores(rows[:1], "run-1")
    with pytest.raises(DataError, match="ledger_scores of genesis: 2 rows were answered, but only 1 of them were intended before"):
        ledger.settle_scores(rows, receipts(rows), "run-1")
    assert list(ledger.scores()["outcome"]) == ["unknown"]


def test_f4_what_is_read_back_from_the_sis_is_confirmed(ledger: Ledger) -> None:
    ledger.intend_assignments(assignments(assignment("s1", "a1")), "run-1")
    ledger.intend_scores(scores(score("s1", "a1", "st1")), "run-1")
    found = plan([assignment("s1", "a1", "none", sis_assignment_id="x")], [score("s1", "a1", "st1", "none", sis_score_id="r")])
    ledger.confirm_assignments(found.assignments, "run-2", AT)
    ledger.confirm_scores(found.scores, "run-2", AT)
    assert ledger.assignments()[["sis_assignment_id", "fingerprint", "outcome"]].values.tolist() == [["x", "print-a1", "accepted"]]
    assert ledger.scores()[["sis_score_id", "fingerprint", "outcome"]].values.tolist() == [["r", "7.5", "accepted"]]


def test_f11_what_was_sent_can_be_read_with_when_and_in_which_run(ledger: Ledger) -> None:
    send_assignments(ledger, assignments(assignment("s1", "a1", name="Quiz", description="<b>x</b>", category_id="c1")), sis_id="x")
    send_scores(ledger, scores(score("s1", "a1", "st1")))
    found = ledger.last_sent("s1", "a1")
    assert json.loads(found["sent"]) == {
        "name": "Quiz", "description": "<b>x</b>", "points_possible": 10.0, "due_date": "2026-09-18", "assign_date": None, "category_id": "c1",
    }  # fmt: skip
    assert (found["accepted_at"], found["run_id"]) == (AT, "run-1")
    assert ledger.last_sent("s1", "a1", "st1")["fingerprint"] == "7.5"
    assert ledger.last_sent("s1", "a1", "st9") is None


def test_f11_a_refusal_does_not_change_when_it_was_last_accepted(ledger: Ledger) -> None:
    send_scores(ledger, scores(score("s1", "a1", "st1")))
    rows = scores(score("s1", "a1", "st1", "update"))
    ledger.intend_scores(rows, "run-2")
    ledger.settle_scores(rows, receipts(rows, "refused", finished_at=datetime(2026, 10, 1, tzinfo=UTC)), "run-2")
    found = ledger.last_sent("s1", "a1", "st1")
    assert (found["accepted_at"], found["finished_at"]) == (AT, datetime(2026, 10, 1, tzinfo=UTC))


def test_a_nul_character_and_a_long_message_stop_nobody(ledger: Ledger) -> None:
    rows = assignments(assignment("s1", "a1", name="Qu\x00iz"), assignment("s1", "a2"))
    send_assignments(ledger, rows, "refused", message="no\x00" + "x" * 2000)
    assert sorted(ledger.assignments()["name"]) == ["Quiz", "Quiz a2"]
    assert set(ledger.assignments()["message"].str.len()) == {500}


def test_thousands_of_sections_and_students_in_one_read(ledger: Ledger) -> None:
    size = 3_500
    rows = scores(*(score(f"s{number}", "a1", "st") for number in range(size)))
    ledger.intend_scores(rows, "run-1")
    started = time.monotonic()
    found = ledger.scores([*(row["sis_section_id"] for row in rows), "nobody"])
    assert (len(found), found["sis_section_id"].nunique()) == (size, size)
    assert time.monotonic() - started < 10
    assert str(found["sis_section_id"].dtype) == "str"


def test_an_empty_set_of_rows_is_nothing_to_do(ledger: Ledger) -> None:
    send_assignments(ledger, [])
    send_scores(ledger, [])
    assert len(ledger.assignments()) == len(ledger.scores()) == 0


# ------------------------------------------------------------------------------------------ invariant 3, for any sequence
EXAMPLE = count()


class Killed(BaseException):
    """The process dies at this request."""


MOODS = st.sampled_from(["accept", "refuse", "silent", "raise", "no_id", "twice", "stranger", "kill_before", "kill_after"])
NIGHT = st.fixed_dictionaries(
    {
        "actions": st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from(["put", "clear"])),
        "moods": st.tuples(MOODS, MOODS, MOODS),
        "version": st.integers(1, 3),
        "settles": st.integers(0, 3).map(bool),
    }
)


@dataclass
class Witness(FakeSis):
    """A SIS that remembers, per row, the last version for which it gave a confirmed answer, and dies where it is told to."""

    version: int = 0
    confirmed: dict[str, int | None] = field(default_factory=dict)

    def _answer(self, row, sis_id, keep=True):
        mood = self.moods.get(row.key, "accept")
        if mood == "kill_before":
            raise Killed
        for receipt in super()._answer(row, sis_id, keep):
            if mood == "kill_after":
                raise Killed
            if receipt.key == row.key and receipt.outcome == "accepted" and (mood != "no_id" or getattr(row, "sis_assignment_id", "")):
                self.confirmed[row.key] = self.version if keep else None
            yield receipt

    def clear_scores(self, rows):
        for row in rows:
            self.scores.setdefault((row.sis_assignment_id, row.sis_student_id), None)
        yield from super().clear_scores(rows)


def tonight(ledger: Ledger, night: dict[str, Any], sis: Witness) -> FakePlan:
    """A plan as the ledger allows it: nothing of ours there means create, and only what stands is deleted or cleared."""
    stands = {row.canvas_assignment_id: row.sis_assignment_id for row in ledger.assignments().itertuples() if not pd.isna(row.sis_assignment_id)}
    known = stands.get("a1")
    action = ("update" if known else "create") if night["actions"][0] == "put" or known not in sis.items else "delete"
    print_ = f"v{night['version']}"
    rows = [assignment("s1", "a1", action, sis_assignment_id=known, fingerprint=print_), assignment("s1", "a2", "none")]
    clearing = night["actions"][1] == "clear" and known in sis.items
    marks = [score("s1", "a1", student, "clear" if clearing else "update", fingerprint=print_) for student in ("st1", "st2")]
    return unchecked_plan(rows, [] if action == "delete" else marks)


class Dying(Ledger):
    """A ledger whose process is killed after the answers and before they are written down."""

    def settle_assignments(self, *_: object) -> None:
        raise Killed

    settle_scores = settle_assignments


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(nights=st.lists(NIGHT, min_size=1, max_size=5))
def test_invariant3_nothing_is_accepted_without_a_confirmed_answer(sqlite_database: Engine, nights: list[dict[str, Any]]) -> None:
    target, sis = f"target-{next(EXAMPLE)}", Witness()
    ledger = Ledger(sqlite_database, target)
    for night in nights:
        sis.version, sis.moods = night["version"], dict(zip(("s1/a1", "s1/a1/st1", "s1/a1/st2"), night["moods"], strict=True))
        with suppress(Killed):
            apply(tonight(ledger, night, sis), sis, (Ledger if night["settles"] else Dying)(sqlite_database, target), "run", lambda: AT)
        for key, outcome, fingerprint in _rows(ledger):
            if outcome == "accepted" and not pd.isna(fingerprint):
                assert fingerprint == f"v{sis.confirmed.get(key)}", f"{key}: not what the SIS confirmed"


def _rows(ledger: Ledger) -> list[tuple[str, str, str]]:
    rows = [(f"{r.sis_section_id}/{r.canvas_assignment_id}", r.outcome, r.fingerprint) for r in ledger.assignments().itertuples()]
    return rows + [
        (f"{r.sis_section_id}/{r.canvas_assignment_id}/{r.sis_student_id}", r.outcome, r.fingerprint) for r in ledger.scores().itertuples()
    ]


def test_a_row_without_its_key_is_an_error_and_changes_nothing(ledger: Ledger) -> None:
    send_scores(ledger, scores(score("s1", "1", "p1")))
    with pytest.raises(KeyError, match="sis_section_id"), ledger.engine.begin() as connection:
        bulk.change(connection, TABLE, ["target", "sis_section_id"], [{"target": "genesis", "run_id": "other"}])
    assert ledger.last_sent("s1", "1", "p1")["run_id"] == "run-1"
