"""History: every sync, newest first, ten a page; district-wide or course by course; live while something runs (D-1, D-2)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from include.errors import ConfigError, DataError
from include.run_folder import RunFolder
from include.sync import listing
from plugins.gradesync_airflow.web import progress
from plugins.gradesync_airflow.web.logs import page_number
from plugins.gradesync_airflow.web.visit import Visit, VisitDep

router = APIRouter()
FILTERS = ("target", "status", "mode", "course")


@router.get("/")
def front(visit: VisitDep) -> Response:
    """Where *Grade Sync* in the menu leads to."""
    return RedirectResponse(visit.links("history"), 303)


@router.get("/history")
def history(visit: VisitDep) -> HTMLResponse:
    """One page of the list."""
    values = {name: visit.request.query_params.get(name, "").strip() for name in FILTERS}
    wanted = _wanted(visit, values)
    found = listing.listed(visit.engine, wanted, page_number(visit.request.query_params.get("page", "")))
    rows = told(visit, found.rows)
    running = any(row["status"] == "Running" for row in rows)
    return visit.page("history.html", values=values, rows=rows, found=found, running=running, modes=listing.MODES, statuses=listing.STATUSES)


def summary_of(row: dict[str, Any]) -> dict[str, Any]:
    """A run's own account of itself; empty as long as there is none, or when its files are gone."""
    try:
        found = RunFolder.at(row["artifacts"]).read_json("summary") if row["artifacts"] else {}
    except DataError:
        return {}
    return found if isinstance(found, dict) else {}


def told(visit: Visit, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with what the list of runs does not hold itself: the course of a run that has just one, how far it is."""
    single = listing.only_courses(visit.engine, [(row["target"], row["run_id"]) for row in rows if row["courses"] == 1])
    died = progress.ended(row for row in rows if row["status"] == "Running")
    return [_told(row, single, died) for row in rows]


def _told(row: dict[str, Any], single: dict[progress.Key, str], died: set[progress.Key]) -> dict[str, Any]:
    key = (row["target"], row["run_id"])
    course = row.get("course_name") or row.get("canvas_course_id") or single.get(key, "")
    known = {"course": course, "at": None, "approval": summary_of(row).get("approval", "") if row["mode"] == "remaster" else ""}
    if row["status"] == "Running" and key in died:
        return {**row, **known, "status": "Failed", "died": True}
    if row["status"] == "Running":
        known["at"] = progress.now_at(progress.stages(row))
    return {**row, **known, "died": False}


def _wanted(visit: Visit, values: dict[str, str]) -> listing.Wanted:
    target = values["target"]
    if target:
        visit.must_read(target)
    for name, allowed in (("status", listing.STATUSES), ("mode", listing.MODES)):
        if values[name] and values[name] not in allowed:
            raise ConfigError(f'{name}: "{values[name][:40]}" is not valid. Use one of: {", ".join(allowed)}')
    return listing.Wanted((target,) if target else visit.targets, values["status"], values["mode"], values["course"][:255])
