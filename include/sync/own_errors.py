"""Errors of Grade Sync itself: how they are recognized, reported, and kept to what causes them (I-7)."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from urllib3.exceptions import HTTPError

from include.errors import DataError, GradeSyncError

log = logging.getLogger(__name__)

NOT_SENT, UNKNOWN = "GP-OUR-ERROR", "GP-OUR-UNKNOWN"
_PROJECT = Path(__file__).resolve().parent.parent.parent
_OTHERS = (GradeSyncError, SQLAlchemyError, OSError, MemoryError, HTTPError)
"""What a system, the database, or this machine has raised. Every other exception is an error of Grade Sync."""


def is_own(error: BaseException) -> bool:
    """Return whether Grade Sync itself failed, not a system that it talks to (I-7).

    A ValueError is an error of Grade Sync even where `requests` raises it as one of its own: no request was sent.
    """
    return isinstance(error, Exception) and (isinstance(error, ValueError) or not isinstance(error, _OTHERS))


def is_own_in_planning(error: BaseException) -> bool:
    """Return the same where frames are built: there a frame that breaks its schema is an error of Grade Sync, too."""
    return is_own(error) or isinstance(error, DataError)


def place_of(error: BaseException) -> str:
    """Return what failed and where, without the message: it may contain a name or a score (F-12)."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_PROJECT / "include")] or frames[-1:]
    where = ""
    for frame in ours[-1:]:
        name = Path(frame.filename)
        with suppress(ValueError):
            name = name.relative_to(_PROJECT)
        where = f" at {name.as_posix()}:{frame.lineno}"
    return f"{type(error).__name__}{where}"


def note(error: BaseException, what: str) -> None:
    """Log an error of Grade Sync with the calls that led to it, without the message (F-12)."""
    calls = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__))
    log.error("%s failed because of an internal error in Grade Sync (%s):\n%s", what, place_of(error), calls)


def told_of(error: BaseException) -> str:
    """What a person is told of this error: never a row's values, which the words of a database may hold (F-12)."""
    if isinstance(error, GradeSyncError):
        return str(error)
    if isinstance(error, DBAPIError):
        lines = str(error.orig).strip().splitlines()
        return f"the state database cannot be used: {lines[0] if lines else type(error.orig).__name__}"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or 'the run folder or the state'}"
    if is_own(error):
        return f"an internal error in Grade Sync ({place_of(error)}). Report it with the run ID; the task's log has the details"
    return f"{type(error).__name__}, see the task's log"
