"""Asking the SIS about the sections in which something is open: as few requests as possible, one bad section never spoils the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import pandas as pd

from include.errors import SourceError
from include.gradebook.among import beside
from include.gradebook.schemas import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_SCORES, SIS_SECTIONS, SIS_STUDENTS
from include.gradebook.sieve import join_withheld, withhold
from include.sis.contract import SectionsRead, SisClient
from include.sync.draft import A, Draft, P, S
from include.sync.plan import Plan, Resolved, SisRead

_Rows = TypeVar("_Rows", Draft, Plan)


def read_sis(client: SisClient, drafted: Draft, today: str, sections: Sequence[str] | None = None) -> tuple[SisRead, Draft, pd.DataFrame]:
    """(what the SIS holds in the open sections, the draft without sections that could not be read, WITHHELD rows for those).

    `sections` reads these instead of the open ones.
    """
    sections = drafted.sections_to_read if sections is None else list(sections)
    parts, unread = _read(client, sections)
    read = SisRead(
        SectionsRead(
            _joined(SIS_SECTIONS.empty(), [part[0].sections for part in parts]),
            _joined(SIS_STUDENTS.empty(), [part[0].students for part in parts]),
            _joined(SIS_CATEGORIES.empty(), [part[0].categories for part in parts]),
        ),
        _joined(SIS_ASSIGNMENTS.empty(), [part[1] for part in parts]),
        today,
    )
    rest, withheld = _without(drafted, unread)
    return read, rest, withheld


def with_known_scores(client: SisClient, resolved: Resolved, drafted: Draft) -> Resolved:
    """The plan with the IDs that its scores have in the SIS: those of adopted assignments, those whose outcome is unknown (F-4, F-10), and where the
    SIS chooses the IDs, every known one: after a restore it can be the ID of another student's score (I-2, I-5).

    A section whose scores cannot be read is withheld: what may stand there already is not sent blindly, and its neighbours go.
    """
    plan = resolved.plan
    adopted = plan.assignments.loc[plan.assignments["action"] == "adopt", [S, A]]
    unsure = drafted.scores.loc[(drafted.scores["outcome"] == "unknown") & drafted.scores["known_id"].isna(), [S, A]]
    known_ids = plan.scores["action"].isin(["update", "clear"]) & plan.scores["sis_score_id"].notna() & ("grade" in client.allocates)
    asked = pd.concat([adopted, unsure, plan.scores.loc[known_ids, [S, A]]]).drop_duplicates()
    items = asked.merge(plan.assignments[[S, A, "sis_assignment_id"]].dropna(), on=[S, A])
    if items.empty:
        return resolved
    parts, unread = _scores(client, items)
    plan, withheld = _without(plan, unread)
    known_ids = known_ids.reindex(plan.scores.index)
    known = _joined(SIS_SCORES.empty(), parts).merge(items, on=[S, "sis_assignment_id"])[[S, A, P, "sis_score_id"]]
    found_id = beside(plan.scores, known.rename(columns={"sis_score_id": "found_id"}), [S, A, P], ["found_id"])["found_id"]
    stands = found_id.notna() & (plan.scores["action"] != "none")
    sis_id = plan.scores["sis_score_id"].where(~stands & ~known_ids, found_id)
    clears = plan.scores["action"].eq("clear")
    action = plan.scores["action"].mask(known_ids & found_id.isna() & ~clears, "create").mask(stands & ~clears, "update")
    plan = replace(plan, scores=plan.scores.assign(sis_score_id=sis_id, action=action))
    return replace(resolved, plan=plan, withheld=join_withheld(resolved.withheld, withheld))


def _scores(client: SisClient, items: pd.DataFrame) -> tuple[list[pd.DataFrame], dict[str, str]]:
    """SIS_SCORES of these assignments (S, sis_assignment_id), and the sections whose scores cannot be read, with the reason."""
    parts, unread = [], {}
    for section, rows in items.groupby(S):
        try:
            parts.append(client.read_scores(str(section), list(rows["sis_assignment_id"])))
        except SourceError as error:
            unread[str(section)] = error.told
    return parts, unread


def _without(drafted: _Rows, unread: Mapping[str, str]) -> tuple[_Rows, pd.DataFrame]:
    """The draft, or the plan, without the sections that could not be read, and WITHHELD rows for those."""
    copies_name = "copies" if isinstance(drafted, Draft) else "assignments"
    copies, scores = getattr(drafted, copies_name), drafted.scores
    lost, lost_scores = copies[copies[S].isin(unread)], scores[scores[S].isin(unread)]
    told = lost.drop_duplicates(S)[["canvas_course_id", "canvas_section_id", S]]
    withheld = join_withheld(
        withhold(told, "section", "SIS-UNREADABLE", "transform", value=told[S].map(dict(unread))),
        withhold(lost, "assignment", "GP-SECTION-WITHHELD", "transform"),
        withhold(lost_scores, "grade", "GP-SECTION-WITHHELD", "transform"),
    )
    return replace(drafted, **{copies_name: copies.drop(index=lost.index), "scores": scores.drop(index=lost_scores.index)}), withheld


def _read(client: SisClient, sections: list[str]) -> tuple[list[tuple[SectionsRead, pd.DataFrame]], dict[str, str]]:
    """All at once; where that fails for what the SIS answered, section by section, to find the one at fault."""
    if not sections:
        return [], {}
    try:
        return [_read_together(client, sections)], {}
    except SourceError as error:
        if len(sections) == 1:
            return [], {sections[0]: error.told}
    parts: list[tuple[SectionsRead, pd.DataFrame]] = []
    unread: dict[str, str] = {}
    for section in sections:
        part, failed = _read(client, [section])
        parts += part
        unread |= failed
    return parts, unread


def _read_together(client: SisClient, sections: list[str]) -> tuple[SectionsRead, pd.DataFrame]:
    read = client.read_sections(sections)
    known = set(read.sections.loc[read.sections["found"], S])
    return read, client.read_assignments([section for section in sections if section in known])


def _joined(empty: pd.DataFrame, parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty
