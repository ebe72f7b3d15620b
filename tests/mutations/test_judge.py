"""The mutation bench's own eyes: it sees a lost neighbor, a wrong value, a duplicate, a loss that is not named, and hollow sentences (I-7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from include.sandbox.world import Course, District
from mutations.book import Cell
from mutations.cases import Case, Place
from mutations.directory import Reach
from mutations.findings import Tables, is_hollow, leaks
from mutations.interceptor import Asked
from mutations.judge import Verdict, judge
from mutations.trial import Found, Undisturbed
from mutations.world import district

DISTRICT: District = district("genesis")
COURSE: Course = DISTRICT.courses[0]
FIRST, SECOND = (section.sis_id for section in COURSE.sections)
ELSEWHERE = DISTRICT.courses[1].sections[0].sis_id
NAME, WORK = str(COURSE.assignments[0]["name"]), str(COURSE.assignments[0]["id"])
OTHER = str(DISTRICT.courses[1].assignments[0]["name"])
STUDENT, NEIGHBOR = (next(one.sis_id for one in DISTRICT.students if one.id == number) for number in COURSE.sections[0].students[:2])

BEFORE: dict[Cell, str] = {(FIRST, NAME, ""): "{}"}
AFTER: dict[Cell, str] = {
    (FIRST, NAME, ""): "{}",
    (FIRST, NAME, STUDENT): "9",
    (FIRST, NAME, NEIGHBOR): "8",
    (SECOND, NAME, ""): "{}",
    (ELSEWHERE, OTHER, ""): "{}",
}
EMPTY: dict[str, list[dict[str, str]]] = {name: [] for name in ("messages", "grades_log", "assignments_sync", "filtered_canvas_data")}
WANTED = Undisturbed(BEFORE, AFTER, AFTER, Tables(EMPTY), [], [])
ASKED = Asked("GET", "/api/v1/courses/1/enrollments", "", "")
REACH = Reach(frozenset({FIRST}), frozenset(), frozenset({STUDENT}))
PLACE = Place("genesis", "canvas", ASKED, ("[]", "user_id"), ("null",), REACH, REACH, "extract", "extract")
NAMED = {"type": "GP-STUDENT-ID", "message": "The ID is 7.", "canvas_course_id": COURSE.id, "canvas_assignment_id": "", "canvas_user_id": ""}


def verdict(changes: dict[Cell, str | None], place: Place = PLACE, **more: Any) -> Verdict:
    after = {cell: value for cell, value in {**AFTER, **changes}.items() if value is not None}
    usual = {"summary": {"status": "Completed"}, "tables": {**EMPTY, "messages": [NAMED]}, "next": listed(AFTER)}
    return judge(Case(place, "null"), Found(1, [], after=listed(after), **{**usual, **more}), WANTED, DISTRICT)


def listed(cells: dict[Cell, str]) -> list[tuple[str, str, str, str]]:
    return [(*cell, value) for cell, value in cells.items()]


def test_i7_a_victim_that_is_withheld_and_named_passes() -> None:
    found = verdict({(FIRST, NAME, STUDENT): None})
    assert (found.cost, found.wrong) == ("row", ())


def test_i7_a_run_as_the_undisturbed_one_costs_nothing() -> None:
    assert (verdict({}).cost, verdict({}).wrong) == ("nothing", ())


@pytest.mark.parametrize(
    ("lost", "level"),
    [((FIRST, NAME, NEIGHBOR), "section"), ((SECOND, NAME, ""), "course"), ((ELSEWHERE, OTHER, ""), "all")],
    ids=["section", "course", "all"],
)
def test_i7_a_lost_neighbor_is_seen(lost: Cell, level: str) -> None:
    assert any(f"cost a neighbor ({level})" in line for line in verdict({lost: None}).wrong)


def test_i7_a_sis_record_may_cost_its_section_and_no_more() -> None:
    place = replace(PLACE, system="genesis")
    assert verdict({(FIRST, NAME, NEIGHBOR): None}, place).wrong == ()
    assert verdict({(SECOND, NAME, ""): None}, place).wrong


def test_i7_another_score_of_a_neighbor_is_seen() -> None:
    assert "wrong value (section)" in verdict({(FIRST, NAME, NEIGHBOR): "1"}).wrong[0]


def test_i7_a_score_that_stays_as_it_was_under_a_new_name_is_not_sent_and_not_wrong() -> None:
    renamed = {(section, f"Renamed {WORK}" if name == NAME else name, student): value for (section, name, student), value in AFTER.items()}
    before = replace(WANTED, before={**AFTER, (FIRST, NAME, STUDENT): "4"}, after=renamed, next=renamed)
    found = Found(1, [], summary={"status": "Completed"}, tables={**EMPTY, "messages": [NAMED]})
    found.after = listed({**renamed, (FIRST, f"Renamed {WORK}", STUDENT): "4"})
    assert judge(Case(PLACE, "null"), found, before, DISTRICT).wrong == ()


def test_i7_an_assignment_that_keeps_its_earlier_name_is_not_sent_and_not_wrong() -> None:
    renamed = {(section, f"Renamed {WORK}" if name == NAME else name, student): value for (section, name, student), value in AFTER.items()}
    found = Found(1, [], summary={"status": "Completed"}, tables={**EMPTY, "messages": [NAMED]}, after=listed(AFTER))
    wrong = judge(Case(PLACE, "null"), found, replace(WANTED, before=AFTER, after=renamed, next=renamed), DISTRICT).wrong
    assert wrong
    assert all("was not sent" in line for line in wrong)


def test_i7_a_score_that_is_taken_away_is_seen() -> None:
    before = replace(WANTED, before=AFTER)
    found = Found(1, [], summary={"status": "Completed"}, tables=EMPTY, after=listed({k: v for k, v in AFTER.items() if k[2] != NEIGHBOR}))
    assert any("wrong value" in line for line in judge(Case(PLACE, "null"), found, before, DISTRICT).wrong)


def test_i7_a_duplicate_is_seen() -> None:
    assert f"twice: {NAME} in {FIRST}" in verdict({(FIRST, f"{NAME} (again)", ""): "{}"}).wrong


def test_i7_a_loss_without_a_word_is_seen() -> None:
    assert any(line.startswith("not named") for line in verdict({(FIRST, NAME, STUDENT): None}, tables=EMPTY).wrong)


def test_i7_a_message_about_another_course_names_nothing() -> None:
    tables = {**EMPTY, "messages": [{**NAMED, "canvas_course_id": "1"}]}
    assert any(line.startswith("not named") for line in verdict({(FIRST, NAME, STUDENT): None}, tables=tables).wrong)


def test_i7_what_the_next_run_does_not_put_right_is_seen() -> None:
    assert any(line.startswith("not healed") for line in verdict({(FIRST, NAME, STUDENT): None}, next=listed(BEFORE)).wrong)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"summary": {}}, "no summary"),
        ({"summary": {"status": "Failed", "failures": []}}, "the run is red"),
        ({"summary": {"status": "Failed", "failures": ["Batch 0001 stopped while sending."]}}, "the run is red: Batch 0001 stopped while sending."),
        ({"wrong": ["artifact messages: ArrowInvalid"]}, "artifact messages"),
        ({"tables": {**EMPTY, "messages": [{**NAMED, "type": "SIS-NOT-TRIED"}]}}, "blames the SIS"),
        ({"tables": {**EMPTY, "messages": [{**NAMED, "message": "TypeError: 'NoneType' object is not iterable"}]}}, "interpreter's words"),
        ({"crashes": [{"stage": "load", "error": "KeyError: 1", "place": "include/x.py:1", "on_purpose": False}]}, "crashed in load"),
    ],
)
def test_i7_everything_else_that_is_wrong_is_told(more: dict[str, Any], told: str) -> None:
    assert any(told in line for line in verdict({}, **more).wrong)


def test_i9_a_run_that_is_red_for_one_record_that_an_admin_must_look_at_is_right() -> None:
    assert verdict({}, summary={"status": "Failed", "failures": ["1 assignment was refused by the SIS."]}).wrong == ()


ANYBODY = replace(PLACE, left=Reach(frozenset({FIRST}), frozenset(), frozenset()))


def test_i7_a_record_that_does_not_say_whose_it_is_may_cost_its_section() -> None:
    assert verdict({(FIRST, NAME, NEIGHBOR): None}, ANYBODY).wrong == ()


@pytest.mark.parametrize("changes", [{(FIRST, NAME, NEIGHBOR): "1"}, {(SECOND, NAME, ""): None}], ids=["wrong value", "another section"])
def test_i7_it_costs_nothing_else(changes: dict[Cell, str | None]) -> None:
    assert verdict(changes, ANYBODY).wrong


def scores(student: str) -> Verdict:
    """A SIS that shows STUDENT's score under another ID, and two scores of one student after the run."""
    place = replace(PLACE, system="genesis", path=("results", "[]", "sourcedId"))
    doubled = {**AFTER, (FIRST, NAME, student): "[1, 1]"}
    found = Found(1, [], summary={"status": "Completed"}, tables=EMPTY, after=listed(doubled), next=listed(doubled))
    return judge(Case(place, "10**40"), found, WANTED, DISTRICT)


