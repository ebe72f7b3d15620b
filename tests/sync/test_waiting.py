"""What the SIS rejected waits only where nothing but a change in Canvas can help."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from include.sync.ledger import Ledger
from tests.sync.school import School


@pytest.fixture
def school(database: Engine) -> School:
    found = School(book=Ledger(database, "a-target"))
    found.add(scores=8.0)
    return found


def actions(school: School) -> list[str]:
    return list(school.night().plan.assignments["action"])


def test_an_assignment_whose_category_the_sis_rejects_is_sent_again_the_next_night(school: School) -> None:
    school.client.fates = ["refuse category"]
    school.send(school.night())
    assert actions(school) == ["create"]


def test_an_assignment_with_a_value_that_the_sis_rejects_waits_for_a_change_in_canvas(school: School) -> None:
    school.client.fates = ["refuse"]
    school.send(school.night())
    assert actions(school) == []


def test_a_score_that_the_sis_rejects_waits_for_a_change_in_canvas(school: School) -> None:
    school.client.fates = ["accept", "refuse"]
    school.send(school.night())
    assert "create" not in list(school.night().plan.scores["action"])
    school.score("100", "u1", 9.0)
    assert "create" in list(school.night().plan.scores["action"])
