"""What each log page shows of its table: columns, filters, and how the address of a page (its query) becomes conditions (D-5, D-7, D-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from include.errors import ConfigError
from include.gradebook.schemas import ASSIGNMENTS_SYNC, GRADES_LOG, MESSAGES, RECONCILIATION, Frame
from plugins.gradesync_airflow.web.tables import Only, Table
from plugins.gradesync_airflow.web.wording import label

PAGE_SIZE = 10
_LONGEST = 500


@dataclass(frozen=True)
class Column:
    """A column of the page. `sort` is the table's column behind it; `cell` the template's way to show it."""

    label: str
    sort: str
    cell: str
    number: bool = False


@dataclass(frozen=True)
class Filter:
    """A filter: its name in the address, its label, the columns it looks at. `choices` makes it a list, `typed` a field to type into;
    without either it is set by clicking a name, and `named_by` is the column that holds the name of its id."""

    name: str
    label: str
    columns: tuple[str, ...]
    typed: bool = False
    choices: tuple[str, ...] = ()
    named_by: str = ""


@dataclass(frozen=True)
class Log:
    """One log page."""

    frame: Frame
    columns: tuple[Column, ...]
    filters: tuple[Filter, ...]


@dataclass(frozen=True)
class Chip:
    """A filter that is on: what it says, and the address without it."""

    label: str
    value: str
    without: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """What an address asks for."""

    log: Log
    values: Mapping[str, str]
    sort: str = ""
    descending: bool = False
    page: int = 1
    only: tuple[Only, ...] = field(default=())

    @property
    def query(self) -> dict[str, str]:
        """The address's own filters and order, to build others from."""
        order = {"sort": self.sort, "dir": "desc" if self.descending else ""} if self.sort else {}
        return {**self.values, **order}

    def sorted_by(self, column: str) -> dict[str, str]:
        """The same rows by this column: rising first, falling with the second click."""
        falling = column == self.sort and not self.descending
        return {**self.values, "sort": column, "dir": "desc" if falling else ""}

    def narrowed(self, **more: str) -> dict[str, str]:
        """The same with one filter more, from its first page."""
        return {**self.query, **more}

    def chips(self, table: Table | None, courses: Mapping[str, str]) -> list[Chip]:
        """The filters that are on, each removable; ids that were clicked are shown by their names, those of `courses` (id → name) too."""
        return [self._chip(entry, table, courses) for entry in self.log.filters if self.values.get(entry.name)]

    def _chip(self, entry: Filter, table: Table | None, courses: Mapping[str, str]) -> Chip:
        value = self.values[entry.name]
        if entry is _COURSE:
            value = courses.get(value, value)
        elif entry.named_by and table is not None:
            value = table.name_of(entry.named_by, entry.columns[0], value) or value
        without = {name: kept for name, kept in self.query.items() if name != entry.name}
        return Chip(entry.label, f"“{value}”" if entry.typed else label(value) if entry.choices else value, without)


def asked(log: Log, query: Mapping[str, str]) -> Asked:
    """An address as conditions; ConfigError for a value that it cannot have."""
    values = {entry.name: query[entry.name].strip() for entry in log.filters if query.get(entry.name, "").strip()}
    only = tuple(_condition(entry, values[entry.name]) for entry in log.filters if entry.name in values)
    sort = query.get("sort", "")
    sortable = [column.sort for column in log.columns if column.sort]
    if sort and sort not in sortable:
        raise ConfigError(f'sort: "{sort[:40]}" is not valid. Use one of: {", ".join(sortable)}')
    return Asked(log, values, sort, query.get("dir") == "desc", page_number(query.get("page", "")), only)


def page_number(text: str) -> int:
    """A page's number out of an address; ConfigError for anything else."""
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) == int(text)):
        raise ConfigError(f'page: "{text[:40]}" is not valid. Use a number from 1 on')
    return int(text)


def _condition(entry: Filter, value: str) -> Only:
    if len(value) > _LONGEST * (1 if entry.typed or entry.choices else 10):
        raise ConfigError(f"{entry.name}: {len(value)} characters is too long; the limit is {_LONGEST}")
    if entry.choices and value not in entry.choices:
        raise ConfigError(f'{entry.name}: "{value[:40]}" is not valid. Use one of: {", ".join(entry.choices)}')
    if entry.name == "log":
        return Only("given" if value == "yes" else "empty", entry.columns)
    return Only("like" if entry.typed else "is", entry.columns, value)


