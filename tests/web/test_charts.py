"""The rings: what is not nothing stays visible, and the whole is the whole."""

from __future__ import annotations

import pytest

from plugins.gradesync_airflow.web.charts import LEAST, ring


@pytest.mark.parametrize(
    "counts", [{"updated": 1}, {"updated": 999_999, "failed": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 10**6, "b": 1, "c": 2, "d": 3}]
)
def test_slices_fill_the_ring_and_none_is_invisible(counts: dict[str, int]) -> None:
    drawn = ring(counts)
    assert sum(slice.length for slice in drawn.slices) == pytest.approx(100, abs=0.01)
    assert min(slice.length for slice in drawn.slices) >= min(LEAST, 100)
    assert drawn.total == sum(counts.values())
    ends = [slice.start + slice.length for slice in drawn.slices]
    assert [slice.start for slice in drawn.slices[1:]] == pytest.approx(ends[:-1], abs=0.01)


def test_nothing_is_an_empty_ring() -> None:
    assert ring({}).slices == ring({"updated": 0}).slices == ()
