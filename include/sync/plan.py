"""The plan: desired gradebook minus what was accepted (A-1). Building it changes nothing, in any order of rows it is the same.

`resolve` takes the draft and what the SIS answered for the open sections, withholds what the SIS could not take, and says for
every item: create, update, adopt, none (or, where a district opted in, delete and clear).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from include.gradebook.among import among, beside
from include.gradebook.categories import resolve_categories
from include.gradebook.dates import assign_dates
from include.gradebook.rules import SisRules
from include.gradebook.schemas import PLAN_ASSIGNMENTS, PLAN_SCORES, SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_SECTIONS, SIS_STUDENTS, WITHHELD
from include.gradebook.sieve import Sieve, Stop, join_withheld, look_up, match_key, withhold
from include.gradebook.twins import drop_canvas_twins, drop_taken_names, name_rank
from include.sis.contract import SectionsRead
from include.sync.draft import A, Draft, How, P, S
from include.sync.keys import score_ids
from include.sync.matching import Matched, match_items, standing_names


@dataclass(frozen=True)
class Plan:
    """PLAN_ASSIGNMENTS and PLAN_SCORES: everything that was kept, with its action."""

    assignments: pd.DataFrame
    scores: pd.DataFrame

    def counts(self) -> dict[str, int]:
        """How many of each kind it does what to."""
        counted = {"assignments": self.assignments["action"].value_counts(), "grades": self.scores["action"].value_counts()}
        return {f"{kind} to {action}": int(count) for kind, counts in counted.items() for action, count in counts.items()}


@dataclass(frozen=True)
class Resolved:
    """A plan, what was withheld on the way, and notes: WITHHELD-shaped rows about things that are sent, or stand, all the same."""

    plan: Plan
    withheld: pd.DataFrame
    notes: pd.DataFrame


@dataclass(frozen=True)
class SisRead:
    """What the SIS answered for the open sections: sections, rosters, categories, and SIS_ASSIGNMENTS. `today` is the local date."""

    sections: SectionsRead
    assignments: pd.DataFrame
    today: str

    @property
    def read(self) -> pd.Series:
        """The ids of the sections that were read."""
        return self.sections.sections[S]


def resolve(drafted: Draft, sis: SisRead, how: How) -> Resolved:
    """From draft to plan. Rules that need the SIS apply only to what would be written; what is settled stays as it is."""
    unknown = _unknown_sections(drafted, sis)
    copies = Sieve(drafted.copies, "assignment", "transform").drop(drafted.copies[S].isin(unknown[S]), "GP-SECTION-WITHHELD")
    scores = Sieve(drafted.scores, "grade", "transform").drop(drafted.scores[S].isin(unknown[S]), "GP-SECTION-WITHHELD")
    copies, scores = _drop_blocked(copies), _drop_blocked(scores)
    scores = _drop_strangers(scores, sis)
    given = copies.kept
    copies = _drop_scoreless(copies, scores)
    items = sis.assignments if how.rules.trash_can else sis.assignments[sis.assignments["state"] == "active"]
    items = items.sort_values(list(SIS_ASSIGNMENTS.key), kind="stable")  # of twins in the SIS the same one is taken, in whatever order it lists them
    matched = match_items(copies.kept, items, sis.read)
    copies = _drop_lost(copies, matched, how)
    copies, hidden = _check_open(copies, matched, replace(sis, assignments=items), how)
    scores = _drop_orphans(scores, copies)
    assignments = _assignment_plan(copies.kept, matched, how)
    plan = Plan(assignments, _score_plan(scores.kept, assignments, how))
    notes = join_withheld(_notes(plan, matched, hidden, how, sis.sections.usual_category), _merge_warning(given, assignments, how.rules))
    return Resolved(plan, join_withheld(unknown, copies.withheld, scores.withheld), WITHHELD.check(notes))


def _unknown_sections(drafted: Draft, sis: SisRead) -> pd.DataFrame:
    """A-24: a class that the SIS does not know takes only itself out."""
    lost = sis.sections.sections.loc[~sis.sections.sections["found"], S]
    rows = drafted.copies[drafted.copies[S].isin(lost)].drop_duplicates(S)[["canvas_course_id", "canvas_section_id", S]]
    return withhold(rows, "section", "GP-SECTION-UNKNOWN", "transform", value=rows[S])


def _drop_blocked(sieve: Sieve) -> Sieve:
    """What was refused as it is now waits, under the same reason, until somebody changes it in Canvas."""
    for code in sieve.kept.loc[sieve.kept["blocked"], "reason_code"].unique():
        which = sieve.kept["blocked"] & (sieve.kept["reason_code"] == code)
        sieve = sieve.drop(which, code, value=sieve.kept["message"].fillna(""))
    return sieve


def _drop_strangers(scores: Sieve, sis: SisRead) -> Sieve:
    """A-24: a student whom the SIS does not list in the class. Where its list has rows that cannot be read, the student is unchecked (I-7)."""
    rows, incomplete = scores.kept, dict(sis.sections.incomplete_rosters)
    unlisted = rows[S].isin(sis.read) & ~rows["settled"] & ~among(rows, sis.sections.students, [S, P])
    if incomplete:
        scores = scores.drop(unlisted & rows[S].isin(incomplete), "GP-STUDENT-UNCHECKED", value=rows[S].map(incomplete).astype("str"))
        unlisted = unlisted[scores.kept.index]
    return scores.drop(unlisted, "GP-STUDENT-UNKNOWN")


def _drop_scoreless(copies: Sieve, scores: Sieve) -> Sieve:
    """A-6, R-5: nothing is created before a score exists for a student whom the SIS knows in that class."""
    scored = among(copies.kept, scores.kept, [S, A])
    return copies.drop(~pd.Series(scored, index=copies.kept.index) & copies.kept["sent"].isna(), "GP-NO-SCORES")


def _drop_lost(copies: Sieve, matched: Matched, how: How) -> Sieve:
    """I-5, R-23: what was deleted in the SIS, and what has another item under its ID. What is created again passes every rule for a new item."""
    lost = matched.gone.eq(True) | matched.stranger.notna()
    elsewhere = matched.item_id.notna() & matched.item_id.ne(copies.kept["known_id"])
    copies = replace(copies, kept=copies.kept.assign(settled=copies.kept["settled"] & ~elsewhere))
    if how.recreate:  # under an ID of ours that another item has, a create would change that item
        kept_id = matched.stranger.notna() & copies.kept["our_id"].eq(copies.kept["known_id"])
        copies = replace(copies, kept=copies.kept.assign(settled=copies.kept["settled"] & ~lost))
        return copies.drop(kept_id, "GP-ID-FOREIGN", value=copies.kept["known_id"], limit=matched.stranger)
    stops = Stop(matched.gone.eq(True), "GP-GONE"), Stop(matched.stranger.notna(), "GP-ID-FOREIGN", copies.kept["known_id"], matched.stranger)
    return copies.drop_first(*stops)


def _check_open(copies: Sieve, matched: Matched, sis: SisRead, how: How) -> tuple[Sieve, pd.Series]:
    """Rules over what would be written: term, category, due date, names. Settled copies pass untouched."""
    settled = copies.kept[copies.kept["settled"]]
    open_ = Sieve(copies.kept[~copies.kept["settled"]], "assignment", "transform", copies.parts)
    terms = sis.sections.sections.set_index(S)
    if how.rules.category_needs_active_term:
        begins = look_up(open_.kept[S], terms["term_start"])
        open_ = open_.drop(begins > sis.today, "GP-CATEGORY-TERM", limit=begins)
    open_, hidden = resolve_categories(open_, open_.kept[["choice", "chosen"]], sis.sections.categories, how.rules)
    if how.rules.due_date_inside == "term":
        open_ = _check_term(open_, terms)
    open_ = replace(open_, kept=open_.kept.assign(assign_date=_assign_dates(open_.kept, terms, sis.today)))
    everything = Sieve(pd.concat([settled, open_.kept]), "assignment", "transform", open_.parts)
    return _check_names(everything, matched, sis.assignments, how.rules), hidden


def _check_names(sieve: Sieve, matched: Matched, items: pd.DataFrame, rules: SisRules) -> Sieve:
    """R-6 and R-7: nothing new takes a name that stands in the SIS, and nothing that stands there is renamed to one."""
    untouched = sieve.kept["settled"]
    named_so = untouched | match_key(matched.item_name.reindex(sieve.kept.index)).eq(match_key(sieve.kept["name"]))
    sieve = drop_canvas_twins(sieve, name_rank(named_so, sieve.kept["sent"].notna()), rules)
    if rules.foreign_twin == "send_beside":
        return sieve
    kept = sieve.kept.index
    takes = ~named_so.loc[kept]
    if rules.foreign_twin == "adopt":
        takes &= matched.foreign_id.reindex(kept).isna() | matched.item_id.reindex(kept).notna()
    return drop_taken_names(sieve, standing_names(items, matched, kept[~untouched.loc[kept]]), takes)


def _check_term(sieve: Sieve, terms: pd.DataFrame) -> Sieve:
    """PS-4: the due date lies inside the section's term in the SIS, both ends included."""
    first, last = look_up(sieve.kept[S], terms["term_start"]), look_up(sieve.kept[S], terms["term_end"])
    outside = (sieve.kept["due_date"] < first) | (sieve.kept["due_date"] > last)
    return sieve.drop(
        outside, "GP-DUE-OUT-OF-TERM", value=sieve.kept["due_date"], limit=first.fillna("no start date") + " to " + last.fillna("no end date")
    )


