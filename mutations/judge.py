"""Judge what a mutated run left behind: the run ended, neighbors are sent, nothing else differs, and all that was withheld is named."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from include.sandbox.world import Course, District
from mutations.book import Cell, duplicates
from mutations.cases import Case, Place
from mutations.directory import Reach
from mutations.findings import INTERNAL, covers, is_hollow, news
from mutations.prepared import CANVAS
from mutations.trial import Found, Undisturbed

_DAY, _DATE = "graded_at", re.compile(r"\d{4}-\d\d-\d\d")
NOTHING, ROW, SECTION, COURSE, ALL = "nothing", "row", "section", "course", "all"
_LEVELS = (NOTHING, ROW, SECTION, COURSE, ALL)
_AGAIN = " (again)"
"""What the name of an assignment ends with whose name another one has already."""
_BLAMES = ("SIS-NOT-TRIED", "SIS-NO-ANSWER", "SIS-5XX", "SIS-RATE")
"""Codes that say that a SIS did not answer: never true where it answered each request."""


@dataclass(frozen=True)
class Verdict:
    """What became of a case: what it cost, what is wrong, and whether its run went on as one whose end was known."""

    case: str
    kind: str
    key: str
    cost: str
    wrong: tuple[str, ...]
    seconds: float = 0.0
    same: bool = False


def judge(case: Case, found: Found, wanted: Undisturbed, district: District) -> Verdict:
    """Return the verdict."""
    place, wrong = case.place, list(dict.fromkeys(found.leaks))
    if not found.hits:
        wrong.append("never met: no response was changed")
    cost = NOTHING
    if not found.same:  # else it ended as the undisturbed one
        after = _as_named(wanted, {(section, name, student): value for section, name, student, value in found.after})
        lost = {cell: value for cell, value in _changes(wanted, after, district).items() if value == "not sent"}
        cost = max((_level(place, cell, district) for cell in _changes(wanted, after, district)), key=_LEVELS.index, default=NOTHING)
        wrong += [*_crashes(found.crashes, place.is_whole), *_reach(case, wanted, after, district), *found.wrong]
        wrong += [*_red(place, found), *_words(case, found, wanted)]
        wrong += [] if case.is_an_empty_list else [*_unnamed(found, wanted, lost, district)]
        wrong += [
            *duplicates({cell: value for cell, value in after.items() if not _ignored(case, cell, district)}),
            *_healed(case, found, wanted, district),
        ]
    return Verdict(case.name, case.kind, place.key, cost, tuple(wrong))


def _changes(wanted: Undisturbed, after: Mapping[Cell, str], district: District) -> dict[Cell, str]:
    """Return each cell that differs from an undisturbed run: it was not sent (it stands as before), or it is wrong."""
    found, renamed = {}, {f"Renamed {row['id']}": str(row["name"]) for course in district.courses for row in course.assignments}
    for cell in {*wanted.after, *after}:
        earlier = (cell[0], renamed.get(cell[1], cell[1]), cell[2])
        have, want, had = after.get(cell), wanted.after.get(cell), wanted.before.get(cell, wanted.before.get(earlier))
        if have != want:
            found[cell] = "not sent" if have == had or (had is not None and after.get(earlier) == had) else "wrong"
    return found


def _as_named(wanted: Undisturbed, after: Mapping[Cell, str]) -> dict[Cell, str]:
    """Put an assignment that got the odd value as its name back under the name that it would have, in each section that has one such."""
    known, stands, should = ({cell[:2] for cell in cells} for cells in ({**wanted.before, **wanted.after}, after, wanted.after))
    new, gone = _alone(cell for cell in stands - known if not cell[1].endswith(_AGAIN)), _alone(should - stands)
    return {
        (section, gone.get(section, name) if new.get(section) == name else name, student): value for (section, name, student), value in after.items()
    }


def _alone(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the name by section, where a section has one."""
    by_section: dict[str, list[str]] = defaultdict(list)
    for section, name in names:
        by_section[section].append(name)
    return {section: found[0] for section, found in by_section.items() if len(found) == 1}


def _names(district: District) -> dict[tuple[str, str], tuple[Course, str]]:
    """Find the course and the Canvas assignment by SIS section and name."""
    return {
        (section.sis_id, name): (course, str(row["id"]))
        for course in district.courses
        for section in course.sections
        for row in course.assignments
        for name in (str(row["name"]), f"Renamed {row['id']}")
    }


def _holds(about: Reach, cell: Cell, district: District) -> bool:
    section, name, student = cell
    known = _names(district).get((section, name.removesuffix(_AGAIN)))
    return about.holds(section, known[1] if known else "", student if about.students else "")


def _level(place: Place, cell: Cell, district: District) -> str:
    section = cell[0]
    if _holds(place.reach, cell, district):
        return ROW
    if section in place.reach.sections:
        return SECTION
    alike = {one.sis_id for course in district.courses for one in course.sections if {s.sis_id for s in course.sections} & place.reach.sections}
    return COURSE if section in alike else ALL


