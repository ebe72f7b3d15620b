"""Assignments and scores in PowerSchool's JSON, and back (powerschool-xte.md §7, §8). Pure functions."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from include.sis.contract import AssignmentWrite, ScoreWrite
from include.sis.powerschool.options import Options
from include.sis.powerschool.values import RowError, as_flag, as_list, maybe_whole, whole

DESCRIPTION_MAX = 4000
"""Width of the description column (§7.5)."""

_MARK = re.compile(r"\s*\[(gs-[^\[\]\s]{1,120})\]\s*\Z")


def joined_id(assignment: object, entry: object) -> str:
    """Our text for an assignment in one section: "assignmentid/assignmentsectionid", as scores use the one and addresses the other (§4)."""
    return f"{assignment}/{entry}"


def split_id(text: str) -> tuple[int, int] | None:
    """Both ids; None for a text that holds no two."""
    first, _, second = text.partition("/")
    both = first.isascii() and first.isdigit() and second.isascii() and second.isdigit() and len(text) <= 40
    return (int(first), int(second)) if both else None


def marked(description: str, our_id: str) -> str:
    """The description with our stable id as its last line, cut so that both fit and no tag is cut in two."""
    mark = f"[{our_id}]"
    room = DESCRIPTION_MAX - len(mark) - 1
    text = _MARK.sub("", description).rstrip()
    if len(text) > room:
        text = text[:room]
        if text.rfind("<") > text.rfind(">"):
            text = text[: text.rfind("<")]
    return f"{text}\n{mark}" if text else mark


def mark_in(description: object) -> str | None:
    """Our stable id, if the description ends in one."""
    found = _MARK.search(str(description or ""))
    return found.group(1) if found else None


def new_assignment(row: AssignmentWrite, section: int, options: Options) -> dict[str, Any]:
    """The body of a create: one assignment with one section, so that teachers and due dates stay independent (§11)."""
    category = [{"teachercategoryid": int(row.category_id), "isprimary": True}] if row.category_id else []
    entry = {
        "sectionsdcid": section,
        **_values(row),
        "weight": 1,
        "extracreditpoints": 0,
        "iscountedinfinalgrade": True,
        "isscoringneeded": True,
        "publishoption": options.publish,
        "isscorespublish": not options.hidden_scores,
        "_assignmentcategoryassociations": category,
    }
    return {"_assignmentsections": [entry]}


def changed_assignment(row: AssignmentWrite, standing: dict[str, Any], entry_id: int) -> dict[str, Any] | None:
    """The body of a full replace: what stands there with our values, the due date in our section alone (§7.4). None: our section is not in it.

    Everything but due date and students must be the same in all sections of an assignment, so a teacher's further sections change along.
    Raises RowError where one of them does not say whose it is: PowerSchool would reject the teacher's assignment for it.
    """
    body = copy.deepcopy(standing)
    entries = as_list(body.get("_assignmentsections"))
    if not any(str(entry.get("assignmentsectionid")) == str(entry_id) for entry in entries):
        return None
    for entry in entries:
        whole(entry, "sectionsdcid")
        ours = str(entry.get("assignmentsectionid")) == str(entry_id)
        values = _values(row)
        entry.update(values if ours else {name: value for name, value in values.items() if name != "duedate"})
        entry["weight"] = 1
        if row.category_id and ours:
            _file_under(entry, int(row.category_id))
    return body


def score_row(row: ScoreWrite, entry_id: int, student: int) -> dict[str, Any]:
    """One score. All six flags go along, as the page of PowerTeacher Pro sends them (§8.1)."""
    body: dict[str, Any] = {
        "_assignmentsection": {"assignmentsectionid": entry_id},
        "studentsdcid": student,
        "actualscoreentered": None if row.score is None else number_text(row.score),
        "actualscorekind": "REAL_SCORE",
        "scoretype": "POINTS",
        "scorepoints": row.score,
        "islate": row.late,
        "ismissing": row.missing,
        "isexempt": row.exempt,
        "iscollected": row.score is not None and not row.missing and not row.exempt,
        "isabsent": False,
        "isincomplete": False,
    }
    return body | ({"_assignmentscorecomment": {"commentvalue": row.comment}} if row.comment else {})


def empty_row(entry_id: int, student: int) -> dict[str, Any]:
    """A score emptied: no number, no flag (§8.1, unverified)."""
    flags = dict.fromkeys(("islate", "ismissing", "isexempt", "iscollected", "isabsent", "isincomplete"), False)
    row: dict[str, Any] = {"_assignmentsection": {"assignmentsectionid": entry_id}, "studentsdcid": student}
    return row | {"actualscoreentered": None, "actualscorekind": "REAL_SCORE", "scorepoints": None} | flags


def number_text(value: float) -> str:
    """As a teacher would type it: all decimals, no exponent, no trailing zeros (A-15)."""
    text = format(Decimal(repr(float(value))), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def primary_category(entry: Mapping[str, Any]) -> str | None:
    """The category that an assignment is filed under; None where that cannot be read."""
    try:
        rows = as_list(entry.get("_assignmentcategoryassociations"))
        chosen = next((row for row in rows if as_flag(row.get("isprimary", True))), None)
        number = maybe_whole(chosen, "teachercategoryid") if chosen else None
    except RowError:
        return None
    return None if number is None else str(number)


def _values(row: AssignmentWrite) -> dict[str, Any]:
    return {
        "name": row.name,
        "description": marked(row.description, row.our_id),
        "duedate": row.due_date.isoformat() if row.due_date else None,
        "scoretype": "POINTS",
        "scoreentrypoints": row.points_possible,
        "totalpointvalue": row.points_possible,
    }


def _file_under(entry: dict[str, Any], category: int) -> None:
    """The primary category changes in its own record, whose id must stay (§7.4)."""
    rows = as_list(entry.get("_assignmentcategoryassociations"))
    primary = next((row for row in rows if as_flag(row.get("isprimary", True))), None)
    if primary is None:
        rows.append({"teachercategoryid": category, "isprimary": True})
    else:
        primary["teachercategoryid"] = category
    entry["_assignmentcategoryassociations"] = rows
