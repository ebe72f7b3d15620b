"""Asking the SIS about the sections in which something is open: as few requests as possible, one bad section never spoils the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import pandas as pd

from include.gradebook.among import among, beside
from include.gradebook.schemas import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_SCORES, SIS_SECTIONS, SIS_STUDENTS
from include.gradebook.sieve import join_withheld, withhold
from include.sis.contract import SectionsRead, SisClient
from include.sync.draft import A, Draft, P, S
from include.sync.plan import Plan, Resolved, SisRead
from include.sync.section_errors import Unread, raise_if_connection, unread

_Rows = TypeVar("_Rows", Draft, Plan)

_PATIENCE = 3
"""Sections in a row that may fail before anything was read; after that the connection is at fault."""


def read_sis(client: SisClient, drafted: Draft, today: str, sections: Sequence[str] | None = None) -> tuple[SisRead, Draft, pd.DataFrame]:
    """(what the SIS holds in the open sections, the draft without sections that could not be read, WITHHELD rows for those).

    `sections` reads these instead of the open ones.
    """
    sections = drafted.sections_to_read if sections is None else list(sections)
    found = _Found()
    _read(client, sections, found)
    if not found.parts:
        raise_if_connection(client, found.unread.values())
    rest, withheld = _without(drafted, found.unread)
    return SisRead(found.sections, _joined(SIS_ASSIGNMENTS.empty(), [part[1] for part in found.parts]), today), rest, withheld


def incomplete_lists(drafted: Draft, read: SectionsRead) -> pd.DataFrame:
    """Return notes (WITHHELD rows) about sections in whose roster or categories some rows cannot be read (I-7)."""
    sections = drafted.copies.drop_duplicates(S)[["canvas_course_id", "canvas_section_id", S]]
    lists = (read.incomplete_rosters, read.incomplete_categories)
    hit = [sections[sections[S].isin(wrong)] for wrong in lists]
    return join_withheld(
        *(
            withhold(rows, "section", "SIS-ROWS-UNREADABLE", "transform", value=rows[S].map(dict(wrong)))
            for rows, wrong in zip(hit, lists, strict=True)
        )
    )


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
    parts, lost = read_scores(client, items)
    plan, withheld = _without(plan, lost)
    known_ids = (known_ids & among(resolved.plan.scores, items, [S, A])).reindex(plan.scores.index)
    known = _joined(SIS_SCORES.empty(), parts).merge(items, on=[S, "sis_assignment_id"])[[S, A, P, "sis_score_id"]]
    found_id = beside(plan.scores, known.rename(columns={"sis_score_id": "found_id"}), [S, A, P], ["found_id"])["found_id"]
    stands = found_id.notna() & (plan.scores["action"] != "none")
    sis_id = plan.scores["sis_score_id"].where(~stands & ~known_ids, found_id)
    clears = plan.scores["action"].eq("clear")
    action = plan.scores["action"].mask(known_ids & found_id.isna() & ~clears, "create").mask(stands & ~clears, "update")
    our_id = plan.scores["our_id"].mask(known_ids & found_id.isna() & clears)  # neither ID: nothing is left to clear
    plan = replace(plan, scores=plan.scores.assign(sis_score_id=sis_id, action=action, our_id=our_id))
    return replace(resolved, plan=plan, withheld=join_withheld(resolved.withheld, withheld))


def read_scores(client: SisClient, items: pd.DataFrame) -> tuple[list[pd.DataFrame], dict[str, Unread]]:
    """SIS_SCORES of these assignments (S, sis_assignment_id), and the sections whose scores cannot be read, with the reason."""
    parts, lost = [], {}
    for section, rows in items.groupby(S):
        try:
            parts.append(client.read_scores(str(section), list(rows["sis_assignment_id"])))
        except Exception as error:  # what it is decides whose it is: one section's, or everyone's, which is raised again
            lost[str(section)] = unread(error)
    if not parts:
        raise_if_connection(client, lost.values())
    return parts, lost


def _without(drafted: _Rows, unread: Mapping[str, Unread]) -> tuple[_Rows, pd.DataFrame]:
    """The draft, or the plan, without the sections that could not be read, and WITHHELD rows for those."""
    copies_name = "copies" if isinstance(drafted, Draft) else "assignments"
    copies, scores = getattr(drafted, copies_name), drafted.scores
    lost, lost_scores = copies[copies[S].isin(unread)], scores[scores[S].isin(unread)]
    told = lost.drop_duplicates(S)[["canvas_course_id", "canvas_section_id", S]]
    codes, words = ({section: getattr(one, name) for section, one in unread.items()} for name in ("code", "told"))
    withheld = join_withheld(
        *(withhold(rows, "section", str(code), "transform", value=rows[S].map(words)) for code, rows in told.groupby(told[S].map(codes))),
        withhold(lost, "assignment", "GP-SECTION-WITHHELD", "transform"),
        withhold(lost_scores, "grade", "GP-SECTION-WITHHELD", "transform"),
    )
    return replace(drafted, **{copies_name: copies.drop(index=lost.index), "scores": scores.drop(index=lost_scores.index)}), withheld


@dataclass
class _Found:
    """What could be read so far, in parts, and the sections that could not, each with the reason."""

    parts: list[tuple[SectionsRead, pd.DataFrame]] = field(default_factory=list)
    unread: dict[str, Unread] = field(default_factory=dict)

    @property
    def sections(self) -> SectionsRead:
        """All parts as one."""
        read = [part[0] for part in self.parts]
        return SectionsRead(
            _joined(SIS_SECTIONS.empty(), [one.sections for one in read]),
            _joined(SIS_STUDENTS.empty(), [one.students for one in read]),
            _joined(SIS_CATEGORIES.empty(), [one.categories for one in read]),
            {section: why for one in read for section, why in one.incomplete_rosters.items()},
            {section: why for one in read for section, why in one.incomplete_categories.items()},
            next((one.usual_category for one in read), ""),
        )


def _read(client: SisClient, sections: Sequence[str], found: _Found) -> None:
    """Read all at once; where that fails, by halves, until the sections at fault are found (I-7)."""
    if not sections:
        return
    try:
        found.parts.append(_read_together(client, sections))
        return
    except Exception as error:  # what it is decides whose it is: one section's, or everyone's, which is raised again
        wrong = unread(error)
    if len(sections) > 1:
        half = len(sections) // 2
        _read(client, sections[:half], found)
        _read(client, sections[half:], found)
        return
    found.unread[sections[0]] = wrong
    if not found.parts and len(found.unread) >= _PATIENCE:
        raise_if_connection(client, found.unread.values())


def _read_together(client: SisClient, sections: Sequence[str]) -> tuple[SectionsRead, pd.DataFrame]:
    read = client.read_sections(sections)
    known = set(read.sections.loc[read.sections["found"], S])
    return read, client.read_assignments([section for section in sections if section in known])


def _joined(empty: pd.DataFrame, parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty
