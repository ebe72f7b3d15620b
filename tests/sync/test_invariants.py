"""The design's invariants over generated schools, under all five rule tables. `INVARIANT_EXAMPLES=1000` looks much further than a test run does."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from include.gradebook.courses import Selection
from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, WITHHELD
from include.sync import state
from include.sync.ledger import Ledger
from tests.classroom import Night
from tests.sync import drawn
from tests.sync.school import School

EXAMPLES = int(os.environ.get("INVARIANT_EXAMPLES", "0"))
LOST = {"GP-REMOVED", "GP-BLANKED", "GP-STUDENT-LEFT"}
_numbers = count()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db"
    state.upgrade(url)
    yield state.engine(url)
    state.engine(url).dispose()


def tried(examples: int) -> Any:
    """So many examples: the same ones in every test run, others when somebody asks for more."""
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if EXAMPLES else [])]
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(
        max_examples=EXAMPLES or examples, deadline=None, derandomize=not EXAMPLES, database=None, phases=phases, suppress_health_check=checks
    )


def opened(school: School, engine: Engine) -> School:
    """With an empty ledger of its own."""
    school.book = Ledger(engine, f"target-{next(_numbers)}")
    return school


def expected_grades(school: School) -> Counter[tuple[str, str, str]]:
    """(assignment, user, section) of every submission in every section of its student; '-' for none."""
    seats = {user: [section for section, here in school.sections.items() if user in here] for _, user in school.submissions}
    return Counter((assignment, user, section) for assignment, user in school.submissions for section in seats[user] or ["-"])


def told(rows: pd.DataFrame, *columns: str) -> Counter[tuple[str, ...]]:
    return Counter(rows[list(columns)].fillna("-").itertuples(index=False, name=None))


def check_rows(school: School, night: Night) -> None:
    """Invariant 1: every section, copy and grade is planned or withheld, once."""
    withheld, plan = night.resolved.withheld, night.plan
    by_kind = {kind: withheld[withheld["kind"] == kind] for kind in ("section", "assignment", "grade")}
    sections = night.filtered.sections["canvas_section_id"]
    lost = told(by_kind["section"], "canvas_section_id")
    kept = Counter((section,) for section in sections if (section,) not in lost)
    assert kept + lost == Counter((section,) for section in school.sections)
    copies = told(by_kind["assignment"], "canvas_assignment_id", "canvas_section_id")
    copies += told(plan.assignments[plan.assignments["action"] != "delete"], "canvas_assignment_id", "canvas_section_id")
    for assignment in (row["canvas_assignment_id"] for row in school.assignments):
        of_it = Counter({key: number for key, number in copies.items() if key[0] == assignment})
        assert of_it == Counter([(assignment, "-")]) or (of_it and of_it == Counter((assignment, section) for section in sections))
    columns = ("canvas_assignment_id", "canvas_user_id", "canvas_section_id")
    assert told(by_kind["grade"], *columns) + told(plan.scores[plan.scores["action"] != "clear"], *columns) == expected_grades(school)


def check_frames(night: Night) -> None:
    """The frames hold their contracts, no key stands twice, and every code is in the catalogue."""
    plan, resolved = night.plan, night.resolved
    for frame, rows in ((PLAN_ASSIGNMENTS, plan.assignments), (PLAN_SCORES, plan.scores), (WITHHELD, resolved.withheld), (WITHHELD, resolved.notes)):
        frame.check(rows)
        assert not frame.key or not rows.duplicated(list(frame.key)).any()
    assert {*resolved.withheld["reason_code"], *resolved.notes["reason_code"]} <= set(CATALOGUE)
    scored = set(
        plan.scores.loc[plan.scores["action"].isin(["create", "update"]), ["sis_section_id", "canvas_assignment_id"]].itertuples(index=False)
    )
    standing = set(plan.assignments.loc[plan.assignments["action"] != "delete", ["sis_section_id", "canvas_assignment_id"]].itertuples(index=False))
    assert scored <= standing, "a score without its assignment"


def everything(night: Night) -> list[list[str]]:
    """All that a night says, whatever the order in which it says it."""
    parts = (night.plan.assignments, night.plan.scores, night.resolved.withheld, night.resolved.notes)
    return [sorted(part.astype("str").fillna("-").agg("|".join, axis=1)) if len(part) else [] for part in parts]


def foreign(school: School) -> dict[tuple[str, str], Any]:
    return {place: item for place, item in school.client.items.items() if not item["ours"]}


def sent(school: School) -> Night:
    """A night that is sent."""
    night = school.night()
    check_rows(school, night)
    check_frames(night)
    school.send(night)
    return night


def calm(school: School) -> Night:
    """Nights without trouble until one has nothing to write; that one. Two must be enough."""
    school.client.fates = []
    for _ in range(3):
        night = sent(school)
        if not night.writes():
            return night
    raise AssertionError(f"after two calm nights there is still something to write: {night.sent()}")


@given(school=drawn.schools(), selection=drawn.selections(), seed=st.integers(0, 9))
@tried(10)
def test_invariant_1_and_the_plan_does_not_depend_on_row_order(engine: Engine, school: School, selection: Selection, seed: int) -> None:
    opened(school, engine).selection = selection
    night = school.night()
    check_rows(school, night)
    check_frames(night)
    school.shuffle = seed
    assert everything(school.night()) == everything(night)


@pytest.mark.slow
@given(school=drawn.schools(), fates=drawn.fates, changes=drawn.changes(), seed=st.integers(0, 9))
@tried(6)
def test_invariants_2_and_7_after_troubled_nights(
    engine: Engine, school: School, fates: list[str], changes: list[tuple[str, Any]], seed: int
) -> None:
    """Refused, failed and lost writes, and changes between the nights: then one calm night settles all, touching nothing of others."""
    before = deepcopy(foreign(opened(school, engine)))
    school.client.fates = list(fates)
    sent(school)
    drawn.happen(school, changes)
    others = {place: item for place, item in foreign(school).items() if place in before}
    school.client.fates = list(reversed(fates))
    sent(school)
    quiet = calm(school)
    withheld = quiet.resolved.withheld
    waiting = withheld.loc[(withheld["stage"] == "transform") & (withheld["kind"] != "section"), "sis_section_id"]
    assert set(quiet.sections_read) <= set(waiting), "a section was read in which nothing is open"
    if school.rules.foreign_twin != "adopt":
        assert foreign(school) == others
    school.shuffle = seed
    assert everything(school.night()) == everything(quiet)
    school.holds()


@pytest.mark.slow
@given(school=drawn.schools(), hitches=drawn.hitches)
@tried(6)
def test_invariant_4_troubled_nights_end_as_calm_ones(engine: Engine, school: School, hitches: list[str]) -> None:
    twin = opened(deepcopy(school), engine)
    opened(school, engine).client.fates = list(hitches)
    sent(school)
    calm(school)
    calm(twin)
    assert school.holds() == twin.holds()


@given(school=drawn.schools([{}, {"clear_blanks": True, "delete_removed": True}]), changes=drawn.changes())
@tried(4)
def test_invariant_6_a_half_read_course_loses_nothing(engine: Engine, school: School, changes: list[tuple[str, Any]]) -> None:
    sent(opened(school, engine))
    drawn.happen(school, [*changes, ("gone", 0), ("blank", 0)])
    school.course["complete"] = False
    night = sent(school)
    assert night.writes() == 0
    assert not LOST & set(night.notes())


@given(school=drawn.schools([{}]), changes=drawn.changes())
@tried(4)
def test_f10_a_lost_ledger_makes_no_twin(engine: Engine, school: School, changes: list[tuple[str, Any]]) -> None:
    calm(opened(school, engine))
    holds = school.holds()
    opened(school, engine)
    calm(school)
    assert school.holds() == holds
