"""One SIS assignment per assignment and SIS section: the copies that the gradebook should hold (A-4, A-17).

A copy has no weight: how groups count is neither read nor sent (A-12).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.gradebook.dates import FIRST_DAY, LAST_DAY, earliest, is_ordinary, local_dates
from include.gradebook.differentiation import audience, differentiation_codes
from include.gradebook.rules import SisRules
from include.gradebook.schemas import COPIES
from include.gradebook.sieve import Sieve, look_up


@dataclass(frozen=True)
class Kept:
    """What is left of Canvas once courses, sections and assignments were chosen. `all_sections` are the active ones, kept or not (R-2)."""

    courses: pd.DataFrame
    sections: pd.DataFrame
    all_sections: pd.DataFrame
    groups: pd.DataFrame
    assignments: pd.DataFrame
    overrides: pd.DataFrame


def make_copies(kept: Kept, rules: SisRules, default_zone: str) -> Sieve:
    """COPIES (category still null) of every kept assignment in every kept section of its course, the others withheld."""
    pairs = kept.assignments.drop(columns=["complete"], errors="ignore").merge(
        kept.sections[["canvas_course_id", "canvas_section_id", "sis_section_id"]], on="canvas_course_id"
    )
    who = audience(pairs, kept.overrides, kept.all_sections, rules)
    sieve = Sieve(pairs, "assignment").drop_coded(differentiation_codes(who, rules))
    zones = look_up(sieve.kept["canvas_course_id"], kept.courses.set_index("canvas_course_id")["time_zone"])
    due_date = local_dates(who["due_at"].reindex(sieve.kept.index), zones, default_zone)
    far = (due_date < FIRST_DAY) | (due_date > LAST_DAY)
    sieve = sieve.drop(far, "GP-DUE-RANGE", value=due_date, limit=f"{FIRST_DAY} to {LAST_DAY}")
    due_date, due_at = due_date.reindex(sieve.kept.index), who["due_at"].reindex(sieve.kept.index)
    available = local_dates(_available(sieve.kept, who["everyone"]), zones, default_zone)
    named = kept.groups.drop_duplicates("canvas_group_id").set_index("canvas_group_id")["name"]
    copies = sieve.kept.assign(
        due_at=due_at,
        due_date=due_date,
        assign_date=earliest(available, due_date),
        group_name=look_up(sieve.kept["canvas_group_id"], named),
        category_id=None,
    )
    return Sieve(COPIES.conform(copies), "assignment", parts=sieve.parts)


def _available(assignments: pd.DataFrame, everyone: pd.Series) -> pd.Series:
    """From when an assignment is available to everyone, else when it was created; an impossible date is none (R-21, R-22)."""
    unlock, created = assignments["unlock_at"], assignments["created_at"]
    opened = unlock.where(is_ordinary(unlock) & everyone.reindex(assignments.index))
    return opened.fillna(created.where(is_ordinary(created)))
