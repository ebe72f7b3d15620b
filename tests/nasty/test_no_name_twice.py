"""Whatever teachers rename, delete and type, in Canvas and in the SIS: no night makes a name stand there once more (R-6, R-7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from include.sync import state
from tests.sync import drawn
from tests.sync.school import School
from tests.sync.test_invariants import opened, sent, tried

NAMES = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["Quiz", "quiz ", "Essay", "Lab", "Plain test", "Plain work", "Renamed"])), max_size=4)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db"
    state.upgrade(url)
    yield state.engine(url)
    state.engine(url).dispose()


def doubled(school: School) -> Counter[tuple[str, str]]:
    """(SIS section, name) that stands more than once, and how many times too often."""
    names = Counter((place, str(item["name"]).strip().casefold()) for (place, _), item in school.client.items.items())
    return Counter({name: count - 1 for name, count in names.items() if count > 1})


def rename(school: School, names: list[tuple[int, str]], there: list[tuple[int, str]]) -> None:
    """Teachers call assignments otherwise in Canvas, and items otherwise in the SIS."""
    for number, name in names:
        school.assignments[number % len(school.assignments)]["name"] = name
    for number, name in there if school.client.items else []:
        school.client.items[sorted(school.client.items)[number % len(school.client.items)]]["name"] = name


@pytest.mark.slow
@given(school=drawn.schools([{}, {}, {"foreign_twin": "adopt"}]), changes=drawn.changes(), names=NAMES, there=NAMES)
@tried(8)
def test_r6_r7_no_night_doubles_a_name(
    engine: Engine, school: School, changes: list[tuple[str, Any]], names: list[tuple[int, str]], there: list[tuple[int, str]]
) -> None:
    if school.rules.canvas_twins == "send_both":
        school.rules = school.rules.model_copy(update={"canvas_twins": "send_first", "foreign_twin": "withhold"})
    opened(school, engine)
    for _ in range(2):
        before = doubled(school)
        sent(school)
        assert doubled(school) <= before
        drawn.happen(school, changes)
        rename(school, names, there)
    before = doubled(school)
    sent(school)
    assert doubled(school) <= before
