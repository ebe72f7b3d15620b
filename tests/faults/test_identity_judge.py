"""The eyes of the identity cases: a score under another student, a touched exam, a twin, and a message that names one side only are all seen."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from faults.identity import cases
from faults.identity import world as worlds
from faults.identity.judge import Seen, judged, unfinished, unnamed
from faults.identity.world import Truth, first_world, graded_again, sections
from faults.variants import VARIANTS, is_lean

WORLD = first_world("genesis")
FIRST = next(sections(WORLD))
USER, OTHER = FIRST.students[:2]
TASK = WORLD.courses[0].assignments[0]
EXAM = {"name": "Exam", "made_by": "person", "scores": {"x": [{"score": 7}]}}
CODES = {"sis_section_id": FIRST.sis_id, "canvas_section_id": FIRST.id, "canvas_assignment_id": str(TASK["id"])}


def sis_id(user: str) -> str:
    return next(one.sis_id for one in WORLD.students if one.id == user)


def snapshot(truth: Truth) -> dict[str, Any]:
    """The SIS of a truth, with an exam in every section."""
    found: dict[str, Any] = {section.sis_id: {"assignments": [deepcopy(EXAM)]} for section in sections(truth.world)}
    for (section, name, student), number in truth.wanted.items():
        items = found[section]["assignments"]
        item = next((one for one in items if one["name"] == name), None)
        if item is None:
            items.append(item := {"name": name, "made_by": "sync", "scores": {}})
        item["scores"][student] = [{"score": number}]
    return found


def task(sis: dict[str, Any]) -> dict[str, Any]:
    """The first course's first assignment in its first section."""
    return next(item for item in sis[FIRST.sis_id]["assignments"] if item["name"] == TASK["name"])


NOW = Truth(WORLD)
BEFORE = snapshot(NOW)
WHOSE = NOW.whose


def wrong(after: dict[str, Any], now: Truth = NOW, *rows: dict[str, str], before: dict[str, Any] = BEFORE) -> str:
    return "; ".join(judged(Seen.of(before), Seen.of(after), now, {**WHOSE, **now.whose}, rows))


def test_what_stands_as_canvas_says_is_left_in_peace() -> None:
    assert wrong(BEFORE) == ""
    assert unfinished(Seen.of(BEFORE), Truth(WORLD), exact=True) == []


def test_i2_a_score_that_is_sent_under_another_student_is_seen() -> None:
    after = deepcopy(BEFORE)
    task(after)["scores"][sis_id(OTHER)] = task(after)["scores"][sis_id(USER)]
    assert f"of Canvas user {USER} was sent to" in wrong(after)


def test_i2_a_score_that_canvas_never_had_is_seen() -> None:
    after = deepcopy(BEFORE)
    task(after)["scores"][sis_id(OTHER)] = [{"score": 4711}]
    assert "nobody's score in Canvas" in wrong(after)


CORRECTED = Truth(worlds.with_ids(WORLD, {USER: "NEW-ID"}))
BOTH = f"{sis_id(USER)} was sent for {USER}, whose SIS ID is now NEW-ID"


@pytest.mark.parametrize(
    ("code", "message", "seen"),
    [
        ("GP-STUDENT-CHANGED", BOTH, False),
        ("GP-STUDENT-CHANGED", BOTH.replace("NEW-ID", "another one"), True),
        ("GP-STUDENT-CHANGED", BOTH.replace(USER, "somebody"), True),
        ("GP-STUDENT-LEFT", BOTH, True),
    ],
)
def test_i2_a_score_that_stays_under_the_old_id_needs_a_message_that_names_both_sides(code: str, message: str, seen: bool) -> None:
    rows = [{**CODES, "canvas_assignment_id": str(one["id"]), "type": code, "message": message} for one in WORLD.courses[0].assignments]
    assert bool(wrong(BEFORE, CORRECTED, *rows)) == seen


def test_i2_a_message_of_another_assignment_does_not_count() -> None:
    assert "no message names both sides" in wrong(BEFORE, CORRECTED, {**CODES, "type": "GP-STUDENT-CHANGED", "message": BOTH})


def test_i2_scores_of_two_users_under_one_id_belong_nowhere() -> None:
    merged = Truth(worlds.with_ids(WORLD, {OTHER: sis_id(USER)}))
    assert not [place for place in merged.wanted if place[0] == FIRST.sis_id and place[2] == sis_id(USER)]
    assert "where it does not belong" in wrong(BEFORE, merged)


@pytest.mark.parametrize("change", ["score", "name", "gone"])
def test_i5_an_exam_that_changes_is_seen(change: str) -> None:
    after = deepcopy(BEFORE)
    exam = after[FIRST.sis_id]["assignments"][0]
    if change == "score":
        exam["scores"]["x"][0]["score"] = 8
    elif change == "name":
        exam["name"] = "Task"
    else:
        after[FIRST.sis_id]["assignments"].remove(exam)
    assert "an item that Grade Sync did not make changed" in wrong(after)


def test_i4_twins_of_assignments_and_scores_are_seen() -> None:
    after = deepcopy(BEFORE)
    after[FIRST.sis_id]["assignments"].append({"name": TASK["name"], "made_by": "sync", "scores": {}})
    task(after)["scores"][sis_id(USER)] *= 2
    assert "stands 2 times" in wrong(after)
    assert "has 2 scores" in wrong(after)


def test_what_is_withheld_for_good_or_left_over_is_seen_in_the_end() -> None:
    assert "scores are not there" in unfinished(Seen.of(BEFORE), Truth(graded_again(WORLD)), exact=True)[0]
    told = unfinished(Seen.of(BEFORE), CORRECTED, exact=True)
    assert "scores stand where none belongs" in told[-1]


def test_one_message_must_name_both_sides() -> None:
    assert unnamed(["from A to B"], "A", "B") == []
    assert "no message names A and B" in unnamed(["from A", "to B"], "A", "B")[0]


def test_a_sample_has_two_kinds_of_every_sis_and_every_kind_of_the_bench() -> None:
    full = [variant for variant in VARIANTS if not is_lean(variant)]
    chosen = [case for variant in full for case in cases.sample(variant)]
    assert {case.variant.target for case in chosen} == {variant.target for variant in VARIANTS}
    assert {case.kind for case in chosen} == {case.kind for variant in full for case in cases.identity_cases(variant)}
    assert len({case.kind for case in chosen}) == 10


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for variant in VARIANTS for case in cases.identity_cases(variant)]
    assert len(names) == len(set(names))
    assert all(": identity: " in name for name in names)
