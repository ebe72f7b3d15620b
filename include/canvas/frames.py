"""What was read from Canvas, as one value: seven frames of `gradebook/schemas` and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

import pandas as pd
import pyarrow as pa

from include.gradebook import schemas
from include.gradebook.schemas import COURSES, WITHHELD, Col, Frame
from include.run_folder import RunFolder

# The account's list of courses: COURSES with what batches are cut by. Nothing of a course is read yet, so `complete` is false.
LISTED_COURSES = Frame("listed_courses", {
    **COURSES.columns,
    "students": Col("count", "students that Canvas counts"),
    "unread": Col("text", "the field of the course that cannot be read, with its value (I-7)", True),
    "allowed": Col("text", "what is allowed there", True),
}, COURSES.key)  # fmt: skip

_FRAMES: Mapping[str, Frame] = {
    "courses": schemas.COURSES,
    "sections": schemas.SECTIONS,
    "enrollments": schemas.ENROLLMENTS,
    "groups": schemas.GROUPS,
    "assignments": schemas.ASSIGNMENTS,
    "overrides": schemas.OVERRIDES,
    "submissions": schemas.SUBMISSIONS,
    "problems": schemas.WITHHELD,
}


@dataclass(frozen=True)
class CanvasFrames:
    """The frames of some courses. Of a course that a request failed for only the row in `courses` is there.

    `problems` has WITHHELD's columns, stage `extract`: kind `course` with GP-COURSE-INCOMPLETE for a course that was not read, and a
    reason code for each row that cannot be read, at the cost that `costs.py` names: a score, an assignment, a student (kind grade, with a user
    only), a section or the course. The course alone is incomplete then; nothing is concluded from any of them (I-7, invariant 6).
    """

    courses: pd.DataFrame
    sections: pd.DataFrame
    enrollments: pd.DataFrame
    groups: pd.DataFrame
    assignments: pd.DataFrame
    overrides: pd.DataFrame
    submissions: pd.DataFrame
    problems: pd.DataFrame = field(default_factory=WITHHELD.empty)

    @classmethod
    def empty(cls) -> CanvasFrames:
        """Frames without rows."""
        return cls(**{name: frame.empty() for name, frame in _FRAMES.items()})

    @classmethod
    def of_tables(cls, courses: pd.DataFrame, tables: Mapping[str, Sequence[pa.Table]], problems: pd.DataFrame) -> CanvasFrames:
        """Frames out of Arrow tables by frame name; a row that Canvas listed twice counts once."""
        read = {name: _frame(_FRAMES[name], tables.get(name, ())) for name in _FRAMES if name not in ("courses", "problems")}
        return cls(courses=COURSES.conform(courses), problems=WITHHELD.conform(problems), **read)

    @classmethod
    def load(cls, folder: RunFolder) -> CanvasFrames:
        """Frames as `save` wrote them."""
        return cls(**{name: folder.read_frame(name) for name in _FRAMES})

    @classmethod
    def concat(cls, parts: Iterable[CanvasFrames]) -> CanvasFrames:
        """The frames of several batches in one."""
        parts = list(parts)
        if not parts:
            return cls.empty()
        return cls(**{name: pd.concat([getattr(part, name) for part in parts], ignore_index=True) for name in _FRAMES})

    def save(self, folder: RunFolder) -> None:
        """Every frame as a Parquet file of its name; DataError before the first one if a frame breaks its contract."""
        for name, frame in _FRAMES.items():
            frame.check(getattr(self, name))
        for name in _FRAMES:
            folder.write_frame(name, getattr(self, name))

    def counts(self) -> dict[str, int]:
        """Rows per frame."""
        return {part.name: len(getattr(self, part.name)) for part in fields(self)}


def _frame(frame: Frame, tables: Sequence[pa.Table]) -> pd.DataFrame:
    if not tables:
        return frame.empty()
    read = frame.conform(pa.concat_tables(tables).to_pandas())
    return read.drop_duplicates(list(frame.key), keep="last", ignore_index=True)
