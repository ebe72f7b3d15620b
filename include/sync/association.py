"""One save of a course's category choices: what a person changed, held against what can be chosen (B-1 to B-5, D-12). All of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine

from include.district import Target
from include.errors import ConfigError
from include.gradebook.dates import local_today
from include.gradebook.schemas import CHOICES
from include.sync.choices import change
from include.sync.choices_file import Line
from include.sync.outline import Outline, listed_categories, outline

BY_NAME, UNASSOCIATED, CHOSEN = "", "none", "id:"
"""How a choice is written in a form: nothing was chosen, unassociated, or a category by its id."""


@dataclass(frozen=True)
class Change:
    """What a form says of one group in one SIS section: what stood there when it was shown, and what it is to be."""

    sis_section_id: str
    canvas_group_id: str
    was: str
    choice: str


class By(NamedTuple):
    """Who saves, and when."""

    who: str
    when: datetime


class Option(NamedTuple):
    """A category that can be chosen in a section."""

    value: str
    label: str


def options(found: Outline, target: Target) -> dict[str, list[Option]]:
    """Per SIS section what can be chosen there, by name; hidden categories only where the SIS takes them (R-14)."""
    states = ["active", "hidden"] if target.rules().hidden_category == "send" else ["active"]
    rows = found.categories[found.categories["state"].isin(states)].sort_values(["title", "category_id"])
    twice = rows.duplicated(["sis_section_id", "title"], keep=False)
    told_apart = (" (" + rows["category_id"] + ")").where(twice, "")
    labels = rows["title"] + told_apart + rows["state"].map({"hidden": " (hidden)"}).fillna("")
    made: dict[str, list[Option]] = {}
    for section, category, label in zip(rows["sis_section_id"], rows["category_id"], labels, strict=True):
        made.setdefault(section, []).append(Option(CHOSEN + category, label))
    return made


def save(engine: Engine, target: Target, course: str, changes: Iterable[Change], by: By) -> int:
    """Store what differs from what was shown; how many choices. ConfigError, and nothing stored, where one cannot be, or is another by now."""
    wanted = [row for row in changes if row.choice != row.was]
    found = outline(engine, target, [course], local_today(by.when, target.time_zone).isoformat())
    mistakes = _mistakes(found, target, wanted)
    if mistakes:
        raise ConfigError("\n".join([*mistakes, "nothing was saved"]))
    kept = [_record(row) for row in wanted if row.choice != BY_NAME]
    gone = [_record(row) for row in wanted if row.choice == BY_NAME]
    change(engine, {target.name: CHOICES.of(kept)}, {target.name: CHOICES.of(gone)}, by.who, by.when)
    return len(wanted)


def misfits(engine: Engine, target: Target, lines: Sequence[Line]) -> Iterable[str]:
    """Lines of a file whose category the SIS does not list for a section that it was asked about; what nobody has asked about yet passes."""
    held = listed_categories(engine, target.name, [line.sis_section_id for line in lines])
    for line in lines:
        there = held.get(line.sis_section_id)
        if there and line.category_id and line.category_id not in there:
            allowed = ", ".join(f"{category} ({title})" for category, title in there.items())
            yield f'line {line.number}: category_id: "{line.category_id}" is not a category of section "{line.sis_section_id}". Use {allowed}'


def _mistakes(found: Outline, target: Target, wanted: Sequence[Change]) -> list[str]:
    places = {(row["sis_section_id"], row["canvas_group_id"]): row for row in found.places.to_dict("records")}
    offered = {section: {option.value: option.label for option in made} for section, made in options(found, target).items()}
    return [told for row in wanted if (told := _mistake(row, places, offered))]


def _mistake(row: Change, places: dict[tuple[str, str], dict[str, object]], offered: dict[str, dict[str, str]]) -> str:
    place = places.get((row.sis_section_id, row.canvas_group_id))
    if place is None:
        return f'section "{row.sis_section_id}", group "{row.canvas_group_id}": this course does not have this section and group. Reload the page'
    told = f"{place['group_name']} in {place['section_name']}"
    if place["choice"] != row.was:
        return f"{told}: another user changed this category after you opened the page. Reload the page"
    if place["state"] == "later":
        return f"{told}: categories are available from {place['begins']}, when the section's term begins"
    there = offered.get(row.sis_section_id, {})
    if row.choice not in (BY_NAME, UNASSOCIATED, *there):
        allowed = ", ".join(there.values()) or "none is known"
        return f'{told}: "{row.choice.removeprefix(CHOSEN)[:60]}" is not a category in this section. Choose one of: {allowed}'
    return ""


def _record(row: Change) -> dict[str, object]:
    category = row.choice.removeprefix(CHOSEN) if row.choice.startswith(CHOSEN) else None
    return {"sis_section_id": row.sis_section_id, "canvas_group_id": row.canvas_group_id, "category_id": category}
