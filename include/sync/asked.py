"""Is there what was asked for? Courses, sections and assignments of a run by hand, looked up in Canvas before anything is written (A-19, A-21).

A shape that cannot be meant is refused earlier, in `request.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pandas as pd

from include.canvas.client import CanvasClient
from include.canvas.courses import quoted
from include.canvas.parse import Row, rows_of, text
from include.canvas.rows import Assignment, Section
from include.errors import ConfigError, SourceError
from include.gradebook.reasons import reason

if TYPE_CHECKING:
    from include.district import Target
    from include.sync.run import Run

_SHOWN = 20
_BY_HAND = ("on_demand", "remaster", "reconcile")


def refuse_unknown(run: Run, listed: pd.DataFrame, canvas: CanvasClient) -> None:
    """ConfigError names everything that was asked for and is not there, or may not be meant; nothing happens when all is well.

    `listed` are the courses (LISTED_COURSES) that Canvas showed for this run.
    """
    mistakes = list(_courses(run, listed))
    if not mistakes and run.courses:
        courses = list(_chosen(run, listed)["canvas_course_id"])
        mistakes = [*_sections(run, courses, canvas), *_assignments(run, courses, canvas)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))


def refuse_nothing(run: Run, kept: pd.DataFrame, withheld: pd.DataFrame) -> None:
    """ConfigError when none of the courses that a person chose can be sent, with the reason of each."""
    if run.mode in _BY_HAND and run.courses and kept.empty:
        codes = zip(withheld["canvas_course_id"], withheld["reason_code"], withheld["value"].fillna(""), strict=True)
        told = "; ".join(f"course {course}: {reason(code).told(value)} ({code})" for course, code, value in codes)
        raise ConfigError(f"courses: none of them can be sent; {told}")


def refuse_emptiness(target: Target, listed: pd.DataFrame) -> None:
    """SourceError where Canvas shows no course of a target at all (F-8): a wrong account, or a token that lost sight of it."""
    if listed.empty:
        raise SourceError(
            f"Canvas shows no courses in account {target.canvas_account} of target {target.name}, so nothing was changed. "
            "Check canvas_account in the district file, and grant the token's user the permission 'Courses - view list' in that account"
        )


def _courses(run: Run, listed: pd.DataFrame) -> Iterator[str]:
    account = run.config.canvas_account
    for asked in run.courses:
        found = listed[(listed["canvas_course_id"] == asked) | (listed["sis_course_id"] == asked)]
        if found.empty:
            yield (
                f'courses: "{asked}" is not in Canvas account {account} (target {run.target}). '
                "Use the Canvas ID or SIS ID of a course in that account"
            )
        elif len(found) > 1:
            yield _ambiguous("courses", asked)
        elif run.mode in _BY_HAND and not run.concluded and (found["workflow_state"] == "completed").any():
            yield f'courses: "{asked}" is concluded in Canvas. To sync it, select Include concluded courses (concluded: true)'


def _chosen(run: Run, listed: pd.DataFrame) -> pd.DataFrame:
    return listed[listed["canvas_course_id"].isin(run.courses) | listed["sis_course_id"].isin(run.courses)]


def _sections(run: Run, courses: list[str], canvas: CanvasClient) -> Iterator[str]:
    if not run.sections:
        return
    rows = [(str(row.id), text(row.sis_section_id)) for row in _read(canvas, courses, "sections", Section)]
    names = {name for row in rows for name in row if name}
    shown = [f"{own} ({sis_id})" if sis_id else own for own, sis_id in rows]
    for asked in run.sections:
        if asked not in names:
            yield _missing("sections", asked, shown)
        elif sum(asked in row for row in rows) > 1:
            yield _ambiguous("sections", asked)


def _assignments(run: Run, courses: list[str], canvas: CanvasClient) -> Iterator[str]:
    if not run.assignments:
        return
    ids = [str(row.id) for row in _read(canvas, courses, "assignments", Assignment)]
    for asked in run.assignments:
        if asked not in ids:
            yield _missing("assignments", asked, ids)


def _read(canvas: CanvasClient, courses: Iterable[str], name: str, row_type: type[Row]) -> list[Row]:
    """The rows of these lists; one that breaks its type counts as not there, as the extract stage would find."""
    pages = (page for course in courses for page in canvas.pages(f"courses/{quoted(course)}/{name}"))
    return [row for page in pages for row in rows_of(page.body, row_type)[0]]


def _ambiguous(name: str, asked: str) -> str:
    return f'{name}: "{asked}" is the Canvas ID of one and the SIS ID of another. Use an ID that matches only one'


def _missing(name: str, asked: str, shown: list[str]) -> str:
    told = ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
    return f'{name}: "{asked}" is not in the selected courses. Use {told or "none: these courses have none"}'