def test_i7_a_score_that_the_sis_shows_under_another_id_is_written_there_and_no_other() -> None:
    assert not any("two scores" in line or "not healed" in line for line in scores(STUDENT).wrong)
    assert any("two scores" in line for line in scores(NEIGHBOR).wrong)


def test_i7_an_empty_list_is_no_error_that_must_be_named() -> None:
    lost = {cell: value for cell, value in AFTER.items() if cell != (FIRST, NAME, STUDENT)}
    found = Found(1, [], summary={"status": "Completed"}, tables=EMPTY, after=listed(lost), next=listed(AFTER))
    assert judge(Case(PLACE, "body an empty list"), found, WANTED, DISTRICT).wrong == ()
    assert judge(Case(PLACE, "null"), found, WANTED, DISTRICT).wrong


@pytest.mark.parametrize(("key", "is_right"), [("graded_at", True), ("score", False)])
def test_i7_the_day_of_a_score_is_no_reason_to_send_it_again(key: str, is_right: bool) -> None:
    dated = replace(WANTED, next={**AFTER, (FIRST, NAME, STUDENT): "2026-09-01"})
    stays = {**AFTER, (FIRST, NAME, STUDENT): "2026-09-02"}
    found = Found(1, [], summary={"status": "Completed"}, tables=EMPTY, after=listed(AFTER), next=listed(stays))
    assert (judge(Case(replace(PLACE, path=("[]", key)), "null"), found, dated, DISTRICT).wrong == ()) is is_right


