"""A course at a glance: its sections and assignment groups without what is in them, in two small requests, for a person who waits (D-12)."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from msgspec import UNSET

from include.canvas.client import CanvasClient
from include.canvas.courses import quoted
from include.canvas.parse import Row, rows_of, text
from include.canvas.rows import Group, Section
from include.errors import AccessError, SourceError
from include.gradebook.schemas import GROUPS, SECTIONS


@dataclass(frozen=True)
class Glance:
    """SECTIONS and GROUPS of one course."""

    sections: pd.DataFrame
    groups: pd.DataFrame


def glance(client: CanvasClient, course: str) -> Glance:
    """What Canvas holds now; SourceError where a row of it cannot be read, for then nothing may be concluded (invariant 6)."""
    sections = _all(client, course, "sections", Section)
    if any(section.sis_section_id is UNSET for section in sections):
        raise AccessError(
            f"connection {client.connection.id}: Canvas shows no SIS IDs of course {course}'s sections. Grant the permission 'SIS Data - read'"
        )
    groups = _all(client, course, "assignment_groups", Group)
    return Glance(
        SECTIONS.of([_row(course, "canvas_section_id", row) | {"sis_section_id": text(row.sis_section_id)} for row in sections]),
        GROUPS.of([_row(course, "canvas_group_id", row) | {"integration_data": _object(row)} for row in groups]),
    )


def _row(course: str, key: str, row: Section | Group) -> dict[str, object]:
    return {"canvas_course_id": course, key: text(row.id), "name": row.name}


def _object(group: Group) -> str | None:
    """What an integrator stored with the group, where it is a JSON object (R-13)."""
    stored = bytes(group.integration_data)
    return stored.decode() if stored.startswith(b"{") else None


def _all(client: CanvasClient, course: str, name: str, row_type: type[Row]) -> list[Row]:
    rows: list[Row] = []
    for page in client.pages(f"courses/{quoted(course)}/{name}"):
        good, broken = rows_of(page.body, row_type)
        if broken:
            raise SourceError(f"course {course}: {len(broken)} of its {name} cannot be read; in the first, {broken[0].field} is not valid")
        rows += good
    return rows
