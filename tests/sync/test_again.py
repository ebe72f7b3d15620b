"""Another round is for what a client sends once alone: what it may repeat it has repeated already (F-4)."""

from __future__ import annotations

import pytest

from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, RECEIPTS, WITHHELD
from include.sync.again import readable, unanswered
from include.sync.plan import Plan, Resolved

TOLD = RECEIPTS.of(
    {"sis_section_id": section, "canvas_assignment_id": "a1", "kind": kind, "outcome": outcome}
    for section, kind, outcome in (("s1", "assignment", "unknown"), ("s2", "grade", "unknown"), ("s3", "assignment", "accepted"))
)


@pytest.mark.parametrize(
    ("once", "sections"),
    [({"assignment", "grade"}, ["s1", "s2"]), ({"assignment"}, ["s1"]), (set(), [])],
    ids=["ids by the SIS", "PowerSchool", "our own ids"],
)
def test_f4_only_what_is_sent_once_is_worth_another_round(once: set[str], sections: list[str]) -> None:
    assert unanswered(TOLD, once) == sections


def test_f4_what_was_sent_to_a_section_that_cannot_be_read_now_stays_as_it_is_known() -> None:
    lost = WITHHELD.of([{"kind": "section", "sis_section_id": "s1", "reason_code": "SIS-UNREADABLE"}])
    anew = Resolved(Plan(PLAN_ASSIGNMENTS.empty(), PLAN_SCORES.empty()), lost, WITHHELD.empty())
    assert readable(anew, ["s1", "s2"]) == ["s2"]
