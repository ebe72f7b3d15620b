"""Reading one OneRoster SIS: classes, their terms, rosters and categories, line items and results, in as few requests as possible (§6, §8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from include.gradebook.schemas import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_SECTIONS, SIS_STUDENTS
from include.sis.contract import SectionsRead
from include.sis.oneroster import fields, frames, records
from include.sis.oneroster.flight import together
from include.sis.oneroster.paging import UnknownPlaceError, collection
from include.sis.oneroster.records import Category, LineItem
from include.sis.oneroster.services import Service, Services

Row = Mapping[str, Any]
Answer = TypeVar("Answer")

FEW = 2
"""Up to so many asked line items have their results read one by one; for more the whole class is read."""


class Reader:
    """Reads of one connection. Classes, terms and grading periods are kept as long as it lives."""

    def __init__(self, services: Services) -> None:
        self.services, self.profile = services, services.profile
        self._classes: dict[str, Row | None] = {}
        self._sessions: dict[str, Row] = {}
        self._periods: dict[str, list[Row]] = {}

    def sections(self, asked: Sequence[str]) -> SectionsRead:
        """Two requests a class in 1.1, where categories come all at once, three in 1.2, and one for each term."""
        self._classes |= dict(zip(asked, self._each(self._read_class, asked), strict=True))
        known = [section for section in asked if self._classes[section] is not None]
        sessions = sorted({term for section in known for term in self._terms(section)} - self._sessions.keys())
        self._sessions |= dict(zip(sessions, self._each(self._read_session, sessions), strict=True))
        rosters = dict(zip(known, self._each(self._read_students, known), strict=True))
        categories = dict(self._categories(known))
        return SectionsRead(
            SIS_SECTIONS.of([self._section_row(section) for section in asked]),
            _roster_frame(rosters),
            _stacked([frames.categories_frame(section, rows) for section, rows in categories.items()], SIS_CATEGORIES.empty()),
            _incomplete(rosters, records.student, "students have no readable sourcedId"),
            _incomplete(categories, records.category, "categories have no readable sourcedId or title"),
            self.profile.uncategorized,
        )

    def assignments(self, asked: Sequence[str]) -> pd.DataFrame:
        """Frame SIS_ASSIGNMENTS of these sections, one request each and page."""
        read = zip(asked, self._each(self.line_items, asked), strict=True)
        found = [frames.assignments_frame(section, rows, self.profile) for section, rows in read]
        return _stacked(found, SIS_ASSIGNMENTS.empty())

    def scores(self, section: str, asked: Sequence[str]) -> pd.DataFrame:
        """Frame SIS_SCORES."""
        return frames.scores_frame(section, self._results(section, asked), asked)

    def marks(self, section: str, asked: Sequence[str]) -> pd.DataFrame:
        """Frame SIS_MARKS."""
        return frames.marks_frame(section, self._results(section, asked), asked)

    def _results(self, section: str, asked: Sequence[str]) -> list[dict[str, Any]]:
        """By line item for a few, else of the whole class."""
        of_class = ("classes", section, "results")
        paths = [("classes", section, "lineItems", one, "results") for one in asked] if len(asked) <= FEW else [of_class]
        return [row for path in paths for row in self._all(self.services.gradebook, "results", *path)]

    def line_items(self, section: str) -> list[LineItem]:
        """A class's line items; none for a class that the SIS does not know."""
        return frames.line_items(section, self._all(self.services.gradebook, "lineItems", "classes", section, "lineItems"))

    def categories(self, section: str) -> list[Category]:
        """The categories of a class that can be read."""
        return [one for _, rows in self._categories([section]) for one in records.readable(rows, records.category)[0]]

    def klass(self, section: str) -> Row | None:
        """The class, None when the SIS does not know it; asked for only where a write needs its school or terms."""
        if section not in self._classes:
            self._classes[section] = self._read_class(section) if self._writes_need_class else {}
        return self._classes[section]

    def foresee(self, sections: Sequence[str]) -> None:
        """Read the classes that writes will need, side by side."""
        asked = [section for section in sections if section not in self._classes] if self._writes_need_class else []
        self._classes |= dict(zip(asked, self._each(self._read_class, asked), strict=True))

    @property
    def _writes_need_class(self) -> bool:
        return self.profile.version == "1.2" or self.profile.grading_period != "omit"

    def grading_periods(self, section: str) -> list[Row]:
        """The grading periods of a class's terms."""
        for term in self._terms(section):
            if term not in self._periods:
                self._periods[term] = list(self._all(self.services.rostering, "academicSessions", "terms", term, "gradingPeriods"))
        return [period for term in self._terms(section) for period in self._periods[term]]

    def _each(self, read: Callable[[str], Answer], asked: Sequence[str]) -> list[Answer]:
        return together(asked, read, self.profile.workers)

    def _read_class(self, section: str) -> Row | None:
        found = self.services.rostering.get_one("class", "classes", section)
        return found if found and records.active(found) else None

    def _read_session(self, term: str) -> Row:
        return self.services.rostering.get_one("academicSession", "academicSessions", term) or {}

    def _read_students(self, section: str) -> list[dict[str, Any]]:
        """Ids alone: user records can hold far more than this product may see (F-12)."""
        return self._all(self.services.rostering, "users", "classes", section, "students", fields="sourcedId,status")

    def _categories(self, sections: Sequence[str]) -> list[tuple[str, list[dict[str, Any]]]]:
        if sections and not self.profile.nested_categories:
            by_class: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for row in self._all(self.services.gradebook, "categories", "categories"):
                by_class[_class_of(row)].append(row)
            return [(section, own_first(by_class.get(section, []), by_class.get("", []))) for section in sections]
        return list(zip(sections, self._each(self._read_categories, sections), strict=True))

    def _read_categories(self, section: str) -> list[dict[str, Any]]:
        return self._all(self.services.gradebook, "categories", "classes", section, "categories")

    def _terms(self, section: str) -> tuple[str, ...]:
        return records.class_(self._classes.get(section) or {}).terms

    def _section_row(self, section: str) -> dict[str, object]:
        row = self._classes[section]
        if row is None:
            return {"sis_section_id": section, "found": False}
        start, end = frames.term_days([self._sessions.get(term, {}) for term in self._terms(section)], self.profile)
        found = records.class_(row)
        days = {"term_start": start, "term_end": end}
        return {"sis_section_id": section, "found": True, "title": found.title or None, "school_id": found.school or None, **days}

    def _all(self, service: Service, name: str, *parts: str, **params: str) -> list[dict[str, Any]]:
        """A collection to its end; nothing when the SIS does not know its owner."""
        try:
            return collection(service, name, *parts, page_size=self.profile.page_size, sort=self.profile.sorted_pages, **params)
        except UnknownPlaceError:
            return []


