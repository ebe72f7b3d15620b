"""PowerSchool as the product's SIS contract has it (include/sis/contract.py); the parts are the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import pandas as pd

from include.breaker import Breaker
from include.connection import Connection
from include.errors import SourceError, UnavailableError
from include.gradebook.schemas import SIS_MARKS
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite, SectionsRead
from include.sis.powerschool.assignments import AssignmentWriter
from include.sis.powerschool.checkup import findings
from include.sis.powerschool.directory import Directory
from include.sis.powerschool.options import Options, options_of
from include.sis.powerschool.reads import Reader
from include.sis.powerschool.rosters import Rosters
from include.sis.powerschool.scores import ScoreWriter
from include.sis.powerschool.service import Service
from include.sis.powerschool.tables import Tables
from include.sis.powerschool.writing import Writes


class PowerSchoolClient:
    """One PowerSchool over one connection: OAuth plugin, roster reads, XTE gradebook."""

    def __init__(self, connection: Connection, options: Options) -> None:
        self._service = Service(connection, options)
        tables = Tables(self._service)
        self._directory = directory = Directory(self._service, tables)
        rosters = Rosters(self._service, tables, directory.unread)
        self._reader = Reader(self._service, tables, directory, rosters)
        writes = Writes(self._service)
        self._assignments = AssignmentWriter(writes, directory)
        self._scores = ScoreWriter(writes, directory, rosters)

    @property
    def breaker(self) -> Breaker:
        """The circuit breaker of the connection."""
        return self._service.breaker

    @property
    def allocates(self) -> frozenset[str]:
        """Assignments; a student has one score, whoever puts it."""
        return frozenset({"assignment"})

    @property
    def server(self) -> str:
        """Host of the connection."""
        return urlsplit(self._service.url).netloc.lower()

    def identify(self) -> str:
        """The district that the server says it belongs to; empty where it does not say."""
        return self._service.district()

    def close(self) -> None:
        """Give the connections back."""
        self._service.close()

    def check(self) -> list[str]:
        """What is missing for a sync, one sentence each; empty when all is well. Writes nothing."""
        return list(findings(self._service))

    def read_sections(self, sis_section_ids: Sequence[str]) -> SectionsRead:
        """Terms, rosters and categories (A-24, B-1)."""
        return self._reader.sections(sis_section_ids)

    def read_assignments(self, sis_section_ids: Sequence[str]) -> pd.DataFrame:
        """All assignments that stand in these sections, ours and others."""
        return self._reader.assignments(sis_section_ids)

    def read_scores(self, sis_section_id: str, sis_assignment_ids: Sequence[str]) -> pd.DataFrame:
        """The scores that stand in these assignments of one section."""
        return self._reader.scores(sis_section_id, sis_assignment_ids)

    def read_marks(self, sis_section_id: str, sis_assignment_ids: Sequence[str]) -> pd.DataFrame:  # noqa: ARG002  # the contract's signature
        """None: scores carry no mark, and there are never two."""
        return SIS_MARKS.empty()

    def foresee(self, sis_section_ids: Sequence[str]) -> None:
        """Sections with their teachers: three requests for all of them instead of three for each."""
        with suppress(UnavailableError, SourceError):
            self._directory.sections(sis_section_ids)

    def put_assignments(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        """Create or replace assignments, one request each (a single replace: two)."""
        return self._assignments.put(rows)

    def put_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Create or replace scores, one request per assignment where nothing is refused."""
        return self._scores.put(rows)

    def clear_scores(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Empty scores, if the connection's `clear_scores` names a way (A-9)."""
        return self._scores.clear(rows)

    def delete_assignment(self, row: AssignmentWrite) -> Receipt:
        """Delete one assignment of ours, if the connection's `delete_assignments` allows it (A-10)."""
        return self._assignments.delete(row)

    def delete_score(self, sis_score_id: str) -> Receipt:
        """Nothing that there is a way for, or a need."""
        return Receipt(sis_score_id, Outcome.REFUSED, code="PS-SWITCHED-OFF", message="there is no score to delete")


def connect(connection: Connection) -> PowerSchoolClient:
    """A client for this connection. ConfigError names what is wrong with it; no request is made yet."""
    return PowerSchoolClient(connection, options_of(connection))