def _assign_dates(copies: pd.DataFrame, terms: pd.DataFrame, today: str) -> pd.Series:
    """R-21: inside the term that the SIS lists. Only what is written is moved: no fingerprint holds the assign date."""
    first, last = look_up(copies[S], terms["term_start"]), look_up(copies[S], terms["term_end"])
    days = copies["assign_date"].fillna(copies["due_date"]).fillna(today)
    return assign_dates(days, copies["due_date"], first, last)


def _drop_orphans(scores: Sieve, copies: Sieve) -> Sieve:
    kept = among(scores.kept, copies.kept, [S, A])
    return scores.drop(~pd.Series(kept, index=scores.kept.index), "GP-ASSIGNMENT-WITHHELD")


def _assignment_plan(copies: pd.DataFrame, matched: Matched, how: How) -> pd.DataFrame:
    item = matched.item_id.reindex(copies.index)
    adopted = copies["adopted"] & item.notna()
    if how.rules.foreign_twin == "adopt":
        foreign = matched.foreign_id.reindex(copies.index)
        adopted |= item.isna() & foreign.notna()
        item = item.fillna(foreign)
    action = pd.Series("create", index=copies.index, dtype="str")
    action = action.mask(item.notna(), "adopt").mask(item.notna() & copies["sent"].notna(), "update").mask(copies["settled"], "none")
    lost = matched.gone.reindex(copies.index).eq(True) | matched.stranger.reindex(copies.index).notna()
    action = action.mask(lost & (action != "adopt"), "create")
    category = copies["category_id"]
    if how.rules.category_keep_filed:
        filed = matched.item_category.reindex(copies.index)
        category = filed.where(item.notna() & filed.notna(), category)
    sis_id = item.where(~copies["settled"], copies["known_id"])
    planned = copies.assign(action=action, sis_assignment_id=sis_id.where(action != "create"), category_id=category, adopted=adopted)
    return PLAN_ASSIGNMENTS.conform(planned.sort_values([S, A]).reset_index(drop=True))


