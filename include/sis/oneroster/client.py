"""The OneRoster engine: a `SisClient` (include/sis/contract.py) for any SIS that serves the 1.1 or 1.2 gradebook (F-6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd

from include.breaker import Breaker
from include.connection import Connection
from include.errors import AccessError, OutageError, SourceError, UnavailableError
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite, SectionsRead
from include.sis.oneroster import bodies, fields, records
from include.sis.oneroster.answers import Words
from include.sis.oneroster.bodies import Place
from include.sis.oneroster.check import missing
from include.sis.oneroster.derived_dates import send_dated
from include.sis.oneroster.profile import Profile, profile_of
from include.sis.oneroster.reader import Reader
from include.sis.oneroster.rejections import Item
from include.sis.oneroster.services import RIGHTS, Services
from include.sis.oneroster.writes import LINE_ITEMS, RESULTS, Parcel, Writer


def _now() -> datetime:
    return datetime.now(UTC)


def open_client(connection: Connection, defaults: Profile, words: Words) -> OneRosterClient:
    """A client over this connection with a SIS's defaults and words. ConfigError names what is wrong in the connection."""
    return OneRosterClient(Services(connection, profile_of(connection, defaults)), words)


class OneRosterClient:
    """One SIS over one OneRoster connection."""

    def __init__(self, services: Services, words: Words, clock: Callable[[], datetime] = _now) -> None:
        self.services, self.profile, self._clock = services, services.profile, clock
        self._reader = Reader(services)
        self._writer = Writer(services.gradebook, words, self.profile.workers, self.profile.put_style == "modified", self._lacks)

    @property
    def breaker(self) -> Breaker:
        """The circuit breaker of the connection."""
        return self.services.breaker

    @property
    def allocates(self) -> frozenset[str]:
        """All, where ids are left to the SIS; else none."""
        return frozenset({"assignment", "grade"} if self.profile.batch or self.profile.put_style == "modified" else ())

    @property
    def server(self) -> str:
        """Hosts and paths of the connection's services, without the part that the standard prescribes."""
        return self.services.server

    def identify(self) -> str:
        """The sourcedIds of its districts."""
        return self.services.identify()

    def close(self) -> None:
        """Give the connections back."""
        self.services.close()

    def check(self) -> list[str]:
        """What is missing for a sync, one sentence each."""
        return missing(self.services)

    def read_sections(self, sis_section_ids: Sequence[str]) -> SectionsRead:
        """Terms, rosters and categories."""
        return self._reader.sections(_once(sis_section_ids))

    def read_assignments(self, sis_section_ids: Sequence[str]) -> pd.DataFrame:
        """All assignments of these sections; one that the SIS does not know has none."""
        return self._reader.assignments(_once(sis_section_ids))

    def read_scores(self, sis_section_id: str, sis_assignment_ids: Sequence[str]) -> pd.DataFrame:
        """The scores of these assignments."""
        return self._reader.scores(sis_section_id, _once(sis_assignment_ids))

    def read_marks(self, sis_section_id: str, sis_assignment_ids: Sequence[str]) -> pd.DataFrame:
        """The records of these assignments that carry our mark."""
        return self._reader.marks(sis_section_id, _once(sis_assignment_ids))

    def foresee(self, sis_section_ids: Sequence[str]) -> None:
        """The classes, several requests in flight."""
        with suppress(UnavailableError, SourceError):
            self._reader.foresee(_once(sis_section_ids))

    def put_assignments(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        """Create or replace assignments; creates in batches where the connection takes them."""
        return send_dated(rows, self._put_rows)

    def _put_rows(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        by_section: dict[str, list[AssignmentWrite]] = defaultdict(list)
        for row in rows:
            by_section[row.sis_section_id].append(row)
        for section, mine in by_section.items():
            try:
                items, lacking = self._assignments(section, mine)
            except (SourceError, AccessError, UnavailableError) as error:  # nothing was sent: what the line items need to know could not be read
                code = _unread(error)
                yield from (Receipt(row.key, Outcome.REFUSED, code=code, message=error.told) for row in mine)
                continue
            if items is None:
                yield from (Receipt(row.key, Outcome.REFUSED, code="SIS-LINK-BROKEN", message=f"class {section}", status=404) for row in mine)
            else:
                yield from lacking
                yield from self._put_assignments(section, items)

    def put_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Create or replace scores, of any number of line items; several requests in flight, receipts as they come."""
        by_item: dict[tuple[str, str], list[ScoreWrite]] = defaultdict(list)
        for row in rows:
            by_item[row.sis_section_id, row.sis_assignment_id].append(row)
        new = [self._parcel(*place, [row for row in mine if not row.sis_score_id]) for place, mine in by_item.items()]
        yield from self._writer.post_all(RESULTS, new if self.profile.batch else [], self.profile.batch_size)
        yield from self._writer.put_all(RESULTS, [self._score(row) for row in rows if row.sis_score_id or not self.profile.batch])

    def clear_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Empty scores, by DELETE or as `not submitted`, as the connection says (A-9)."""
        items = [self._score(row, emptied=True) for row in rows]
        if self.profile.clear_by == "not_submitted":
            yield from self._writer.put_all(RESULTS, items)
        else:
            yield from self._delete(RESULTS.plural, items)

    def delete_assignment(self, row: AssignmentWrite) -> Receipt:
        """Delete one assignment of ours (A-10)."""
        return next(self._delete(LINE_ITEMS.plural, [Item(row.key, row.sis_assignment_id, row.our_id, lambda _: {})]))

    def delete_score(self, sis_score_id: str) -> Receipt:
        """Delete one record of ours."""
        return next(self._delete(RESULTS.plural, [Item(sis_score_id, sis_score_id, "", lambda _: {})]))

    # ------------------------------------------------------------------------------------------- how it is done

    def _assignments(self, section: str, rows: Sequence[AssignmentWrite]) -> tuple[list[Item] | None, list[Receipt]]:
        """The rows of one class, ready to be sent, None when the SIS does not know the class; and receipts of those without any category."""
        if self._reader.klass(section) is None:
            return None, []
        filed = self._filed(section, rows)
        bare = {row.key for row in rows if not (row.category_id or filed.get(row.sis_assignment_id))} if self.profile.uncategorized else set()
        usual = self._uncategorized(section) if bare else ""
        said = f'class {section} has no category "{self.profile.uncategorized}", which extra.uncategorized names'
        lacking = {} if usual else {key: Receipt(key, Outcome.REFUSED, code="SIS-CATEGORY-REQUIRED", message=said) for key in bare}
        ready = [self._assignment(row, filed.get(row.sis_assignment_id) or usual) for row in rows if row.key not in lacking]
        return ready, list(lacking.values())

    def _put_assignments(self, section: str, items: Sequence[Item]) -> Iterator[Receipt]:
        new = [item for item in items if self.profile.batch and not item.sis_id]
        if new:
            parcel = Parcel(("classes", section, "lineItems"), new, lambda: self._marked(section))
            yield from self._writer.post_all(LINE_ITEMS, [parcel], self.profile.batch_size)
        yield from self._writer.put_all(LINE_ITEMS, [item for item in items if item.sis_id or not self.profile.batch])

    def _parcel(self, section: str, line_item: str, rows: Sequence[ScoreWrite]) -> Parcel:
        ours = {row.sis_student_id: row.our_id for row in rows}

        def standing() -> Mapping[str, str]:
            found = self.read_scores(section, [line_item])
            pairs = zip(found["sis_student_id"], found["sis_score_id"], strict=True)
            return {ours[student]: score for student, score in pairs if student in ours}

        return Parcel(("lineItems", line_item, "results"), [self._score(row) for row in rows], standing)

    def _assignment(self, row: AssignmentWrite, filed_under: str) -> Item:
        kept = row if row.category_id or not filed_under else replace(row, category_id=filed_under)
        place = self._place(row)
        return Item(row.key, row.sis_assignment_id, row.our_id, lambda sid: bodies.line_item(kept, sid, place, self.profile, self._clock()))

    def _score(self, row: ScoreWrite, *, emptied: bool = False) -> Item:
        make = bodies.emptied if emptied else bodies.result
        return Item(row.key, row.sis_score_id, row.our_id, lambda sid: make(row, sid, self.profile, self._clock()))

    def _filed(self, section: str, rows: Sequence[AssignmentWrite]) -> Mapping[str, str]:
        """The categories that updates without one would blank: a PUT replaces, and what a teacher filed must stay (IC-15, R-14)."""
        bare = {row.sis_assignment_id for row in rows if row.sis_assignment_id and not row.category_id}
        if not bare or self.profile.keep_category == "omit":
            return {}
        found = self._reader.line_items(section)
        return {row.sourced_id: row.category for row in found if row.sourced_id in bare}

    def _uncategorized(self, section: str) -> str:
        """The category of a class that the district named for assignments without one (IC-15); empty where the class has none of this title."""
        wanted = fields.words(self.profile.uncategorized).casefold()
        found = [one.sourced_id for one in self._reader.categories(section) if one.state != "deleted" and one.title.casefold() == wanted]
        return found[0] if found else ""

    def _lacks(self, method: str) -> bool:
        """Whether the SIS said which scopes it granted, and the one for this method is not among them."""
        granted = self.services.token.granted if self.services.token is not None else ()
        return bool(granted) and self.profile.scope(RIGHTS[method]) not in granted

    def _marked(self, section: str) -> Mapping[str, str]:
        """Our ids → the SIS's ids of what stands in a class."""
        found = self.read_assignments([section])
        mine = found[found["ours"]]
        return dict(zip(mine["our_id"], mine["sis_assignment_id"], strict=True))

    def _place(self, row: AssignmentWrite) -> Place:
        section = row.sis_section_id
        school = records.class_(self._reader.klass(section) or {}).school
        if self.profile.version == "1.2" and not school:
            raise SourceError(f"class {section} has no readable school.sourcedId, which each assignment must name in OneRoster 1.2")
        if self.profile.grading_period == "omit":
            return Place(school)
        return Place(school, bodies.period_of(row.due_date, self._reader.grading_periods(section)))

    def _delete(self, plural: str, items: Sequence[Item]) -> Iterator[Receipt]:
        if self.profile.delete_support:
            return self._writer.delete_all(plural, items)
        said = f"extra.delete_support of connection {self.services.connection.id} is false"
        return (Receipt(item.key, Outcome.REFUSED, code="SIS-FORBIDDEN", message=said) for item in items)


def _unread(error: SourceError | AccessError | UnavailableError) -> str:
    """The code of rows that were not sent because their class could not be read; raises what concerns every class."""
    if isinstance(error, SourceError):
        return "SIS-UNREADABLE"
    if isinstance(error, OutageError) or error.status is None or error.status in (401, 429):
        raise error
    return "SIS-FORBIDDEN" if error.status == 403 else "SIS-5XX"


def _once(ids: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(ids))
