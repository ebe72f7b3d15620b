"""Which scores go, and what is sent for them (A-4, A-9, A-14 to A-16, A-23; table C rows 8 to 12; R-3, R-4, R-5, R-8, R-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from include.gradebook.among import beside
from include.gradebook.courses import Ids, takes_part
from include.gradebook.dates import is_ordinary, local_dates
from include.gradebook.rules import SisRules
from include.gradebook.schemas import SCORES
from include.gradebook.sieve import Sieve, Stop, both_sides, look_up, number_text

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
    blank = rows["score"].isna() & ~rows["excused"] & ~rows["missing"]
    sieve = Sieve(rows, "grade").drop_first(
        Stop(rows["canvas_section_id"].isna(), "GP-STUDENT-NO-ENROLMENT"),
        Stop(rows["type"] == "StudentViewEnrollment", "GP-STUDENT-TEST"),
        Stop(rows["open_parts"].notna(), "GP-CHECKPOINT", value=rows["open_parts"]),
        Stop(blank, "GP-BLANK"),
    )
    sieve = _check_scores(_with_student(sieve, copies, roster, moment), rules, remaster)
    return Sieve(_shape(sieve.kept, roster.courses, rules, moment), "grade", parts=sieve.parts)


def _by_section(submissions: pd.DataFrame, roster: Roster) -> pd.DataFrame:
    people = roster.enrollments.assign(order=pd.Categorical(roster.enrollments["state"], _STATE_ORDER, ordered=True))
    people = people.sort_values(["order"], kind="stable").drop_duplicates(["canvas_section_id", "canvas_user_id"])
    columns = ["canvas_course_id", "canvas_section_id", "canvas_user_id", "sis_user_id", "type", "state"]
    return submissions.drop(columns=["workflow_state"]).merge(people[columns], on=["canvas_course_id", "canvas_user_id"], how="left")


def _with_student(sieve: Sieve, copies: pd.DataFrame, roster: Roster, moment: Moment) -> Sieve:
    """With copy and student in the SIS's terms. Scores of copies that are themselves withheld go no further."""
    rows = sieve.kept.assign(**beside(sieve.kept, copies, ["canvas_section_id", "canvas_assignment_id"], ["sis_section_id"]))
    ids = roster.student_id(rows)
    named = Sieve(rows.assign(sis_student_id=ids.astype("str")), "grade", parts=sieve.parts).drop_first(
        Stop(rows["sis_section_id"].isna(), "GP-ASSIGNMENT-WITHHELD"),
        Stop(~takes_part(rows, roster.courses, moment.now), "GP-STUDENT-INACTIVE", value=rows["state"]),
        Stop(ids.isna() & rows["sis_user_id"].isna(), "GP-STUDENT-NO-SIS-ID"),
        Stop(ids.isna(), "GP-STUDENT-ID", limit="identity.student"),
    )
    twice = look_up(named.kept["sis_student_id"], shared_students(roster, moment.now))
    many = beside(named.kept, _of_two_ids(roster, moment.now), ["canvas_section_id", "canvas_user_id"], ["ids"])["ids"]
    return named.drop_first(
        Stop(twice.notna(), "GP-STUDENT-TWICE", value=named.kept["sis_student_id"], limit=twice), Stop(many.notna(), "GP-STUDENT-IDS", value=many)
    )


def _of_two_ids(roster: Roster, now: datetime) -> pd.DataFrame:
    """Section and user of students who have more than one SIS ID in one section, with `ids` in words: a merged user (I-2)."""
    key = ["canvas_section_id", "canvas_user_id"]
    people = roster.enrollments[takes_part(roster.enrollments, roster.courses, now)]
    people = people[people.duplicated(key, keep=False)]
    rows = people.assign(side=roster.student_id(people).astype("str")).dropna(subset=["side"]).drop_duplicates([*key, "side"]).sort_values("side")
    rows = rows[rows.duplicated(key, keep=False)]
    told = rows.groupby(key, as_index=False)["side"].agg(" and ".join)
    return told.rename(columns={"side": "ids"}).astype("str") if len(told) else pd.DataFrame({name: pd.Series(dtype="str") for name in (*key, "ids")})


def shared_students(roster: Roster, now: datetime) -> pd.Series:
    """SIS student → the Canvas users who map to that one student, in words; only where more than one does, graded or not (I-3)."""
    people = roster.enrollments[takes_part(roster.enrollments, roster.courses, now)]
    rows = people.assign(sis_student_id=roster.student_id(people).astype("str"), side="user " + people["canvas_user_id"])
    rows = rows[rows["sis_student_id"].notna()]
    told = both_sides(rows, "sis_student_id", "canvas_user_id").groupby(rows["sis_student_id"]).first().dropna()
    return told.astype("str")


def _check_scores(sieve: Sieve, rules: SisRules, remaster: bool) -> Sieve:
    rows = sieve.kept
    excused = rows["excused"]
    score = rows["score"].mask(excused)  # the number beside an excuse is not sent
    negative = score < 0
    stops = [Stop(negative, "GP-SCORE-NEGATIVE", value=number_text(score[negative])), Stop(np.isinf(score), "GP-SCORE-INVALID", value="infinite")]
    if not rules.send_hidden:
        stops.append(Stop(rows["posted_at"].isna(), "GP-SCORE-HIDDEN"))
    if rules.excused == "withhold":
        stops.append(Stop(excused, "GP-EXCUSED-NOT-SENT"))
    elif rules.excused == "exempt_on_remaster" and not remaster:
        stops.append(Stop(excused, "GP-EXCUSED-REMASTER"))
    if rules.missing_without_score == "withhold":
        stops.append(Stop(rows["missing"] & score.isna() & ~excused, "GP-MISSING-NO-SCORE"))
    return sieve.drop_first(*stops)


def _shape(rows: pd.DataFrame, courses: pd.DataFrame, rules: SisRules, moment: Moment) -> pd.DataFrame:
    """What is sent: number, flags and date in the SIS's terms (R-4), and the comment where the rules say so (A-11).

    The number that Canvas still shows beside an excuse is never sent: a 0 is, or none (R-18, R-19).
    """
    excused = rows["excused"]
    bare = rows["score"].isna() | excused
    exempt_zero = rules.excused == "exempt_zero" or rules.exempt_score == "zero"
    zeroed = (excused & exempt_zero) | (rows["missing"] & ~excused & bare & (rules.missing_without_score == "zero"))
    zones = look_up(rows["canvas_course_id"], courses.set_index("canvas_course_id")["time_zone"])
    graded = rows["graded_at"].where(is_ordinary(rows["graded_at"]), pd.Timestamp(moment.now))
    shaped = rows.assign(
        score=rows["score"].mask(excused).mask(zeroed, 0.0),
        exempt=excused,
        missing=rows["missing"] & ~excused & (bare | rules.missing_flag),
        late=rows["late"] & ~excused & rules.late_flag,
        scored_on=local_dates(graded, zones, moment.zone),
        comment=rows["comment"] if rules.send_comments else pd.Series(None, index=rows.index, dtype="str"),
    )
    return SCORES.conform(shaped)
