"""Table C, cell by cell: each SIS's rule table put to the same situations, through filter, ledger comparison and plan.

A case's id is the cell's requirement id: G Genesis, SY Synergy, ST SchoolTool, IC Infinite Campus, PS PowerSchool; the number is the row.
"""

from __future__ import annotations

from typing import Any

import pytest

from include.gradebook.courses import Selection
from include.sis.registry import sis
from tests.classroom import NOW, Classroom, Night

NAMES = {"G": "genesis", "SY": "synergy", "ST": "schooltool", "IC": "infinite_campus", "PS": "powerschool"}
REMASTER = Selection(now=NOW, mode="remaster")


def room(cell: str, **changes: Any) -> Classroom:
    """A classroom under the rules of the cell's SIS."""
    return Classroom(rules=sis(NAMES[cell.split("-", maxsplit=1)[0]]).rules, **changes)


def one(cell: str, scores: Any = 8.0, selection: Selection | None = None, **columns: Any) -> Night:
    """The night of a classroom with one assignment."""
    place = room(cell, selection=selection or Selection(now=NOW))
    place.add(**{"name": "Quiz", "scores": scores, **columns})
    return place.night()


def told(night: Night) -> str:
    """What happened to the one assignment: sent, or the reason."""
    return "sent" if night.sent() else " ".join(night.why())


@pytest.mark.parametrize(
    ("cell", "length", "expected"),
    [
        ("G-1", 255, "sent"),
        ("SY-1", 50, "sent"), ("SY-1", 51, "GP-NAME-LONG"),
        ("ST-1", 50, "sent"), ("ST-1", 51, "GP-NAME-LONG"),
        ("IC-1", 30, "sent"), ("IC-1", 31, "GP-NAME-LONG"),
        ("PS-1", 30, "sent"), ("PS-1", 31, "GP-NAME-LONG"),
    ],
)  # fmt: skip
def test_row_1_longest_name(cell: str, length: int, expected: str) -> None:
    night = one(cell, name="n" * length)
    assert told(night) == expected
    if expected != "sent":
        assert str(length) in night.told("GP-NAME-LONG")
        assert str(length - 1) in night.told("GP-NAME-LONG")


@pytest.mark.parametrize(("cell", "expected"), [("G-2", "sent"), ("SY-2", "GP-NAME-CHARS"), ("ST-2", "sent"), ("IC-2", "sent"), ("PS-2", "sent")])
def test_row_2_special_characters(cell: str, expected: str) -> None:
    assert told(one(cell, name="Éric’s quiz *~* 😀")) == expected


@pytest.mark.parametrize(("cell", "expected"), [("G-3", "sent"), ("SY-3", "GP-POINTS-ZERO"), ("ST-3", "sent"), ("IC-3", "sent"), ("PS-3", "sent")])
def test_row_3_zero_points(cell: str, expected: str) -> None:
    assert told(one(cell, points_possible=0.0)) == expected


@pytest.mark.parametrize(
    ("cell", "expected"), [("G-4", "sent"), ("SY-4", "sent"), ("ST-4", "GP-DUE-MISSING"), ("IC-4", "GP-DUE-MISSING"), ("PS-4", "GP-DUE-MISSING")]
)
def test_row_4_no_due_date(cell: str, expected: str) -> None:
    assert told(one(cell, due_at=None)) == expected


@pytest.mark.parametrize(
    ("cell", "due_at", "expected"),
    [
        ("PS-4", "2026-08-23T16:00:00Z", "GP-DUE-OUT-OF-TERM"),
        ("PS-4", "2026-08-24T16:00:00Z", "sent"),
        ("PS-4", "2027-01-23T04:59:59Z", "sent"),  # 23:59:59 on the last day
        ("PS-4", "2027-01-23T05:00:00Z", "GP-DUE-OUT-OF-TERM"),
        ("G-4", "2026-08-23T16:00:00Z", "sent"),
    ],
)
def test_row_4_due_date_inside_the_term(cell: str, due_at: str, expected: str) -> None:
    night = one(cell, due_at=due_at)
    assert told(night) == expected
    if expected != "sent":
        assert "2026-08-24 to 2027-01-22" in night.told(expected)


def differentiated(cell: str, base_due: str | None = "2026-11-10T04:59:59Z", **columns: Any) -> Classroom:
    """Two sections, of which the first has an own due date."""
    place = room(cell, sections={"1": ["u1"], "2": ["u2"]})
    quiz = place.add(due_at=base_due, **columns)
    place.override(quiz, "section", "1", due_at="2026-11-20T04:59:59Z")
    return place


