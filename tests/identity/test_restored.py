"""What looks like a SIS that was restored to an earlier state, and what only looks like it (I-4)."""

from __future__ import annotations

from datetime import UTC, datetime

from include.sync.planning import own_rows
from include.sync.restored import restored
from tests.classroom import Classroom

SINCE = datetime(2026, 8, 1, tzinfo=UTC)


def taught() -> Classroom:
    """A course of two sections to which three assignments were sent."""
    room = Classroom(sections={"1": ["u1"], "2": ["u2"]})
    for name in ("Quiz", "Essay", "Poster"):
        room.add(name)
    room.accept(room.night())
    room.ledger.assignments["accepted_at"] = SINCE.replace(month=9)
    return room


def trouble(room: Classroom) -> str:
    """What a run of this course is told about the SIS."""
    return restored(own_rows(room.ledger, room.filtered(room.canvas())), room.sis(["S1", "S2"]), SINCE)


def test_i4_items_that_are_gone_from_two_sections_look_like_a_restore() -> None:
    room = taught()
    assert trouble(room) == ""
    room.standing_in_sis.clear()
    assert "restored from a backup" in trouble(room)


def test_i4_a_new_school_year_in_sections_whose_ids_are_used_again_is_no_restore() -> None:
    room = taught()
    room.ledger.assignments["canvas_course_id"] = "7"  # last year's course
    room.standing_in_sis.clear()
    assert trouble(room) == ""
