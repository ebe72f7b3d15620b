"""A-11: comments go along with scores where a district says so, and leave no trace where it does not."""

from __future__ import annotations

import pandas as pd
import pytest

from include.gradebook.rules import SisRules
from include.sync.differing import sent_words
from include.sync.keys import without_comments
from tests.classroom import Classroom, accepted

QUIZ = "100"
OFF, ON = SisRules(), SisRules(send_comments=True)
BY_NUMBER = SisRules(send_comments=True, status_alone_counts=False)
SCORED = {"score": 8.0}
PRAISED = {**SCORED, "comment": "Well done"}


def sent(place: Classroom) -> dict[str, str | None]:
    """The comment of every score that would be written, by student."""
    rows = place.night().plan.scores
    rows = rows[rows["action"] != "none"]
    return {student: None if pd.isna(text) else text for student, text in zip(rows["canvas_user_id"], rows["comment"], strict=True)}


def fingerprints(place: Classroom) -> dict[str, str]:
    rows = place.ledger.scores
    return dict(zip(rows["canvas_user_id"], rows["fingerprint"], strict=True))


@pytest.mark.parametrize(("rules", "comment"), [(OFF, None), (ON, "Well done"), (BY_NUMBER, "Well done")], ids=["off", "on", "on, by number"])
def test_a11_a_comment_goes_only_where_the_district_says_so(rules: SisRules, comment: str | None) -> None:
    place = Classroom(rules=rules)
    place.add(scores=PRAISED)
    place.score(QUIZ, "u2", 8.0)
    assert sent(place) == {"u1": comment, "u2": None}


def test_a11_where_it_is_off_nothing_of_a_comment_is_kept() -> None:
    place = Classroom()
    place.add(scores=PRAISED)
    place.accept(place.night())
    assert fingerprints(place) == {"u1": "8", "u2": "8"}
    place.score(QUIZ, "u1", {**SCORED, "comment": "Another one"})
    assert place.night().writes() == 0


@pytest.mark.parametrize("rules", [ON, BY_NUMBER], ids=["flags count", "by number"])
@pytest.mark.parametrize("comment", ["Well done.", "well done", None])
def test_a11_a_changed_comment_is_sent_and_the_same_one_is_not(rules: SisRules, comment: str | None) -> None:
    place = Classroom(rules=rules)
    place.add(scores=PRAISED)
    place.accept(place.night())
    assert place.night().writes() == 0
    place.score(QUIZ, "u1", {**SCORED, "comment": comment})
    assert sent(place) == {"u1": comment}


@pytest.mark.parametrize("rules", [OFF, SisRules(status_alone_counts=False)], ids=["flags count", "by number"])
def test_a11_switched_on_later_only_scores_with_a_comment_go_again(rules: SisRules) -> None:
    place = accepted(rules)
    place.score(QUIZ, "u1", PRAISED)
    place.rules = rules.model_copy(update={"send_comments": True})
    assert sent(place) == {"u1": "Well done"}


def test_a11_a_comment_alone_is_no_score() -> None:
    place = Classroom(rules=ON)
    place.add(scores={"score": None, "comment": "Hand it in, please"})
    assert (place.night().writes(), place.night().why("grade")) == (0, ["GP-BLANK"])


@pytest.mark.parametrize("rules", [ON, SisRules(send_comments=True, excused="exempt")], ids=["zero", "exempt"])
def test_a11_an_excused_student_gets_the_comment_too(rules: SisRules) -> None:
    place = Classroom(rules=rules, sections={"1": ["u1"]})
    place.add(scores={"score": None, "excused": True, "comment": "Get well soon"})
    assert sent(place) == {"u1": "Get well soon"}
    place.accept(place.night())
    assert place.night().writes() == 0


def test_f12_neither_ids_nor_the_ledger_hold_the_words() -> None:
    place = Classroom(rules=ON)
    place.add(scores=PRAISED)
    place.accept(place.night())
    kept = place.ledger.scores.to_csv() + place.ledger.assignments.to_csv()
    assert "well" not in kept.lower()
    assert {sent_words(text) for text in place.ledger.scores["fingerprint"]} == {"8, with a comment"}
    assert set(without_comments(place.ledger.scores["fingerprint"])) == {"8"}
    assert list(without_comments(pd.Series([None, "-|exempt"], dtype="str")).fillna("nothing")) == ["nothing", "-|exempt"]
