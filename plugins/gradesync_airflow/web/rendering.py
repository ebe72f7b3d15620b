"""Templates: Jinja2 that escapes everything (names come from teachers), with the words of `wording.py` as filters."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.gradebook.reasons import CATALOGUE
from plugins.gradesync_airflow.web import charts, wording

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
_FILTERS = ("mode", "system", "stage", "tone", "number", "share", "moment", "iso", "day", "took", "label")


def render(template: str, **context: Any) -> str:
    """A whole page."""
    return environment().get_template(template).render(**context)


@cache
def environment() -> Environment:
    """The pages' templates; an unknown name in one is an error and never an empty spot."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters.update({name: getattr(wording, name) for name in _FILTERS})
    made.filters["ring"] = charts.ring
    made.globals.update(stamp=_stamp(), reason=_reason, reason_told=_reason_told)
    return made


def _stamp() -> str:
    """Changes with the static files, so that browsers keep them exactly as long as they are right."""
    digest = sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _reason_told(code: str, value: str = "", limit: str = "") -> str:
    """A reason's sentence with what broke which limit."""
    entry = CATALOGUE.get(code)
    return entry.told(value, limit) if entry else code


def _reason(code: str) -> dict[str, str]:
    """A reason's sentence without its values, who fixes it, and the next step."""
    entry = CATALOGUE.get(code)
    if entry is None:
        return {"sentence": code, "who": "", "next": ""}
    return {"sentence": entry.told("…", "…").replace("….", "…"), "who": "" if entry.who == "nobody" else entry.who, "next": entry.next}
