"""Category choices as a CSV file out, and in: a file comes in as a whole or not at all (B-1, B-3, B-5, D-12)."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from include.errors import ConfigError
from include.sync import association, choices
from include.sync.choices_file import Line, as_csv, frame, parse_choices, refuse
from plugins.gradesync_airflow.web import audit
from plugins.gradesync_airflow.web.forms import FormDep
from plugins.gradesync_airflow.web.pages.courses import readable
from plugins.gradesync_airflow.web.visit import VisitDep

router = APIRouter()
LARGEST_FILE = 4 * 2**20
_ALLOWED = "a CSV file in the Download CSV format"


@router.get("/categories.csv")
def out(visit: VisitDep) -> Response:
    """All choices of the targets that this person may read, or of one, as a file that can come in again."""
    target = visit.request.query_params.get("target", "")
    if target:
        visit.must_read(target)
    names = [target] if target else [entry.name for entry in readable(visit)]
    held = as_csv({name: choices.choices(visit.engine, name) for name in names})
    file = re.sub(r"[^A-Za-z0-9._-]+", "-", f"categories-{target}" if target else "categories")
    headers = {"Content-Disposition": f'attachment; filename="{file}.csv"'}
    return Response(held.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/categories")
def come_in(visit: VisitDep, form: FormDep) -> Response:
    """Choices out of such a file: all of it, or nothing with every mistake named."""
    if not visit.acts_on:
        raise HTTPException(403, "You can view this page, but you do not have permission to change settings.")
    name, held = _uploaded(form)
    lines = parse_choices(name, held, visit.acts_on)
    by_target: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_target[line.target].append(line)
    refuse(name, [told for target, part in by_target.items() for told in association.misfits(visit.engine, visit.district.target(target), part)])
    choices.change(visit.engine, {target: frame(part) for target, part in by_target.items()}, {}, visit.user.get_name(), datetime.now(UTC))
    for target, part in by_target.items():
        audit.note(visit.user, "gradesync.categories_import", target, choices=len(part))
    return visit.told(
        visit.links("categories"), f"Imported {len(lines):,} category mappings from {name}." if lines else f"{name} contains no category mappings."
    )


def _uploaded(form: FormData) -> tuple[str, bytes]:
    """Name and content of the file that was sent."""
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise ConfigError(f"No file selected. Choose {_ALLOWED}.")
    held = file.file.read(LARGEST_FILE + 1)
    if len(held) > LARGEST_FILE:
        raise ConfigError(f"{file.filename[:100]} is larger than {LARGEST_FILE // 2**20} MB. Split the file and import the parts.")
    return file.filename[:100], held
