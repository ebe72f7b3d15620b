"""Every change to a sandbox server's state, one JSON line each: state = world + journal, also after a restart."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class Journal:
    """Appends changes and reads them back. Without a path it lives in memory. The file is readable by its owner only (F-12)."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._memory: list[str] = []
        self._descriptor: int | None = None

    def append(self, change: Mapping[str, Any]) -> None:
        """Keep one change; it is with the operating system when this returns, so that a killed server has it."""
        line = json.dumps(change, separators=(",", ":"), ensure_ascii=False)
        if self.path is None:
            self._memory.append(line)
            return
        if self._descriptor is None:
            self._descriptor = self._open(self.path)
        os.write(self._descriptor, line.encode() + b"\n")

    def replay(self) -> Iterator[dict[str, Any]]:
        """All changes, oldest first. A last line that a killed server left half written is no change."""
        if self.path is None:
            yield from (json.loads(line) for line in list(self._memory))
        elif self.path.exists():
            for line in self.path.read_bytes().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    yield json.loads(line)

    def clear(self) -> None:
        """Forget all changes."""
        self._memory.clear()
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the file back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @staticmethod
    def _open(path: Path) -> int:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        whole = path.read_bytes().rfind(b"\n") + 1
        os.ftruncate(descriptor, whole)
        return descriptor
