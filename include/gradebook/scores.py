"""Which scores go, and what is sent for them (A-4, A-9, A-14 to A-16, A-23; table C rows 8 to 12; R-3, R-4, R-5, R-8, R-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from include.gradebook.courses import Ids, takes_part
from include.gradebook.dates import local_dates
from include.gradebook.rules import SisRules
from include.gradebook.schemas import SCORES
from include.gradebook.sieve import Sieve, later_twins, look_up, number_text

_STATE_ORDER = ("active", "completed", "invited", "inactive", "deleted")


@dataclass(frozen=True)
class Roster:
    """Who sits where: ENROLLMENTS, the kept COURSES (for their state and zone), the district's id rule for students."""

    enrollments: pd.DataFrame
    courses: pd.DataFrame
    student_id: Ids


@dataclass(frozen=True)
class Moment:
    """The run's clock, read once: an instant in UTC and the district's zone."""

    now: datetime
    zone: str


def make_scores(submissions: pd.DataFrame, copies: pd.DataFrame, roster: Roster, rules: SisRules, remaster: bool, moment: Moment) -> Sieve:
    """SCORES for every submission in every section of its student; the others withheld with the first reason.

    One Canvas submission of a student in two sections becomes two rows, one per SIS copy (A-4).
    """
    rows = _by_section(submissions, roster)
    sieve = Sieve(rows, "grade")
    sieve = sieve.drop(rows["canvas_section_id"].isna(), "GP-STUDENT-NO-ENROLMENT")
    sieve = sieve.drop(sieve.kept["type"] == "StudentViewEnrollment", "GP-STUDENT-TEST")
    blank = sieve.kept["score"].isna() & ~sieve.kept["excused"] & ~sieve.kept["missing"]
    sieve = _with_copy(sieve.drop(blank, "GP-BLANK"), copies)
    here = takes_part(sieve.kept, roster.courses, moment.now)
    sieve = sieve.drop(~here, "GP-STUDENT-INACTIVE", value=sieve.kept["state"])
    sieve = _check_scores(_with_student(sieve, roster.student_id), rules, remaster)
    return Sieve(_shape(sieve.kept, roster.courses, rules, moment), "grade", parts=sieve.parts)


def _by_section(submissions: pd.DataFrame, roster: Roster) -> pd.DataFrame:
    people = roster.enrollments.assign(order=pd.Categorical(roster.enrollments["state"], _STATE_ORDER, ordered=True))
    people = people.sort_values(["order"], kind="stable").drop_duplicates(["canvas_section_id", "canvas_user_id"])
    columns = ["canvas_course_id", "canvas_section_id", "canvas_user_id", "sis_user_id", "type", "state"]
    return submissions.merge(people[columns], on=["canvas_course_id", "canvas_user_id"], how="left")


def _with_copy(sieve: Sieve, copies: pd.DataFrame) -> Sieve:
    """Scores of copies that are themselves withheld go no further."""
    keyed = copies[["canvas_section_id", "canvas_assignment_id", "sis_section_id"]]
    rows = sieve.kept.merge(keyed, on=["canvas_section_id", "canvas_assignment_id"], how="left", validate="m:1").set_axis(sieve.kept.index)
    return Sieve(rows, "grade", parts=sieve.parts).drop(rows["sis_section_id"].isna(), "GP-ASSIGNMENT-WITHHELD")


def _with_student(sieve: Sieve, student_id: Ids) -> Sieve:
    ids = student_id(sieve.kept)
    rows = sieve.kept.assign(sis_student_id=ids.astype("str"))
    named = Sieve(rows, "grade", parts=sieve.parts).drop(ids.isna() & rows["sis_user_id"].isna(), "GP-STUDENT-NO-SIS-ID")
    named = named.drop(named.kept["sis_student_id"].isna(), "GP-STUDENT-ID", limit="the target's identity.student rule")
    twice = later_twins(named.kept, ["sis_section_id", "canvas_assignment_id", "sis_student_id"], "canvas_user_id")
    return named.drop(twice, "GP-STUDENT-TWICE")


def _check_scores(sieve: Sieve, rules: SisRules, remaster: bool) -> Sieve:
    score = sieve.kept["score"]
    sieve = sieve.drop(score < 0, "GP-SCORE-NEGATIVE", value=number_text(score))
    sieve = sieve.drop(np.isinf(sieve.kept["score"]), "GP-SCORE-INVALID", value="infinite")
    if not rules.send_hidden:
        sieve = sieve.drop(sieve.kept["posted_at"].isna(), "GP-SCORE-HIDDEN")
    excused = sieve.kept["excused"]
    if rules.excused == "withhold":
        sieve = sieve.drop(excused, "GP-EXCUSED-NOT-SENT")
    elif rules.excused == "exempt_on_remaster" and not remaster:
        sieve = sieve.drop(excused & sieve.kept["score"].isna(), "GP-EXCUSED-REMASTER")
    if rules.missing_without_score == "withhold":
        bare = sieve.kept["missing"] & sieve.kept["score"].isna() & ~sieve.kept["excused"]
        sieve = sieve.drop(bare, "GP-MISSING-NO-SCORE")
    return sieve


def _shape(rows: pd.DataFrame, courses: pd.DataFrame, rules: SisRules, moment: Moment) -> pd.DataFrame:
    """What is sent: number, flags and date in the SIS's terms (R-4)."""
    bare = rows["score"].isna()
    zeroed = (rows["excused"] & (rules.excused == "exempt_zero")) | (rows["missing"] & ~rows["excused"] & (rules.missing_without_score == "zero"))
    zones = look_up(rows["canvas_course_id"], courses.set_index("canvas_course_id")["time_zone"])
    graded = rows["graded_at"].fillna(pd.Timestamp(moment.now))
    shaped = rows.assign(
        score=rows["score"].mask(bare & zeroed, 0.0).mask(rows["excused"] & (rules.excused != "exempt_zero")),
        exempt=rows["excused"],
        missing=rows["missing"] & ~rows["excused"] & (bare | rules.missing_flag),
        late=rows["late"] & ~rows["excused"] & rules.late_flag,
        scored_on=local_dates(graded, zones, moment.zone),
    )
    return SCORES.conform(shaped)
