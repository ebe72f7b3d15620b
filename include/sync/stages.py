"""The stages of a run, in the order in which they are called: choose, then for every batch extract, filter, transform, validate, load,
publish; then close (in `close.py`).

Each is what one Airflow task does. Rows travel in the run folder, only names and counts are returned. One batch that fails stops no
other (invariant 5).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pandas as pd

from include.canvas.client import CanvasClient
from include.canvas.extract import extract as read_canvas
from include.gradebook.courses import keep_courses
from include.gradebook.empty import empty_courses
from include.gradebook.filtering import Filtered
from include.gradebook.filtering import filter_rows as apply_rules
from include.gradebook.schemas import COURSES, RECEIPTS
from include.gradebook.sieve import join_withheld
from include.run_folder import RunFolder
from include.sis.contract import SisClient
from include.sync import binding, contracts, history, leases, mappings, seen, state, valve, waiting
from include.sync.again import only, part_of, readable, renewed
from include.sync.artifacts import Told, tables
from include.sync.asked import refuse_emptiness, refuse_nothing, refuse_unknown
from include.sync.batches import in_batches
from include.sync.handover import load_canvas, load_filtered, load_resolved, save_filtered, save_resolved, telling
from include.sync.heartbeat import SURE
from include.sync.idle import drop_idle
from include.sync.isolation import canvas_of, filtered_of, isolated, unfiltered, unplanned
from include.sync.kept_reads import built_on, listings, mistrust, with_listing
from include.sync.leases import Lease, LeaseLostError, OtherTryError
from include.sync.plan import Resolved
from include.sync.planning import doubts_about, planned, standing_of
from include.sync.renaming import check_name
from include.sync.rivals import leave_out
from include.sync.run import Run
from include.sync.run_identity import own_batch, own_folder
from include.sync.section_survey import survey
from include.sync.sending import DOUBTS, make_good, send
from include.sync.table_files import write_tables

Counts = dict[str, int]


def choose(run: Run, canvas: CanvasClient) -> list[str]:
    """List the target's courses, keep those that take part, cut them into batches; the batches' names."""
    work = own_folder(run).child("work")
    with telling(work, "choose"):
        check_name(run.district, run.config)
        history.start(state.engine(run.district.state), run, COURSES.empty())
        found, synced = listings(run, canvas)
        if not run.courses:
            refuse_emptiness(run.config, found)
        refuse_unknown(run, found, canvas)
        seen.note_courses(state.engine(run.district.state), run.config, found, run.now, whole=not run.courses)
        sieve = keep_courses(found, run.selection())
        sieve = drop_idle(run, sieve, synced)
        refuse_nothing(run, sieve.kept, sieve.withheld)
        survey(run, canvas, found, sieve)
        batches = {f"batch-{number:03d}": ids for number, ids in enumerate(in_batches(sieve.kept, run.config.batch_work))}
        work.write_frame("courses", with_listing(sieve.kept, synced))
        work.write_frame("withheld", sieve.withheld)
        work.write_json("batches", batches)
        history.start(state.engine(run.district.state), run, sieve.kept)
        return list(batches)


def extract(run: Run, batch: str, canvas: CanvasClient) -> Counts:
    """Read the batch's courses from Canvas: raw answers and typed frames."""
    folder = own_batch(run, batch)
    with telling(folder, "extract"):
        history.reach(state.engine(run.district.state), run, "extract")
        courses = run.folder.read_frame("work/courses")
        chosen = courses[courses["canvas_course_id"].isin(run.batches()[batch])]
        how = built_on(run, canvas.base, chosen)
        frames = read_canvas(canvas, chosen, folder.child("raw"), run.rules.send_comments, how)
        frames.save(folder.child("canvas"))
        return frames.counts()


