"""What cannot be read in one section of the SIS stays that section's matter (F-4, F-10, A-24)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.errors import AccessError, OutageError, SourceError, UnavailableError
from include.sis.contract import SectionsRead
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


@dataclass
class Broken(LivelySis):
    """A SIS that raises for some sections, or for all (`*`), and whose check says what it says."""

    errors: dict[str, Exception] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    incomplete: dict[str, str] = field(default_factory=dict)
    reads: int = 0

    def check(self) -> list[str]:
        return self.told

    def read_sections(self, ids: Sequence[str]) -> SectionsRead:
        self.reads += 1
        for section in ids:
            if section in self.errors or "*" in self.errors:
                raise self.errors.get(section) or self.errors["*"]
        read = super().read_sections(ids)
        listed = read.students[~read.students["sis_section_id"].isin(self.incomplete)]
        return replace(read, students=listed, incomplete_rosters=self.incomplete)


FORBIDDEN = AccessError("class S1 was refused: HTTP 403", 403, said="class is sealed")
FAULT = UnavailableError("class S1 failed 5 times, last: HTTP 500", 500, said="deadlock")
WRONG = {
    "forbidden": (FORBIDDEN, "SIS-UNREADABLE", "It said: class is sealed"),
    "fault": (FAULT, "SIS-UNREADABLE", "It said: deadlock"),
    "silent": (UnavailableError("no answer"), "SIS-UNREADABLE", "no answer"),
    "ours": (KeyError("student Jane"), "GP-OUR-ERROR", "KeyError in test_sis_read.py"),
}


def broken(database: Engine, sections: int, errors: dict[str, Exception], **more: object) -> School:
    client = Broken(errors=errors, **more)  # type: ignore[arg-type]  # what a test wants
    school = School(sections={str(n): [f"u{n}"] for n in range(1, sections + 1)}, client=client, book=Ledger(database, "synergy"))
    school.add(scores=8.0)
    return school


@pytest.mark.parametrize("wrong", list(WRONG))
@pytest.mark.parametrize("sections", [1, 2, 9])
def test_i7_a_section_that_always_fails_withholds_itself_only_and_says_why(sqlite_database: Engine, wrong: str, sections: int) -> None:
    error, code, words = WRONG[wrong]
    night = broken(sqlite_database, sections, {"S1": error}).night()
    assert {row[0] for row in night.scores()} == {f"S{n}" for n in range(2, sections + 1)}
    assert night.why("section") == [code]
    assert words in night.told(code)
    assert "Jane" not in night.told(code)


@pytest.mark.parametrize("wrong", ["forbidden", "fault", "silent"])
def test_i7_a_connection_that_fails_for_every_section_stops_the_batch_soon(sqlite_database: Engine, wrong: str) -> None:
    school = broken(sqlite_database, 64, {"*": WRONG[wrong][0]})
    with pytest.raises(type(WRONG[wrong][0])):
        school.night()
    assert school.client.reads < 12  # type: ignore[attr-defined]  # a Broken one


def test_i7_one_section_on_a_connection_whose_check_fails_too_is_not_to_blame(sqlite_database: Engine) -> None:
    with pytest.raises(AccessError):
        broken(sqlite_database, 1, {"S1": FORBIDDEN}, told=["the right roster.readonly is missing"]).night()


@pytest.mark.parametrize("error", [OutageError("down"), UnavailableError("wait", 429), AccessError("dead credentials", 401)])
def test_i7_what_concerns_every_section_is_no_sections_own(sqlite_database: Engine, error: Exception) -> None:
    with pytest.raises(type(error)):
        broken(sqlite_database, 4, {"S1": error}).night()


def test_i7_a_student_who_is_not_in_an_incomplete_roster_is_unchecked_not_unknown(sqlite_database: Engine) -> None:
    night = broken(sqlite_database, 2, {}, incomplete={"S1": "1 of 1 students have no readable sourcedId"}).night()
    assert night.why("grade") == ["GP-STUDENT-UNCHECKED"]
    assert "1 of 1 students have no readable sourcedId" in night.told("GP-STUDENT-UNCHECKED")
    assert {row[0] for row in night.scores()} == {"S2"}
