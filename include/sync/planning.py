"""From what is filtered to what is to be done in the SIS: beside the ledger, with people's choices, after a look at the SIS where something is open.

A night, a second round of its load, a reconcile and the pages plan alike, by these functions.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from include.gradebook.categories import wanted_categories
from include.gradebook.filtering import CanvasRead, Filtered
from include.gradebook.filtering import filter_rows as apply_rules
from include.gradebook.sieve import join_withheld, look_up
from include.run_folder import RunFolder
from include.sis.contract import SisClient
from include.sync import binding, outage, seen, state
from include.sync.choices import choices
from include.sync.doubts import read as doubts_of
from include.sync.doubts import unsure
from include.sync.draft import Draft, S, Standing, draft
from include.sync.handover import load_canvas
from include.sync.leftovers import add_leftovers, find_leftovers, settle_excuses
from include.sync.plan import Resolved, SisRead, resolve
from include.sync.restored import restored
from include.sync.rivals import drop_rivals
from include.sync.run import Run
from include.sync.sis_read import incomplete_lists, read_sis, with_known_scores


def planned(run: Run, folder: RunFolder, sis: SisClient, filtered: Filtered, whole: Filtered) -> Resolved:
    """The plan for what is `filtered`, which may be some sections of the `whole` batch."""
    standing = unsure(standing_of(run, filtered), doubts_about(run, filtered))
    if run.assignments:
        filtered = without_rivals(run, load_canvas(folder), filtered, standing)
    drafted = drafted_of(run, filtered, standing, folder_groups=folder.read_frame("canvas/groups"))
    leftovers = find_leftovers(whole, standing, run.assignments)
    sections = sorted({*drafted.sections_to_read, *leftovers.removal_sections(run.rules)})
    with outage.heeding(run, sis):
        read, drafted, unread = read_sis(sis, drafted, run.today, sections)
    engine = state.engine(run.district.state)
    refuse_restored(run, own_rows(standing, filtered), read)
    read = replace(read, sections=seen.with_chosen(engine, run.target, read.sections))
    seen.note_classes(engine, run.target, read.sections, run.now)
    resolved = resolve(drafted, read, run.how)
    notes = join_withheld(resolved.notes, incomplete_lists(drafted, read.sections))
    resolved = replace(resolved, withheld=join_withheld(filtered.withheld, unread, resolved.withheld), notes=notes)
    resolved = settle_excuses(add_leftovers(resolved, leftovers, whole, run.rules, read), leftovers.exempt, whole)
    return with_known_scores(sis, resolved, drafted)


def own_rows(standing: Standing, filtered: Filtered) -> Standing:
    """Without what was sent for another course: a SIS that uses a section's ID again next year begins without last year's items."""
    course = filtered.sections.drop_duplicates(S).set_index(S)["canvas_course_id"]
    rows = standing.assignments
    return replace(standing, assignments=rows[rows["canvas_course_id"] == look_up(rows[S], course)])


def refuse_restored(run: Run, standing: Standing, read: SisRead) -> None:
    """Raise WrongSisError where the SIS shows that it was restored to an earlier state, and let no other run write until somebody decides (I-4)."""
    known = binding.binding(state.engine(run.district.state), run.target)
    trouble = restored(standing, read, known.bound_at) if known else ""
    if trouble:
        raise binding.suspend(run, trouble)


def doubts_about(run: Run, filtered: Filtered) -> pd.DataFrame:
    """What of these sections the SIS may hold, and nobody knows for sure (frame DOUBTS)."""
    return doubts_of(state.engine(run.district.state), run.target, set(filtered.sections["sis_section_id"]), run.run_id)


def without_rivals(run: Run, canvas: CanvasRead, filtered: Filtered, standing: Standing) -> Filtered:
    """Of chosen assignments those that may go beside the ones that were not chosen."""
    if not run.assignments:
        return filtered
    return drop_rivals(filtered, apply_rules(canvas, replace(run, assignments=()).policy()), standing, run.rules)


def standing_of(run: Run, filtered: Filtered) -> Standing:
    """What the ledger knows of the kept sections."""
    sections = sorted(set(filtered.sections["sis_section_id"]))
    return Standing(run.ledger.assignments(sections), run.ledger.scores(sections))


def drafted_of(run: Run, filtered: Filtered, standing: Standing, folder_groups: pd.DataFrame) -> Draft:
    """The desired gradebook beside the ledger, with people's choices of categories."""
    chosen = choices(state.engine(run.district.state), run.target, sorted(set(filtered.copies["sis_section_id"])))
    wanted = wanted_categories(filtered.copies, chosen, folder_groups, run.rules)
    return draft(filtered.copies, filtered.scores, wanted, standing, run.how)
