"""Schedules: when each target syncs, when next, how the last one went, on or off; run now, pause and resume as the person who is logged in."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response

from include.district import Target
from plugins.gradesync_airflow.web import as_user
from plugins.gradesync_airflow.web.forms import FormDep, field
from plugins.gradesync_airflow.web.pages.windows import LARGE
from plugins.gradesync_airflow.web.timetable import KINDS, Schedule, scheduled_dag, schedules
from plugins.gradesync_airflow.web.visit import Visit, VisitDep
from plugins.gradesync_airflow.web.wording import system

router = APIRouter()
ACTIONS = ("run", "pause", "resume", "pause_all", "resume_all")
_NAMES = {"nightly": "nightly sync", "reconcile": "reconcile"}


@router.get("/schedules")
def show(visit: VisitDep) -> HTMLResponse:
    """The page; live while something runs."""
    rows = schedules(visit.engine, _targets(visit))
    mine = [row for row in rows if row.target.name in visit.acts_on and row.known]
    return visit.page(
        "schedules.html",
        rows=rows,
        running=any(row.active for row in rows),
        can_pause=any(not row.paused for row in mine),
        can_resume=any(row.paused for row in mine),
    )


@router.post("/schedules")
def act(visit: VisitDep, form: FormDep) -> Response:
    """One button of it."""
    action = field(form, "action", ACTIONS)
    if action.endswith("_all"):
        return _all(visit, paused=action == "pause_all")
    target, kind = field(form, "target"), field(form, "kind", KINDS)
    visit.must_act(target)
    if target not in visit.district.targets:
        raise HTTPException(404, "This SIS is no longer in the district file.")
    told = _run(visit, target, kind, field(form, LARGE) == "on") if action == "run" else _pause(visit, target, kind, paused=action == "pause")
    return visit.told(visit.links("schedules"), told)


def _targets(visit: Visit) -> list[Target]:
    """The district's targets that this person may read; those of old runs have no schedule any more."""
    return [target for name, target in visit.district.targets.items() if name in visit.targets]


def _run(visit: Visit, target: str, kind: str, large: bool) -> str:
    """Start it now; a night that the safety valve stopped may be let through (F-8)."""
    dag = scheduled_dag(target, kind)
    if as_user.call(visit.user, "GET", f"dags/{dag}").get("is_paused"):
        raise HTTPException(409, f"The {_NAMES[kind]} for {system(target)} is paused. Resume it before you run it.")
    as_user.call(visit.user, "POST", f"dags/{dag}/dagRuns", {"logical_date": None, **({"conf": {LARGE: True}} if large else {})})
    return f"Started the {_NAMES[kind]} for {system(target)}."


def _pause(visit: Visit, target: str, kind: str, paused: bool) -> str:
    as_user.call(visit.user, "PATCH", f"dags/{scheduled_dag(target, kind)}", {"is_paused": paused})
    named = f"the {_NAMES[kind]} for {system(target)}."
    return f"Paused {named} A run in progress continues." if paused else f"Resumed {named}"


def _all(visit: Visit, paused: bool) -> Response:
    """Every schedule of the targets that this person may act on."""
    mine = [row for row in schedules(visit.engine, _targets(visit)) if row.target.name in visit.acts_on and row.known and row.paused != paused]
    if not visit.acts_on:
        raise HTTPException(403, "You can view this page, but you do not have permission to start syncs.")
    for row in mine:
        _pause(visit, row.target.name, row.kind, paused)
    return visit.told(visit.links("schedules"), _told(mine, "pause" if paused else "resume"))


def _told(rows: list[Schedule], word: str) -> str:
    named = ", ".join(f"{system(row.target.name)} ({_NAMES[row.kind]})" for row in rows)
    return f"{word.capitalize()}d: {named}." if rows else f"There was nothing to {word}."
