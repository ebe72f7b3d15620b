"""Rows as the outside sees them: what the vendor adds to a record, and links written out with href and type."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import quote

from include.sandbox.oneroster.bodies import Row
from include.sandbox.oneroster.shapes import TARGETS, fields
from include.sandbox.oneroster.traits import VendorTraits


def seen(row: Row, collection: str, traits: VendorTraits) -> Row:
    """The row with the vendor's own metadata and the status that its hidden state means."""
    if collection == "lineItems":
        more = {"thirdPartyReadOnly": "true" if row.get("_locked") else "false"} if traits.third_party_lock else {}
        return _with(row, more, gone=bool(row.get("_trashed")))
    if collection == "categories":
        more = {"classId": row["_class"]} if traits.category_class_id and row.get("_class") else {}
        state = row.get("_state", "active")
        if state != "active" and traits.hidden_as == "metadata":
            more["state"] = state
        return _with(row, more, gone=state == "deleted")
    if collection == "results" and traits.grading_tasks:
        return _with(row, {"ext_infiniteCampus_isAssignmentResult": True}, gone=False)
    return row


def _with(row: Row, more: dict[str, Any], *, gone: bool) -> Row:
    if not more and not gone:
        return row
    added = {**row, "metadata": {**row.get("metadata", {}), **more}} if more else dict(row)
    return added | {"status": "tobedeleted"} if gone else added


def shown(row: Row, collection: str, traits: VendorTraits, root: str, only: tuple[str, ...] = ()) -> Row:
    """The row as JSON for the answer. `root` is the server's address, `only` the chosen fields (empty: all)."""
    known = fields(collection, traits.version)
    told: Row = {}
    for name, value in row.items():
        if name not in known or (only and name not in only):
            continue
        field = known[name]
        if field.kind == "link":
            told[name] = link(field.of, value, traits, root)
        elif field.kind == "links":
            told[name] = [link(field.of, one, traits, root) for one in value]
        elif name == "roles":
            told[name] = [{**role, "org": link("org", role["org"], traits, root)} for role in value]
        else:
            told[name] = value
    return told


def link(to: str, sourced_id: str, traits: VendorTraits, root: str) -> Row:
    """A link, written out. Links repeat much, so they are kept; whoever gets one must not change it."""
    service, collection, types = TARGETS[to]
    return _written(root, traits.rostering_path if service == "rostering" else traits.gradebook_path, collection, sourced_id, types[0])


@lru_cache(maxsize=100_000)
def _written(root: str, path: str, collection: str, sourced_id: str, kind: str) -> Row:
    return {"href": f"{root}{path}/{collection}/{quote(sourced_id, safe='')}", "sourcedId": sourced_id, "type": kind}
