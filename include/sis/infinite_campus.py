"""Infinite Campus: OneRoster 1.2; its rules, its ways, its words (requirements table C; reference: sis-infinite-campus.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.connection import Connection
from include.gradebook.rules import SisRules
from include.sis.oneroster.profile import Profile

if TYPE_CHECKING:
    from include.sis.contract import SisClient

TITLE = "Infinite Campus"

RULES = SisRules(
    name_max_length=30,  # IC-1: 30 in its how-to guides, 50 in one guide for troubleshooting
    name_characters="any",  # IC-2: nothing said
    zero_points=True,  # IC-3
    due_date_required=True,  # IC-4
    due_date_inside="anywhere",  # IC-4: open grading periods are not readable; Infinite Campus refuses what lies outside
    sections_named="withhold",  # IC-5
    individuals="withhold",  # IC-6, R-1
    overrides_that_count="changing",  # IC-5, IC-6, R-2
    mastery_paths="withhold",  # IC-7
    score_types="any_number",  # IC-8, R-11
    missing_without_score="withhold",  # IC-9, R-4
    missing_flag=False,  # IC-9: its flag forces a zero even with a score; opt-in
    late_flag=True,  # IC-10: nothing said in the document; sis-infinite-campus.md: the late designation is included
    excused="exempt",  # IC-11, R-4; with OneRoster 1.1, which requires a number: exempt_score zero
    status_alone_counts=True,  # IC-12: nothing said; F-9
    canvas_twins="send_first",  # IC-13, R-6
    foreign_twin="withhold",  # IC-13, R-7
    ownership="name_and_points_locked",  # IC-14
    category="uncategorized",  # IC-15
    category_keep_filed=True,  # IC-15, R-14
    hidden_category="absent",
    trash_can=False,  # IC-16: nothing said
    merged_gradebooks="one_per_section",  # IC-17: one per class period
)

PROFILE = Profile(
    version="1.2",
    needs_vendor_key=True,  # sis-infinite-campus.md, Vendor header
    due_date_form="noon",
    batch=False,  # no public page says that it takes batch POSTs; PUT is what all clients use
    not_assignments=(  # sis-infinite-campus.md, Identity: a class's line items mix assignments with grading tasks and standards
        "ext_infiniteCampus_isStandard",
        "ext_infiniteCampus_isOneTime",
        "ext_infiniteCampus_isGradingWindowOpen",
    ),
)

# sis-error-codes.md §2: titles are documented, the words are not.
ANSWERS = (
    (r"vendor", "IC-VENDOR-OFF"),
    (r"window", "IC-WINDOW"),
    (r"due.?date|assign.?date|\bdates?\b", "IC-DATES"),
    (r"grading period|could not determine|class .*(unknown|not found)|no such class", "IC-CLASS-OR-PERIOD"),
    (r"score|student", "IC-SCORE"),
    (r"name|title|too long|characters|unique", "IC-NAME"),
)


def connect(connection: Connection) -> SisClient:
    """A client for Infinite Campus over this connection."""
    from include.sis.oneroster.client import open_client

    return open_client(connection, PROFILE, ANSWERS)
