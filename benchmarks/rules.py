"""Speed and memory of the rules: filter + transform + validate + plan over generated frames, on one core.

    python -m benchmarks.rules --scores 1000000 --awkward 0.05

Builds courses of 20 assignments × 100 students in two sections (so 10,000 assignments for a million scores), makes the given share of
rows awkward (blank, negative, hidden, excused, missing, unknown students, long names, zero points, no due date, overrides), and prints
seconds of processor time per stage (so other programs on the machine count little), scores per second and the peak of resident memory.
The second half of the output is the unchanged night: the same data against a ledger that holds all of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from include.gradebook import schemas
from include.gradebook.categories import wanted_categories
from include.gradebook.courses import Selection
from include.gradebook.filtering import CanvasRead, Policy, filter_rows
from include.gradebook.sieve import join_withheld
from include.identity import Identity
from include.sis.contract import SectionsRead
from include.sis.registry import sis
from include.sync import contracts, safety
from include.sync.draft import How, Standing, draft
from include.sync.leftovers import add_leftovers, find_leftovers
from include.sync.plan import Resolved, SisRead, resolve

ASSIGNMENTS, STUDENTS, SECTIONS = 20, 100, 2
NOW = datetime(2026, 11, 13, 20, tzinfo=UTC)
seconds: dict[str, float] = {}


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Add what the block takes to the stage's seconds."""
    start = time.process_time()
    yield
    seconds[name] = seconds.get(name, 0.0) + time.process_time() - start


