"""Connections: what the district reaches, without a secret, each tested on demand for exactly what a sync needs."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response

from include.errors import UnavailableError
from include.sync import checkups
from plugins.gradesync_airflow.web import audit, systems
from plugins.gradesync_airflow.web.bounded import within
from plugins.gradesync_airflow.web.forms import FormDep, field
from plugins.gradesync_airflow.web.visit import VisitDep
from plugins.gradesync_airflow.web.wording import system

router = APIRouter()
TEST_SECONDS = 45


@router.get("/connections")
def show(visit: VisitDep) -> HTMLResponse:
    """The page; nothing is asked of any system for it."""
    rows = systems.systems(visit.district, visit.targets)
    return visit.page("connections.html", rows=rows, last=checkups.last(visit.engine, visit.targets), canvas=visit.district.canvas.connection)


@router.post("/connections")
def test(visit: VisitDep, form: FormDep) -> Response:
    """Test one connection, and keep the result."""
    target, connection = field(form, "target"), field(form, "connection")
    visit.must_act(target)
    config = visit.district.target(target)
    if connection not in (config.connection, visit.district.canvas.connection):
        raise HTTPException(404, f"{system(target)} has no connection of this name.")
    try:
        missing = within(TEST_SECONDS, f"The test of {connection}", lambda: systems.missing(visit.district, config, connection))
    except UnavailableError as error:
        missing = [f"connection {connection}: {error}"]
    checkups.note(visit.engine, (connection, target), missing, visit.user.get_name(), datetime.now(UTC))
    audit.note(visit.user, "gradesync.test", target, connection=connection, missing=len(missing))
    told = f"{connection}: something is missing, see below." if missing else f"{connection} works, and nothing is missing for a sync."
    return visit.told(visit.links("connections"), told, "bad" if missing else "good")
