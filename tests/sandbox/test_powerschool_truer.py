"""The PowerSchool sandbox differs where real servers do: IDs of schools, signed plugins, rights, statuses, bad records, restores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.powerschool_town import ADA, MATH_1, XTE, Raw, assignment, score, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def created(raw: Raw, **changes: object) -> tuple[str, int]:
    answer = raw("POST", XTE, assignment(**changes), users_dcid=ADA)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"].rpartition("/")[2], int(answer.headers["AssignmentSectionIds"].strip("[]"))


def test_a_schools_dcid_is_not_its_number(raw: Raw) -> None:
    school = raw("GET", "/ws/v1/district/school").json()["schools"]["school"][0]
    section = raw("GET", f"/ws/v1/section/{MATH_1}", expansions="term").json()["section"]
    (row,) = raw("GET", "/ws/schema/table/sections", projection="schoolid", q=f"dcid=={MATH_1}").json()["record"]
    assert section["school_id"] == school["id"] != school["school_number"]
    assert row["tables"]["sections"]["schoolid"] == str(school["school_number"])
    assert section["term"]["school_id"] == str(school["id"])


def test_a_table_answers_one_row_by_its_id_and_a_count_by_that_word(raw: Raw) -> None:
    assert raw("GET", f"/ws/schema/table/sections/{MATH_1}", projection="id").json()["tables"]["sections"]["id"] == "40001"
    assert raw("GET", "/ws/schema/table/sections/1", projection="id").status_code == 404
    assert raw("GET", "/ws/schema/table/sections/count").json() == {"count": 4}


def test_a_signed_plugins_identifier_stands_in_its_assignments(raw: Raw) -> None:
    raw.settings(plugin_identifier="org.example")
    number, _ = created(raw)
    assert raw("GET", f"{XTE}{number}", users_dcid=ADA).json()["createdbyplugin"] == "org.example"


@pytest.mark.parametrize("rights", ["view_only", "view_only_field"])
def test_view_only_rights_read_everything_and_write_nothing(raw: Raw, rights: str) -> None:
    number, entry = created(raw)
    raw.settings(rights=rights)
    before = raw.admin("GET", "state")
    shown = raw("GET", f"{XTE}{number}", users_dcid=ADA)
    writes = [
        raw("POST", XTE, assignment(name="Other"), users_dcid=ADA),
        raw("PUT", f"{XTE}{number}", shown.json(), users_dcid=ADA),
        raw("DELETE", f"{XTE}{number}", users_dcid=ADA),
        raw("PUT", "/ws/xte/score", {"assignment_scores": [score(entry, "81001")]}, users_dcid=ADA, status="A", term_id=3601),
        raw("PUT", "/ws/xte/score", {"assignment_scores": []}, users_dcid=ADA, status="A", term_id=3601),
        raw("DELETE", "/ws/xte/assignment_section/students", {"student_ids": [81001], "section_ids": [entry]}),
    ]
    assert shown.status_code == 200
    assert {answer.status_code for answer in writes} == {403}
    assert raw.admin("GET", "state") == before


def test_writing_no_scores_changes_nothing(raw: Raw) -> None:
    before = raw.admin("GET", "state")
    assert raw("PUT", "/ws/xte/score", {"assignment_scores": []}, users_dcid=ADA, status="A", term_id=3601).status_code == 200
    assert raw.admin("GET", "state") == before


def test_records_refuse_by_their_id(raw: Raw) -> None:
    _, entry = created(raw)
    raw.settings(refusing={"student/81002": {"status": 500, "message": "broken"}})
    params = {"users_dcid": ADA, "status": "A", "term_id": 3601}
    assert raw("PUT", "/ws/xte/score", {"assignment_scores": [score(entry, "81001")]}, **params).status_code == 200
    answer = raw("PUT", "/ws/xte/score", {"assignment_scores": [score(entry, "81001"), score(entry, "81002")]}, **params)
    assert (answer.status_code, answer.json()["message"]) == (500, "broken")


def test_fields_can_be_missing_or_hold_something_else(raw: Raw) -> None:
    raw.settings(left_out=["assignmentsection.duedate"], altered={"assignmentsection/77000001.name": "half \ud83d"})
    (shown,) = raw("GET", XTE, users_dcid=ADA, section_ids=MATH_1).json()
    (entry,) = shown["_assignmentsections"]
    assert "duedate" not in entry
    assert entry["name"] == "half \ud83d"


def test_a_column_that_the_server_lacks_is_a_400_that_names_it(raw: Raw) -> None:
    raw.settings(lacking_columns=["cc.studentid"])
    answer = raw("GET", "/ws/schema/table/cc", projection="sectionid,studentid")
    assert (answer.status_code, answer.json()["message"]) == (400, "invalid column: cc.studentid")


def test_a_restore_takes_back_what_came_later_and_gives_its_ids_again(raw: Raw) -> None:
    raw.admin("POST", "save", {"name": "monday"})
    before = raw.admin("GET", "state")
    number, _ = created(raw)
    raw.admin("POST", "restore", {"name": "monday"})
    assert raw.admin("GET", "state") == before
    assert raw("GET", f"{XTE}{number}", users_dcid=ADA).status_code == 404
    assert raw.teacher("create", section=MATH_1, name="Exam")["sis_assignment_id"].partition("/")[0] == number
