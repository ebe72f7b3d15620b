"""Reconcile: read a SIS back, see the verdict on every assignment and score, and repair just what is missing or different (F-2)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from include.gradebook.schemas import RECONCILIATION
from include.sync import listing
from plugins.gradesync_airflow.web import logs, progress, starting
from plugins.gradesync_airflow.web.forms import FormDep, field
from plugins.gradesync_airflow.web.pages.history import summary_of, told
from plugins.gradesync_airflow.web.pages.run import Details, course_names
from plugins.gradesync_airflow.web.pages.windows import to_started
from plugins.gradesync_airflow.web.tables import Only
from plugins.gradesync_airflow.web.visit import VisitDep

router = APIRouter()
KINDS = ("assignment", "grade")
_LONGEST = 20_000


@router.get("/reconcile")
def reconciles(visit: VisitDep) -> HTMLResponse:
    """Start one; and those that there were, newest first, with their verdicts."""
    query = visit.request.query_params
    target = query.get("target", "").strip()
    if target:
        visit.must_read(target)
    wanted = listing.Wanted((target,) if target else visit.targets, mode="reconcile")
    found = listing.listed(visit.engine, wanted, logs.page_number(query.get("page", "")))
    rows = [{**row, "verdicts": _verdicts(row)} for row in told(visit, found.rows)]
    running = any(row["status"] == "Running" for row in rows)
    course = query.get("course", "").strip()[:255]
    return visit.page("reconcile.html", target=target, course=course, rows=rows, found=found, running=running, names=logs.VERDICT_NAMES)


@router.post("/reconcile")
def start(visit: VisitDep, form: FormDep) -> Response:
    """Compare chosen courses, or all that sync by night; nothing is written."""
    target = field(form, "target")
    visit.must_act(target)
    courses = [line.strip() for line in field(form, "courses")[:_LONGEST].splitlines() if line.strip()]
    return to_started(visit, "reconcile", target, starting.start(visit, "reconcile", {"target": target, "courses": courses}))


@router.get("/runs/{target}/{run_id}/verdicts")
def verdicts(visit: VisitDep, target: str, run_id: str) -> HTMLResponse:
    """Counts per verdict, and every row behind them. Names and scores are shown, so the reading is noted."""
    details = Details(visit, target, run_id)
    table = details.table(RECONCILIATION)
    asked = logs.asked(logs.VERDICTS, visit.request.query_params)
    if table is None:
        return details.page("run_verdicts.html", "verdicts", written=False)
    details.read("verdicts", filters=sorted(asked.values))
    counts = {(row["kind"], row["verdict"]): row["count"] for row in table.counts(("kind", "verdict"))}
    planned = {row["kind"]: row["count"] for row in table.counts(("kind",), [Only("is", ("status",), "planned")])}
    can = details.run["preview"] and target in visit.acts_on and progress.asked_for(details.run) is not None
    context = {"counts": counts, "kinds": KINDS, "names": logs.VERDICT_NAMES, "planned": planned, "can_repair": can}
    part = table.page(asked.only, asked.sort, asked.descending, asked.page, logs.PAGE_SIZE)
    chips = asked.chips(table, course_names(details, asked))
    return details.page("run_verdicts.html", "verdicts", written=True, asked=asked, part=part, chips=chips, **context)


def _verdicts(row: dict[str, Any]) -> dict[str, int]:
    """How many of each verdict a run came to, out of its own account."""
    counts: dict[str, int] = {}
    for kind in KINDS:
        for name, count in (summary_of(row).get("verdicts") or {}).get(kind, {}).items():
            counts[name] = counts.get(name, 0) + int(count)
    return counts
