"""Which SIS sections a run's courses map to, before anything is sent: where a pattern maps them, two can meet in different batches (I-3)."""

from __future__ import annotations

import logging

import pandas as pd

from include.canvas.client import CanvasClient
from include.canvas.course_rows import is_unnamed
from include.canvas.courses import quoted
from include.canvas.parse import rows_of, text
from include.canvas.rows import Section
from include.errors import SourceError
from include.gradebook.schemas import SECTIONS
from include.gradebook.sieve import Sieve
from include.sync import mappings, state
from include.sync.run import Run

log = logging.getLogger(__name__)

_OVER = ("GP-COURSE-UNPUBLISHED", "GP-COURSE-CONCLUDED", "GP-COURSE-TERM")


def survey(run: Run, canvas: CanvasClient, listed: pd.DataFrame, sieve: Sieve) -> None:
    """Forget the sections of courses that take no part any more, and read those of courses that no run has read yet.

    Canvas has every SIS ID once, and so has a mapping file; only a pattern can map two sections to one. So only with a pattern this costs one request
    per course, and only in the first run that has it. A course whose sections cannot be read is left to its own reading.
    """
    if run.courses:
        return
    engine = state.engine(run.district.state)
    over = set(sieve.withheld.loc[sieve.withheld["reason_code"].isin(_OVER), "canvas_course_id"])
    if not listed["canvas_course_id"].map(is_unnamed).any():  # a course whose ID cannot be read is not gone (I-7)
        mappings.forget_courses(engine, run.target, set(listed["canvas_course_id"]) - over)
    if run.config.identity.section.pattern is None:
        return
    for course in sorted(set(sieve.kept["canvas_course_id"]) - mappings.known_courses(engine, run.target)):
        try:
            mappings.note_sections(run, _sections(canvas, course), [course])
        except SourceError as error:
            log.warning("run %s: the sections of course %s could not be read in advance: %s", run.run_id, course, error)


def _sections(canvas: CanvasClient, course: str) -> pd.DataFrame:
    rows = [row for page in canvas.pages(f"courses/{quoted(course)}/sections") for row in rows_of(page.body, Section)[0]]
    ids = [{"canvas_course_id": course, "canvas_section_id": text(row.id), "sis_section_id": text(row.sis_section_id)} for row in rows]
    return SECTIONS.of(ids)
