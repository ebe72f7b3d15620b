"""What a window offers to choose from: as the course's last run left it, or as Canvas holds it at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from upath import UPath

from include.errors import DataError
from include.gradebook.schemas import ASSIGNMENTS_SYNC
from include.sync.course_search import sections_of, tables_of
from include.sync.offer import NOT_ASKED, Item, last_syncs, offered, rows_of
from include.sync.one_course import read_course
from include.sync.planning import standing_of
from include.sync.rivals import drop_rivals
from include.sync.run import Run
from plugins.gradesync_airflow.hooks import canvas_client
from plugins.gradesync_airflow.web.tables import Only, Table
from plugins.gradesync_airflow.web.visit import Visit

_MOST = 2_000


@dataclass(frozen=True)
class Offer:
    """The course's assignments and sections (Canvas id, name), and where that is from: a run, or Canvas itself (`run_id` empty)."""

    course: str
    name: str
    concluded: bool
    items: list[Item]
    sections: list[tuple[str, str]]
    when: datetime
    run_id: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list, repr=False)

    @property
    def choosable(self) -> list[str]:
        """The ids that can be chosen."""
        return [item.assignment_id for item in self.items if item.choosable]


def stored_offer(visit: Visit, target: str, course: str, section: str) -> Offer | None:
    """Out of the newest run that looked at the whole course, else at a part of it; None where no listed run has told anything."""
    best: Offer | None = None
    for run in tables_of(visit.engine, target, course):
        rows = _rows(str(run.artifacts), course)
        if not rows:
            continue
        found = _made(visit, target, course, section, rows)
        found = Offer(**{**vars(found), "when": run.updated_at, "run_id": run.run_id})
        if not any(row["reason_code"] in NOT_ASKED for row in rows):
            return found
        best = best or found
    return best


def live_offer(visit: Visit, target: str, course: str, section: str, mode: str) -> Offer:
    """Read from Canvas now; ConfigError says why the course cannot be synced at all."""
    now = datetime.now(UTC)
    name = f"window-{now:%Y%m%dt%H%M%S}"
    run = Run(visit.district, target, name, mode, visit.user.get_name(), now, preview=True, courses=(course,), concluded=True)
    frames, filtered = read_course(run, canvas_client(visit.district), course)
    filtered = drop_rivals(filtered, filtered, standing_of(run, filtered), run.rules)
    row = frames.courses.iloc[0]
    made = _made(visit, target, str(row["canvas_course_id"]), section, rows_of(frames, filtered, target))
    sections = sorted(zip(filtered.sections["canvas_section_id"], filtered.sections["name"].fillna(""), strict=True), key=lambda pair: pair[1])
    concluded = row["workflow_state"] == "completed"
    return Offer(**{**vars(made), "name": str(row["name"]), "concluded": concluded, "sections": sections, "when": now})


def _made(visit: Visit, target: str, course: str, section: str, rows: list[dict[str, Any]]) -> Offer:
    named = {row["canvas_section_id"]: row["section_name"] or row["canvas_section_id"] for row in rows if row["canvas_section_id"]}
    sections = dict(sections_of(visit.engine, target, course)) | named
    items = offered(rows, last_syncs(visit.engine, target, course), section)
    ordered = sorted(sections.items(), key=lambda pair: (pair[1].lower(), pair[0]))
    return Offer(course, "", False, items, ordered, datetime.now(UTC), rows=rows)


def _rows(artifacts: str, course: str) -> list[dict[str, Any]]:
    """A course's rows of a run's artifact; none where its files were removed."""
    try:
        table = Table(UPath(artifacts) / f"{ASSIGNMENTS_SYNC.name}.parquet", ASSIGNMENTS_SYNC)
    except DataError:
        return []
    return table.page([Only("is", ("canvas_course_id",), course)], size=_MOST).rows
