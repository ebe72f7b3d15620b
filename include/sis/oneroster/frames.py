"""What a OneRoster SIS holds, as frames: classes with terms, rosters and categories; line items; results (§6, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from include.gradebook.schemas import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_MARKS, SIS_SCORES
from include.sis.oneroster.profile import Profile

Row = Mapping[str, Any]

PREFIX = "gs-"
"""Our stable ids begin so (design, invariant 8)."""

MARK = "gradesync_id"
"""Metadata key that holds our id where the SIS chose another (§3.3)."""

_HIDDEN = ("hidden", "ishidden")


def active(row: Row) -> bool:
    """Whether a record is in use; anything but `active` counts as deleted (§4)."""
    return str(row.get("status") or "active").lower() == "active"


def metadata(row: Row) -> dict[str, Any]:
    """A record's extensions; an empty table where there are none."""
    found = row.get("metadata")
    return found if isinstance(found, dict) else {}


def reference(row: Row, name: str) -> str:
    """The id that a reference holds, in its full or its short form; empty without one."""
    found = row.get(name)
    return str(found.get("sourcedId") or "") if isinstance(found, dict) else ""


def truth(value: object) -> bool:
    """A flag as servers write it: true, "true", 1."""
    return str(value).strip().lower() in ("true", "1")


def category_state(row: Row) -> str:
    """active, hidden or deleted (R-14). Hidden is no OneRoster word: a metadata key or the status itself may say it."""
    status, said = str(row.get("status") or "active").lower(), metadata(row)
    state = str(said.get("state") or "active").lower()
    if "hidden" in (status, state) or any(key.lower() in _HIDDEN and truth(value) for key, value in said.items()):
        return "hidden"
    return "active" if status == state == "active" else "deleted"


def class_of_category(row: Row) -> str:
    """The class of a 1.1 category, a convention in its metadata; empty for one that is everybody's (oneroster-in-the-field.md §1)."""
    return str(metadata(row).get("classId") or "")


def categories_frame(section: str, rows: Iterable[Row]) -> pd.DataFrame:
    """Frame SIS_CATEGORIES of one section."""
    mine = [row for row in rows if class_of_category(row) in (section, "") and row.get("title")]
    return SIS_CATEGORIES.of(
        [{"sis_section_id": section, "category_id": row["sourcedId"], "title": row["title"], "state": category_state(row)} for row in mine]
    )


def assignments_frame(section: str, rows: Iterable[Row], profile: Profile) -> pd.DataFrame:
    """Frame SIS_ASSIGNMENTS of one section: no grading tasks, no deleted items, trashed ones where there is a trash can."""
    kept = [row for row in rows if _is_assignment(row, profile) and (active(row) or profile.deleted_items == "trash")]
    ids = [str(row["sourcedId"]) for row in kept]
    ours = [str(metadata(row).get(MARK) or (sid if sid.startswith(PREFIX) else "")) for row, sid in zip(kept, ids, strict=True)]
    frame = pd.DataFrame(
        {
            "sis_section_id": section,
            "sis_assignment_id": ids,
            "our_id": [mark or None for mark in ours],
            "ours": [bool(mark) for mark in ours],
            "name": [str(row.get("title") or "") for row in kept],
            "due_date": [local_day(row.get("dueDate"), profile) for row in kept],
            "points_possible": pd.to_numeric(pd.Series([row.get("resultValueMax") for row in kept], dtype=object), errors="coerce"),
            "category_id": [reference(row, "category") or None for row in kept],
            "state": ["active" if active(row) else "trashed" for row in kept],
            "locked": [_locked(row) for row in kept],
        }
    )
    return SIS_ASSIGNMENTS.conform(frame) if kept else SIS_ASSIGNMENTS.empty()


def scores_frame(section: str, rows: Iterable[Row], wanted: Sequence[str]) -> pd.DataFrame:
    """Frame SIS_SCORES: the active results of the wanted line items; of two for one student the one changed last."""
    asked = set(wanted)
    kept = [row for row in rows if reference(row, "lineItem") in asked and reference(row, "student") and active(row)]
    kept.sort(key=lambda row: str(row.get("dateLastModified") or ""))
    if not kept:
        return SIS_SCORES.empty()
    said = [metadata(row) for row in kept]
    frame = pd.DataFrame(
        {
            "sis_section_id": section,
            "sis_assignment_id": [reference(row, "lineItem") for row in kept],
            "sis_student_id": [reference(row, "student") for row in kept],
            "sis_score_id": [str(row["sourcedId"]) for row in kept],
            "score": pd.to_numeric(pd.Series([row.get("score") for row in kept], dtype=object), errors="coerce").astype(float),
            "exempt": [str(row.get("scoreStatus", "")).lower() == "exempt" for row in kept],
            "missing": [truth(row.get("missing", more.get("missing"))) for row, more in zip(kept, said, strict=True)],
            "late": [truth(row.get("late", more.get("late"))) for row, more in zip(kept, said, strict=True)],
        }
    )
    return SIS_SCORES.conform(frame.drop_duplicates(list(SIS_SCORES.key), keep="last").reset_index(drop=True))


def marks_frame(section: str, rows: Iterable[Row], wanted: Sequence[str]) -> pd.DataFrame:
    """Frame SIS_MARKS: the active results of the wanted line items that carry our mark."""
    asked = set(wanted)
    found = [(row, str(metadata(row).get(MARK) or "")) for row in rows if reference(row, "lineItem") in asked and active(row)]
    return SIS_MARKS.of(
        {"sis_section_id": section, "sis_assignment_id": reference(row, "lineItem"), "our_id": mark, "sis_score_id": str(row["sourcedId"])}
        for row, mark in found
        if mark
    )


def term_days(sessions: Iterable[Row], profile: Profile) -> tuple[str | None, str | None]:
    """First and last day of a class's terms, the last one inclusive whichever way the SIS writes it (§5)."""
    rows = list(sessions)
    starts = sorted(at.date() for row in rows if (at := _instant(str(row.get("startDate") or ""))))
    ends = sorted(at.date() for row in rows if (at := _instant(str(row.get("endDate") or ""))))
    last = ends[-1] - timedelta(days=int(profile.ends_after)) if ends else None
    return starts[0].isoformat() if starts else None, last.isoformat() if last else None


def local_day(value: object, profile: Profile) -> str | None:
    """The calendar day of a due date as read back: date only, midnight or noon UTC, or an instant (§5, A-17)."""
    text = str(value or "").strip()
    at = _instant(text)
    if at and len(text) > 10 and profile.due_date_form == "instant":
        at = at.astimezone(ZoneInfo(profile.time_zone))
    return at.date().isoformat() if at else None


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _is_assignment(row: Row, profile: Profile) -> bool:
    return not any(key in metadata(row) for key in profile.not_assignments) or bool(metadata(row).get(MARK))


def _locked(row: Row) -> bool:
    said = {key.lower().replace("_", ""): value for key, value in metadata(row).items()}
    return any(key.endswith(("locked", "thirdpartyreadonly")) and truth(value) for key, value in said.items())
