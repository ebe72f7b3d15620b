"""A score belongs to one SIS student, and no SIS student to two Canvas users (I-2, I-3)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from include import forgetting
from include.sandbox.generate import Size
from include.sync import reconciling
from tests.identity.places import Place, messages, place
from tests.identity.tamper import Row
from tests.town import Result

pytestmark = pytest.mark.slow

SIZE = Size(1, 1, 5, 5)


def rename(canvas: Place, ids: dict[str, str]) -> None:
    """From now on Canvas has other SIS IDs for these users (Canvas user to SIS ID)."""

    def change(path: str, row: Row) -> None:
        if "sis_user_id" in row and str(row.get("user_id", row.get("id"))) in ids:
            row["sis_user_id"] = ids[str(row.get("user_id", row.get("id")))]

    canvas.change(change)


def two_students(town: Place, target: str) -> list[tuple[str, str, pd.DataFrame]]:
    """Two students of one section, each with Canvas ID, SIS ID, and scores in the ledger."""
    rows = town.scores(target)
    rows = rows[rows["sis_section_id"] == rows["sis_section_id"].value_counts().index[0]]
    found = [(user, str(part["sis_student_id"].iloc[0]), part) for user, part in rows.groupby("canvas_user_id")]
    return found[:2]


def reconcile(town: Place, target: str, repair: bool = False) -> Result:
    run = town.run(target, "reconcile", preview=not repair)
    for batch in reconciling.choose(run, town.canvas()):
        reconciling.extract(run, batch, town.canvas())
        reconciling.filter_rows(run, batch)
        reconciling.compare(run, batch, town.client(target))
        reconciling.validate(run, batch)
        reconciling.load(run, batch, town.client(target))
        reconciling.publish(run, batch)
    return Result(run, reconciling.close(run))


@pytest.mark.parametrize("target", ["genesis", "powerschool"])
def test_i2_scores_sent_under_a_corrected_id_are_reported_by_assignment_and_student(tmp_path: Path, target: str) -> None:
    with place(tmp_path, target, SIZE) as town:
        town.night(target)
        (user, old, sent), _ = two_students(town, target)
        rename(town, {user: "A-CORRECTED-ID"})
        night = town.night(target)
        told = messages(night, "GP-STUDENT-CHANGED")
        assert set(told["canvas_user_id"]) == {user}
        assert set(told["canvas_assignment_id"]) >= set(sent["canvas_assignment_id"])
        assert all(old in text and "A-CORRECTED-ID" in text for text in told["message"])
        assert len(town.scores(target)) >= len(sent), "what is in the SIS stays in the ledger"
        verdicts = reconcile(town, target).table("reconciliation")
        theirs = verdicts[(verdicts["sis_user_id"] == old) & (verdicts["kind"] == "grade")]
        assert set(theirs["verdict"]) == {"wrong student"}
        assert theirs["message"].str.contains("A-CORRECTED-ID").all()


def test_i2_where_the_district_allows_it_such_scores_are_cleared(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE, clear_blanks=True) as town:
        town.extras["genesis"] = {"delete_support": True}
        town.night("genesis")
        (user, old, sent), _ = two_students(town, "genesis")
        rename(town, {user: "A-CORRECTED-ID"})
        town.night("genesis", allow_large_change=True)
        left = town.scores("genesis")
        assert not set(left.loc[left["sis_student_id"] == old, "canvas_assignment_id"]) & set(sent["canvas_assignment_id"])
        town.forget_log()
        town.night("genesis")
        assert town.writes("genesis") == []


def test_i2_swapped_ids_are_sent_again_even_where_both_scores_are_equal(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")
        (one, old_one, first), (two, old_two, second) = two_students(town, "genesis")
        both = set(first["canvas_assignment_id"]) & set(second["canvas_assignment_id"])
        rename(town, {one: old_two, two: old_one})
        night = town.night("genesis", allow_large_change=True)
        assert both <= set(messages(night, "GP-STUDENT-REPLACED")["canvas_assignment_id"])
        rows = town.scores("genesis")
        rows = rows[rows["canvas_assignment_id"].isin(both) & (rows["sis_section_id"] == first["sis_section_id"].iloc[0])].set_index(
            ["canvas_assignment_id", "sis_student_id"]
        )["canvas_user_id"]
        assert both
        assert {rows[assignment, old_two] for assignment in both} == {one}
        assert {rows[assignment, old_one] for assignment in both} == {two}


def test_i2_scores_that_the_sis_staff_removed_are_forgotten_and_not_reported_again(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")
        (user, old, _), (_, other, theirs) = two_students(town, "genesis")
        rename(town, {user: "A-CORRECTED-ID"})
        assert forgetting.main(["student", "--target", "genesis", old, "--sent-for", user], {"GRADESYNC_DISTRICT": str(town.file)}) == 0
        night = town.night("genesis")
        assert messages(night, "GP-STUDENT-CHANGED").empty
        left = town.scores("genesis")
        assert old not in set(left.loc[left["canvas_user_id"] == user, "sis_student_id"])
        assert len(left[left["sis_student_id"] == other]) >= len(theirs), "the other student's scores stay known"


@pytest.mark.parametrize("target", ["synergy", "powerschool"])
def test_i3_two_canvas_users_on_one_sis_student_are_both_withheld_and_named(tmp_path: Path, target: str) -> None:
    with place(tmp_path, target, SIZE) as town:
        town.night(target, preview=True)
        first = town.district.courses[0]  # type: ignore[union-attr]
        one, two = first.sections[0].students[:2]
        student = next(person for person in town.district.students if person.id == one)  # type: ignore[union-attr]
        rename(town, {two: student.sis_id})
        night = town.night(target)
        told = messages(night, "GP-STUDENT-TWICE")
        assert {one, two} <= set(told["canvas_user_id"])
        assert all(one in text and two in text and student.sis_id in text for text in told["message"])
        assert not len(town.scores(target)) or student.sis_id not in set(town.scores(target)["sis_student_id"])


def test_i3_the_user_who_alone_is_graded_is_withheld_too(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        one, two = town.district.courses[0].sections[0].students[:2]  # type: ignore[union-attr]
        student = next(person for person in town.district.students if person.id == one)  # type: ignore[union-attr]
        rename(town, {two: student.sis_id})

        def ungraded(path: str, row: Row) -> None:
            if "/submissions" in path and str(row.get("user_id")) == one and "score" in row:
                row.update(score=None, grade=None, excused=False, missing=False, late=False, workflow_state="unsubmitted", graded_at=None)

        town.change(ungraded)
        night = town.night("genesis")
        assert set(messages(night, "GP-STUDENT-TWICE")["canvas_user_id"]) == {two}
        assert student.sis_id not in set(town.scores("genesis")["sis_student_id"])
