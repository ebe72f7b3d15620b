"""Which courses and sections take part in a run (A-5, A-18, A-19, A-21, A-24, R-12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from include.gradebook.sieve import Sieve, both_sides

Ids = Callable[[pd.DataFrame], pd.Series]
"""SECTIONS or ENROLLMENTS rows to ids in the SIS's own terms; null where the district's rule finds none."""


@dataclass(frozen=True)
class Selection:
    """What was asked for. Empty tuples mean all. `mode` is nightly, on_demand or remaster.

    `terms` is `current`, `all` or SIS term ids; `nightly_default` is all, none or canvas (R-12); `switched` maps course id to
    the product's own nightly switch where somebody set it.
    """

    now: datetime
    mode: str = "nightly"
    courses: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    assignments: tuple[str, ...] = ()
    terms: str | tuple[str, ...] = "current"
    nightly_default: str = "all"
    switched: tuple[tuple[str, bool], ...] = ()

    @property
    def nightly(self) -> bool:
        """Whether the rules for the unattended nightly run hold."""
        return self.mode == "nightly"

    @property
    def remaster(self) -> bool:
        """Whether everything is sent again (A-20)."""
        return self.mode == "remaster"


def keep_courses(courses: pd.DataFrame, selection: Selection) -> Sieve:
    """COURSES rows that this run reads; the others withheld with the reason. Uses only what the course list tells."""
    sieve = Sieve(courses, "course")
    if selection.courses:
        chosen = courses["canvas_course_id"].isin(selection.courses) | courses["sis_course_id"].isin(selection.courses)
        sieve = Sieve(courses[chosen], "course")
    sieve = sieve.drop(sieve.kept["workflow_state"].isin(["unpublished", "deleted", "created", "claimed"]), "GP-COURSE-UNPUBLISHED")
    if selection.nightly:
        sieve = sieve.drop(sieve.kept["workflow_state"] == "completed", "GP-COURSE-CONCLUDED")
        sieve = sieve.drop(~_in_terms(sieve.kept, selection), "GP-COURSE-TERM", value=sieve.kept["sis_term_id"])
        sieve = sieve.drop(~_switched_on(sieve.kept, selection), "GP-COURSE-OFF")
    if "unread" in sieve.kept:
        sieve = sieve.drop(sieve.kept["unread"].notna(), "GP-UNREADABLE-COURSE", value=sieve.kept["unread"], limit=sieve.kept["allowed"])
    return sieve.drop(sieve.kept["sis_course_id"].isna(), "GP-COURSE-NO-SIS-ID")


def keep_sections(sections: pd.DataFrame, courses: pd.DataFrame, selection: Selection, section_id: Ids) -> Sieve:
    """SECTIONS rows with a SIS section to write to; `sis_section_id` becomes the id in the SIS's own terms."""
    sieve = Sieve(sections, "section")
    complete = set(courses.loc[courses["complete"], "canvas_course_id"])
    sieve = sieve.drop(~sections["canvas_course_id"].isin(complete), "GP-COURSE-INCOMPLETE")
    ids = section_id(sieve.kept)
    sieve = sieve.drop(ids.isna() & sieve.kept["sis_section_id"].isna(), "GP-SECTION-NO-SIS-ID")
    if selection.sections:
        chosen = sieve.kept["canvas_section_id"].isin(selection.sections) | sieve.kept["sis_section_id"].isin(selection.sections)
        sieve = sieve.drop(~chosen, "GP-SECTION-NOT-CHOSEN")
    unfit = ids.reindex(sieve.kept.index).isna()
    sieve = sieve.drop(unfit, "GP-SECTION-ID", value=sieve.kept["sis_section_id"], limit="identity.section")
    sieve = Sieve(sieve.kept.assign(sis_section_id=ids.reindex(sieve.kept.index)), "section", parts=sieve.parts)
    rows = sieve.kept
    named = "section " + rows["canvas_section_id"] + " of course " + rows["canvas_course_id"]
    sides = both_sides(rows.assign(side=named), "sis_section_id", "canvas_section_id")
    return sieve.drop(sides.notna(), "GP-SECTION-TWICE", value=rows["sis_section_id"], limit=sides)


def takes_part(enrollments: pd.DataFrame, courses: pd.DataFrame, now: datetime) -> pd.Series:
    """A-21, A-23: whether each enrolment counts: active ones; concluded ones in courses that are concluded, by hand or by their last day."""
    moment = pd.Timestamp(now)
    over = courses["workflow_state"].eq("completed") | (courses["term_end"] < moment) | (courses["course_end"] < moment)
    there = enrollments["canvas_course_id"].isin(courses.loc[over, "canvas_course_id"])
    return enrollments["state"].eq("active") | (there & enrollments["state"].eq("completed"))


def _in_terms(courses: pd.DataFrame, selection: Selection) -> pd.Series:
    if selection.terms == "all":
        return pd.Series(True, index=courses.index)
    if selection.terms == "current":
        now = pd.Timestamp(selection.now)
        return ~(courses["term_start"] > now) & ~(courses["term_end"] < now)
    return courses["sis_term_id"].isin(selection.terms)


def _switched_on(courses: pd.DataFrame, selection: Selection) -> pd.Series:
    default = {"all": True, "none": False}.get(selection.nightly_default)
    base = courses["nightly_setting"].eq("nightly_sync") if default is None else pd.Series(default, index=courses.index)
    own = courses["canvas_course_id"].map(dict(selection.switched))
    return own.where(own.notna(), base).astype(bool)
