"""A district of one school for the sandbox Canvas's tests: ids that say what they are, and one of each awkward thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from include.sandbox.world import Course, District, School, Section, Student, Teacher, Term

TODAY = date(2026, 11, 13)  # a Friday; the sandbox's clock begins at 18:00 UTC
BIOLOGY, DRAFT, ABROAD = 501, 502, 10_420_000_000_000_503
P1, P2, BY_HAND = 9001, 9002, 9003
AMY, BEN, CLEO, NO_SIS_ID, TESTER, LEFT = 71, 72, 9_007_199_254_740_993, 74, 75, 76
QUIZ, LAB, PAPER, ESSAY, SOLO, HIDDEN, OLD = 801, 802, 803, 804, 805, 806, 807
HOMEWORK, TESTS = 31, 32
NAMES = {
    AMY: ("Amy", "Abbott"),
    BEN: ("Ben", "Bell"),
    CLEO: ("Cleo", "Cruz"),
    NO_SIS_ID: ("Dan", "Diaz"),
    TESTER: ("Test", "Student"),
    LEFT: ("Eve", "Ek"),
}


def assignment(key: int, name: str, **changes: object) -> dict[str, object]:
    """A published and synced assignment of ten points, handed in on line, due on Thursday night in New York."""
    return {"id": key, "course_id": BIOLOGY, "name": name, "assignment_group_id": HOMEWORK, "position": key - 800, "post_to_sis": True,
            "published": True, "workflow_state": "published", "points_possible": 10.0, "grading_type": "points",
            "due_at": "2026-11-13T04:59:59Z", "submission_types": ["online_upload"], "omit_from_final_grade": False,
            "only_visible_to_overrides": False, "sis_assignment_id": None, "integration_id": None, "integration_data": {},
            "created_at": "2026-10-01T12:00:00Z", "updated_at": "2026-10-01T12:00:00Z", **changes}  # fmt: skip


ASSIGNMENTS = (
    assignment(QUIZ, "Cell quiz"),
    assignment(LAB, "Lab report", due_at="2026-11-21T04:59:59Z"),
    assignment(PAPER, "Paper test", submission_types=["on_paper"], assignment_group_id=TESTS, post_to_sis=False),
    assignment(ESSAY, "Essay", group_category_id=5),
    assignment(SOLO, "For Amy alone", only_visible_to_overrides=True),
    assignment(HIDDEN, "Not published yet", published=False, workflow_state="unpublished"),
    assignment(OLD, "Deleted long ago", workflow_state="deleted", published=False),
)
OVERRIDES = (
    {"id": 41, "assignment_id": LAB, "title": "P2", "course_section_id": P2, "unassign_item": False, "due_at": "2026-11-10T04:59:59Z"},
    {"id": 42, "assignment_id": SOLO, "title": "1 student", "student_ids": [AMY], "unassign_item": False, "due_at": None},
)
AMY_QUIZ = {"id": 4001, "assignment_id": QUIZ, "user_id": AMY, "score": 8.0, "entered_score": 8.0, "grade": "8", "entered_grade": "8",
            "workflow_state": "graded", "submitted_at": "2026-11-12T20:00:00Z", "graded_at": "2026-11-12T21:00:00Z",
            "posted_at": None, "grader_id": 12, "attempt": 1, "submission_type": "online_upload"}  # fmt: skip


def enrollment(key: int, user: int, section: int, **changes: object) -> dict[str, object]:
    """An active student who came with a SIS import."""
    sis = None if user in (NO_SIS_ID, TESTER) else f"STU{user}"
    return {"id": key, "type": "StudentEnrollment", "role": "StudentEnrollment", "enrollment_state": "active", "user_id": user,
            "course_id": BIOLOGY, "course_section_id": section, "sis_user_id": sis, "sis_import_id": 77 if sis else None, **changes}  # fmt: skip


ENROLLMENTS = (
    enrollment(1, AMY, P1),
    enrollment(2, BEN, P2),
    enrollment(3, CLEO, P1),
    enrollment(4, CLEO, P2),  # in two sections
    enrollment(5, NO_SIS_ID, BY_HAND),
    enrollment(6, TESTER, P1, type="StudentViewEnrollment", role="StudentViewEnrollment"),
    enrollment(7, LEFT, P1, enrollment_state="deleted"),
    enrollment(8, 12, P1, type="TeacherEnrollment", role="TeacherEnrollment", sis_import_id=None),
)


def section(key: int, course: int, sis_id: str, **changes: object) -> Section:
    """A section that the SIS knows if it has a SIS id."""
    made = Section(str(key), str(course), f"Period {key - 9000}", sis_id, bool(sis_id), "12", (), (), ())
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def course(key: int, name: str, sis_id: str, **changes: object) -> Course:
    """A course with nothing in it."""
    made = Course(str(key), "genesis", "111", "900", name, sis_id, "available", "America/New_York", "nightly_sync", (), (), (), (), (), {})
    return replace(made, **changes)  # type: ignore[arg-type]  # fields by name


def biology(**changes: object) -> Course:
    """The course that nearly all tests ask about."""
    sections = (section(P1, BIOLOGY, "S-1"), section(P2, BIOLOGY, "S-2", cross_listed_from=str(DRAFT)), section(BY_HAND, BIOLOGY, ""))
    groups: tuple[Mapping[str, object], ...] = (
        {
            "id": HOMEWORK,
            "name": "Homework",
            "position": 1,
            "group_weight": 20.0,
            "sis_source_id": None,
            "integration_data": {"S-1": "CAT-7"},
            "rules": {},
        },
        {"id": TESTS, "name": "Tests", "position": 2, "group_weight": 80.0, "sis_source_id": None, "integration_data": {}, "rules": {}},
    )
    made = course(BIOLOGY, "Biology 9", "C-BIO", sections=sections, groups=groups, assignments=ASSIGNMENTS, overrides=OVERRIDES)
    full = {"enrollments": ENROLLMENTS, "submissions": {(QUIZ, AMY): AMY_QUIZ}, "group_members": {5001: (AMY, BEN)}, **changes}
    return replace(made, **full)  # type: ignore[arg-type]  # fields by name


def bay_high(**changes: object) -> District:
    """The district; `changes` go to its biology course."""
    draft = course(DRAFT, "Draft course", "", workflow_state="unpublished", nightly_setting="")
    abroad = course(ABROAD, "Course of another shard", "C-ABROAD", workflow_state="completed", sections=(section(9050, ABROAD, "S-50"),))
    students = tuple(Student(str(key), "genesis", "" if key in (NO_SIS_ID, TESTER) else f"STU{key}", *name) for key, name in NAMES.items())
    return District(
        seed=1, today=TODAY, time_zone="America/New_York", accounts={"genesis": "11"}, schools=(School("111", "genesis", "Bay High"),),
        terms=(Term("900", "genesis", "2026-27", date(2026, 8, 24), date(2027, 1, 22), 36),),
        teachers=(Teacher("12", "genesis", "T12", "Tess Teach", "tess@example.org"),), students=students,
        courses=(biology(**changes), draft, abroad),
    )  # fmt: skip
