"""What a run sees of one small target: three courses, one of them with two sections and four groups, and what the SIS says of its sections."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from sqlalchemy import Engine

from include.canvas.frames import LISTED_COURSES
from include.district import Target, load_district
from include.gradebook.schemas import GROUPS, SECTIONS, SIS_CATEGORIES, SIS_SECTIONS, SIS_STUDENTS
from include.sis.contract import SectionsRead
from include.sync import seen

NOW = datetime(2026, 11, 13, 17, tzinfo=UTC)
TODAY = "2026-11-13"
COURSES = [
    {"canvas_course_id": "7", "name": "Algebra", "sis_course_id": "ALG-1", "workflow_state": "available", "nightly_setting": "nightly_sync"},
    {"canvas_course_id": "8", "name": "biology 100%", "sis_course_id": "BIO", "workflow_state": "available"},
    {"canvas_course_id": "9", "name": "Chemistry", "sis_course_id": "CHE", "workflow_state": "completed"},
]
GROUP_NAMES = {"1": " homework", "2": "Tests", "3": "Labs", "4": "Extra"}


def target(folder: Path, name: str = "synergy", **changed: Any) -> Target:
    """A target of a district file."""
    file = folder / "district.yaml"
    entry = {"sis": name, "connection": "c", "canvas_account": "1", **changed}
    text = {"time_zone": "America/New_York", "canvas": {"connection": "canvas"}, "artifacts": "a", "state": "sqlite:///s.db"}
    file.write_text(yaml.safe_dump({**text, "targets": {name: entry}}), encoding="utf-8")
    return load_district(file).target(name)


def listed(*rows: dict[str, object]) -> pd.DataFrame:
    """Canvas's list of courses."""
    return LISTED_COURSES.of(list(rows) or COURSES)


def classes(begins: str = "2026-08-24", **states: str) -> SectionsRead:
    """The SIS knows sections A and B: category H is Homework, T is Tests, L is Labs; `states` of them other than active, in B."""
    titles = {"H": "Homework", "T": "Tests", "L": "Labs"}
    rows = [(section, category, title, states.get(category, "active")) for section in "AB" for category, title in titles.items()]
    return SectionsRead(
        SIS_SECTIONS.of([{"sis_section_id": section, "found": True, "term_start": begins} for section in "AB"]),
        SIS_STUDENTS.empty(),
        SIS_CATEGORIES.of([
            {"sis_section_id": section, "category_id": category, "title": title, "state": state if section == "B" else "active"}
            for section, category, title, state in rows
        ]),
    )  # fmt: skip


def see_all(engine: Engine, of: Target, read: SectionsRead | None = None) -> None:
    """Everything seen once."""
    seen.note_courses(engine, of, listed(), NOW)
    sections = [("1", "Period 1", "A"), ("2", "Period 2", "B"), ("3", "Lab without a class", None)]
    seen.note_contents(
        engine,
        of,
        ["7"],
        SECTIONS.of([{"canvas_course_id": "7", "canvas_section_id": key, "name": name, "sis_section_id": sis} for key, name, sis in sections]),
        GROUPS.of([{"canvas_course_id": "7", "canvas_group_id": key, "name": name} for key, name in GROUP_NAMES.items()]),
    )
    seen.note_classes(engine, of.name, read or classes(), NOW)
