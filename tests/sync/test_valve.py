"""The safety valve in a run of several batches: what all of them have in common is judged with each, and once more before each is sent (F-8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from include.district_file import Safety
from include.gradebook.reasons import reason
from include.gradebook.rules import SisRules
from include.run_folder import RunFolder
from include.sync import valve
from include.sync.draft import How, Standing
from include.sync.plan import Resolved
from tests.classroom import Classroom

COURSES = [str(number) for number in range(6)]


@dataclass(frozen=True)
class Config:
    safety: Safety = field(default_factory=lambda: Safety(free_changes=10))


@dataclass(frozen=True)
class Batches:
    """The little of a run that the valve asks for: two batches of three courses."""

    folder: RunFolder
    preview: bool = False
    allow_large_change: bool = False
    how: How = field(default_factory=lambda: How("genesis", SisRules()))
    config: Config = field(default_factory=Config)

    def batches(self) -> dict[str, list[str]]:
        return {"batch-000": COURSES[:3], "batch-001": COURSES[3:]}

    def batch_folder(self, batch: str) -> RunFolder:
        return self.folder.child(batch)


def planned(courses: list[str], changed: int) -> tuple[Resolved, Standing]:
    """In each of these courses `changed` of 40 scores that stand in the SIS have changed."""
    rooms, plans = [], []
    for course in courses:
        room = Classroom(sections={"1": [f"u{number}" for number in range(40)]})
        room.add("Quiz")
        room.accept(room.night())
        for key in list(room.submissions)[:changed]:
            room.submissions[key]["score"] = 1.5
        night = room.night()
        plans.append([part.assign(canvas_course_id=course, sis_section_id=f"S{course}") for part in (night.plan.assignments, night.plan.scores)])
        ledger = room.ledger
        rooms.append(
            [ledger.assignments.assign(canvas_course_id=course, sis_section_id=f"S{course}"), ledger.scores.assign(sis_section_id=f"S{course}")]
        )
    resolved = night.resolved
    plan = type(resolved.plan)(*(pd.concat(parts, ignore_index=True) for parts in zip(*plans, strict=True)))
    return Resolved(plan, resolved.withheld, resolved.notes), Standing(*(pd.concat(parts, ignore_index=True) for parts in zip(*rooms, strict=True)))


def writes(resolved: Resolved) -> int:
    return int((resolved.plan.scores["action"] != "none").sum())


def test_f8_batches_are_judged_together_though_no_course_stands_out(tmp_path: Path) -> None:
    run = Batches(RunFolder.at(tmp_path))
    one, other = planned(COURSES[:3], 18), planned(COURSES[3:], 18)
    first, held = valve.held_back(run, run.batch_folder("batch-000"), *one)
    assert (writes(first), held) == (54, 0), "three courses are no district"
    second, held = valve.held_back(run, run.batch_folder("batch-001"), *other)
    assert (writes(second), held) == (0, 3)
    stopped = valve.held_back_by_others(run, first)
    assert writes(stopped) == 0, "the first batch is not sent either, if it was not yet"
    told = stopped.withheld.query("reason_code == 'GP-SAFETY' and kind == 'course'")
    assert set(told["value"]) == {"108 of 240 scores in the SIS of 6 courses together would change"}
    assert set(told["canvas_course_id"]) == set(COURSES[:3])


def notes(resolved: Resolved) -> list[str]:
    """The courses that the valve has told of."""
    return sorted(resolved.notes.query("reason_code == 'GP-SAFETY' and kind == 'course'")["canvas_course_id"])


def test_f1_f8_a_preview_is_weighed_and_keeps_what_would_be_held_back(tmp_path: Path) -> None:
    run = Batches(RunFolder.at(tmp_path), preview=True)
    resolved, standing = planned(COURSES, 40)
    after, held = valve.held_back(run, run.batch_folder("batch-000"), resolved, standing)
    assert (writes(after), held, notes(after)) == (writes(resolved), 0, COURSES), "each once, though all together are too much as well"
    row = after.notes.query("reason_code == 'GP-SAFETY'").iloc[0]
    told = reason("GP-SAFETY").told(row["value"], row["limit"])
    assert told.endswith("40 of 40 scores in the SIS would change; the limit is the larger of 50% and 10 (this preview would be stopped).")
    assert after.withheld.query("reason_code == 'GP-SAFETY'").empty


def test_f1_f8_a_previews_first_batch_hears_of_those_weighed_since(tmp_path: Path) -> None:
    run = Batches(RunFolder.at(tmp_path), preview=True)
    first, _ = valve.held_back(run, run.batch_folder("batch-000"), *planned(COURSES[:3], 18))
    second, _ = valve.held_back(run, run.batch_folder("batch-001"), *planned(COURSES[3:], 18))
    assert (notes(first), notes(second)) == ([], COURSES[3:])
    after = valve.held_back_by_others(run, first)
    assert (writes(after), notes(after)) == (54, COURSES[:3])


def test_f8_allowed_runs_are_never_held_back(tmp_path: Path) -> None:
    run = Batches(RunFolder.at(tmp_path), allow_large_change=True)
    resolved, standing = planned(COURSES, 40)
    assert valve.held_back(run, run.batch_folder("batch-000"), resolved, standing) == (resolved, 0)
    assert valve.held_back_by_others(run, resolved) is resolved


def test_f8_a_usual_night_passes(tmp_path: Path) -> None:
    run = Batches(RunFolder.at(tmp_path))
    for batch, courses in run.batches().items():
        resolved, standing = planned(courses, 5)
        after, held = valve.held_back(run, run.batch_folder(batch), resolved, standing)
        assert (writes(after), held) == (15, 0)
    assert writes(valve.held_back_by_others(run, after)) == 15
