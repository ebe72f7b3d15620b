"""What a vendor's gradebook refuses, whatever the standard allows: each rule is switched by a trait and says so in the vendor's words."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from include.sandbox.oneroster.bodies import Row, moment
from include.sandbox.oneroster.errors import unknown
from include.sandbox.oneroster.roster import Roster
from include.sandbox.oneroster.store import Store
from include.sandbox.oneroster.traits import VendorTraits

_MARKS = frozenset(" .,:;!?'\"()-_/&+#%@")
_ZERO = 1e-9


def local_day(text: str, zone: str) -> str:
    """The calendar day of an instant, in the school's zone."""
    return moment("dueDate", text).astimezone(ZoneInfo(zone)).date().isoformat()


def shown_day(text: str, traits: VendorTraits, zone: str) -> str:
    """The day that a person sees on the vendor's screen (G-4: Genesis keeps the UTC day)."""
    return text[:10] if traits.keeps == "utc_day" else local_day(text, zone)


def cut_to_day(row: Row, traits: VendorTraits) -> None:
    """Where the vendor keeps days only, the instants of a line item become midnight of their UTC day."""
    if traits.keeps == "utc_day":
        for name in ("assignDate", "dueDate"):
            if name in row:
                row[name] = f"{row[name][:10]}T00:00:00.000Z"


def check_line_item(row: Row, before: Row | None, traits: VendorTraits, roster: Roster, store: Store) -> None:
    """Raises the vendor's refusal of a line item. `before` is what stands under its id."""
    _may_write(before, traits)
    if row["class"] not in roster.courses_by_class:
        raise traits.refuse("class_unknown", row["class"])
    if before is not None and before["class"] != row["class"]:
        raise traits.refuse("class_changed", row["class"])
    _check_links(row, traits, roster, store)
    _check_name(row, traits, store)
    if not traits.zero_points and abs(row.get("resultValueMax", 0)) < _ZERO:
        raise traits.refuse("points_zero", 0)
    _check_dates(row, traits, roster)
    _check_category(row, traits, store)


def _may_write(item: Row | None, traits: VendorTraits) -> None:
    if item is None:
        return
    if item["_by"] == "system":
        raise traits.refuse("not_ours")
    if traits.third_party_lock and not item.get("_locked"):
        raise traits.refuse("unlocked")


def _check_links(row: Row, traits: VendorTraits, roster: Roster, store: Store) -> None:
    if row.get("school", "") not in ("", roster.rows["classes"][row["class"]]["school"]):
        raise traits.refuse("school_wrong", row["school"])
    for name in ("gradingPeriod", "academicSession"):
        if name in row and row[name] not in roster.rows["academicSessions"]:
            raise traits.refuse("session_unknown", row[name])
    if "scoreScale" in row and row["scoreScale"] not in store.rows["scoreScales"]:
        raise traits.refuse("scale_unknown", row["scoreScale"])


def _check_name(row: Row, traits: VendorTraits, store: Store) -> None:
    title = unicodedata.normalize("NFC", row["title"]).strip()
    if not title:
        raise traits.refuse("name_empty")
    if traits.name_limit is not None and len(title) > traits.name_limit:
        raise traits.refuse("name_long", len(title), traits.name_limit)
    strange = sorted({mark for mark in title if not (mark in _MARKS or unicodedata.category(mark)[0] in "LM" or unicodedata.category(mark) == "Nd")})
    if traits.name_plain and strange:
        raise traits.refuse("name_characters", " ".join(strange))
    if traits.name_unique:
        mine = title.casefold()
        for other in store.line_items(row["class"]):
            if other["sourcedId"] != row["sourcedId"] and other["title"].strip().casefold() == mine and other["status"] == "active":
                raise traits.refuse("name_taken", title)


def _check_dates(row: Row, traits: VendorTraits, roster: Roster) -> None:
    if traits.due_required and "dueDate" not in row:
        raise traits.refuse("due_missing")
    term = roster.term(row["class"])
    if term is None:
        return
    if traits.begun_term_only and roster.today < term.start:
        raise traits.refuse("term_not_begun", "", term.start)
    for name, checked in (("dueDate", traits.due_in_term), ("assignDate", traits.assign_in_term)):
        if checked and name in row:
            day = shown_day(row[name], traits, roster.district.time_zone)
            if not term.start <= datetime.fromisoformat(day).date() <= term.end:
                raise traits.refuse("due_outside", day, f"{term.start} to {term.end}")


def _check_category(row: Row, traits: VendorTraits, store: Store) -> None:
    if "category" not in row:
        if traits.category_required:
            raise traits.refuse("category_missing")
        return
    category = store.rows["categories"].get(row["category"])
    if category is None or category.get("_class", "") not in ("", row["class"]):
        raise traits.refuse("category_unknown", row["category"])
    if category.get("_state") == "deleted" or category["status"] != "active":
        raise traits.refuse("category_deleted", category["title"])


def check_result(row: Row, before: Row | None, traits: VendorTraits, roster: Roster, store: Store) -> None:
    """Raises the vendor's refusal of a result."""
    item = store.rows["lineItems"].get(row["lineItem"])
    if item is None or item["status"] != "active":
        raise traits.refuse("line_item_unknown", row["lineItem"])
    if traits.third_party_lock and not item.get("_locked"):
        raise traits.refuse("unlocked")
    if row["student"] not in roster.student_ids:
        raise traits.refuse("student_unknown", row["student"])
    if not store.is_enrolled(row["student"], item["class"]):
        raise traits.refuse("student_not_enrolled", row["student"], item["class"])
    if before is not None and (before["lineItem"], before["student"]) != (row["lineItem"], row["student"]):
        raise traits.refuse("line_item_changed")
    if row.get("class", item["class"]) != item["class"]:
        raise traits.refuse("class_unknown", row["class"])
    if "scoreScale" in row and row["scoreScale"] not in store.rows["scoreScales"]:
        raise traits.refuse("scale_unknown", row["scoreScale"])
    if traits.numeric_only and "textScore" in row:
        raise traits.refuse("score_not_numeric")
    if traits.score_required and "score" not in row and row["scoreStatus"] != "not submitted":
        raise traits.refuse("score_missing")


def check_deletable(kind: str, sourced_id: str, traits: VendorTraits, store: Store) -> Row:
    """The row to be deleted. Raises 404, or the vendor's refusal."""
    row = store.rows[kind].get(sourced_id)
    if row is None or row["status"] == "tobedeleted":
        raise unknown(kind, sourced_id)
    if kind == "lineItems":
        _may_write(row, traits)
    return row
