"""The windows *Sync on demand* and *Remaster*: find the course, choose of its assignments, see the plan first, or send (D-9, D-10, A-19 to A-21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from include.errors import ConfigError
from include.sync.course_search import course_of, find_courses
from include.sync.offer import Item
from plugins.gradesync_airflow.web import access, audit, progress, starting
from plugins.gradesync_airflow.web.bounded import within
from plugins.gradesync_airflow.web.forms import FormDep, field, fields
from plugins.gradesync_airflow.web.listed_runs import listed_run
from plugins.gradesync_airflow.web.offers import Offer, live_offer, stored_offer
from plugins.gradesync_airflow.web.visit import Visit, VisitDep
from plugins.gradesync_airflow.web.wording import system

router = APIRouter()
READ_SECONDS = 60
_SLOW = "Canvas is responding slowly. Nothing was changed. Try again later, or select from the last sync's data."
remasters = APIRouter()
MODES = {"sync": "on_demand", "remaster": "remaster", "reconcile": "reconcile"}
SORTS = ("name", "due", "last")
LARGE = "allow_large_change"
_LONGEST = 255


@dataclass(frozen=True)
class Asked:
    """What the address of a window asks for."""

    target: str
    course: str
    section: str
    sort: str
    fresh: bool

    @property
    def query(self) -> dict[str, str]:
        """The address's own query, to build others from."""
        return {"target": self.target, "course": self.course, "section": self.section, "fresh": "1" if self.fresh else ""}


@router.get("/sync")
def sync(visit: VisitDep) -> HTMLResponse:
    """D-10: the window of a sync on demand."""
    return _window(visit, "sync")


@remasters.get("/remaster")
def remaster(visit: VisitDep) -> HTMLResponse:
    """D-9: the window of a remaster."""
    return _window(visit, "remaster")


@router.post("/sync")
def start_sync(visit: VisitDep, form: FormDep) -> Response:
    """Start a sync on demand, or its preview."""
    return _start(visit, "sync", form)


@remasters.post("/remaster")
def start_remaster(visit: VisitDep, form: FormDep) -> Response:
    """Start a remaster, which asks before it sends, or its preview."""
    return _start(visit, "remaster", form)


@router.get("/started/{path}/{target}/{run_id}")
def started(visit: VisitDep, path: str, target: str, run_id: str) -> Response:
    """From the button to the run's page: the run is on the list as soon as Airflow has begun it."""
    visit.must_read(target)
    if path not in MODES:
        raise HTTPException(404, "Page not found.")
    row = listed_run(visit, access.dag_of(target, MODES[path]), run_id, (target,))
    if row is not None:
        return RedirectResponse(visit.links("runs", target, row["run_id"], _first_tab(row)), 303)
    waiting = progress.row_of(target, run_id, MODES[path])
    state = progress.state_of(waiting)
    if state is None or (progress.asked_for(waiting) or {}).get("target") != target:
        raise HTTPException(404, "This run is not in Airflow.")
    return visit.page("started.html", path=path, target=target, run_id=run_id, mode=MODES[path], state=state)


def _first_tab(row: dict[str, Any]) -> str:
    """The tab of a run that tells most of what was asked for."""
    if row["mode"] == "reconcile":
        return "verdicts"
    return "plan" if row["preview"] or row["mode"] == "remaster" else ""


def to_started(visit: Visit, path: str, target: str, run_id: str) -> Response:
    """Where a person goes who has started something."""
    return RedirectResponse(visit.links("started", path, target, run_id), 303)


def _window(visit: Visit, path: str) -> HTMLResponse:
    asked = _asked(visit)
    found = find_courses(visit.engine, asked.target, asked.course) if asked.target else []
    known = course_of(visit.engine, asked.target, asked.course) if asked.course else None
    offer = _offer(visit, asked, path, known.canvas_course_id if known else "") if asked.course else None
    context: dict[str, Any] = {
        "offer": offer,
        "items": _sorted(offer.items, asked.sort) if offer else [],
        "known": known,
        "found": [] if offer else found,
    }
    may = asked.target in visit.acts_on
    chosen = visit.request.query_params.get("choose") != "none"
    return visit.page("window.html", path=path, mode=MODES[path], asked=asked, may=may, chosen=chosen, sorts=SORTS, **context)


def _asked(visit: Visit) -> Asked:
    query = {name: visit.request.query_params.get(name, "").strip() for name in ("target", "course", "section", "sort", "fresh")}
    target = query["target"] or (visit.targets[0] if len(visit.targets) == 1 else "")
    if target:
        visit.must_read(target)
    if query["sort"] and query["sort"] not in SORTS:
        raise ConfigError(f'sort: "{query["sort"][:40]}" is not valid. Use one of: {", ".join(SORTS)}')
    for name in ("course", "section"):
        if len(query[name]) > _LONGEST:
            raise ConfigError(f"{name}: {len(query[name])} characters is too long; the limit is {_LONGEST}")
    return Asked(target, query["course"], query["section"], query["sort"] or "name", bool(query["fresh"]))


def _offer(visit: Visit, asked: Asked, path: str, known: str) -> Offer | None:
    """What can be chosen: as Canvas tells it now where that was asked for, else as the course's last run left it; None where no run knows it."""
    if not asked.fresh:
        return stored_offer(visit, asked.target, known, asked.section) if known else None
    visit.must_act(asked.target)
    audit.note(visit.user, f"gradesync.{path}", asked.target, course=asked.course)
    what = f"Reading course {asked.course} of {system(asked.target)} from Canvas"
    return within(READ_SECONDS, what, lambda: live_offer(visit, asked.target, asked.course, asked.section, MODES[path]), _SLOW)


def _sorted(items: list[Item], sort: str) -> list[Item]:
    """By name as they come; by due date with the undated last; by last sync, newest first."""
    if sort == "due":
        return sorted(items, key=lambda item: item.due or ("~",))
    if sort == "last":
        return sorted(items, key=lambda item: -item.last_sync.timestamp() if item.last_sync else 0.0)
    return items


def _start(visit: Visit, path: str, form: FormData) -> Response:
    target = field(form, "target")
    visit.must_act(target)
    run_id = starting.start(visit, MODES[path], _conf(form))
    return to_started(visit, path, target, run_id)


def _conf(form: FormData) -> dict[str, Any]:
    """The run's parameters. Whoever leaves everything chosen means all of the course, whatever else stands in it by now."""
    chosen = fields(form, "assignment")
    offered = field(form, "offered").split()
    if not chosen:
        raise ConfigError("Select at least one assignment.")
    section = field(form, "section")
    return {
        "target": field(form, "target"),
        "courses": [field(form, "course")],
        "sections": [section] if section else [],
        "assignments": [] if set(chosen) == set(offered) else chosen,
        "preview": field(form, "do") != "send",
        **{name: field(form, name) == "on" for name in ("concluded", LARGE)},
    }
