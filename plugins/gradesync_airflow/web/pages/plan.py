"""The plan of a run, before it is sent: what it would create, update, skip and refuse; *Send* after a preview, *Approve* or *Reject* for a remaster
(F-1, D-9, D-10, A-20)."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, Response

from include.errors import ConfigError
from include.run_folder import RunFolder
from include.sync.course_search import names_of
from include.sync.preview import COLUMNS
from include.sync.run_key import folder_name
from plugins.gradesync_airflow.web import progress, starting
from plugins.gradesync_airflow.web.forms import FormDep, field
from plugins.gradesync_airflow.web.logs import page_number
from plugins.gradesync_airflow.web.pages.run import Details
from plugins.gradesync_airflow.web.pages.windows import LARGE, MODES, to_started
from plugins.gradesync_airflow.web.plans import Plan, plan_of
from plugins.gradesync_airflow.web.visit import VisitDep

router = APIRouter()
_WINDOWS = {mode: path for path, mode in MODES.items()}


@router.get("/runs/{target}/{run_id}/plan")
def plan(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """What the run would do, and what may be done about it."""
    details = Details(visit, target, run_id)
    run = details.run
    asking = run["status"] == "Running" and run["mode"] == "remaster" and progress.waits_for_answer(run)
    found = None if run["status"] == "Running" and run["stage"] not in ("propose", "load") else _plan(details)
    may = target in visit.acts_on
    again = progress.asked_for(run) if run["preview"] and run["mode"] in _WINDOWS and may else None
    past = run["status"] != "Running" and not details.summary().get("preview", run["preview"])
    approval = details.summary().get("approval", "")
    context = {"plan": found, "columns": COLUMNS, "asking": asking, "may": may, "again": bool(again), "past": past, "approval": approval}
    context["allowed"] = bool((again or {}).get(LARGE))
    context["courses"] = names_of(visit.engine, target, {row["canvas_course_id"] for row in found.stopped}) if found else {}
    return details.page("run_plan.html", "plan", **context)


@router.post("/runs/{target}/{run_id}/send")
def send(visit: VisitDep, target: str, run_id: str, form: FormDep) -> Response:
    """What a preview showed, now for real: a new run with the same parameters, and a large change as the person allows it now (F-8)."""
    details = Details(visit, target, run_id)
    visit.must_act(target)
    run = details.run
    asked = progress.asked_for(run)
    if not run["preview"] or run["mode"] not in _WINDOWS or asked is None:
        raise ConfigError(f"Run {run_id} cannot be sent because it is not a preview, or Airflow no longer has it. Start a new preview.")
    path = _WINDOWS[run["mode"]]
    repair = {"repair": True} if path == "reconcile" else {}
    now = {"target": target, "preview": False, LARGE: field(form, LARGE) == "on"}
    return to_started(visit, path, target, starting.start(visit, run["mode"], {**asked, **repair, **now}))


@router.post("/runs/{target}/{run_id}/answer")
def answer(visit: VisitDep, target: str, run_id: str, form: FormDep) -> Response:
    """Approve or reject a remaster's plan."""
    run = Details(visit, target, run_id).run
    visit.must_act(target)
    option = field(form, "answer", starting.ANSWERS)
    if not progress.waits_for_answer(run):
        raise HTTPException(409, "This approval request is closed.")
    starting.answer(visit, run, option)
    told = {"Approve": "Approved. Sending now.", "Reject": "Rejected. Nothing was sent, and other syncs can use the course again."}
    return visit.told(visit.links("runs", target, run_id, "plan"), told[option])


def _plan(details: Details) -> Plan | None:
    query = details.visit.request.query_params
    run = details.run
    root = RunFolder(details.visit.district.artifacts_root())
    folder = RunFolder.at(run["artifacts"]) if run["artifacts"] else root.child(run["target"]).child(folder_name(run["run_id"]))
    return plan_of(folder, page_number(query.get("sent", "")), page_number(query.get("held", "")))
