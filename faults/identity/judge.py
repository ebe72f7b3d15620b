"""What must be true after a night in which an ID changed its meaning: no score under another student, nothing of a teacher's touched, all told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faults.identity.world import Place, Truth, Whose

_OTHER_STUDENT = ("GP-STUDENT-CHANGED", "GP-STUDENT-TWICE")
_STAYS = (
    *_OTHER_STUDENT,
    "GP-SECTION-TWICE",
    "GP-SECTION-OTHER-TARGET",
    "GP-SECTION-ABANDONED",
    "GP-NOT-GIVEN",
    "GP-SECTION-MOVED",
    "GP-STUDENT-LEFT",
    "GP-SECTION-WITHHELD",
    "GP-GONE",
)
"""Messages that say that something stands in the SIS, or is withheld, that Canvas tells otherwise now."""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Seen:
    """A SIS as a person sees it: the scores and assignments that Grade Sync made, and all that it did not make."""

    scores: Mapping[Place, Sequence[float]]
    items: Counter[tuple[str, str]]
    foreign: Mapping[str, Any]

    @classmethod
    def of(cls, snapshot: Mapping[str, Any]) -> Seen:
        """From the sandbox's state."""
        scores: dict[Place, list[float]] = {}
        items: Counter[tuple[str, str]] = Counter()
        foreign: dict[str, Any] = {}
        for section, sheet in snapshot.get("sections", snapshot).items():
            ours = [item for item in sheet["assignments"] if item["made_by"] in ("sync", "plugin")]
            foreign[section] = [item for item in sheet["assignments"] if item["made_by"] not in ("sync", "plugin")]
            for item in ours:
                items[section, item["name"]] += 1
                for student, told in item["scores"].items():
                    numbers = [float(number) for row in (told if isinstance(told, list) else [told]) if (number := _number(row)) is not None]
                    if numbers:
                        scores.setdefault((section, item["name"], str(student)), []).extend(numbers)
        return cls(scores, items, foreign)


def judged(before: Seen, after: Seen, now: Truth, whose: Whose, told: Rows) -> list[str]:
    """What is wrong after a night: scores under other students, foreign items that changed, twins, and what no message tells.

    `whose` is every number that Canvas ever had.
    """
    wrong = [*_twins(after), *_misplaced(before, after, now, whose, told)]
    return wrong + ([] if after.foreign == before.foreign else [f"an item that Grade Sync did not make changed: {_changed(before, after)}"])


def unfinished(after: Seen, now: Truth, exact: bool) -> list[str]:
    """What the SIS does not have as it should in the end; `exact`: nor anything beside it."""
    held = {place: numbers[0] for place, numbers in after.scores.items()}
    missing = [f"{place}: {number:g} wanted, {held.get(place)} found" for place, number in now.wanted.items() if held.get(place) != number]
    extra = [f"{place}: {number:g}" for place, number in held.items() if exact and place not in now.wanted]
    wrong = [f"in the end {len(missing)} scores are not there, first {missing[0]}"] if missing else []
    return wrong + ([f"in the end {len(extra)} scores stand where none belongs, first {extra[0]}"] if extra else [])


def unnamed(texts: Sequence[str], *sides: str) -> list[str]:
    """What is wrong where no single text names both sides."""
    if any(all(side in text for side in sides) for text in texts):
        return []
    return [f"no message names {' and '.join(sides)}; {len(texts)} messages: {' | '.join(sorted(set(texts))[:3])[:600]}"]


def _twins(after: Seen) -> Iterator[str]:
    for (section, name), number in after.items.items():
        if number > 1:
            yield f"{name} stands {number} times in section {section}"
    for place, numbers in after.scores.items():
        if len(numbers) > 1:
            yield f"{place} has {len(numbers)} scores"


def _misplaced(before: Seen, after: Seen, now: Truth, whose: Whose, told: Rows) -> Iterator[str]:
    for place, numbers in after.scores.items():
        for number in numbers:
            user, *where = whose.get(number, ("", "", ""))
            if now.wanted.get(place) == number:
                continue
            if not user:
                yield f"{place} has {number:g}, which is nobody's score in Canvas"
            elif number not in before.scores.get(place, ()):
                yield f"{number:g} of Canvas user {user} was sent to {place}, where it does not belong"
            elif not _reported(place, user, where, now, told):
                yield f"{number:g} of Canvas user {user} stands at {place}, where it does not belong, and no message names both sides"


def _reported(place: Place, user: str, where: Sequence[str], now: Truth, told: Rows) -> bool:
    """Whether a message tells of this score, or of its section; of one under another student with that student, its user, and the other side."""
    section, _, student = place
    other = now.ids.get(user) != student or len(now.users.get(student, ())) > 1
    for row in told:
        about = row["canvas_assignment_id"] in ("", where[0]) and (row["sis_section_id"] == section or row["canvas_section_id"] == where[1])
        text = str(row["message"])
        if not other and about and row["type"] in _STAYS:
            return True
        others = {now.ids.get(user, ""), *now.users.get(student, set())} - {""}
        if about and row["type"] in _OTHER_STUDENT and student in text and user in text and (not others or any(one in text for one in others)):
            return True
    return False


def _changed(before: Seen, after: Seen) -> str:
    sections = [section for section in {*before.foreign, *after.foreign} if before.foreign.get(section) != after.foreign.get(section)]
    return f"section {sections[0]}: {str(before.foreign.get(sections[0]))[:300]} before, {str(after.foreign.get(sections[0]))[:300]} after"


def _number(row: Mapping[str, Any]) -> Any:
    return row.get("score", row.get("points"))
