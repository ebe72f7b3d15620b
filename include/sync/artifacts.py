"""The four tables of a run, readable without this software (E, D-5 to D-8): from plan, receipts and withheld rows to frames and files."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from include.gradebook.courses import Ids
from include.gradebook.filtering import CanvasRead
from include.gradebook.reasons import CATALOGUE, reason
from include.gradebook.schemas import ASSIGNMENTS_SYNC, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES, RECEIPTS
from include.gradebook.sieve import look_up
from include.sync.draft import A, P, S
from include.sync.plan import Resolved

_STATUS = {"accepted": "updated", "refused": "failed", "unknown": "unknown"}
_QUIET = ("GP-BLANK", "GP-STUDENT-TEST")
"""Withheld grades that are counted and not listed: there is nothing that anyone could look for."""


@dataclass(frozen=True)
class Told:
    """Everything that a batch has to tell: what Canvas held, what became of it, and what the SIS answered (RECEIPTS).

    `student_id` is the target's rule for the SIS IDs of students.
    """

    run_id: str
    target: str
    canvas: CanvasRead
    resolved: Resolved
    receipts: pd.DataFrame
    student_id: Ids
    preview: bool = False


def tables(told: Told) -> dict[str, pd.DataFrame]:
    """The four artifacts by name, each holding its contract."""
    built = (
        (FILTERED_CANVAS_DATA, _filtered(told)),
        (ASSIGNMENTS_SYNC, _assignments_sync(told)),
        (GRADES_LOG, _grades_log(told)),
        (MESSAGES, _messages(told)),
    )
    return {frame.name: frame.check(frame.conform(rows.assign(run_id=told.run_id, target=told.target))) for frame, rows in built}


def _filtered(told: Told) -> pd.DataFrame:
    """Counts per course: courses, sections, unique assignments, grades; kept, or withheld with the reason (D-6)."""
    withheld, plan = told.resolved.withheld, told.resolved.plan
    kept_assignments = plan.assignments.loc[plan.assignments["action"] != "delete", ["canvas_course_id", A]].drop_duplicates()
    lost = withheld[(withheld["kind"] == "assignment") & ~withheld[A].isin(kept_assignments[A])].drop_duplicates(A)
    others = withheld[withheld["kind"].isin(["course", "section", "grade"])]
    gone = set(others.loc[others["kind"] == "section", "canvas_section_id"])
    sections = told.canvas.sections[~told.canvas.sections["canvas_section_id"].isin(gone)]
    grades = plan.scores[plan.scores["action"] != "clear"]
    kept = [(("section", sections)), ("assignment", kept_assignments), ("grade", grades)]
    rows = [part[["canvas_course_id"]].assign(kind=kind, outcome="kept", reason_code=None) for kind, part in kept]
    rows += [part[["canvas_course_id", "kind", "reason_code"]].assign(outcome="withheld") for part in (lost, others)]
    counted = pd.concat(rows).groupby(["canvas_course_id", "kind", "outcome", "reason_code"], dropna=False, sort=True).size()
    return counted.rename("count").reset_index()


def _assignments_sync(told: Told) -> pd.DataFrame:
    plan, withheld = told.resolved.plan, told.resolved.withheld
    planned = _answered(plan.assignments, told, "assignment", [S, A]).rename(columns={"category_id": "category"})
    planned["sis_assignment_id"] = planned["sis_id"].fillna(planned["sis_assignment_id"])
    scores = told.receipts[told.receipts["kind"] == "grade"]
    accepted = scores["outcome"] == "accepted"
    for name, part in (("scores_sent", scores[accepted]), ("scores_failed", scores[~accepted])):
        counts = part.groupby([S, A]).size()
        planned[name] = counts.reindex(pd.MultiIndex.from_frame(planned[[S, A]])).fillna(0).astype(int).to_numpy()
    facts = told.canvas.assignments.drop_duplicates(A).set_index(A)
    rest = _withheld(withheld[withheld["kind"] == "assignment"])
    rest["points_possible"] = look_up(rest[A], facts["points_possible"])
    return _named(pd.concat([planned, rest], ignore_index=True), told)


def _grades_log(told: Told) -> pd.DataFrame:
    plan, withheld = told.resolved.plan, told.resolved.withheld
    planned = _answered(plan.scores, told, "grade", [S, A, P]).rename(columns={"score": "submitted_score", P: "sis_user_id", "exempt": "excused"})
    ids = told.receipts[(told.receipts["kind"] == "assignment") & told.receipts["sis_id"].notna()].drop_duplicates([S, A]).set_index([S, A])["sis_id"]
    known = plan.assignments.set_index([S, A])["sis_assignment_id"]
    places = pd.MultiIndex.from_frame(planned[[S, A]])
    planned["sis_assignment_id"] = pd.Series(ids.reindex(places).to_numpy(), dtype="str").fillna(
        pd.Series(known.reindex(places).to_numpy(), dtype="str")
    )
    grades = withheld[(withheld["kind"] == "grade") & ~withheld["reason_code"].isin(_QUIET)]
    facts = told.canvas.submissions.rename(columns={"score": "submitted_score"})
    columns = [A, "canvas_user_id", "submitted_score", "excused", "missing", "late"]
    rest = _withheld(grades).merge(facts[columns], on=[A, "canvas_user_id"], how="left")
    people = told.canvas.enrollments.drop_duplicates("canvas_user_id").set_index("canvas_user_id")
    rest["sis_user_id"] = look_up(rest["canvas_user_id"], _sis_students(told))
    log = _named(pd.concat([planned, rest], ignore_index=True), told)
    return log.assign(student_name=look_up(log["canvas_user_id"], people["student_name"]))


def _sis_students(told: Told) -> pd.Series:
    """Canvas user → the student's SIS ID, as the target's rule finds it; no entry where it finds none."""
    people = told.canvas.enrollments
    known = people[["canvas_user_id"]].assign(sis_user_id=told.student_id(people)).dropna()
    return known.drop_duplicates("canvas_user_id").set_index("canvas_user_id")["sis_user_id"]


def _messages(told: Told) -> pd.DataFrame:
    """One row per item and reason that somebody should know of; grouped by type they are the Warnings & Errors tab (D-5, F-5)."""
    noted = pd.concat([told.resolved.withheld, told.resolved.notes], ignore_index=True)
    failed = told.receipts[told.receipts["reason_code"].notna() & (told.receipts["outcome"] != "accepted")]
    plan = told.resolved.plan
    course = plan.assignments.set_index([S, A])[["canvas_course_id", "canvas_section_id"]]
    user = plan.scores.set_index([S, A, P])["canvas_user_id"]
    # What a first try of the load refused, and the plan of a second one withholds for the same reason, is told by the latter alone.
    failed = failed[pd.MultiIndex.from_frame(failed[[S, A]]).isin(course.index)]
    failed = failed.join(course, on=[S, A]).join(user, on=[S, A, P]).assign(value=failed["message"], limit="", stage="load")
    rows = pd.concat([noted, failed], ignore_index=True)
    severity = rows["reason_code"].map({code: entry.severity for code, entry in CATALOGUE.items()})
    rows = rows.assign(severity=severity, type=rows["reason_code"])[severity.isin(["warning", "error"])]
    rows["message"] = sentences(rows)
    for name, facts in (("who", {c: r.who for c, r in CATALOGUE.items()}), ("next", {c: r.next for c, r in CATALOGUE.items()})):
        rows[name] = rows["type"].map(facts)
    people = told.canvas.enrollments.drop_duplicates("canvas_user_id").set_index("canvas_user_id")["student_name"]
    return _named(rows, told).assign(student_name=look_up(rows["canvas_user_id"], people))


def _answered(rows: pd.DataFrame, told: Told, kind: str, key: list[str]) -> pd.DataFrame:
    """Plan rows with status, reason and the SIS's answer."""
    receipts = told.receipts[told.receipts["kind"] == kind] if len(told.receipts) else RECEIPTS.empty()
    columns = [*key, "outcome", "sis_id", "reason_code", "message", "sis_error_code", "finished_at"]
    joined = rows.merge(receipts[columns], on=key, how="left", validate="1:1")
    status = joined["outcome"].map(_STATUS).mask((joined["action"] == "none") & joined["outcome"].isna(), "unchanged")
    status = status.fillna("planned" if told.preview else "failed")
    joined = joined.assign(status=status, value=joined["message"], limit="")
    joined["message"] = sentences(joined)
    return joined


def _withheld(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(status="withheld", message=sentences(rows)).drop(columns=["kind", "stage"])


def sentences(rows: pd.DataFrame) -> pd.Series:
    """The catalogue's sentence for each row's reason_code with its value and limit; null without a code. One call per distinct case."""
    asked = rows[["reason_code", "value", "limit"]].fillna("")
    cases = asked.drop_duplicates()
    texts = {case: reason(case[0]).told(case[1], case[2]) for case in cases.itertuples(index=False, name=None) if case[0]}
    told = [texts.get(case) for case in asked.itertuples(index=False, name=None)]
    return pd.Series(told, index=rows.index, dtype="str")


def _named(rows: pd.DataFrame, told: Told) -> pd.DataFrame:
    """With the names that people look for: of the assignment as it stands in Canvas, of the section."""
    assignments = told.canvas.assignments.drop_duplicates(A).set_index(A)["name"]
    sections = told.canvas.sections.drop_duplicates("canvas_section_id").set_index("canvas_section_id")["name"]
    return rows.assign(assignment_name=look_up(rows[A], assignments), section_name=look_up(rows["canvas_section_id"], sections))
