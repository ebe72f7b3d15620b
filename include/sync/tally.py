"""How many of each, per course, out of a run's four tables: the numbers that the history lists (D-1)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

COUNTS = ("canvas_assignments", "sis_assignments", "sis_assignments_done", "sis_grades", "sis_grades_done", "warnings", "errors")
_C = "canvas_course_id"
_DONE = ("updated", "unchanged")


def tally(built: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per course that any table names, with COUNTS. Canvas assignments are those that took part, and none that was withheld.

    `…_done` is what stands in the SIS as it should: taken now, or before.
    """
    assignments = built["assignments_sync"][built["assignments_sync"]["status"] != "withheld"]
    grades = built["grades_log"][built["grades_log"]["status"] != "withheld"]
    filtered, messages = built["filtered_canvas_data"], built["messages"]
    took_part = filtered[(filtered["kind"] == "assignment") & (filtered["outcome"] == "kept")]
    parts = {
        "canvas_assignments": took_part.groupby(_C)["count"].sum(),
        "sis_assignments": assignments.groupby(_C).size(),
        "sis_assignments_done": assignments[assignments["status"].isin(_DONE)].groupby(_C).size(),
        "sis_grades": grades.groupby(_C).size(),
        "sis_grades_done": grades[grades["status"].isin(_DONE)].groupby(_C).size(),
        "warnings": messages[messages["severity"] == "warning"].groupby(_C).size(),
        "errors": messages[messages["severity"] == "error"].groupby(_C).size(),
    }
    named = sorted({course for table in built.values() for course in table[_C].dropna()})
    return pd.DataFrame({name: part.reindex(named) for name, part in parts.items()}, index=pd.Index(named, name=_C)).fillna(0).astype("int64")


def joined(tallies: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Of several parts one: what they tell of a course is added up."""
    return pd.concat(tallies).groupby(level=0).sum() if tallies else pd.DataFrame(columns=list(COUNTS), index=pd.Index([], name=_C), dtype="int64")
