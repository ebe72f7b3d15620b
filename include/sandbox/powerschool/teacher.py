"""What people do in PowerTeacher Pro and in the office while nobody syncs: `POST /_sandbox/teacher` {"do": …}.

An assignment is named by `assignment` ("assignmentid/assignmentsectionid" or the assignmentid) or by `section` and `name`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request

from include.sandbox.powerschool.books import Assignment, Entry
from include.sandbox.powerschool.opening import assignment_body
from include.sandbox.powerschool.state import PowerSchoolState

Order = Mapping[str, Any]


async def act(state: PowerSchoolState, request: Request) -> object:
    """Carry out one order; ValueError names what is not understood."""
    order = await request.json()
    verb = order.get("do")
    if verb not in _ORDERS:
        raise ValueError(f"do is {verb!r}; allowed: {', '.join(_ORDERS)}")
    return _ORDERS[verb](state, order) or {"status": "ok"}


def _found(state: PowerSchoolState, order: Order) -> tuple[Assignment, Entry]:
    named = str(order.get("assignment", ""))
    if named:
        number, _, entry = named.partition("/")
        assignment = state.books.assignments[int(number)]
        return assignment, next(one for one in assignment.entries if entry in ("", str(one.id)))
    for assignment, one in state.books.of_section(int(order["section"])):
        if one.values["name"] == order["name"]:
            return assignment, one
    raise ValueError(f"no assignment named {order['name']!r} in section {order['section']}")


def _delete(state: PowerSchoolState, order: Order) -> None:
    state.commit({"do": "delete", "id": _found(state, order)[0].id})


def _lock(locked: bool) -> Callable[[PowerSchoolState, Order], None]:
    return lambda state, order: state.commit({"do": "lock", "entry": _found(state, order)[1].id, "locked": locked})


def _lock_term(locked: bool) -> Callable[[PowerSchoolState, Order], None]:
    return lambda state, order: state.commit({"do": "lock_term", "term": state.books.sections[int(order["section"])].term.dcid, "locked": locked})


def _edit_score(state: PowerSchoolState, order: Order) -> None:
    """`score` null empties it; flags by their PowerSchool names under `flags`."""
    entry, score = _found(state, order)[1], order.get("score")
    row = {
        "_assignmentsection": {"assignmentsectionid": entry.id},
        "studentsdcid": int(order["student"]),
        "actualscoreentered": None if score is None else str(score),
        "actualscorekind": "REAL_SCORE",
        "scorepoints": score,
        **order.get("flags", {}),
    }
    state.commit({"do": "score", "rows": [row]})


def _edit_assignment(state: PowerSchoolState, order: Order) -> None:
    """`values` by their PowerSchool names; they change in every section of the assignment."""
    assignment, _ = _found(state, order)
    rows = [
        {
            "assignmentsectionid": entry.id,
            "_assignmentcategoryassociations": entry.categories,
            "_assignmentstudentassociations": [{"studentsdcid": number} for number in sorted(entry.students)],
            **order["values"],
        }
        for entry in assignment.entries
    ]
    state.commit({"do": "replace", "id": assignment.id, "body": {"_assignmentsections": rows}})


def _create(state: PowerSchoolState, order: Order) -> object:
    section = state.books.sections[int(order["section"])]
    mine = [one for one in state.books.categories.values() if one.teacher in section.teachers and one.active and section.dcid not in one.excluded]
    wanted = str(order.get("category_id", ""))
    category = int(wanted) if wanted else next((one.id for one in mine), None)
    row = {"due_date": str(section.term.start), "points_possible": 10, **order}
    return _made(state.commit(_by_person(section.teachers[0], assignment_body(section.dcid, row, category))))


def _duplicate(state: PowerSchoolState, order: Order) -> object:
    """A copy has everything but the plugin's name: a person made it."""
    assignment, entry = _found(state, order)
    associations = [{"teachercategoryid": row["teachercategoryid"], "isprimary": row["isprimary"]} for row in entry.categories]
    body = {"sectionsdcid": entry.section, **entry.values, "_assignmentcategoryassociations": associations}
    return _made(state.commit(_by_person(assignment.teacher, {"_assignmentsections": [body]})))


def _by_person(teacher: int, body: Mapping[str, object]) -> dict[str, object]:
    return {"do": "create", "plugin": None, "teacher": teacher, "body": body}


def _made(assignment: Assignment) -> dict[str, str]:
    return {"sis_assignment_id": f"{assignment.id}/{assignment.entries[0].id}"}


def _change_teacher(state: PowerSchoolState, order: Order) -> None:
    """`teacher` alone from now on, or in front of the others with `keep`; categories of the same names come along unless `categories` is false."""
    section, user = state.books.sections[int(order["section"])], int(order["teacher"])
    before = section.teachers[0]
    teachers = [user, *(section.teachers if order.get("keep") else [])]
    state.commit({"do": "teacher", "section": section.dcid, "teachers": list(dict.fromkeys(teachers))})
    if order.get("categories", True):
        state.commit({"do": "copy_categories", "from": before, "to": user})


def _category(**change: Any) -> Callable[[PowerSchoolState, Order], None]:
    """A category by `category` (its id), or by `section` and `name`."""

    def carried_out(state: PowerSchoolState, order: Order) -> None:
        extra = {verb: [int(order["section"])] for verb in ("exclude", "include") if change.get(verb)}
        renamed = {"name": order["to"]} if change.get("rename") else {}
        flags = {"active": change["active"]} if "active" in change else {}
        state.commit({"do": "category", "id": _category_id(state, order), **flags, **extra, **renamed})

    return carried_out


def _category_id(state: PowerSchoolState, order: Order) -> int:
    if order.get("category"):
        return int(order["category"])
    teachers = state.books.sections[int(order["section"])].teachers
    return next(one.id for one in state.books.categories.values() if one.teacher in teachers and one.name == order["name"])


def _roster(verb: str) -> Callable[[PowerSchoolState, Order], None]:
    return lambda state, order: state.commit({"do": verb, "section": int(order["section"]), "student": int(order["student"])})


_ORDERS: Mapping[str, Callable[[PowerSchoolState, Order], object]] = {
    "delete": _delete,
    "lock": _lock(True),
    "unlock": _lock(False),
    "lock_term": _lock_term(True),
    "unlock_term": _lock_term(False),
    "edit_score": _edit_score,
    "edit_assignment": _edit_assignment,
    "create": _create,
    "duplicate": _duplicate,
    "change_teacher": _change_teacher,
    "deactivate_category": _category(active=False),
    "activate_category": _category(active=True),
    "hide_category": _category(exclude=True),
    "show_category": _category(include=True),
    "rename_category": _category(rename=True),
    "drop_student": _roster("drop"),
    "enrol_student": _roster("enrol"),
}
