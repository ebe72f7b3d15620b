"""A-11 over real servers: what a teacher wrote in Canvas stands in a SIS whose district wants comments, once, and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.sandbox.generate import Size
from tests.sync.reconciler import reconcile
from tests.town import Town, town

pytestmark = pytest.mark.slow

TARGET = "genesis"
SIZE = Size(courses=1, sections=1, students=8, assignments=8)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path, SIZE, (TARGET,), genesis={"send_comments": True}) as here:
        yield here


def comments(place: Town) -> list[str]:
    """Every comment that stands in the SIS."""
    items = [item for section in place.holds(TARGET).values() for item in section["assignments"]]
    return sorted(row["comment"] for item in items for rows in item["scores"].values() for row in rows if "comment" in row)


def wanted(night: Any) -> pd.DataFrame:
    """Planned scores with a comment."""
    rows = night.run.batch_folder("batch-000").read_frame("valid/scores")
    return rows[rows["comment"].notna()]


def say(place: Town, score: pd.Series, text: str, author: int = 12) -> None:
    """One comment, in place of those that were there."""
    told = [{"id": 1, "author_id": author, "comment": text, "created_at": "2026-11-13T12:00:00Z"}]
    key = [int(score["canvas_assignment_id"]), int(score["canvas_user_id"])]
    change = {"do": "submissions", "course": int(score["canvas_course_id"]), "key": key, "set": {"submission_comments": told}}
    place.admin("canvas", "change", "POST", json=change)


def test_a11_the_sis_holds_the_comments_a_second_night_is_silent_and_a_changed_one_is_sent(place: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    first = place.night(TARGET)
    rows = wanted(first)
    assert comments(place) == sorted(rows["comment"])
    assert len(rows) > 3
    assert "Thank you." not in comments(place), "a student's own words are no teacher's comment"

    place.forget_log()
    assert place.night(TARGET).sent == 0
    assert place.writes(TARGET) == []
    assert set(reconcile(place, TARGET).table("reconciliation")["verdict"]) == {"same"}

    say(place, rows.iloc[0], "Please come at noon")
    say(place, rows.iloc[1], "I disagree", author=int(rows.iloc[1]["canvas_user_id"]))
    assert place.night(TARGET).sent == 2
    assert len(place.writes(TARGET)) == 2
    assert comments(place) == sorted([*rows["comment"].iloc[2:], "Please come at noon"])

    text = caplog.text + str(place.writes(TARGET))
    assert not [words for words in {*rows["comment"], "Please come at noon"} if words in text]


def test_a11_where_it_is_off_canvas_is_not_even_asked(tmp_path: Path) -> None:
    with town(tmp_path, SIZE, (TARGET,)) as place:
        night = place.night(TARGET)
        asked = [row["query"] for row in place.admin("canvas", "log") if row["path"].endswith("students/submissions")]
        assert asked
        assert not [query for query in asked if "submission_comments" in query]
        assert comments(place) == []
        assert wanted(night).empty
        raw = [path.read_bytes() for path in Path(str(place.run(TARGET).district.artifacts_root())).rglob("*.jsonl")]
        assert raw
        assert not [text for text in raw if b"submission_comments" in text]
