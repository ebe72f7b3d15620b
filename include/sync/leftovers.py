"""What stands in the SIS and is no longer in Canvas, or no longer meant for it: reported, removed only where a district opted in (A-9, A-10, R-8).

Everything here rests on the ledger and on courses that were read completely: nothing is concluded from what was not read (invariant 6),
and nothing is touched that this product did not send (invariant 7).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import pandas as pd

from include.gradebook.among import among
from include.gradebook.filtering import Filtered
from include.gradebook.rules import SisRules
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES
from include.gradebook.sieve import join_withheld, look_up, match_key, withhold
from include.sync.draft import A, P, S, Standing
from include.sync.keys import tell_exempt
from include.sync.matching import known_items
from include.sync.misfiled import find_misfiled
from include.sync.plan import Plan, Resolved, SisRead

_REMOVED = ("GP-UNPUBLISHED", "GP-NOT-GRADED", "GP-NOT-SWITCHED-ON", "GP-OMITTED")
_NOT_GIVEN = ("GP-NOT-ASSIGNED", "GP-DIFF-NOT-NAMED")
_NO_GRADE = ("GP-BLANK", "GP-MISSING-NO-SCORE", "GP-STUDENT-INACTIVE", "GP-STUDENT-NO-ENROLMENT")
_U = "canvas_user_id"


@dataclass(frozen=True)
class Leftovers:
    """Ledger rows whose Canvas side is gone: assignments, cleared scores, scores of students who left (LEDGER_* columns).

    `exempt` are scores of students whose excuse was sent without a number. `ungiven` are assignments that Canvas still has, but not for this section:
    taken from it, or of the course that it was in before a cross-listing. `unsent` are gone and ungiven ones, chosen or not: they keep their names
    in the SIS. `misfiled` are scores under a SIS student who is another one now (I-2, with `value`, `limit`, and `sure`). `items` are all assignments
    that were sent.
    """

    assignments: pd.DataFrame
    ungiven: pd.DataFrame
    blanked: pd.DataFrame
    left: pd.DataFrame
    exempt: pd.DataFrame
    unsent: pd.DataFrame
    misfiled: pd.DataFrame
    items: pd.DataFrame

    def removal_sections(self, rules: SisRules) -> set[str]:
        """SIS sections in which something would be deleted or cleared: they are read first, so that only what is ours is touched (I-5)."""
        deletes = [self.assignments] if rules.delete_removed else []
        clears = [self.blanked, self.misfiled[self.misfiled["sure"]]] if rules.clear_blanks else []
        return {str(section) for part in (*deletes, *clears) for section in part[S].unique()}


def find_leftovers(filtered: Filtered, standing: Standing, chosen: Collection[str] = ()) -> Leftovers:
    """Compare what was ever accepted with what Canvas holds now, in the kept sections; only `chosen` assignments, if any are named (A-19)."""
    sent = standing.assignments[standing.assignments["fingerprint"].notna()]
    present = present_assignments(filtered)
    elsewhere = sent["canvas_course_id"] != look_up(sent[S], _course_of(filtered)["canvas_course_id"])
    asked_for = sent[A].isin(chosen) if chosen else pd.Series(True, index=sent.index)
    gone = ~sent[A].isin(present) & ~elsewhere
    ungiven = elsewhere | among(sent, _not_given(filtered), [S, A])
    accepted = standing.scores[standing.scores["fingerprint"].notna()]
    misfiled = find_misfiled(accepted[accepted[A].isin(chosen)] if chosen else accepted, filtered.roster)
    scores = accepted[accepted[A].isin(present) & ~accepted.index.isin(misfiled.index)]
    told = among(scores, _withheld_grades(filtered), [S, A, _U]) | among(scores, filtered.scores, [S, A, _U])
    asked = among(scores, filtered.copies, [S, A])
    empty = scores[asked & ~told]
    sits = among(empty, filtered.roster, [S, _U])
    exempt = scores[(scores["outcome"] == "accepted") & tell_exempt(scores["fingerprint"])]
    removed, taken = sent[gone & asked_for], sent[ungiven & asked_for]
    return Leftovers(removed, taken, empty[sits], empty[~sits], exempt, sent[gone | ungiven], misfiled, sent)


def present_assignments(filtered: Filtered) -> set[str]:
    """Assignments that Canvas still has and wants to sync, whether they may be sent or are withheld."""
    withheld = filtered.withheld[filtered.withheld["kind"] == "assignment"]
    return set(filtered.copies[A]) | set(withheld.loc[~withheld["reason_code"].isin(_REMOVED), A].dropna())


def _course_of(filtered: Filtered) -> pd.DataFrame:
    """SIS section → canvas_course_id, canvas_section_id."""
    return filtered.sections.drop_duplicates(S).set_index(S)[["canvas_course_id", "canvas_section_id"]]


def _not_given(filtered: Filtered) -> pd.DataFrame:
    """(SIS section, assignment) of what is given to others only, which is no message of its own."""
    rows = filtered.withheld
    return rows.loc[(rows["kind"] == "assignment") & rows["reason_code"].isin(_NOT_GIVEN), [S, A]]


def _withheld_grades(filtered: Filtered) -> pd.DataFrame:
    """(SIS section, assignment, user) of grades that are withheld for another reason than that there is none."""
    grades = filtered.withheld[(filtered.withheld["kind"] == "grade") & ~filtered.withheld["reason_code"].isin(_NO_GRADE)]
    section_of = filtered.sections.set_index("canvas_section_id")[S]
    return grades[[A, _U]].assign(**{S: look_up(grades["canvas_section_id"], section_of)})


def add_leftovers(resolved: Resolved, found: Leftovers, filtered: Filtered, rules: SisRules, sis: SisRead) -> Resolved:
    """The plan with opted-in deletes and clears, and the notes that tell about everything that stays.

    Only what the SIS shows as created or adopted by Grade Sync is deleted or cleared (I-5); in a section that was not read nothing is.
    """
    course_of = _course_of(filtered)
    moved_from = found.ungiven["canvas_course_id"]
    removed, ungiven, blanked, left, misfiled = (frame.drop(columns=["canvas_course_id"], errors="ignore").join(course_of, on=S) for frame in
                                                 (found.assignments, found.ungiven, found.blanked, found.left, found.misfiled))  # fmt: skip
    ungiven = ungiven[~_gone_there(ungiven, sis)]
    notes = [
        resolved.notes,
        withhold(left, "grade", "GP-STUDENT-LEFT", "transform"),
        *_ungiven(ungiven, moved_from[ungiven.index]),
    ]
    assignments, scores = resolved.plan.assignments, resolved.plan.scores
    item, stranger = known_items(_known(removed), sis.assignments)
    there = removed[S].isin(_found_sections(sis)) & rules.delete_removed
    deletes, foreign = removed[there & stranger.isna()], removed[there & stranger.notna()]
    assignments = pd.concat([assignments, _deletes(deletes.assign(sis_assignment_id=item.reindex(deletes.index)))], ignore_index=True)
    notes += [
        withhold(removed[~there], "assignment", "GP-REMOVED", "transform", value=removed["name"]),
        withhold(foreign, "assignment", "GP-ID-FOREIGN", "transform", value=foreign["sis_assignment_id"], limit=stranger),
    ]
    replaced = pd.Series(among(misfiled, scores[scores["action"].isin(["create", "update"])], [S, A, P]), index=misfiled.index)
    lasting = misfiled[~replaced]
    notes += [
        withhold(misfiled[replaced], "grade", "GP-STUDENT-REPLACED", "transform", value=misfiled["value"], limit=misfiled["limit"]),
        withhold(lasting, "grade", "GP-STUDENT-CHANGED", "transform", value=misfiled["value"], limit=misfiled["limit"]),
    ]
    ours = known_items(_known(found.items), sis.assignments)[0]
    verified = found.items[ours.notna() & found.items[S].isin(_found_sections(sis)) & rules.clear_blanks]
    cleared = pd.Series(among(blanked, verified, [S, A]), index=blanked.index)
    wrong = lasting[pd.Series(among(lasting, verified, [S, A]), index=lasting.index) & lasting["sure"]]
    scores = pd.concat([scores, _clears(pd.concat([blanked[cleared], wrong]), sis.today)], ignore_index=True)
    notes.append(withhold(blanked[~cleared], "grade", "GP-BLANKED", "transform"))
    withheld = _names_left(resolved.withheld, found, rules)
    return Resolved(Plan(assignments, scores), withheld, join_withheld(*notes))


def _ungiven(rows: pd.DataFrame, sent_for: pd.Series) -> list[pd.DataFrame]:
    """Assignments of this course that the section is no longer given, and those that were sent for another course, whose section this was (I-3)."""
    moved = sent_for.ne(rows["canvas_course_id"])
    here, there = rows[~moved], rows[moved]
    courses = "course " + there["canvas_course_id"] + "; it was sent for course " + sent_for[moved]
    return [
        withhold(here, "assignment", "GP-NOT-GIVEN", "transform", value=here["name"]),
        withhold(there, "assignment", "GP-SECTION-MOVED", "transform", value=there["name"], limit=courses),
    ]


def _gone_there(rows: pd.DataFrame, sis: SisRead) -> pd.Series:
    """What was sent and, as far as the SIS was read, is not there any more: nobody is asked to delete it."""
    item, stranger = known_items(_known(rows), sis.assignments)
    return rows[S].isin(sis.read) & rows["sis_assignment_id"].notna() & item.isna() & stranger.isna()


def _found_sections(sis: SisRead) -> pd.Series:
    sections = sis.sections.sections
    return sections.loc[sections["found"], S]


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    """LEDGER_ASSIGNMENTS as `known_items` takes them."""
    return rows.assign(known_id=rows["sis_assignment_id"], known_our_id=rows["our_id"], known_name=rows["name"])


def settle_excuses(resolved: Resolved, exempt: pd.DataFrame, filtered: Filtered) -> Resolved:
    """Nobody is asked for a remaster where one has sent the excuse already (R-4, SY-11). For nights alone: a reconcile reads whether it stands."""
    withheld = resolved.withheld
    asked = withheld[(withheld["kind"] == "grade") & (withheld["reason_code"] == "GP-EXCUSED-REMASTER")]
    section_of = filtered.sections.set_index("canvas_section_id")[S]
    places = asked[[A, _U]].assign(**{S: look_up(asked["canvas_section_id"], section_of)})
    stands = asked.index[among(places, exempt, [S, A, _U])]
    codes = withheld["reason_code"].mask(withheld.index.isin(stands), "GP-EXCUSED-STANDS")
    return replace(resolved, withheld=withheld.assign(reason_code=codes))


def _names_left(withheld: pd.DataFrame, found: Leftovers, rules: SisRules) -> pd.DataFrame:
    """A name that is taken by what this sync sent, and sends no more, is free once that is deleted in the SIS (R-6): by a person, or by this run."""
    taken = withheld[withheld["reason_code"] == "GP-NAME-OURS"]
    asked = taken.assign(key=match_key(taken["value"]))
    going = found.assignments[found.assignments["sis_assignment_id"].notna() & rules.delete_removed]
    codes = withheld["reason_code"]
    for code, rows in (("GP-NAME-LEFT", found.unsent), ("GP-NAME-GOING", going)):
        by_rows = among(asked, rows.assign(key=match_key(rows["name"])), [S, "key"])
        codes = codes.mask(withheld.index.isin(taken.index[by_rows]), code)
    return withheld.assign(reason_code=codes)


def _deletes(removed: pd.DataFrame) -> pd.DataFrame:
    """Without an ID where the item is gone already: the ledger learns it, and nothing is sent."""
    return PLAN_ASSIGNMENTS.conform(removed.assign(action="delete", points_possible=0.0, fingerprint="deleted"))


def _clears(blanked: pd.DataFrame, today: str) -> pd.DataFrame:
    flags = {"exempt": False, "missing": False, "late": False}
    return PLAN_SCORES.conform(
        blanked.assign(action="clear", score=None, scored_on=today, fingerprint="cleared", our_id=blanked["sis_score_id"].fillna("-"), **flags)
    )
