"""From what a sandbox began: seed, size and day, remembered in its state folder, for journals only fit the district that they were written on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from include.errors import ConfigError
from include.sandbox.generate import SIZES, Size, generate
from include.sandbox.world import District

_FILE = "world.json"
_DEFAULTS: Mapping[str, object] = {"seed": 7, "size": "demo", "courses": 0, "students": 0}


@dataclass(frozen=True)
class Beginning:
    """The wishes of one sandbox. `courses` and `students` (0: as the size says) are counts per target and per course."""

    seed: int
    size: str
    courses: int
    students: int
    today: str

    def district(self) -> District:
        """The district that follows from it."""
        if self.size not in SIZES:
            raise ConfigError(f"sandbox size {self.size!r} does not exist; allowed: {', '.join(SIZES)}")
        usual = SIZES[self.size]
        size = Size(self.courses or usual.courses, usual.sections, self.students or usual.students, usual.assignments)
        return generate(self.seed, size, date.fromisoformat(self.today))


def beginning(wanted: Mapping[str, object], folder: Path | None, today: date) -> Beginning:
    """The beginning that was asked for; in a state folder that is in use already, the one remembered there.

    Raises ConfigError where a wish contradicts what is remembered: the journals would be played on another district.
    """
    wishes = {name: value for name, value in wanted.items() if value is not None}
    kept = _read(folder / _FILE) if folder else None
    if kept is None:
        made = _checked({**_DEFAULTS, "today": today.isoformat(), **wishes})
        if folder:
            _write(folder / _FILE, made)
        return made
    for name, value in wishes.items():
        if getattr(kept, name) != value:
            raise ConfigError(
                f"--{name} {value}: the state folder {folder} began with {getattr(kept, name)}; leave the option out, or use another folder"
            )
    return kept


def _checked(values: Mapping[str, object]) -> Beginning:
    try:
        return Beginning(
            int(str(values["seed"])), str(values["size"]), int(str(values["courses"])), int(str(values["students"])), str(values["today"])
        )
    except (KeyError, ValueError) as error:
        raise ConfigError(f"a sandbox begins with {', '.join((*_DEFAULTS, 'today'))}; {error} is missing or wrong") from error


def _read(path: Path) -> Beginning | None:
    if not path.exists():
        return None
    try:
        return _checked(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ConfigError(f"{path} cannot be read as JSON; delete the state folder to begin anew") from error


def _write(path: Path, made: Beginning) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(made), file)
