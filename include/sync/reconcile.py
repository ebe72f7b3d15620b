"""Reconcile: desired gradebook, ledger, and what the SIS really holds, compared to one verdict per assignment copy and score (F-2).

Reads only: per section its roster, categories and assignments as a sync reads them, and the scores of our assignments. Everything after the
reads is a pure comparison; `repair.py` makes a plan of its verdicts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from include.gradebook.courses import Ids
from include.gradebook.filtering import CanvasRead, Filtered
from include.gradebook.schemas import SIS_SCORES, VERDICTS
from include.gradebook.sieve import join_withheld, look_up, withhold
from include.sis.contract import SisClient
from include.sync import binding
from include.sync.draft import Draft, How, S, Standing
from include.sync.leftovers import add_leftovers, find_leftovers
from include.sync.plan import Resolved, resolve
from include.sync.planning import drafted_of, standing_of, without_rivals
from include.sync.reconcile_assignments import assignment_verdicts
from include.sync.reconcile_case import Case, Held
from include.sync.reconcile_scores import score_verdicts
from include.sync.run import Run
from include.sync.sis_read import read_scores, read_sis

_TOLD_ALREADY = ("GP-REMOVED", "GP-BLANKED", "GP-STUDENT-LEFT", "GP-STUDENT-CHANGED")


@dataclass(frozen=True)
class Desired:
    """What Canvas wants and what the ledger knows of it, for the sections at hand."""

    canvas: CanvasRead
    filtered: Filtered
    standing: Standing
    drafted: Draft


@dataclass(frozen=True)
class Terms:
    """How this target sends, the local date, the rule for students' ids, and the assignments that were asked for (none: all)."""

    how: How
    today: str
    student_id: Ids
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Examined:
    """VERDICTS of some courses, the case that they are drawn from, and the plan that would send every score and assignment again."""

    verdicts: pd.DataFrame
    case: Case
    resolved: Resolved


def examine(run: Run, canvas: CanvasRead, filtered: Filtered, sis: SisClient) -> Examined:
    """Read the SIS back for a run's kept sections, and judge. Nothing is written, neither there nor in the ledger."""
    binding.check(run, sis)
    standing = standing_of(run, filtered)
    filtered = without_rivals(run, canvas, filtered, standing)
    desired = Desired(canvas, filtered, standing, drafted_of(run, filtered, standing, canvas.groups))
    return reconcile(desired, sis, Terms(run.how, run.today, run.policy().student_id, run.assignments))


def reconcile(desired: Desired, sis: SisClient, terms: Terms) -> Examined:
    """Everything as if nothing had ever been sent, what the SIS holds of it, and one verdict on each."""
    filtered, rules = desired.filtered, terms.how.rules
    drafted = _reopened(desired.drafted)
    read, readable, unread = read_sis(sis, drafted, terms.today, sorted(set(filtered.sections[S])))
    resolved = resolve(readable, read, replace(terms.how, recreate=True))  # a repair may create again what is gone
    resolved = replace(resolved, withheld=join_withheld(filtered.withheld, unread, resolved.withheld), notes=resolved.notes.iloc[:0])
    leftovers = find_leftovers(filtered, desired.standing, terms.chosen)
    resolved = add_leftovers(resolved, leftovers, filtered, rules, read)
    codes = resolved.notes["reason_code"].replace("GP-STUDENT-REPLACED", "GP-STUDENT-CHANGED")  # nothing is replaced until somebody repairs it
    resolved = replace(resolved, notes=resolved.notes.assign(reason_code=codes))
    lost = unread[unread["kind"] == "section"]
    why = zip(lost["reason_code"].astype(str), lost["value"].astype(str), strict=True)
    held = Held(read, SIS_SCORES.empty(), dict(zip(lost[S].astype(str), why, strict=True)), {})
    case = Case(desired.canvas, filtered, desired.standing, drafted, resolved, leftovers, held, rules)
    copies = assignment_verdicts(case)
    case = replace(case, held=_with_scores(sis, case, copies))
    judged = pd.concat([copies, score_verdicts(case, copies, terms.student_id)], ignore_index=True)
    verdicts = VERDICTS.check(VERDICTS.conform(case.in_words(judged)))
    return Examined(verdicts, case, replace(resolved, notes=join_withheld(resolved.notes, _unread(case), _notes(verdicts))))


def _reopened(drafted: Draft) -> Draft:
    """The draft with everything open, as if nothing had ever been accepted; what was refused as it is stays refused."""
    return Draft(drafted.copies.assign(settled=drafted.copies["blocked"]), drafted.scores.assign(settled=drafted.scores["blocked"]))


def _with_scores(sis: SisClient, case: Case, copies: pd.DataFrame) -> Held:
    """What the SIS holds, now with the scores of our assignments: one read per section; a section that cannot be read affects only itself (I-7)."""
    parts, lost = read_scores(sis, copies[copies["sis_assignment_id"].notna() & ~copies["verdict"].isin(["twin", "orphan"])])
    filled = [part for part in parts if len(part)]
    scores = pd.concat(filled, ignore_index=True) if filled else SIS_SCORES.empty()
    return replace(case.held, scores=scores, unread_scores={section: (one.code, one.told) for section, one in lost.items()})


def _unread(case: Case) -> pd.DataFrame:
    """Messages about the sections whose scores could not be read; those about the other unread ones are there already."""
    rows = case.places.reset_index()
    rows = rows[rows[S].isin(list(case.held.unread_scores))]
    why = case.held.why_unread(rows[S])
    return join_withheld(*(withhold(part, "section", str(code), "reconcile", value=why["told"]) for code, part in rows.groupby(why["code"])))


def _notes(verdicts: pd.DataFrame) -> pd.DataFrame:
    """What is wrong, for the run's messages (F-5). What the plan withholds, or the leftovers tell, is a message already."""
    told = verdicts[verdicts["verdict"].ne("same") & ~verdicts["reason_code"].isin(_TOLD_ALREADY)]
    ours = told[told["reason_code"].str.startswith("RC-") | told["reason_code"].isin(["GN-TRASH", "SY-READONLY-OFF"])]
    codes = ours["reason_code"].unique()
    parts = [
        withhold(part, str(kind), str(code), "reconcile", value=part["sis_value"].where(part["kind"] == "assignment", ""))
        for code in codes
        for kind, part in ours[ours["reason_code"] == code].groupby("kind")
    ]
    return join_withheld(*parts)


def verdict_counts(table: pd.DataFrame) -> Counter[tuple[str, str]]:
    """How many of each kind and verdict."""
    return Counter({(str(kind), str(verdict)): int(count) for (kind, verdict), count in table.groupby(["kind", "verdict"]).size().items()})


def by_kind(counted: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """Per kind, how many of each verdict, in the order of the alphabet."""
    return {kind: {verdict: count for (k, verdict), count in sorted(counted.items()) if k == kind} for kind in ("assignment", "grade")}


def named(rows: pd.DataFrame, canvas: CanvasRead) -> pd.DataFrame:
    """With the names that people look for."""
    assignments = canvas.assignments.drop_duplicates("canvas_assignment_id").set_index("canvas_assignment_id")["name"]
    sections = canvas.sections.drop_duplicates("canvas_section_id").set_index("canvas_section_id")["name"]
    people = canvas.enrollments.drop_duplicates("canvas_user_id").set_index("canvas_user_id")["student_name"]
    return rows.assign(
        assignment_name=look_up(rows["canvas_assignment_id"], assignments),
        section_name=look_up(rows["canvas_section_id"], sections),
        student_name=look_up(rows["canvas_user_id"], people),
    )
