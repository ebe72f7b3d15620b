"""Who and where: sections with their term and teacher, rosters, and the several ids of each (powerschool-xte.md §4, §5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from include.sis.powerschool.service import Service, as_flag

_STUDENTS_A_SECTION = 30  # a guess, only used to weigh a longer range against one more request


@dataclass(frozen=True, slots=True)
class Section:
    """One section. `name` is the id that the rest of the product knows it by; `teacher` is USERS.DCID, None where nobody teaches it."""

    name: str
    dcid: int
    id: int
    term_id: int
    school: str
    term_start: str | None = None
    term_end: str | None = None
    teacher: int | None = None

    @property
    def year_id(self) -> int:
        """TERMS.ID is yearid * 100 + n."""
        return self.term_id // 100


class Directory:
    """Looks sections, teachers and students up, and remembers them for the life of the client."""

    def __init__(self, service: Service) -> None:
        self._service, self._options = service, service.options
        self._sections: dict[str, Section] = {}
        self._terms: dict[tuple[str, int], tuple[str | None, str | None]] = {}
        self._staff: dict[int, int] = {}  # SCHOOLSTAFF.ID -> USERS.DCID
        self._students: dict[int, tuple[int, str]] = {}  # STUDENTS.ID (enrollments: DCID) -> (DCID, student number)
        self._rosters: dict[str, dict[str, int]] = {}  # section -> student as we know them -> STUDENTS.DCID

    def sections(self, names: Sequence[str], *, afresh: bool = False) -> dict[str, Section]:
        """The sections that PowerSchool knows, by our name for them; term dates are not filled in."""
        asked = [name for name in dict.fromkeys(names) if afresh or name not in self._sections]
        numbers = {int(name): name for name in asked if name.isascii() and name.isdigit() and str(int(name)) == name}
        key = self._options.section_id
        found: dict[str, Section] = {}
        for row in self._service.rows_in("sections", ("dcid", "id", "termid", "schoolid"), key, numbers, self._page):
            name = numbers[int(row[key])]
            found[name] = Section(name, int(row["dcid"]), int(row["id"]), int(row["termid"]), row.get("schoolid", ""))
        self._sections.update(self._with_teachers(found))
        return {name: self._sections[name] for name in names if name in self._sections and (name in found or name not in asked)}

    def with_terms(self, sections: Iterable[Section]) -> list[Section]:
        """The same with the dates of their terms: one request for all sections of a school's term."""
        dated = []
        for section in sections:
            key = (section.school, section.term_id)
            if key not in self._terms:
                self._terms[key] = self._term_dates(section.dcid)
            start, end = self._terms[key]
            dated.append(replace(section, term_start=start, term_end=end))
        return dated

    def teacher_again(self, name: str) -> Section | None:
        """The section with its teacher looked up afresh: somebody else may teach it now."""
        return self.sections([name], afresh=True).get(name)

    def rosters(self, sections: Sequence[Section], *, afresh: bool = False) -> dict[str, dict[str, int]]:
        """Active students per section: our id of the student → STUDENTS.DCID."""
        asked = [section for section in sections if afresh or section.name not in self._rosters]
        if self._options.roster == "tables":
            self._rosters.update(self._from_tables(asked))
        else:
            self._rosters.update({section.name: self._from_enrolments(section) for section in asked})
        return {section.name: self._rosters[section.name] for section in sections}

    @property
    def _page(self) -> int:
        return self._service.metadata.table_page

    def _with_teachers(self, sections: dict[str, Section]) -> dict[str, Section]:
        taught: dict[int, list[int]] = defaultdict(list)
        if self._options.teacher == "table" and sections:
            taught = self._teachers([section.id for section in sections.values()])
        return {name: replace(section, teacher=self._one_teacher(section, taught.get(section.id, []))) for name, section in sections.items()}

    def _teachers(self, section_ids: Sequence[int]) -> dict[int, list[int]]:
        """SECTIONS.ID → USERS.DCID of all its teachers, by way of SECTIONTEACHER and SCHOOLSTAFF."""
        rows = list(self._service.rows_in("sectionteacher", ("sectionid", "teacherid"), "sectionid", section_ids, self._page))
        staff = {int(row["teacherid"]) for row in rows}
        users = {
            int(row["id"]): int(row["users_dcid"]) for row in self._service.rows_in("schoolstaff", ("id", "users_dcid"), "id", staff, self._page)
        }
        taught: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            if int(row["teacherid"]) in users:
                taught[int(row["sectionid"])].append(users[int(row["teacherid"])])
        return taught

    def _one_teacher(self, section: Section, users: Sequence[int]) -> int | None:
        """Of several teachers the lead: each has their own categories, so it must always be the same one."""
        if len(set(users)) == 1:
            return users[0]
        lead = self._lead(section.dcid)
        return lead if lead is not None or not users else min(users)

    def _lead(self, dcid: int) -> int | None:
        body = self._service.read(f"/ws/v1/section/{dcid}") or {}
        staff = body.get("section", body).get("staff_id")
        told = self._service.read(f"/ws/v1/staff/{staff}") or {} if staff else {}
        user = str(told.get("staff", told).get("users_dcid") or "")
        return int(user) if user.isdigit() else None

    def _term_dates(self, dcid: int) -> tuple[str | None, str | None]:
        body = self._service.read(f"/ws/v1/section/{dcid}", {"expansions": "term"}) or {}
        section = body.get("section", body)
        term = section.get("term")
        if not isinstance(term, dict) or "start_date" not in term:
            told = self._service.read(f"/ws/v1/term/{section['term_id']}") or {} if section.get("term_id") else {}
            term = told.get("term", told)
        return _day(term.get("start_date")), _day(term.get("end_date"))

    def _from_tables(self, sections: Sequence[Section]) -> dict[str, dict[str, int]]:
        """CC joins on IDs; a dropped class has a negative SECTIONID, which no range reaches."""
        names = {section.id: section.name for section in sections}
        gap = max(1, self._page // _STUDENTS_A_SECTION)
        pairs = [
            (names[int(row["sectionid"])], int(row["studentid"]))
            for row in self._service.rows_in("cc", ("sectionid", "studentid"), "sectionid", names, gap)
        ]
        self._learn_students("id", {student for _, student in pairs})
        found: dict[str, dict[str, int]] = {section.name: {} for section in sections}
        for name, student in pairs:
            if student in self._students:
                found[name][self._known_as(student)] = self._students[student][0]
        return found

    def _from_enrolments(self, section: Section) -> dict[str, int]:
        members = self._service.members(f"/ws/v1/section/{section.dcid}/section_enrollment", "section_enrollments", "section_enrollment")
        active = {int(one["student_id"]) for one in members if not as_flag(one.get("dropped", False))}
        if self._options.student_id == "dcid":
            return {str(dcid): dcid for dcid in sorted(active)}
        self._learn_students("dcid", active)
        return {self._known_as(dcid): dcid for dcid in sorted(active) if dcid in self._students}

    def _learn_students(self, key: str, numbers: set[int]) -> None:
        fresh = numbers - set(self._students)
        columns = ("dcid", "id") if self._options.student_id == "dcid" else ("dcid", "id", "student_number")
        for row in self._service.rows_in("students", columns, key, fresh, self._page):
            self._students[int(row[key])] = (int(row["dcid"]), row.get("student_number", ""))

    def _known_as(self, number: int) -> str:
        dcid, student_number = self._students[number]
        return str(dcid) if self._options.student_id == "dcid" else student_number


def _day(value: object) -> str | None:
    """A date without its time."""
    return str(value)[:10] if value else None
