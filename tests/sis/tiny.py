"""A district small enough to know by heart: per target one course with three sections, whose SIS ids are digits everywhere."""

from __future__ import annotations

from datetime import date

from include.sandbox.world import TARGETS, Category, Course, District, School, Section, Student, Teacher, Term

TODAY = date(2026, 11, 13)
TERM = (date(2026, 8, 24), date(2027, 1, 22))
MAIN, SECOND, EMPTY = "85001", "85002", "85003"
STUDENTS = tuple(str(81001 + n) for n in range(7))
ELSEWHERE = "81900"
"""A student whom the SIS has, but in no class."""
HOMEWORK, TESTS = "4301", "4302"


def tiny() -> District:
    """The district; targets differ in nothing but their name."""
    return District(
        seed=1,
        today=TODAY,
        time_zone="America/New_York",
        accounts={target: str(11 + n) for n, target in enumerate(TARGETS)},
        schools=tuple(School(f"{101 + n}", target, "North High") for n, target in enumerate(TARGETS)),
        terms=tuple(Term(f"{3601 + n}", target, "Fall", *TERM, yearid=36) for n, target in enumerate(TARGETS)),
        teachers=tuple(Teacher(f"t-{target}", target, "8301", "Ada Teacher", "ada@example.org") for target in TARGETS),
        students=tuple(
            Student(f"{target}-{sis_id}", target, sis_id, "Kim", f"Student {sis_id}") for target in TARGETS for sis_id in (*STUDENTS, ELSEWHERE)
        ),
        courses=tuple(_course(n, target) for n, target in enumerate(TARGETS)),
        foreign={MAIN: ({"name": "Made by hand", "due_date": "2026-10-02", "points_possible": 50.0, "category_id": HOMEWORK},)},
    )


def _course(number: int, target: str) -> Course:
    here = tuple(f"{target}-{sis_id}" for sis_id in STUDENTS)
    sections = (
        _section(target, MAIN, here, (Category(HOMEWORK, "Homework"), Category(TESTS, "Tests"))),
        _section(target, SECOND, here[:2], (Category("4303", "Essays"),)),
        _section(target, EMPTY, (), ()),
    )
    return Course(
        id=f"{2001 + number}",
        target=target,
        school_id=f"{101 + number}",
        term_id=f"{3601 + number}",
        name="English 9",
        sis_id=f"C-{target}",
        workflow_state="available",
        time_zone="America/New_York",
        nightly_setting="",
        sections=sections,
        groups=(),
        assignments=(),
        overrides=(),
        enrollments=(),
        submissions={},
    )


def _section(target: str, sis_id: str, students: tuple[str, ...], categories: tuple[Category, ...]) -> Section:
    return Section(
        id=f"{target}-{sis_id}",
        course_id="",
        name=f"Period {sis_id[-1]}",
        sis_id=sis_id,
        in_sis=True,
        teacher_id=f"t-{target}",
        students=students,
        sis_students=students,
        categories=categories,
    )
