"""A frame's contract: its columns with type and meaning, the checks at the stage borders, and the casts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import pandera.pandas as pa

from include.errors import DataError

_DTYPES = {
    "text": "str",
    "date": "str",
    "time": "datetime64[us, UTC]",
    "number": "float64",
    "count": "int64",
    "flag": "bool",
}
_DATE = r"^\d{4}-\d{2}-\d{2}$"


@dataclass(frozen=True)
class Col:
    """One column. `empty` says whether it may be null; flags and counts never are."""

    kind: str
    doc: str
    empty: bool = False


@dataclass(frozen=True)
class Frame:
    """A named column table, with the columns that together identify a row (empty: no key)."""

    name: str
    columns: Mapping[str, Col]
    key: tuple[str, ...] = ()

    @cached_property
    def schema(self) -> pa.DataFrameSchema:
        """The same as a pandera schema."""
        return pa.DataFrameSchema({name: _column(col) for name, col in self.columns.items()}, strict=True, ordered=True, name=self.name)

    def empty(self) -> pd.DataFrame:
        """A frame without rows but with all columns in their types."""
        return self._blank.copy()

    @cached_property
    def _blank(self) -> pd.DataFrame:
        return self.conform(pd.DataFrame(columns=list(self.columns)))

    def of(self, rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
        """A frame of these rows; columns that a row does not name are null (flags false, counts 0)."""
        found = list(rows)
        return self.conform(pd.DataFrame(found)) if found else self.empty()

    def conform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with exactly this table's columns, in order and type. DataError names a column that cannot be cast."""
        if self._fits(frame):
            return frame.copy(deep=False)
        return pd.DataFrame({name: _cast(self.name, name, col, frame) for name, col in self.columns.items()}, index=frame.index)

    def _fits(self, frame: pd.DataFrame) -> bool:
        """Whether it has these columns in these types already."""
        wanted = [(name, _DTYPES[col.kind]) for name, col in self.columns.items()]
        return [(name, str(dtype)) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)] == wanted

    def check(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The same frame; DataError with column and count of each breach if it does not hold this contract."""
        bad = self.breaches(frame)
        if len(bad):
            told = "; ".join(f"{row.column}: {row.check} ({row.rows} rows)" for row in bad.head(5).itertuples())
            raise DataError(f"frame {self.name} breaks its contract: {told}")
        return frame

    def breaches(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One row per breached rule: column, check, rows (how many), labels (a list of the rows' labels).

        pandera tells what is wrong; asking it costs milliseconds a column, so a frame that `_holds` is not put before it.
        """
        nothing = pd.DataFrame(columns=["column", "check", "rows", "labels"])
        if self._holds(frame):
            return nothing
        try:
            self.schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as error:
            cases = error.failure_cases
            cases = cases.assign(column=cases["column"].fillna(cases["failure_case"].astype(str)), check=cases["check"].astype(str))
            grouped = cases.groupby(["column", "check"], sort=True)["index"]
            return pd.DataFrame([{"column": c, "check": k, "rows": len(v), "labels": [i for i in v if not pd.isna(i)]} for (c, k), v in grouped])
        return nothing

    def _holds(self, frame: pd.DataFrame) -> bool:
        """Whether pandera would find nothing: the same rules as `schema`, in a few vectorised looks."""
        return list(frame.columns) == list(self.columns) and all(_sound(frame[name], col) for name, col in self.columns.items())

    def split(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(rows that hold the contract, rows that break it with columns `column` and `check` of the first breach).

        Raises DataError where a breach is of a column as a whole (missing, wrong type): no row is to blame for that.
        """
        breaches = self.breaches(frame)
        blame: dict[object, tuple[str, str]] = {}
        for row in breaches.itertuples():
            if not row.labels:
                raise DataError(f"frame {self.name} breaks its contract: {row.column}: {row.check}")
            for label in row.labels:
                blame.setdefault(label, (str(row.column), str(row.check)))
        bad = frame.loc[list(blame)]
        told = pd.DataFrame(list(blame.values()), columns=["column", "check"], index=bad.index, dtype="str")
        return frame.drop(index=bad.index), pd.concat([bad, told], axis=1)


def _column(col: Col) -> pa.Column:
    checks = [pa.Check.str_matches(_DATE)] if col.kind == "date" else []
    if col.kind == "text" and not col.empty:
        checks.append(pa.Check.str_length(min_value=1))
    return pa.Column(_DTYPES[col.kind], checks=checks, nullable=col.empty)


def _sound(values: pd.Series, col: Col) -> bool:
    """Whether a column holds what `_column` asks of it."""
    if str(values.dtype) != _DTYPES[col.kind] or (not col.empty and values.hasnans):
        return False
    if col.kind == "date":
        return bool(values.drop_duplicates().dropna().str.match(_DATE).all())
    return col.kind != "text" or col.empty or not values.eq("").any()


def _cast(frame_name: str, name: str, col: Col, frame: pd.DataFrame) -> pd.Series:
    dtype = _DTYPES[col.kind]
    if name not in frame.columns:
        fill = {"flag": False, "count": 0}.get(col.kind)
        return pd.Series(fill, index=frame.index, dtype=dtype)
    values = frame[name]
    if str(values.dtype) == dtype:
        return values
    try:
        if col.kind == "time":
            return pd.to_datetime(values, utc=True, format="ISO8601").astype(dtype)
        if col.kind == "flag":
            return values.astype("boolean").fillna(False).astype(bool)
        if col.kind == "count":
            return values.fillna(0).astype(dtype)
        return values.astype(dtype)
    except (ValueError, TypeError) as error:
        raise DataError(f"frame {frame_name}: column {name} cannot be read as {col.kind}: {type(error).__name__}") from error
