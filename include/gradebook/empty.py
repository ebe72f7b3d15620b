"""Courses in which there is nothing to send: said, for silence looks the same as a sync that does not work (F-5)."""

from __future__ import annotations

import pandas as pd

from include.gradebook.courses import Selection, takes_part
from include.gradebook.filtering import CanvasRead
from include.gradebook.sieve import join_withheld, withhold

_C = "canvas_course_id"
_NO_SECTION = "it has no sections"
_NO_STUDENT = "it has no active students"
_NO_ASSIGNMENT = "it has no assignments"
_NONE_SWITCHED = "no published assignment is set to Sync to SIS"


def empty_courses(canvas: CanvasRead, selection: Selection) -> pd.DataFrame:
    """Notes (WITHHELD rows of kind `course`) on the courses that were read to their end and hold nothing to send, each with the first reason.

    By night a course without work to sync is nothing to speak of: the message is for who asked for that course. A course without sections, or with
    work and without students, is told at any time, for there an import into Canvas has failed.
    """
    read = canvas.courses[canvas.courses["complete"] & ~canvas.courses[_C].isin(canvas.problems[_C])]  # what cannot be read is not absent
    ids, assignments = read[_C], canvas.assignments
    synced = assignments.loc[assignments["published"] & assignments["post_to_sis"], _C]
    here = canvas.enrollments[takes_part(canvas.enrollments, canvas.courses, selection.now)]
    why = pd.Series(pd.NA, index=read.index, dtype="str")
    if selection.courses:
        why = why.mask(~ids.isin(synced), _NONE_SWITCHED).mask(~ids.isin(assignments[_C]), _NO_ASSIGNMENT)
    why = why.mask(ids.isin(synced) & ~ids.isin(here[_C]), _NO_STUDENT).mask(~ids.isin(canvas.sections[_C]), _NO_SECTION)
    return join_withheld(withhold(read[why.notna()], "course", "GP-COURSE-EMPTY", "filter", value=why.dropna()))
