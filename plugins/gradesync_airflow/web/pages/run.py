"""Details of one run, tab by tab (D-3 to D-8): overview, warnings and errors, filtered Canvas data, assignments, grades; each table as CSV."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from upath import UPath

from include.errors import DataError
from include.gradebook.schemas import ARTIFACTS, ASSIGNMENTS_SYNC, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES, RECONCILIATION, Frame
from include.sync import history, listing
from include.sync.course_search import names_of
from include.sync.outline import listed_categories
from plugins.gradesync_airflow.web import audit, logs, progress
from plugins.gradesync_airflow.web.listed_runs import listed_run
from plugins.gradesync_airflow.web.pages.history import summary_of, told
from plugins.gradesync_airflow.web.tables import Only, Part, Table
from plugins.gradesync_airflow.web.visit import Visit, VisitDep

router = APIRouter()
TABS = (
    ("", "Overview"),
    ("messages", "Warnings and errors"),
    ("filtered", "Filtered Canvas data"),
    ("assignments", "Assignments sync"),
    ("grades", "Grades log"),
)
GROUPS = 25
STATUS_ORDER = ("updated", "unchanged", "planned", "failed", "unknown", "withheld")
_FRAMES = (*ARTIFACTS, RECONCILIATION)
_LOG_OF = {GRADES_LOG.name: logs.GRADES, ASSIGNMENTS_SYNC.name: logs.ASSIGNMENTS, MESSAGES.name: logs.PROBLEMS, RECONCILIATION.name: logs.VERDICTS}


class Details:
    """One run and its tables; 404 for a run that is not on the list, 403 for one of a target that this person may not read."""

    def __init__(self, visit: Visit, target: str, run_id: str) -> None:
        visit.must_read(target)
        row = history.one(visit.engine, target, run_id)
        if row is None:
            raise HTTPException(404, "This sync is not in the history.")
        self.visit, self.run = visit, told(visit, [row])[0]

    def table(self, frame: Frame) -> Table | None:
        """One of the run's tables; None as long as the run has not written it, or when its files are gone."""
        place = self.run["artifacts"]
        try:
            return Table(UPath(place) / f"{frame.name}.parquet", frame) if place else None
        except DataError:
            return None

    def summary(self) -> dict[str, Any]:
        """The run's own account of itself; empty as long as there is none, or when its files are gone."""
        return summary_of(self.run)

    @property
    def tabs(self) -> list[tuple[str, str]]:
        """The tabs that this run has."""
        if self.run["mode"] == "reconcile":
            return [*TABS[:1], ("verdicts", "Comparison"), *TABS[1:]]
        planned = self.run["preview"] or self.run["mode"] == "remaster"
        return [*TABS[:1], *([("plan", "Plan")] if planned else []), *TABS[1:]]

    def page(self, template: str, tab: str, **context: Any) -> HTMLResponse:
        """A tab of the details."""
        run = self.run
        stages = progress.stages(run) if run["status"] == "Running" else []
        at = partial(self.visit.links, "runs", run["target"], run["run_id"])
        dags, dag_run_id = progress.in_airflow(run)
        context |= {"dag_id": dags[0], "dag_run_id": dag_run_id}
        return self.visit.page(template, run=run, at=at, tabs=self.tabs, tab=tab, stages=stages, **context)

    def read(self, what: str, **facts: object) -> None:
        """Note in the audit log that names and scores of this run were read."""
        audit.note(self.visit.user, f"gradesync.{what}", self.run["target"], progress.in_airflow(self.run)[1], **facts)


@router.get("/dag-run/{dag_id}/{run_id:path}")
def of_dag_run(visit: VisitDep, dag_id: str, run_id: str) -> Response:
    """The tab on Airflow's own page of a run, which knows the run by its DAG."""
    found = listed_run(visit, dag_id, run_id, visit.targets)
    if found is None:
        return visit.page("no_run.html", 404)
    return RedirectResponse(visit.links("runs", found["target"], found["run_id"]), 303)


