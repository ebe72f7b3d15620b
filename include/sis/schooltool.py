"""SchoolTool: OneRoster 1.1; its rules, its ways, its words (requirements table C, column SchoolTool; reference: sis-schooltool.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.connection import Connection
from include.gradebook.rules import SisRules
from include.sis.oneroster.profile import Profile

if TYPE_CHECKING:
    from include.sis.contract import SisClient

TITLE = "SchoolTool"

RULES = SisRules(
    name_max_length=50,  # ST-1: its error text says 30; a district may set that
    name_characters="any",  # ST-2: nothing said
    zero_points=True,  # ST-3
    due_date_required=True,  # ST-4
    due_date_inside="anywhere",  # ST-4
    sections_named="send_named",  # ST-5, R-2
    individuals="section_date",  # ST-6, R-1
    mastery_paths="section_date",  # ST-7: nothing said; as individuals
    score_types="numeric_only",  # ST-8, R-11
    missing_without_score="withhold",  # ST-9, R-4
    missing_flag=True,  # ST-9: with a numeric score
    late_flag=True,  # ST-10: with a numeric score
    excused="exempt_zero",  # ST-11, R-4
    status_alone_counts=True,  # ST-12: nothing said; F-9
    canvas_twins="send_first",  # ST-13, R-6
    foreign_twin="withhold",  # ST-13, R-7
    ownership="free",  # ST-14
    category="match",  # ST-15
    hidden_category="absent",
    trash_can=False,  # ST-16: nothing said
    merged_gradebooks="one_per_section",  # ST-17
)

PROFILE = Profile(
    version="1.1",
    due_date_form="noon",  # sis-schooltool.md, Dates: local and UTC date must agree
    status_flags="metadata",  # ST-9, ST-10: 1.1 has no field for late and missing
)

# sis-error-codes.md §4: the causes are documented, the words are not.
ANSWERS = (
    (r"unassociated|category|categories", "ST-CATEGORY"),
    (r"due.?date|duedate", "ST-DUE-MISSING"),
    (r"numeric|not a number|number only", "ST-NOT-NUMERIC"),
    (r"already exists|duplicate|same (name|title)", "SIS-CONFLICT"),
    (r"name|title|too long|characters", "ST-NAME"),
)


def connect(connection: Connection) -> SisClient:
    """A client for SchoolTool over this connection."""
    from include.sis.oneroster.client import open_client

    return open_client(connection, PROFILE, ANSWERS)
