"""A small classroom in a few lines: builds the frames that rules read, runs the public stages, and tells what became of each row.

Everything goes through `filter_rows`, `draft` and `resolve`, as a night does; the SIS is a frame of what stands there, the ledger is
what a plan before was applied to (`Classroom.accept`).
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pandas as pd

from include.gradebook import schemas
from include.gradebook.categories import wanted_categories
from include.gradebook.courses import Selection
from include.gradebook.filtering import CanvasRead, Filtered, Policy, filter_rows
from include.gradebook.rules import SisRules
from include.gradebook.sieve import join_withheld
from include.identity import Identity
from include.sis.contract import SectionsRead
from include.sync.draft import How, Standing, draft
from include.sync.leftovers import add_leftovers, find_leftovers, settle_excuses
from include.sync.plan import Plan, Resolved, SisRead, resolve

NOW = datetime(2026, 11, 13, 20, tzinfo=UTC)
TERM = ("2026-08-24", "2027-01-22")


@dataclass
class Classroom:
    """One course (id 1), zone New York, with sections s1, s2 … (SIS ids S1, S2 …), group Homework (id 9), students by section."""

    rules: SisRules = field(default_factory=SisRules)
    sections: dict[str, list[str]] = field(default_factory=lambda: {"1": ["u1", "u2"]})
    assignments: list[dict[str, Any]] = field(default_factory=list)
    overrides: list[dict[str, Any]] = field(default_factory=list)
    submissions: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    enrollment_changes: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    course: dict[str, Any] = field(default_factory=dict)
    groups: list[dict[str, Any]] = field(default_factory=lambda: [{"canvas_group_id": "9", "name": "Homework"}])
    categories: list[dict[str, Any]] = field(default_factory=lambda: [{"category_id": "C1", "title": "Homework", "state": "active"}])
    choices: list[dict[str, Any]] = field(default_factory=list)
    selection: Selection = field(default_factory=lambda: Selection(now=NOW))
    standing_in_sis: list[dict[str, Any]] = field(default_factory=list)
    strangers: set[str] = field(default_factory=set)
    unknown_sections: set[str] = field(default_factory=set)
    without_sis_id: set[str] = field(default_factory=set)
    cross_listed: dict[str, str] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity)
    term: tuple[str | None, str | None] = TERM
    usual_category: str = ""
    today: str = "2026-11-13"
    zone: str = "America/New_York"
    ledger: Standing = field(default_factory=lambda: Standing(schemas.LEDGER_ASSIGNMENTS.empty(), schemas.LEDGER_SCORES.empty()))

    def add(self, name: str = "Quiz", *, id: str | None = None, scores: Any = 8.0, **changes: Any) -> str:  # reads as Canvas's own word
        """An assignment that may be sent, with the same submission for every student (a number, a dict of columns, or None for none)."""
        ident = id or str(100 + len(self.assignments))
        base = {
            "canvas_assignment_id": ident,
            "canvas_group_id": "9",
            "name": name,
            "points_possible": 10.0,
            "grading_type": "points",
            "submission_types": "online_upload",
            "due_at": "2026-11-10T04:59:59Z",
            "created_at": "2026-11-01T12:00:00Z",
            "published": True,
            "post_to_sis": True,
        }
        self.assignments.append({**base, **changes})
        if scores is not None:
            for student in dict.fromkeys(user for users in self.sections.values() for user in users):
                self.score(ident, student, scores)
        return ident

    def score(self, assignment: str, user: str, value: Any) -> None:
        """One student's submission: a number, or a dict of SUBMISSIONS columns."""
        columns = value if isinstance(value, dict) else {"score": value}
        self.submissions[(assignment, user)] = {
            "graded_at": "2026-11-11T15:00:00Z", "posted_at": "2026-11-11T15:00:00Z", "workflow_state": "graded", **columns
        }  # fmt: skip

    def override(self, assignment: str, kind: str, section: str | None = None, **changes: Any) -> None:
        """An override; pass due_at (with or without a value) to set a date, nothing to leave the base date."""
        due = {"due_set": "due_at" in changes}
        ident = f"o{len(self.overrides)}"
        self.overrides.append(
            {"canvas_assignment_id": assignment, "override_id": ident, "kind": kind, "canvas_section_id": section, **due, **changes}
        )

    def canvas(self) -> CanvasRead:
        """What the extract stage would hand over."""
        course = {"canvas_course_id": "1"}
        enrollments = [
            {
                **course, "canvas_section_id": section, "canvas_user_id": user, "sis_user_id": user.upper(), "student_name": f"Name, {user}",
                "type": "StudentEnrollment", "state": "active", **self.enrollment_changes.get((section, user), {}),
            }
            for section, users in self.sections.items()
            for user in users
        ]  # fmt: skip
        facts = {"name": "Biology", "sis_course_id": "C-1", "workflow_state": "available", "time_zone": self.zone, "complete": True, **self.course}
        rows: dict[str, list[dict[str, Any]]] = {
            "courses": [{**course, **facts}],
            "sections": [
                {
                    **course,
                    "canvas_section_id": s,
                    "name": f"Period {s}",
                    "sis_section_id": None if s in self.without_sis_id else f"S{s}",
                    "nonxlist_course_id": self.cross_listed.get(s),
                }
                for s in self.sections
            ],
            "enrollments": enrollments,
            "groups": [{**course, **group} for group in self.groups],
            "assignments": [{**course, **row} for row in self.assignments],
            "overrides": [{**course, **row} for row in self.overrides],
            "submissions": [{**course, "canvas_assignment_id": a, "canvas_user_id": u, **row} for (a, u), row in self.submissions.items()],
        }
        frames = {"groups": schemas.GROUPS} | {frame.name: frame for frame in schemas.CANVAS_FRAMES}
        return CanvasRead(**{name: frames[name].of(part) for name, part in rows.items()})

    def filtered(self, canvas: CanvasRead | None = None) -> Filtered:
        """After the filter stage."""
        return filter_rows(
            canvas or self.canvas(), Policy(self.rules, self.selection, self.identity.section_id, self.identity.student_id, "America/New_York")
        )

    def night(self) -> Night:
        """The whole way to the plan."""
        canvas = self.canvas()
        filtered = self.filtered(canvas)
        how = How("powerschool", self.rules, self.selection.remaster, self.selection.remaster or self.rules.recreate_deleted)
        chosen = schemas.CHOICES.of(self.choices)
        wanted = wanted_categories(filtered.copies, chosen, canvas.groups, self.rules)
        drafted = draft(filtered.copies, filtered.scores, wanted, self.ledger, how)
        asked = drafted.sections_to_read
        leftovers = find_leftovers(filtered, self.ledger, self.selection.assignments)
        read = self.sis(sorted({*asked, *leftovers.removal_sections(self.rules)}))
        resolved = resolve(drafted, read, how)
        resolved = replace(resolved, withheld=join_withheld(filtered.withheld, resolved.withheld))
        resolved = settle_excuses(add_leftovers(resolved, leftovers, filtered, self.rules, read), leftovers.exempt, filtered)
        return Night(filtered, resolved, tuple(asked))

    def sis(self, sections: list[str]) -> SisRead:
        """What the SIS answers for these sections."""
        known = [s for s in sections if s not in self.unknown_sections]
        rows = [{"sis_section_id": s, "found": s in known, "term_start": self.term[0], "term_end": self.term[1]} for s in sections]
        roster = [
            {"sis_section_id": f"S{section}", "sis_student_id": user.upper()}
            for section, users in self.sections.items()
            for user in users
            if f"S{section}" in known and user not in self.strangers
        ]
        categories = [{"sis_section_id": s, **category} for s in known for category in self.categories]
        read = SectionsRead(schemas.SIS_SECTIONS.of(rows), schemas.SIS_STUDENTS.of(roster), schemas.SIS_CATEGORIES.of(categories))
        read = replace(read, usual_category=self.usual_category)
        items = [item for item in self.standing_in_sis if item["sis_section_id"] in known]
        return SisRead(read, schemas.SIS_ASSIGNMENTS.of([{"state": "active", **item} for item in items]), self.today)

    def accept(self, night: Night) -> None:
        """The SIS takes the whole plan: it stands there, and the ledger says so."""
        plan = night.plan
        sent = plan.assignments[plan.assignments["action"] != "none"]
        sent = sent.assign(sis_assignment_id=sent["sis_assignment_id"].fillna("sis-" + sent["our_id"]), outcome="accepted")
        scores = plan.scores[plan.scores["action"] != "none"].assign(outcome="accepted")
        self.ledger = Standing(
            _upsert(schemas.LEDGER_ASSIGNMENTS, self.ledger.assignments, sent), _upsert(schemas.LEDGER_SCORES, self.ledger.scores, scores)
        )
        ours = {(row["sis_section_id"], row["sis_assignment_id"]) for row in sent.to_dict("records")}
        self.standing_in_sis = [item for item in self.standing_in_sis if (item["sis_section_id"], item["sis_assignment_id"]) not in ours]
        keep = ["sis_section_id", "sis_assignment_id", "our_id", "name", "due_date", "points_possible", "category_id"]
        self.standing_in_sis += [{**row, "ours": True} for row in sent[keep].to_dict("records")]


