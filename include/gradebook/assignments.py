"""Which assignments take part, whatever the section (A-2, A-3, A-13, A-19; table C rows 1, 2, 3, 8; R-9, R-10, R-11)."""

from __future__ import annotations

import pandas as pd

from include.gradebook.courses import Selection
from include.gradebook.names import check_names, sendable_names
from include.gradebook.rules import SisRules
from include.gradebook.sieve import Sieve, match_key, number_text

LETTER_TYPES = ("pass_fail", "letter_grade", "gpa_scale")


def keep_assignments(assignments: pd.DataFrame, rules: SisRules, selection: Selection) -> Sieve:
    """ASSIGNMENTS rows that may be sent, with `name` as it is sent; the others withheld with the first reason."""
    sieve = Sieve(assignments, "assignment")
    sieve = sieve.drop(~assignments["published"], "GP-UNPUBLISHED")
    sieve = sieve.drop(_not_graded(sieve.kept), "GP-NOT-GRADED")
    sieve = sieve.drop(~sieve.kept["post_to_sis"], "GP-NOT-SWITCHED-ON")
    sieve = sieve.drop(sieve.kept["omit_from_final_grade"], "GP-OMITTED")
    attendance = match_key(pd.Series([rules.attendance_name], dtype="str")).iloc[0]
    sieve = sieve.drop(match_key(sieve.kept["name"]) == attendance, "GP-ATTENDANCE")
    if selection.assignments:
        sieve = sieve.drop(~sieve.kept["canvas_assignment_id"].isin(selection.assignments), "GP-NOT-CHOSEN")
    if rules.score_types == "numeric_only":
        kinds = sieve.kept["grading_type"]
        sieve = sieve.drop(kinds.isin(LETTER_TYPES), "GP-GRADING-TYPE", value=kinds.str.replace("_", " "), limit="numbers only")
    sieve = _check_points(sieve, rules)
    named = Sieve(sieve.kept.assign(name=sendable_names(sieve.kept["name"], rules)), "assignment", parts=sieve.parts)
    return check_names(named, rules)


def _not_graded(assignments: pd.DataFrame) -> pd.Series:
    types = assignments["submission_types"].fillna("")
    return assignments["grading_type"].eq("not_graded") | types.str.contains("not_graded|wiki_page", regex=True)


def _check_points(sieve: Sieve, rules: SisRules) -> Sieve:
    """R-10: none, negative, zero where the SIS refuses that, above the SIS's highest."""
    sieve = sieve.drop(sieve.kept["points_possible"].isna(), "GP-POINTS-NONE")
    points = sieve.kept["points_possible"]
    sieve = sieve.drop(points < 0, "GP-POINTS-NEGATIVE", value=number_text(points))
    if not rules.zero_points:
        sieve = sieve.drop(sieve.kept["points_possible"] == 0, "GP-POINTS-ZERO", value="0", limit="more than 0")
    if rules.points_max is not None:
        points = sieve.kept["points_possible"]
        sieve = sieve.drop(points > rules.points_max, "GP-POINTS-MAX", value=number_text(points), limit=f"{rules.points_max:g}")
    return sieve
