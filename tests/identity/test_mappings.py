"""What is recorded of sections and students, and which SIS sections count as abandoned: not those that no run has read, or that left (I-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, select

from include.gradebook.filtering import CanvasRead
from include.gradebook.schemas import WITHHELD
from include.gradebook.sieve import Sieve
from include.identity import Identity
from include.sync import bulk, mappings
from include.sync.section_survey import survey
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES, SECTION_MAPPINGS, SIS_BINDINGS, STUDENT_MAPPINGS
from tests.classroom import Classroom
from tests.sync.conftest import sqlite_database, sqlite_template

__all__ = ["sqlite_database", "sqlite_template"]

NOW = datetime(2026, 11, 13, tzinfo=UTC)


class Ledgered:
    """Course A, to whose SIS section S1 an assignment and scores of two students were sent; `A` and `B` are Canvas courses."""

    def __init__(self, engine: Engine) -> None:
        config = SimpleNamespace(identity=Identity())
        district = SimpleNamespace(state=str(engine.url), targets={"genesis": config})
        self.engine, self.run = engine, SimpleNamespace(district=district, target="genesis", config=config, now=NOW)
        key = {"target": "genesis", "sis_section_id": "S1", "canvas_assignment_id": "100"}
        sent = {**key, "outcome": "accepted", "fingerprint": "f"}
        with engine.begin() as connection:
            item = {**sent, "canvas_course_id": "A", "name": "Quiz", "generation": 0, "adopted": False}
            bulk.replace_all(connection, LEDGER_ASSIGNMENTS, [item])
            scores = [{**sent, "sis_student_id": user.upper(), "canvas_user_id": user} for user in ("u1", "u2")]
            bulk.replace_all(connection, LEDGER_SCORES, scores)
        self.sections("A", {"1": "S1"})
        self.students("A", "u1", "u2")

    def sections(self, course: str, ids: dict[str, str | None], problems: pd.DataFrame | None = None) -> None:
        """A run has read these sections of the course: Canvas section to SIS ID, but those in `problems`."""
        rows = [{"canvas_course_id": course, "canvas_section_id": section, "sis_section_id": sis} for section, sis in ids.items()]
        frame = pd.DataFrame(rows, columns=["canvas_course_id", "canvas_section_id", "sis_section_id"], dtype="str")
        mappings.note_sections(self.run, frame, [course], problems)  # type: ignore[arg-type]  # what it takes of a run

    def students(self, course: str, *users: str) -> None:
        """A run has read these active students of the course."""
        with self.engine.begin() as connection:
            connection.execute(STUDENT_MAPPINGS.delete().where(STUDENT_MAPPINGS.c.canvas_course_id == course))
            rows = [{"target": "genesis", "canvas_course_id": course, "canvas_user_id": user, "sis_student_id": user.upper()} for user in users]
            bulk.replace_all(connection, STUDENT_MAPPINGS, rows)

    def told(self, *courses: str) -> list[Any]:
        """The SIS sections that count as abandoned, where a run plans these courses."""
        return list(mappings.abandoned(self.run, courses)["sis_section_id"])  # type: ignore[arg-type]  # what it takes of a run


@pytest.fixture
def place(sqlite_database: Engine) -> Ledgered:
    """A state database in which course A was sent."""
    return Ledgered(sqlite_database)


@pytest.mark.parametrize("now", ["S1-CORRECTED", None])
def test_i3_an_id_that_was_corrected_or_taken_away_is_reported(place: Ledgered, now: str | None) -> None:
    assert place.told("A") == []
    place.sections("A", {"1": now, "2": "S2"})
    assert place.told("A") == ["S1"]
    place.sections("A", {"1": "S1"})
    assert place.told("A") == []


def test_i3_a_course_that_is_not_in_the_run_is_not_reported(place: Ledgered) -> None:
    place.sections("B", {"9": "S9"})
    assert place.told("B") == []
    place.sections("A", {"1": "S1-CORRECTED"})
    assert place.told("B") == []


def test_i3_a_section_cross_listed_into_a_course_that_no_run_has_read_is_not_reported(place: Ledgered) -> None:
    """The host course is unpublished, in a later batch, or not chosen: nobody knows yet that it has the section."""
    place.sections("A", {"2": "S2"})
    place.students("A", "u3")
    assert place.told("A") == []
    place.sections("B", {"1": "S1"})
    place.students("B", "u1", "u2")
    assert place.told("A", "B") == []
    place.sections("B", {})
    place.sections("A", {"1": "S1", "2": "S2"})
    assert place.told("A", "B") == [], "and de-cross-listed again"


def test_i3_i7_a_section_that_cannot_be_read_tonight_keeps_its_sis_section(place: Ledgered) -> None:
    row = {"canvas_course_id": "A", "canvas_section_id": "1", "kind": "section", "reason_code": "GP-UNREADABLE-SECTION", "stage": "extract"}
    place.sections("A", {"1": None, "2": "S2"}, WITHHELD.of([row]))
    assert place.told("A") == []
    place.sections("A", {"1": None, "2": "S2"})
    assert place.told("A") == ["S1"]


def test_i3_a_section_that_was_deleted_with_its_enrollments_is_not_reported(place: Ledgered) -> None:
    place.sections("A", {"2": "S2"})
    place.students("A", "u3", "u2")
    assert place.told("A") == [], "half of them stay, in another section; no ID was corrected"


def test_i3_a_new_term_forgets_last_years_courses_without_a_report(place: Ledgered) -> None:
    mappings.forget_courses(place.engine, "genesis", {"B"})
    place.sections("B", {"9": "S9"})
    place.students("B", "u1", "u2")
    assert place.told("B") == []
    place.sections("B", {"9": "S1"})
    assert place.told("B") == [], "the SIS uses the ID again"


@pytest.mark.parametrize(("preview", "owner"), [("genesis", "genesis"), ("again", "genesis"), ("neither", "again")])
def test_i6_a_section_belongs_to_the_target_that_sent_there_whoever_was_previewed_first(place: Ledgered, preview: str, owner: str) -> None:
    """Both targets lead to the same SIS; which of them read the section first decides only where none has sent anything."""
    place.run.district.targets = {"genesis": place.run.config, "again": place.run.config}
    rows = [("genesis", NOW + timedelta(days=1)), ("again", NOW if preview != "genesis" else NOW + timedelta(days=2))]
    with place.engine.begin() as connection:
        if preview == "neither":
            connection.execute(LEDGER_ASSIGNMENTS.delete())
        mapped = {"canvas_section_id": "1", "canvas_course_id": "A", "sis_section_id": "S1"}
        bulk.replace_all(connection, SECTION_MAPPINGS, [{"target": name, **mapped, "mapped_at": when} for name, when in rows])
        bound = {"server": "sis.example.org", "identity": "", "bound_by": "test", "bound_at": NOW, "trouble": None}
        bulk.replace_all(connection, SIS_BINDINGS, [{"target": name, **bound} for name, _ in rows])
    filtered = Classroom().filtered()
    for target in ("genesis", "again"):
        place.run.target = target
        foreign = mappings.rivals(place.run, filtered).foreign  # type: ignore[arg-type]  # what it takes of a run
        assert list(foreign["limit"]) == ([] if target == owner else [f"target {owner}"])


def test_i3_two_users_of_two_targets_of_one_sis_never_share_a_student(place: Ledgered) -> None:
    """Each target has one of them only; both lead to the same SIS."""
    place.run.district.targets = {"genesis": place.run.config, "again": place.run.config}
    bound = {"server": "sis.example.org", "identity": "", "bound_by": "test", "bound_at": NOW, "trouble": None}
    with place.engine.begin() as connection:
        bulk.replace_all(connection, SIS_BINDINGS, [{"target": name, **bound} for name in ("genesis", "again")])
        theirs = {"target": "again", "canvas_course_id": "B", "canvas_user_id": "u9", "sis_student_id": "U1"}
        bulk.replace_all(connection, STUDENT_MAPPINGS, [theirs])
    room = Classroom()
    room.add(scores=8.0)
    filtered = room.filtered()
    left = mappings.without_rivals(filtered, mappings.rivals(place.run, filtered))  # type: ignore[arg-type]  # what it takes of a run
    assert list(left.scores["sis_student_id"]) == ["U2"]
    [told] = left.withheld[left.withheld["reason_code"] == "GP-STUDENT-TWICE"].to_dict("records")
    assert (told["value"], told["limit"]) == ("U1", "user u1 (course A) and user u9 (course B)")


def test_i3_i7_a_student_who_cannot_be_read_tonight_still_guards_the_sis_student(place: Ledgered) -> None:
    """Another Canvas user with the same SIS ID is not sent alone meanwhile."""
    canvas = Classroom().canvas()

    def known(read: CanvasRead) -> set[str]:
        mappings.note_students(place.run, read, ["1"])  # type: ignore[arg-type]  # what it takes of a run
        with place.engine.connect() as connection:
            return set(connection.execute(select(STUDENT_MAPPINGS.c.canvas_user_id).where(STUDENT_MAPPINGS.c.canvas_course_id == "1")).scalars())

    assert known(canvas) == {"u1", "u2"}
    lost = {"canvas_course_id": "1", "canvas_user_id": "u1", "kind": "grade", "reason_code": "GP-UNREADABLE-STUDENT", "stage": "extract"}
    rest = replace(canvas, enrollments=canvas.enrollments[canvas.enrollments["canvas_user_id"] != "u1"])
    assert known(replace(rest, problems=WITHHELD.of([lost]))) == {"u1", "u2"}
    assert known(rest) == {"u2"}


@pytest.mark.parametrize(("listed", "left"), [(["A"], {"A"}), (["B"], set()), (["B", "row 2"], {"A"})])
def test_i3_i7_a_course_whose_id_cannot_be_read_in_the_list_is_not_gone(place: Ledgered, listed: list[str], left: set[str]) -> None:
    place.run.courses = ()
    courses = pd.DataFrame({"canvas_course_id": listed}, dtype="str")
    survey(place.run, None, courses, Sieve(courses, "course", "choose"))  # type: ignore[arg-type]  # without a pattern nothing is asked
    assert mappings.known_courses(place.engine, "genesis") == left
