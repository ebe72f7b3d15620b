"""Category choices as a CSV file, out and in (B-1, B-3, B-5): target, SIS section, Canvas group, category; an empty category is *unassociated*.

A file with a mistake is refused as a whole, every bad line named with its number, column, value and what is allowed. An id that a spreadsheet
would run as a formula goes out with an apostrophe before it, and comes in without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from include.errors import ConfigError
from include.explain import near
from include.gradebook.schemas import CHOICES
from include.sync.table_files import formula_safe

COLUMNS = ("target", *CHOICES.columns)
CANVAS_ID = re.compile(r"\d+(~\d+)?")
ALLOWED_ID = "a Canvas ID: digits"
_ALLOWED_FILE = f"CSV in UTF-8 with the columns {', '.join(COLUMNS)}"
_MOST_TOLD = 50
_GUARDED = re.compile(r"'\s*[=+\-@]")


@dataclass(frozen=True)
class Line:
    """One choice of a file, with the number of its line."""

    number: int
    target: str
    sis_section_id: str
    canvas_group_id: str
    category_id: str


def as_csv(stored: Mapping[str, pd.DataFrame]) -> str:
    """The CHOICES of each target, in order, as the text of such a file."""
    parts = [rows.assign(target=pd.Series(target, index=rows.index, dtype="str")) for target, rows in stored.items()]
    table = pd.concat(parts)[list(COLUMNS)].sort_values(list(COLUMNS[:3]))
    return str(formula_safe(table).to_csv(index=False, lineterminator="\n"))


def write_choices(path: Path, stored: Mapping[str, pd.DataFrame]) -> int:
    """Write the CHOICES of each target, in order; how many lines."""
    try:
        path.write_text(as_csv(stored), encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be written ({error.strerror})") from error
    return sum(len(rows) for rows in stored.values())


def read_choices(path: Path, targets: Collection[str]) -> list[Line]:
    """The choices of a file; ConfigError with every mistake of it, one a line."""
    try:
        held = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be read ({error.strerror}). Use {_ALLOWED_FILE}") from error
    return parse_choices(path, held, targets)


def parse_choices(path: str | Path, held: bytes, targets: Collection[str]) -> list[Line]:
    """The same of what a file of this name holds."""
    cells = _cells(path, held)
    if not cells or sorted(cells[0][1]) != sorted(COLUMNS):
        header = ", ".join(cells[0][1]) if cells else "nothing"
        raise ConfigError(f"{path}: line 1: the header is {header}. Use {', '.join(COLUMNS)}")
    head = cells[0][1]
    mistakes = [f"line {number}: {len(row)} cells. Use {len(head)}, as in the header" for number, row in cells[1:] if len(row) != len(head)]
    lines = [Line(number, **dict(zip(head, row, strict=True))) for number, row in cells[1:] if len(row) == len(head)]
    mistakes += [mistake for line in lines for mistake in _mistakes(line, targets)]
    refuse(path, [*mistakes, *_doubled(lines)])
    return lines


def frame(lines: Iterable[Line]) -> pd.DataFrame:
    """Lines of one target as CHOICES."""
    return CHOICES.of([{name: getattr(line, name) or None for name in CHOICES.columns} for line in lines])


def refuse(path: str | Path, mistakes: list[str]) -> None:
    """ConfigError with these mistakes, if there are any; nothing was imported."""
    if not mistakes:
        return
    mistakes = sorted(mistakes, key=lambda told: int(told.split(":")[0].removeprefix("line ")))
    told = [f"{path}: {mistake}" for mistake in mistakes[:_MOST_TOLD]]
    rest = [f"… and {len(mistakes) - _MOST_TOLD} more errors"] if len(mistakes) > _MOST_TOLD else []
    raise ConfigError("\n".join([*told, *rest, "nothing was imported"]))


def _cells(path: str | Path, held: bytes) -> list[tuple[int, list[str]]]:
    """(line number, cells without outer blanks) of every line that is not empty."""
    try:
        reader = csv.reader(io.StringIO(held.decode("utf-8-sig"), newline=""), strict=True)
        rows = [(reader.line_num, [_cell(cell) for cell in row]) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: the file cannot be read ({error}). Use {_ALLOWED_FILE}") from error
    return [(number, row) for number, row in rows if any(row)]


def _cell(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if _GUARDED.match(cell) else cell


def _mistakes(line: Line, targets: Collection[str]) -> Iterator[str]:
    if line.target not in targets:
        yield f'line {line.number}: target: "{line.target}" is not in the district file{near(line.target, targets)}. Use {", ".join(targets)}'
    if not line.sis_section_id:
        yield f'line {line.number}: sis_section_id: "" is empty. Use the ID of a section in the SIS'
    if not CANVAS_ID.fullmatch(line.canvas_group_id):
        yield f'line {line.number}: canvas_group_id: "{line.canvas_group_id}" is not an assignment group. Use {ALLOWED_ID}'


def _doubled(lines: Iterable[Line]) -> Iterator[str]:
    first: dict[tuple[str, str, str], int] = {}
    for line in lines:
        key = (line.target, line.sis_section_id, line.canvas_group_id)
        if first.setdefault(key, line.number) != line.number:
            told = f'"{line.canvas_group_id}" is already mapped for section "{line.sis_section_id}" on line {first[key]}'
            yield f"line {line.number}: canvas_group_id: {told}. Remove one of the lines"
