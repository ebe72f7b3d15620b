"""Genesis: OneRoster 1.1; its rules, its ways, its words (requirements table C, column Genesis; reference: sis-genesis.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.connection import Connection
from include.gradebook.rules import SisRules
from include.sis.oneroster.profile import Profile

if TYPE_CHECKING:
    from include.sis.contract import SisClient

TITLE = "Genesis"

RULES = SisRules(
    name_max_length=None,  # G-1: nothing said anywhere; what Genesis refuses is reported
    name_characters="any",  # G-2: nothing said
    zero_points=True,  # G-3
    due_date_required=False,  # G-4
    due_date_inside="anywhere",  # G-4
    sections_named="send_dates",  # G-5
    individuals="section_date",  # G-6, R-1
    mastery_paths="section_date",  # G-7: nothing said; as individuals
    score_types="any_number",  # G-8, R-11
    missing_without_score="withhold",  # G-9, R-4
    missing_flag=False,  # G-9: nothing said, and 1.1 has no such field
    late_flag=False,  # G-10: the same
    excused="withhold",  # G-11, R-4; switch: exempt_zero
    status_alone_counts=True,  # G-12: nothing said; F-9
    canvas_twins="send_both",  # G-13, R-6
    foreign_twin="send_beside",  # G-13, R-7
    ownership="free",  # G-14
    category="match",  # G-15
    hidden_category="absent",
    trash_can=True,  # G-16
    merged_gradebooks="warn",  # G-17
)

PROFILE = Profile(
    version="1.1",
    due_date_form="noon",  # sis-genesis.md, Dates: Genesis keeps the UTC date of what it is sent
    deleted_items="trash",  # sis-genesis.md, trash can
    workers=4,  # sis-genesis.md, Operation: small concurrency; a remaster of a large course still takes less than a minute
)

# No public list of Genesis's answers exists: these are patterns over the words that its documents use.
ANSWERS = (
    (r"trash", "GN-TRASH"),
    (r"merged", "SIS-CONFLICT"),
)


def connect(connection: Connection) -> SisClient:
    """A client for Genesis over this connection."""
    from include.sis.oneroster.client import open_client

    return open_client(connection, PROFILE, ANSWERS)
