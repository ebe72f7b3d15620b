"""What cannot be read in one section of the SIS stays that section's matter (F-4, F-10, A-24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import Engine

from include.errors import SourceError
from include.sync.ledger import Ledger
from tests.sync.school import LivelySis, School


@dataclass
class Torn(LivelySis):
    """A SIS in which the scores of some sections cannot be read."""

    torn: set[str] = field(default_factory=set)

    def read_scores(self, section: str, ids: Sequence[str]) -> pd.DataFrame:
        if section in self.torn:
            raise SourceError("a row cannot be read")
        return super().read_scores(section, ids)


def test_f4_f10_scores_that_cannot_be_looked_up_hold_their_own_section_back(sqlite_database: Engine) -> None:
    """After a lost ledger all that stands is looked up: what may stand already is not sent blindly, and the other section goes."""
    sis = Torn(own_ids=False)
    school = School(sections={"1": ["u1"], "2": ["u2"]}, client=sis, book=Ledger(sqlite_database, "genesis"))
    school.add(scores=8.0)
    school.send(school.night())
    before = school.holds()
    school.book, sis.torn = Ledger(sqlite_database, "synergy"), {"S1"}
    night = school.night()
    assert {row[0] for row in night.scores()} == {"S2"}
    assert night.why("section") == ["SIS-UNREADABLE"]
    school.send(night)
    sis.torn = set()
    school.send(school.night())
    assert school.holds() == before, "and no twin"
