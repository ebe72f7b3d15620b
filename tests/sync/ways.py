"""Ways of writing under which the SIS chooses ids, each with a small town of one course: there a create must never be repeated unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from include.district import load_district
from include.sandbox.generate import Size, generate
from include.sandbox.oneroster.traits import TRAITS
from include.sandbox.world import Course
from include.sync import state
from tests.sync.books import book
from tests.sync.by_hand import forget_leases
from tests.town import Result, Town, town

SIZE = Size(courses=2, sections=1, students=4, assignments=4)
QUICK = {"tries": 2, "retry_delay_s": 0.01, "patience_s": 5, "timeout_s": 5}


@dataclass(frozen=True)
class Way:
    """A way of writing under which the SIS chooses ids."""

    target: str
    extra: dict[str, Any]
    server: dict[str, Any] = field(default_factory=dict)


WAYS = {
    "ids by the SIS": Way("infinite_campus", {"put_style": "modified", "workers": 3, "delete_support": True}, {"id_mode": "modified"}),
    "batches": Way("infinite_campus", {"batch": True, "batch_size": 3, "delete_support": True}),
    "powerschool": Way("powerschool", {"delete_assignments": "forced"}),
}


@contextmanager
def place_of(folder: Path, way: Way) -> Iterator[Town]:
    with pytest.MonkeyPatch.context() as patch:
        if way.target in TRAITS:
            patch.setitem(TRAITS, way.target, replace(TRAITS[way.target], name_unique=False, **way.server))
        with town(folder, SIZE, targets=(way.target,)) as place:
            place.extras[way.target] = {**QUICK, **way.extra}
            yield place


@cache
def ordinary(target: str) -> Course:
    """The first of the target's courses."""
    return next(course for course in generate(size=SIZE).courses if course.target == target)


def course_of(target: str) -> dict[str, Any]:
    """A sync of that course alone."""
    return {"mode": "on_demand", "courses": (ordinary(target).id,)}


def night(place: Town, target: str) -> Result:
    return place.night(target, **course_of(target))


@pytest.fixture(params=list(WAYS), scope="module")
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


@pytest.fixture
def place(tmp_path: Path, way: Way) -> Iterator[Town]:
    """Before its first night."""
    with place_of(tmp_path, way) as place:
        yield place


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, way: Way) -> Any:
    """What the SIS holds after a night in which nothing happened."""
    with place_of(tmp_path_factory.mktemp("calm"), way) as place:
        night(place, way.target)
        return book(place, way.target)


def doubted(place: Town) -> int:
    with state.engine(load_district(place.file).state).connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM doubts")).scalar_one())


def is_quiet(place: Town, target: str, calm: Any) -> None:
    """All stands once, nothing is in doubt, and the next night writes nothing."""
    assert book(place, target) == calm
    assert doubted(place) == 0
    place.forget_log()
    forget_leases(place)
    assert (night(place, target).sent, place.writes(target)) == (0, [])
