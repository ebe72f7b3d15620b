"""A course at which Grade Sync itself fails is withheld, and its batch goes on without it (I-7)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import TypeVar

import pandas as pd

from include.gradebook.filtering import CanvasRead, Filtered
from include.gradebook.sieve import join_withheld, withhold
from include.sync.own_errors import NOT_SENT, is_own_in_planning, note, place_of

T = TypeVar("T")
R = TypeVar("R")
_C = "canvas_course_id"
Failed = Mapping[str, str]
"""Courses at which Grade Sync failed, with what failed where."""


def isolated(work: Callable[[T], R], whole: T, part: Callable[[T, Collection[str]], T], courses: Sequence[str]) -> tuple[R, Failed]:
    """Return what `work` makes of the whole, without those courses at which Grade Sync fails; `part` takes courses out of the whole (I-7).

    Raise what no course alone causes: an outage, a refused credential, or an error that only some courses together bring about.
    """
    try:
        return work(whole), {}
    except Exception as error:
        if not is_own_in_planning(error) or not courses:
            raise
        note(error, f"one of {len(courses)} courses")
        failed = _failing(lambda some: work(part(whole, some)), courses, error)
        if not failed:
            raise
    return work(part(whole, [course for course in courses if course not in failed])), failed


def _failing(work: Callable[[Sequence[str]], object], courses: Sequence[str], error: Exception) -> dict[str, str]:
    """Find by halving the courses at which `work` fails alone."""
    if len(courses) == 1:
        return {courses[0]: place_of(error)}
    middle = len(courses) // 2
    found: dict[str, str] = {}
    for some in (courses[:middle], courses[middle:]):
        try:
            work(some)
        except Exception as other:
            if not is_own_in_planning(other):
                raise
            found |= _failing(work, some, other)
    return found


def canvas_of(canvas: CanvasRead, courses: Collection[str]) -> CanvasRead:
    """Return what was extracted of these courses."""
    return CanvasRead(**{part.name: _rows(getattr(canvas, part.name), courses) for part in fields(canvas)})


def filtered_of(filtered: Filtered, courses: Collection[str]) -> Filtered:
    """Return what may be sent of these courses; what was withheld stays complete, because it says what Canvas still has."""
    parts = {name: _rows(getattr(filtered, name), courses) for name in ("sections", "copies", "scores")}
    here = filtered.roster["sis_section_id"].isin(parts["sections"]["sis_section_id"])
    return replace(filtered, **parts, roster=filtered.roster[here])


def unfiltered(canvas: CanvasRead, failed: Failed) -> pd.DataFrame:
    """Return the WITHHELD rows of all that was extracted of the failed courses (invariant 1)."""
    lost = canvas_of(canvas, failed.keys())
    seats = lost.enrollments[[_C, "canvas_section_id", "canvas_user_id"]].drop_duplicates()
    grades = lost.submissions[[_C, "canvas_assignment_id", "canvas_user_id"]].merge(seats, on=[_C, "canvas_user_id"], how="left")
    return _withheld(failed, lost.sections, lost.assignments, grades, "filter")


def unplanned(filtered: Filtered, failed: Failed) -> pd.DataFrame:
    """Return the WITHHELD rows of all that might have been sent of the failed courses (invariant 1)."""
    lost = filtered_of(filtered, failed.keys())
    return _withheld(failed, lost.sections, lost.copies, lost.scores, "transform")


def _withheld(failed: Failed, sections: pd.DataFrame, assignments: pd.DataFrame, grades: pd.DataFrame, stage: str) -> pd.DataFrame:
    kinds = {"course": pd.DataFrame({_C: list(failed)}), "section": sections, "assignment": assignments}
    rows = [withhold(part, kind, NOT_SENT, stage, value=part[_C].map(dict(failed))) for kind, part in kinds.items()]
    return join_withheld(*rows, withhold(grades, "grade", "GP-ASSIGNMENT-WITHHELD", stage))


def _rows(frame: pd.DataFrame, courses: Collection[str]) -> pd.DataFrame:
    return frame[frame[_C].isin(courses)]
