"""Where what is kept of a target's courses lies: a file per course, put in the place of the one before as a whole.

What lies here holds names under Canvas's ids: it is as private as a run's folder. A file that cannot be read is as good as none: its course is read
fully.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import UNSET

from include.canvas.kept import VERSION, Lists, Roster, students_of
from include.canvas.parse import decoder
from include.run_folder import RunFolder

log = logging.getLogger(__name__)

_LISTS = ".lists"
_REMOVED = ".parquet"  # the removed accelerated mode kept scores under this ending: only ever deleted


@dataclass(frozen=True)
class Shelf:
    """The kept files of one target's courses, by Canvas id."""

    folder: RunFolder

    def load_lists(self, course_id: str) -> Lists | None:
        """The course's kept short lists; None where there are none, or none that can be used."""
        try:
            packed = self._read(course_id)
            lists: Lists | None = decoder(Lists).decode(zlib.decompress(packed)) if packed is not None else None
        except (OSError, zlib.error, msgspec.DecodeError) as error:
            log.warning("course %s is read fully because its cached course lists cannot be read (%s)", course_id, type(error).__name__)
            return None
        return lists if lists is not None and lists.version == VERSION else None

    def save_lists(self, course_id: str, lists: Lists) -> None:
        """Keep short lists in the place of those that were kept, as a whole."""
        with self.folder.create(course_id + _LISTS) as file:
            file.write(zlib.compress(msgspec.json.encode(lists), 1))

    def drop(self, course_id: str) -> bool:
        """Away with what is kept of a course; False where nothing was."""
        return sum(self.folder.child(course_id + ending).remove() for ending in (_LISTS, _REMOVED)) > 0

    def courses(self) -> list[str]:
        """Ids of the courses of which something is kept."""
        return sorted({Path(name).stem for name in self._files()})

    def forget(self, concerns: Callable[[Roster, set[str]], bool]) -> int:
        """Drop each file whose roster and Canvas ids of students this is true of, or in which nobody can tell; its course is read fully by the next
        night. How many."""
        found = ((name, self._people(name)) for name in self._files())
        return sum(self.folder.child(name).remove() for name, people in found if people is None or concerns(*people))

    def people(self) -> Iterator[tuple[Roster, set[str]]]:
        """The roster of each file that can be read, and the Canvas ids of students in it."""
        return (people for name in self._files() if (people := self._people(name)) is not None)

    def tidy(self, before: datetime) -> int:
        """Drop what the removed mode kept, and what was last written before this moment; how many files."""
        held = {name: self.folder.child(name).changed() for name in self._files()}
        old = [name for name, at in held.items() if name.endswith(_REMOVED) or (at is not None and at < before)]
        return sum(self.folder.child(name).remove() for name in old)

    def _files(self) -> list[str]:
        return [name for name in self.folder.names() if name.endswith((_LISTS, _REMOVED))]

    def _people(self, name: str) -> tuple[Roster, set[str]] | None:
        lists = self.load_lists(Path(name).stem) if name.endswith(_LISTS) else None
        return None if lists is None else (students_of(lists.enrollments), _named(lists))

    def _read(self, course_id: str) -> bytes | None:
        try:
            with self.folder.path(course_id + _LISTS).open("rb") as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None


def _named(lists: Lists) -> set[str]:
    """Canvas ids of the students whom overrides name, also of work that is not synced."""
    overrides = (override for row in lists.assignments if row.overrides is not UNSET for override in row.overrides)
    return {str(user) for override in overrides for user in override.student_ids or ()}
