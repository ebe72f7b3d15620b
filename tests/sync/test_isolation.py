"""A course at which Grade Sync fails is withheld and the rest of its batch is sent; a batch that fails frees its courses at once (I-7, I-9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from include.district_file import Safety
from include.errors import UnavailableError
from include.sandbox.generate import Size
from include.sync import close as closing
from include.sync import leases, reconciling, stages, state
from include.sync.close import close
from include.sync.isolation import isolated
from include.sync.run import Run
from tests.sync.by_hand import leased, plan
from tests.town import Result, Town, town

T = "genesis"
SIZE = Size(courses=3, sections=1, students=4, assignments=4)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    """Genesis before its first night, all courses in one batch."""
    with town(tmp_path, SIZE, targets=(T,)) as place:
        yield place


def sent(night: Result, course: str) -> set[str]:
    grades = night.table("grades_log")
    return set(grades.loc[grades["canvas_course_id"] == course, "status"]) - {"withheld"}


def totals(night: Result) -> dict[tuple[str, str], int]:
    counted = night.table("filtered_canvas_data").groupby(["canvas_course_id", "kind"])["count"].sum()
    return {key: int(number) for key, number in counted.to_dict().items() if key[1] != "course"}


def failing_at(course: str, work: Any, courses_of: Any) -> Any:
    """The work of a stage with an error of Grade Sync at one course."""

    def broken(*args: Any) -> Any:
        if course in courses_of(*args):
            raise OverflowError("date value out of range")
        return work(*args)

    return broken


@pytest.mark.parametrize("stage", ["filter", "transform"])
def test_i7_a_course_at_which_grade_sync_fails_costs_only_itself(place: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stage: str) -> None:
    look = place.night(T, preview=True)
    courses = sorted(set(look.table("assignments_sync").query("status == 'planned'")["canvas_course_id"]))
    bad, *good = courses
    assert good
    name, courses_of = {
        "filter": ("apply_rules", lambda canvas, _: set(canvas.courses["canvas_course_id"])),
        "transform": ("planned", lambda run, folder, sis, part, whole: set(part.sections["canvas_course_id"])),
    }[stage]
    monkeypatch.setattr(stages, name, failing_at(bad, getattr(stages, name), courses_of))
    night = place.night(T)
    assert all(sent(night, course) == {"updated"} for course in good)
    assert sent(night, bad) == set()
    assert totals(night) == totals(look), "everything extracted is kept or withheld"
    told = night.table("messages").query("type == 'GP-OUR-ERROR'")
    assert set(told["canvas_course_id"]) == {bad}
    assert told["message"].str.startswith("Nothing was sent for this because of an internal error in Grade Sync (OverflowError at ").all()
    assert [line for line in night.summary["failures"] if f"course {bad}" in line and "run ID" in line]
    assert leased(place) == {}
    monkeypatch.undo()
    assert sent(place.night(T), bad) == {"updated"}, "the next night sends it"


def test_i7_what_no_course_alone_causes_is_raised() -> None:
    def work(courses: list[str]) -> list[str]:
        if len(courses) > 1:
            raise KeyError("only together")
        return courses

    def some(whole: list[str], chosen: Any) -> list[str]:
        return [course for course in whole if course in chosen]

    with pytest.raises(KeyError):
        isolated(work, ["1", "2"], some, ["1", "2"])
    with pytest.raises(UnavailableError):
        isolated(lambda _: (_ for _ in ()).throw(UnavailableError("away")), ["1", "2"], some, ["1", "2"])


def test_i7_several_failing_courses_are_each_found() -> None:
    def work(courses: list[str]) -> list[str]:
        return [str(10 / (int(course) % 4)) for course in courses]

    whole = [str(number) for number in range(1, 20)]
    done, failed = isolated(work, whole, lambda all_of_them, chosen: [course for course in all_of_them if course in chosen], whole)
    assert set(failed) == {"4", "8", "12", "16"}
    assert len(done) == 15
    assert all(where.startswith("ZeroDivisionError at ") for where in failed.values())


def to_the_end(place: Town, run: Run) -> None:
    """All stages of a run but for its close."""
    for batch in stages.choose(run, place.canvas()):
        stages.extract(run, batch, place.canvas())
        stages.filter_rows(run, batch)
        stages.transform(run, batch, place.client(T))
        stages.validate(run, batch)
        stages.load(run, batch, place.client(T))
        stages.publish(run, batch)


@pytest.mark.parametrize("stage", ["transform", "validate", "load", "publish"])
def test_i7_a_stage_that_fails_frees_the_courses_of_its_batch_at_once(place: Town, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    run = place.run(T)
    broken = {"transform": (stages, "_planned"), "validate": (stages.valve, "held_back"), "load": (stages, "send"), "publish": (stages, "tables")}
    monkeypatch.setattr(*broken[stage], lambda *_: {}["an error of Grade Sync"])
    with pytest.raises(KeyError):
        to_the_end(place, run)
    monkeypatch.undo()
    assert leased(place) == {}
    night = place.night(T)
    assert night.summary["failures"] == []
    assert "GP-COURSE-BUSY" not in set(night.table("messages")["type"])
    assert close(run)["status"] == "Failed"


def test_i7_close_frees_the_courses_of_a_batch_that_was_killed_even_if_close_fails(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    run = plan(place, T, "nightly")
    assert leased(place)
    monkeypatch.setattr(closing, "join_tables", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        close(run)
    assert leased(place) == {}
    monkeypatch.undo()
    assert place.night(T).summary["failures"] == []


def test_i7_a_failed_try_leaves_the_courses_that_another_try_of_the_run_has_renewed(place: Town) -> None:
    run = plan(place, T, "nightly")
    courses = list(leased(place))

    def second_try_then_error(freed: AbstractContextManager[None]) -> None:
        with freed:
            leases.take(run, courses[:1])  # the second try begins to send, in another process
            raise KeyError

    with pytest.raises(KeyError):
        second_try_then_error(leases.freed_on_failure(run, courses))
    assert list(leased(place)) == courses[:1]
    mine = leases.take(run, courses[:1])
    with pytest.raises(KeyError):
        second_try_then_error(mine.freed_on_failure())
    assert list(leased(place)) == courses[:1]


def test_i7_a_reconcile_that_fails_frees_its_courses(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    place.night(T)
    run = place.run(T, "reconcile")
    for batch in stages.choose(run, place.canvas()):
        stages.extract(run, batch, place.canvas())
        stages.filter_rows(run, batch)
        monkeypatch.setattr(reconciling, "examine", lambda *_: {}["an error of Grade Sync"])
        with pytest.raises(KeyError):
            reconciling.compare(run, batch, place.client(T))
    assert leased(place) == {}


REJECT = {"kind": "refuse", "status": 422, "match": {"method": "PUT", "path": "results/"}}


def test_i9_one_rejected_row_out_of_one_does_not_fail_the_run(place: Town) -> None:
    first = place.night(T)
    forget_one(place, first)
    place.admin(T, "faults", "POST", json={**REJECT, "times": 1})
    night = place.night(T)
    counts = night.summary["counts"]["grades"]
    assert (counts["sent"], counts["refused"], counts["unknown"]) == (0, 1, 0)
    assert (night.summary["status"], night.summary["failures"]) == ("Completed with errors", [])


def forget_one(place: Town, night: Result) -> None:
    """One accepted score is to be sent again."""
    with state.engine(night.run.district.state).begin() as connection:
        key = connection.execute(text("SELECT sis_section_id, canvas_assignment_id, sis_student_id FROM ledger_scores LIMIT 1")).one()
        where = "sis_section_id = :a AND canvas_assignment_id = :b AND sis_student_id = :c"
        connection.execute(text(f"UPDATE ledger_scores SET fingerprint = 'other' WHERE {where}"), dict(zip("abc", key, strict=True)))


def test_i9_many_rejected_rows_fail_the_run(place: Town) -> None:
    place.admin(T, "faults", "POST", json={**REJECT, "times": -1})
    night = place.night(T)
    rejected = night.summary["counts"]["grades"]["refused"]
    assert rejected >= Safety().refused_at_least
    [line] = [line for line in night.summary["failures"] if "rejected" in line]
    assert line.startswith(f"the SIS rejected {rejected} of ")
    assert line.endswith(" items; the limit is 20%. The messages of this run say why")
    assert night.summary["status"] == "Failed"


@pytest.mark.parametrize(
    ("safety", "rejected", "sent_rows", "red"),
    [
        (Safety(), 1, 0, False),
        (Safety(), 19, 0, False),
        (Safety(), 20, 0, True),
        (Safety(), 20, 80, False),
        (Safety(), 21, 79, True),
        (Safety(refused_at_least=1), 1, 0, True),
    ],
)
def test_i9_the_share_of_rejections_counts_from_refused_at_least_rows_on(safety: Safety, rejected: int, sent_rows: int, red: bool) -> None:
    assert bool(closing._many_rejected(safety, rejected, sent_rows)) is red


def test_i9_scores_of_rejected_assignments_count_as_not_sent_and_not_as_rejected(place: Town) -> None:
    place.admin(T, "faults", "POST", json={"kind": "refuse", "status": 422, "times": -1, "match": {"method": "PUT", "path": "lineItems/"}})
    night = place.night(T)
    copies, grades = night.table("assignments_sync"), night.table("grades_log")
    assert set(grades.loc[grades["status"] == "failed", "reason_code"]) == {"GP-ASSIGNMENT-FAILED"}
    rejected = int((copies["status"] == "failed").sum())
    assert bool([line for line in night.summary["failures"] if "rejected" in line]) is (rejected >= Safety().refused_at_least)


def test_i7_nothing_of_a_held_course_is_freed_by_a_preview_that_fails(place: Town) -> None:
    run = plan(place, T, "nightly")
    before = leased(place)
    with pytest.raises(KeyError), leases.freed_on_failure(replace(run, preview=True), list(before)):
        raise KeyError
    assert leased(place) == before