@pytest.mark.parametrize(
    ("cell", "due", "why"),
    [
        ("G-5", {"S1": "2026-11-19", "S2": "2026-11-09"}, []),
        ("SY-5", {"S1": "2026-11-19", "S2": "2026-11-09"}, []),
        ("ST-5", {"S1": "2026-11-19"}, ["GP-DIFF-NOT-NAMED"]),
        ("IC-5", {}, ["GP-DIFF-SECTIONS"]),
        ("PS-5", {"S1": "2026-11-19", "S2": "2026-11-09"}, []),
    ],
)
def test_row_5_some_sections_with_everyone_else(cell: str, due: dict[str, str], why: list[str]) -> None:
    night = differentiated(cell).night()
    assert (night.due(), night.why()) == (due, why)


@pytest.mark.parametrize(
    ("cell", "due", "why"),
    [
        ("G-5", {"S1": "2026-11-19"}, ["GP-DIFF-NOT-NAMED"]),
        ("SY-5", {"S1": "2026-11-19"}, ["GP-DIFF-NOT-NAMED"]),
        ("ST-5", {}, ["GP-DUE-EVERYONE"]),
        ("IC-5", {}, ["GP-DIFF-SECTIONS"]),
        ("PS-5", {}, ["GP-DIFF-EVERYONE"]),
    ],
)
def test_row_5_some_sections_without_everyone_else(cell: str, due: dict[str, str], why: list[str]) -> None:
    night = differentiated(cell, only_visible_to_overrides=True).night()
    assert (night.due(), night.why()) == (due, why)


@pytest.mark.parametrize(
    ("cell", "due", "why"),
    [
        ("G-5", {"S1": "2026-11-19", "S2": None}, []),
        ("SY-5", {"S1": "2026-11-19", "S2": None}, []),
        ("ST-5", {}, ["GP-DUE-EVERYONE"]),
        ("PS-5", {"S1": "2026-11-19"}, ["GP-DUE-MISSING"]),
    ],
)
def test_row_5_everyone_else_without_a_date(cell: str, due: dict[str, str | None], why: list[str]) -> None:
    night = differentiated(cell, base_due=None).night()
    assert (night.due(), night.why()) == (due, why)


@pytest.mark.parametrize("kind", ["student", "group", "module"])
@pytest.mark.parametrize(
    ("cell", "expected"),
    [("G-6", "sent"), ("SY-6", "sent"), ("ST-6", "sent"), ("IC-6", "GP-DIFF-INDIVIDUALS"), ("PS-6", "GP-DIFF-INDIVIDUALS")],
)
def test_row_6_individuals_beside_everyone(cell: str, expected: str, kind: str) -> None:
    place = room(cell)
    place.override(place.add(), kind, due_at="2026-12-01T04:59:59Z")
    night = place.night()
    assert told(night) == expected
    if expected == "sent":
        assert night.due() == {"S1": "2026-11-09"}  # the section's date counts


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("G-6", "GP-DIFF-ONLY-INDIVIDUALS"), ("SY-6", "GP-DIFF-ONLY-INDIVIDUALS"), ("ST-6", "GP-DIFF-ONLY-INDIVIDUALS"),
        ("IC-6", "GP-DIFF-INDIVIDUALS"), ("PS-6", "GP-DIFF-INDIVIDUALS"),
    ],
)  # fmt: skip
def test_row_6_individuals_only(cell: str, expected: str) -> None:
    place = room(cell)
    place.override(place.add(only_visible_to_overrides=True), "student", due_at="2026-12-01T04:59:59Z")
    assert told(place.night()) == expected


@pytest.mark.parametrize(("cell", "expected"), [("G-7", "sent"), ("SY-7", "sent"), ("ST-7", "sent"), ("IC-7", "GP-DIFF-MASTERY"), ("PS-7", "sent")])
def test_row_7_mastery_paths(cell: str, expected: str) -> None:
    place = room(cell)
    place.override(place.add(), "mastery_path")
    assert told(place.night()) == expected


