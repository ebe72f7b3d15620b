"""F-3: whatever happens in a school over many nights, listed readings end as full ones do; what neither the SIS list nor the submissions show is late
by no more than the district says (canvas-api.md §3.1, §4.1)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.canvas.frames import CanvasFrames
from include.canvas.listed import is_turn
from tests.canvas.readings import LONG_AGO, PEOPLE, SEEN, UNSEEN, WORK, Nights, edit, override, same
from tests.sandbox.bay_high import BIOLOGY, bay_high
from tests.sandbox.canvas_caller import Caller, canvas

EVERY = 3
AT_ONCE = {name: event for name, event in (SEEN | UNSEEN).items() if name not in ("group", "leave")}
LATE: dict[str, Callable[[Caller, int, int, int], object]] = {
    "grading": lambda bay, work, _, number: edit(bay, work, grading_type=("percent", "points")[number % 2]),
    "module": lambda bay, _, __, number: override(bay, context_module_id=7, due_at=f"2026-11-{10 + number:02d}T04:59:59Z"),
    "group": SEEN["group"],
    "leave": SEEN["leave"],  # who is only concluded has his submissions still
}
EVENTS = st.tuples(st.sampled_from([*AT_ONCE, *LATE]), st.sampled_from(WORK), st.sampled_from(PEOPLE), st.integers(0, 9))
FATES = st.sampled_from(["whole", "whole", "whole", "killed", "spoilt", "by hand"])
NIGHTS = st.lists(st.tuples(st.integers(1, 3), st.lists(EVENTS, min_size=1, max_size=4), FATES), min_size=3, max_size=5)


@pytest.fixture(scope="module")
def bay() -> Iterator[Caller]:
    with canvas(bay_high(submissions=LONG_AGO)) as caller:
        yield caller


@given(school=NIGHTS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_f3_nothing_is_lost_and_nothing_later_than_the_district_says(
    bay: Caller, school: list[tuple[int, list[tuple[str, int, int, int]], str]]
) -> None:
    bay.admin("reset", "POST")
    hidden: int | None = None  # the last day on which something happened that no list shows, and that no full reading saw
    with tempfile.TemporaryDirectory() as folder:
        nights = Nights(bay, Path(folder), EVERY)
        with closing(nights.client):
            nights.night()
            for days, events, fate in school:
                bay.admin("clock", days=days)
                told = [name for name, *event in events if happened(bay, name, *event)]
                if set(told) & set(LATE):
                    hidden = nights.day + days
                if fate == "spoilt" and nights.file.exists():
                    nights.file.write_bytes(b"PAR1")
                if fate == "by hand":
                    nights.night(0, listing={})
                if fate == "killed":
                    nights.night(days)
                    nights.day -= days  # the run is tried again
                read, full = nights.night(days), nights.full()
                if hidden is not None and (is_turn(str(BIOLOGY), nights.day, EVERY) or nights.day - hidden >= EVERY):
                    hidden = None
                assert same(of_synced(read), of_synced(full)) or hidden is not None, told
            for _ in range(EVERY):
                read = nights.night()
            assert same(read, nights.full())


def of_synced(read: CanvasFrames) -> CanvasFrames:
    """Without assignments that are not synced, of which the SIS list says nothing."""
    rows = read.assignments
    synced = rows[rows["published"] & rows["post_to_sis"]]
    return replace(read, assignments=synced, overrides=read.overrides[read.overrides["canvas_assignment_id"].isin(synced["canvas_assignment_id"])])


def happened(bay: Caller, name: str, work: int, user: int, number: int) -> bool:
    """Whether Canvas took it: an assignment may be gone, or not given to the student."""
    try:
        (AT_ONCE | LATE)[name](bay, work, user, number)
    except AssertionError:
        return False
    return True
