"""Everything that a reconcile compares, in one value, and the keys under which it finds each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from include.gradebook.among import beside
from include.gradebook.filtering import CanvasRead, Filtered
from include.gradebook.rules import SisRules
from include.gradebook.sieve import look_up
from include.sync.draft import A, Draft, P, S, Standing
from include.sync.leftovers import Leftovers, present_assignments
from include.sync.matching import Matched, match_items
from include.sync.plan import Resolved, SisRead

U = "canvas_user_id"
_SAID = ["kind", S, A, U, "reason_code"]
NOT_ASKED = ("GP-NOT-CHOSEN", "GP-SECTION-NOT-CHOSEN")


@dataclass(frozen=True)
class Held:
    """What the SIS holds: assignments of `read`, SIS_SCORES of ours, and the sections of which either could not be read, with code and cause."""

    read: SisRead
    scores: pd.DataFrame
    unread: Mapping[str, tuple[str, str]]
    unread_scores: Mapping[str, tuple[str, str]]

    def why_unread(self, sections: pd.Series) -> pd.DataFrame:
        """`code` and `told` beside SIS sections: why they could not be read; empty for the others."""
        found = {**self.unread_scores, **self.unread}
        facts = (pd.Series({section: why[place] for section, why in found.items()}, dtype="str") for place in (0, 1))
        code, told = (look_up(sections, fact) for fact in facts)
        return pd.DataFrame({"code": code, "told": told})


@dataclass(frozen=True)
class Case:
    """Canvas, the ledger and the SIS side by side. `drafted` has everything open, `resolved` is the plan that would send all of it,
    `leftovers` what was sent and is gone from Canvas."""

    canvas: CanvasRead
    filtered: Filtered
    standing: Standing
    drafted: Draft
    resolved: Resolved
    leftovers: Leftovers
    held: Held
    rules: SisRules

    @cached_property
    def items(self) -> pd.DataFrame:
        """SIS_ASSIGNMENTS that count: trashed ones only where the SIS has a trash can."""
        found = self.held.read.assignments
        return found if self.rules.trash_can else found[found["state"] == "active"]

    @cached_property
    def matched(self) -> Matched:
        """Which item is which copy."""
        return match_items(self.drafted.copies, self.items, self.held.read.read)

    @cached_property
    def present(self) -> set[str]:
        """Assignments that Canvas still has, sent or withheld."""
        return present_assignments(self.filtered)

    @cached_property
    def forbidden(self) -> pd.Series:
        """(SIS section, assignment) → the reason for which the plan withholds a copy; without entries for what may be sent."""
        rows = self.resolved.withheld
        return _first(rows[(rows["kind"] == "assignment") & rows[S].notna()], [S, A])

    @cached_property
    def forbidden_scores(self) -> pd.Series:
        """(SIS section, assignment, Canvas user) → the reason for which a score is withheld, whether by Canvas's side or the SIS's."""
        rows = pd.concat([self.filtered.withheld, self.resolved.withheld])
        rows = rows[rows["kind"] == "grade"]
        return _first(rows.assign(**{S: rows[S].fillna(look_up(rows["canvas_section_id"], self.section_of))}), [S, A, U])

    @cached_property
    def held_back(self) -> pd.Series:
        """(SIS section, assignment) → the reason for which the filter withholds a copy; an assignment's own reason holds in every section."""
        rows = self.filtered.withheld
        rows = rows[rows["kind"] == "assignment"]
        whole = rows[rows["canvas_section_id"].isna()].merge(
            self.filtered.sections[["canvas_course_id", S]], on="canvas_course_id", suffixes=("_", "")
        )
        named = rows.assign(**{S: rows[S].fillna(look_up(rows["canvas_section_id"], self.section_of))})
        return _first(pd.concat([named[named[S].notna()], whole]), [S, A])

    @cached_property
    def _said(self) -> pd.DataFrame:
        """`value` and `limit` of what is withheld or noted, by `_SAID`; what holds for a whole course stands under each of its sections."""
        rows = pd.concat([self.filtered.withheld, self.resolved.withheld, self.resolved.notes], ignore_index=True)
        rows = rows.assign(**{S: rows[S].fillna(look_up(rows["canvas_section_id"], self.section_of))})
        whole = rows[rows[S].isna()].drop(columns=S).merge(self.filtered.sections[["canvas_course_id", S]], on="canvas_course_id")
        known = pd.concat([rows[rows[S].notna()], whole])[[*_SAID, "value", "limit"]].fillna("")
        return known.drop_duplicates(_SAID).set_index(_SAID)

    def in_words(self, verdicts: pd.DataFrame) -> pd.DataFrame:
        """The verdicts with the value and the limit that their reasons speak of, as far as they are known (F-5)."""
        asked = verdicts[_SAID].fillna("")
        told = {name: at(self._said[name], asked, *_SAID) for name in ("value", "limit")}
        unread = self.held.why_unread(verdicts[S])["told"]
        names = at(self.items.drop_duplicates([S, "sis_assignment_id"]).set_index([S, "sis_assignment_id"])["name"], verdicts, S, "sis_assignment_id")
        own = names.where(verdicts["kind"].eq("assignment") & verdicts["reason_code"].notna())
        told["value"] = told["value"].mask(verdicts["verdict"].eq("not readable"), unread).fillna(own)
        wrong = beside(verdicts, self.leftovers.misfiled, [S, A, P], ["value", "limit"])  # its note names the Canvas user of then
        changed = verdicts["reason_code"].eq("GP-STUDENT-CHANGED")
        told = {name: text.mask(changed, wrong[name]) for name, text in told.items()}
        return verdicts.assign(**told)

    @cached_property
    def section_of(self) -> pd.Series:
        """Canvas section → SIS section."""
        return self.filtered.sections.set_index("canvas_section_id")[S]

    @cached_property
    def places(self) -> pd.DataFrame:
        """SIS section → canvas_course_id, canvas_section_id."""
        return self.filtered.sections.drop_duplicates(S).set_index(S)[["canvas_course_id", "canvas_section_id"]]


def keys(rows: pd.DataFrame, *names: str) -> pd.MultiIndex:
    """These columns as keys to look up with."""
    return pd.MultiIndex.from_frame(rows[list(names)])


def at(facts: pd.Series, rows: pd.DataFrame, *names: str) -> pd.Series:
    """The fact of each row under these key columns, null where there is none."""
    return pd.Series(facts.reindex(keys(rows, *names)).array, index=rows.index)


def _first(rows: pd.DataFrame, key: list[str]) -> pd.Series:
    return rows.drop_duplicates(key).set_index(key)["reason_code"]