@pytest.mark.parametrize("grading", ["pass_fail", "letter_grade", "gpa_scale"])
@pytest.mark.parametrize(("cell", "expected"), [("G-8", "sent"), ("SY-8", "sent"), ("ST-8", "GP-GRADING-TYPE"), ("IC-8", "sent"), ("PS-8", "sent")])
def test_row_8_the_number_behind_letters(cell: str, expected: str, grading: str) -> None:
    night = one(cell, grading_type=grading)
    assert told(night) == expected
    if expected == "sent":
        assert night.scores()[("S1", "U1")] == (8.0, "")


@pytest.mark.parametrize(
    ("cell", "expected", "why"),
    [
        ("G-9", {}, "GP-MISSING-NO-SCORE"), ("SY-9", {}, "GP-MISSING-NO-SCORE"), ("ST-9", {}, "GP-MISSING-NO-SCORE"),
        ("IC-9", {}, "GP-MISSING-NO-SCORE"), ("PS-9", {("S1", "U1"): (0.0, "missing")}, ""),
    ],
)  # fmt: skip
def test_row_9_missing_without_a_score(cell: str, expected: dict[Any, Any], why: str) -> None:
    place = room(cell, sections={"1": ["u1"]})
    place.add(scores={"missing": True})
    night = place.night()
    assert night.scores() == expected
    assert night.why("grade") == ([why] if why else [])


@pytest.mark.parametrize(("cell", "flags"), [("G-9", ""), ("SY-9", "missing"), ("ST-9", "missing"), ("IC-9", ""), ("PS-9", "missing")])
def test_row_9_missing_with_a_score(cell: str, flags: str) -> None:
    assert one(cell, {"score": 3.0, "missing": True}).scores()[("S1", "U1")] == (3.0, flags)


@pytest.mark.parametrize(("cell", "flags"), [("G-10", ""), ("SY-10", "late"), ("ST-10", "late"), ("IC-10", "late"), ("PS-10", "")])
def test_row_10_late_with_a_score(cell: str, flags: str) -> None:
    assert one(cell, {"score": 3.0, "late": True}).scores()[("S1", "U1")] == (3.0, flags)


@pytest.mark.parametrize("cell", ["G-10", "SY-10", "ST-10", "IC-10", "PS-10"])
def test_row_10_late_without_a_score_is_a_blank(cell: str) -> None:
    night = one(cell, {"late": True})
    assert (night.scores(), night.why("grade")) == ({}, ["GP-BLANK"])


@pytest.mark.parametrize(
    ("cell", "expected", "why"),
    [
        ("G-11", None, "GP-EXCUSED-NOT-SENT"),
        ("SY-11", None, "GP-EXCUSED-REMASTER"),
        ("ST-11", (0.0, "exempt"), ""),
        ("IC-11", (None, "exempt"), ""),
        ("PS-11", (0.0, "exempt"), ""),
    ],
)
def test_row_11_excused(cell: str, expected: Any, why: str) -> None:
    night = one(cell, {"excused": True})
    assert night.scores().get(("S1", "U1")) == expected
    assert night.why("grade") == ([why] if why else [])


def test_row_11_sy_11_a_remaster_sends_excused_as_exempt() -> None:
    assert one("SY-11", {"excused": True}, REMASTER).scores()[("S1", "U1")] == (None, "exempt")


@pytest.mark.parametrize(("cell", "writes"), [("G-12", 0), ("SY-12", 0), ("ST-12", 1), ("IC-12", 1), ("PS-12", 0)])
def test_row_12_late_alone_changed(cell: str, writes: int) -> None:
    """A flag that the SIS does not take cannot change anything; Synergy takes it with the next score or a remaster."""
    place = room(cell)
    quiz = place.add()
    place.accept(place.night())
    place.score(quiz, "u1", {"score": 8.0, "late": True})
    assert place.night().writes() == writes
    place.selection = REMASTER
    assert place.night().writes() == 3  # the assignment and both scores


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("G-13", "sent"), ("SY-13", "GP-NAME-TAKEN"), ("ST-13", "GP-NAME-TAKEN"), ("IC-13", "GP-NAME-TAKEN"), ("PS-13", "GP-NAME-TAKEN")],
)
def test_row_13_same_name_in_the_sis(cell: str, expected: str) -> None:
    place = room(cell, standing_in_sis=[{"sis_section_id": "S1", "sis_assignment_id": "x", "name": " quiz ", "due_date": "2026-10-01"}])
    place.add("Quiz")
    night = place.night()
    assert told(night) == expected
    assert bool(night.scores()) is (expected == "sent")
    if expected != "sent":
        assert "created in the SIS, due Oct 1, 2026" in night.told("GP-NAME-TAKEN")


