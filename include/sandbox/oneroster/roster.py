"""One target's share of the district as OneRoster shows it: orgs, sessions, courses, classes, people and enrolments (§8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from include.sandbox.oneroster.bodies import Row, stamp
from include.sandbox.oneroster.store import Store
from include.sandbox.oneroster.traits import VendorTraits
from include.sandbox.world import Category, Course, District, School, Section, Student, Teacher, Term


class Roster:
    """The roster of one provider. Only enrolments change, and those live in the store."""

    def __init__(self, district: District, traits: VendorTraits, target: str) -> None:
        self.district, self.traits, self.today = district, traits, district.today
        self.modified = stamp(datetime.combine(district.today, time(6), UTC))
        self.people = {student.id: student for student in district.students if student.target == target and student.sis_id}
        self.student_ids = {student.sis_id for student in self.people.values()}
        teachers = {teacher.id: teacher for teacher in district.teachers if teacher.target == target}
        self.terms = {term.id: term for term in district.terms if term.target == target}
        self.courses_by_class = {
            section.sis_id: (course, section)
            for course in district.courses
            if course.target == target
            for section in course.sections
            if section.sis_id and section.in_sis
        }
        self.teacher_of = {
            one: self._teacher_id(teachers[section.teacher_id])
            for one, (_, section) in self.courses_by_class.items()
            if section.teacher_id in teachers
        }
        schools = [school for school in district.schools if school.target == target]
        self.rows: dict[str, dict[str, Row]] = {
            "orgs": _by_id(self._orgs(target, schools)),
            "academicSessions": _by_id(row for term in self.terms.values() for row in self._sessions(term)),
            "courses": _by_id(self._course(course) for course, _ in self.courses_by_class.values()),
            "classes": _by_id(self._class(course, section) for course, section in self.courses_by_class.values()),
            "users": _by_id(self._users(teachers.values(), target)),
        }

    def categories(self) -> Iterator[tuple[str, Category]]:
        """Every class's categories as they stand at the start."""
        return ((one, category) for one, (_, section) in self.courses_by_class.items() for category in section.categories)

    def students(self) -> Iterator[tuple[str, str]]:
        """(class, student) as they stand at the start."""
        for one, (_, section) in self.courses_by_class.items():
            yield from ((one, self.people[student].sis_id) for student in section.sis_students if student in self.people)

    def term(self, class_id: str) -> Term | None:
        """The term of a class."""
        return self.terms.get(self.courses_by_class[class_id][0].term_id)

    def enrollments(self, store: Store) -> Iterator[Row]:
        """Teachers and students of all classes; those who left are `tobedeleted`."""
        for class_id in self.courses_by_class:
            yield from self.class_enrollments(class_id, store)

    def class_enrollments(self, class_id: str, store: Store) -> Iterator[Row]:
        """The same of one class."""
        if class_id in self.teacher_of:
            yield self._enrollment(class_id, self.teacher_of[class_id], "teacher", True)
        for student, there in store.rosters.get(class_id, {}).items():
            yield self._enrollment(class_id, student, "student", there)

    def class_users(self, class_id: str, role: str, store: Store) -> list[Row]:
        """The students or teachers who are in a class now."""
        if role == "teacher":
            ids: Iterable[str] = [self.teacher_of[class_id]] if class_id in self.teacher_of else []
        else:
            ids = [student for student, there in store.rosters.get(class_id, {}).items() if there]
        return [self.rows["users"][one] for one in ids if one in self.rows["users"]]

    def classes_of(self, user_id: str, store: Store) -> list[Row]:
        """The classes that a person teaches or attends."""
        return [row for one, row in self.rows["classes"].items() if self.teacher_of.get(one) == user_id or store.is_enrolled(user_id, one)]

    def last_day(self, end: date) -> str:
        """The end date as this vendor publishes it."""
        return (end + timedelta(days=1) if self.traits.end_dates == "exclusive" else end).isoformat()

    def _base(self, sourced_id: str) -> Row:
        return {"sourcedId": sourced_id, "status": "active", "dateLastModified": self.modified}

    def _orgs(self, target: str, schools: list[School]) -> Iterator[Row]:
        top = f"district-{target}"
        children = [school.id for school in schools]
        yield {**self._base(top), "name": "Sandbox district", "type": "district", "identifier": top, "children": children}
        for school in schools:
            yield {**self._base(school.id), "name": school.name, "type": "school", "identifier": school.id, "parent": top}

    def _sessions(self, term: Term) -> Iterator[Row]:
        year, half = f"{term.id}-year", term.start + (term.end - term.start) // 2
        periods = [(f"{term.id}-p1", "first half", term.start, half), (f"{term.id}-p2", "second half", half + timedelta(days=1), term.end)]
        yield self._session(term, year, f"School year {term.yearid + 1991}", "schoolYear") | {"children": [term.id]}
        yield self._session(term, term.id, term.name, "term") | {"parent": year, "children": [one for one, *_ in periods]}
        for one, title, start, end in periods:
            days = {"startDate": start.isoformat(), "endDate": self.last_day(end)}
            yield self._session(term, one, f"{term.name}, {title}", "gradingPeriod") | days | {"parent": term.id}

    def _session(self, term: Term, sourced_id: str, title: str, kind: str) -> Row:
        days = {"startDate": term.start.isoformat(), "endDate": self.last_day(term.end)}
        return {**self._base(sourced_id), "title": title, "type": kind, **days, "schoolYear": str(term.yearid + 1991)}

    def _course(self, course: Course) -> Row:
        one = _course_id(course)
        return {**self._base(one), "title": course.name, "schoolYear": f"{course.term_id}-year", "courseCode": one, "org": course.school_id}

    def _class(self, course: Course, section: Section) -> Row:
        row = {**self._base(section.sis_id), "title": f"{course.name} {section.name}", "classCode": section.name, "classType": "scheduled"}
        return row | {"course": _course_id(course), "school": course.school_id, "terms": [course.term_id]}

    def _users(self, teachers: Iterable[Teacher], target: str) -> Iterator[Row]:
        school_of = {one: course.school_id for one, (course, _) in self.courses_by_class.items()}
        schools = {self.teacher_of[one]: school for one, school in school_of.items() if one in self.teacher_of}
        schools |= {
            self.people[one].sis_id: course.school_id
            for course, section in self.courses_by_class.values()
            for one in section.sis_students
            if one in self.people
        }
        for teacher in teachers:
            yield self._teacher(teacher, schools.get(self._teacher_id(teacher), f"district-{target}"))
        for student in self.people.values():
            yield self._student(student, schools.get(student.sis_id, f"district-{target}"))

    def _teacher_id(self, teacher: Teacher) -> str:
        """Users share one space of ids: a teacher whose number is a student's as well gets a letter before it."""
        return f"T{teacher.sis_id}" if teacher.sis_id in self.student_ids else teacher.sis_id

    def _teacher(self, teacher: Teacher, school: str) -> Row:
        given, _, family = teacher.name.rpartition(" ")
        return self._user(self._teacher_id(teacher), "teacher", school) | {"givenName": given or family, "familyName": family, "email": teacher.email}

    def _student(self, student: Student, school: str) -> Row:
        names = {"givenName": student.given_name, "familyName": student.family_name}
        return self._user(student.sis_id, "student", school) | names | {"email": f"student{student.id}@students.example.org"}

    def _user(self, sourced_id: str, role: str, school: str) -> Row:
        row = {**self._base(sourced_id), "username": sourced_id, "enabledUser": "true", "identifier": sourced_id}
        if self.traits.version == "1.1":
            return row | {"role": role, "orgs": [school]}
        return row | {"roles": [{"roleType": "primary", "role": role, "org": school}], "primaryOrg": school}

    def _enrollment(self, class_id: str, user: str, role: str, there: bool) -> Row:
        course = self.courses_by_class[class_id][0]
        row = {**self._base(f"e-{class_id}-{user}"), "user": user, "class": class_id, "school": course.school_id, "role": role}
        term = self.terms.get(course.term_id)
        days = {"beginDate": term.start.isoformat(), "endDate": self.last_day(term.end)} if term else {}
        return row | days | {"primary": "true" if role == "teacher" else "false", "status": "active" if there else "tobedeleted"}


def _course_id(course: Course) -> str:
    return course.sis_id or f"course-{course.id}"


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["sourcedId"]: row for row in rows}
