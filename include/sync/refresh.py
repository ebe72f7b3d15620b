"""What the pages know of courses and of one course's groups and categories, read anew because a person asked for it (D-11, D-12)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine

from include.canvas.client import CanvasClient
from include.canvas.courses import list_courses
from include.canvas.glance import glance
from include.district import Target
from include.errors import ConfigError
from include.sis.contract import SisClient
from include.sync import seen
from include.sync.asked import refuse_emptiness


def refresh_courses(engine: Engine, target: Target, canvas: CanvasClient, when: datetime) -> int:
    """Canvas's list of the target's courses; how many there are."""
    listed = list_courses(canvas, target.canvas_account)
    refuse_emptiness(target, listed)
    seen.note_courses(engine, target, listed, when)
    return len(listed)


def refresh_course(engine: Engine, target: Target, course: str, canvas: CanvasClient, sis: SisClient, when: datetime) -> int:
    """One course's sections and groups out of Canvas, and its sections' categories out of the SIS; how many sections the SIS knows."""
    listed = list_courses(canvas, target.canvas_account, chosen=(course,))
    if listed.empty:
        raise ConfigError(f'course "{course}" is no longer in Canvas account {target.canvas_account} (target {target.name})')
    held = glance(canvas, course)
    seen.note_courses(engine, target, listed, when, whole=False)
    seen.note_contents(engine, target, [course], held.sections, held.groups)
    ids = sorted(set(target.identity.section_id(held.sections).dropna()))
    found = sis.read_sections(ids) if ids else None
    if found is None:
        return 0
    seen.note_classes(engine, target.name, found, when)
    return int(found.sections["found"].sum())
