"""From the bytes of a page to rows, and from rows to Arrow tables in the shape of the frames (`gradebook/schemas`).

A page is read in one go by typed decoders. Only when a row breaks its types is the page read again row by row, so that the broken one is
rejected (GP-CONTRACT) and its neighbours stay.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
from msgspec import UNSET, Raw

from include.canvas.rows import RawStudentSubmissions, StudentSubmissions, Submission
from include.errors import SourceError
from include.gradebook.schemas import Frame

Row = TypeVar("Row", bound=msgspec.Struct)

_ARROW = {
    "text": pa.string(),
    "date": pa.string(),
    "time": pa.timestamp("us", "UTC"),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?$", re.DOTALL)
_ABSENT = re.compile(r"missing required field `(\w+)`")


@dataclass(frozen=True)
class Broken:
    """A row that cannot be read: the ids that it still shows, the field to blame, and what was expected. Never a value (F-12)."""

    ids: dict[str, str]
    field: str
    expected: str


def rows_of(body: bytes, row_type: type[Row]) -> tuple[list[Row], list[Broken]]:
    """The rows of a page that is a JSON list, and those of them that broke their types."""
    try:
        return decoder(list[row_type]).decode(body), []  # type: ignore[valid-type]  # a type made at run time
    except msgspec.DecodeError:
        return read_each(_decode(body, list[Raw]), row_type)


def submissions_of(body: bytes, note: Callable[[list[StudentSubmissions]], None] | None = None) -> tuple[list[Submission], list[Broken]]:
    """The submissions of a page in the grouped form, students put together; `note` sees the students, if all of the page can be read."""
    try:
        students: list[StudentSubmissions] = decoder(list[StudentSubmissions]).decode(body)
    except msgspec.DecodeError:
        each: list[RawStudentSubmissions] = _decode(body, list[RawStudentSubmissions])
        return read_each([raw for student in each for raw in student.submissions], Submission)
    if note is not None:
        note(students)
    return [row for student in students for row in student.submissions], []


def read_each(raws: Iterable[Raw], row_type: type[Row]) -> tuple[list[Row], list[Broken]]:
    """Rows read one by one, and those that broke their types."""
    one = decoder(row_type)
    good: list[Row] = []
    bad: list[Broken] = []
    for raw in raws:
        try:
            good.append(one.decode(raw))
        except msgspec.DecodeError as error:
            bad.append(_broken(raw, str(error)))
    return good, bad


def arrow_schema(frame: Frame) -> pa.Schema:
    """The shape of such tables."""
    return pa.schema([(name, _ARROW[column.kind]) for name, column in frame.columns.items()])


def arrow_table(frame: Frame, columns: Mapping[str, Sequence[object] | pa.Array]) -> pa.Table:
    """An Arrow table in the frame's shape out of whole columns, of which there may be more; a flag that is null is none."""
    schema, arrays = arrow_schema(frame), []
    for name, kind in zip(schema.names, schema.types, strict=True):
        array: pa.Array = columns[name] if isinstance(columns[name], pa.Array) else pa.array(columns[name], kind)
        arrays.append(array.fill_null(False) if kind == pa.bool_() and array.null_count else array)
    return pa.Table.from_arrays(arrays, schema=schema)


def texts(values: Sequence[object]) -> pa.Array:
    """Ids or texts as `text` makes them. They are text already, unless one was left out or a server ignores that we accept ids as text."""
    try:
        found = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array(map(text, values), pa.string())
    return pa.array(map(text, values), pa.string()) if "" in values else found


def text(value: object) -> str | None:
    """An id or a text as text; None for null, absent and empty ones."""
    return None if value is None or value is UNSET or value == "" else str(value)


_MAKING = threading.Lock()


@cache
def decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of this type, made once."""
    with _MAKING:  # msgspec shows a struct's half-made description to other threads, whose process then dies
        return msgspec.json.Decoder(shape)


def _decode(body: bytes, shape: Any) -> Any:
    try:
        return decoder(shape).decode(body)
    except msgspec.DecodeError as error:
        raise SourceError(f"Canvas gave a page that cannot be read: {error}") from error


def _broken(raw: Raw, told: str) -> Broken:
    found = _WHERE.match(told)
    what, path = (found["what"], found["path"] or "") if found else (told, "")
    absent = _ABSENT.search(what)
    field = ".".join(part for part in (path.strip("."), absent[1] if absent else "") if part)
    return Broken(_ids(raw), field or "row", what)


def _ids(raw: Raw) -> dict[str, str]:
    """The ids that a broken row still shows, so that its message can name it."""
    try:
        row = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return {}
    if not isinstance(row, dict):
        return {}
    names = ("id", "assignment_id", "user_id", "course_section_id")
    return {name: str(row[name]) for name in names if isinstance(row.get(name), str | int) and not isinstance(row[name], bool)}
