"""The PowerSchool sandbox's state: books, settings, tokens, pace, log and faults. Books = district + journal."""

from __future__ import annotations

from typing import Any

from include.sandbox.powerschool.access import Tokens, Turnstile
from include.sandbox.powerschool.books import Assignment, Books, Entry
from include.sandbox.powerschool.changes import Change, is_blank, play
from include.sandbox.powerschool.opening import opened
from include.sandbox.powerschool.settings import Settings
from include.sandbox.serving import Faults, Journal, RequestLog
from include.sandbox.world import District

_SHOWN = {
    "islate": "late",
    "ismissing": "missing",
    "isexempt": "exempt",
    "isabsent": "absent",
    "isincomplete": "incomplete",
    "iscollected": "collected",
}


class PowerSchoolState:
    """Everything that the handlers share. All handlers run on one event loop, so nothing here needs a lock."""

    def __init__(self, district: District, journal: Journal, settings: Settings) -> None:
        self.district, self.journal, self.settings = district, journal, settings
        self._first_settings = settings.model_copy()
        self.faults, self.log = Faults(), RequestLog()
        self.tokens, self.turnstile = Tokens(), Turnstile()
        self._saved: dict[str, list[Change]] = {}
        self.books = self._replayed()

    def _replayed(self) -> Books:
        books = opened(self.district)
        for change in self.journal.replay():
            play(books, change)
        return books

    def commit(self, change: Change) -> Any:
        """Carry out a change that was checked, and keep it."""
        result = play(self.books, change)
        self.journal.append(change)
        return result

    def save(self, name: str) -> None:
        """Keep the books as they are now under a name, until the server stops."""
        self._saved[name] = list(self.journal.replay())

    def restore(self, name: str) -> None:
        """Go back to the books that were saved, as a school does with last week's backup: later IDs are given again. KeyError without them."""
        changes = self._saved[name]
        self.journal.clear()
        for change in changes:
            self.journal.append(change)
        self.books = self._replayed()

    def reset(self) -> None:
        """Back to the first day, settings included."""
        self.journal.clear()
        self.settings.change(self._first_settings.model_dump())
        self.tokens, self.turnstile = Tokens(), Turnstile()
        self.books = opened(self.district)

    def expire_tokens(self) -> None:
        """All tokens die (the fault `expire_tokens`)."""
        self.tokens.clear()

    def move_student(self, student_id: str, from_section: str, to_section: str) -> None:
        """A student changes section: dropped in one roster, enrolled in the other. Sections that PowerSchool does not know are passed over."""
        student = int(student_id) if student_id.isdigit() else None
        if student not in self.books.students:
            return
        for verb, section in (("drop", from_section), ("enrol", to_section)):
            if section.isdigit() and int(section) in self.books.sections:
                self.commit({"do": verb, "section": int(section), "student": student})

    def snapshot(self) -> dict[str, object]:
        """Each section as a person sees it in PowerTeacher Pro: sorted, without record ids and time stamps."""
        return {"sections": {str(dcid): self._section(dcid) for dcid in sorted(self.books.sections)}}

    def _section(self, dcid: int) -> dict[str, object]:
        section = self.books.sections[dcid]
        mine = [one for one in self.books.categories.values() if one.teacher in section.teachers]
        items = [_seen(self.books, assignment, entry) for assignment, entry in self.books.of_section(dcid)]
        return {
            "title": section.title,
            "teachers": [str(user) for user in section.teachers],
            "students": sorted(str(student) for student in self.books.roster(dcid)),
            "categories": sorted([one.name, "inactive" if not one.active else "hidden" if dcid in one.excluded else "active"] for one in mine),
            "assignments": sorted(items, key=lambda item: (str(item["name"]), str(item["due_date"]), str(item["description"]))),
        }


def _seen(books: Books, assignment: Assignment, entry: Entry) -> dict[str, object]:
    values = entry.values
    scores = {str(student): _score(row) for student, row in sorted(entry.scores.items()) if not is_blank(row)}
    return {
        "name": values["name"],
        "description": values["description"],
        "due_date": values["duedate"],
        "points_possible": values["totalpointvalue"],
        "score_type": values["scoretype"],
        "category": books.category_of(entry),
        "counts": values["iscountedinfinalgrade"],
        "scores_shown": values["isscorespublish"],
        "locked": entry.locked,
        "made_by": "plugin" if assignment.plugin else "person",
        "students": sorted(str(student) for student in entry.students),
        "scores": scores,
    }


def _score(row: dict[str, Any]) -> dict[str, object]:
    seen: dict[str, object] = {"entered": row["actualscoreentered"], "points": row["scorepoints"]}
    comment = (row.get("_assignmentscorecomment") or {}).get("commentvalue")
    return seen | ({"comment": comment} if comment else {}) | {name: True for flag, name in _SHOWN.items() if row[flag]}
