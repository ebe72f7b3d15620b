"""The score explainer: for one student and one assignment what Canvas holds, what was sent and when, what the SIS answered, what it holds now,
and the rule that explains the difference (F-11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from include.errors import ConfigError, GradeSyncError, UnavailableError
from include.sync.differing import sent_words
from include.sync.why import Answer, Asked, asking, why
from plugins.gradesync_airflow.hooks import canvas_client, sis_client
from plugins.gradesync_airflow.web import audit
from plugins.gradesync_airflow.web.bounded import within
from plugins.gradesync_airflow.web.forms import FormDep, field
from plugins.gradesync_airflow.web.visit import Visit, VisitDep
from plugins.gradesync_airflow.web.wording import system

router = APIRouter()
EXPLAIN_SECONDS = 45
_SLOW = "Canvas or the SIS is responding slowly. Try again later, or run python -m include.why, which has no time limit."
FIELDS = {"course": "Course", "assignment": "Assignment", "student": "Student"}
_LONGEST = 255


@router.get("/explain")
def form(visit: VisitDep) -> HTMLResponse:
    """The question, filled in as far as the address does; nothing is read yet."""
    return _page(visit, _asked(visit, visit.request.query_params), None)


@router.post("/explain")
def explain(visit: VisitDep, sent: FormDep) -> HTMLResponse:
    """The answer, read from Canvas and the SIS at this moment. It shows a score, so the reading is noted."""
    values = _asked(visit, {name: field(sent, name) for name in ("target", *FIELDS)})
    missing = [name for name, value in values.items() if not value]
    if missing:
        return _page(visit, values, None, f"Fill in: {', '.join(missing)}.", 400)
    target = values["target"]
    audit.note(visit.user, "gradesync.explain", target, **{name: values[name] for name in FIELDS})
    asked = Asked(values["course"], values["assignment"], values["student"])
    try:
        return _page(visit, values, _answers(visit, target, asked))
    except GradeSyncError as error:
        return _page(visit, values, None, error.told, 503 if isinstance(error, UnavailableError) else 400)


def _answers(visit: Visit, target: str, asked: Asked) -> list[Answer]:
    def read() -> list[Answer]:
        run = asking(visit.district, target, asked, datetime.now(UTC))
        return why(run, canvas_client(visit.district), sis_client(visit.district.target(target)), asked)

    what = f"Reading assignment {asked.assignment} of student {asked.student} in course {asked.course} from Canvas and {system(target)}"
    return within(EXPLAIN_SECONDS, what, read, _SLOW)


def _asked(visit: Visit, query: Mapping[str, str]) -> dict[str, str]:
    values = {name: query.get(name, "").strip() for name in ("target", *FIELDS)}
    values["target"] = values["target"] or (visit.targets[0] if len(visit.targets) == 1 else "")
    if values["target"]:
        visit.must_read(values["target"])
    for name, value in values.items():
        if len(value) > _LONGEST:
            raise ConfigError(f"{name}: {len(value)} characters is too long; the limit is {_LONGEST}")
    return values


def _page(visit: Visit, values: dict[str, str], answers: list[Answer] | None, trouble: str = "", status: int = 200) -> HTMLResponse:
    shown = None if answers is None else [_shown(answer) for answer in answers]
    return visit.page("explain.html", status, values=values, fields=FIELDS, answers=shown, trouble=trouble)


def _shown(answer: Answer) -> dict[str, Any]:
    """An answer with what was sent in words."""
    ledger = answer.ledger
    sent = sent_words(ledger["fingerprint"]) if ledger and ledger["fingerprint"] else ""
    return {**vars(answer), "sent": sent, "agree": answer.verdict == "same", "tone": _TONES.get(answer.verdict, "bad")}


_TONES = {"same": "good", "withheld": "mute", "not readable": "warn"}
