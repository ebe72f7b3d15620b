"""One SIS student for two Canvas users of two courses, and what a night says about it (I-3), written from the requirements alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.identity.places import place
from tests.identity.tamper import Row
from tests.identity.test_outside_nights import SIZE

pytestmark = pytest.mark.slow

ONE, OTHER, STUDENT = "700016", "700024", "ST-2016"


def same_id(path: str, row: Row) -> None:
    if str(row.get("user_id")) == OTHER and "sis_user_id" in row:
        row["sis_user_id"] = f"{STUDENT} "


def test_i3_a_course_on_demand_does_not_send_for_a_user_whose_sis_student_has_scores_of_another_user(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis", "on_demand", courses=("50001",))
        before = town.scores("genesis")
        assert STUDENT in set(before["sis_student_id"])
        town.change(same_id)
        town.forget_log()
        night = town.night("genesis", "on_demand", courses=("50003",))
        told = night.table("messages")
        mine = told[told["canvas_user_id"] == OTHER]
        assert mine["message"].str.contains(ONE).any(), "the other user is named"
        after = town.scores("genesis")
        assert not (after["canvas_user_id"] == OTHER).any()
