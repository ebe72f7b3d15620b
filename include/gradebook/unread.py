"""What could not be read from Canvas: withheld, and never taken for gone (I-7, invariant 6)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.gradebook.among import among
from include.gradebook.schemas import WITHHELD
from include.gradebook.sieve import join_withheld, look_up, withhold

_C, _S, _A, _U = "canvas_course_id", "canvas_section_id", "canvas_assignment_id", "canvas_user_id"
_IDS = {"section": _S, "assignment": _A}
_CAUSE = "a request was not answered completely"


@dataclass(frozen=True)
class Unread:
    """The problems of the extract stage (WITHHELD): courses, sections, assignments, scores, and students (kind grade without an assignment)."""

    problems: pd.DataFrame

    def without(self, rows: pd.DataFrame, kind: str) -> pd.DataFrame:
        """The rows of this kind that can be used."""
        lost = self.problems.loc[self.problems["kind"] == kind, _IDS[kind]]
        return rows[~rows[_IDS[kind]].isin(lost)]

    def split(self, submissions: pd.DataFrame, copies: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The submissions of students who can be read; and, withheld, everything of the others, in every section of their course."""
        grades = self.problems[self.problems["kind"] == "grade"]
        students = grades.loc[grades[_A].isna(), [_C, _U]].drop_duplicates()
        if students.empty:
            return submissions, WITHHELD.empty()
        lost = pd.Series(among(submissions, students, [_C, _U]), index=submissions.index)
        places = copies[[_C, _S, "sis_section_id", _A]].merge(students, on=_C)
        elsewhere = submissions[lost & ~pd.Series(among(submissions, places, [_A, _U]), index=submissions.index)]
        withheld = [withhold(rows, "grade", "GP-NOT-READ", "extract") for rows in (places, elsewhere)]
        return submissions[~lost], join_withheld(*withheld)

    def by_section(self, enrollments: pd.DataFrame) -> pd.DataFrame:
        """The problems, each single score under every section of its student: what was sent there stays."""
        single = (self.problems["kind"] == "grade") & self.problems[_A].notna()
        if not single.any():
            return self.problems
        seats = enrollments[[_C, _S, _U]].drop_duplicates()
        scores = self.problems[single].drop(columns=[_S]).merge(seats, on=[_C, _U], how="left")
        return join_withheld(self.problems[~single], WITHHELD.conform(scores))

    def explain(self, withheld: pd.DataFrame) -> pd.DataFrame:
        """Rows of incomplete courses, with what is wrong with the course."""
        causes = self.problems[self.problems["kind"] == "course"].drop_duplicates(_C).set_index(_C)["value"]
        empty = withheld["reason_code"].eq("GP-COURSE-INCOMPLETE") & withheld["value"].fillna("").eq("")
        return withheld.assign(value=withheld["value"].mask(empty, look_up(withheld[_C], causes).fillna(_CAUSE)))