def canvas_of(scores: int, awkward: float, seed: int = 7) -> CanvasRead:
    """Frames as the extract stage hands them over."""
    rng = np.random.default_rng(seed)
    courses = max(1, scores // (ASSIGNMENTS * STUDENTS))
    course = np.arange(courses)
    text = lambda values: pd.Series(values).astype("str")  # noqa: E731  # a one-word shorthand for twenty columns
    course_frame = schemas.COURSES.conform(pd.DataFrame({
        "canvas_course_id": text(course), "name": "Course", "sis_course_id": "C" + text(course), "workflow_state": "available",
        "time_zone": "America/New_York", "complete": True,
    }))  # fmt: skip
    section = np.arange(courses * SECTIONS)
    sections = schemas.SECTIONS.conform(pd.DataFrame({
        "canvas_course_id": text(section // SECTIONS), "canvas_section_id": text(section), "name": "Section", "sis_section_id": "S" + text(section),
    }))  # fmt: skip
    seat = np.arange(courses * STUDENTS)
    enrollments = schemas.ENROLLMENTS.conform(pd.DataFrame({
        "canvas_course_id": text(seat // STUDENTS), "canvas_section_id": text(seat // STUDENTS * SECTIONS + seat % SECTIONS),
        "canvas_user_id": text(seat), "sis_user_id": "U" + text(seat), "student_name": "Name", "type": "StudentEnrollment",
        "state": np.where(rng.random(len(seat)) < awkward / 2, "inactive", "active"),
    }))  # fmt: skip
    groups = schemas.GROUPS.conform(pd.DataFrame({"canvas_course_id": text(course), "canvas_group_id": text(course), "name": "Homework"}))
    number = np.arange(courses * ASSIGNMENTS)
    odd = rng.random(len(number)) < awkward
    due = pd.Timestamp("2026-09-01T03:59:59Z") + pd.to_timedelta(number % 70, unit="D")
    assignments = schemas.ASSIGNMENTS.conform(pd.DataFrame({
        "canvas_course_id": text(number // ASSIGNMENTS), "canvas_group_id": text(number // ASSIGNMENTS), "canvas_assignment_id": text(number),
        "name": np.where(odd & (number % 3 == 0), "A name that is much too long for any gradebook to take", "Quiz " + text(number)),
        "points_possible": np.where(odd & (number % 3 == 1), 0.0, 10.0), "grading_type": "points", "submission_types": "online_upload",
        "due_at": pd.Series(due).where(~(odd & (number % 3 == 2))), "created_at": "2026-08-25T12:00:00Z", "published": True, "post_to_sis": True,
    }))  # fmt: skip
    some = number[rng.random(len(number)) < awkward]
    overrides = schemas.OVERRIDES.conform(pd.DataFrame({
        "canvas_course_id": text(some // ASSIGNMENTS), "canvas_assignment_id": text(some), "override_id": text(some), "kind": "section",
        "canvas_section_id": text(some // ASSIGNMENTS * SECTIONS), "due_at": "2026-11-01T03:59:59Z", "due_set": True,
    }))  # fmt: skip
    row = np.arange(courses * ASSIGNMENTS * STUDENTS)
    luck = rng.random(len(row))
    score = np.round(rng.random(len(row)) * 10, 1)
    score[luck < awkward] = np.nan
    score[luck < awkward / 50] = -1
    submissions = schemas.SUBMISSIONS.conform(pd.DataFrame({
        "canvas_course_id": text(row // (ASSIGNMENTS * STUDENTS)), "canvas_assignment_id": text(row // STUDENTS),
        "canvas_user_id": text(row // (ASSIGNMENTS * STUDENTS) * STUDENTS + row % STUDENTS), "score": score,
        "excused": (luck < awkward) & (row % 3 == 0), "missing": (luck < awkward) & (row % 3 == 1), "late": luck > 1 - awkward,
        "graded_at": pd.Timestamp("2026-09-02T15:00:00Z") + pd.to_timedelta(row % 5_000_000, unit="s"),
        "posted_at": pd.Timestamp("2026-11-02T15:00:00Z"), "workflow_state": "graded",
    }))  # fmt: skip
    return CanvasRead(course_frame, sections, enrollments, groups, assignments, overrides, submissions)


def sis_of(canvas: CanvasRead, sections: list[str]) -> SisRead:
    """A SIS that knows everyone and has the category."""
    known = canvas.sections[canvas.sections["sis_section_id"].isin(sections)]
    rows = schemas.SIS_SECTIONS.conform(known[["sis_section_id"]].assign(found=True, term_start="2026-08-24", term_end="2027-01-22"))
    roster = canvas.enrollments.merge(known[["canvas_section_id", "sis_section_id"]], on="canvas_section_id")
    students = schemas.SIS_STUDENTS.conform(roster.rename(columns={"sis_user_id": "sis_student_id"}))
    categories = schemas.SIS_CATEGORIES.conform(known[["sis_section_id"]].assign(category_id="C1", title="Homework", state="active"))
    return SisRead(SectionsRead(rows, students, categories), schemas.SIS_ASSIGNMENTS.empty(), "2026-11-13")


def night(canvas: CanvasRead, standing: Standing, how: How) -> Resolved:
    """Filter to valid plan, each stage timed."""
    policy = Policy(how.rules, Selection(now=NOW), Identity().section_id, Identity().student_id, "America/New_York")
    with timed("filter"):
        filtered = filter_rows(canvas, policy)
    with timed("transform: compare"):
        wanted = wanted_categories(filtered.copies, schemas.CHOICES.empty(), canvas.groups, how.rules)
        drafted = draft(filtered.copies, filtered.scores, wanted, standing, how)
        asked = drafted.sections_to_read
    read = sis_of(canvas, asked)
    with timed("transform: plan"):
        resolved = resolve(drafted, read, how)
        resolved = replace(resolved, withheld=join_withheld(filtered.withheld, resolved.withheld))
    with timed("transform: leftovers"):
        resolved = add_leftovers(resolved, find_leftovers(filtered, standing), filtered, how.rules, read)
    with timed("validate"):
        resolved = contracts.split(resolved)
        return safety.hold_back(resolved, safety.judge(safety.weigh(resolved.plan, resolved.notes, standing), safety.Limits()))


def main() -> None:
    """Run both nights and print them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=int, default=1_000_000)
    parser.add_argument("--awkward", type=float, default=0.05)
    parser.add_argument("--sis", default="synergy")
    asked = parser.parse_args()
    canvas = canvas_of(asked.scores, asked.awkward)
    how = How(asked.sis, sis(asked.sis).rules)
    standing = Standing(schemas.LEDGER_ASSIGNMENTS.empty(), schemas.LEDGER_SCORES.empty())
    resolved = night(canvas, standing, how)
    first = _told("first night", asked.scores, resolved)
    copies = resolved.plan.assignments.assign(outcome="accepted", sis_assignment_id=resolved.plan.assignments["our_id"])
    scores = resolved.plan.scores.assign(outcome="accepted")
    seconds.clear()
    standing = Standing(schemas.LEDGER_ASSIGNMENTS.conform(copies), schemas.LEDGER_SCORES.conform(scores))
    print(json.dumps([first, _told("unchanged night", asked.scores, night(canvas, standing, how))], indent=1))  # noqa: T201  # the benchmark's output


def _told(name: str, scores: int, resolved: Resolved) -> dict[str, Any]:
    total = sum(seconds.values())
    actions = resolved.plan.scores["action"].value_counts().to_dict()
    return {
        "night": name, "scores": scores, "planned": actions, "withheld": len(resolved.withheld),
        "seconds": {k: round(v, 2) for k, v in seconds.items()},
        "total seconds": round(total, 2), "scores per second": round(scores / total),
        "peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


if __name__ == "__main__":
    main()
