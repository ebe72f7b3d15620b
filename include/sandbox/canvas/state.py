"""All that the sandbox Canvas holds: the generated world and the journal of what happened to it since.

A change is JSON: `{"do": table, "course": 501, "key": id, "set": {...} | null}` with table one of submissions (key `[assignment, user]`),
assignments, overrides, enrollments, groups; or `{"do": "late_policy", "course": 501, "set": {...}}`; or `{"do": "clock", "day": 3}`.
`record` carries one out and keeps it, with the clock's time (`at`) and the next free id, so that a restarted sandbox is where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from include.sandbox.canvas.clock import Clock, moment
from include.sandbox.canvas.course import CourseStore, Row
from include.sandbox.class_changes import Move
from include.sandbox.faults import Faults
from include.sandbox.journal import Journal
from include.sandbox.request_log import RequestLog
from include.sandbox.world import District

TABLES = ("submissions", "assignments", "overrides", "enrollments", "groups")
_UNSEEN = frozenset({"updated_at", "created_at", "graded_at", "posted_at"})
_FIRST_NEW_ID = 7_000_000_001
_MOST_RECENT = 40


class CanvasState:
    """The state behind all routes."""

    def __init__(self, district: District, journal: Journal) -> None:
        self.district, self.journal = district, journal
        self.faults, self.log = Faults(), RequestLog()
        self.students = {int(one.id): one for one in district.students}
        self.teachers = {int(one.id): one for one in district.teachers}
        self.terms = {one.id: one for one in district.terms}
        self.schools = {one.id: one for one in district.schools}
        self.settings: dict[str, Any] = {"bulk_sis_grade_export": True}
        self.token_faults: dict[str, str] = {}
        self.on_move: list[Callable[[Move], None]] = []  # who must know when a student changes class: the SIS
        self._load()

    def _load(self) -> None:
        self.clock = Clock(self.district.today)
        self._next_id = _FIRST_NEW_ID
        self.day = 0
        self._recent: dict[int, CourseStore] = {}
        self.courses: dict[int, CourseStore] = {}
        for course in self.district.courses:
            self.courses[int(course.id)] = CourseStore(course, self.new_id)
        self.section_courses = {int(section.id): int(course.id) for course in self.district.courses for section in course.sections}
        for change in self.journal.replay():
            self._apply(change)

    def new_id(self) -> int:
        """An id that no row has yet."""
        self._next_id += 1
        return self._next_id - 1

    def record(self, change: Mapping[str, Any]) -> None:
        """Carry out a change and keep it."""
        kept = {"at": self.clock.stamp(), "next_id": self._next_id, **change}
        self._apply(kept)
        self.journal.append(kept)

    def write(self, table: str, course: int, key: object, fields: Mapping[str, Any] | None) -> None:
        """Record a change of one row."""
        self.record({"do": table, "course": course, "key": key, "set": fields})

    def set_clock(self, text: str | None = None, days: int = 0) -> None:
        """Set the clock, or move it on by days; what is late and missing follows from it."""
        if text is not None:
            self.clock.set(text)
        self.clock.now += timedelta(days=days)
        self.record({"do": "clock"})

    def used(self, course: CourseStore) -> None:
        """Note that a course's submissions are being written out; those of courses not asked for lately are forgotten, to bound the memory."""
        self._recent.pop(course.id, None)
        self._recent[course.id] = course
        if len(self._recent) > _MOST_RECENT:
            self._recent.pop(next(iter(self._recent))).forget_fragments()

    def _apply(self, change: Mapping[str, Any]) -> None:
        self.clock.now = moment(change["at"])
        self._next_id = max(self._next_id, change["next_id"])
        table = change["do"]
        if table == "clock":
            self.day = change.get("day", self.day)
        elif table == "late_policy":
            self.courses[change["course"]].late_policy.update(change["set"])
        elif table in TABLES:
            key, fields = change["key"], change["set"]
            if table == "submissions":
                key, fields = tuple(key), {**fields, "updated_at": change["at"]}  # every write moves it, whatever `graded_at` does (§4.3)
            self.courses[change["course"]].put(table, key, fields)
        else:
            raise ValueError(f"change {table!r} is unknown; allowed: {', '.join((*TABLES, 'late_policy', 'clock'))}")

    def find_course(self, sis_id: str) -> CourseStore | None:
        """The course with this SIS id."""
        return next((self.courses[int(one.id)] for one in self.district.courses if one.sis_id and one.sis_id == sis_id), None)

    def user_name(self, user_id: int) -> tuple[str, str, str | None]:
        """(name, sortable name, SIS id) of a person."""
        if user_id in self.students:
            one = self.students[user_id]
            return f"{one.given_name} {one.family_name}", f"{one.family_name}, {one.given_name}", one.sis_id or None
        if user_id in self.teachers:
            teacher = self.teachers[user_id]
            given, _, family = teacher.name.rpartition(" ")
            return teacher.name, f"{family}, {given}", teacher.sis_id or None
        return "Test Student", "Student, Test", None

    def expire_tokens(self) -> None:
        """All tokens are dead from now on (fault `expire_tokens`)."""
        self.token_faults = {"*": "expired"}

    def snapshot(self) -> dict[str, object]:
        """All rows of all courses, without the time stamps that every write moves."""
        return {
            str(course.id): {table: {str(key): _seen(row) for key, row in sorted(getattr(course, table).items())} for table in TABLES}
            for course in self.courses.values()
        }

    def reset(self) -> None:
        """Back to the generated world."""
        self.journal.clear()
        self.token_faults = {}
        self.settings = {"bulk_sis_grade_export": True}
        self._load()


def _seen(row: Row) -> Row:
    return {key: value for key, value in sorted(row.items()) if key not in _UNSEEN}
