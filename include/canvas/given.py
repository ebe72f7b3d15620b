"""Who is given which work, as the grouped pages of a course's submissions tell it beside the scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from include.canvas.kept import sis_id_of
from include.canvas.parse import text
from include.canvas.rows import Enrollment, StudentSubmissions


class Given:
    """Which student, in which section and under which SIS id, has a submission of which assignment: made while grouped pages are read."""

    def __init__(self) -> None:
        self._students: set[str] = set()
        self._seats: set[tuple[str, str, str | None]] = set()
        self._whole = True

    def note(self, students: Sequence[StudentSubmissions]) -> None:
        """The students of one page."""
        for student in students:
            seat = str(student.user_id), str(student.section_id), text(student.sis_user_id)
            self._seats.add(seat)
            self._students.add(f"{seat} {sorted(str(row.assignment_id) for row in student.submissions)}")

    def give_up(self) -> None:
        """The pages came in another form, which names no section."""
        self._whole = False

    @property
    def digest(self) -> str | None:
        """Another one for others; None where it cannot be told."""
        return blake2b("\n".join(sorted(self._students)).encode(), digest_size=12).hexdigest() if self._whole else None

    def sits_in(self, roster: Iterable[Enrollment]) -> bool:
        """Whether every student has the seat here that the roster tells, too: it may have been read before somebody moved."""
        seats = {(str(row.user_id), str(row.course_section_id), sis_id_of(row)) for row in roster}
        return seats >= self._seats
