"""What is kept of each course between nights, where it lies and for how long, and how one run builds on it (docs/operating.md, Large districts)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pandas as pd

from include.canvas.client import CanvasClient
from include.canvas.courses import list_courses
from include.canvas.kept import Roster
from include.canvas.listed import Listed
from include.canvas.shelf import Shelf
from include.canvas.sis_list import NOTHING, Told, synced_below
from include.district import District
from include.identity import StudentRule
from include.run_folder import RunFolder
from include.sync.run import Run

FOLDER = "kept-reads"
"""Below the artifacts' root; no target's name has a hyphen."""

log = logging.getLogger(__name__)

_FRESH = timedelta(hours=1)  # later than this the SIS list says nothing any more of what stands in Canvas


def shelf(district: District, target: str) -> Shelf:
    """The kept readings of a target of this name, which need not be in the district file any longer."""
    return Shelf(RunFolder(district.artifacts_root()).child(FOLDER).child(target))


def built_on(run: Run, canvas: str, courses: pd.DataFrame) -> Listed | None:
    """How this run reads these courses (as `with_listing` made them) of Canvas at this address; None where the target reads fully. What people start
    or look at is read fully in any mode."""
    return _listed(run, canvas, courses) if run.config.extract.mode == "listed" else None


def listings(run: Run, client: CanvasClient) -> tuple[pd.DataFrame, dict[str, Told] | None]:
    """The courses that Canvas shows for this run (LISTED_COURSES), and, read beside them, what its list of synced assignments tells of each: for one
    of all courses that goes by that list, or keeps what it reads for one that does; None for others, and where the list cannot be had."""
    with ThreadPoolExecutor(1, thread_name_prefix="sis-list") as beside:
        synced = beside.submit(_synced, run, client)
        return list_courses(client, run.config.canvas_account, chosen=run.courses), synced.result()


def _synced(run: Run, client: CanvasClient) -> dict[str, Told] | None:
    asked = run.config.extract
    wanted = (asked.mode == "listed" and not run.courses) or (asked.skip_idle and run.by_night)
    return synced_below(client, run.config.canvas_account) if wanted else None


def with_listing(courses: pd.DataFrame, synced: Mapping[str, Told] | None) -> pd.DataFrame:
    """LISTED_COURSES with columns `listing` (text): what the list tells of the course (a `Told`, as JSON), and how many students Canvas counts there;
    and `listed_at` (text): when. Null without a list."""
    if synced is None:
        return courses.assign(listing=None, listed_at=None)
    told = [synced.get(course_id, NOTHING) for course_id in courses["canvas_course_id"]]
    counted = (each._replace(whole=f"{each.whole} {students}") for each, students in zip(told, courses["students"], strict=True))
    return courses.assign(listing=[msgspec.json.encode(each).decode() for each in counted], listed_at=datetime.now(UTC).isoformat())


def mistrust(run: Run, withheld: pd.DataFrame) -> None:
    """Drop the kept lists of courses in which the SIS does not know a student (WITHHELD): he may have moved, and the next night reads the roster."""
    if run.config.extract.mode == "listed":
        unknown = withheld.loc[withheld["reason_code"] == "GP-STUDENT-UNKNOWN", "canvas_course_id"]
        kept = shelf(run.district, run.target)
        try:
            for course in unknown.dropna().unique():
                kept.drop(str(course))
        except OSError as error:
            log.warning(
                "cached course lists could not be removed (%s); their courses are read fully at their scheduled full read", type(error).__name__
            )


def _listed(run: Run, canvas: str, courses: pd.DataFrame) -> Listed:
    known = courses.dropna(subset="listing")
    listing = {course: msgspec.json.decode(told, type=Told) for course, told in zip(known["canvas_course_id"], known["listing"], strict=True)}
    fresh = all(datetime.now(UTC) - datetime.fromisoformat(at) < _FRESH for at in known["listed_at"].unique())
    made_with = msgspec.json.encode(["listed", canvas]).decode()
    return Listed(shelf(run.district, run.target), made_with, run.config.extract.full_every, run.day, listing, run.by_night and fresh)


def tidy(district: District, now: datetime, keep: timedelta) -> int:
    """Remove what was last written longer ago than `keep` and than a course may go without being read fully, and all of targets that read fully or
    are gone; how many."""
    root = RunFolder(district.artifacts_root()).child(FOLDER)
    return sum(_tidy(district, target, now, keep) for target in root.names())


def _tidy(district: District, target: str, now: datetime, keep: timedelta) -> int:
    kept, entry = shelf(district, target), district.targets.get(target)
    if entry is None or entry.extract.mode == "full":
        courses = len(kept.courses())
        kept.folder.remove()
        return courses
    return kept.tidy(now - max(keep, timedelta(days=entry.extract.full_every + 1)))


def forget_course(district: District, target: str, course: str) -> int:
    """Remove what is kept of one course; how many files."""
    return int(shelf(district, target).drop(course))


def known_ids(district: District, target: str, student: str) -> set[tuple[str, str]]:
    """Under which ids (the SIS's, Canvas's) the kept readings know whoever has this id; empty where one is not known."""
    rule, known = district.target(target).identity.student, set()
    for roster, users in shelf(district, target).people():
        known |= {("", user) for user in users - roster.keys()} | set(_ids(rule, roster))
    return {pair for pair in known if student in pair}


def forget_student(district: District, target: str, student: str, canvas_ids: set[str], whose: str = "") -> int:
    """Remove what is kept of the courses that have a student, by the id of `whose` (sis, canvas; empty: either); how many files.

    `canvas_ids` are Canvas's as the ledger knows them for this SIS id.
    """
    rule = district.target(target).identity.student
    named = {"sis": canvas_ids, "canvas": {student}}.get(whose, {student, *canvas_ids})

    def has(roster: Roster, users: set[str]) -> bool:
        by_sis = whose != "canvas" and any(sis == student for sis, _ in _ids(rule, roster))
        return by_sis or not named.isdisjoint({*roster, *users})

    return shelf(district, target).forget(has)


def _ids(rule: StudentRule, roster: Roster) -> Iterator[tuple[str, str]]:
    """(the SIS's id, Canvas's) of a roster's students, the former as Canvas shows it and as the district's rule has it."""
    fields = [user if rule.field == "canvas_user_id" else facts.sis_user_id for user, facts in roster.items()]
    for (user, facts), own in zip(roster.items(), rule.ids(pd.Series(fields, dtype="str")).fillna(""), strict=True):
        yield str(own), user
        yield facts.sis_user_id or "", user
