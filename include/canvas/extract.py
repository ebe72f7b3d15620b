"""The extract stage: courses side by side, each read completely or not used at all; their frames and their raw answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pandas as pd
import pyarrow as pa

from include.canvas import shapes
from include.canvas.accelerated import Accelerated
from include.canvas.client import CanvasClient
from include.canvas.course import CourseReader, Wanted
from include.canvas.course_read import CourseRead
from include.canvas.courses import list_courses
from include.canvas.frames import CanvasFrames
from include.canvas.listed import Listed
from include.canvas.outlines import Outline, outlines, together
from include.canvas.raw_answers import RawAnswers, keeping
from include.collecting import seldom_collecting
from include.errors import SourceError, UnavailableError
from include.gradebook.schemas import WITHHELD
from include.run_folder import RunFolder

__all__ = ["extract", "list_courses"]

log = logging.getLogger(__name__)

Outlined = Future[dict[str, Outline]]

_READING = 1  # courses at most whose answers are being read, while as many requests as may be are under way for others: more only wait for their turn
_DOUBT = 5  # courses in a row without an answer: then Canvas itself is asked whether it is there


def extract(
    client: CanvasClient,
    courses: pd.DataFrame,
    raw: RunFolder,
    comments: bool = False,
    group_data: bool = True,
    how: Accelerated | Listed | None = None,
) -> CanvasFrames:
    """Everything that a sync needs of these COURSES rows, in frames. Canvas's answers go to `answers.jsonl` in `raw`. Comments are asked for
    only with `comments` (A-11), and the groups' integration_data is sure to be there only with `group_data` (R-13). `how` lets
    courses build on what was read before: the frames are as complete, and what can be late in them stands in `accelerated.py` and `listed.py`.

    A course that cannot be read ends as `complete` false with a row in `problems`, and the others go on. AccessError for a refused token
    and UnavailableError for a Canvas that is away stop everything: no other course would fare better.
    """
    with seldom_collecting(), keeping(raw) as answers:
        reads = list(_read_all(client, courses, answers, Wanted(comments, group_data, how)))
    complete = {read.course_id for read in reads if read.complete}
    tables: dict[str, list[pa.Table]] = shapes.tables((read.course_id, read.rows) for read in reads)
    for read in reads:
        for name, parts in read.tables.items():
            tables.setdefault(name, []).extend(parts)
    problems = WITHHELD.of([problem for read in reads for problem in read.problems])
    frames = CanvasFrames.of_tables(courses.assign(complete=courses["canvas_course_id"].isin(complete)), tables, problems)
    log.info("extracted %s, %d of %d courses completely", frames.counts(), len(complete), len(reads))
    return frames


def _read_all(client: CanvasClient, courses: pd.DataFrame, answers: RawAnswers, wanted: Wanted) -> Iterator[CourseRead]:
    pool = ThreadPoolExecutor(client.workers + min(_READING, client.workers // 2), thread_name_prefix="canvas")
    course_ids = [str(course_id) for course_id in courses["canvas_course_id"]]
    silent = 0
    try:
        outlined = _outlined(client, pool, courses, wanted)
        reading = [pool.submit(_read_one, client, course_id, answers, wanted, outlined.get(course_id)) for course_id in course_ids]
        for read, error in (each.result() for each in reading):
            silent = silent + 1 if isinstance(error, UnavailableError) else 0
            if silent >= min(_DOUBT, len(course_ids)):
                client.ask("users/self")  # raises UnavailableError where it is not these courses but Canvas itself
                silent = 0
            yield read
    finally:
        pool.shutdown(cancel_futures=True)


def _outlined(client: CanvasClient, pool: ThreadPoolExecutor, courses: pd.DataFrame, wanted: Wanted) -> dict[str, Outlined]:
    """By course, the outlines of those that it is asked for together with. They are the first in the pool, so that no course waits in vain."""
    if not client.graphql or wanted.listed is not None:
        return {}
    if wanted.accelerated is not None:
        client.ask("users/self")  # any answer tells Canvas's time, and readings are kept with a moment before their first request
    students = courses["students"] if "students" in courses else pd.Series(0, index=courses.index)
    listed = [(str(course_id), int(count)) for course_id, count in zip(courses["canvas_course_id"], students, strict=True)]
    asked: dict[str, Outlined] = {}
    size = together(len(listed), client.workers)
    for start in range(0, len(listed), size):
        part = listed[start : start + size]
        future = pool.submit(_outlines, client, part, wanted)
        asked.update((course_id, future) for course_id, _ in part)
    return asked


def _outlines(client: CanvasClient, courses: list[tuple[str, int]], wanted: Wanted) -> dict[str, Outline]:
    """Comments stand in no outline, so where they are sent (A-11) what changed is asked for by REST."""
    how = None if wanted.comments else wanted.accelerated
    since = {course_id: moment for course_id, _ in courses if how is not None and (moment := how.since(course_id)) is not None}
    return outlines(client, courses, wanted.group_data, since)


def _read_one(
    client: CanvasClient, course_id: str, answers: RawAnswers, wanted: Wanted, outlined: Outlined | None
) -> tuple[CourseRead, SourceError | UnavailableError | None]:
    outline = outlined.result().get(course_id) if outlined else None
    if wanted.listed is not None:
        outline = wanted.listed.told(course_id)
    reader = CourseReader(client, course_id, partial(answers.keep, course_id), wanted, outline)
    failure = None
    try:
        _read_twice_if_changed(reader)
    except (SourceError, UnavailableError) as error:
        log.warning("course %s was not read: %s", course_id, error)
        reader.read, failure = CourseRead.failed(course_id, str(error)), error
    reader.settle()
    return reader.read, failure


def _read_twice_if_changed(reader: CourseReader) -> None:
    """An assignment that is unpublished between two requests makes Canvas refuse the second (§2.9): then the course is read anew, once and fully."""
    try:
        reader.run()
    except SourceError as error:
        log.info("course %s is read a second time: %s", reader.course_id, error)
        reader.told = reader.earlier = None
        reader.run()
