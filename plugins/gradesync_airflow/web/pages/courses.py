"""Courses: all that are known, searched and paged, with their nightly switch and their last sync (D-11, A-18, R-12)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response

from include.district import Target
from include.errors import ConfigError
from include.sync import directory, settings
from include.sync.refresh import refresh_courses
from plugins.gradesync_airflow.hooks import canvas_client
from plugins.gradesync_airflow.web import audit, systems
from plugins.gradesync_airflow.web.bounded import within
from plugins.gradesync_airflow.web.forms import FormDep, field
from plugins.gradesync_airflow.web.logs import page_number
from plugins.gradesync_airflow.web.timetable import next_runs
from plugins.gradesync_airflow.web.visit import Visit, VisitDep
from plugins.gradesync_airflow.web.wording import system

router = APIRouter()
FILTERS = ("target", "q", "state")
ACTIONS = ("on", "off", "default", "refresh", "all_on", "all_off")
REFRESH_SECONDS = 90


@router.get("/courses")
def show(visit: VisitDep) -> HTMLResponse:
    """One page of the list."""
    asked = visit.request.query_params
    values = {name: asked.get(name, "").strip()[:255] for name in FILTERS}
    search = searched(visit, values)
    found = directory.courses(visit.engine, search, page_number(asked.get("page", "")))
    names = [target.name for target in search.targets]
    return visit.page(
        "courses.html",
        values=values,
        found=found,
        last=directory.last_syncs(visit.engine, [(row["target"], row["canvas_course_id"]) for row in found.rows]),
        seen=directory.seen(visit.engine, names),
        next_runs=next_runs(names),
        canvas=systems.canvas_address(visit.district),
        states=directory.STATES,
        mine=readable(visit),
    )


@router.post("/courses")
def act(visit: VisitDep, form: FormDep) -> Response:
    """A course switched on or off, or the list read anew from Canvas; back to where one was."""
    action, name = field(form, "action", ACTIONS), field(form, "target")
    visit.must_act(name)
    target = visit.district.target(name)
    back = visit.links("courses", **{key: field(form, f"at_{key}") for key in (*FILTERS, "page")})
    if action == "refresh":
        return visit.told(back, _refreshed(visit, target))
    if action.startswith("all_"):
        values = {key: field(form, f"at_{key}") for key in FILTERS} | {"target": name}
        return visit.told(back, _all_switched(visit, target, values, on=action == "all_on"))
    return visit.told(back, _switched(visit, target, field(form, "course"), action))


def searched(visit: Visit, values: dict[str, str]) -> directory.Search:
    """What an address asks for, among the targets that this person may read."""
    state = values.get("state", "")
    if values["target"]:
        visit.must_read(values["target"])
    if state and state not in directory.STATES:
        raise ConfigError(f'state: "{state[:40]}" is not valid. Use one of: {", ".join(directory.STATES)}')
    targets = tuple(target for target in readable(visit) if values["target"] in ("", target.name))
    return directory.Search(targets, values["q"], state)


def readable(visit: Visit) -> list[Target]:
    """The district's targets that this person may read."""
    return [target for name, target in visit.district.targets.items() if name in visit.targets]


def known_course(visit: Visit, target: str, course: str) -> dict[str, Any]:
    """What is known of a course; 404 for one that nobody has seen below this target."""
    found = directory.course(visit.engine, target, course)
    if found is None:
        raise HTTPException(404, f"Course {course[:40]} is not in the course list for {system(target)}. Use Refresh from Canvas, then try again.")
    return found


def _switched(visit: Visit, target: Target, course: str, action: str) -> str:
    named = known_course(visit, target.name, course)["name"] or f"Course {course}"
    if action == "default":
        settings.follow_default(visit.engine, target.name, [course])
    else:
        settings.switch(visit.engine, target.name, {course: action == "on"}, visit.user.get_name(), datetime.now(UTC))
    audit.note(visit.user, "gradesync.nightly_switch", target.name, course=course, switch=action)
    words = {"on": f"Nightly sync is on for {named}.", "off": f"Nightly sync is off for {named}."}
    return words.get(action, f"{named} uses the default setting for its SIS.")


def _all_switched(visit: Visit, target: Target, values: dict[str, str], on: bool) -> str:
    """Every course of the target that the page's filters show."""
    found = [course for _, course in directory.ids(visit.engine, searched(visit, values))]
    settings.switch(visit.engine, target.name, dict.fromkeys(found, on), visit.user.get_name(), datetime.now(UTC))
    audit.note(visit.user, "gradesync.nightly_switch", target.name, courses=len(found), switch="on" if on else "off")
    named = "1 course" if len(found) == 1 else f"{len(found):,} courses"
    return f"{system(target.name)}: nightly sync turned {'on' if on else 'off'} for {named}."


def _refreshed(visit: Visit, target: Target) -> str:
    what = f"Reading {system(target.name)}'s courses from Canvas"
    read = partial(refresh_courses, visit.engine, target)
    count = within(REFRESH_SECONDS, what, lambda: read(canvas_client(visit.district), datetime.now(UTC)))
    audit.note(visit.user, "gradesync.refresh", target.name, courses=count)
    return f"{system(target.name)}: refreshed {count:,} courses from Canvas."
