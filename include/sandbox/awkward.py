"""The assignments that make trouble, one of each: names, switches, points and dates (canvas-api.md §6.3.8, requirements.md A, C, R).

They stand in a course of their own, so that the rest of the district looks like a school. `Work.cases` finds each by its label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from include.sandbox.coursework import Room, Row, Work, assign, group
from include.sandbox.roster import usual_categories
from include.sandbox.school_year import clock_changes
from include.sandbox.world import Category

_LONG = "The long reading list with every chapter, the questions at its end, and the notes for each of them "


@dataclass(frozen=True)
class Case:
    """One awkward assignment: its label, its name, and how it differs from an ordinary one of 10 points due five days ago."""

    label: str
    name: str
    changes: Mapping[str, object] = field(default_factory=dict)


NAMES = (
    Case("name_30", "Thirty characters exactly here"),
    Case("name_31", "Thirty-one characters are here!"),
    Case("name_50", "Fifty characters: this name is exactly so long, ok"),
    Case("name_51", "Fifty-one characters: this name is just that long!!"),
    Case("name_255", (_LONG * 3)[:254] + "x"),
    Case("duplicate", "Vocabulary Check"),
    Case("duplicate", "Vocabulary Check"),
    Case("duplicate_case", "  vocabulary CHECK "),
    Case("emoji", "Volcano lab 🌋"),
    Case("special_characters", "Draft <2> * [v1] ~ ^ $"),
    Case("typographic", "Essay – “Night”"),
    Case("html", "<b>Unit</b> test &amp; review"),
    Case("decomposed", "Cafe\u0301 reading"),
    Case("formula", "=SUM(A1:A9)"),
    Case("foreign_twin", "Chapter 4 Review"),
)
SWITCHES = (
    Case("unpublished", "Not yet published", {"published": False}),
    Case("not_synced", "Not switched on", {"post_to_sis": False}),
    Case("switch_null", "Switch never touched", {"post_to_sis": None}),
    Case("not_graded", "Reading log (not graded)", {"grading_type": "not_graded", "submission_types": ["not_graded"], "points_possible": None}),
    Case("attendance", "Roll Call Attendance",
         {"points_possible": 100.0, "grading_type": "percent", "submission_types": ["none"], "due_at": None}),
    Case("new_quiz", "New Quiz: Unit 2", {"submission_types": ["external_tool"], "is_quiz_lti_assignment": True}),
    Case("classic_quiz", "Classic quiz: Unit 2", {"submission_types": ["online_quiz"], "is_quiz_assignment": True, "quiz_id": 77}),
    Case("discussion", "Discussion: Unit 2",
         {"submission_types": ["discussion_topic"], "discussion_topic": {"id": 78, "title": "Discussion: Unit 2"}}),
    Case("moderated", "Moderated essay", {"moderated_grading": True, "grader_count": 2}),
    Case("anonymous", "Anonymous peer essay", {"anonymous_grading": True, "anonymize_students": True}),
    Case("omitted", "Practice, does not count", {"omit_from_final_grade": True}),
    Case("posted_manually", "Hidden until posted", {"post_manually": True}),
    Case("zero_points", "Zero points check-in", {"points_possible": 0.0}),
    Case("null_points", "No points given", {"points_possible": None}),
    Case("decimal_points", "Twelve and a half points", {"points_possible": 12.5}),
    Case("huge_points", "Ten thousand points", {"points_possible": 10_000.0}),
    Case("letter_grade", "Letter graded speech", {"grading_type": "letter_grade", "points_possible": 100.0}),
    Case("pass_fail", "Complete or not", {"grading_type": "pass_fail"}),
    Case("percent", "Percent graded map", {"grading_type": "percent", "points_possible": 40.0}),
    Case("gpa_scale", "GPA graded project", {"grading_type": "gpa_scale", "points_possible": 100.0}),
    Case("score_cases", "Every kind of score", {"points_possible": 20.0}),
    Case("no_scores", "Nobody graded yet"),
    Case("group_unmatched", "Warm-up 1", {"group_name": "Warm-Ups"}),
    Case("group_case", "Group differs in case", {"group_name": " TESTS "}),
    Case("group_hidden", "Category is hidden", {"group_name": "Labs"}),
    Case("group_deleted", "Category was deleted", {"group_name": "Old Work"}),
    Case("group_ambiguous", "Two categories of the name", {"group_name": "Essays"}),
    Case("group_integration_data", "Category by Canvas data", {"group_name": "Practice"}),
)  # fmt: skip


def odd_categories(room: Room) -> tuple[Category, ...]:
    """The usual categories with a hidden one, a deleted one, and two of one name."""
    odd = (("Labs", "hidden"), ("Old Work", "deleted"), ("Essays", "active"), ("Essays", "active"))
    return (*usual_categories(room), *(Category(room.ids.sis(room.target, "category"), title, state) for title, state in odd))


def awkward(room: Room, work: Work, chosen: Mapping[str, str]) -> None:
    """All of them. `chosen` is what an integrator stored for the group Practice: SIS section to category."""
    group(room, work, "Practice", chosen)
    for case in NAMES + SWITCHES:
        note(work, case.label, _make(room, work, case))
    for label, name, due, at in _dates(room):
        note(work, label, assign(room, work, name, 10.0, due, at=at))
    huge = assign(room, work, "Id above two to the 53", 10.0, _lately(room), id=room.ids.huge("assignment"))
    note(work, "huge_id", huge)


def note(work: Work, label: str, row: Row) -> None:
    """Remember a case under its label."""
    work.cases[label] = (*work.cases.get(label, ()), str(row["id"]))


def _lately(room: Room) -> date:
    return room.today - timedelta(days=5)


def _make(room: Room, work: Work, case: Case) -> Row:
    changes = dict(case.changes)
    due = _lately(room)
    if "points_possible" not in changes:
        changes["points_possible"] = 10.0
    return assign(room, work, case.name, 10.0, due, **changes)


def _dates(room: Room) -> tuple[tuple[str, str, date | None, time], ...]:
    autumn, spring = clock_changes(room.term)
    evening = time(23, 59)
    return (
        ("undated", "No due date", None, evening),
        ("due_2359", "Due at 23:59", room.today - timedelta(days=6), evening),
        ("due_1500", "Due at three", room.today - timedelta(days=6), time(15, 0)),
        ("due_before_clock_change", "Eve of the clock change", autumn - timedelta(days=1), evening),
        ("due_clock_change_autumn", "Clock change in autumn", autumn, evening),
        ("due_clock_change_spring", "Clock change in spring", spring, evening),
        ("due_new_year", "Due on New Year's Eve", date(room.term.yearid + 1990, 12, 31), evening),
        ("due_term_start", "First day of the term", room.term.start, evening),
        ("due_term_end", "Last day of the term", room.term.end, evening),
        ("due_after_term", "Due after the term", room.term.end + timedelta(days=1), evening),
        ("due_before_term", "Due before the term", room.term.start - timedelta(days=20), evening),
        ("due_today", "Due today", room.today, evening),
    )
