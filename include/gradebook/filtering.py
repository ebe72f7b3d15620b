"""The filter stage: from what Canvas holds to what may be sent, by rule table alone; no SIS is asked yet.

Every extracted row ends up either kept or withheld with a reason (invariant 1): sections, assignments (per section), grades (per section).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from include.gradebook.assignments import keep_assignments
from include.gradebook.copies import Kept, make_copies
from include.gradebook.courses import Ids, Selection, keep_sections, takes_part
from include.gradebook.rules import SisRules
from include.gradebook.schemas import WITHHELD
from include.gradebook.scores import Moment, Roster, make_scores
from include.gradebook.sieve import join_withheld, withhold
from include.gradebook.unread import Unread


@dataclass(frozen=True)
class CanvasRead:
    """What was extracted: the frames of CANVAS_FRAMES, by name, and the rows that could not be read (WITHHELD, I-7)."""

    courses: pd.DataFrame
    sections: pd.DataFrame
    enrollments: pd.DataFrame
    groups: pd.DataFrame
    assignments: pd.DataFrame
    overrides: pd.DataFrame
    submissions: pd.DataFrame
    problems: pd.DataFrame = field(default_factory=WITHHELD.empty)


@dataclass(frozen=True)
class Policy:
    """Everything that decides besides the data: rules, selection, identity rules of the district, its zone."""

    rules: SisRules
    selection: Selection
    section_id: Ids
    student_id: Ids
    zone: str

    @property
    def moment(self) -> Moment:
        """The run's clock with the target's zone."""
        return Moment(self.selection.now, self.zone)


@dataclass(frozen=True)
class Filtered:
    """COPIES and SCORES that may be sent, the kept SECTIONS, who sits in them, and WITHHELD.

    `roster` has sis_section_id, canvas_user_id, and sis_student_id, which is null where the student has no usable SIS ID (I-2).
    """

    sections: pd.DataFrame
    roster: pd.DataFrame
    copies: pd.DataFrame
    scores: pd.DataFrame
    withheld: pd.DataFrame


def filter_rows(canvas: CanvasRead, policy: Policy) -> Filtered:
    """Apply every rule that needs Canvas and the rule table only."""
    unread = Unread(canvas.problems)
    sections = keep_sections(unread.without(canvas.sections, "section"), canvas.courses, policy.selection, policy.section_id)
    complete = canvas.courses[canvas.courses["complete"]]
    read = canvas.assignments["canvas_course_id"].isin(complete["canvas_course_id"])
    assignments = keep_assignments(unread.without(canvas.assignments[read], "assignment"), policy.rules, policy.selection)
    kept = Kept(complete, sections.kept, canvas.sections, canvas.groups, assignments.kept, canvas.overrides)
    copies = make_copies(kept, policy.rules, policy.zone)
    roster = Roster(canvas.enrollments, canvas.courses, policy.student_id)
    homeless = _without_section(assignments.kept, sections.kept)
    submissions, not_read = unread.split(canvas.submissions, copies.kept)
    scores = make_scores(submissions, copies.kept, roster, policy.rules, policy.selection.remaster, policy.moment)
    half_read = _half_read(canvas.assignments[~read])
    told = unread.by_section(canvas.enrollments)
    withheld = join_withheld(
        told, not_read, unread.explain(sections.withheld), unread.explain(half_read), assignments.withheld, homeless, copies.withheld, scores.withheld
    )
    here = canvas.enrollments[takes_part(canvas.enrollments, canvas.courses, policy.selection.now)]
    return Filtered(sections.kept, _sitting(here, sections.kept, policy.student_id), copies.kept, scores.kept, WITHHELD.check(withheld))


def _sitting(enrollments: pd.DataFrame, sections: pd.DataFrame, student_id: Ids) -> pd.DataFrame:
    ids = enrollments.assign(sis_student_id=student_id(enrollments).astype("str")).drop(columns="sis_section_id", errors="ignore")
    here = ids.merge(sections[["canvas_section_id", "sis_section_id"]], on="canvas_section_id")
    return here[["sis_section_id", "canvas_user_id", "sis_student_id"]].drop_duplicates()


def _without_section(assignments: pd.DataFrame, sections: pd.DataFrame) -> pd.DataFrame:
    """Assignments of courses of which no section is sent: no copy of them could even be withheld."""
    alone = ~assignments["canvas_course_id"].isin(sections["canvas_course_id"])
    return withhold(assignments.loc[alone, ["canvas_course_id", "canvas_assignment_id"]], "assignment", "GP-SECTION-WITHHELD", "filter")


def _half_read(assignments: pd.DataFrame) -> pd.DataFrame:
    """Assignments of courses that were not read to the end: nothing is concluded from them (invariant 6)."""
    return withhold(assignments[["canvas_course_id", "canvas_assignment_id"]], "assignment", "GP-COURSE-INCOMPLETE", "filter")
