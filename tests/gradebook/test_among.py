"""Rows whose key is among others: as sets of tuples say it, whatever the ids look like."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from include.gradebook.among import among

ID = st.text(st.sampled_from("ab|0 é"), max_size=3)
ROWS = st.lists(st.tuples(ID, ID), max_size=8)


def frame(rows: list[tuple[str | None, str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["section", "item"], dtype="str")


@given(ROWS, ROWS)
def test_a_row_is_among_the_others_when_its_whole_key_is(rows: list[tuple[str, str]], others: list[tuple[str, str]]) -> None:
    assert among(frame(rows), frame(others), ["section", "item"]).tolist() == [row in others for row in rows]


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert among(frame([("ab", "c"), ("a", "bc")]), frame([("a", "bc")]), ["section", "item"]).tolist() == [False, True]


def test_a_row_without_a_part_of_its_key_is_among_none() -> None:
    assert among(frame([(None, "c")]), frame([(None, "c")]), ["section", "item"]).tolist() == [False]
