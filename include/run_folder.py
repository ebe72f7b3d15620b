"""One run's folder: the frames, counts and raw answers that its tasks hand to each other, on any store that fsspec opens.

What a stage writes appears at once or not at all, so that a killed task leaves no half file for the next one to read. On a local disk
folders and files belong to the service's user alone (F-12); elsewhere the store's own policy holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, cast
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from include.errors import ConfigError, DataError

_OWNER = b"gradesync_run"
_LOCAL = ("", "file", "local")
_FLAT = ("s3", "s3a", "gs", "gcs", "abfs", "az", "memory")
"""Stores that know no folders: asking for them costs requests."""


@dataclass(frozen=True)
class RunFolder:
    """A folder in which frames (Parquet), small facts (JSON) and raw answers (JSONL) lie by name.

    With an `owner`, every frame carries that text, and a frame with another one is not read: a copied file is not taken for a run's own (I-1).
    """

    root: UPath
    owner: str = ""

    @classmethod
    def at(cls, place: str | Path | UPath) -> RunFolder:
        """The folder at a path or fsspec URL; it is made with the first file."""
        return cls(UPath(place))

    def child(self, name: str) -> RunFolder:
        """The folder below this one."""
        return RunFolder(self.path(name), self.owner)

    def path(self, name: str) -> UPath:
        """Where the file or folder of this name lies; ConfigError for a name that would lead out of the folder."""
        parts = name.split("/")
        if "\\" in name or "\0" in name or "://" in name or any(part in ("", ".", "..") for part in parts):
            raise ConfigError(f"{name!r} is not a valid name inside a run folder: it must be a plain name, or plain names joined by /")
        return self.root.joinpath(*parts)

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A new binary file of this name, which replaces the old one only once the block has ended without an error."""
        target = self.path(name)
        _make_folders(target.parent)
        if not _is_local(target):
            with _uploaded(target) as file:
                yield file
            return
        draft = target.with_name(f".{target.name}.{uuid4().hex}")
        try:
            with _open(draft) as file:
                yield file
            Path(draft.path).replace(target.path)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def write_frame(self, name: str, frame: pd.DataFrame) -> None:
        """The frame as `<name>.parquet`, with its types; the index is not kept."""
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self.owner:
            table = table.replace_schema_metadata({**(table.schema.metadata or {}), _OWNER: self.owner.encode()})
        with self.create(f"{name}.parquet") as file:
            pq.write_table(table, file, compression="zstd")

    def read_frame(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The frame `<name>.parquet` as it was written, or only some of its columns."""
        with self.reading(f"{name}.parquet") as file:
            source = pa.OSFile(file.name) if _is_local(self.root) else file  # without asking Python for each piece
            stored = pq.ParquetFile(source)
            self._check_owner(name, (stored.metadata.metadata or {}).get(_OWNER, b"").decode())
            return stored.read(columns=list(columns) if columns is not None else None).to_pandas()

    def _check_owner(self, name: str, found: str) -> None:
        if self.owner and found != self.owner:
            whose = f"belongs to {found}" if found else "does not say which run wrote it"
            raise DataError(f"{self.path(name)}.parquet {whose}; only {self.owner} may have written it. Clear this run from its first task on")

    def write_json(self, name: str, value: object) -> None:
        """A value as `<name>.json`."""
        with self.create(f"{name}.json") as file:
            file.write(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())

    def read_json(self, name: str) -> object:
        """The value in `<name>.json`."""
        with self.reading(f"{name}.json") as file:
            return json.load(file)

    def exists(self, name: str) -> bool:
        """Whether there is a frame, a JSON value, or any file or folder of this name."""
        return any(self.path(name + ending).exists() for ending in ("", ".parquet", ".json"))

    def names(self) -> list[str]:
        """Names of the files and folders in here, sorted; drafts are not listed."""
        return sorted(path.name for path in self.root.iterdir() if not path.name.startswith(".")) if self.root.exists() else []

    def changed(self) -> datetime | None:
        """When a file in here was last written; None without any."""
        found = self.root.fs.find(self.root.path, detail=True).values() if self.root.exists() else ()
        return max((_written(facts) for facts in found), default=None)

    def remove(self) -> bool:
        """Away with the folder and all that is in it; False when there is none."""
        if not self.root.exists():
            return False
        self.root.fs.rm(self.root.path, recursive=True)
        return True

    @contextmanager
    def reading(self, name: str) -> Iterator[BinaryIO]:
        """The file of this name, open for reading; DataError when there is none."""
        path = self.path(name)
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise DataError(f"{path} does not exist: the stage that writes it has not run, or its run folder was removed") from error
        with file:
            yield file


def _written(facts: dict[str, Any]) -> datetime:
    """Stores tell a file's time under names of their own: a number of seconds, or a moment."""
    told = next(facts[name] for name in ("mtime", "LastModified", "last_modified", "created", "updated") if name in facts)
    return datetime.fromtimestamp(told, UTC) if isinstance(told, int | float) else cast(datetime, told)


def _is_local(path: UPath) -> bool:
    return path.protocol in _LOCAL


def _make_folders(folder: UPath) -> None:
    if folder.protocol in _FLAT:
        return
    if not _is_local(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return
    if Path(folder.path).is_dir():  # nearly always, and looking at all its parents takes longer than writing the file
        return
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        Path(part.path).mkdir(mode=0o700, exist_ok=True)


def _open(path: UPath) -> BinaryIO:
    """A new local file, for the owner alone, whatever the umask."""
    return open(path.path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600))  # Path.open takes no opener; the caller closes it


@contextmanager
def _uploaded(target: UPath) -> Iterator[BinaryIO]:
    """A file on this host's disk that goes to the store in one piece at the end: nobody there sees half of it, and renaming, which stores do by
    copying, is not needed."""
    with NamedTemporaryFile(prefix="gradesync-") as file:
        yield cast(BinaryIO, file)
        file.flush()
        target.fs.put_file(file.name, target.path)
