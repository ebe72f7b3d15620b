"""What the batches of one run tell each other about their SIS: the one that found it down leaves a mark, the others ask before they try.

So an outage costs the first batch its patience and each other one a single small question; a SIS that is back is taken up again at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from include.errors import UnavailableError
from include.run_folder import RunFolder
from include.sis.contract import SisClient
from include.sync.run import Run

_MARK = "sis_down"


@contextmanager
def heeding(run: Run, sis: SisClient) -> Iterator[None]:
    """Talk to the SIS with what other batches of this run have learned, and leave what this one learns."""
    place = run.folder.child("work")
    if place.exists(_MARK):
        note = place.read_json(_MARK)
        sis.breaker.suspect(str(note["message"]) if isinstance(note, dict) else "")
    try:
        yield
    except UnavailableError as error:
        _mark(place, str(error))
        raise
    if sis.breaker.is_open:
        _mark(place, "it stopped responding")
    else:
        place.path(f"{_MARK}.json").unlink(missing_ok=True)


def is_known(run: Run) -> bool:
    """Whether another batch of this run found the SIS down."""
    return run.folder.child("work").exists(_MARK)


def _mark(place: RunFolder, message: str) -> None:
    if not place.exists(_MARK):
        place.write_json(_MARK, {"message": message})
