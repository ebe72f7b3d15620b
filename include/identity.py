"""Which Canvas value is the id that the SIS knows a class or a student by (A-5, A-23; design: identity).

A district says per kind: take a field as it is, take the one group of a pattern out of it, or look the Canvas id up in a CSV
file with the columns `canvas_id,sis_id`. What does not fit becomes null, and is then reported by the filter, never guessed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator

from include.errors import ConfigError

if TYPE_CHECKING:
    import pandas as pd

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True)
_HEADER = ["canvas_id", "sis_id"]


class IdRule(BaseModel):
    """One rule; subclasses say which frame columns it may read."""

    model_config = _STRICT
    canvas_field: ClassVar[str] = ""
    field: str
    pattern: str | None = None
    file: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        """A field name alone is the short form of `{field: name}`; a file speaks of Canvas ids unless told otherwise."""
        if isinstance(data, str):
            return {"field": data}
        if isinstance(data, dict) and data.get("file") and "field" not in data:
            return {**data, "field": cls.canvas_field}
        return data

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.pattern is not None and self.file is not None:
            raise ValueError("pattern and file cannot be used together. Use one of them, or neither")
        if self.pattern is not None:
            _compiled(self.pattern)
        return self

    @property
    def told(self) -> str:
        """The rule in words, for messages."""
        if self.file is not None:
            return f"{self.field} listed in {Path(self.file).name}"
        return self.field if self.pattern is None else f"{self.field} matching {self.pattern}"

    def ids(self, values: pd.Series) -> pd.Series:
        """The SIS ids of these values of `field`; null where a value is empty or does not fit."""
        text = values.astype("str").str.strip()
        text = text.where(text != "")
        if self.pattern is not None:
            found = text.str.extract(f"^(?:{self.pattern})$", expand=False).str.strip()
            return found.where(found != "").astype("str").rename(values.name)
        if self.file is not None:
            return text.map(mapping(Path(self.file))).astype("str").rename(values.name)
        return text.rename(values.name)


class SectionRule(IdRule):
    """How a section's SIS id is found."""

    canvas_field = "canvas_section_id"
    field: Literal["sis_section_id", "canvas_section_id"] = "sis_section_id"


class StudentRule(IdRule):
    """How a student's SIS id is found."""

    canvas_field = "canvas_user_id"
    field: Literal["sis_user_id", "canvas_user_id"] = "sis_user_id"


class Identity(BaseModel):
    """Both rules of one target."""

    model_config = _STRICT
    section: SectionRule = SectionRule()
    student: StudentRule = StudentRule()

    def section_id(self, values: pd.Series | pd.DataFrame) -> pd.Series:
        """SIS section ids out of a SECTIONS frame, or out of its column `section.field`; null where they do not fit."""
        return self.section.ids(_column(values, self.section.field))

    def student_id(self, values: pd.Series | pd.DataFrame) -> pd.Series:
        """SIS student ids out of an ENROLLMENTS frame, or out of its column `student.field`; null where they do not fit."""
        return self.student.ids(_column(values, self.student.field))

    def read_files(self) -> None:
        """Read the mapping files that the rules name; ConfigError tells what is wrong with one before a run needs it."""
        for rule in (self.section, self.student):
            if rule.file is not None:
                mapping(Path(rule.file))


def _column(values: pd.Series | pd.DataFrame, name: str) -> pd.Series:
    return values[name] if values.ndim == 2 else values


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f'"{pattern}" is not a regular expression ({error}). Use one with exactly one group, such as "SEC-([0-9]+)"') from error
    if compiled.groups != 1:
        raise ValueError(f'"{pattern}" has {compiled.groups} groups. Use exactly one, around the SIS ID, such as "SEC-([0-9]+)"')
    return compiled


@cache
def mapping(path: Path) -> dict[str, str]:
    """A mapping file's Canvas id → SIS id; ConfigError names the file and line of what cannot be used, such as 2 Canvas IDs for 1 SIS ID (I-3)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the mapping file cannot be read ({type(error).__name__}). Use a CSV file in UTF-8") from error
    if not rows or [name.strip() for name in rows[0]] != _HEADER:
        raise ConfigError(f"{path}: the first line must be {','.join(_HEADER)}")
    return _one_to_one(path, [(number, [cell.strip() for cell in row]) for number, row in enumerate(rows[1:], start=2)])


def _one_to_one(path: Path, rows: Sequence[tuple[int, list[str]]]) -> dict[str, str]:
    """Return Canvas ID → SIS ID of numbered lines. ConfigError where one of the IDs stands for two others (I-3)."""
    found: dict[str, str] = {}
    first: dict[str, tuple[int, str]] = {}
    for number, row in rows:
        if not any(row):
            continue
        if len(row) != len(_HEADER) or not all(row):
            raise ConfigError(f"{path}: line {number} must have two values: a Canvas ID and a SIS ID")
        canvas_id, sis_id = row
        if found.setdefault(canvas_id, sis_id) != sis_id:
            raise ConfigError(f"{path}: line {number}: Canvas ID {canvas_id} is given twice, with different SIS IDs")
        line, other = first.setdefault(sis_id, (number, canvas_id))
        if other != canvas_id:
            told = f"lines {line} and {number} map 2 Canvas IDs, {other} and {canvas_id}, to the same SIS ID {sis_id}"
            raise ConfigError(f"{path}: {told}. Use 1 Canvas ID per SIS ID. Delete the line that is wrong.")
    return found
