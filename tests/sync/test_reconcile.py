"""Reconcile and repair against all five SIS (F-2): a fresh sync is the same, fifty injuries are named exactly, and a repair mends what it may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.canvas.courses import list_courses
from include.sandbox.world import TARGETS
from tests.sync.injuries import injuries
from tests.sync.reconciler import reconcile, verdicts
from tests.town import Town, town

SEED = 20261113


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """All six systems."""
    with town(tmp_path_factory.mktemp("town")) as found:
        yield found


def _some_courses(place: Town, target: str) -> tuple[str, ...]:
    """Courses with enough in them for fifty injuries."""
    listed = list_courses(place.canvas(), place.run(target).config.canvas_account)
    usable = listed[(listed["workflow_state"] == "available") & listed["sis_course_id"].notna()]
    return tuple(usable.sort_values("students", ascending=False)["canvas_course_id"].head(3))


@pytest.mark.parametrize("target", TARGETS)
def test_f2_fifty_injuries_are_named_and_mended(place: Town, target: str) -> None:
    courses = _some_courses(place, target)
    assert place.night(target, "on_demand", courses=courses).sent > 150
    begun = place.holds(target)
    place.forget_log(target)

    fresh = reconcile(place, target, courses=courses)
    assert verdicts(fresh) == {}
    assert len(fresh.table("reconciliation")) > 150
    assert place.writes(target) == []

    done = list(injuries(target, fresh.table("reconciliation"), 50, SEED))
    assert len({injury.key for injury in done}) == 50
    for injury in done:
        place.admin(target, "teacher", "POST", json=injury.order)
    assert verdicts(reconcile(place, target, courses=courses)) == {injury.key: injury.verdict for injury in done}

    mended = reconcile(place, target, courses=courses, repair=True, allow_large_change=True)
    assert verdicts(mended) == {injury.key: injury.verdict for injury in done}
    table = mended.table("reconciliation")
    assert set(table["status"].dropna()) == {"updated"}
    left = {injury.key: injury.verdict for injury in done if not injury.mended}
    assert verdicts(reconcile(place, target, courses=courses)) == left
    assert left
    assert begun != place.holds(target)  # what may not be touched still stands
    place.forget_log(target)
    assert place.night(target, "on_demand", courses=courses).sent == 0
    assert place.writes(target) == []
