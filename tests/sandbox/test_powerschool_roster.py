"""Roster reads of the PowerSchool sandbox: /ws/v1, schema tables, categories (powerschool-xte.md §3 to §5, §7.1, §10.3, §10.9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.powerschool_town import ADA, ART, BEN, MATH_1, MATH_2, NEXT, Raw, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def table(raw: Raw, name: str, projection: str, q: str = "", **params: object) -> list[dict[str, str]]:
    answer = raw("GET", f"/ws/schema/table/{name}", projection=projection, q=q, **params)
    assert answer.status_code == 200, answer.text
    return [record["tables"][name] for record in answer.json()["record"]]


def test_a_section_tells_its_term_by_dcid_and_with_dates_when_asked(raw: Raw) -> None:
    section = raw("GET", f"/ws/v1/section/{MATH_1}", expansions="term").json()["section"]
    assert section["term"]["id"] == str(section["term_id"])
    assert (section["term"]["start_date"], section["term"]["end_date"], section["term"]["start_year"]) == ("2026-08-24", "2027-01-22", "2026")
    assert "term" not in raw("GET", f"/ws/v1/section/{MATH_1}").json()["section"]
    assert raw("GET", "/ws/v1/section/99999").status_code == 404


def test_the_sections_table_has_the_other_term_id(raw: Raw) -> None:
    rows = {row["dcid"]: row for row in table(raw, "sections", "dcid,id,termid")}
    assert rows[MATH_1]["termid"] == "3601"
    assert rows[NEXT]["termid"] == "3602"
    assert rows[MATH_1]["id"] != MATH_1


def test_values_of_tables_are_text_and_projection_is_required(raw: Raw) -> None:
    rows = table(raw, "sectionteacher", "id,sectionid,teacherid")
    assert all(isinstance(value, str) for row in rows for value in row.values())
    assert raw("GET", "/ws/schema/table/sections").status_code == 400


def test_table_names_and_columns_that_do_not_exist(raw: Raw) -> None:
    assert raw("GET", "/ws/schema/table/grades", projection="id").status_code == 404
    answer = raw("GET", "/ws/schema/table/sections", projection="dcid,color")
    assert (answer.status_code, "sections.color" in answer.text) == (400, True)


def test_queries_join_by_and_alone(raw: Raw) -> None:
    assert [row["dcid"] for row in table(raw, "sections", "dcid", "dcid=ge=85002;dcid=le=85003")] == [MATH_2, ART]
    assert raw("GET", "/ws/schema/table/sections", projection="dcid", q="dcid==85001,dcid==85002").json()["record"] == []


def test_the_way_from_section_to_teacher_goes_over_sectionteacher_and_schoolstaff(raw: Raw) -> None:
    section = table(raw, "sections", "id", f"dcid=={MATH_1}")[0]["id"]
    staff = table(raw, "sectionteacher", "teacherid", f"sectionid=={section}")[0]["teacherid"]
    assert table(raw, "schoolstaff", "users_dcid", f"id=={staff}") == [{"users_dcid": ADA}]


def test_pages_hold_what_the_server_allows_whatever_is_asked(raw: Raw) -> None:
    raw.settings(page_size=4)
    first = table(raw, "cc", "dcid", page=1, pagesize=1000)
    second = table(raw, "cc", "dcid", page=2, pagesize=1000)
    third = table(raw, "cc", "dcid", page=3, pagesize=1000)
    assert [len(first), len(second), len(third)] == [4, 4, 3]
    assert len({row["dcid"] for row in first + second + third}) == 11


def test_a_collection_of_one_collapses_to_an_object(raw: Raw) -> None:
    path = f"/ws/v1/section/{ART}/section_enrollment"
    both = raw("GET", path).json()["section_enrollments"]["section_enrollment"]
    one = raw("GET", path, page=2, pagesize=1).json()["section_enrollments"]["section_enrollment"]
    assert [row["student_id"] for row in both] == [81001, 81002]
    assert one["student_id"] == 81002


def test_a_dropped_student_stays_listed_as_dropped_and_gets_a_negative_section(raw: Raw) -> None:
    raw.teacher("drop_student", section=ART, student=81001)
    rows = raw("GET", f"/ws/v1/section/{ART}/section_enrollment").json()["section_enrollments"]["section_enrollment"]
    assert [(row["student_id"], row["dropped"]) for row in rows] == [(81001, True), (81002, False)]
    section = int(table(raw, "sections", "id", f"dcid=={ART}")[0]["id"])
    assert len(table(raw, "cc", "sectionid", f"sectionid=={-section}")) == 1
    assert raw.section(ART)["students"] == ["81002"]


def test_lists_of_a_school(raw: Raw) -> None:
    schools = raw("GET", "/ws/v1/district/school").json()["schools"]["school"]
    assert [school["name"] for school in schools] == ["North", "South"]
    sections = raw("GET", "/ws/v1/school/2/section").json()["sections"]["section"]
    assert [section["id"] for section in sections] == [int(ART), int(NEXT)]
    assert raw("GET", "/ws/v1/school/1/staff").json()["staffs"]["staff"]["users_dcid"] == int(ADA)
    assert len(raw("GET", "/ws/v1/school/1/term").json()["terms"]["term"]) == 2
    students = raw("GET", "/ws/v1/district/student", q="id==81002").json()["students"]["student"]
    assert raw("GET", f"/ws/v1/student/{students['id']}").json()["student"]["local_id"] == students["local_id"]


def categories(raw: Raw, user: str, year: int = 36) -> dict[str, dict[str, Any]]:
    answer = raw("GET", "/ws/xte/teacher_category", users_dcid=user, year_id=year)
    return {row["name"]: row for row in answer.json()}


def test_categories_come_as_a_plain_array_with_inactive_and_excluded_ones(raw: Raw) -> None:
    mine = categories(raw, ADA)
    assert (mine["Tests"]["teachercategoryid"], bool(mine["Tests"]["isactive"])) == (4301, True)
    assert not mine["Old"]["isactive"]
    assert [row["sectionsdcid"] for row in mine["Labs"]["_teachercategorysectionexcludeassociations"]] == [int(MATH_1), int(MATH_2)]


def test_district_copies_point_at_their_district_category(raw: Raw) -> None:
    ada, ben = categories(raw, ADA)["Formative"], categories(raw, BEN)["Formative"]
    assert ada["districtteachercategoryid"] == ben["districtteachercategoryid"] == 1
    assert ada["teachercategoryid"] != ben["teachercategoryid"]
    assert not ada["isactive"]


def test_categories_need_a_year_and_are_of_that_year(raw: Raw) -> None:
    assert raw("GET", "/ws/xte/teacher_category", users_dcid=ADA).status_code == 400
    assert categories(raw, ADA, 30) == {}
