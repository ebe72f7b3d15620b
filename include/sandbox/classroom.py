"""As much of the sandbox Canvas's state as a school day reads, and the form of the changes that it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from include.sandbox.world import Course, Section

Row = dict[str, Any]
Change = dict[str, Any]


class Classroom(Protocol):
    """One course as the Canvas server keeps it."""

    @property
    def id(self) -> int:
        """The course's id."""
        ...

    @property
    def world(self) -> Course:
        """The course as generated."""
        ...

    @property
    def sections(self) -> Mapping[int, Section]:
        """Sections by id."""
        ...

    @property
    def assignments(self) -> Mapping[int, Row]:
        """Canvas rows by id; so are the enrolments."""
        ...

    @property
    def enrollments(self) -> Mapping[int, Row]:
        """Canvas rows by id."""
        ...

    @property
    def submissions(self) -> Mapping[tuple[int, int], Row]:
        """What is stored of each submission, by assignment and user; fields that were never set may be absent."""
        ...


class Timekeeper(Protocol):
    """The sandbox's clock."""

    @property
    def now(self) -> datetime:
        """The present."""
        ...


class Canvas(Protocol):
    """As much of the Canvas server's state as a school day needs."""

    @property
    def clock(self) -> Timekeeper:
        """Its clock."""
        ...

    @property
    def courses(self) -> Mapping[int, Classroom]:
        """All courses by id."""
        ...


def change(table: str, course: Classroom, key: object, fields: Row) -> Change:
    """One row's change in the Canvas server's own language (`canvas/state.py`)."""
    return {"do": table, "course": course.id, "key": key, "set": fields}
