"""Why does this score differ? For one student and one assignment: Canvas now, the last plan, what was sent, what the SIS holds, and the rule (F-11).

Reads only. The course is read from Canvas and the SIS's side of it read back, as a reconcile does, so that both tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from include.canvas.client import CanvasClient
from include.district import District
from include.errors import ConfigError
from include.gradebook.filtering import CanvasRead
from include.sis.contract import SisClient
from include.sync.bulk import Record
from include.sync.differing import mark_text
from include.sync.draft import A, P, S
from include.sync.last_plan import last_plan
from include.sync.one_course import explained, read_course
from include.sync.reconcile import Examined, examine
from include.sync.run import Run

U = "canvas_user_id"
_MEANING = {
    "same": "The SIS matches Canvas.",
    "missing": "The score is missing in the SIS.",
    "different": "The SIS score differs from Canvas.",
    "edited": "The score was edited in the SIS.",
    "orphan": "The item is in the SIS but not in Canvas.",
    "wrong student": "The score was sent for a Canvas user who has a different SIS ID now.",
    "stale": "The score was cleared in Canvas but is still in the SIS.",
    "not readable": "The SIS could not be read.",
    "withheld": "The score is not sent.",
}
_POINTERS = ("GP-ASSIGNMENT-WITHHELD", "GP-SECTION-WITHHELD", "RC-WITH-ASSIGNMENT")


@dataclass(frozen=True)
class Asked:
    """What is asked about: a course by its Canvas or SIS id, an assignment by its Canvas id, a student by Canvas or SIS id."""

    course: str
    assignment: str
    student: str


@dataclass(frozen=True)
class Answer:
    """What is known in one section. Texts are empty where there is nothing; `plan`, `ledger` are the last run's and the ledger's rows."""

    section: str
    canvas: str
    plan: Record | None
    ledger: Record | None
    sis: str
    verdict: str
    reason_code: str
    sentence: str


def asking(district: District, target: str, asked: Asked, now: datetime) -> Run:
    """The run in whose name the question is asked. It reads, and writes nothing; concluded courses may be asked about as well."""
    return Run(
        district, target, f"why-{now:%Y%m%dt%H%M%S}", "on_demand", "why", now,
        preview=True, courses=(asked.course,), assignments=(asked.assignment,), concluded=True,
    )  # fmt: skip


def why(run: Run, canvas: CanvasClient, sis: SisClient, asked: Asked) -> list[Answer]:
    """One answer per section that the student sits in, or that a score was sent to. ConfigError names what is asked for and not there."""
    frames, filtered = read_course(run, canvas, asked.course)
    course = str(frames.courses["canvas_course_id"].iloc[0])
    student = _student(run, frames, asked)
    examined = examine(run, frames, filtered, sis)
    if asked.assignment not in {*frames.assignments[A], *examined.case.standing.assignments[A]}:
        raise ConfigError(
            f'assignment "{asked.assignment}" is not in course {course}, and it was never sent. Use the Canvas ID of an assignment in that course'
        )
    told = [_answer(run, frames, examined, asked, place) for place in _places(frames, examined, asked, student)]
    if not told:
        raise ConfigError(f"student {asked.student} has no enrollment in course {course}, and no score was ever sent. Use a student of the course")
    return told


def _student(run: Run, canvas: CanvasRead, asked: Asked) -> str:
    """The student's Canvas id."""
    people = canvas.enrollments
    ids = run.policy().student_id(people)
    found = people[(people[U] == asked.student) | (people["sis_user_id"] == asked.student) | (ids == asked.student)]
    if found.empty:
        raise ConfigError(f'student "{asked.student}" is not in course {asked.course}. Use the Canvas ID or SIS ID of a student in that course')
    if found[U].nunique() > 1:
        raise ConfigError(f'student "{asked.student}" is the Canvas ID of one student and the SIS ID of another. Use an ID that matches only one')
    return str(found[U].iloc[0])


@dataclass(frozen=True)
class _Place:
    """One seat of the student: Canvas section, SIS section (empty where there is none), and who the student is there."""

    canvas_section: str
    sis_section: str
    user: str
    sis_student: str