@router.get("/runs/{target}/{run_id}")
def overview(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """D-3, D-4: what it was, what it did, and how far it is."""
    details = Details(visit, target, run_id)
    number = logs.page_number(visit.request.query_params.get("courses", ""))
    return details.page(
        "run_overview.html",
        "",
        filtered=_filtered(details),
        assignments=_statuses(details, ASSIGNMENTS_SYNC),
        grades=_statuses(details, GRADES_LOG),
        failures=_failures(details),
        courses=listing.courses_page(visit.engine, target, run_id, number),
    )


@router.get("/runs/{target}/{run_id}/messages")
def messages(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """D-5: grouped by type, message and stage with counts; a group opens to its rows."""
    details = Details(visit, target, run_id)
    table = details.table(MESSAGES)
    asked = logs.asked(logs.PROBLEMS, visit.request.query_params)
    columns = ("severity", "type", "message", "stage", "who", "next")
    groups = table.counts(columns, asked.only) if table else []
    groups.sort(key=lambda group: (group["severity"] != "error", -group["count"]))
    shown = _slice(groups, logs.page_number(visit.request.query_params.get("groups", "")))
    opened = any(name in asked.values for name in ("type", "text", "student", "assignment", "section", "student_id", "assignment_id"))
    part = _part(table, asked) if opened else None
    if opened:
        details.read("messages", filters=sorted(asked.values))
    courses = course_names(details, asked, part)
    context = {"written": table is not None, "groups": shown, "asked": asked, "part": part, "chips": asked.chips(table, courses)}
    return details.page("run_messages.html", "messages", **context, courses=courses)


@router.get("/runs/{target}/{run_id}/filtered")
def filtered(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """D-6: extracted, kept, withheld and why."""
    details = Details(visit, target, run_id)
    table = details.table(FILTERED_CANVAS_DATA)
    withheld = [Only("is", ("outcome",), "withheld")]
    reasons = table.counts(("kind", "reason_code"), withheld, "count") if table else []
    return details.page("run_filtered.html", "filtered", filtered=_filtered(details), reasons=reasons)


@router.get("/runs/{target}/{run_id}/assignments")
def assignments(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """D-7: the graph, and the log with each item."""
    details = Details(visit, target, run_id)
    return _log_page(details, logs.ASSIGNMENTS, "run_assignments.html", "assignments")


@router.get("/runs/{target}/{run_id}/grades")
def grades(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """D-8: each grade. Names and scores are shown, so the reading is noted."""
    details = Details(visit, target, run_id)
    details.read("grades", filters=sorted(logs.asked(logs.GRADES, visit.request.query_params).values))
    return _log_page(details, logs.GRADES, "run_grades.html", "grades")


@router.get("/runs/{target}/{run_id}/{name}.csv")
def csv(visit: VisitDep, target: str, run_id: str, name: str) -> Response:
    """All rows of a table that the page's filters show, as CSV."""
    details = Details(visit, target, run_id)
    frame = next((frame for frame in _FRAMES if frame.name == name), None)
    if frame is None:
        raise HTTPException(404, f"Unknown table. Available: {', '.join(frame.name for frame in _FRAMES)}.")
    table = details.table(frame)
    if table is None:
        raise HTTPException(404, "This run does not have this table: it has not been written yet, or the run's files were deleted.")
    log = _LOG_OF.get(name)
    asked = logs.asked(log, visit.request.query_params) if log else None
    details.read("csv", table=name, filters=sorted(asked.values) if asked else [])
    file = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{name}-{target}-{run_id}.csv")
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return StreamingResponse(table.csv(asked.only if asked else ()), media_type="text/csv; charset=utf-8", headers=headers)


def _log_page(details: Details, log: logs.Log, template: str, tab: str) -> HTMLResponse:
    table = details.table(log.frame)
    asked = logs.asked(log, details.visit.request.query_params)
    counts = _ordered(table.counts(("status",), [only for only in asked.only if only.columns != ("status",)])) if table else {}
    part = _part(table, asked)
    shown = {"written": table is not None, "asked": asked, "part": part, "counts": counts}
    shown["chips"] = asked.chips(table, course_names(details, asked))
    return details.page(template, tab, **shown, titles=_category_titles(details, part) if log is logs.ASSIGNMENTS else {})


def course_names(details: Details, asked: logs.Asked, part: Part | None = None) -> dict[str, str]:
    """The names of the courses that the rows, or the filter, are about, by id."""
    ids = {asked.values.get("course", ""), *(row["canvas_course_id"] for row in (part.rows if part else ()))}
    return names_of(details.visit.engine, details.run["target"], ids)


def _category_titles(details: Details, part: Part | None) -> dict[str, dict[str, str]]:
    """What the SIS calls the categories of these rows' sections: section, id, name; as far as a sync has seen them."""
    sections = sorted({row["sis_section_id"] for row in part.rows if row["sis_section_id"]}) if part else []
    return listed_categories(details.visit.engine, details.run["target"], sections) if sections else {}


def _slice(groups: list[dict[str, Any]], number: int) -> Part:
    pages = max(1, -(-len(groups) // GROUPS))
    number = min(number, pages)
    return Part(groups[(number - 1) * GROUPS : number * GROUPS], number, pages, len(groups))


def _part(table: Table | None, asked: logs.Asked) -> Part | None:
    return table.page(asked.only, asked.sort, asked.descending, asked.page, logs.PAGE_SIZE) if table else None


def _filtered(details: Details) -> list[dict[str, Any]]:
    """Per kind: extracted, kept, withheld (D-6)."""
    table = details.table(FILTERED_CANVAS_DATA)
    if table is None:
        return []
    counted = {(row["kind"], row["outcome"]): row["count"] for row in table.counts(("kind", "outcome"), (), "count")}
    kinds = ("course", "section", "assignment", "grade")
    # Courses that took part leave no row of their own there; the list of runs knows how many they were.
    counted["course", "kept"] = details.run["courses"]
    rows = [{"kind": kind, "kept": counted.get((kind, "kept"), 0), "withheld": counted.get((kind, "withheld"), 0)} for kind in kinds]
    return [row | {"extracted": row["kept"] + row["withheld"]} for row in rows]


def _statuses(details: Details, frame: Frame) -> dict[str, int]:
    table = details.table(frame)
    return _ordered(table.counts(("status",))) if table else {}


def _ordered(counted: list[dict[str, Any]]) -> dict[str, int]:
    counts = {row["status"]: row["count"] for row in counted}
    return {status: counts[status] for status in STATUS_ORDER if status in counts}


def _failures(details: Details) -> list[str]:
    """Sentences about what an admin must act on, as the run's own summary has them."""
    return [str(sentence) for sentence in details.summary().get("failures", [])]
