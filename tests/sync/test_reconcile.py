"""Reconcile and repair against all five SIS (F-2): a fresh sync is the same, fifty injuries are named exactly, and a repair mends what it may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.canvas.courses import list_courses
from include.sandbox.world import TARGETS
from include.sync import leases, state
from tests.sync.injuries import injuries
from tests.sync.reconciler import look, named, reconcile
from tests.town import Town, town

SEED = 20261113


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """All six systems."""
    with town(tmp_path_factory.mktemp("town")) as found:
        yield found


def _courses(place: Town, target: str) -> list[str]:
    """Courses by size: the first is a large one of few assignments, the second has every special case, and enough in it for fifty injuries."""
    listed = list_courses(place.canvas(), place.run(target).config.canvas_account)
    usable = listed[(listed["workflow_state"] == "available") & listed["sis_course_id"].notna()]
    return list(usable.sort_values("students", ascending=False)["canvas_course_id"])


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
def test_f2_fifty_injuries_are_named_and_mended(place: Town, target: str) -> None:
    courses = (_courses(place, target)[1],)
    night = place.night(target, "on_demand", courses=courses)
    assert night.sent > 150
    assert night.table("messages")["type"].nunique() > 8  # the course is full of special cases
    place.forget_log(target)

    fresh = look(place, night)
    assert named(fresh) == {}
    assert len(fresh) == night.sent
    reads = len(place.admin(target, "log"))
    sections = fresh["sis_section_id"].nunique()
    assert reads <= 8 * sections, f"{reads} requests for {sections} sections"

    names = night.table("assignments_sync")[["sis_section_id", "canvas_assignment_id", "assignment_name"]]
    done = list(injuries(target, fresh.merge(names, on=["sis_section_id", "canvas_assignment_id"]), 50, SEED))
    assert len({injury.key for injury in done}) == 50
    for injury in done:
        place.admin(target, "teacher", "POST", json=injury.order)
    wrong = {injury.key: injury.verdict for injury in done}
    assert named(look(place, night)) == wrong
    assert place.writes(target) == []

    mended = reconcile(place, target, courses=courses, repair=True, allow_large_change=True)
    table = mended.table("reconciliation").rename(columns={"sis_user_id": "sis_student_id"})
    assert named(table) == wrong
    assert set(table["status"].dropna()) == {"updated"}
    assert table.loc[table["reason_code"].notna(), "message"].notna().all()
    assert not table["message"].fillna("").str.contains("…|  | [.;,]", regex=True).any(), "a sentence lacks its value (F-5)"
    left = {injury.key: injury.verdict for injury in done if not injury.mended}
    assert left
    assert named(look(place, night)) == left


def test_a22_a_repair_needs_its_courses_to_be_free_and_a_look_does_not(place: Town) -> None:
    course = _courses(place, "schooltool")[1]
    engine = state.engine(place.run("schooltool").district.state)
    held = leases.acquire(engine, "schooltool", [course], leases.Holder("nightly by schedule", "another"))
    place.forget_log("schooltool")
    with pytest.raises(leases.CourseBusyError, match=r"in use by .*run another"):
        reconcile(place, "schooltool", courses=(course,), repair=True)
    look_only = reconcile(place, "schooltool", courses=(course,))
    assert place.writes("schooltool") == []
    assert look_only.summary["preview"]
    assert set(look_only.table("reconciliation")["status"].dropna()) <= {"planned"}
    held.renew()  # nobody took it away
    held.release()