def _places(canvas: CanvasRead, examined: Examined, asked: Asked, user: str) -> Iterator[_Place]:
    """The student's seats, and the sections that hold a score of the student that was sent before a move (R-8)."""
    sections = examined.case.filtered.sections
    seats = canvas.enrollments[canvas.enrollments[U] == user].merge(sections[["canvas_section_id", S]], on="canvas_section_id", how="left")
    rows = examined.verdicts
    told = rows[(rows["kind"] == "grade") & (rows[A] == asked.assignment) & (rows[U] == user)]
    known = told.drop_duplicates(S).set_index(S)[P]
    for section, sis_section in seats.drop_duplicates("canvas_section_id")[["canvas_section_id", S]].itertuples(index=False, name=None):
        here = sis_section if isinstance(sis_section, str) else ""
        yield _Place(str(section), here, user, str(known.get(here, "")))
    for _, row in told[~told[S].isin(seats[S])].iterrows():
        yield _Place(str(row["canvas_section_id"]), str(row[S]), user, str(row[P]))


def _answer(run: Run, canvas: CanvasRead, examined: Examined, asked: Asked, place: _Place) -> Answer:
    verdict, code, sis, sentence = _judged(examined, asked, place)
    ledger = run.ledger.last_sent(place.sis_section, asked.assignment, place.sis_student) if place.sis_student else None
    course = str(canvas.courses["canvas_course_id"].iloc[0])
    plan = last_plan(run, course, asked.assignment, place.user, place.canvas_section)
    return Answer(place.sis_section or place.canvas_section, _canvas(canvas, asked, place.user), plan, ledger, sis, verdict, code, sentence)


def _canvas(canvas: CanvasRead, asked: Asked, user: str) -> str:
    rows = canvas.submissions
    found = rows[(rows[A] == asked.assignment) & (rows[U] == user)]
    if found.empty:
        return ""
    text = mark_text(found.rename(columns={"excused": "exempt"})).iloc[0]
    return text if isinstance(text, str) else ""


def _judged(examined: Examined, asked: Asked, place: _Place) -> tuple[str, str, str, str]:
    """(verdict, reason code, what the SIS holds, the sentence that explains it)."""
    rows = examined.verdicts
    here = rows[(rows[S] == place.sis_section) & (rows[A] == asked.assignment)]
    grades = here[(here["kind"] == "grade") & (here[U] == place.user)]
    if grades.empty:
        code, sentence = _withheld(examined, asked, place)
        return "withheld", code, "", f"{_MEANING['withheld']} {sentence}"
    row = grades.iloc[0]
    code, verdict = row["reason_code"] if isinstance(row["reason_code"], str) else "", str(row["verdict"])
    sentence = explained(code, row) if code else ""
    if code in _POINTERS:
        sentence += " " + _of_copy(examined, here, asked, place)
    return verdict, code, _held(examined, row), f"{_MEANING[verdict]} {sentence}".strip()


def _held(examined: Examined, row: pd.Series) -> str:
    """What the SIS holds for this score, as a person would write it."""
    scores = examined.case.held.scores
    found = scores[(scores[S] == row[S]) & (scores["sis_assignment_id"] == row["sis_assignment_id"]) & (scores[P] == row[P])]
    text = mark_text(found).iloc[0] if len(found) else None
    return text if isinstance(text, str) else ""


def _of_copy(examined: Examined, here: pd.DataFrame, asked: Asked, place: _Place) -> str:
    copies = here[(here["kind"] == "assignment") & here["reason_code"].notna()]
    return explained(str(copies["reason_code"].iloc[0]), copies.iloc[0]) if len(copies) else _withheld(examined, asked, place, "assignment")[1]


def _withheld(examined: Examined, asked: Asked, place: _Place, first: str = "grade") -> tuple[str, str]:
    """The rule that holds a score back: its own, or where that points on, the assignment's or the section's. (code, sentence)."""
    rows = examined.resolved.withheld
    mine = (rows["canvas_section_id"] == place.canvas_section) | (rows[S] == place.sis_section) | rows["canvas_section_id"].isna()
    parts = {
        "grade": rows[(rows["kind"] == "grade") & mine & (rows[A] == asked.assignment) & (rows[U] == place.user)],
        "assignment": rows[(rows["kind"] == "assignment") & mine & (rows[A] == asked.assignment)],
        "section": rows[(rows["kind"] == "section") & mine],
    }
    kinds = list(parts)[list(parts).index(first) :]
    for kind in kinds:
        own = parts[kind][~parts[kind]["reason_code"].isin(_POINTERS)]
        if len(own):
            return str(own["reason_code"].iloc[0]), explained(str(own["reason_code"].iloc[0]), own.iloc[0])
    return "", "Canvas has no score for this student and assignment."
