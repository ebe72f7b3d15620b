"""The connection's test: what a sync needs of this PowerSchool and does not have, one sentence each (powerschool-xte.md §2)."""

from __future__ import annotations

from collections.abc import Iterator

from include.errors import AccessError, GradeSyncError
from include.sis.powerschool import answers
from include.sis.powerschool.service import Service

_AUDIT = ("whocreated", "whencreated", "whomodified", "whenmodified")
NEEDED: dict[str, tuple[str, ...]] = {
    "sections": ("dcid", "id", "termid", "schoolid"),
    "sectionteacher": ("sectionid", "teacherid"),
    "schoolstaff": ("id", "users_dcid"),
    "cc": ("sectionid", "studentid"),
    "students": ("dcid", "id", "student_number"),
    "teachercategory": ("teachercategoryid", "usersdcid", "name", "isactive"),
    "assignment": ("assignmentid", "createdbyplugin", *_AUDIT),
    "assignmentsection": ("assignmentsectionid", "sectionsdcid", "name", "description", "duedate", *_AUDIT),
    "assignmentcategoryassoc": ("assignmentcategoryassocid", "teachercategoryid", "isprimary", *_AUDIT),
    "assignmentscore": ("assignmentscoreid", "assignmentsectionid", "studentsdcid", "scorepoints", "actualscoreentered", *_AUDIT),
}
"""Every column that a sync reads, or that PowerSchool fills in when it writes."""


def findings(service: Service) -> Iterator[str]:
    """Sentences; none when all is well. Only reads, and no more rows than one per table."""
    name = f"connection {service.connection.id}"
    try:
        plugin = service.metadata.plugin_id
    except AccessError as error:
        yield error.told
        return
    except GradeSyncError as error:
        yield f"{name}: PowerSchool cannot be read: {error.told.removeprefix(f'{name}: ')}"
        return
    if not plugin:
        yield f"{name}: PowerSchool does not tell the plugin's id (GET /ws/v1/metadata); our assignments are then known by their mark alone"
    try:
        for table, columns in NEEDED.items():
            yield from _missing(service, name, table, columns)
    except GradeSyncError as error:
        yield f"{name}: the check stopped: {error.told}"
    seconds = max(service.told_to_wait, default=0.0)
    if len(service.told_to_wait) > bool(service.options.pace_ms):  # at a given pace, one request may still travel faster than the one before it
        yield (
            f"{name}: PowerSchool refused requests that came too early and asked to wait {seconds:g} s; set extra.pace_ms to the plugin's interval "
            f"(now {service.options.pace_ms}), or have it lowered in PowerSchool"
        )


def _missing(service: Service, name: str, table: str, columns: tuple[str, ...]) -> Iterator[str]:
    """Ask for one row; each 403 names one column, which is left out of the next request."""
    left = list(columns)
    while left:
        answer = service.probe(table, left)
        if answer.status_code == 200:
            return
        refused, _, column = answers.refused_field(answer).partition(".")
        if refused != table or column not in left:
            yield f"{name}: the table {table} cannot be read: {answers.sentence(answer)}"
            return
        yield f"{name}: the plugin has no right to {table}.{column}; install the plugin version that asks for it"
        left.remove(column)