@pytest.mark.parametrize(("cell", "sent"), [("G-13", 2), ("SY-13", 1), ("ST-13", 1), ("IC-13", 1), ("PS-13", 1)])
def test_row_13_same_name_twice_in_canvas(cell: str, sent: int) -> None:
    place = room(cell)
    place.add("Quiz", id="99")
    place.add(" QUIZ", id="100")
    night = place.night()
    assert len(night.sent()) == sent
    if sent == 1:
        assert night.sent() == [("S1", "Quiz")]  # the oldest: 99 is before 100, though not as text
        assert night.why() == ["GP-NAME-DUP"]


@pytest.mark.parametrize(
    ("cell", "ownership"),
    [("G-14", "free"), ("SY-14", "locked"), ("ST-14", "free"), ("IC-14", "name_and_points_locked"), ("PS-14", "overwritten")],
)
def test_row_14_who_may_change_a_synced_item(cell: str, ownership: str) -> None:
    place = room(cell)
    quiz = place.add()
    assert place.rules.ownership == ownership
    place.accept(place.night())
    place.standing_in_sis[0] |= {"name": "Changed by hand", "locked": False}
    assert place.night().writes() == 0  # what a person did stays until the item is sent again
    place.score(quiz, "u1", 9.0)
    assert place.night().writes() == 1


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("G-15", "GP-CATEGORY-UNMAPPED"), ("SY-15", "GP-CATEGORY-UNMAPPED"), ("ST-15", "GP-CATEGORY-UNMAPPED"), ("IC-15", "sent"),
     ("PS-15", "GP-CATEGORY-UNMAPPED")],
)  # fmt: skip
def test_row_15_no_such_category(cell: str, expected: str) -> None:
    place = room(cell, categories=[{"category_id": "C1", "title": "Tests", "state": "active"}])
    place.add()
    night = place.night()
    assert told(night) == expected
    if expected == "sent":
        assert night.notes() == ["IC-UNCATEGORIZED"]
    else:
        assert night.told(expected) == "The assignment group Homework matches no category in this section. Available: Tests."


@pytest.mark.parametrize(
    ("cell", "notes"),
    [
        ("G-16", ["GN-TRASH"]),
        ("SY-16", ["GP-RECREATED"]),
        ("ST-16", ["GP-RECREATED"]),
        ("IC-16", ["GP-RECREATED"]),
        ("PS-16", ["GP-RECREATED"]),
    ],
)
def test_row_16_deleted_there_and_met_by_a_write(cell: str, notes: list[str]) -> None:
    """Genesis still sees, and takes, what lies in its trash can; elsewhere it is gone, and created again where the target says so."""
    place = room(cell)
    place.rules = place.rules.model_copy(update={"recreate_deleted": True})
    quiz = place.add()
    place.accept(place.night())
    place.standing_in_sis[0]["state"] = "trashed"
    place.score(quiz, "u1", 9.0)
    night = place.night()
    assert set(notes) <= set(night.notes())
    assert len(night.scores()) == (1 if cell == "G-16" else 2)


@pytest.mark.parametrize("cell", ["SY-16", "ST-16", "IC-16", "PS-16"])
def test_r23_deleted_there_and_met_by_a_write_is_reported_and_not_touched(cell: str) -> None:
    place = room(cell)
    quiz = place.add()
    place.accept(place.night())
    place.standing_in_sis[0]["state"] = "trashed"
    place.score(quiz, "u1", 9.0)
    night = place.night()
    assert (night.writes(), night.why("assignment")) == (0, ["GP-GONE"])


@pytest.mark.parametrize(("cell", "notes"), [("G-17", ["GP-MERGED"]), ("SY-17", []), ("ST-17", []), ("IC-17", ["IC-UNCATEGORIZED"]), ("PS-17", [])])
def test_row_17_merged_gradebooks(cell: str, notes: list[str]) -> None:
    """Genesis warns before the first sync of a course with several sections; every SIS gets one copy per section (A-4)."""
    place = room(cell, sections={"1": ["u1"], "2": ["u2"]}, categories=[{"category_id": "C1", "title": "Homework", "state": "active"}])
    place.add()
    if cell == "IC-17":
        place.categories = []
    night = place.night()
    assert night.sent() == [("S1", "Quiz"), ("S2", "Quiz")]
    assert night.notes() == notes
    place.accept(night)
    place.add("Second")
    assert "GP-MERGED" not in place.night().notes()
