"""The tables as files: Parquet, and CSV that no spreadsheet runs as a formula."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
import pyarrow.parquet as pq

from include.run_folder import RunFolder


def write_tables(folder: RunFolder, built: Mapping[str, pd.DataFrame]) -> None:
    """Each table as Parquet and as CSV."""
    for name, frame in built.items():
        folder.write_frame(name, frame)
        with folder.create(f"{name}.csv") as file:
            formula_safe(frame).to_csv(file, index=False, lineterminator="\r\n", encoding="utf-8-sig")


def join_tables(folder: RunFolder, names: Iterable[str], parts: Sequence[RunFolder]) -> None:
    """These tables, one below the other as `write_tables` left them in the parts, of which there is at least one.

    One part at a time is in memory, and a row group of its own afterwards. CSV is copied as it stands: making it anew takes ten times as long.
    """
    for name in names:
        with folder.create(f"{name}.parquet") as file, pq.ParquetWriter(file, _schema(name, parts[0]), compression="zstd") as writer:
            for part in parts:
                with part.reading(f"{name}.parquet") as source:
                    table = pq.read_table(source)
                if len(table):
                    writer.write_table(table)
        with folder.create(f"{name}.csv") as file:
            for number, part in enumerate(parts):
                with part.reading(f"{name}.csv") as source:
                    head = source.readline()
                    file.write(b"" if number else head)
                    shutil.copyfileobj(source, file)


def _schema(name: str, part: RunFolder) -> object:
    with part.reading(f"{name}.parquet") as source:
        return pq.read_schema(source)


def formula_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame with an apostrophe before each text that a spreadsheet would take for a formula. Numbers stay numbers."""
    texts = frame.select_dtypes("str").columns
    return frame.assign(**{name: frame[name].str.replace(r"^(?=\s*[=+\-@]|[\t\r\n])", "'", regex=True) for name in texts})
