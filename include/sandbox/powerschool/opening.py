"""The books on the first day: the generated district as PowerSchool holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from include.sandbox import world
from include.sandbox.powerschool.books import Books, Category, School, Section, Term
from include.sandbox.powerschool.changes import play

TARGET = "powerschool"
# District categories that each teacher has a copy of, switched off (powerschool-xte.md §7.1).
_DISTRICT_COPIES = ("Formative", "Summative")


def opened(district: world.District) -> Books:
    """The books of this district's PowerSchool target, as they stand before anybody writes."""
    books = Books()
    terms = _schools_and_terms(books, district)
    teachers = {teacher.id: teacher for teacher in district.teachers if teacher.target == TARGET}
    people = {student.id: int(student.sis_id) for student in district.students if student.target == TARGET and student.sis_id}
    books.students.update({dcid: 20_001 + index for index, dcid in enumerate(people.values())})
    taught = list(_sections(district))
    for course, section in taught:
        row = _section(books, section, terms[course.school_id, course.term_id], teachers[section.teacher_id])
        for student in section.sis_students:
            if student in people:
                books.enrol(row, people[student])
    _categories(books, [section for _, section in taught])
    for section_id in sorted(district.foreign):
        if section_id.isdigit() and int(section_id) in books.sections:
            _foreign(books, books.sections[int(section_id)], district)
    return books


def _sections(district: world.District) -> Iterable[tuple[world.Course, world.Section]]:
    seen: set[str] = set()
    for course in district.courses:
        for section in course.sections if course.target == TARGET else ():
            if section.sis_id and section.in_sis and section.sis_id not in seen:
                seen.add(section.sis_id)
                yield course, section


def _schools_and_terms(books: Books, district: world.District) -> dict[tuple[str, str], Term]:
    terms: dict[tuple[str, str], Term] = {}
    mine = sorted((term for term in district.terms if term.target == TARGET), key=lambda term: (term.yearid, term.start, term.id))
    for index, school in enumerate(one for one in district.schools if one.target == TARGET):
        row_of_school = School(index + 1, 310 + 10 * index, school.name)
        books.schools[row_of_school.number] = row_of_school
        number: dict[int, int] = defaultdict(int)
        for term in mine:
            whole = (term.end - term.start).days > 240
            number[term.yearid] += not whole
            row = Term(
                501 + len(books.terms),
                term.yearid * 100 + number[term.yearid] * (not whole),
                term.yearid,
                row_of_school.number,
                term.name,
                term.start,
                term.end,
            )
            books.terms.append(row)
            terms[school.id, term.id] = row
    return terms


def _section(books: Books, section: world.Section, term: Term, teacher: world.Teacher) -> Section:
    user = int(teacher.sis_id)
    books.users[user] = teacher.email
    books.staff.setdefault((user, term.school), 5_001 + len(books.staff))
    row = Section(int(section.sis_id), 40_001 + len(books.sections), section.name, term, [user])
    books.sections[row.dcid] = row
    return row


def _categories(books: Books, sections: list[world.Section]) -> None:
    """Categories belong to teachers: what a section does not list is excluded there. An id that two teachers share is made anew."""
    offered: dict[tuple[int, str], dict[int, str]] = defaultdict(dict)
    titles: dict[tuple[int, str], str] = {}
    for section in sections:
        user = books.sections[int(section.sis_id)].teachers[0]
        for category in section.categories:
            offered[user, category.id][int(section.sis_id)] = category.state
            titles[user, category.id] = category.title
    for (user, given), states in offered.items():
        number = int(given) if given.isdigit() and int(given) not in books.categories else 4_000_001 + len(books.categories)
        excluded = {dcid for dcid, row in books.sections.items() if user in row.teachers and states.get(dcid) != "active"}
        active = set(states.values()) != {"deleted"}
        books.categories[number] = Category(number, user, titles[user, given][:30], active, None, excluded if active else set())
    for user in list(books.users):
        for index, name in enumerate(_DISTRICT_COPIES):
            number = 4_500_001 + len(books.categories)
            books.categories[number] = Category(number, user, name, False, index + 1)


def _foreign(books: Books, section: Section, district: world.District) -> None:
    mine = [category.id for category in books.categories.values() if category.teacher == section.teachers[0] and category.active]
    for row in district.foreign[str(section.dcid)]:
        wanted = str(row.get("category_id") or "")
        category = int(wanted) if wanted.isdigit() and int(wanted) in mine else next(iter(mine), None)
        change = {"do": "create", "plugin": None, "teacher": section.teachers[0], "body": assignment_body(section.dcid, row, category)}
        play(books, change)


def assignment_body(section: int, row: Mapping[str, object], category: int | None) -> dict[str, object]:
    """What PowerTeacher Pro sends when a person makes an assignment; `row` has name, due_date, points_possible."""
    points = row.get("points_possible", 10)
    entry = {
        "sectionsdcid": section,
        "name": row["name"],
        "description": row.get("description", ""),
        "duedate": row.get("due_date"),
        "scoretype": "POINTS",
        "scoreentrypoints": points,
        "totalpointvalue": points,
        "weight": 1,
        "iscountedinfinalgrade": True,
        "isscoringneeded": True,
        "publishoption": "Immediately",
        "_assignmentcategoryassociations": [{"teachercategoryid": category, "isprimary": True}] if category else [],
    }
    return {"_assignmentsections": [entry]}
