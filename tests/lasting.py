"""What the tests of one folder share, ended with the last of them: a started Airflow that nobody asks any more takes a quarter of a core."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

_OPEN: dict[Path, ExitStack] = {}


def in_folder(file: str) -> ExitStack:
    """What is entered here lasts as long as the tests in this file's folder go on. For fixtures of the whole session, which make it once."""
    return _OPEN.setdefault(Path(file).parent, ExitStack())


def leave(folder: Path) -> None:
    """The last test of this folder has run."""
    _OPEN.pop(folder, ExitStack()).close()
