"""Another round is for what a client sends once alone: what it may repeat it has repeated already (F-4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, RECEIPTS, WITHHELD
from include.sandbox.generate import Size
from include.sync import stages
from include.sync.again import readable, unanswered
from include.sync.handover import load_resolved
from include.sync.plan import Plan, Resolved
from tests.town import town

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


def test_f4_a_section_that_cannot_be_planned_anew_keeps_its_plan_and_sends_nothing(tmp_path: Path) -> None:
    with town(tmp_path, Size(2, 1, 3, 2), ("synergy",)) as place:
        run = place.run("synergy")
        (batch,) = stages.choose(run, place.canvas())
        stages.extract(run, batch, place.canvas())
        stages.filter_rows(run, batch)
        stages.transform(run, batch, place.client("synergy"))
        stages.validate(run, batch)
        before = load_resolved(run.batch_folder(batch), "valid")
        sections = sorted(set(before.plan.assignments["sis_section_id"]))
        place.admin(
            "synergy",
            "faults",
            "POST",
            json={"match": {"method": "GET", "path": "lineItems"}, "kind": "error", "status": 200, "html": True, "times": -1},
        )
        again = stages.transform_again(run, batch, place.client("synergy"), sections, RECEIPTS.empty())
        after = load_resolved(run.batch_folder(batch), "valid")
    assert sections
    assert again.plan.assignments.empty
    assert_frame_equal(after.plan.assignments, before.plan.assignments)
    assert_frame_equal(after.plan.scores, before.plan.scores)
