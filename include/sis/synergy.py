"""Synergy: OneRoster 1.1; its rules, its ways, its words (requirements table C, column Synergy; reference: sis-synergy.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.connection import Connection
from include.gradebook.rules import SisRules
from include.sis.oneroster.profile import Profile

if TYPE_CHECKING:
    from include.sis.contract import SisClient

TITLE = "Synergy"

RULES = SisRules(
    name_max_length=50,  # SY-1: "too long" is an error, the limit is not published; sis-synergy.md: start at 50
    name_characters="plain",  # SY-2, R-9
    zero_points=False,  # SY-3
    due_date_required=False,  # SY-4
    due_date_inside="anywhere",  # SY-4
    sections_named="send_dates",  # SY-5
    individuals="section_date",  # SY-6, R-1
    mastery_paths="section_date",  # SY-7: nothing said; as individuals
    score_types="any_number",  # SY-8, R-11
    missing_without_score="withhold",  # SY-9, R-4: reported, by a remaster too
    missing_flag=True,  # SY-9: kept, goes along with a score
    late_flag=True,  # SY-10
    excused="exempt_on_remaster",  # SY-11, R-3, R-4
    status_alone_counts=False,  # SY-12, A-7
    canvas_twins="send_first",  # SY-13, R-6
    foreign_twin="withhold",  # SY-13, R-7
    ownership="locked",  # SY-14
    category="match",  # SY-15
    unassociated="error",  # B-3
    hidden_category="send",  # with a warning
    trash_can=False,  # SY-16: nothing said
    merged_gradebooks="one_per_section",  # SY-17: nothing said
)

PROFILE = Profile(
    version="1.1",
    due_date_form="noon",  # sis-synergy.md, Dates: the local date must survive UTC and local reading
    status_flags="metadata",  # SY-9, SY-10: 1.1 has no field for late and missing; how Synergy takes them is not published
    workers=4,  # sis-synergy.md, Volume and timing: low concurrency; a remaster of a large course still takes less than a minute
)

# sis-error-codes.md §3: the causes are documented, the words are not.
ANSWERS = (
    (r"third.?party|read.?only|unlocked|not locked", "SY-READONLY-OFF"),
    (r"assignment type|category|categories", "SY-CATEGORY"),
    (r"duplicate|already (exists|has)|same (name|title)|name .*\b(taken|in use)", "SY-DUPLICATE"),
    (r"resultvalue|points|zero", "SY-POINTS-ZERO"),
    (r"name|title|special character|too long|characters", "SY-NAME"),
)


def connect(connection: Connection) -> SisClient:
    """A client for Synergy over this connection."""
    from include.sis.oneroster.client import open_client

    return open_client(connection, PROFILE, ANSWERS)
