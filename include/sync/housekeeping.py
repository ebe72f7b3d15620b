"""Retention (D-2): runs that ended long enough ago go off the list, and their folders with names and scores go with them.

What was sent is not touched: the ledger is kept as long as the course lives. Nothing outside the artifacts' root is ever removed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from include.district import District
from include.errors import UnavailableError
from include.run_folder import RunFolder
from include.sync import history, kept_reads, run_identity, state
from include.sync.run_key import folder_name

log = logging.getLogger(__name__)


def tidy(district: District, now: datetime) -> dict[str, int]:
    """Remove what the district's `retention` does not keep; how many runs and folders went. Folders first: what is interrupted is done again.

    What is kept of a course between nights goes once it is as old as a completed run may be, and older than a full reading may be.
    A folder that belongs to no run on the list (the state database was restored) goes once it is as old as a failed run may be.
    """
    engine, root, keep = state.engine(district.state), RunFolder(district.artifacts_root()), district.retention
    well, badly = timedelta(days=keep.completed_days), timedelta(days=keep.failed_days)
    due = history.outlived(engine, now, well, badly)
    removed = _remove(_folders(district, due, {target: history.listed(engine, target) for target in {run.target for run in due}}))
    runs = len(history.forget(engine, now, well, badly))
    places = [(root.child(name), history.listed(engine, target)) for target in district.targets for name in _names(district, target)]
    strays = _remove([folder for place, listed in places for folder in _strays(place, listed, now - badly)])
    kept = _removed(lambda: kept_reads.tidy(district, now, well))
    log.info(
        "%d runs removed from the history, %d folders deleted, %d folders without a run deleted; %d cached course lists", runs, removed, strays, kept
    )
    return {"runs": runs, "folders": removed, "strays": strays, kept_reads.FOLDER: kept}


def _names(district: District, target: str) -> tuple[str, ...]:
    """A target's name and its former ones, under which its older runs still have their folders (I-6)."""
    entry = district.targets.get(target)
    return (target, *(entry.formerly or ())) if entry else (target,)


def _folders(district: District, due: list[history.Forgotten], listed: dict[str, set[str]]) -> list[RunFolder]:
    """Folders of these runs that no other listed run has: before runs had names of their own, two spellings of an ID could share one (I-1)."""
    root = RunFolder(district.artifacts_root())
    going = {(run.target, run.run_id) for run in due}
    staying = {(target, folder_name(run_id)) for target, ids in listed.items() for run_id in ids if (target, run_id) not in going}
    places = {(run.target, folder_name(run.run_id)) for run in due}
    return [root.child(place).child(name) for target, name in sorted(places - staying) for place in _names(district, target)]


def _strays(target: RunFolder, listed: set[str], before: datetime) -> list[RunFolder]:
    """Folders of runs, known by what a run leaves in them, that no run on the list has, and in which nothing was written since."""
    known = {folder_name(run_id) for run_id in listed}
    unknown = [target.child(name) for name in target.names() if name not in known]
    runs = [folder for folder in unknown if any(folder.exists(name) for name in (run_identity.FILE, "work", "summary"))]
    return [folder for folder in runs if (at := folder.changed()) is not None and at < before]


def _remove(folders: list[RunFolder]) -> int:
    return _removed(lambda: sum(folder.remove() for folder in folders))


def _removed(remove: Callable[[], int]) -> int:
    try:
        return remove()
    except OSError as error:
        told = f"a run's folder could not be removed ({type(error).__name__}); allow this service to delete below the artifacts' root"
        raise UnavailableError(told) from error
