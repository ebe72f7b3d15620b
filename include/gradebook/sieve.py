"""Rows go in, kept and withheld rows come out, each withheld one with the first reason that stopped it (invariant 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from include.gradebook.schemas import WITHHELD
from include.gradebook.spaces import same_name_key

_KEYS = ("canvas_course_id", "canvas_section_id", "sis_section_id", "canvas_assignment_id", "canvas_user_id")


@dataclass(frozen=True)
class Stop:
    """A rule's verdict on every row: `which` must go, under which code, with what broke which limit."""

    which: pd.Series
    code: str
    value: pd.Series | str = ""
    limit: pd.Series | str = ""


@dataclass(frozen=True)
class Sieve:
    """A frame that rules take rows out of. `kind` and `stage` end up in the withheld rows (frame WITHHELD)."""

    kept: pd.DataFrame
    kind: str
    stage: str = "filter"
    parts: tuple[pd.DataFrame, ...] = ()

    def drop(self, which: pd.Series, code: str, value: pd.Series | str = "", limit: pd.Series | str = "") -> Sieve:
        """A sieve without the rows where `which` is true; they are withheld for `code`, with what broke which limit."""
        return self.drop_first(Stop(which, code, value, limit))

    def drop_first(self, *stops: Stop) -> Sieve:
        """A sieve without the rows that any of these stop, each withheld for the first of them. Cuts the frame once, which is what costs time."""
        left, parts = pd.Series(True, index=self.kept.index), list(self.parts)
        for stop in stops:
            hit = stop.which.fillna(False).astype(bool) & left
            if hit.any():
                parts.append(self._told(self.kept[hit], stop))
                left &= ~hit
        return self if len(parts) == len(self.parts) else replace(self, kept=self.kept[left], parts=tuple(parts))

    def _told(self, rows: pd.DataFrame, stop: Stop) -> pd.DataFrame:
        value, limit = (part.reindex(rows.index) if isinstance(part, pd.Series) else part for part in (stop.value, stop.limit))
        return withhold(rows, self.kind, stop.code, self.stage, value, limit)

    def drop_coded(self, codes: pd.Series) -> Sieve:
        """Withhold each row whose entry in `codes` is a reason code (null: kept)."""
        return self.drop_first(*(Stop(codes == code, code) for code in codes.dropna().unique()))

    @property
    def withheld(self) -> pd.DataFrame:
        """All withheld rows so far."""
        return join_withheld(*self.parts)


def withhold(rows: pd.DataFrame, kind: str, code: str, stage: str, value: pd.Series | str = "", limit: pd.Series | str = "") -> pd.DataFrame:
    """WITHHELD rows for these rows, with whichever key columns they have."""
    if rows.empty:
        return WITHHELD.empty()
    told = rows[[name for name in _KEYS if name in rows]]
    return WITHHELD.conform(told.assign(kind=kind, reason_code=code, value=value, limit=limit, stage=stage))


def join_withheld(*parts: pd.DataFrame) -> pd.DataFrame:
    """All these WITHHELD frames as one."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else WITHHELD.empty()


def number_text(numbers: pd.Series) -> pd.Series:
    """Numbers as a person would type them: 8, 12.345678, 0.30000000000000004; null stays null (A-15)."""
    codes, unique = pd.factorize(numbers)
    words = pd.Series([_plain(number) for number in unique], dtype="str")
    return pd.Series(words.reindex(codes).array, index=numbers.index, dtype="str")


def _plain(number: float) -> str:
    return str(int(number)) if number == number // 1 and abs(number) < 1e15 else repr(float(number))


def match_key(names: pd.Series) -> pd.Series:
    """Return what two names are compared by: neither case nor the kind and number of spaces counts (B-2, R-6, R-7, R-24)."""
    return same_name_key(names).str.casefold()


def id_order(ids: pd.Series) -> pd.Series:
    """A sort key under which ids of digits stand in the order of their numbers: oldest first (R-6)."""
    return ids.str.len().astype(str).str.zfill(3) + ids


def later_twins(rows: pd.DataFrame, key: list[str], by: str) -> pd.Series:
    """Which rows come after another one with the same key, the lowest id in column `by` first, whatever the order of the rows."""
    doubled = rows.duplicated(key, keep=False)
    aged = rows.loc[doubled, key].assign(age=id_order(rows.loc[doubled, by])).sort_values("age", kind="stable")
    return aged.duplicated(key).reindex(rows.index, fill_value=False)


def both_sides(rows: pd.DataFrame, one: str, many: str) -> pd.Series:
    """Per row, every `side` of its value of `one` where more than one value of `many` maps to it, in words; null where only one does (I-3)."""
    pairs = rows.drop_duplicates([one, many])
    pairs = pairs[pairs.duplicated(one, keep=False) & pairs[one].notna()]
    pairs = pairs.assign(age=id_order(pairs[many])).sort_values("age", kind="stable")
    told = pairs.groupby(one)["side"].agg(" and ".join).astype("str")
    return look_up(rows[one], told)


def look_up(keys: pd.Series, facts: pd.Series) -> pd.Series:
    """The fact of each key, null where there is none; in the facts' own type, even where no fact is known at all.

    `facts` has unique labels. (`Series.map` turns everything to floats when there are no facts.)
    """
    return pd.Series(facts.reindex(keys).array, index=keys.index)
