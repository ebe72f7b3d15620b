"""Whose files a run folder holds: `run.json`, written by the first stage, checked by every other one (I-1)."""

from __future__ import annotations

from collections.abc import Mapping

from include.errors import DataError
from include.run_folder import RunFolder
from include.sync.run import Run

FILE = "run"


def own_folder(run: Run) -> RunFolder:
    """Return the run's folder; DataError names both runs when another one's files are in it. The first call makes the folder the run's own."""
    folder, mine = run.folder, _identity(run)
    found = _found(folder)
    if found is None:
        folder.write_json(FILE, mine)
    elif found != mine:
        raise DataError(
            f"{folder.root} holds the files of {_told(found)}, and this is {_told(mine)}. Nothing was read there, and nothing was sent. "
            "Move that folder away, then clear this run's tasks in Airflow"
        )
    return folder


def own_batch(run: Run, batch: str) -> RunFolder:
    """Return the folder of one batch of the run, which holds no other run's files (`own_folder`)."""
    own_folder(run)
    return run.batch_folder(batch)


def _identity(run: Run) -> dict[str, str]:
    started = {"dag_id": run.origin.dag_id, "dag_run_id": run.origin.dag_run_id} if run.origin else {}
    return {"target": run.target, "run": run.run_id, "kind": run.mode, **started}


def _found(folder: RunFolder) -> Mapping[str, object] | None:
    """What the folder says of itself; None for an empty one, and nothing known where files lie there without saying whose they are."""
    if folder.path(f"{FILE}.json").exists():
        found = folder.read_json(FILE)
        return found if isinstance(found, dict) else {}
    return {} if folder.names() else None


def _told(identity: Mapping[str, object]) -> str:
    if not identity:
        return "a run that left no run.json"
    dag = f", {identity['dag_id']}/{identity['dag_run_id']} in Airflow" if identity.get("dag_id") else ""
    return f"{identity.get('kind')} run {identity.get('run')} of {identity.get('target')}{dag}"
