"""Category choices: kept per target, section and group; unassociated is a choice too (B-1, B-3, B-5)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from include.errors import ConfigError, DataError
from include.gradebook.schemas import CHOICES
from include.sandbox.generate import Size
from include.sync import state
from include.sync.choices import choices, choose, chosen_by, remove
from include.sync.handover import load_canvas
from include.sync.tables import SEEN_CATEGORIES
from tests.town import NOON, Result, town

MONDAY, TUESDAY = datetime(2026, 9, 21, tzinfo=UTC), datetime(2026, 9, 22, tzinfo=UTC)


def rows(*triples: tuple[str, str, str | None]) -> pd.DataFrame:
    return CHOICES.of([dict(zip(CHOICES.columns, triple, strict=True)) for triple in triples])


def stored(database: Engine, target: str = "schooltool", sections: list[str] | None = None) -> list[tuple[str, str, str | None]]:
    found = CHOICES.check(choices(database, target, sections))
    return [(section, group, None if pd.isna(category) else category) for section, group, category in found.itertuples(index=False)]


def test_nothing_chosen_is_an_empty_frame(database: Engine) -> None:
    assert stored(database) == []
    assert list(choices(database, "schooltool", ["s1"]).columns) == list(CHOICES.columns)


def test_b1_the_same_group_may_have_another_category_in_another_section(database: Engine) -> None:
    choose(database, "schooltool", rows(("s2", "g1", "tests"), ("s1", "g1", "quizzes")), "ada", MONDAY)
    assert stored(database) == [("s1", "g1", "quizzes"), ("s2", "g1", "tests")]
    assert stored(database, sections=["s2", "s9"]) == [("s2", "g1", "tests")]
    assert stored(database, "synergy") == []


def test_b3_unassociated_is_stored_and_is_not_the_same_as_no_choice(database: Engine) -> None:
    choose(database, "schooltool", rows(("s1", "g1", None)), "ada", MONDAY)
    assert stored(database) == [("s1", "g1", None)]


def test_b5_a_choice_can_be_changed_with_who_and_when(database: Engine) -> None:
    choose(database, "schooltool", rows(("s1", "g1", "quizzes"), ("s1", "g2", "tests")), "ada", MONDAY)
    choose(database, "schooltool", rows(("s1", "g1", None)), "bob", TUESDAY)
    assert stored(database) == [("s1", "g1", None), ("s1", "g2", "tests")]
    told = chosen_by(database, "schooltool", ["s1"]).set_index("canvas_group_id")
    assert told["chosen_by"].to_dict() == {"g1": "bob", "g2": "ada"}
    assert told["chosen_at"].to_dict() == {"g1": pd.Timestamp(TUESDAY), "g2": pd.Timestamp(MONDAY)}


def test_b5_a_removed_choice_lets_the_name_decide_again(database: Engine) -> None:
    choose(database, "schooltool", rows(("s1", "g1", "quizzes"), ("s1", "g2", "tests")), "ada", MONDAY)
    assert remove(database, "schooltool", rows(("s1", "g1", None), ("s9", "g1", None))) == 1
    assert stored(database) == [("s1", "g2", "tests")]
    assert remove(database, "schooltool", rows()) == 0


def test_two_answers_for_one_group_are_refused(database: Engine) -> None:
    with pytest.raises(ConfigError, match="group g1 in section s1 is given twice"):
        choose(database, "schooltool", rows(("s1", "g1", "quizzes"), ("s1", "g1", "tests")), "ada", MONDAY)
    with pytest.raises(DataError, match="canvas_group_id"):
        choose(database, "schooltool", rows(("s1", None, "tests")), "ada", MONDAY)
    assert stored(database) == []


def deleted(night: Result) -> set[str]:
    messages = night.table("messages")
    return set(messages[messages["type"] == "GP-CATEGORY-DELETED"]["message"])


def test_b6_a_night_tells_a_deleted_choice_by_its_last_known_name(tmp_path: Path) -> None:
    """The group is named as a category that is there: that one must not be called deleted."""
    with town(tmp_path, Size(2, 1, 5, 5), ("genesis",)) as place:
        first = place.night("genesis")
        row = first.table("assignments_sync").query("status == 'updated'").iloc[0]
        group = load_canvas(first.run.batch_folder("batch-000")).assignments.set_index("canvas_assignment_id")["canvas_group_id"]
        chosen = {"sis_section_id": row["sis_section_id"], "canvas_group_id": group[row["canvas_assignment_id"]], "category_id": "C77"}
        engine = state.engine(first.run.district.state)
        choose(engine, "genesis", CHOICES.of([chosen]), "ada", NOON)
        with state.writing(engine) as connection:
            seen = {"target": "genesis", "sis_section_id": row["sis_section_id"], "category_id": "C77", "title": "Essays", "state": "active"}
            connection.execute(insert(SEEN_CATEGORIES).values(seen))
        for _ in range(2):
            assert deleted(place.night("genesis")) - deleted(first) == {"The category Essays was deleted in the SIS."}