def accepted(rules: SisRules | None = None, students: tuple[str, ...] = ("u1", "u2")) -> Classroom:
    """A classroom whose one assignment, Quiz with id 100, and its scores of 8 were accepted by the SIS; each caller gets its own."""
    return deepcopy(_accepted(rules or SisRules(), students))


@cache
def _accepted(rules: SisRules, students: tuple[str, ...]) -> Classroom:
    place = Classroom(rules=rules, sections={"1": list(students)})
    place.add()
    place.accept(place.night())
    return place


@dataclass(frozen=True)
class Night:
    """A plan and everything that was said on the way."""

    filtered: Filtered
    resolved: Resolved
    sections_read: tuple[str, ...]

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.resolved.plan

    def sent(self) -> list[tuple[str, str]]:
        """(SIS section, name) of all assignments that would be written, sorted."""
        rows = self.plan.assignments[self.plan.assignments["action"] != "none"]
        return sorted(zip(rows["sis_section_id"], rows["name"], strict=True))

    def scores(self) -> dict[tuple[str, str], Any]:
        """(SIS section, SIS student) -> (number, flags) of all scores that would be written; for classrooms with one assignment."""
        rows = self.plan.scores[self.plan.scores["action"] != "none"].to_dict("records")
        return {(row["sis_section_id"], row["sis_student_id"]): (None if pd.isna(row["score"]) else row["score"], _flags(row)) for row in rows}

    def writes(self) -> int:
        """How many items would be written."""
        return int((self.plan.assignments["action"] != "none").sum() + (self.plan.scores["action"] != "none").sum())

    def why(self, kind: str = "assignment") -> list[str]:
        """Reason codes of this kind's withheld rows, sorted, each once."""
        rows = self.resolved.withheld
        return sorted(set(rows.loc[rows["kind"] == kind, "reason_code"]))

    def notes(self) -> list[str]:
        """Reason codes of what is told about items that go or stand all the same."""
        return sorted(set(self.resolved.notes["reason_code"]))

    def told(self, code: str) -> str:
        """The sentence that a person reads for this code."""
        from include.gradebook.reasons import reason

        rows = pd.concat([self.resolved.withheld, self.resolved.notes])
        row = rows[rows["reason_code"] == code].fillna("").iloc[0]
        return reason(code).told(row["value"], row["limit"])

    def due(self) -> dict[str, str | None]:
        """SIS section -> due date of what would be written or stands."""
        rows = self.plan.assignments.to_dict("records")
        return {row["sis_section_id"]: None if pd.isna(row["due_date"]) else row["due_date"] for row in rows}


def _flags(row: dict[str, Any]) -> str:
    return " ".join(name for name in ("exempt", "missing", "late") if row[name])


def _upsert(frame: schemas.Frame, old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    rows = pd.concat([old, frame.conform(new)], ignore_index=True)
    return rows.drop_duplicates(list(frame.key), keep="last", ignore_index=True)
