"""What PowerSchool writes into CreatedByPlugin for our plugin: its ID, or a signed plugin's Identifier (powerschool-xte.md §2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from include.errors import SourceError
from include.response_body import json_of
from include.sis.powerschool.bodies import mark_in
from include.sis.powerschool.service import Service
from include.sis.powerschool.tables import cells
from include.sis.powerschool.values import RowError, entries, maybe_whole, text_of

_LATEST = {"page": "1", "pagesize": "100", "sort": "assignmentid", "sortdescending": "true"}


def identities(service: Service) -> frozenset[str]:
    """Return every identity that our plugin is known by; none where PowerSchool does not report its ID and the connection names none."""
    return frozenset(filter(None, (service.metadata.plugin_id, service.options.plugin_identifier)))


def unknown_makers(service: Service, name: str) -> Iterator[str]:
    """Yield a sentence when recent assignments with the Grade Sync marker were created by an identity that is not known to be ours.

    The database tables are asked, as the gradebook's lists need a section; a server that does not let them be read says nothing.
    """
    try:
        marked = {number for row in _rows(service, "assignmentsection", "description") if (number := _marked(row)) is not None}
        makers = [text_of(row, "createdbyplugin") for row in _rows(service, "assignment", "createdbyplugin") if _of(row) in marked] if marked else []
    except (SourceError, RowError):
        return
    known = identities(service)
    strange = sorted({maker for maker in makers if maker and maker not in known})
    if known and strange and not known & set(makers):
        yield (
            f'{name}: assignments with the Grade Sync marker have CreatedByPlugin "{strange[0]}", and Grade Sync knows its plugin as '
            f'"{", ".join(sorted(known))}". If "{strange[0]}" is the Identifier of this plugin, set extra.plugin_identifier to it, '
            "so that Grade Sync recognizes the assignments that it created"
        )


def _rows(service: Service, table: str, column: str) -> list[Mapping[str, Any]]:
    answer = service.probe(table, ("assignmentid", column), **_LATEST)
    if answer.status_code != 200:
        raise SourceError("not readable")
    try:
        return [cells(record, table) for record in entries(json_of(answer).get("record"))]
    except (ValueError, AttributeError, RecursionError) as error:
        raise SourceError("not readable") from error


def _marked(row: Mapping[str, Any]) -> int | None:
    return _of(row) if mark_in(text_of(row, "description")) else None


def _of(row: Mapping[str, Any]) -> int | None:
    return maybe_whole(row, "assignmentid")
