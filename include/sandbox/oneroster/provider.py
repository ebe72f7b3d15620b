"""One running provider: its traits, roster, gradebook and tokens, and what the sandbox's common layer wants to know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

from include.sandbox.oneroster.bodies import Row
from include.sandbox.oneroster.oddities import Oddities
from include.sandbox.oneroster.roster import Roster
from include.sandbox.oneroster.rules import shown_day
from include.sandbox.oneroster.store import Store
from include.sandbox.oneroster.token import Tokens
from include.sandbox.oneroster.traits import VendorTraits
from include.sandbox.serving import Faults, Journal, RequestLog
from include.sandbox.world import District

_SCORE_FIELDS = ("score", "textScore", "scoreStatus", "scoreDate", "late", "missing", "incomplete", "inProgress", "comment")


class Provider:
    """The state of one provider. State = district + journal; `target` says whose share of the district it is."""

    def __init__(self, district: District, traits: VendorTraits, journal: Journal, target: str) -> None:
        self.traits, self.zone = traits, district.time_zone
        self.faults, self.log = Faults(), RequestLog()
        self.oddities = Oddities()
        self.tokens = Tokens(traits)
        self.roster = Roster(district, traits, target)
        self.store = Store(journal)
        self._begin()
        for event in journal.replay():
            self.store.apply(event)

    def _begin(self) -> None:
        """The gradebook as generated: enrolments, categories, what people made by hand, and the vendor's own line items."""
        self.store.clear()
        for class_id, student in self.roster.students():
            self.store.rosters.setdefault(class_id, {})[student] = True
        for kind, row in chain(self._categories(), self._foreign(), self._tasks()):
            self.store.apply({"do": "put", "kind": kind, "row": row, "at": self.roster.modified})

    def _categories(self) -> Iterator[tuple[str, Row]]:
        for class_id, one in self.roster.categories():
            yield "categories", {"sourcedId": one.id, "status": "active", "title": one.title, "_class": class_id, "_state": one.state}

    def _foreign(self) -> Iterator[tuple[str, Row]]:
        for class_id in self.roster.courses_by_class:
            numbers = count(1)
            for item in self.roster.district.foreign.get(class_id, ()):
                row = self.line_item(f"person-{class_id}-{next(numbers)}", class_id, str(item["name"]), "person")
                yield "lineItems", row | by_person(item)

    def _tasks(self) -> Iterator[tuple[str, Row]]:
        for class_id in self.roster.courses_by_class if self.traits.grading_tasks else ():
            categories = self.store.categories(class_id)
            for title, standard in (("Semester Grade", False), ("Standard 1", True)):
                name = "ext_infiniteCampus_is"
                row = self.line_item(f"task-{class_id}-{int(standard)}", class_id, title, "system")
                row["metadata"] = {f"{name}Standard": standard, f"{name}GradingWindowOpen": True, f"{name}OneTime": False}
                yield "lineItems", row | ({"category": categories[0]["sourcedId"]} if categories else {})

    def line_item(self, sourced_id: str, class_id: str, title: str, by: str) -> Row:
        """A line item that did not come over the API, due at the end of the term."""
        term, school = self.roster.term(class_id), self.roster.rows["classes"][class_id]["school"]
        start, end = (term.start, term.end) if term else (self.roster.today, self.roster.today)
        row: Row = {"sourcedId": sourced_id, "status": "active", "title": title, "class": class_id, "_by": by}
        row |= {"assignDate": f"{start}T12:00:00.000Z", "dueDate": f"{end}T12:00:00.000Z", "resultValueMin": 0.0, "resultValueMax": 100.0}
        return row | ({"school": school} if self.traits.version == "1.2" else {})

    def expire_tokens(self) -> None:
        """All tokens end now."""
        self.tokens.expire_all()

    def reset(self) -> None:
        """Back to the district as generated."""
        self.store.journal.clear()
        self.tokens.expire_all()
        self.oddities.use({})
        self._begin()

    def restore(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Back to an earlier state, as from a backup: the district as generated, and what had happened by then."""
        kept = list(events)
        self.store.journal.clear()
        self._begin()
        for event in kept:
            self.store.journal.append(event)
            self.store.apply(event)

    def move_student(self, student_id: str, from_section: str, to_section: str) -> None:
        """A student changes class: the SIS's own id of the student and of both classes (empty: none)."""
        for class_id in (from_section, to_section):
            if class_id and class_id not in self.roster.courses_by_class:
                raise ValueError(f"no class {class_id} in {self.traits.target}")
        self.store.move(student_id, from_section, to_section)

    def snapshot(self) -> dict[str, object]:
        """Categories, assignments and scores of every class as a person sees them: sorted, without ids of ours and without time stamps."""
        return {class_id: self._class_snapshot(class_id) for class_id in sorted(self.roster.courses_by_class)}

    def _class_snapshot(self, class_id: str) -> dict[str, object]:
        rows = sorted(self.store.categories(class_id), key=lambda row: str(row["title"]))
        titles = {row["sourcedId"]: row["title"] for row in rows}
        items = [self._item_snapshot(row, titles) for row in self.store.line_items(class_id) if row["status"] == "active"]
        return {
            "categories": [{"title": row["title"], "state": row.get("_state", "active")} for row in rows],
            "assignments": sorted(items, key=lambda item: (item["name"], item["due_date"] or "", repr(item))),
            "students": sorted(student for student, there in self.store.rosters.get(class_id, {}).items() if there),
        }

    def _item_snapshot(self, row: Row, titles: dict[str, str]) -> Row:
        scores: dict[str, list[Row]] = {}
        for result in self.store.results(row["sourcedId"]):
            if result["status"] == "active":
                told = {**result.get("metadata", {}), **result}
                scores.setdefault(result["student"], []).append({name: told[name] for name in _SCORE_FIELDS if name in told})
        return {
            "name": row["title"],
            "description": row.get("description", ""),
            "due_date": shown_day(row["dueDate"], self.traits, self.zone) if "dueDate" in row else None,
            "points_possible": row.get("resultValueMax"),
            "category": titles.get(row.get("category", ""), ""),
            "state": "trashed" if row.get("_trashed") else "active",
            "locked": bool(row.get("_locked")),
            "made_by": row["_by"],
            "scores": {student: sorted(one, key=repr) for student, one in sorted(scores.items())},
        }


def by_person(item: Mapping[str, Any]) -> Row:
    """The fields of a line item out of the plain words that a person uses: name, due_date, points_possible, category_id, description."""
    row: Row = {}
    if item.get("name") is not None:
        row["title"] = str(item["name"])
    if item.get("due_date"):
        row["dueDate"] = f"{item['due_date']}T12:00:00.000Z"
    if item.get("points_possible") is not None:
        row["resultValueMax"] = float(item["points_possible"])
    if item.get("category_id"):
        row["category"] = str(item["category_id"])
    if item.get("description") is not None:
        row["description"] = str(item["description"])
    return row
