"""The columns of every frame that travels between stages: name, type, may it be empty, what it means.

One table per frame, checked by pandera at the stage borders (`check`). pandera only *detects*; splitting good rows from bad
is done by `split`, so that one broken row is withheld and never takes the run with it (A-24, design: validate).

Types: `text` (pandas str, Arrow-backed; ids are always text), `date` (text, local calendar date YYYY-MM-DD, A-17), `time`
(datetime64[us, UTC]), `number` (float64, exactly what JSON held, A-15), `count` (int64), `flag` (bool).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pandera.pandas as pa

from include.errors import DataError

_DTYPES = {
    "text": "str",
    "date": "str",
    "time": "datetime64[us, UTC]",
    "number": "float64",
    "count": "int64",
    "flag": "bool",
}
_DATE = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True)
class Col:
    """One column. `empty` says whether it may be null; flags and counts never are."""

    kind: str
    doc: str
    empty: bool = False


@dataclass(frozen=True)
class Frame:
    """A named column table, with the columns that together identify a row (empty: no key)."""

    name: str
    columns: Mapping[str, Col]
    key: tuple[str, ...] = ()

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The same as a pandera schema."""
        return pa.DataFrameSchema({name: _column(col) for name, col in self.columns.items()}, strict=True, ordered=True, name=self.name)

    def empty(self) -> pd.DataFrame:
        """A frame without rows but with all columns in their types."""
        return self._blank.copy()

    @cached_property
    def _blank(self) -> pd.DataFrame:
        return self.of([])

    def of(self, rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
        """A frame of these rows; columns that a row does not name are null (flags false, counts 0)."""
        return self.conform(pd.DataFrame(list(rows), columns=None if rows else list(self.columns)))

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with exactly this table's columns, in order and type. DataError names a column that cannot be cast."""
        return pd.DataFrame({name: _cast(self.name, name, col, frame) for name, col in self.columns.items()}, index=frame.index)

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same frame; DataError with column and count of each breach if it does not hold this contract."""
        bad = self.breaches(frame)
        if len(bad):
            told = "; ".join(f"{row.column}: {row.check} ({row.rows} rows)" for row in bad.head(5).itertuples())
            raise DataError(f"frame {self.name} breaks its contract: {told}")
        return frame

    def breaches(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row per breached rule: column, check, rows (how many), labels (a list of the rows' labels).

        pandera tells what is wrong; asking it costs milliseconds a column, so a frame that `_holds` is not put before it.
        """
        nothing = pd.DataFrame(columns=["column", "check", "rows", "labels"])
        if self._holds(frame):
            return nothing
        try:
            self.schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as error:
            cases = error.failure_cases
            cases = cases.assign(column=cases["column"].fillna(cases["failure_case"].astype(str)), check=cases["check"].astype(str))
            grouped = cases.groupby(["column", "check"], sort=True)["index"]
            return pd.DataFrame([{"column": c, "check": k, "rows": len(v), "labels": [i for i in v if not pd.isna(i)]} for (c, k), v in grouped])
        return nothing

    def _holds(self, frame: pd.DataFrame) -> bool:
        """Whether pandera would find nothing: the same rules as `schema`, in a few vectorised looks."""
        return list(frame.columns) == list(self.columns) and all(_sound(frame[name], col) for name, col in self.columns.items())

    def split(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(rows that hold the contract, rows that break it with columns `column` and `check` of the first breach).

        Raises DataError where a breach is of a column as a whole (missing, wrong type): no row is to blame for that.
        """
        breaches = self.breaches(frame)
        blame: dict[object, tuple[str, str]] = {}
        for row in breaches.itertuples():
            if not row.labels:
                raise DataError(f"frame {self.name} breaks its contract: {row.column}: {row.check}")
            for label in row.labels:
                blame.setdefault(label, (str(row.column), str(row.check)))
        bad = frame.loc[list(blame)]
        told = pd.DataFrame(list(blame.values()), columns=["column", "check"], index=bad.index, dtype="str")
        return frame.drop(index=bad.index), pd.concat([bad, told], axis=1)


def _column(col: Col) -> pa.Column:
    checks = [pa.Check.str_matches(_DATE)] if col.kind == "date" else []
    if col.kind == "text" and not col.empty:
        checks.append(pa.Check.str_length(min_value=1))
    return pa.Column(_DTYPES[col.kind], checks=checks, nullable=col.empty)


def _sound(values: pd.Series, col: Col) -> bool:
    """Whether a column holds what `_column` asks of it."""
    if str(values.dtype) != _DTYPES[col.kind] or (not col.empty and values.hasnans):
        return False
    if col.kind == "date":
        return bool(values.drop_duplicates().dropna().str.match(_DATE).all())
    return col.kind != "text" or col.empty or not values.eq("").any()


def _cast(frame_name: str, name: str, col: Col, frame: pd.DataFrame) -> pd.Series:
    dtype = _DTYPES[col.kind]
    if name not in frame.columns:
        fill = {"flag": False, "count": 0}.get(col.kind)
        return pd.Series(fill, index=frame.index, dtype=dtype)
    values = frame[name]
    if str(values.dtype) == dtype:
        return values
    try:
        if col.kind == "time":
            return pd.to_datetime(values, utc=True, format="ISO8601").astype(dtype)
        if col.kind == "flag":
            return values.astype("boolean").fillna(False).astype(bool)
        if col.kind == "count":
            return values.fillna(0).astype(dtype)
        return values.astype(dtype)
    except (ValueError, TypeError) as error:
        raise DataError(f"frame {frame_name}: column {name} cannot be read as {col.kind}: {type(error).__name__}") from error


def _text(doc: str, empty: bool = False) -> Col:
    return Col("text", doc, empty)


_COURSE = {"canvas_course_id": _text("Canvas course")}
_SIS_SECTION = {"sis_section_id": _text("SIS section (class)")}

# fmt: off
# ---------------------------------------------------------------------------------------------- what Canvas holds
COURSES = Frame("courses", {
    **_COURSE,
    "name": _text("course name", True),
    "sis_course_id": _text("course's SIS id", True),
    "workflow_state": _text("unpublished, available, completed, deleted"),
    "time_zone": _text("IANA zone of the course", True),
    "nightly_setting": _text("Canvas's own grade_passback_setting", True),
    "term_id": _text("Canvas term", True),
    "sis_term_id": _text("the term's SIS id", True),
    "term_start": Col("time", "first moment of the term; null is open", True),
    "term_end": Col("time", "last moment of the term; null is open", True),
    "course_end": Col("time", "the course's own end; null is open", True),
    "complete": Col("flag", "everything of this course was read (invariant 6)"),
}, ("canvas_course_id",))

SECTIONS = Frame("sections", {
    **_COURSE,
    "canvas_section_id": _text("Canvas section"),
    "name": _text("section name", True),
    "sis_section_id": _text("SIS id that Canvas holds", True),
    "nonxlist_course_id": _text("course it was cross-listed from", True),
}, ("canvas_section_id",))

ENROLLMENTS = Frame("enrollments", {
    **_COURSE,
    "canvas_section_id": _text("Canvas section"),
    "canvas_user_id": _text("Canvas user"),
    "sis_user_id": _text("SIS id that Canvas holds", True),
    "student_name": _text("sortable name", True),
    "type": _text("StudentEnrollment, StudentViewEnrollment"),
    "state": _text("active, invited, inactive, completed, deleted"),
}, ("canvas_section_id", "canvas_user_id", "type", "state"))

GROUPS = Frame("assignment_groups", {
    **_COURSE,
    "canvas_group_id": _text("Canvas assignment group"),
    "name": _text("group name", True),
    "integration_data": _text("JSON object that an integrator stored: SIS section id to category id", True),
}, ("canvas_group_id",))

ASSIGNMENTS = Frame("assignments", {
    **_COURSE,
    "canvas_assignment_id": _text("Canvas assignment"),
    "canvas_group_id": _text("its assignment group", True),
    "name": _text("name as typed", True),
    "description": _text("HTML as typed", True),
    "points_possible": Col("number", "points; null is none", True),
    "grading_type": _text("points, percent, pass_fail, letter_grade, gpa_scale, not_graded", True),
    "submission_types": _text("joined by a space", True),
    "due_at": Col("time", "base due date", True),
    "unlock_at": Col("time", "base available-from date", True),
    "created_at": Col("time", "when it was made", True),
    "published": Col("flag", "visible to students"),
    "post_to_sis": Col("flag", "the Sync to SIS switch (A-2)"),
    "omit_from_final_grade": Col("flag", "do not count towards the final grade (A-3)"),
    "only_visible_to_overrides": Col("flag", "the base date is for nobody"),
}, ("canvas_assignment_id",))

OVERRIDES = Frame("overrides", {
    **_COURSE,
    "canvas_assignment_id": _text("Canvas assignment"),
    "override_id": _text("Canvas override"),
    "kind": _text("section, student, group, course, module, mastery_path"),
    "canvas_section_id": _text("the section, for kind section", True),
    "due_at": Col("time", "due date for this target; null with due_set: has none", True),
    "due_set": Col("flag", "the override changes the due date (the key is present)"),
    "unassign": Col("flag", "this target is not assigned (unassign_item)"),
}, ("canvas_assignment_id", "override_id"))

SUBMISSIONS = Frame("submissions", {
    **_COURSE,
    "canvas_assignment_id": _text("Canvas assignment"),
    "canvas_user_id": _text("Canvas user"),
    "score": Col("number", "points after deductions; null is blank", True),
    "excused": Col("flag", "excused"),
    "late": Col("flag", "late"),
    "missing": Col("flag", "missing"),
    "graded_at": Col("time", "when graded", True),
    "posted_at": Col("time", "when shown to the student; null is hidden", True),
    "workflow_state": _text("unsubmitted, submitted, graded, pending_review", True),
    "comment": _text("newest comment that is no student's; read only where the rules send it (A-11)", True),
}, ("canvas_assignment_id", "canvas_user_id"))

CANVAS_FRAMES = (COURSES, SECTIONS, ENROLLMENTS, GROUPS, ASSIGNMENTS, OVERRIDES, SUBMISSIONS)

CHOICES = Frame("category_choices", {
    **_SIS_SECTION,
    "canvas_group_id": _text("Canvas assignment group"),
    "category_id": _text("the chosen category; null is unassociated (B-3)", True),
}, ("sis_section_id", "canvas_group_id"))

# ------------------------------------------------------------------------------------------------ what the SIS holds
SIS_SECTIONS = Frame("sis_sections", {
    **_SIS_SECTION,
    "found": Col("flag", "the SIS knows this section"),
    "title": _text("name in the SIS", True),
    "school_id": _text("school of the section", True),
    "term_start": Col("date", "first day of its term", True),
    "term_end": Col("date", "last day of its term, inclusive", True),
}, ("sis_section_id",))

SIS_STUDENTS = Frame("sis_students", {**_SIS_SECTION, "sis_student_id": _text("enrolled student")}, ("sis_section_id", "sis_student_id"))

SIS_CATEGORIES = Frame("sis_categories", {
    **_SIS_SECTION,
    "category_id": _text("category (Synergy: assignment type)"),
    "title": _text("its name"),
    "state": _text("active, hidden, deleted"),
}, ("sis_section_id", "category_id"))

SIS_ASSIGNMENTS = Frame("sis_assignments", {
    **_SIS_SECTION,
    "sis_assignment_id": _text("id in the SIS"),
    "our_id": _text("our stable id or mark that it carries", True),
    "ours": Col("flag", "made by this product"),
    "name": _text("name in the SIS", True),
    "due_date": Col("date", "due date in the SIS", True),
    "points_possible": Col("number", "points in the SIS", True),
    "category_id": _text("category in the SIS", True),
    "state": _text("active, trashed"),
    "locked": Col("flag", "locked for editing in the SIS"),
}, ("sis_section_id", "sis_assignment_id"))

SIS_SCORES = Frame("sis_scores", {
    **_SIS_SECTION,
    "sis_assignment_id": _text("id in the SIS"),
    "sis_student_id": _text("student"),
    "sis_score_id": _text("id of the score in the SIS", True),
    "score": Col("number", "number; null is none", True),
    "exempt": Col("flag", "exempt"),
    "missing": Col("flag", "missing"),
    "late": Col("flag", "late"),
}, ("sis_section_id", "sis_assignment_id", "sis_student_id"))

# ------------------------------------------------------------------------------------- the gradebook that we want
_COPY = {
    **_COURSE,
    "canvas_section_id": _text("Canvas section"),
    **_SIS_SECTION,
    "canvas_assignment_id": _text("Canvas assignment"),
}

COPIES = Frame("copies", {
    **_COPY,
    "canvas_group_id": _text("assignment group", True),
    "group_name": _text("its name", True),
    "name": _text("name as sent (R-9)"),
    "description": _text("description as typed", True),
    "points_possible": Col("number", "points"),
    "due_date": Col("date", "local due date in this section", True),
    "due_at": Col("time", "the same as an instant", True),
    "assign_date": Col("date", "local date from which it is available, never after the due date", True),
    "category_id": _text("SIS category; null is uncategorized, or not looked up yet", True),
}, ("sis_section_id", "canvas_assignment_id"))

SCORES = Frame("scores", {
    **_COPY,
    "canvas_user_id": _text("Canvas user"),
    "sis_student_id": _text("student in the SIS"),
    "score": Col("number", "number as sent; null only with exempt or missing", True),
    "exempt": Col("flag", "sent as exempt"),
    "missing": Col("flag", "sent as missing"),
    "late": Col("flag", "sent as late"),
    "scored_on": Col("date", "local date of the grade"),
    "comment": _text("comment that goes along (A-11)", True),
}, ("sis_section_id", "canvas_assignment_id", "sis_student_id"))

WITHHELD = Frame("withheld", {
    "kind": _text("course, section, assignment, grade"),
    **_COURSE,
    "canvas_section_id": _text("Canvas section", True),
    "sis_section_id": _text("SIS section", True),
    "canvas_assignment_id": _text("Canvas assignment", True),
    "canvas_user_id": _text("Canvas user", True),
    "reason_code": _text("code in include/gradebook/reasons.py"),
    "value": _text("the value that broke the rule", True),
    "limit": _text("what is allowed", True),
    "stage": _text("filter, transform, validate"),
})

# ------------------------------------------------------------------------------------------------------- ledger
LEDGER_ASSIGNMENTS = Frame("ledger_assignments", {
    **_SIS_SECTION,
    "canvas_assignment_id": _text("Canvas assignment"),
    "canvas_course_id": _text("Canvas course"),
    "sis_assignment_id": _text("id in the SIS, once known", True),
    "our_id": _text("the stable id that we sent", True),
    "name": _text("name as last sent"),
    "due_date": Col("date", "due date as last sent", True),
    "fingerprint": _text("digest of what was last accepted; null: nothing was", True),
    "refused": _text("digest of what was last refused, and not accepted since", True),
    "reason_code": _text("why it was refused", True),
    "message": _text("the SIS's words then", True),
    "outcome": _text("accepted, refused, unknown"),
    "generation": Col("count", "how often it was made anew"),
}, ("sis_section_id", "canvas_assignment_id"))

LEDGER_SCORES = Frame("ledger_scores", {
    **_SIS_SECTION,
    "canvas_assignment_id": _text("Canvas assignment"),
    "sis_student_id": _text("student in the SIS"),
    "canvas_user_id": _text("Canvas user", True),
    "sis_score_id": _text("id in the SIS, once known", True),
    "fingerprint": _text("what was last accepted, as text; null: nothing was", True),
    "refused": _text("what was last refused, as text, and not accepted since", True),
    "reason_code": _text("why it was refused", True),
    "message": _text("the SIS's words then", True),
    "outcome": _text("accepted, refused, unknown"),
}, ("sis_section_id", "canvas_assignment_id", "sis_student_id"))

# --------------------------------------------------------------------------------------------------------- plan
PLAN_ASSIGNMENTS = Frame("plan_assignments", {
    **COPIES.columns,
    "action": _text("create, update, adopt, none, delete"),
    "sis_assignment_id": _text("id in the SIS; null for a create", True),
    "our_id": _text("our stable id"),
    "fingerprint": _text("digest of what is to be sent"),
}, COPIES.key)

PLAN_SCORES = Frame("plan_scores", {
    **SCORES.columns,
    "action": _text("create, update, none, clear"),
    "sis_score_id": _text("id in the SIS, where it has one", True),
    "our_id": _text("our stable id; null where nothing is sent", True),
    "fingerprint": _text("what is to be sent, as text"),
}, SCORES.key)

RECEIPTS = Frame("receipts", {
    "kind": _text("assignment, grade"),
    **_SIS_SECTION,
    "canvas_assignment_id": _text("Canvas assignment"),
    "sis_student_id": _text("student, for a grade", True),
    "outcome": _text("accepted, refused, unknown"),
    "sis_id": _text("id in the SIS", True),
    "reason_code": _text("code, where it was not accepted", True),
    "message": _text("the SIS's own words", True),
    "sis_error_code": _text("HTTP status or the SIS's own code", True),
    "finished_at": Col("time", "when the answer came"),
})

# ---------------------------------------------------------------------------------------------------- artifacts (E)
_RUN = {"run_id": _text("run"), "target": _text("target"), **_COURSE}
_NAMED_COPY = {
    "canvas_assignment_id": _text("Canvas assignment", True),
    "assignment_name": _text("name", True),
    "canvas_section_id": _text("Canvas section", True),
    "section_name": _text("name", True),
    "sis_section_id": _text("SIS section", True),
    "sis_assignment_id": _text("id in the SIS", True),
}
_OUTCOME = {
    "action": _text("create, update, adopt, none, delete, clear", True),
    "status": _text("updated, failed, unchanged, withheld, unknown, planned"),
    "reason_code": _text("why", True),
    "message": _text("the sentence", True),
    "sis_error_code": _text("the SIS's own code", True),
}

FILTERED_CANVAS_DATA = Frame("filtered_canvas_data", {
    **_RUN,
    "kind": _text("course, section, assignment (unique ones), grade"),
    "outcome": _text("kept, withheld"),
    "reason_code": _text("why withheld", True),
    "count": Col("count", "how many"),
})

ASSIGNMENTS_SYNC = Frame("assignments_sync", {
    **_RUN,
    **_NAMED_COPY,
    "category": _text("category id in the SIS", True),
    "due_date": Col("date", "local due date", True),
    "points_possible": Col("number", "points", True),
    **_OUTCOME,
    "scores_sent": Col("count", "accepted scores"),
    "scores_failed": Col("count", "refused or unknown scores"),
    "finished_at": Col("time", "when the answer came", True),
})

GRADES_LOG = Frame("grades_log", {
    **_RUN,
    **_NAMED_COPY,
    "canvas_user_id": _text("Canvas user"),
    "sis_user_id": _text("student in the SIS", True),
    "student_name": _text("sortable name", True),
    "submitted_score": Col("number", "number as sent or as it stands in Canvas", True),
    "excused": Col("flag", "excused"),
    "missing": Col("flag", "missing"),
    "late": Col("flag", "late"),
    **_OUTCOME,
    "finished_at": Col("time", "when the answer came", True),
})

MESSAGES = Frame("messages", {
    **_RUN,
    "severity": _text("warning, error"),
    "type": _text("stable code"),
    "message": _text("the sentence"),
    "stage": _text("extract, filter, transform, validate, load"),
    "canvas_assignment_id": _text("Canvas assignment", True),
    "assignment_name": _text("name", True),
    "canvas_user_id": _text("Canvas user", True),
    "student_name": _text("sortable name", True),
    "canvas_section_id": _text("Canvas section", True),
    "sis_section_id": _text("SIS section", True),
    "sis_error_code": _text("the SIS's own code", True),
    "who": _text("teacher, admin, SIS staff"),
    "next": _text("what happens next"),
})

# ---------------------------------------------------------------------------------------------------- reconcile (F-2)
VERDICTS = Frame("verdicts", {
    "kind": _text("assignment, grade"),
    **_COURSE,
    "canvas_section_id": _text("Canvas section", True),
    **_SIS_SECTION,
    "canvas_assignment_id": _text("Canvas assignment", True),
    "canvas_user_id": _text("Canvas user, for a grade", True),
    "sis_student_id": _text("student in the SIS, for a grade", True),
    "sis_assignment_id": _text("id in the SIS", True),
    "sis_score_id": _text("id of the score in the SIS", True),
    "verdict": _text("same, missing, different, edited, twin, orphan, stale, not readable"),
    "canvas_value": _text("what Canvas holds", True),
    "sent_value": _text("what the SIS last accepted from this sync", True),
    "sis_value": _text("what the SIS holds now", True),
    "reason_code": _text("the rule that explains it", True),
    "repairable": Col("flag", "a repair may send it"),
})

RECONCILIATION = Frame("reconciliation", {
    **_RUN,
    "kind": _text("assignment, grade"),
    **_NAMED_COPY,
    "canvas_user_id": _text("Canvas user, for a grade", True),
    "sis_user_id": _text("student in the SIS, for a grade", True),
    "student_name": _text("sortable name", True),
    "verdict": _text("same, missing, different, edited, twin, orphan, stale, not readable"),
    "canvas_value": _text("what Canvas holds", True),
    "sent_value": _text("what the SIS last accepted from this sync", True),
    "sis_value": _text("what the SIS holds now", True),
    "reason_code": _text("the rule that explains it", True),
    "message": _text("the sentence", True),
    "action": _text("what a repair does: create, update, adopt, delete, clear; null: nothing", True),
    "status": _text("how that ended: updated, failed, unknown, planned, withheld; null: nothing was to be done", True),
    "finished_at": Col("time", "when the answer came", True),
})

# fmt: on

ARTIFACTS = (FILTERED_CANVAS_DATA, ASSIGNMENTS_SYNC, GRADES_LOG, MESSAGES)
