"""Connections: what the district reaches, without a secret, each tested on demand for exactly what a sync needs."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response

from include.errors import GradeSyncError, UnavailableError
from include.sync import binding, checkups
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
    last, bound = checkups.last(visit.engine, visit.targets), binding.bindings(visit.engine)
    return visit.page("connections.html", rows=rows, last=last, bound=bound, canvas=visit.district.canvas.connection)


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
    told = f"{connection} failed the test. See the list below." if missing else f"{connection} passed the test."
    return visit.told(visit.links("connections"), told, "bad" if missing else "good")


@router.post("/connections/rebind")
def rebind(visit: VisitDep, form: FormDep) -> Response:
    """Say that the SIS at the connection's address is the one that the target's ledger was written for (I-4)."""
    target = field(form, "target")
    visit.must_act(target)
    known = binding.binding(visit.engine, target)
    if known is None or field(form, "server") != known.server:
        return visit.told(visit.links("connections"), "Nothing was changed because the page was out of date. Review the page and try again.", "bad")

    def decide() -> binding.Binding:
        binding.refuse_while_running(visit.engine, target)
        client = systems.client(visit.district.target(target))
        return binding.rebind(visit.engine, target, client, visit.user.get_name())

    try:
        bound = within(TEST_SECONDS, f"Rebinding {system(target)}", decide)
    except GradeSyncError as error:
        return visit.told(visit.links("connections"), str(error), "bad")
    audit.note(visit.user, "gradesync.rebind", target, server=bound.server)
    return visit.told(visit.links("connections"), f"{system(target)}: the ledger now belongs to the SIS at {bound.server}.", "good")


@router.post("/connections/forget")
def forget(visit: VisitDep, form: FormDep) -> Response:
    """Delete the target's ledger, once its name is typed; the next run adopts what carries the Grade Sync marker (I-4)."""
    target = field(form, "target")
    visit.must_act(target)
    if field(form, "confirm") != target:
        return visit.told(visit.links("connections"), f"Nothing was deleted. To delete the ledger, type {target} next to the button.", "bad")
    try:
        binding.refuse_while_running(visit.engine, target)
    except GradeSyncError as error:
        return visit.told(visit.links("connections"), str(error), "bad")
    gone = binding.forget(visit.engine, target)
    audit.note(visit.user, "gradesync.forget", target, **gone)
    told = f"{system(target)}: the ledger was deleted. The next run adopts what carries the Grade Sync marker."
    return visit.told(visit.links("connections"), told)
