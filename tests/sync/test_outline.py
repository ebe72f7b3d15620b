"""Groups beside categories: what decides each place, what can be chosen, and saving it in one go (B-1 to B-6, D-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.district import Target
from include.errors import ConfigError
from include.gradebook.schemas import CHOICES
from include.sync import association, seen
from include.sync.association import By, Change, options, save
from include.sync.choices import choices, choose
from include.sync.choices_file import Line
from include.sync.outline import outline, unresolved
from tests.sync.seen_district import NOW, TODAY, classes, see_all, target

BY = By("ada", NOW)


def states(engine: Engine, of: Target) -> dict[tuple[str, str], str]:
    """State by section and group's name."""
    places = outline(engine, of, ["7"], TODAY).places
    return {(row["sis_section_id"], row["group_name"].strip()): row["state"] for row in places.to_dict("records")}


def stored(engine: Engine, of: Target) -> dict[tuple[str, str], str | None]:
    rows = choices(engine, of.name).itertuples(index=False)
    return {(section, group): None if pd.isna(category) else category for section, group, category in rows}


def test_b6_a_chosen_category_keeps_its_name_after_the_sis_has_forgotten_it(database: Engine, tmp_path: Path) -> None:
    synergy, whole = target(tmp_path), classes()
    see_all(database, synergy)
    choose(database, "synergy", CHOICES.of([{"sis_section_id": "A", "canvas_group_id": "1", "category_id": "T"}]), "ada", NOW)
    left = replace(whole, categories=whole.categories[~whole.categories["category_id"].isin(["T", "L"])])
    for _ in range(2):  # the second night knows it from the first alone
        read = seen.with_chosen(database, "synergy", left)
        more = read.categories.iloc[len(left.categories) :]
        assert list(more.itertuples(index=False, name=None)) == [("A", "T", "Tests", "deleted")]
        seen.note_classes(database, "synergy", read, NOW)
    assert states(database, synergy)["A", "homework"] == "deleted"
    assert seen.with_chosen(database, "synergy", whole) is whole


def test_b2_where_nobody_chose_the_name_decides(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy, classes(T="deleted", L="hidden"))
    assert states(database, synergy) == {
        ("A", "homework"): "matched", ("A", "Tests"): "matched", ("A", "Labs"): "matched", ("A", "Extra"): "unmatched",
        ("B", "homework"): "matched", ("B", "Tests"): "deleted", ("B", "Labs"): "matched", ("B", "Extra"): "unmatched",
    }  # fmt: skip
    found = outline(database, synergy, ["7"], TODAY)
    hidden = found.places[found.places["hidden"]]
    assert list(zip(hidden["sis_section_id"], hidden["group_name"], strict=True)) == [("B", "Labs")]  # Synergy takes it all the same
    assert list(found.bare["name"]) == ["Lab without a class"]


def test_b6_a_hidden_category_counts_as_absent_elsewhere(database: Engine, tmp_path: Path) -> None:
    powerschool = target(tmp_path, "powerschool")
    see_all(database, powerschool, classes(L="hidden"))
    assert states(database, powerschool)["B", "Labs"] == "hidden"
    assert [option.label for option in options(outline(database, powerschool, ["7"], TODAY), powerschool)["B"]] == ["Homework", "Tests"]


def test_b3_uncategorized_where_the_sis_takes_that(database: Engine, tmp_path: Path) -> None:
    campus = target(tmp_path, "infinite_campus")
    see_all(database, campus)
    save(database, campus, "7", [Change("A", "1", "", "none")], BY)
    assert (states(database, campus)["A", "Extra"], states(database, campus)["A", "homework"]) == ("uncategorized", "uncategorized")
    assert unresolved(database, campus, TODAY) == frozenset()


def test_b1_b5_choices_are_saved_changed_and_removed_in_one_go(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy)
    first = [Change("A", "4", "", "id:H"), Change("B", "4", "", "none"), Change("A", "1", "", "")]
    assert save(database, synergy, "7", first, BY) == 2
    assert stored(database, synergy) == {("A", "4"): "H", ("B", "4"): None}
    assert states(database, synergy)["A", "Extra"] == "chosen"
    assert states(database, synergy)["B", "Extra"] == "unassociated"
    assert unresolved(database, synergy, TODAY) == {("synergy", "7")}
    assert save(database, synergy, "7", [Change("A", "4", "id:H", ""), Change("B", "4", "none", "id:T")], BY) == 2
    assert stored(database, synergy) == {("B", "4"): "T"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (Change("A", "4", "", "id:Z"), 'Extra in Period 1: "Z" is not a category in this section. Choose one of: Homework, Labs, Tests'),
        (Change("C", "4", "", "id:H"), "this course does not have this section and group"),
        (Change("A", "9", "", "id:H"), "this course does not have this section and group"),
        (Change("A", "2", "none", "id:H"), "another user changed this category after you opened the page"),
    ],
    ids=["no such category", "no such section", "no such group", "changed meanwhile"],
)
def test_d12_one_wrong_choice_and_nothing_is_saved(database: Engine, tmp_path: Path, change: Change, told: str) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy)
    with pytest.raises(ConfigError, match="nothing was saved") as refused:
        save(database, synergy, "7", [Change("A", "1", "", "none"), change], BY)
    assert told in str(refused.value)
    assert stored(database, synergy) == {}


def test_b4_a_category_can_be_associated_once_the_term_has_begun(database: Engine, tmp_path: Path) -> None:
    powerschool = target(tmp_path, "powerschool")
    see_all(database, powerschool, classes(begins="2026-11-14"))
    assert set(states(database, powerschool).values()) == {"later"}
    with pytest.raises(ConfigError, match="categories are available from 2026-11-14"):
        save(database, powerschool, "7", [Change("A", "1", "", "id:H")], BY)
    assert save(database, powerschool, "7", [Change("A", "1", "", "id:H")], By("ada", NOW + timedelta(days=1))) == 1


def test_a_section_that_was_never_asked_about_is_told_so(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    read = classes()
    nothing = read.categories[read.categories["sis_section_id"] == "A"]
    see_all(database, synergy, type(read)(read.sections[read.sections["sis_section_id"] == "A"], read.students, nothing))
    assert {state for (section, _), state in states(database, synergy).items() if section == "B"} == {"not asked yet"}


def test_a_choice_that_the_sis_has_lost_stays_visible(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy)
    choose(database, "synergy", CHOICES.of([{"sis_section_id": "A", "canvas_group_id": "1", "category_id": "gone"}]), "ada", NOW)
    place = outline(database, synergy, ["7"], TODAY).places.set_index(["sis_section_id", "canvas_group_id"]).loc[("A", "1")]
    assert (place["choice"], place["decided"], place["state"]) == ("id:gone", "choice", "deleted")


def test_b5_a_files_lines_are_held_against_what_the_sis_lists(database: Engine, tmp_path: Path) -> None:
    synergy = target(tmp_path)
    see_all(database, synergy)
    choices_of = [("A", "1", "H"), ("A", "2", "Z"), ("never seen", "2", "Z"), ("A", "3", "")]
    lines = [Line(number, "synergy", *choice) for number, choice in enumerate(choices_of, 2)]
    assert list(association.misfits(database, synergy, lines)) == [
        'line 3: category_id: "Z" is not a category of section "A". Use H (Homework), L (Labs), T (Tests)'
    ]
