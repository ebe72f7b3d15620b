"""What the state database stores can be read back on every database, whatever Canvas or a SIS put into a text (I-7)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, Text, select

from include.explain import shown
from include.gradebook.schemas import GROUPS, SECTIONS
from include.sync import seen
from include.sync.columns import PlainText
from include.sync.tables import METADATA, SEEN_COURSES, SEEN_GROUPS, SEEN_SECTIONS
from tests.sync.seen_district import COURSES, listed, target

NOW = datetime(2026, 11, 13, tzinfo=UTC)


@pytest.mark.parametrize("odd", ["NUL \0.", "half \ud83d."])
def test_i7_a_course_with_odd_characters_is_noted_beside_its_neighbors(database: Engine, tmp_path: Path, odd: str) -> None:
    """One such course, and the list of courses could not be noted: the whole night ended at its first step."""
    course = dict.fromkeys(("name", "sis_course_id", "workflow_state", "sis_term_id", "nightly_setting"), odd.replace("\ud83d", "\ufffd"))
    rows = listed(*COURSES, {**course, "canvas_course_id": "10", "unread": f"term is {shown(odd)}"})
    seen.note_courses(database, target(tmp_path), rows, NOW)
    with database.connect() as connection:
        names = connection.execute(select(SEEN_COURSES.c.canvas_course_id, SEEN_COURSES.c.name)).all()
    assert {row.canvas_course_id for row in names} == {"7", "8", "9", "10"}
    assert all("\0" not in row.name for row in names)


def test_i7_a_group_and_a_section_with_a_nul_are_noted(database: Engine, tmp_path: Path) -> None:
    sections = SECTIONS.of([{"canvas_section_id": "1", "canvas_course_id": "7", "name": "Period\0 1", "sis_section_id": "A\0"}])
    groups = GROUPS.of([{"canvas_group_id": "1", "canvas_course_id": "7", "name": "Tests\0", "integration_data": "{\0}"}])
    seen.note_contents(database, target(tmp_path), ["7"], sections, groups)
    with database.connect() as connection:
        assert connection.execute(select(SEEN_SECTIONS.c.name, SEEN_SECTIONS.c.sis_section_id)).all() == [("Period 1", "A")]
        assert connection.execute(select(SEEN_GROUPS.c.name, SEEN_GROUPS.c.integration_data)).all() == [("Tests", "{}")]


def test_i7_every_text_column_stores_plain_text() -> None:
    assert [str(column) for table in METADATA.tables.values() for column in table.c if type(column.type) is Text] == []
    assert any(isinstance(column.type, PlainText) for column in SEEN_COURSES.c)