def _stacked(found: Sequence[pd.DataFrame], empty: pd.DataFrame) -> pd.DataFrame:
    filled = [frame for frame in found if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else empty


def own_first(own: list[dict[str, Any]], shared: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a class's own categories and everybody's. One of its own that is not deleted counts before another of its name: a row without its class
    hurts no other (I-7)."""
    known = {one.title.casefold() for one in records.readable(own, records.category)[0] if one.state != "deleted"}
    return own + [row for row in shared if fields.words(fields.table(row).get("title")).casefold() not in known]


def _class_of(row: object) -> str:
    """Return the class of a 1.1 category, a convention in its metadata; empty for one that is everybody's (oneroster-in-the-field.md §1)."""
    return fields.identifier(records.metadata(row).get("classId")) if isinstance(row, dict) else ""


def _roster_frame(rosters: Mapping[str, Sequence[Row]]) -> pd.DataFrame:
    read = {section: records.readable(rows, records.student)[0] for section, rows in rosters.items()}
    rows = [{"sis_section_id": section, "sis_student_id": one.sourced_id} for section, found in read.items() for one in found if one.is_active]
    return SIS_STUDENTS.of(rows).drop_duplicates(ignore_index=True)


def _incomplete(lists: Mapping[str, Sequence[Row]], read: Callable[[Row], object | None], wrong: str) -> dict[str, str]:
    """Return the sections in whose list rows cannot be read, with a sentence that says how many (I-7)."""
    lost = {section: records.readable(rows, read)[1] for section, rows in lists.items()}
    return {section: f"{count} of {len(lists[section])} {wrong}" for section, count in lost.items() if count}
