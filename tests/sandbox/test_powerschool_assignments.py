"""XTE section/assignment of the PowerSchool sandbox (powerschool-xte.md §7, §9, §10.4, §10.6 to §10.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.powerschool_town import ADA, ART, BEN, DRAWING, HOMEWORK, LABS, MATH_1, MATH_2, OLD, TESTS, XTE, Raw, assignment, score, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def create(raw: Raw, body: dict[str, Any] | None = None, user: str = ADA) -> requests.Response:
    return raw("POST", XTE, body or assignment(), users_dcid=user)


def made(raw: Raw, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """(assignmentid, what GET shows)."""
    answer = create(raw, body)
    assert answer.status_code == 201, answer.text
    number = int(answer.headers["Location"].rpartition("/")[2])
    return number, raw("GET", f"{XTE}{number}", users_dcid=ADA).json()


def sentence(answer: requests.Response) -> str:
    assert answer.status_code == 409, answer.text
    return str(answer.json()["errors"][0]["field"])


def test_a_create_answers_201_with_an_empty_body_and_two_headers(raw: Raw) -> None:
    answer = create(raw)
    assert (answer.status_code, answer.content) == (201, b"")
    number = answer.headers["Location"].rpartition("/")[2]
    shown = raw("GET", f"{XTE}{number}", users_dcid=ADA).json()
    assert shown["createdbyplugin"] == "744"
    assert answer.headers["AssignmentSectionIds"] == f"[{shown['_assignmentsections'][0]['assignmentsectionid']}]"
    assert shown["_assignmentsections"][0]["assignmentsectionid"] != int(number)


def test_the_ids_header_can_be_missing(raw: Raw) -> None:
    raw.settings(ids_header=False)
    assert "AssignmentSectionIds" not in create(raw).headers


def test_the_list_is_a_plain_array_that_ignores_pagesize(raw: Raw) -> None:
    create(raw)
    create(raw, assignment(MATH_2, name="Other"))
    rows = raw("GET", XTE, users_dcid=ADA, section_ids=f"{MATH_1},{MATH_2}", pagesize=1).json()
    assert [row["_assignmentsections"][0]["name"] for row in rows] == ["By hand", "Unit 3 test", "Other"]
    assert [row.get("createdbyplugin") for row in rows] == [None, "744", "744"]


def test_one_assignment_may_span_sections(raw: Raw) -> None:
    both = {"_assignmentsections": assignment()["_assignmentsections"] + assignment(MATH_2)["_assignmentsections"]}
    _, shown = made(raw, both)
    assert [row["sectionsdcid"] for row in shown["_assignmentsections"]] == [int(MATH_1), int(MATH_2)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"duedate": "2027-03-01"}, "Due date [2027-03-01] is not within the section's term"),
        ({"duedate": None}, "Due date is required"),
        ({"name": "x" * 51}, "Name must be between 1 and 50 characters"),
        ({"scoreentrypoints": None}, "Score entry points are required"),
        ({"scoreentrypoints": 10_000}, "9999"),
        ({"_assignmentcategoryassociations": []}, "Teacher category id [none]"),
        ({"_assignmentcategoryassociations": [{"teachercategoryid": int(LABS), "isprimary": True}]}, f"Teacher category id [{LABS}]"),
        ({"_assignmentcategoryassociations": [{"teachercategoryid": int(OLD), "isprimary": True}]}, f"Teacher category id [{OLD}]"),
        ({"_assignmentcategoryassociations": [{"teachercategoryid": int(DRAWING), "isprimary": True}]}, f"Teacher category id [{DRAWING}]"),
    ],
)
def test_what_is_refused_with_409(raw: Raw, changes: dict[str, Any], words: str) -> None:
    before = raw.section(MATH_1)
    assert words in sentence(create(raw, assignment(**changes)))
    assert raw.section(MATH_1) == before


def test_the_last_day_of_the_term_and_fifty_characters_are_taken(raw: Raw) -> None:
    create(raw, assignment(duedate="2027-01-22", name="x" * 50))
    assert raw.item(MATH_1, "x" * 50)["due_date"] == "2027-01-22"


def test_zero_points_and_twins_are_refused_only_if_set_so(raw: Raw) -> None:
    assert create(raw, assignment(scoreentrypoints=0, totalpointvalue=0)).status_code == 201
    raw.settings(zero_points=False, twins=False)
    assert "Score entry points" in sentence(create(raw, assignment(scoreentrypoints=0, name="Zero")))
    assert "already exists" in sentence(create(raw, assignment(name=" unit 3 TEST ")))


def test_only_the_sections_teacher_may_write_and_list(raw: Raw) -> None:
    answer = create(raw, user=BEN)
    assert (answer.status_code, "does not teach section 85001" in answer.json()["message"]) == (403, True)
    assert raw("GET", XTE, users_dcid=BEN, section_ids=f"{ART},{MATH_1}").status_code == 403


def test_a_malformed_create_is_400(raw: Raw) -> None:
    assert create(raw, {"name": "x"}).status_code == 400
    assert create(raw, {"_assignmentsections": [{"name": "x"}]}).status_code == 400


def test_put_replaces_and_keeps_the_plugins_name(raw: Raw) -> None:
    number, shown = made(raw)
    shown["_assignmentsections"][0].update(name="Renamed", duedate="2026-11-20")
    shown["_assignmentsections"][0]["_assignmentcategoryassociations"][0]["teachercategoryid"] = int(HOMEWORK)
    assert raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA).status_code == 201
    item = raw.item(MATH_1, "Renamed")
    assert (item["due_date"], item["category"], item["made_by"]) == ("2026-11-20", "Homework", "plugin")


def test_put_without_a_record_of_the_assignment_is_412(raw: Raw) -> None:
    both = {"_assignmentsections": assignment()["_assignmentsections"] + assignment(MATH_2)["_assignmentsections"]}
    number, shown = made(raw, both)
    half = {**shown, "_assignmentsections": shown["_assignmentsections"][:1]}
    assert raw("PUT", f"{XTE}{number}", half, users_dcid=ADA).status_code == 412
    shown["_assignmentsections"][0]["_assignmentcategoryassociations"] = [{"teachercategoryid": int(TESTS), "isprimary": True}]
    assert raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA).status_code == 412


def test_sections_of_one_assignment_may_differ_in_their_due_date_alone(raw: Raw) -> None:
    both = {"_assignmentsections": assignment()["_assignmentsections"] + assignment(MATH_2)["_assignmentsections"]}
    number, shown = made(raw, both)
    shown["_assignmentsections"][1]["duedate"] = "2026-12-01"
    assert raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA).status_code == 201
    shown["_assignmentsections"][1]["name"] = "Other name"
    assert "same name" in sentence(raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA))


def test_a_change_of_points_of_scored_work_must_say_what_becomes_of_the_scores(raw: Raw) -> None:
    number, shown = made(raw)
    entry = shown["_assignmentsections"][0]
    raw("PUT", "/ws/xte/score", {"assignment_scores": [score(entry["assignmentsectionid"], "81001")]}, users_dcid=ADA, term_id=3601)
    entry.update(scoreentrypoints=40, totalpointvalue=40)
    assert "update_scores" in sentence(raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA))
    assert raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA, update_scores="false").status_code == 201


def test_delete_needs_force_where_scores_exist(raw: Raw) -> None:
    number, shown = made(raw)
    entry = shown["_assignmentsections"][0]["assignmentsectionid"]
    raw("PUT", "/ws/xte/score", {"assignment_scores": [score(entry, "81001")]}, users_dcid=ADA, term_id=3601)
    assert raw("DELETE", f"{XTE}{number}", users_dcid=ADA).status_code == 412
    assert raw("DELETE", f"{XTE}{number}", users_dcid=ADA, force="true").status_code == 204
    assert raw("GET", f"{XTE}{number}", users_dcid=ADA).status_code == 404
    assert raw("DELETE", f"{XTE}{number}", users_dcid=ADA, force="true").status_code == 404


def test_locked_assignment_and_locked_term_refuse_writes(raw: Raw) -> None:
    number, shown = made(raw)
    raw.teacher("lock", assignment=number)
    assert raw("GET", f"{XTE}{number}", users_dcid=ADA).json()["_assignmentsections"][0]["islocked"] is True
    assert "assignment is locked" in sentence(raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA))
    assert "assignment is locked" in sentence(raw("DELETE", f"{XTE}{number}", users_dcid=ADA))
    raw.teacher("unlock", assignment=number)
    raw.teacher("lock_term", section=MATH_1)
    assert "term is locked" in sentence(raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA))
    assert "term is locked" in sentence(create(raw, assignment(name="Late")))
    raw.teacher("unlock_term", section=MATH_1)
    assert raw("PUT", f"{XTE}{number}", shown, users_dcid=ADA).status_code == 201


def test_a_lost_answer_leaves_the_assignment_behind(raw: Raw) -> None:
    raw.fault("lost", "POST", "section/assignment")
    with pytest.raises(requests.ConnectionError):
        create(raw)
    assert raw.item(MATH_1, "Unit 3 test")["made_by"] == "plugin"
