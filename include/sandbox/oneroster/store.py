"""The gradebook that one provider keeps: rows by id with indexes, changed by events alone, so that world + journal gives it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from include.sandbox.oneroster.bodies import Row, stamp
from include.sandbox.serving import Journal

KINDS = ("categories", "lineItems", "results", "scoreScales")


class Store:
    """Rows of categories, line items, results and score scales, and who is enrolled where.

    Links are bare ids. Keys with an underscore are the provider's own: `_by` (sync, person or system), `_class` and `_state` of a category,
    `_locked` and `_trashed` of a line item.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.clear()

    def clear(self) -> None:
        """No rows at all."""
        self.rows: dict[str, dict[str, Row]] = {kind: {} for kind in KINDS}
        self.items_of_class: dict[str, dict[str, None]] = {}
        self.categories_of_class: dict[str, dict[str, None]] = {}
        self.results_of_item: dict[str, dict[str, None]] = {}
        self.rosters: dict[str, dict[str, bool]] = {}  # class -> student -> is still there
        self.allocated = 0

    def do(self, event: Mapping[str, Any]) -> None:
        """Change the gradebook, and keep the change."""
        kept = {"at": stamp(datetime.now(UTC)), **event}
        self.journal.append(kept)
        self.apply(kept)

    def put(self, kind: str, row: Row, *, allocated: bool = False) -> None:
        """Create or replace one row."""
        self.do({"do": "put", "kind": kind, "row": row, **({"allocated": True} if allocated else {})})

    def drop(self, kind: str, sourced_id: str) -> None:
        """Remove one row, with the results of a line item."""
        self.do({"do": "drop", "kind": kind, "id": sourced_id})

    def change(self, kind: str, sourced_id: str, **values: Any) -> None:
        """Set some fields of one row; None removes a field."""
        self.do({"do": "change", "kind": kind, "id": sourced_id, "values": values})

    def move(self, student: str, source: str, target: str) -> None:
        """Enrol a student in another class; empty for none. Scores stay where they are (R-8)."""
        self.do({"do": "move", "student": student, "from": source, "to": target})

    def apply(self, event: Mapping[str, Any]) -> None:
        """Carry out one event, without keeping it."""
        {"put": self._put, "drop": self._drop, "change": self._change, "move": self._move}[event["do"]](event)

    def _put(self, event: Mapping[str, Any]) -> None:
        kind, row = event["kind"], {**event["row"], "dateLastModified": event["at"]}
        sourced_id = row["sourcedId"]
        before = self.rows[kind].get(sourced_id)
        if before is not None:
            self._unindex(kind, before)
        self.rows[kind][sourced_id] = row
        self._index(kind, row)
        self.allocated += bool(event.get("allocated"))

    def _change(self, event: Mapping[str, Any]) -> None:
        row = {**self.rows[event["kind"]][event["id"]], **event["values"]}
        self._put({"kind": event["kind"], "row": {key: value for key, value in row.items() if value is not None}, "at": event["at"]})

    def _drop(self, event: Mapping[str, Any]) -> None:
        row = self.rows[event["kind"]].pop(event["id"])
        self._unindex(event["kind"], row)
        if event["kind"] == "lineItems":
            for result in self.results_of_item.pop(event["id"], {}):
                self.rows["results"].pop(result)

    def _move(self, event: Mapping[str, Any]) -> None:
        if event["from"] in self.rosters:
            self.rosters[event["from"]][event["student"]] = False
        if event["to"]:
            self.rosters.setdefault(event["to"], {})[event["student"]] = True

    def _place(self, kind: str, row: Row) -> dict[str, None] | None:
        index, key = {
            "lineItems": (self.items_of_class, row.get("class", "")),
            "results": (self.results_of_item, row.get("lineItem", "")),
            "categories": (self.categories_of_class, row.get("_class", "")),
        }.get(kind, (None, ""))
        return None if index is None else index.setdefault(key, {})

    def _index(self, kind: str, row: Row) -> None:
        place = self._place(kind, row)
        if place is not None:
            place[row["sourcedId"]] = None

    def _unindex(self, kind: str, row: Row) -> None:
        place = self._place(kind, row)
        if place is not None:
            place.pop(row["sourcedId"], None)

    def line_items(self, class_id: str) -> list[Row]:
        """The line items of a class, in the order in which they came."""
        return self._rows("lineItems", self.items_of_class.get(class_id, ()))

    def categories(self, class_id: str) -> list[Row]:
        """The categories of a class and those of no class."""
        return self._rows("categories", (*self.categories_of_class.get(class_id, ()), *self.categories_of_class.get("", ())))

    def results(self, line_item: str) -> list[Row]:
        """The results of a line item."""
        return self._rows("results", self.results_of_item.get(line_item, ()))

    def class_results(self, class_id: str) -> list[Row]:
        """The results of a class."""
        return [row for line_item in self.items_of_class.get(class_id, ()) for row in self.results(line_item)]

    def is_enrolled(self, student: str, class_id: str) -> bool:
        """Whether the student is in the class now."""
        return self.rosters.get(class_id, {}).get(student, False)

    def _rows(self, kind: str, ids: Iterable[str]) -> list[Row]:
        rows = self.rows[kind]
        return [rows[one] for one in ids]
