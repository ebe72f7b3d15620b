"""Categories: which SIS category each assignment group goes to in each section; chosen, removed, saved in one go (D-12, B-1 to B-6).

As CSV out and in: `category_files.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from include.district import Target
from include.errors import ConfigError
from include.gradebook.dates import local_today
from include.sync import association, choices, directory
from include.sync.outline import UNRESOLVED, outline, unresolved
from include.sync.refresh import refresh_course
from plugins.gradesync_airflow.hooks import canvas_client, sis_client
from plugins.gradesync_airflow.web import audit
from plugins.gradesync_airflow.web.bounded import within
from plugins.gradesync_airflow.web.forms import FormDep, field, fields
from plugins.gradesync_airflow.web.logs import page_number
from plugins.gradesync_airflow.web.pages.courses import known_course, readable, searched
from plugins.gradesync_airflow.web.visit import Visit, VisitDep
from plugins.gradesync_airflow.web.wording import system

router = APIRouter()
REFRESH_SECONDS = 60


@router.get("/categories")
def show(visit: VisitDep) -> HTMLResponse:
    """The courses, each with how many of its groups go nowhere in how many sections."""
    asked = visit.request.query_params
    values = {name: asked.get(name, "").strip()[:255] for name in ("target", "q", "only")}
    search = searched(visit, values)
    if values["only"]:
        search = replace(search, only=frozenset().union(*(unresolved(visit.engine, target, _today(target)) for target in search.targets)))
    found = directory.courses(visit.engine, search, page_number(asked.get("page", "")))
    by_target: dict[str, list[str]] = defaultdict(list)
    for row in found.rows:
        by_target[row["target"]].append(row["canvas_course_id"])
    counts = {key: told for name, ids in by_target.items() for key, told in _counts(visit, visit.district.target(name), ids).items()}
    return visit.page("categories.html", values=values, found=found, counts=counts, mine=readable(visit))


@router.get("/categories/{target}/{course}")
def of_course(visit: VisitDep, target: str, course: str) -> HTMLResponse:
    """One course: each group, and its category in each section."""
    visit.must_read(target)
    config, known = visit.district.target(target), known_course(visit, target, course)
    found = outline(visit.engine, config, [course], _today(config))
    who = choices.chosen_by(visit.engine, target, sorted(set(found.places["sis_section_id"])))
    return visit.page(
        "course_categories.html",
        target=config,
        course=known,
        groups=_groups(found.places, who),
        empty_groups=found.groups["name"].tolist() if found.places.empty else [],
        bare=found.bare["name"].fillna(found.bare["canvas_section_id"]).tolist(),
        options=association.options(found, config),
        may=target in visit.acts_on,
        uncategorized=config.rules().category == "uncategorized",
    )


@router.post("/categories/{target}/{course}")
def save(visit: VisitDep, form: FormDep, target: str, course: str) -> Response:
    """What was changed on that page; or the course is read anew from Canvas and the SIS."""
    visit.must_act(target)
    config, known = visit.district.target(target), known_course(visit, target, course)
    here = visit.links("categories", target, course)
    if field(form, "action", ("save", "refresh")) == "refresh":
        return visit.told(here, _refreshed(visit, config, course))
    count = association.save(visit.engine, config, course, _changes(form), association.By(visit.user.get_name(), datetime.now(UTC)))
    audit.note(visit.user, "gradesync.categories", target, course=course, changed=count)
    named = known["name"] or f"course {course}"
    return visit.told(here, f"Saved {count:,} category mappings for {named}. The next sync uses them." if count else "No changes to save.")


def _today(target: Target) -> str:
    return local_today(datetime.now(UTC), target.time_zone).isoformat()


def _counts(visit: Visit, target: Target, courses: Sequence[str]) -> dict[tuple[str, str], dict[str, int]]:
    """Per course: groups, sections, places in which something was chosen, and those in which nothing is sent (B-5)."""
    places = outline(visit.engine, target, courses, _today(target)).places
    told = places.assign(open=places["state"].isin(UNRESOLVED), chosen=places["choice"] != "")
    grouped = told.groupby("canvas_course_id").agg(
        groups=("canvas_group_id", "nunique"), sections=("sis_section_id", "nunique"), chosen=("chosen", "sum"), open=("open", "sum")
    )
    return {(target.name, str(course)): {str(name): int(value) for name, value in row.items()} for course, row in grouped.iterrows()}


def _groups(places: pd.DataFrame, who: pd.DataFrame) -> list[dict[str, Any]]:
    """The places by group, each with who chose it and when."""
    told = places.merge(who, on=["sis_section_id", "canvas_group_id"], how="left")
    told = told.astype(object).where(told.notna(), None)
    made: dict[str, dict[str, Any]] = {}
    for row in told.to_dict("records"):
        group = made.setdefault(row["canvas_group_id"], {"id": row["canvas_group_id"], "name": row["group_name"], "places": []})
        group["places"].append(row)
    return [group | {"open": sum(row["state"] in UNRESOLVED for row in group["places"])} for group in made.values()]


def _changes(form: FormData) -> list[association.Change]:
    columns = [fields(form, name) for name in ("section", "group", "was", "choice")]
    if len({len(column) for column in columns}) != 1:
        raise ConfigError("The form data is incomplete. Nothing was saved. Reload the page and try again.")
    return [association.Change(*row) for row in zip(*columns, strict=True)]


def _refreshed(visit: Visit, target: Target, course: str) -> str:
    def read() -> int:
        return refresh_course(visit.engine, target, course, canvas_client(visit.district), sis_client(target), datetime.now(UTC))

    known = within(REFRESH_SECONDS, f"Reading course {course} of {system(target.name)}", read)
    audit.note(visit.user, "gradesync.refresh", target.name, course=course)
    return f"Refreshed from Canvas and {system(target.name)}. {known} sections were found in {system(target.name)}."
