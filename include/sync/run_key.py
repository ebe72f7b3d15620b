"""The key of a run: one short name made from what starts it, its kind, and its complete ID there (I-1)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import blake2b

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,119}")
_READABLE = 60


@dataclass(frozen=True)
class RunKey:
    """What identifies a run: the DAG that starts it, the kind of run, and its ID in Airflow, any text."""

    dag_id: str
    kind: str
    dag_run_id: str

    @property
    def name(self) -> str:
        """Return the run's name in the state database, as a folder, and in addresses.

        The digest of all three parts tells apart what the readable part cannot: spellings, case, long IDs. Lowercase letters, digits, `-`,
        and `_` mean the same to every file system and object store.
        """
        whole = json.dumps([self.dag_id, self.kind, self.dag_run_id]).encode()
        readable = re.sub(r"[^a-z0-9]+", "-", self.dag_run_id.lower()).strip("-")[:_READABLE].strip("-")
        return "-".join(part for part in (self.kind, readable, blake2b(whole, digest_size=10).hexdigest()) if part)

    @property
    def shown(self) -> str:
        """Return what artifacts and messages call the run: its DAG and its complete ID, as Airflow lists them."""
        return f"{self.dag_id}/{self.dag_run_id}"


def is_run_name(text: str) -> bool:
    """Return whether a text names one folder on every file system: what `RunKey.name` makes does."""
    return _NAME.fullmatch(text) is not None


def folder_name(run_id: str) -> str:
    """Return the folder of a listed run: its name; for a run from before names were made, its Airflow ID without what a path cannot hold."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", run_id)
