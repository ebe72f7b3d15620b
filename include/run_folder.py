"""One run's folder: the frames, counts and raw answers that its tasks hand to each other, on any store that fsspec opens.

What a stage writes appears at once or not at all, so that a killed task leaves no half file for the next one to read. On a local disk
folders and files belong to the service's user alone (F-12); elsewhere the store's own policy holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from upath import UPath

from include.errors import ConfigError, DataError

_LOCAL = ("", "file", "local")


@dataclass(frozen=True)
class RunFolder:
    """A folder in which frames (Parquet), small facts (JSON) and raw answers (JSONL) lie by name."""

    root: UPath

    @classmethod
    def at(cls, place: str | Path | UPath) -> RunFolder:
        """The folder at a path or fsspec URL; it is made with the first file."""
        return cls(UPath(place))

    def child(self, name: str) -> RunFolder:
        """The folder below this one."""
        return RunFolder(self.path(name))

    def path(self, name: str) -> UPath:
        """Where the file or folder of this name lies; ConfigError for a name that would lead out of the folder."""
        parts = name.split("/")
        if "\\" in name or "\0" in name or "://" in name or any(part in ("", ".", "..") for part in parts):
            raise ConfigError(f"{name!r} is no name inside a run folder: it must be a plain name, or plain names joined by /")
        return self.root.joinpath(*parts)

    @contextmanager
    def create(self, name: str) -> Iterator[BinaryIO]:
        """A new binary file of this name, which replaces the old one only once the block has ended without an error."""
        target = self.path(name)
        draft = target.with_name(f".{target.name}.{uuid4().hex}")
        _make_folders(target.parent)
        try:
            with _open(draft, "wb") as file:
                yield file
            _rename(draft, target)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise

    def write_frame(self, name: str, frame: pd.DataFrame) -> None:
        """The frame as `<name>.parquet`, with its types; the index is not kept."""
        table = pa.Table.from_pandas(frame, preserve_index=False)
        with self.create(f"{name}.parquet") as file:
            pq.write_table(table, file, compression="zstd")

    def read_frame(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The frame `<name>.parquet` as it was written, or only some of its columns."""
        with self._reading(f"{name}.parquet") as file:
            return pq.read_table(file, columns=list(columns) if columns is not None else None).to_pandas()

    def write_json(self, name: str, value: object) -> None:
        """A value as `<name>.json`."""
        with self.create(f"{name}.json") as file:
            file.write(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())

    def read_json(self, name: str) -> object:
        """The value in `<name>.json`."""
        with self._reading(f"{name}.json") as file:
            return json.load(file)

    def append_raw(self, name: str, lines: Iterable[bytes]) -> None:
        """Lines at the end of the file `name`, which is made if need be. For a stream of lines `create` is cheaper on object stores."""
        target = self.path(name)
        _make_folders(target.parent)
        with _open(target, "ab") as file:
            file.writelines(line.rstrip(b"\n") + b"\n" for line in lines)

    def exists(self, name: str) -> bool:
        """Whether there is a frame, a JSON value, or any file or folder of this name."""
        return any(self.path(name + ending).exists() for ending in ("", ".parquet", ".json"))

    def names(self) -> list[str]:
        """Names of the files and folders in here, sorted; drafts are not listed."""
        return sorted(path.name for path in self.root.iterdir() if not path.name.startswith(".")) if self.root.exists() else []

    @contextmanager
    def _reading(self, name: str) -> Iterator[BinaryIO]:
        path = self.path(name)
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise DataError(f"{path} does not exist: the stage that writes it has not run, or its run folder was removed") from error
        with file:
            yield file


def _is_local(path: UPath) -> bool:
    return path.protocol in _LOCAL


def _make_folders(folder: UPath) -> None:
    if not _is_local(folder):
        folder.mkdir(parents=True, exist_ok=True)
        return
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        Path(part.path).mkdir(mode=0o700, exist_ok=True)


def _open(path: UPath, mode: str) -> BinaryIO:
    """The file opened for writing; a local one that does not exist yet is made for the owner alone, whatever the umask."""
    opener = (lambda name, flags: os.open(name, flags, 0o600)) if _is_local(path) else None
    if opener is None:
        return cast(BinaryIO, path.open(mode))
    return cast(BinaryIO, open(path.path, mode, opener=opener))  # Path.open takes no opener; the callers close it


def _rename(draft: UPath, target: UPath) -> None:
    if _is_local(target):
        Path(draft.path).replace(target.path)
    else:
        target.fs.mv(draft.path, target.path)
