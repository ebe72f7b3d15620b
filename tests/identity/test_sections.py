"""No SIS section belongs to two Canvas sections, nor to two targets (I-3, I-6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include.sandbox.generate import Size
from tests.identity.places import Place, courses, messages, place
from tests.identity.tamper import Row

pytestmark = pytest.mark.slow

SIZE = Size(2, 1, 4, 4)


def merge_sections(town: Place) -> tuple[str, str, str]:
    """Two sections of two courses get SIS IDs that a pattern maps to one SIS section: that section, and both Canvas sections."""
    one, two = (course.sections[0] for course in courses(town)[:2])

    def change(path: str, row: Row) -> None:
        if str(row.get("id")) == two.id and "sis_section_id" in row:
            row["sis_section_id"] = f"{one.sis_id}_B"

    town.change(change)
    return one.sis_id, one.id, two.id


def with_pattern(told: dict[str, Any]) -> None:
    target = next(iter(told["targets"].values()))
    target["identity"] = {"section": {"field": "sis_section_id", "pattern": "([^_]+)(?:_B)?"}}
    target["batch_work"] = 1


@pytest.mark.parametrize("target", ["genesis", "powerschool"])
def test_i3_sections_of_two_batches_that_map_to_one_sis_section_are_both_withheld_in_the_first_run(tmp_path: Path, target: str) -> None:
    with place(tmp_path, target, SIZE) as town:
        town.settings(with_pattern)
        section, one, two = merge_sections(town)
        night = town.night(target)
        assert len(night.run.batches()) > 1
        told = messages(night, "GP-SECTION-TWICE")
        assert {one, two} == set(told["canvas_section_id"])
        assert all(one in text and two in text and section in text for text in told["message"])
        assert section not in set(town.items(target)["sis_section_id"])
        assert night.sent > 0, "other sections are sent"


def test_i3_a_course_on_demand_never_writes_into_the_section_of_another_course(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.settings(with_pattern)
        first, second = courses(town)[:2]
        town.night("genesis", "on_demand", courses=(first.id,))
        before = town.items("genesis")
        section, one, two = merge_sections(town)
        night = town.night("genesis", "on_demand", courses=(second.id,))
        told = messages(night, "GP-SECTION-TWICE")
        assert list(told["canvas_section_id"]) == [two]
        assert one in told["message"].iloc[0]
        after = town.items("genesis")
        assert len(after[after["sis_section_id"] == section]) == len(before[before["sis_section_id"] == section])


def test_i3_once_the_mapping_is_corrected_the_next_run_sends(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.settings(with_pattern)
        section, _, _ = merge_sections(town)
        town.night("genesis")
        town.tampers["canvas"].changes.clear()
        night = town.night("genesis")
        assert messages(night, "GP-SECTION-TWICE").empty
        assert section in set(town.items("genesis")["sis_section_id"])


def test_i3_what_was_sent_to_a_sis_section_that_no_canvas_section_has_any_more_is_reported_with_both_sides(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:
        town.night("genesis")
        one = courses(town)[0].sections[0]
        assert one.sis_id in set(town.items("genesis")["sis_section_id"])

        def corrected(path: str, row: Row) -> None:
            if str(row.get("id")) == one.id and "sis_section_id" in row:
                row["sis_section_id"] = "SE-CORRECTED"

        town.change(corrected)
        told = messages(town.night("genesis"), "GP-SECTION-ABANDONED")
        assert list(told["sis_section_id"]) == [one.sis_id]
        assert f"{one.id} (SE-CORRECTED)" in told["message"].iloc[0]
        town.tampers["canvas"].changes.clear()
        assert messages(town.night("genesis"), "GP-SECTION-ABANDONED").empty


def test_i6_two_targets_on_one_sis_do_not_write_into_the_same_sections(tmp_path: Path) -> None:
    with place(tmp_path, "genesis", SIZE) as town:

        def twice(told: dict[str, Any]) -> None:
            told["targets"]["again"] = {**told["targets"]["genesis"], "canvas_account": "1"}

        town.settings(twice)
        town.night("genesis")
        first = town.items("genesis")
        town.urls["again"], town.extras["again"] = town.urls["genesis"], town.extras.get("genesis", {})
        town.forget_log("genesis")
        run = town.run("again")
        night = town.staged(run, town.client("genesis"))
        assert town.writes("genesis") == []
        told = messages(night, "GP-SECTION-OTHER-TARGET")
        assert set(first["sis_section_id"]) <= set(told["sis_section_id"])
        assert told["message"].str.contains("target genesis").all()