def _score_plan(scores: pd.DataFrame, assignments: pd.DataFrame, how: How) -> pd.DataFrame:
    anew = assignments[assignments["action"] == "create"]
    fresh = among(scores, anew, [S, A])
    action = (
        pd.Series("update", index=scores.index, dtype="str")
        .mask(scores["settled"], "none")
        .mask(scores["known_id"].isna() & scores["sent"].isna(), "create")
    )
    action = action.mask(fresh, "create")
    planned = scores.assign(action=action, sis_score_id=scores["known_id"].where(~fresh), our_id=None)
    planned = planned.sort_values([S, A, P]).reset_index(drop=True)
    sent = planned[planned["action"] != "none"]
    planned["our_id"] = pd.Series(score_ids(how.target, sent[S], sent[A], sent[P]), index=sent.index, dtype="str")
    return PLAN_SCORES.conform(planned)


def _notes(plan: Plan, matched: Matched, hidden: pd.Series, how: How, usual: str) -> pd.DataFrame:
    """Things to tell about what goes, or has gone, all the same (B-6, G-16, IC-15). `usual`: where what has no category is filed."""
    assignments = plan.assignments
    written = assignments[assignments["action"] != "none"]
    by_key = matched.by_key
    lost = by_key(matched.gone.eq(True) | matched.stranger.notna())
    parts = [withhold(written[written["action"].eq("create") & among(written, lost, [S, A])], "assignment", "GP-RECREATED", "transform")]
    if how.rules.trash_can:
        met = pd.concat([part.loc[part["action"] != "none", [S, A]] for part in (assignments, plan.scores)])
        trashed = assignments[among(assignments, by_key(matched.trashed), [S, A]) & among(assignments, met, [S, A])]
        parts.append(withhold(trashed, "assignment", "GN-TRASH", "transform", value=trashed["name"]))
    if how.rules.category == "uncategorized" and not usual:
        bare = written[written["category_id"].isna() & written["action"].isin(["create", "adopt"])]
        parts.append(withhold(bare, "assignment", "IC-UNCATEGORIZED", "transform"))
    value = beside(written, matched.copies.loc[hidden.index].assign(value=hidden), [S, A], ["value"])["value"]
    parts.append(withhold(written[value.notna()], "assignment", "GP-CATEGORY-HIDDEN", "transform", value=value.dropna()))
    return join_withheld(*parts)


def _merge_warning(given: pd.DataFrame, assignments: pd.DataFrame, rules: SisRules) -> pd.DataFrame:
    """G-17: before the first sync of a course with several sections, for whether they are merged in the SIS cannot be read.

    `given` are the copies with and without scores: the sections whose scores come later would not be warned about any more.
    """
    if rules.merged_gradebooks != "warn":
        return WITHHELD.empty()
    sections = given.groupby("canvas_course_id")[S].nunique()
    new = assignments["action"].eq("create").groupby(assignments["canvas_course_id"]).all()
    courses = sorted(set(sections.index[sections > 1]) & set(new.index[new]))
    return withhold(pd.DataFrame({"canvas_course_id": courses}), "course", "GP-MERGED", "transform")


def empty_read(today: str) -> SisRead:
    """What is known of a SIS that nobody had to ask."""
    return SisRead(SectionsRead(SIS_SECTIONS.empty(), SIS_STUDENTS.empty(), SIS_CATEGORIES.empty()), SIS_ASSIGNMENTS.empty(), today)