def filter_rows(run: Run, batch: str) -> Counts:
    """Apply every rule that needs Canvas and the rule table only."""
    folder = own_batch(run, batch)
    with telling(folder, "filter"):
        canvas = load_canvas(folder)
        filtered, failed = isolated(lambda part: apply_rules(part, run.policy()), canvas, canvas_of, list(canvas.courses["canvas_course_id"]))
        if failed:
            filtered = replace(filtered, withheld=join_withheld(filtered.withheld, unfiltered(canvas, failed)))
        save_filtered(folder, filtered)
        read = list(canvas.courses.loc[canvas.courses["complete"], "canvas_course_id"])
        mappings.note_sections(run, canvas.sections, read, canvas.problems)
        mappings.note_students(run, canvas, read)
        seen.note_contents(state.engine(run.district.state), run.config, read, canvas.sections, canvas.groups)
        return {name: len(getattr(filtered, name)) for name in ("sections", "copies", "scores", "withheld")}


def transform(run: Run, batch: str, sis: SisClient) -> Counts:
    """Compare with the ledger, ask the SIS about the sections in which something is open, and make the plan."""
    folder = own_batch(run, batch)
    with telling(folder, "transform"):
        history.reach(state.engine(run.district.state), run, "transform")
        binding.check(run, sis)
        filtered = held(run, folder)
        with leases.freed_on_failure(run, _leased(folder)):
            return _planned(run, folder, sis, filtered)


def _planned(run: Run, folder: RunFolder, sis: SisClient, filtered: Filtered) -> Counts:
    """Make the plan; a course at which Grade Sync fails is withheld (I-7)."""
    found = doubts_about(run, filtered)
    if len(found) or folder.exists(DOUBTS):
        folder.write_frame(DOUBTS, found)
    courses = sorted(set(filtered.sections["canvas_course_id"]))
    resolved, failed = isolated(lambda part: planned(run, folder, sis, part, part), filtered, filtered_of, courses)
    if failed:
        lost = unplanned(filtered, failed)
        good = filtered_of(filtered, [course for course in courses if course not in failed])
        save_filtered(folder, replace(good, withheld=join_withheld(filtered.withheld, lost)))
        resolved = replace(resolved, withheld=join_withheld(resolved.withheld, lost))
    resolved = replace(resolved, notes=join_withheld(resolved.notes, mappings.abandoned(run, courses)))
    save_resolved(folder, "planned", resolved)
    return resolved.plan.counts()


def transform_again(run: Run, batch: str, sis: SisClient, sections: Sequence[str], receipts: pd.DataFrame) -> Resolved:
    """The checked plan anew for these SIS sections, looked up as ever: some of what was sent there got no answer (RECEIPTS so far)."""
    folder = run.batch_folder(batch)
    filtered = load_filtered(folder)
    anew = contracts.split(planned(run, folder, sis, part_of(filtered, sections), filtered))
    sections = readable(anew, sections)
    resolved = renewed(load_resolved(folder, "valid"), replace(anew, plan=only(anew.plan, sections)), filtered, sections, receipts)
    save_resolved(folder, "valid", resolved)
    return Resolved(only(resolved.plan, sections), resolved.withheld, resolved.notes)


def validate(run: Run, batch: str) -> Counts:
    """Rows that break their contract are withheld, courses that would change too much are held back, in a preview told (F-8)."""
    folder = own_batch(run, batch)
    with telling(folder, "validate"), leases.freed_on_failure(run, _leased(folder)):
        resolved = contracts.split(load_resolved(folder, "planned"))
        resolved, refused = valve.held_back(run, folder, resolved, standing_of(run, load_filtered(folder)))
        save_resolved(folder, "valid", resolved)
        return {**resolved.plan.counts(), "courses stopped by the safety limit": refused}


