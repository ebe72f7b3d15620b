"""What teachers and schedulers do in the vendor's own screens, for tests: `POST /_sandbox/teacher` and `POST /_sandbox/move`.

`{"do": "trash", "class": "c-1", "name": "Essay"}`; an assignment is named by `id`, or by `class` and `name`, a category by `category` (id or title).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

from starlette.requests import Request

from include.sandbox.oneroster.bodies import Row
from include.sandbox.oneroster.provider import Provider, by_person
from include.sandbox.serving import Json

Admin = Callable[[Request], Awaitable[object]]
Order = Mapping[str, Any]


def handler(provider: Provider) -> Admin:
    """The admin route for teacher actions: answers the id of what was touched, 400 with a sentence for what cannot be done."""

    async def endpoint(request: Request) -> object:
        order = await request.json()
        action = _ACTIONS.get(str(order.get("do")))
        if action is None:
            return Json({"error": f"do must be one of {', '.join(sorted(_ACTIONS))}, not {order.get('do')!r}"}, 400)
        return {"id": action(provider, order)}

    return endpoint


def move_handler(provider: Provider) -> Admin:
    """The admin route by which a student changes class: `{"student": "s-1", "from": "c-1", "to": "c-2"}`."""

    async def endpoint(request: Request) -> object:
        order = await request.json()
        provider.move_student(str(order["student"]), str(order.get("from", "")), str(order.get("to", "")))
        return {"status": "ok"}

    return endpoint


def _item(provider: Provider, order: Order) -> Row:
    rows = provider.store.rows["lineItems"]
    if "id" in order:
        found = [rows[order["id"]]] if order["id"] in rows else []
    else:
        found = [row for row in provider.store.line_items(str(order["class"])) if row["title"] == order["name"]]
    if len(found) != 1:
        raise ValueError(f"{len(found)} assignments fit {order.get('id') or order.get('name')!r}; exactly one must")
    return found[0]


def _category(provider: Provider, class_id: str, wanted: str) -> Row:
    found = [row for row in provider.store.categories(class_id) if wanted in (row["sourcedId"], row["title"])]
    if len(found) != 1:
        raise ValueError(f"{len(found)} categories of class {class_id} fit {wanted!r}; exactly one must")
    return found[0]


def _trash(provider: Provider, order: Order) -> str:
    if not provider.traits.trash_can:
        raise ValueError(f"{provider.traits.target} has no trash can")
    return _set(provider, _item(provider, order), _trashed=True)


def _set(provider: Provider, item: Row, **values: Any) -> str:
    provider.store.change("lineItems", item["sourcedId"], **values)
    return str(item["sourcedId"])


def _purge(provider: Provider, order: Order) -> str:
    item = _item(provider, order)
    provider.store.drop("lineItems", item["sourcedId"])
    return str(item["sourcedId"])


def _delete(provider: Provider, order: Order) -> str:
    return _trash(provider, order) if provider.traits.trash_can else _purge(provider, order)


def _lock(locked: bool) -> Callable[[Provider, Order], str]:
    def act(provider: Provider, order: Order) -> str:
        if not provider.traits.third_party_lock:
            raise ValueError(f"{provider.traits.target} has no lock on assignments")
        return _set(provider, _item(provider, order), _locked=locked)

    return act


def _edit_assignment(provider: Provider, order: Order) -> str:
    item = _item(provider, order)
    details = provider.traits.details_locked and item["_by"] == "sync" and {"name", "points_possible"} & set(order["set"])
    if (item.get("_locked") or details) and not order.get("force"):
        raise ValueError("the assignment is locked; unlock it first, or say force")
    return _set(provider, item, **by_person(order["set"]))


def _edit_score(provider: Provider, order: Order) -> str:
    """Type a score (`score`, `scoreStatus`, ...) for a student; null for score clears it."""
    item, student = _item(provider, order), str(order["student"])
    values = {name: order[name] for name in ("score", "scoreStatus", "late", "missing", "comment") if name in order}
    for result in provider.store.results(item["sourcedId"]):
        if result["student"] == student:
            provider.store.change("results", result["sourcedId"], **values)
            return str(result["sourcedId"])
    row = {"sourcedId": f"person-{item['sourcedId']}-{student}", "status": "active", "lineItem": item["sourcedId"], "student": student}
    row |= {"scoreStatus": "fully graded", "scoreDate": provider.roster.today.isoformat(), **values}
    provider.store.put("results", row | ({"class": item["class"]} if provider.traits.version == "1.2" else {}))
    return str(row["sourcedId"])


def _delete_score(provider: Provider, order: Order) -> str:
    item = _item(provider, order)
    for result in provider.store.results(item["sourcedId"]):
        if result["student"] == str(order["student"]):
            provider.store.drop("results", result["sourcedId"])
            return str(result["sourcedId"])
    raise ValueError(f"there is no score of student {order['student']}")


def _free_id(provider: Provider, prefix: str) -> str:
    """An id that no line item has, also after some were purged."""
    rows = provider.store.rows["lineItems"]
    return next(one for number in count(len(rows) + 1) if (one := f"{prefix}-{number}") not in rows)


def _create(provider: Provider, order: Order) -> str:
    class_id = str(order["class"])
    row = provider.line_item(_free_id(provider, "person"), class_id, str(order["name"]), "person") | by_person(order)
    if order.get("category"):
        row["category"] = _category(provider, class_id, str(order["category"]))["sourcedId"]
    provider.store.put("lineItems", row)
    return str(row["sourcedId"])


def _duplicate(provider: Provider, order: Order) -> str:
    """A copy of an assignment, without scores."""
    item = _item(provider, order)
    twin = {**item, "sourcedId": _free_id(provider, "copy"), "_by": "person"}
    provider.store.put("lineItems", twin)
    return str(twin["sourcedId"])


def _reuse_id(provider: Provider, order: Order) -> str:
    """After a restore an ID is given out again: what stands under it is now a teacher's own assignment, without scores."""
    item = _item(provider, order)
    provider.store.drop("lineItems", item["sourcedId"])
    row = provider.line_item(item["sourcedId"], item["class"], str(order.get("title", "Midterm exam")), "person")
    provider.store.put("lineItems", row | ({"category": item["category"]} if "category" in item else {}))
    return str(row["sourcedId"])


def _file_category(provider: Provider, order: Order) -> str:
    item = _item(provider, order)
    return _set(provider, item, category=_category(provider, item["class"], str(order["category"]))["sourcedId"])


def _change_category(provider: Provider, order: Order, **values: Any) -> str:
    row = _category(provider, str(order["class"]), str(order["category"]))
    provider.store.change("categories", row["sourcedId"], **values)
    return str(row["sourcedId"])


_ACTIONS: Mapping[str, Callable[[Provider, Order], str]] = {
    "trash": _trash,
    "restore": lambda provider, order: _set(provider, _item(provider, order), _trashed=None),
    "purge": _purge,
    "delete": _delete,
    "lock": _lock(True),
    "unlock": _lock(False),
    "edit_assignment": _edit_assignment,
    "edit_score": _edit_score,
    "delete_score": _delete_score,
    "create": _create,
    "duplicate": _duplicate,
    "reuse_id": _reuse_id,
    "file_category": _file_category,
    "rename_category": lambda provider, order: _change_category(provider, order, title=str(order["title"])),
    "hide_category": lambda provider, order: _change_category(provider, order, _state="hidden"),
    "show_category": lambda provider, order: _change_category(provider, order, _state="active"),
    "delete_category": lambda provider, order: _change_category(provider, order, _state="deleted"),
}