def _reach(case: Case, wanted: Undisturbed, after: Mapping[Cell, str], district: District) -> Iterator[str]:
    """Say what was lost, or is wrong, beyond what the record may cost: its row in Canvas; in a SIS the section that cannot be read without it."""
    place = case.place
    if not place.reach.sections and not place.is_whole:
        yield "the bench does not know what this record is about"
        return
    may = ALL if place.is_whole else ROW if place.system == CANVAS else SECTION
    for cell, how in sorted(_changes(wanted, after, district).items()):
        level = _level(place, cell, district)
        told = f"{cell[1]!r} of {cell[0]}" + (f", student {cell[2]}" if cell[2] else "")
        if how == "not sent" and _LEVELS.index(level) > _LEVELS.index(may) and not (place.left != place.reach and _holds(place.left, cell, district)):
            yield f"cost a neighbor ({level}): {told} was not sent"
        elif how == "wrong" and not _ignored(case, cell, district) and (level != ROW or (cell[2] and not place.reach.students)):
            yield f"wrong value ({level}): {told}: {str(after.get(cell))[:120]}, undisturbed {str(wanted.after.get(cell))[:120]}"


def _crashes(crashes: Sequence[Mapping[str, Any]], may_stop: bool = False) -> Iterator[str]:
    """Say where a stage raised. What concerns the whole SIS may stop it, with an error that says so."""
    for one in crashes:
        if not (may_stop and one["on_purpose"]):
            yield f"{'stopped' if one['on_purpose'] else 'crashed'} in {one['stage']}: {one['error']} at {one['place']}"


_LOST = re.compile(r"did not get through|stopped while sending|could not be read")
"""A red run for one record that an admin must look at is right (I-9); one that lost a batch, or stopped, is not."""


def _red(place: Place, found: Found) -> Iterator[str]:
    failures = [str(line) for line in found.summary.get("failures", ())]
    if not found.summary:
        yield "no summary: the run did not close"
    elif found.summary["status"] == "Failed" and not (failures and (place.is_whole or not any(map(_LOST.search, failures)))):
        yield f"the run is red: {failures[0][:300] if failures else ''}"


def _words(case: Case, found: Found, wanted: Undisturbed) -> Iterator[str]:
    """Say which new sentences help nobody: without their value, in the interpreter's words, or blaming the SIS."""
    told = news(found.tables.get("messages", []), wanted.tables.rows["messages"])
    for code, sentence in sorted({(row["type"], row["message"]) for row in told}):
        if code in _BLAMES and not case.place.is_whole:
            yield f"blames the SIS: {code} {sentence[:160]}"
        if is_hollow(code, sentence):
            yield f"names no value: {code} {sentence[:160]}"
    sentences = [*(row["message"] for row in told), *map(str, found.summary.get("failures", ()))]
    for sentence in sorted(set(sentences)):
        if INTERNAL.search(sentence):
            yield f"in the interpreter's words: {sentence[:300]}"


def _unnamed(found: Found, wanted: Undisturbed, lost: Mapping[Cell, str], district: District) -> Iterator[str]:
    """Say what was not sent without a word: no new message, withheld row, or count of its course speaks of it."""
    rows = [row for name in ("messages", "grades_log", "assignments_sync") for row in news(found.tables.get(name, []), wanted.tables.rows[name])]
    rows = [row for row in rows if row.get("type") or row.get("reason_code")]
    counts = news(found.tables.get("filtered_canvas_data", []), wanted.tables.rows["filtered_canvas_data"])
    rows += [{"canvas_course_id": row["canvas_course_id"]} for row in counts if row["outcome"] == "withheld"]
    for cell in sorted(lost):
        place = _ids(cell, district)
        if place and not any(covers(row, place) for row in rows) and not found.summary.get("failures"):
            yield f"not named: {cell[1]!r} of {cell[0]}" + (f", student {cell[2]}" if cell[2] else "")


def _ids(cell: Cell, district: District) -> dict[str, str] | None:
    known = _names(district).get((cell[0], cell[1]))
    if known is None:
        return None
    course, assignment = known
    section = next(one for one in course.sections if one.sis_id == cell[0])
    student = next((one.id for one in district.students if cell[2] and one.sis_id == cell[2]), "")
    return {
        "canvas_course_id": course.id,
        "canvas_section_id": section.id,
        "sis_section_id": cell[0],
        "canvas_assignment_id": assignment,
        "canvas_user_id": student,
    }


def _ignored(case: Case, cell: Cell, district: District) -> bool:
    is_again = case.denies_all and cell[1].endswith(_AGAIN)
    return _holds(case.place.reach, cell, district) and (is_again or (case.names_another and bool(cell[2])))


def _healed(case: Case, found: Found, wanted: Undisturbed, district: District) -> Iterator[str]:
    """Say where the next, unmutated run does not bring the SIS to where it should be. The day of a score alone is no reason to send it again."""
    yield from (f"next run: {line}" for line in _crashes(found.next_crashes))
    if found.next is None:
        return
    after = {(section, name, student): value for section, name, student, value in found.next}
    undated = case.place.path[-1:] == (_DAY,)
    for cell in sorted({*wanted.next, *after}):
        have, want = (_DATE.sub("", value) if value and undated else value for value in (after.get(cell), wanted.next.get(cell)))
        if have != want and not _ignored(case, cell, district):
            told = f"{cell[1]!r} of {cell[0]}" + (f", student {cell[2]}" if cell[2] else "")
            yield f"not healed by the next run: {told}: {str(after.get(cell))[:160]}, undisturbed {str(wanted.next.get(cell))[:160]}"


_SHAPE = re.compile(r"'[^']*'|\b[\w-]*\d[\w-]*\b")


def cause(wrong: str) -> str:
    """Reduce a sentence to its cause, so that alike ones are counted together."""
    return _SHAPE.sub("…", wrong) if not wrong.startswith(("crashed", "stopped")) else re.sub(r": .* at ", " at ", wrong)