_STATUSES = ("updated", "unchanged", "failed", "withheld", "unknown", "planned")
_COURSE = Filter("course", "Course", ("canvas_course_id",))
_CLICKED = (
    Filter("assignment_id", "Assignment", ("canvas_assignment_id",), named_by="assignment_name"),
    Filter("section_id", "Section", ("canvas_section_id",), named_by="section_name"),
)
_CLICKED_STUDENT = Filter("student_id", "Student", ("canvas_user_id",), named_by="student_name")
_TYPED_ASSIGNMENT = Filter("assignment", "Assignment", ("assignment_name", "canvas_assignment_id"), typed=True)
_TYPED_SECTION = Filter("section", "Section", ("section_name", "canvas_section_id", "sis_section_id"), typed=True)
_TYPED_STUDENT = Filter("student", "Student", ("student_name", "canvas_user_id", "sis_user_id"), typed=True)
_STATUS = Filter("status", "Status", ("status",), choices=_STATUSES)
_LOG = Filter("log", "Message", ("message",), choices=("yes", "no"))

GRADES = Log(
    GRADES_LOG,
    (
        Column("Assignment", "assignment_name", "assignment"),
        Column("Section", "section_name", "section"),
        Column("Student", "student_name", "student"),
        Column("Submitted score", "submitted_score", "score", number=True),
        Column("Status", "status", "status"),
        Column("Responded", "finished_at", "finished"),
        Column("Message", "message", "log"),
    ),
    (_COURSE, *_CLICKED, _CLICKED_STUDENT, _TYPED_ASSIGNMENT, _TYPED_SECTION, _TYPED_STUDENT, _STATUS, _LOG),
)

ASSIGNMENTS = Log(
    ASSIGNMENTS_SYNC,
    (
        Column("Assignment", "assignment_name", "assignment"),
        Column("Section", "section_name", "section"),
        Column("Due", "due_date", "due"),
        Column("Points", "points_possible", "points", number=True),
        Column("Category", "category", "category"),
        Column("Action", "action", "action"),
        Column("Status", "status", "status"),
        Column("Scores sent", "scores_sent", "scores_sent", number=True),
        Column("Scores failed", "scores_failed", "scores_failed", number=True),
        Column("Responded", "finished_at", "finished"),
        Column("Message", "message", "log"),
    ),
    (
        _COURSE,
        *_CLICKED,
        _TYPED_ASSIGNMENT,
        _TYPED_SECTION,
        Filter("action", "Action", ("action",), choices=("create", "update", "none", "adopt", "delete")),
        _STATUS,
        _LOG,
    ),
)

PROBLEMS = Log(
    MESSAGES,
    (
        Column("Course", "canvas_course_id", "course"),
        Column("Assignment", "assignment_name", "assignment"),
        Column("Student", "student_name", "student"),
        Column("Section", "sis_section_id", "sis_section"),
        Column("Message", "message", "message"),
        Column("Stage", "stage", "stage"),
        Column("SIS error code", "sis_error_code", "sis_error"),
        Column("Who fixes it", "who", "who"),
    ),
    (
        _COURSE,
        Filter("type", "Type", ("type",)),
        Filter("text", "Message", ("message",)),
        Filter("stage", "Stage", ("stage",)),
        _CLICKED[0],
        _CLICKED_STUDENT,
        _TYPED_ASSIGNMENT,
        Filter("section", "Section", ("canvas_section_id", "sis_section_id"), typed=True),
        Filter("student", "Student", ("student_name", "canvas_user_id"), typed=True),
        Filter("severity", "Severity", ("severity",), choices=("error", "warning")),
    ),
)

VERDICT_NAMES = ("same", "missing", "different", "edited", "wrong student", "twin", "orphan", "stale", "not readable")
VERDICTS = Log(
    RECONCILIATION,
    (
        Column("Kind", "kind", "kind"),
        Column("Assignment", "assignment_name", "assignment"),
        Column("Section", "section_name", "section"),
        Column("Student", "student_name", "student"),
        Column("Result", "verdict", "verdict"),
        Column("Canvas", "canvas_value", "canvas_value"),
        Column("Last sent", "sent_value", "sent_value"),
        Column("SIS", "sis_value", "sis_value"),
        Column("Repair", "status", "repair"),
        Column("Why", "message", "explained"),
    ),
    (
        _COURSE,
        *_CLICKED,
        _CLICKED_STUDENT,
        _TYPED_ASSIGNMENT,
        _TYPED_SECTION,
        _TYPED_STUDENT,
        Filter("kind", "Kind", ("kind",), choices=("assignment", "grade")),
        Filter("verdict", "Result", ("verdict",), choices=VERDICT_NAMES),
        Filter("status", "Repair", ("status",), choices=("planned", "updated", "failed", "unknown", "withheld")),
    ),
)
