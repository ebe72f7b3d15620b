"""The extract stage: courses side by side, each read completely or not used at all; their frames and their raw answers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd
import pyarrow as pa

from include.canvas import shapes
from include.canvas.client import CanvasClient
from include.canvas.course import CourseReader, Wanted
from include.canvas.course_read import CourseRead
from include.canvas.courses import list_courses
from include.canvas.frames import CanvasFrames
from include.canvas.listed import Listed
from include.canvas.raw_answers import RawAnswers, keeping
from include.collecting import seldom_collecting
from include.errors import SourceError, UnavailableError
from include.gradebook.schemas import WITHHELD
from include.run_folder import RunFolder

__all__ = ["extract", "list_courses"]

log = logging.getLogger(__name__)

_READING = 1  # courses at most whose answers are being read, while as many requests as may be are under way for others: more only wait for their turn
_DOUBT = 5  # courses in a row without an answer: then Canvas itself is asked whether it is there


def extract(
    client: CanvasClient,
    courses: pd.DataFrame,
    raw: RunFolder,
    comments: bool = False,
    how: Listed | None = None,
) -> CanvasFrames:
    """Everything that a sync needs of these COURSES rows, in frames. Canvas's answers go to `answers.jsonl` in `raw`. Comments are asked for
    only with `comments` (A-11). `how` lets courses build on lists that were read before: what can be late in them is in `listed.py`.

    A course that cannot be read ends as `complete` false with a row in `problems`, and the others go on. AccessError for a refused token
    and UnavailableError for a Canvas that is away stop everything: no other course would fare better.
    """
    with seldom_collecting(), keeping(raw) as answers:
        reads = list(_read_all(client, courses, answers, Wanted(comments, how)))
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
        reading = [pool.submit(_read_one, client, course_id, answers, wanted) for course_id in course_ids]
        for read, error in (each.result() for each in reading):
            silent = silent + 1 if isinstance(error, UnavailableError) else 0
            if silent >= min(_DOUBT, len(course_ids)):
                client.ask("users/self")  # raises UnavailableError where it is not these courses but Canvas itself
                silent = 0
            yield read
    finally:
        pool.shutdown(cancel_futures=True)


def _read_one(client: CanvasClient, course_id: str, answers: RawAnswers, wanted: Wanted) -> tuple[CourseRead, SourceError | UnavailableError | None]:
    reader = CourseReader(client, course_id, partial(answers.keep, course_id), wanted)
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
        reader.told = None
        reader.run()
