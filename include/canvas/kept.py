"""What the last complete reading of each course found, kept between nights (accelerated and listed mode, docs/operating.md).

One Parquet file per course: the SUBMISSIONS rows (accelerated), and in its metadata what they were read with, or the short lists (listed). The
file carries its own time, so whatever befalls a run, the next one asks for all that was graded since. It holds scores under Canvas's ids, or the
roster's names: it is as private as a run's folder.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, TypeVar

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.canvas.parse import arrow_schema
from include.gradebook.schemas import SUBMISSIONS
from include.run_folder import RunFolder

log = logging.getLogger(__name__)

VERSION = 1  # another one is not read: the course is read fully and kept anew
_FACTS, _LISTS = b"gradesync", b"gradesync-lists"
_Read = TypeVar("_Read")


class Student(msgspec.Struct, frozen=True):
    """A student as the roster had him: his SIS id in Canvas, and his seats (section, type, state)."""

    sis_user_id: str | None
    seats: list[str]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a course's submissions were read with. `read_at` is by Canvas's clock, before the first of them was asked for.

    `made_with` tells Canvas and the choices that shape the rows; `nights` counts towards the next full reading; `assignments` has the
    synced ones with a digest of all that Canvas tells of each, `students` the roster by Canvas id. `complete_at` is the moment up to which
    all that was written is known: readings by `graded_since` do not move it. None in a file that was kept before it was told.

    Of short lists that are kept (`listed.py`): `listing` is what Canvas's SIS list said of the course when they were read, `given` which student
    then had which work, and `day` the district's day (a date's ordinal).
    """

    read_at: datetime
    assignments: dict[str, str]
    students: dict[str, Student]
    made_with: str = ""
    nights: int = 0
    version: int = VERSION
    complete_at: datetime | None = None
    listing: str = ""
    given: str = ""
    day: int = 0


@dataclass(frozen=True)
class Kept:
    """A course's submissions (SUBMISSIONS) with their facts, or its short `lists` as they were packed."""

    facts: Facts
    submissions: pa.Table
    lists: bytes = b""


@dataclass(frozen=True)
class Shelf:
    """The kept files of one target's courses, by Canvas id."""

    folder: RunFolder

    def load(self, course_id: str) -> Kept | None:
        """What is kept of a course; None where there is nothing, or nothing that can be used."""
        table = self._read(course_id, lambda file: pq.ParquetFile(file).read(use_threads=False))  # a third of read_table's time for a small file
        facts = _facts_of(table.schema) if table is not None else None
        if table is None or facts is None or not table.schema.equals(arrow_schema(SUBMISSIONS)):
            return None
        return Kept(facts, table.replace_schema_metadata(), table.schema.metadata.get(_LISTS, b""))

    def facts(self, course_id: str) -> Facts | None:
        """The facts alone."""
        schema = self._read(course_id, pq.read_schema)
        return _facts_of(schema) if schema is not None else None

    def save(self, course_id: str, kept: Kept) -> None:
        """Keep it in the place of what was kept, as a whole; what a later reading of another run kept stays."""
        stands = self.facts(course_id)
        if stands is not None and stands.read_at > kept.facts.read_at and stands.made_with == kept.facts.made_with:
            return
        table = kept.submissions.replace_schema_metadata({_FACTS: msgspec.json.encode(kept.facts), _LISTS: kept.lists})
        with self.folder.create(_name(course_id)) as file:
            pq.write_table(table, file, compression="zstd")

    def drop(self, course_id: str) -> bool:
        """Away with what is kept of a course; False where nothing was."""
        return self.folder.child(_name(course_id)).remove()

    def courses(self) -> list[str]:
        """Ids of the courses of which something is kept."""
        return [name.removesuffix(".parquet") for name in self.folder.names() if name.endswith(".parquet")]

    def forget(self, concerns: Callable[[Kept], bool]) -> int:
        """Drop each course of which this is true, or of which that cannot be told; it is read fully by the next night. How many."""
        found = ((course_id, self.load(course_id)) for course_id in self.courses())
        return sum(self.drop(course_id) for course_id, kept in found if kept is None or concerns(kept))

    def tidy(self, before: datetime) -> int:
        """Drop what was last written before this moment; how many."""
        written = {course_id: self.folder.child(_name(course_id)).changed() for course_id in self.courses()}
        return sum(self.drop(course_id) for course_id, at in written.items() if at is not None and at < before)

    def _read(self, course_id: str, read: Callable[[BinaryIO], _Read]) -> _Read | None:
        try:
            with self.folder.path(_name(course_id)).open("rb") as file:
                return read(file)
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException) as error:
            log.warning("course %s is read fully: what is kept of it cannot be read (%s)", course_id, type(error).__name__)
            return None


def _name(course_id: str) -> str:
    return f"{course_id}.parquet"


def _facts_of(schema: pa.Schema) -> Facts | None:
    try:
        facts = msgspec.json.decode((schema.metadata or {})[_FACTS], type=Facts)
    except (KeyError, msgspec.DecodeError):
        return None
    return facts if facts.version == VERSION else None


def rows_of(table: pa.Table, assignments: Collection[str], users: Collection[str]) -> pa.Table:
    """The rows of these assignments and users."""
    wanted = pc.and_(_among(table["canvas_assignment_id"], assignments), _among(table["canvas_user_id"], users))
    return table.filter(wanted)


def without(table: pa.Table, other: pa.Table) -> pa.Table:
    """The rows of `table` whose assignment and user no row of `other` has."""
    return table.filter(pc.invert(pc.is_in(_keys(table), value_set=_keys(other).combine_chunks()))) if len(other) else table


def _keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(table["canvas_assignment_id"], table["canvas_user_id"], " ")


def _among(column: pa.ChunkedArray, values: Collection[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(list(values), pa.string()))
