"""Settled readings through a whole night over HTTP, and in the tables that a run leaves behind (R-21, D-8)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from include.gradebook.schemas import RECEIPTS
from include.identity import Identity, StudentRule
from include.sandbox.generate import Size
from include.sandbox.oneroster.traits import TRAITS
from include.sync.artifacts import Told, tables
from tests.classroom import Classroom
from tests.town import town


def test_r21_infinite_campus_takes_what_was_created_before_the_term(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    strict = replace(TRAITS["infinite_campus"], assign_in_term=True)
    monkeypatch.setattr("tests.town.TRAITS", {**TRAITS, "infinite_campus": strict})
    with town(tmp_path, Size(2, 1, 4, 3), ("infinite_campus",)) as place:
        night = place.night("infinite_campus")
        refused = night.table("assignments_sync").query("status == 'failed'")
        due = refused["due_date"]
        assert ((due < "2026-08-24") | (due > "2027-01-22")).all(), "only teachers' own dates are rejected"
        assert night.summary["counts"]["assignments"]["sent"] > 20
        place.forget_log("infinite_campus")
        place.night("infinite_campus")
        assert place.writes("infinite_campus") == []


@pytest.mark.parametrize(("rule", "ids"), [(StudentRule(pattern="U([0-9]+)"), {"u1": "1", "u2": "2", "x": None}),
                                            (StudentRule(), {"u1": "U1", "u2": "U2", "x": "X"})])  # fmt: skip
def test_d8_the_grades_log_tells_the_students_id_in_the_sis_in_every_row(rule: StudentRule, ids: dict[str, str | None]) -> None:
    """Sent, withheld by a rule of the score, or without an ID that fits: always the SIS's ID, or none."""
    place = Classroom(sections={"1": ["u1", "u2", "x"]}, identity=Identity(student=rule))
    quiz = place.add()
    place.score(quiz, "u2", -1.0)
    told = Told("run", "genesis", place.canvas(), place.night().resolved, RECEIPTS.empty(), place.identity.student_id, preview=True)
    log = tables(told)["grades_log"]
    assert {row["canvas_user_id"]: None if pd.isna(row["sis_user_id"]) else row["sis_user_id"] for row in log.to_dict("records")} == ids
