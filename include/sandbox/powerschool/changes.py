"""Every way in which the books change, as plain JSON: what the journal holds and what a restart plays again.

A change was checked before it gets here; playing it never fails, and the same changes in the same order give the same ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from include.sandbox.powerschool.books import Assignment, Books, Category, Entry

Change = Mapping[str, Any]

_DEFAULTS: Mapping[str, Any] = {
    "name": "",
    "description": "",
    "duedate": None,
    "scoretype": "POINTS",
    "scoreentrypoints": None,
    "weight": 1.0,
    "totalpointvalue": None,
    "extracreditpoints": 0.0,
    "iscountedinfinalgrade": True,
    "isscoringneeded": False,
    "publishoption": "Immediately",
    "isscorespublish": True,
    "publisheddate": None,
    "maxretakeallowed": 0,
}
_FLAGS = ("islate", "ismissing", "isexempt", "iscollected", "isabsent", "isincomplete")
_EMPTY_SCORE: Mapping[str, Any] = {
    "actualscoreentered": None,
    "actualscorekind": None,
    "scoretype": "POINTS",
    "scorepoints": None,
    **dict.fromkeys(_FLAGS, False),
}


def play(books: Books, change: Change) -> Any:
    """Carry out one change."""
    return _CHANGES[change["do"]](books, change)


def is_blank(score: Mapping[str, Any]) -> bool:
    """Whether a score row shows nothing to a person."""
    return score.get("actualscoreentered") in (None, "") and score.get("scorepoints") is None and not any(score.get(flag) for flag in _FLAGS)


def _create(books: Books, change: Change) -> Assignment:
    entries = [_entry(books, body) for body in change["body"]["_assignmentsections"]]
    assignment = Assignment(books.next_assignment, change["plugin"], change["teacher"], entries)
    books.next_assignment += 1
    books.assignments[assignment.id] = assignment
    for entry in entries:
        books.entries[entry.id] = (assignment, entry)
        books.shelves[entry.section][entry.id] = None
    return assignment


def _entry(books: Books, body: Change) -> Entry:
    entry = Entry(books.next_entry, int(body["sectionsdcid"]), dict(_DEFAULTS), [])
    books.next_entry += 1
    _fill(books, entry, body)
    return entry


def _fill(books: Books, entry: Entry, body: Change) -> None:
    entry.values.update({name: body[name] for name in _DEFAULTS if name in body})
    entry.students = {int(row["studentsdcid"]) for row in body.get("_assignmentstudentassociations") or ()}
    entry.categories = [
        {
            "assignmentcategoryassocid": row.get("assignmentcategoryassocid") or books.take_record_id(),
            "teachercategoryid": int(row["teachercategoryid"]),
            "isprimary": bool(row.get("isprimary", True)),
        }
        for row in body.get("_assignmentcategoryassociations") or ()
    ]


def _replace(books: Books, change: Change) -> None:
    by_id = {entry.id: entry for entry in books.assignments[change["id"]].entries}
    for body in change["body"]["_assignmentsections"]:
        _fill(books, by_id[int(body["assignmentsectionid"])], body)


def _delete(books: Books, change: Change) -> None:
    for entry in books.assignments.pop(change["id"]).entries:
        del books.entries[entry.id], books.shelves[entry.section][entry.id]
        books.gone.add(entry.id)


def _score(books: Books, change: Change) -> None:
    for row in change["rows"]:
        _, entry = books.entries[int(row["_assignmentsection"]["assignmentsectionid"])]
        student = int(row["studentsdcid"])
        if student not in entry.scores:
            entry.scores[student] = {"assignmentscoreid": books.take_record_id(), **_EMPTY_SCORE}
        entry.scores[student].update({name: row[name] for name in (*_EMPTY_SCORE, "_assignmentscorecomment") if name in row})


def _unassign(books: Books, change: Change) -> None:
    """DELETE assignment_section/students: nobody left means everyone again (powerschool-xte.md §6)."""
    for number in change["entries"]:
        if number not in books.entries:
            continue
        entry = books.entries[number][1]
        named = entry.students or books.roster(entry.section)
        entry.students = named - set(change["students"])
        for student in change["students"] if change["force"] else ():
            entry.scores.pop(student, None)


def _lock(books: Books, change: Change) -> None:
    books.entries[change["entry"]][1].locked = change["locked"]


def _lock_term(books: Books, change: Change) -> None:
    for term in books.terms:
        if term.dcid == change["term"]:
            term.locked = change["locked"]


def _teacher(books: Books, change: Change) -> None:
    section = books.sections[change["section"]]
    section.teachers = list(change["teachers"])
    for user in section.teachers:
        books.users.setdefault(user, f"teacher{user}@example.org")
        books.staff.setdefault((user, section.term.school), 5_001 + len(books.staff))


def _category(books: Books, change: Change) -> None:
    category = books.categories[change["id"]]
    category.active = change.get("active", category.active)
    category.name = change.get("name", category.name)
    category.excluded |= set(change.get("exclude", ()))
    category.excluded -= set(change.get("include", ()))


def _copy_categories(books: Books, change: Change) -> None:
    """The new teacher of a section gets categories of the same names."""
    names = {one.name for one in books.categories.values() if one.teacher == change["to"]}
    for one in [one for one in books.categories.values() if one.teacher == change["from"] and one.name not in names]:
        number = 4_000_001 + len(books.categories)
        books.categories[number] = Category(number, change["to"], one.name, one.active, one.district, set(one.excluded))


def _drop(books: Books, change: Change) -> None:
    for one in books.enrolments[change["section"]]:
        if one.student == change["student"]:
            one.dropped = True
    books.rosters[change["section"]].discard(change["student"])


def _enrol(books: Books, change: Change) -> None:
    section = books.sections[change["section"]]
    if change["student"] not in books.roster(section.dcid):
        books.enrol(section, change["student"])


_CHANGES: Mapping[str, Callable[[Books, Change], Any]] = {
    "create": _create,
    "replace": _replace,
    "delete": _delete,
    "score": _score,
    "unassign": _unassign,
    "lock": _lock,
    "lock_term": _lock_term,
    "teacher": _teacher,
    "category": _category,
    "copy_categories": _copy_categories,
    "drop": _drop,
    "enrol": _enrol,
}
