"""Where what is kept of a target's courses lies: a file per course and kind, put in the place of the one before as a whole.

What lies here holds scores under Canvas's ids, and names: it is as private as a run's folder. A file that cannot be read is as good as none: its
course is read fully.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import UNSET

from include.canvas.kept import VERSION, Facts, Kept, Lists, Roster, students_of
from include.canvas.parse import arrow_schema, decoder
from include.gradebook.schemas import SUBMISSIONS
from include.run_folder import RunFolder

log = logging.getLogger(__name__)

_FACTS = b"gradesync"
_ROWS, _LISTS = ".parquet", ".lists"
_ENDINGS = {"accelerated": _ROWS, "listed": _LISTS}
_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Shelf:
    """The kept files of one target's courses, by Canvas id."""

    folder: RunFolder

    def load(self, course_id: str) -> Kept | None:
        """What is kept of a course; None where there is nothing, or nothing that can be used."""
        table = self._read(course_id + _ROWS, _table)
        facts = _facts_of(table.schema) if table is not None else None
        if table is None or facts is None or not table.schema.equals(arrow_schema(SUBMISSIONS)):
            return None
        return Kept(facts, table.replace_schema_metadata())

    def facts(self, course_id: str) -> Facts | None:
        """The facts alone."""
        schema = self._read(course_id + _ROWS, pq.read_schema)
        return _facts_of(schema) if schema is not None else None

    def save(self, course_id: str, kept: Kept) -> None:
        """Keep it in the place of what was kept, as a whole; what a later reading of another run kept stays."""
        stands = self.facts(course_id)
        if stands is not None and stands.read_at > kept.facts.read_at and stands.made_with == kept.facts.made_with:
            return
        table = kept.submissions.replace_schema_metadata({_FACTS: msgspec.json.encode(kept.facts)})
        with self.folder.create(course_id + _ROWS) as file:
            pq.write_table(table, file, compression="zstd")

    def load_lists(self, course_id: str) -> Lists | None:
        """The course's kept short lists; None where there are none, or none that can be used."""
        packed = self._read(course_id + _LISTS, lambda file: file.read())
        try:
            lists: Lists | None = decoder(Lists).decode(zlib.decompress(packed)) if packed is not None else None
        except (zlib.error, msgspec.DecodeError) as error:
            log.warning("course %s is read fully: its kept lists cannot be read (%s)", course_id, type(error).__name__)
            return None
        return lists if lists is not None and lists.version == VERSION else None

    def save_lists(self, course_id: str, lists: Lists) -> None:
        """Keep short lists in the place of those that were kept, as a whole."""
        with self.folder.create(course_id + _LISTS) as file:
            file.write(zlib.compress(msgspec.json.encode(lists), 1))

    def drop(self, course_id: str) -> bool:
        """Away with what is kept of a course; False where nothing was."""
        return sum(self.folder.child(course_id + ending).remove() for ending in (_ROWS, _LISTS)) > 0

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

    def tidy(self, mode: str, before: datetime) -> int:
        """Drop what another mode kept, and what was last written before this moment; how many files."""
        held = {name: self.folder.child(name).changed() for name in self._files()}
        old = [name for name, at in held.items() if not name.endswith(_ENDINGS[mode]) or (at is not None and at < before)]
        return sum(self.folder.child(name).remove() for name in old)

    def _files(self) -> list[str]:
        return [name for name in self.folder.names() if name.endswith((_ROWS, _LISTS))]

    def _people(self, name: str) -> tuple[Roster, set[str]] | None:
        course_id = Path(name).stem
        if name.endswith(_LISTS):
            lists = self.load_lists(course_id)
            return None if lists is None else (students_of(lists.enrollments), _named(lists))
        kept = self.load(course_id)
        return None if kept is None else (kept.facts.students, set(kept.submissions["canvas_user_id"].to_pylist()))

    def _read(self, name: str, read: Callable[[BinaryIO], _Read]) -> _Read | None:
        try:
            with self.folder.path(name).open("rb") as file:
                return read(file)
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException) as error:
            log.warning("course %s is read fully: what is kept of it cannot be read (%s)", Path(name).stem, type(error).__name__)
            return None


def _named(lists: Lists) -> set[str]:
    """Canvas ids of the students whom overrides name, also of work that is not synced."""
    overrides = (override for row in lists.assignments if row.overrides is not UNSET for override in row.overrides)
    return {str(user) for override in overrides for user in override.student_ids or ()}


def _table(file: BinaryIO) -> pa.Table:
    return pq.ParquetFile(file).read(use_threads=False)  # a third of read_table's time for a small file


def _facts_of(schema: pa.Schema) -> Facts | None:
    try:
        facts = msgspec.json.decode((schema.metadata or {})[_FACTS], type=Facts)
    except (KeyError, msgspec.DecodeError):
        return None
    return facts if facts.version == VERSION else None
