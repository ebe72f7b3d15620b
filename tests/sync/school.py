"""A classroom with a SIS that keeps what it takes, and a real ledger: whole nights in memory, for tests that try thousands of situations.

The stages are called as `include/sync/stages.py` calls them, without run folder and HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from include.breaker import Breaker
from include.gradebook import schemas
from include.gradebook.categories import wanted_categories
from include.gradebook.filtering import CanvasRead
from include.gradebook.sieve import join_withheld
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite, SectionsRead
from include.sync import contracts
from include.sync.apply import Applied, apply
from include.sync.draft import How, Standing, draft
from include.sync.ledger import Ledger
from include.sync.leftovers import add_leftovers, find_leftovers, settle_excuses
from include.sync.plan import resolve
from include.sync.sis_read import read_sis, with_known_scores
from tests.classroom import NOW, Classroom, Night

KIND = "synergy"  # any target: only ids are derived from it
ITEM = ["name", "due_date", "points_possible", "category_id"]
MARK = ["score", "exempt", "missing", "late"]


@dataclass
class LivelySis:
    """A SIS with state. `fates` (accept, refuse, fault, lost, silent) befall the writes in turn; after the last one all is accepted.

    refuse: a teacher must mend it; fault: the SIS's own; lost: no answer and not taken; silent: no answer, but taken.
    `own_ids`: it takes our ids, as OneRoster does; otherwise it chooses ids, and keeps ours as a mark only.
    """

    own_ids: bool = True
    fates: list[str] = field(default_factory=list)
    items: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    scores: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    roster: pd.DataFrame = field(default_factory=schemas.SIS_STUDENTS.empty)
    made: int = 0
    classroom: Classroom | None = None
    shuffle: int | None = None

    @property
    def breaker(self) -> Breaker:
        """Nobody's: no request leaves this SIS, and a test copies it, which a breaker with its lock does not allow."""
        return Breaker("lively", lambda: True)

    @property
    def allocates(self) -> frozenset[str]:
        return frozenset(() if self.own_ids else ("assignment", "grade"))

    def read_sections(self, ids: Sequence[str]) -> SectionsRead:
        assert self.classroom is not None
        read = self.classroom.sis(list(ids)).sections
        self.roster = read.students
        return SectionsRead(*(shuffled(part, self.shuffle) for part in (read.sections, read.students, read.categories)))

    def read_assignments(self, ids: Sequence[str]) -> pd.DataFrame:
        rows = [item for (section, _), item in self.items.items() if section in ids]
        return shuffled(schemas.SIS_ASSIGNMENTS.of([{"state": "active", **row} for row in rows]), self.shuffle)

    def read_scores(self, section: str, ids: Sequence[str]) -> pd.DataFrame:
        rows = [row for (place, item, _), row in self.scores.items() if place == section and item in ids]
        return shuffled(schemas.SIS_SCORES.of(rows), self.shuffle)

    def put_assignments(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        for row in rows:
            fate = self._fate()
            place = (row.sis_section_id, row.sis_assignment_id)
            if row.sis_assignment_id and place not in self.items:
                yield Receipt(row.key, Outcome.REFUSED, "", "SIS-LINK-BROKEN", "gone", 404)
                continue
            if fate in ("accept", "silent"):
                place = self._put(row)
            yield from _answer(row.key, place[1], fate)

    def foresee(self, sis_section_ids: Sequence[str]) -> None:
        """Nothing has to be read ahead."""

    def put_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        listed = set(self.roster.itertuples(index=False, name=None))
        for row in rows:
            place = (row.sis_section_id, row.sis_assignment_id, row.sis_student_id)
            assert place[:2] in self.items, "a score for an item that is not there"
            assert (row.sis_section_id, row.sis_student_id) in listed, "a score for a student whom the SIS does not list"
            fate = self._fate()
            if fate in ("accept", "silent"):
                ident = self.scores.get(place, {}).get("sis_score_id") or f"r{len(self.scores)}"
                self.scores[place] = {
                    "sis_section_id": place[0], "sis_assignment_id": place[1], "sis_student_id": place[2], "sis_score_id": ident,
                    **{name: getattr(row, name) for name in MARK},
                }  # fmt: skip
            yield from _answer(row.key, self.scores.get(place, {}).get("sis_score_id", ""), fate)

    def clear_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        for row in rows:
            self.scores.pop((row.sis_section_id, row.sis_assignment_id, row.sis_student_id), None)
            yield Receipt(row.key, Outcome.ACCEPTED)

    def delete_assignment(self, row: AssignmentWrite) -> Receipt:
        place = (row.sis_section_id, row.sis_assignment_id)
        self.items.pop(place, None)
        self.scores = {key: score for key, score in self.scores.items() if key[:2] != place}
        return Receipt(row.key, Outcome.ACCEPTED)

    def _put(self, row: AssignmentWrite) -> tuple[str, str]:
        self.made += 1
        ident = row.sis_assignment_id or (row.our_id if self.own_ids else f"n{self.made}")
        place = (row.sis_section_id, ident)
        self.items[place] = {
            "sis_section_id": place[0], "sis_assignment_id": ident, "our_id": row.our_id, "ours": True, "name": row.name,
            "due_date": row.due_date.isoformat() if row.due_date else None, "points_possible": row.points_possible,
            "category_id": row.category_id or None,
        }  # fmt: skip
        return place

    def _fate(self) -> str:
        return self.fates.pop(0) if self.fates else "accept"


def _answer(key: str, ident: str, fate: str) -> Iterator[Receipt]:
    if fate == "accept":
        yield Receipt(key, Outcome.ACCEPTED, ident)
    elif fate == "refuse":
        yield Receipt(key, Outcome.REFUSED, "", "SIS-VALIDATION", "too odd", 422)
    elif fate == "refuse category":
        yield Receipt(key, Outcome.REFUSED, "", "SIS-CATEGORY", "no such category", 422)
    elif fate == "fault":
        yield Receipt(key, Outcome.REFUSED, "", "SIS-5XX", "oh dear", 500)


def shuffled(frame: pd.DataFrame, seed: int | None) -> pd.DataFrame:
    """The same rows in another order (None: as they are)."""
    return frame if seed is None else frame.iloc[np.random.default_rng(seed).permutation(len(frame))].reset_index(drop=True)


@dataclass
class School(Classroom):
    """A classroom whose nights end in a SIS and a ledger. `section_ids` changes the SIS ids of Canvas sections."""

    section_ids: dict[str, str | None] = field(default_factory=dict)
    client: LivelySis = field(default_factory=LivelySis)
    book: Ledger | None = None
    shuffle: int | None = None

    def canvas(self) -> CanvasRead:
        read = super().canvas()
        ids = {section: self.section_ids.get(section, f"S{section}") for section in self.sections}
        sections = read.sections.assign(sis_section_id=read.sections["canvas_section_id"].map(ids).astype("str"))
        frames = {**vars(read), "sections": sections}
        return CanvasRead(**{name: shuffled(frame, self.shuffle) for name, frame in frames.items()})

    def night(self) -> Night:
        """As the stages filter, transform and validate do it; nothing is sent yet."""
        assert self.book is not None
        self.client.classroom, self.client.shuffle = self, self.shuffle
        canvas = self.canvas()
        filtered = self.filtered(canvas)
        sections = sorted(set(filtered.sections["sis_section_id"]))
        standing = Standing(*(shuffled(part, self.shuffle) for part in (self.book.assignments(sections), self.book.scores(sections))))
        how = How(KIND, self.rules, self.selection.remaster, self.selection.remaster or self.rules.recreate_deleted)
        wanted = wanted_categories(filtered.copies, shuffled(schemas.CHOICES.of(self.choices), self.shuffle), canvas.groups, self.rules)
        drafted = draft(filtered.copies, filtered.scores, wanted, standing, how)
        asked = tuple(drafted.sections_to_read)
        leftovers = find_leftovers(filtered, standing)
        sections = sorted({*drafted.sections_to_read, *leftovers.removal_sections(self.rules)})
        read, drafted, unread = read_sis(self.client, drafted, self.today, sections)
        resolved = resolve(drafted, read, how)
        resolved = replace(resolved, withheld=join_withheld(filtered.withheld, unread, resolved.withheld))
        resolved = settle_excuses(add_leftovers(resolved, leftovers, filtered, self.rules, read), leftovers.exempt, filtered)
        resolved = contracts.split(with_known_scores(self.client, resolved, drafted))
        return Night(filtered, resolved, asked)

    def send(self, night: Night) -> Applied:
        """The stage load."""
        assert self.book is not None
        applied = apply(night.plan, self.client, self.book, "run", lambda: NOW)
        if applied.stopped:
            raise applied.stopped
        return applied

    def holds(self) -> dict[tuple[str, ...], tuple[Any, ...]]:
        """What a person sees in the SIS, ids left aside: (section, assignment's mark or id) and (…, student) to what stands there."""
        name = {place: item.get("our_id") or place[1] for place, item in self.client.items.items()}
        seen: dict[tuple[str, ...], tuple[Any, ...]] = {
            (place[0], name[place]): tuple(item.get(column) for column in ITEM) for place, item in self.client.items.items()
        }
        assert len(seen) == len(self.client.items), "one of ours stands twice in a section"
        marks = {(s, name[s, item], student): tuple(row[column] for column in MARK) for (s, item, student), row in self.client.scores.items()}
        return seen | marks
