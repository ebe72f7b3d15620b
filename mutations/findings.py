"""What a run leaves behind: its tables, its words, and what they give away."""

from __future__ import annotations

import csv
import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import ARTIFACTS
from include.sandbox.world import District
from include.sync.run import Run

INTERNAL = re.compile(
    r"Traceback|\b(?!GP-|SIS-)[A-Z]\w+Error\b|NoneType|object has no attribute|not iterable|unhashable|subscriptable"
    r"|codec can't|surrogates not allowed|0x[0-9a-f]{6}"
)
"""Words of the interpreter that no data clerk can use."""
_PLACE = ("canvas_course_id", "canvas_section_id", "sis_section_id", "canvas_assignment_id", "canvas_user_id")


@dataclass
class Tables:
    """The four artifacts as rows of text; `wrong` says which cannot be read or break their schema."""

    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def tables(run: Run) -> Tables:
    """Read all four artifacts as Parquet and CSV."""
    found = Tables()
    for artifact in ARTIFACTS:
        try:
            frame = run.folder.read_frame(artifact.name)
            artifact.check(frame)
            with run.folder.reading(f"{artifact.name}.csv") as file:
                lines = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))
        except Exception as error:  # whatever it is, the artifact is not complete
            found.wrong.append(f"artifact {artifact.name}: {type(error).__name__}: {str(error)[:200]}")
            continue
        if lines[:1] != [list(artifact.columns)] or len(lines) != len(frame) + 1:
            found.wrong.append(f"artifact {artifact.name}.csv: {len(lines) - 1} rows, in Parquet {len(frame)}")
        found.rows[artifact.name] = _rows(frame)
    return found


def _rows(frame: pd.DataFrame) -> list[dict[str, str]]:
    timeless = frame[[name for name in frame if name != "finished_at"]]
    return [{str(key): "" if pd.isna(value) else str(value) for key, value in row.items()} for row in timeless.to_dict("records")]


def news(found: Sequence[dict[str, str]], known: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows that an undisturbed run does not have."""
    left = Counter(tuple(row.items()) for row in known)
    left_over = []
    for row in found:
        key = tuple(row.items())
        if left[key]:
            left[key] -= 1
        else:
            left_over.append(row)
    return left_over


def is_hollow(code: str, sentence: str) -> bool:
    """Return whether a sentence lacks the value that its reason promises."""
    template = CATALOGUE[code].sentence if code in CATALOGUE else ""
    pattern = re.escape(template).replace(r"\{value\}", r"(?P<value>.*)", 1).replace(r"\{value\}", ".*").replace(r"\{limit\}", ".*")
    told = re.fullmatch(pattern, sentence, re.DOTALL) if "{value}" in template else None
    return bool(told and not told["value"].strip(" .:'\""))


def covers(row: dict[str, str], cell: dict[str, str]) -> bool:
    """Return whether a table's row speaks of a cell: each place that it names is the cell's."""
    return all(not row.get(name) or row[name] == cell[name] or not cell[name] for name in _PLACE)


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        self.lines.append(f"{record.name}: {text}" + (logging.Formatter().formatException(record.exc_info) if record.exc_info else ""))


@contextmanager
def logged() -> Iterator[list[str]]:
    """Keep everything that is logged within the block."""
    keeper, root = _Keeper(), logging.getLogger()
    logging.disable(logging.NOTSET)
    before = root.handlers[:]
    root.handlers[:] = [keeper]
    root.setLevel(logging.INFO)
    try:
        yield keeper.lines
    finally:
        root.handlers[:] = before
        logging.disable(logging.CRITICAL)


def leaks(lines: Sequence[str], secrets: Sequence[str], district: District) -> list[str]:
    """Say what the log gives away: credentials, and names of students."""
    text = "\n".join(lines)
    names = [name for one in district.students for name in (f"{one.family_name}, {one.given_name}", f"{one.given_name} {one.family_name}")]
    found = ["the log holds a credential" for secret in secrets if len(secret) > 5 and secret in text]
    return found + ["the log holds a student's name" for name in names if name in text]


def summary_words(summary: dict[str, Any]) -> list[str]:
    """Return the sentences that make a run red."""
    return [str(line) for line in summary.get("failures", ())]
