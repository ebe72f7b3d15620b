"""The bodies that are sent: whole line items and results in the connection's version and forms (§4, §5).

A PUT replaces, and what is left out may be cleared, so bodies are always complete. Numbers go as typed (A-15).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from include.sis.contract import AssignmentWrite, ScoreWrite
from include.sis.oneroster import records
from include.sis.oneroster.frames import MARK
from include.sis.oneroster.profile import Profile
from include.sis.oneroster.records import Session

Body = dict[str, Any]

_BEGINNING = datetime.min.replace(tzinfo=UTC)
_NOON = "T12:00:00.000Z"
_PATHS = {
    "class": "classes",
    "org": "orgs",
    "user": "users",
    "academicSession": "academicSessions",
    "category": "categories",
    "lineItem": "lineItems",
}
_GRADEBOOK = ("category", "lineItem")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line item belongs besides its class: the school (1.2), and the grading period where one is sent."""

    school_id: str = ""
    period_id: str = ""


def line_item(row: AssignmentWrite, sourced_id: str, place: Place, profile: Profile, now: datetime) -> Body:
    """The line item as it should stand. An empty `sourced_id` leaves the id to the SIS (modified PUT)."""
    due = _due(row, profile)
    assigned = row.assign_date or row.due_date or now.date()
    marks = dict(profile.line_item_metadata)
    if sourced_id != row.our_id:
        marks[MARK] = row.our_id
    return {
        **_base(sourced_id, now),
        "title": row.name,
        **({"description": row.description} if row.description else {}),
        "assignDate": assigned.isoformat() + ("" if profile.due_date_form == "date" else _NOON),
        **({"dueDate": due} if due else {}),
        "class": _link(profile, "class", row.sis_section_id),
        **({"school": _link(profile, "org", place.school_id)} if profile.version == "1.2" else {}),
        **({"category": _link(profile, "category", row.category_id)} if row.category_id else {}),
        **({"gradingPeriod": _link(profile, "academicSession", place.period_id)} if place.period_id else {}),
        "resultValueMin": 0.0,
        "resultValueMax": row.points_possible,
        **({"metadata": marks} if marks else {}),
    }


def result(row: ScoreWrite, sourced_id: str, profile: Profile, now: datetime) -> Body:
    """The result as it should stand; its number, or none, is exactly the row's (R-4 is the planner's)."""
    marks: dict[str, Any] = dict(profile.result_metadata)
    flags = {name: "true" for name, on in (("late", row.late), ("missing", row.missing)) if on}
    if profile.status_flags == "metadata":
        marks.update(flags)
    if sourced_id != row.our_id:
        marks[MARK] = row.our_id
    return {
        **_base(sourced_id, now),
        "lineItem": _link(profile, "lineItem", row.sis_assignment_id),
        "student": _link(profile, "user", row.sis_student_id),
        **({"class": _link(profile, "class", row.sis_section_id)} if profile.version == "1.2" else {}),
        "scoreStatus": _score_status(row),
        **({"score": row.score} if row.score is not None else {}),
        "scoreDate": row.scored_on.isoformat() + (_NOON if profile.score_date_form == "datetime" else ""),
        **(flags if profile.version == "1.2" and profile.status_flags == "by_version" else {}),
        **({"comment": row.comment} if row.comment else {}),
        **({"metadata": marks} if marks else {}),
    }


def emptied(row: ScoreWrite, sourced_id: str, profile: Profile, now: datetime) -> Body:
    """The result without its number, for servers that clear so (A-9, §4.1)."""
    body = result(row, sourced_id, profile, now)
    return {key: value for key, value in body.items() if key not in ("score", "late", "missing")} | {"scoreStatus": "not submitted"}


def period_of(day: date | None, sessions: list[Mapping[str, Any]]) -> str:
    """The grading period that holds this local day; either reading of its last day counts as inside (§5)."""
    found = [records.session(row) for row in sessions if day]
    inside = [one for one in found if one.sourced_id and _holds(one, day)]
    return max(inside, key=lambda one: one.start or _BEGINNING).sourced_id if inside else ""


def _holds(one: Session, day: date | None) -> bool:
    """Return whether the day is in the session; a side that is open is no limit."""
    return day is not None and (one.start is None or one.start.date() <= day) and (one.end is None or day <= one.end.date())


def _score_status(row: ScoreWrite) -> str:
    if row.exempt:
        return "exempt"
    return "fully graded" if row.score is not None else "not submitted"


def _due(row: AssignmentWrite, profile: Profile) -> str:
    """The due date in the connection's form; noon UTC keeps its day in every US zone (A-17)."""
    if profile.due_date_form == "instant" and row.due_at is not None:
        return _stamp(row.due_at)
    if row.due_date is None:
        return ""
    return row.due_date.isoformat() + ("" if profile.due_date_form == "date" else _NOON)


def _base(sourced_id: str, now: datetime) -> Body:
    return {**({"sourcedId": sourced_id} if sourced_id else {}), "status": "active", "dateLastModified": _stamp(now)}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _link(profile: Profile, kind: str, sourced_id: str) -> Body:
    if profile.references == "short":
        return {"sourcedId": sourced_id}
    base = profile.gradebook_url if kind in _GRADEBOOK else profile.rostering_url
    return {"href": f"{base}/{_PATHS[kind]}/{quote(sourced_id, safe='')}", "sourcedId": sourced_id, "type": kind}
