"""Which errors while reading are one SIS section's own, and under which reason they are reported (I-7)."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from include.errors import AccessError, DataError, GradeSyncError, OutageError, SourceError, UnavailableError
from include.sis.contract import SisClient

log = logging.getLogger(__name__)

UNREADABLE, INTERNAL = "SIS-UNREADABLE", "GP-OUR-ERROR"
CODES = (UNREADABLE, INTERNAL)
"""The reasons under which a section that could not be read is withheld."""

_RATE = (403, 429)


@dataclass(frozen=True)
class Unread:
    """A section that could not be read: the reason code, what is reported, and the error.

    `is_doubtful`: the same error would come if the whole connection were at fault.
    """

    code: str
    told: str
    error: Exception
    is_doubtful: bool = False


def unread(error: Exception) -> Unread:
    """Return what to report about one section; raise the error again when it says that nothing more can be read."""
    if isinstance(error, SourceError):
        return Unread(UNREADABLE, error.told, error)
    if isinstance(error, AccessError) and error.status == 403:
        return Unread(UNREADABLE, error.told, error, is_doubtful=True)
    if isinstance(error, UnavailableError) and not isinstance(error, OutageError) and error.status not in _RATE:
        return Unread(UNREADABLE, error.told, error, is_doubtful=True)
    if isinstance(error, DataError) or not isinstance(error, GradeSyncError):
        return _internal(error)
    raise error


def raise_if_connection(client: SisClient, found: Collection[Unread]) -> None:
    """Raise the first doubtful error of a read that gave nothing, unless it is one section's and the connection passes its check."""
    doubtful = [one for one in found if one.is_doubtful]
    if doubtful and (len(found) > 1 or client.check()):
        raise doubtful[0].error


def _internal(error: Exception) -> Unread:
    """An error of this product: its type and place are reported, never the values in it (F-12)."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown line"
    log.error("a section could not be evaluated: %s in %s", type(error).__name__, place)
    return Unread(INTERNAL, f"{type(error).__name__} in {place}", error)
