"""Rows whose key is among others, and what stands there: as sets and dicts of tuples say it, whatever the ids look like."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from include.gradebook.among import among, beside

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


@given(ROWS, ROWS)
def test_beside_a_row_stands_the_first_fact_of_its_key(rows: list[tuple[str, str]], facts: list[tuple[str, str]]) -> None:
    """Under the row's own label, whatever that is."""
    told = frame(facts).assign(name=[str(place) for place in range(len(facts))], points=[float(place) for place in range(len(facts))])
    first = {pair: place for place, pair in reversed(list(enumerate(facts)))}
    asked = frame(rows).set_axis([f"label {place}" for place in range(len(rows))])
    found = beside(asked, told.astype({"name": "str"}), ["section", "item"], ["name", "points"])
    assert list(found.index) == list(asked.index)
    assert [None if pd.isna(name) else name for name in found["name"]] == [str(first[row]) if row in first else None for row in rows]
    assert [None if pd.isna(points) else points for points in found["points"]] == [first.get(row) for row in rows]


def test_beside_a_row_without_a_part_of_its_key_stands_nothing() -> None:
    facts = frame([(None, "c"), ("a", "c")]).assign(since=pd.Timestamp("2026-09-01", tz="UTC"), made=True)
    found = beside(frame([(None, "c"), ("a", "c")]), facts, ["section", "item"], ["since", "made"])
    assert found["since"].isna().tolist() == [True, False]
    assert found["made"].eq(True).tolist() == [False, True]
    assert str(found["since"].dtype) == "datetime64[us, UTC]"


def test_beside_no_facts_at_all_types_stay() -> None:
    assert str(beside(frame([("a", "c")]), frame([]), ["section", "item"], ["item"])["item"].dtype) == "str"