def load(run: Run, batch: str, sis: SisClient, plan: Callable[[Run, str, SisClient], Counts] = transform) -> Counts:
    """Send what the plan says, unless it is a preview. OtherTryError when a later try of the same run does it by now (A-22).

    A run that has lost a course while it was sending deletes what it made there too late, and sends nothing more.
    """
    folder = own_batch(run, batch)
    if run.preview:
        return _not_sent(run, folder)
    again = partial(transform_again, run, batch, sis) if plan is transform else None  # a repair sends what a person chose, once
    lease = _taken(run, batch, sis, plan)
    with telling(folder, "load"), lease.freed_on_failure():
        history.reach(state.engine(run.district.state), run, "load")
        folder.write_json("started", {"run_id": run.run_id})
        counts, stopped = send(run, folder, sis, lease, again)
    if isinstance(stopped, OtherTryError):
        raise stopped  # outside of the note: the folder is the later try's
    if isinstance(stopped, LeaseLostError):
        make_good(run, sis, lease.courses, doubts_about(run, load_filtered(folder)))
    return counts


def _not_sent(run: Run, folder: RunFolder) -> Counts:
    with telling(folder, "load"):
        history.reach(state.engine(run.district.state), run, "load")
        save_resolved(folder, "valid", valve.held_back_by_others(run, load_resolved(folder, "valid")))
        folder.write_frame("receipts", folder.read_frame("receipts") if folder.exists("receipts") else RECEIPTS.empty())
        return {}


def _taken(run: Run, batch: str, sis: SisClient, plan: Callable[[Run, str, SisClient], Counts]) -> Lease:
    """The courses as this try's own. The plan is made anew where it may be untrue: at a second try (F-4), or when the lease got lost (A-22)."""
    folder, lease = run.batch_folder(batch), None
    with telling(folder, "load"), suppress(LeaseLostError):
        lease = leases.take(run, _leased(folder))
    if lease is None or folder.exists("started"):
        time.sleep(SURE)  # an earlier try may be alive, only without a sign of it: by now it has noticed that the courses are not its own
        plan(run, batch, sis)
        validate(run, batch)
    return lease or leases.take(run, _leased(folder))


def publish(run: Run, batch: str) -> Counts:
    """The batch's part of the four artifacts (E)."""
    folder = own_batch(run, batch)
    with telling(folder, "publish"), leases.freed_on_failure(run, _leased(folder)):
        resolved = load_resolved(folder, "valid")
        canvas = load_canvas(folder)
        mistrust(run, resolved.withheld)
        resolved = replace(resolved, notes=join_withheld(empty_courses(canvas, run.selection()), resolved.notes))
        student_id = run.config.identity.student_id
        built = tables(Told(run.shown_id, run.target, canvas, resolved, folder.read_frame("receipts"), student_id, run.preview))
        write_tables(folder.child("parts"), built)
        if not run.preview:
            leases.let_go(run, sorted(set(canvas.courses["canvas_course_id"])))
        return {name: len(frame) for name, frame in built.items()}


def held(run: Run, folder: RunFolder) -> Filtered:
    """What the run may write to, its courses held. By night a course that another run holds is left out, by hand it stops the run (A-22)."""
    filtered, ttl = _own(run, folder), leases.TTL + run.waits
    if run.preview:
        return filtered
    if run.courses or run.mode not in ("nightly", "reconcile"):
        waiting.hold_all(run, _leased(folder), ttl)
        return filtered
    free = leave_out(filtered, waiting.hold_free(run, _leased(folder), ttl))
    if len(free.sections) < len(filtered.sections):
        save_filtered(folder, free)
    return free


def _own(run: Run, folder: RunFolder) -> Filtered:
    """What was filtered, without the SIS sections and students to which something else maps too (I-3, I-6)."""
    filtered = load_filtered(folder)
    own = mappings.without_rivals(filtered, mappings.rivals(run, filtered))
    if len(own.withheld) > len(filtered.withheld):
        save_filtered(folder, own)
    return own


def _leased(folder: RunFolder) -> list[str]:
    """The courses of a batch that may be written to."""
    return sorted(set(folder.read_frame("filtered/sections", ["canvas_course_id"])["canvas_course_id"]))
