"""What a person sees in a sandbox SIS, in a form that two nights can be compared by; and a ledger that got lost."""

from __future__ import annotations

import json
import re
from typing import Any

from sqlalchemy import text

from include.district import load_district
from include.sync import state
from tests.town import Town

Book = dict[str, list[dict[str, Any]]]


def book(place: Town, target: str) -> Book:
    """SIS section to its assignments with their scores, in an order of their own."""
    holds = place.holds(target)
    sections = holds.get("sections", holds)
    return {section: sorted(row["assignments"], key=lambda item: json.dumps(item, sort_keys=True)) for section, row in sections.items()}


def marks(held: Book) -> dict[str, Any]:
    """Assignments by our mark where one can be read off them (PowerSchool), else by section, maker and name."""
    found: dict[str, Any] = {}
    for section, items in held.items():
        for item in items:
            mark = re.search(r"\[(gs-[^\]]+)\]", str(item.get("description")))
            found[mark.group(1) if mark else f"{section}/{item['made_by']}/{item['name']}"] = item
    return found


def forget_ledger(place: Town) -> None:
    """The state database is emptied, as if it had been made anew."""
    with state.engine(load_district(place.file).state).begin() as connection:
        for table in ("ledger_assignments", "ledger_scores"):
            connection.execute(text(f"DELETE FROM {table}"))
