"""The connection's test: what a sync needs of this PowerSchool and does not have, one sentence each (powerschool-xte.md §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from include.errors import AccessError, GradeSyncError
from include.response_body import json_of
from include.sis.powerschool import answers
from include.sis.powerschool.identity import unknown_makers
from include.sis.powerschool.service import Service
from include.sis.powerschool.tables import COLUMNS, cells
from include.sis.powerschool.values import RowError, entries, maybe_whole
from include.sis.powerschool.writing import VIEW_ONLY, is_view_only

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

_REQUIRED: Mapping[str, tuple[str, ...]] = {table: required for table, (required, _) in COLUMNS.items()}
"""Columns that a sync cannot do without.

Without SECTIONS.SCHOOLID each section's term is read by itself; without a score's ID a score is known by its assignment and student; the gradebook's
other columns, and the audit columns, are filled in by PowerSchool where it has them. A missing right to one that exists still stops every write.
"""


@dataclass
class _Seen:
    """What the rows of the check showed: a teacher and a term to ask in whose name."""

    numbers: dict[str, int] = field(default_factory=dict)

    def note(self, table: str, answer: requests.Response) -> None:
        """Keep the numbers of the first row."""
        try:
            found = [cells(record, table) for record in entries(json_of(answer).get("record"))][:1]
            for row in found:
                self.numbers.update({f"{table}.{name}": number for name in row if (number := _number(row, name)) is not None})
        except (ValueError, AttributeError, RecursionError):
            return


def findings(service: Service) -> Iterator[str]:
    """Sentences; none when all is well. Changes nothing, and reads no more rows than one per table, and a page of assignments."""
    name = f"connection {service.connection.id}"
    try:
        plugin = service.metadata.plugin_id
    except AccessError as error:
        yield error.told
        return
    except GradeSyncError as error:
        yield f"{name}: PowerSchool cannot be read: {error.told.removeprefix(f'{name}: ')}"
        return
    if not plugin and not service.options.plugin_identifier:
        yield f"{name}: PowerSchool does not show the plugin's ID (GET /ws/v1/metadata). Grade Sync can then use only the marker of its assignments"
    seen, before = _Seen(), 0
    try:
        for table, columns in NEEDED.items():
            for sentence in _missing(service, name, table, columns, seen):
                before += 1
                yield sentence
        if not before:
            yield from _view_only(service, name, seen)
            yield from unknown_makers(service, name)
    except GradeSyncError as error:
        yield f"{name}: the check stopped: {error.told}"
    seconds = max(service.told_to_wait, default=0.0)
    if len(service.told_to_wait) > bool(service.options.pace_ms):  # at a given pace, one request may still travel faster than the one before it
        yield (
            f"{name}: PowerSchool rejected requests that came too early and asked to wait {seconds:g} s. Set extra.pace_ms to the plugin's interval "
            f"(now {service.options.pace_ms}), or lower the interval in PowerSchool"
        )


def _view_only(service: Service, name: str, seen: _Seen) -> Iterator[str]:
    """Whether the plugin may write (I-10): writing no scores at all changes nothing, and a plugin with view-only rights is told so."""
    teacher, term = seen.numbers.get("schoolstaff.users_dcid"), seen.numbers.get("sections.termid")
    if teacher is not None and term is not None and is_view_only(service, str(teacher), str(term)):
        yield f"{name}: {VIEW_ONLY}"


def _missing(service: Service, name: str, table: str, columns: tuple[str, ...], seen: _Seen) -> Iterator[str]:
    """Ask for one row. Each 403 names one column without a right, each 400 one that does not exist: it is left out of the next request."""
    left = list(columns)
    while left:
        answer = service.probe(table, left)
        if answer.status_code == 200:
            seen.note(table, answer)
            return
        if answers.names_a_column(answer):
            lacking = answers.named_column(answer, left)
            if not lacking:
                yield from _one_by_one(service, name, table, left)
                return
            yield from _lacks(name, table, lacking)
            left.remove(lacking)
            continue
        refused, _, column = answers.refused_field(answer).partition(".")
        if refused != table or column not in left:
            yield f"{name}: the table {table} cannot be read: {answers.sentence(answer)}"
            return
        yield f"{name}: the plugin does not have permission to read {table}.{column}. Install the plugin version that requests it"
        left.remove(column)


def _one_by_one(service: Service, name: str, table: str, columns: list[str]) -> Iterator[str]:
    """Each column by itself, where PowerSchool does not say which one it lacks."""
    for column in columns:
        answer = service.probe(table, [column])
        if answers.names_a_column(answer):
            yield from _lacks(name, table, column)
        elif answers.refused_field(answer):
            yield f"{name}: the plugin does not have permission to read {table}.{column}. Install the plugin version that requests it"


def _lacks(name: str, table: str, column: str) -> Iterator[str]:
    if column in _REQUIRED.get(table, ()):
        yield f"{name}: this PowerSchool has no column {table}.{column}, which Grade Sync needs. Ask PowerSchool which version has it"


def _number(row: Mapping[str, Any], name: str) -> int | None:
    try:
        return maybe_whole(row, name)
    except RowError:
        return None
