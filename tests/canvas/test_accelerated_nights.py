"""F-3: whatever happens in a school over many nights, accelerated readings end as full ones do, and what they cannot see is late by no more than
the district says (canvas-api.md §4.2)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.canvas.readings import COURSE, Reader, edit, enrol, grade, override, rows, same
from tests.sandbox.bay_high import AMY, AMY_QUIZ, BEN, BIOLOGY, CLEO, ESSAY, LAB, LEFT, P1, P2, PAPER, QUIZ, bay_high
from tests.sandbox.canvas_caller import Caller, canvas

EVERY = 3
WORK, PEOPLE = (QUIZ, LAB, ESSAY, PAPER), (AMY, BEN, CLEO)
LONG_AGO = {
    (work, user): {**AMY_QUIZ, "id": 4000 + 10 * work + user % 10, "assignment_id": work, "user_id": user, "graded_at": "2026-11-01T12:00:00Z"}
    for work in (QUIZ, ESSAY, PAPER)
    for user in PEOPLE
}
Event = tuple[str, int, int, int]


def put(bay: Caller, work: int, user: int, **fields: object) -> None:
    """A change that nobody made through the API: students hand in, grades are posted."""
    bay.admin("change", "POST", do="submissions", course=BIOLOGY, key=[work, user], set=fields)


def policy(bay: Caller, percent: int) -> None:
    told = {"late_submission_deduction_enabled": True, "late_submission_deduction": percent}
    bay.ask(f"{COURSE}/late_policy", "PATCH", json={"late_policy": told})


SEEN: dict[str, Callable[[Caller, int, int, int], object]] = {
    "score": lambda bay, work, user, number: grade(bay, work, user, posted_grade=str(number)),
    "excuse": lambda bay, work, user, _: grade(bay, work, user, excuse="true"),
    "status": lambda bay, work, user, number: grade(bay, work, user, late_policy_status=("late", "missing", "extended", "none")[number % 4]),
    "due": lambda bay, work, _, number: edit(bay, work, due_at=f"2026-11-{10 + number:02d}T04:59:59Z"),
    "points": lambda bay, work, _, number: edit(bay, work, points_possible=str(5 + number)),
    "publish": lambda bay, work, _, number: edit(bay, work, published=str(number % 2 == 0).lower()),
    "sync": lambda bay, work, _, number: edit(bay, work, post_to_sis=str(number % 3 > 0).lower()),
    "delete": lambda bay, work, _, number: bay.ask(f"{COURSE}/assignments/{work}", "DELETE") if number == 0 else None,
    "override": lambda bay, *_: override(bay, course_section_id=P1, due_at="2026-11-25T04:59:59Z"),
    "group": lambda bay, *_: override(bay, group_id=5001),
    "enrol": lambda bay, _, __, number: enrol(bay, 90, LEFT, (P1, P2)[number % 2]),
    "leave": lambda bay, _, __, number: enrol(bay, 2, BEN, P2, enrollment_state=("deleted", "completed", "active")[number % 3]),
}
UNSEEN: dict[str, Callable[[Caller, int, int, int], object]] = {
    "clear": lambda bay, work, user, _: grade(bay, work, user, posted_grade=""),
    "un-excuse": lambda bay, work, user, _: grade(bay, work, user, excuse="false"),
    "hand in": lambda bay, work, user, number: put(bay, work, user, workflow_state="submitted", submitted_at=f"2026-11-{10 + number:02d}T12:00:00Z"),
    "hide": lambda bay, work, user, _: put(bay, work, user, posted_at=None),
    "late policy": lambda bay, _, __, number: policy(bay, number),
}
EVENTS = st.tuples(st.sampled_from([*SEEN, *UNSEEN]), st.sampled_from(WORK), st.sampled_from(PEOPLE), st.integers(0, 9))
FATES = st.sampled_from(["whole", "whole", "whole", "killed", "spoilt"])
NIGHTS = st.lists(st.tuples(st.integers(1, 3), st.lists(EVENTS, min_size=2, max_size=5), FATES), min_size=3, max_size=5)


@pytest.fixture(scope="module")
def bay() -> Iterator[Caller]:
    with canvas(bay_high(submissions=LONG_AGO)) as caller:
        yield caller


@given(nights=NIGHTS)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_f3_nothing_is_lost_and_nothing_later_than_the_district_says(bay: Caller, nights: list[tuple[int, list[Event], str]]) -> None:
    bay.admin("reset", "POST")
    unseen: dict[tuple[str, str] | None, int] = {}  # the first night that an invisible event was there for (None: it concerned all)
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(bay, Path(folder), EVERY)
        reader.read()
        for number, (days, events, kind) in enumerate(nights):
            bay.admin("clock", days=days)
            for name, work, user, value in events:
                try:
                    (SEEN | UNSEEN)[name](bay, work, user, value)
                except AssertionError:
                    continue  # Canvas refused it: the assignment is gone, or not given to the student
                if name in UNSEEN:
                    unseen.update(dict.fromkeys(touched(name, work, user), number))
            if kind == "spoilt" and reader.file.exists():
                reader.file.write_bytes(b"PAR1")
            if kind == "killed":
                reader.read()
            read, full = rows(reader.read()), rows(reader.full())
            late = {key for key, night in unseen.items() if number <= night + EVERY - 2}
            differing = {key for key in read.keys() | full.keys() if read.get(key) != full.get(key)}
            assert None in late or differing <= late, f"night {number}: {differing - late}"
        bay.admin("clock", days=1)
        for _ in range(EVERY - 1):
            reader.read()
        assert same(reader.read(), reader.full())
        reader.close()


def touched(name: str, work: int, user: int) -> list[tuple[str, str] | None]:
    """The submissions that an event may move; group work moves all members'."""
    if name == "late policy":
        return [None]
    return [(str(work), str(each)) for each in (PEOPLE if work == ESSAY else (user,))]