def test_i7_an_odd_name_that_is_a_name_leaves_its_scores_the_same() -> None:
    odd = {(section, "Infinity" if name == NAME else name, student): value for (section, name, student), value in AFTER.items()}
    assert (
        judge(Case(PLACE, "Infinity"), Found(1, [], summary={"status": "Completed"}, tables=EMPTY, after=listed(odd)), WANTED, DISTRICT).wrong == ()
    )


def test_a_mutation_that_no_response_met_is_told() -> None:
    found = judge(Case(PLACE, "null"), Found(0, [], same="digest"), WANTED, DISTRICT)
    assert "never met" in found.wrong[0]


def test_i7_a_sentence_without_its_value_is_hollow() -> None:
    assert is_hollow("GP-COURSE-INCOMPLETE", "Canvas returned incomplete data for this course: . Nothing was sent for it.")
    assert not is_hollow("GP-COURSE-INCOMPLETE", "Canvas returned incomplete data for this course: due_at is 7. Nothing was sent for it.")


def test_f12_names_and_credentials_in_the_log_are_seen() -> None:
    one = DISTRICT.students[0]
    assert leaks([f"sent {one.family_name}, {one.given_name}"], [], DISTRICT) == ["the log holds a student's name"]
    assert leaks(["token canvas-full-token"], ["canvas-full-token"], DISTRICT) == ["the log holds a credential"]
    assert leaks(["3 rows sent"], ["canvas-full-token"], DISTRICT) == []
