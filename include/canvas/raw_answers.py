"""Canvas's answers as they came, a line each: what an admin looks at when a frame is in doubt.

All courses of one reading share one file: one for each would cost a tenth of the reading's processor time, and on an object store a request each.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from include.canvas.paging import Page
from include.errors import GradeSyncError
from include.run_folder import RunFolder

log = logging.getLogger(__name__)

ANSWERS = "answers.jsonl"


class RawAnswers:
    """Takes pages of many courses, from several threads: lines of different courses may stand between one another, those of one stand in order."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def keep(self, course_id: str, page: Page) -> None:
        """One line: the course, where the page came from, and its body. A line break can only stand between JSON's tokens; it becomes a blank."""
        body = page.body.replace(b"\r", b" ").replace(b"\n", b" ")
        whose = b'{"course":' + msgspec.json.encode(course_id) + b',"page":' + msgspec.json.encode(page.source)
        self._file.write(whose + b',"body":' + body + b"}\n")  # in one piece, which no other thread's can part


@contextmanager
def keeping(folder: RunFolder) -> Iterator[RawAnswers]:
    """Answers go to `answers.jsonl` in this folder. Where the reading is stopped by an error, what came before it is kept if it can be, and the
    error is the reading's own in any case."""
    stopped: GradeSyncError | None = None
    try:
        with folder.create(ANSWERS) as file:
            try:
                yield RawAnswers(file)
            except GradeSyncError as error:
                stopped = error
    except OSError as error:
        if stopped is None:
            raise
        log.warning("Canvas's raw responses could not be stored: %s", type(error).__name__)
    if stopped is not None:
        raise stopped
