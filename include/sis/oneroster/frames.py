"""What a OneRoster SIS holds, as frames: classes with terms, rosters and categories; line items; results (§6, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from include.errors import SourceError
from include.gradebook.schemas import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_MARKS, SIS_SCORES
from include.sis.oneroster import fields, records
from include.sis.oneroster.profile import Profile
from include.sis.oneroster.records import LineItem, Result

Row = Mapping[str, Any]

PREFIX = "gs-"
"""Our stable ids begin so (design, invariant 8)."""

MARK = "gradesync_id"
"""Metadata key that holds our id where the SIS chose another (§3.3)."""


def categories_frame(section: str, rows: Iterable[object]) -> pd.DataFrame:
    """Frame SIS_CATEGORIES of one section."""
    mine = [row for row in records.readable(rows, records.category)[0] if row.class_id in (section, "")]
    frame = SIS_CATEGORIES.of([{"sis_section_id": section, "category_id": row.sourced_id, "title": row.title, "state": row.state} for row in mine])
    return frame.drop_duplicates(list(SIS_CATEGORIES.key), keep="last", ignore_index=True)


def line_items(section: str, rows: Sequence[object]) -> list[LineItem]:
    """Return a class's line items. SourceError when one of them has no ID: nothing can be compared with a list that hides a place (I-7)."""
    kept, lost = records.readable(rows, records.line_item)
    if lost:
        raise SourceError(f"{lost} of the {len(rows)} lineItems of class {section} have no readable sourcedId")
    return kept


def assignments_frame(section: str, rows: Iterable[LineItem], profile: Profile) -> pd.DataFrame:
    """Frame SIS_ASSIGNMENTS of one section: no grading tasks, no deleted items, trashed ones where there is a trash can."""
    kept = [row for row in rows if _is_assignment(row, profile) and (row.is_active or profile.deleted_items == "trash")]
    ours = [our_mark(row.metadata) or (row.sourced_id if row.sourced_id.startswith(PREFIX) else "") for row in kept]
    frame = pd.DataFrame(
        {
            "sis_section_id": section,
            "sis_assignment_id": [row.sourced_id for row in kept],
            "our_id": [mark or None for mark in ours],
            "ours": [bool(mark) for mark in ours],
            "name": [row.title for row in kept],
            "due_date": [local_day(row.due_date, profile) for row in kept],
            "points_possible": pd.Series([row.points_possible for row in kept], dtype="float64"),
            "category_id": [row.category or None for row in kept],
            "state": ["active" if row.is_active else "trashed" for row in kept],
            "locked": [_locked(row.metadata) for row in kept],
        }
    )
    return SIS_ASSIGNMENTS.conform(frame) if kept else SIS_ASSIGNMENTS.empty()


def results(rows: Iterable[object], wanted: Sequence[str]) -> list[Result]:
    """Return the active results of the wanted line items. SourceError when one of them has no ID: its score cannot be updated (I-7)."""
    asked = set(wanted)
    mine = [row for row in rows if isinstance(row, dict) and fields.reference(row.get("lineItem")) in asked]
    mine = [row for row in mine if fields.reference(row.get("student")) and records.active(row)]
    kept, lost = records.readable(mine, records.result)
    if lost:
        raise SourceError(f"{lost} of {len(mine)} results have no readable sourcedId")
    return kept


def scores_frame(section: str, rows: Iterable[object], wanted: Sequence[str]) -> pd.DataFrame:
    """Frame SIS_SCORES: the active results of the wanted line items; of two for one student the one changed last."""
    kept = sorted(results(rows, wanted), key=lambda row: row.modified)
    if not kept:
        return SIS_SCORES.empty()
    frame = pd.DataFrame(
        {
            "sis_section_id": section,
            "sis_assignment_id": [row.line_item for row in kept],
            "sis_student_id": [row.student for row in kept],
            "sis_score_id": [row.sourced_id for row in kept],
            "score": pd.Series([row.score for row in kept], dtype="float64"),
            "exempt": [row.status == "exempt" for row in kept],
            "missing": [row.missing for row in kept],
            "late": [row.late for row in kept],
        }
    )
    return SIS_SCORES.conform(frame.drop_duplicates(list(SIS_SCORES.key), keep="last").reset_index(drop=True))


def marks_frame(section: str, rows: Iterable[object], wanted: Sequence[str]) -> pd.DataFrame:
    """Frame SIS_MARKS: the active results of the wanted line items that carry our mark."""
    found = [(row, our_mark(row.metadata)) for row in results(rows, wanted)]
    return SIS_MARKS.of(
        {"sis_section_id": section, "sis_assignment_id": row.line_item, "our_id": mark, "sis_score_id": row.sourced_id} for row, mark in found if mark
    )


def our_mark(metadata: Mapping[str, Any]) -> str:
    """Return our ID where a record carries it; empty where it does not."""
    return fields.identifier(metadata.get(MARK))


def term_days(sessions: Iterable[Row], profile: Profile) -> tuple[str | None, str | None]:
    """First and last day of a class's terms, the last one inclusive whichever way the SIS writes it (§5)."""
    found = [records.session(row) for row in sessions]
    starts = [one.start.date() for one in found if one.start]
    ends = [one.end.date() for one in found if one.end]
    last = max(ends) - timedelta(days=int(profile.ends_after)) if ends else None
    return min(starts).isoformat() if starts else None, last.isoformat() if last else None


def local_day(value: object, profile: Profile) -> str | None:
    """The calendar day of a due date as read back: date only, midnight or noon UTC, or an instant (§5, A-17)."""
    at = fields.instant(value)
    if at and len(str(value).strip()) > 10 and profile.due_date_form == "instant":
        at = at.astimezone(ZoneInfo(profile.time_zone))
    return at.date().isoformat() if at else None


def _is_assignment(row: LineItem, profile: Profile) -> bool:
    return not any(key in row.metadata for key in profile.not_assignments) or bool(our_mark(row.metadata))


def _locked(metadata: Mapping[str, Any]) -> bool:
    said = {key.lower().replace("_", ""): value for key, value in metadata.items()}
    return any(key.endswith(("locked", "thirdpartyreadonly")) and fields.is_true(value) for key, value in said.items())
