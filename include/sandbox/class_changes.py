"""Students who change classes: what Canvas then holds, and what the rosters of the SIS must follow (R-8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random

from include.sandbox.classroom import Canvas, Change, Classroom, Row, change
from include.sandbox.school_year import text
from include.sandbox.world import District, Section


@dataclass(frozen=True)
class Move:
    """A student changed classes in the SIS; ids are the SIS's own, `student_id` is `Student.id`."""

    target: str
    student_id: str
    sis_student_id: str
    from_sis_section: str
    to_sis_section: str


def moves(district: District, changes: Iterable[Change]) -> list[Move]:
    """The changes of class among a day's changes, for the rosters of the SIS: an enrolment that ended and one that began."""
    target_of = {int(course.id): course.target for course in district.courses}
    ended: dict[tuple[int, int], str] = {}
    found: list[Move] = []
    for row in changes:
        fields = row.get("set") or {}
        if row["do"] != "enrollments" or not fields.get("sis_section_id"):
            continue
        who = (int(row["course"]), int(fields["user_id"]))
        if fields["enrollment_state"] == "deleted":
            ended[who] = fields["sis_section_id"]
        elif who in ended:
            found.append(Move(target_of[who[0]], str(who[1]), fields["sis_user_id"], ended.pop(who), fields["sis_section_id"]))
    return found


def one_course_a_target(canvas: Canvas, seed: int, day: int) -> set[int]:
    """Each day one course of every target loses a student to another section."""
    ready: dict[str, list[int]] = {}
    for key, course in sorted(canvas.courses.items()):
        linked = [section for section in course.sections.values() if section.sis_id and section.in_sis]
        if course.world.workflow_state == "available" and len(linked) > 1:
            ready.setdefault(course.world.target, []).append(key)
    return {Random(f"{seed}/{day}/{target}").choice(keys) for target, keys in sorted(ready.items())}


def class_change(course: Classroom, dice: Random, now: datetime, new_ids: Iterator[int]) -> list[Change]:
    """A student leaves one section and joins the next; the SIS made both enrolments."""
    linked = {key: section for key, section in sorted(course.sections.items()) if section.sis_id and section.in_sis}
    rows = [row for _, row in sorted(course.enrollments.items()) if _could_move(row, linked)]
    seats: dict[int, int] = {}
    for row in rows:
        seats[row["user_id"]] = seats.get(row["user_id"], 0) + 1
    rows = [row for row in rows if seats[row["user_id"]] == 1]
    if not rows:
        return []
    old = dice.choice(rows)
    new = dice.choice([key for key in linked if key != old["course_section_id"]])
    begun = {
        **old,
        "id": next(new_ids),
        "course_section_id": new,
        "sis_section_id": linked[new].sis_id,
        "created_at": text(now),
        "updated_at": text(now),
    }
    ended = {name: old[name] for name in ("user_id", "sis_user_id", "sis_section_id")} | {"enrollment_state": "deleted", "updated_at": text(now)}
    return [change("enrollments", course, int(old["id"]), ended), change("enrollments", course, int(begun["id"]), begun)]


def _could_move(row: Row, linked: Mapping[int, Section]) -> bool:
    here = linked.get(row["course_section_id"])
    return (
        here is not None
        and row["type"] == "StudentEnrollment"
        and row["enrollment_state"] == "active"
        and bool(row["sis_user_id"] and row["sis_import_id"])
        and str(row["user_id"]) in here.sis_students
    )
