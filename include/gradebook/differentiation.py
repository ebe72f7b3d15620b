"""Who an assignment is given to and when it is due, per section (A-4, A-17; table C rows 4 to 7; R-1, R-2).

Facts first, rule second: `audience` tells for every (assignment, section) what Canvas says, `differentiation_codes` judges
that by the SIS's rule table.
"""

from __future__ import annotations

import pandas as pd

from include.gradebook.among import beside
from include.gradebook.rules import SisRules
from include.gradebook.sieve import look_up

_A = "canvas_assignment_id"
_S = "canvas_section_id"


def audience(pairs: pd.DataFrame, overrides: pd.DataFrame, sections: pd.DataFrame, rules: SisRules) -> pd.DataFrame:
    """One row per row of `pairs` (ASSIGNMENTS columns + canvas_section_id), same index.

    Columns: due_at (UTC; null: none), assigned, named (the section has its own override), unassigned, everyone (Everyone or Everyone Else is
    assigned), everyone_due (UTC), everyone_needed (some active section has no override of its own), sections_named, individuals, mastery.
    `sections` are all active sections of the courses, hand-made ones included: R-2 counts them.
    """
    counted = _counting(overrides, pairs, rules)
    out = pairs[[_A, _S, "canvas_course_id", "due_at", "only_visible_to_overrides"]].rename(columns={"due_at": "base_due"})
    out = _add_everyone(out, counted)
    own = counted[(counted["kind"] == "section") & counted[_S].isin(sections[_S])].drop_duplicates([_A, _S])
    out = out.assign(**beside(out, own.rename(columns={"due_at": "own_due"}), [_A, _S], ["own_due", "due_set", "unassign"]))
    has_own = out["unassign"].notna()
    out["unassigned"] = out["unassign"].eq(True)
    out["named"] = has_own & ~out["unassigned"]
    own_due = out["own_due"].where(out["due_set"].eq(True), out["base_due"])
    out["due_at"] = out["everyone_due"].where(~out["named"], own_due)
    out["assigned"] = out["named"] | (out["everyone"] & ~out["unassigned"])
    assignment = out[_A]
    out["sections_named"] = assignment.isin(own.loc[~own["unassign"], _A])
    out["any_unassigned"] = assignment.isin(own.loc[own["unassign"], _A])
    overridden = own.groupby(_A)[_S].nunique()
    active = sections.groupby("canvas_course_id")[_S].nunique()
    out["everyone_needed"] = look_up(assignment, overridden).fillna(0) < look_up(out["canvas_course_id"], active).fillna(0)
    out["individuals"] = assignment.isin(counted.loc[counted["kind"].isin(["student", "group", "module"]), _A])
    out["mastery"] = assignment.isin(overrides.loc[overrides["kind"] == "mastery_path", _A])
    return out


def differentiation_codes(who: pd.DataFrame, rules: SisRules) -> pd.Series:
    """A reason code where the rule table withholds the copy, null where it goes (frame of `audience`, same index)."""
    codes = pd.Series(None, index=who.index, dtype="str")

    def stop(which: pd.Series, code: str) -> None:
        codes[which & codes.isna()] = code

    if rules.mastery_paths == "withhold":
        stop(who["mastery"], "GP-DIFF-MASTERY")
    if rules.individuals == "withhold":
        stop(who["individuals"], "GP-DIFF-INDIVIDUALS")
    stop(who["unassigned"], "GP-NOT-ASSIGNED")
    lacks_everyone = who["sections_named"] & who["everyone_needed"]
    if rules.sections_named == "withhold":
        stop(who["sections_named"] | who["any_unassigned"], "GP-DIFF-SECTIONS")
    elif rules.sections_named == "need_everyone":
        stop(lacks_everyone & ~who["everyone"], "GP-DIFF-EVERYONE")
    elif rules.sections_named == "send_named":
        stop(lacks_everyone & (~who["everyone"] | who["everyone_due"].isna()), "GP-DUE-EVERYONE")
        stop(who["sections_named"] & ~who["named"], "GP-DIFF-NOT-NAMED")
    stop(~who["assigned"] & who["sections_named"], "GP-DIFF-NOT-NAMED")
    stop(~who["assigned"] & who["mastery"], "GP-DIFF-ONLY-MASTERY")
    stop(~who["assigned"] & who["individuals"], "GP-DIFF-ONLY-INDIVIDUALS")
    stop(~who["assigned"], "GP-NOT-ASSIGNED")
    if rules.due_date_required:
        stop(who["due_at"].isna(), "GP-DUE-MISSING")
    return codes


def _add_everyone(out: pd.DataFrame, overrides: pd.DataFrame) -> pd.DataFrame:
    """Everyone is the base date, or a course-wide override, which counts as Everyone (R-2)."""
    course = overrides[(overrides["kind"] == "course") & ~overrides["unassign"]].drop_duplicates(_A).set_index(_A)
    has_course = out[_A].isin(course.index)
    course_due = look_up(out[_A], course["due_at"]).where(look_up(out[_A], course["due_set"]).eq(True), out["base_due"])
    everyone = ~out["only_visible_to_overrides"] | has_course
    due = out["base_due"].where(~has_course, course_due)
    return out.assign(everyone=everyone, everyone_due=due.where(everyone))


def _counting(overrides: pd.DataFrame, pairs: pd.DataFrame, rules: SisRules) -> pd.DataFrame:
    """The overrides that the SIS's rule looks at: all, or those that change a due date or who sees the assignment (R-2, Infinite Campus)."""
    if rules.overrides_that_count == "any" or overrides.empty:
        return overrides
    facts = pairs.drop_duplicates(_A).set_index(_A)
    base = look_up(overrides[_A], facts["due_at"])
    hidden = look_up(overrides[_A], facts["only_visible_to_overrides"]).eq(True)
    same = (overrides["due_at"] == base) | (overrides["due_at"].isna() & base.isna())
    return overrides[(overrides["due_set"] & ~same) | overrides["unassign"] | hidden | (overrides["kind"] == "course")]
