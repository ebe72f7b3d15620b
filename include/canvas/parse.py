"""From the bytes of a page to rows, and from rows to Arrow tables in the shape of the frames (`gradebook/schemas`).

A page is read in one go by typed decoders. Only when a row breaks its types is the page read again row by row, so that the broken row is
rejected and the other rows stay (I-7).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import msgspec
import pyarrow as pa
from msgspec import UNSET, Raw

from include.canvas.blame import Broken, blame, in_range
from include.canvas.clean import repaired, trimmed
from include.canvas.rows import Id, RawStudentSubmissions, StudentSubmissions, Submission
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
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for bytes that it cannot read."""


def rows_of(body: bytes, row_type: type[Row]) -> tuple[list[Row], list[Broken]]:
    """The rows of a page that is a JSON list, and those of them that broke their types."""
    try:
        rows: list[Row] = decoder(list[row_type]).decode(body)  # type: ignore[valid-type]  # a type made at run time
    except _BAD:
        return read_each(raws_of(body), row_type)
    return (rows, []) if row_type is Submission else in_range(rows)  # submissions are looked at as a table, for they are many


def submissions_of(body: bytes, note: Callable[[list[StudentSubmissions]], None] | None = None) -> tuple[list[Submission], list[Broken]]:
    """The submissions of a page in the grouped form, students put together; `note` sees the students, if all of the page can be read."""
    try:
        students: list[StudentSubmissions] = decoder(list[StudentSubmissions]).decode(body)
    except _BAD:
        return _submissions_each(raws_of(body))
    if note is not None:
        note(students)
    return [row for student in students for row in student.submissions], []


def _submissions_each(raws: Sequence[Raw]) -> tuple[list[Submission], list[Broken]]:
    """The same one by one: a submission without a user belongs to the student that it is listed under."""
    rows: list[Submission] = []
    bad: list[Broken] = []
    for raw in raws:
        students, lost = read_each([raw], RawStudentSubmissions)
        bad += lost
        for student in students:
            good, broken = read_each(student.submissions, Submission)
            rows += good
            known = _user_of(student.user_id) if broken else {}
            bad += [replace(row, ids={**known, **row.ids}) for row in broken]
    return rows, bad


def _user_of(raw: Raw) -> dict[str, str]:
    try:
        return {"user_id": str(decoder(Id).decode(raw))}
    except _BAD:
        return {}


def read_each(raws: Iterable[Raw], row_type: type[Row]) -> tuple[list[Row], list[Broken]]:
    """Rows read one by one, and those that broke their types."""
    one = decoder(row_type)
    good: list[Row] = []
    bad: list[Broken] = []
    for raw in raws:
        try:
            good.append(one.decode(raw))
        except _BAD:
            sound = repaired(bytes(raw))
            try:
                good.append(one.decode(sound))
            except _BAD as error:
                bad.append(blame(sound, error))
    kept, far = in_range(good)
    return kept, bad + far


def raws_of(body: bytes) -> list[Raw]:
    """The rows of a page still to be read; SourceError for a page that is no list of them."""
    rows: list[Raw] = _decode(repaired(body), list[Raw])
    return rows


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
    """IDs as `text` makes them. They are text already, unless one was left out or a server ignores that we accept IDs as text."""
    try:
        found = pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array(map(text, values), pa.string())
    return pa.array(map(text, values), pa.string()) if "" in values else found


def names(values: Sequence[object]) -> pa.Array:
    """Texts that people or a SIS wrote, cleaned; an empty one is null."""
    return texts(trimmed(texts(values)).to_pylist())


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
    except RecursionError as error:
        raise SourceError("Canvas returned a page that cannot be read: it is nested too deep") from error
    except _BAD as error:
        raise SourceError(f"Canvas returned a page that cannot be read: {error}") from error
