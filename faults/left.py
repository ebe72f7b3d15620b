"""What a killed run leaves behind: two kills that leave the very same behind are put right by the very same run, which is made once.

Killed when the server has carried a request out, or when its answer is read, or when the next request is ready: between two transactions of the
ledger nothing that lasts tells these moments apart. Each is tried; that they come to the same is seen, not supposed.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from faults.scene import Scene

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")


def left(scene: Scene) -> str:
    """A digest of all that lasts, but for moments in time: the SIS, the state database, the run folders, and how much was asked of the SIS."""
    target = scene.place.target
    asked = [row["rows"] for row in scene.town.admin(target, "log") if "token" not in row["path"]]
    sis = [scene.town.admin(target, "state"), len(asked), sum(asked)]
    told = [json.dumps(sis, sort_keys=True), *_database(scene.database), *_files(scene.folder / "artifacts")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def _database(path: str) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return sorted(_MOMENT.sub("", line) for line in connection.iterdump())


def _files(root: Path) -> Iterator[str]:
    """A prepared file that nobody has replaced has another name in the prepared town; of the others the content counts. Drafts are read by nobody."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            same = path.stat().st_nlink > 1
            yield f"{path.relative_to(root)} {'' if same else hashlib.sha256(_without_moments(path)).hexdigest()}"


def _without_moments(path: Path) -> bytes:
    return _MOMENT.sub("", path.read_bytes().decode("latin-1")).encode("latin-1")
