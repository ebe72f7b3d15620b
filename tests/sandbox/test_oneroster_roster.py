"""Rostering reads: nesting, queries, pages, and students who move (oneroster-gradebook.md §6, §8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.oneroster_client import Sis, minor, serve

ALL = 10_000


@pytest.fixture(scope="module")
def old() -> Iterator[Sis]:
    with serve("synergy") as sis:
        yield sis


@pytest.fixture(scope="module")
def new() -> Iterator[Sis]:
    with serve("infinite_campus") as sis:
        yield sis


def test_every_class_leads_to_its_school_course_and_term(old: Sis) -> None:
    classes = old.read("/classes", limit=ALL).json()["classes"]
    assert len(classes) == len(old.provider.roster.courses_by_class)
    for row in classes:
        for name in ("school", "course"):
            assert requests.get(row[name]["href"], headers=old.http.headers).status_code == 200
        term = requests.get(row["terms"][0]["href"], headers=old.http.headers).json()["academicSession"]
        assert term["type"] == "term"


def test_a_class_lists_who_is_in_it(old: Sis) -> None:
    students = old.read(f"/classes/{old.klass}/students", limit=ALL).json()["users"]
    assert {row["sourcedId"] for row in students} == set(old.students)
    assert {row["role"] for row in students} == {"student"}
    teacher = old.read(f"/classes/{old.klass}/teachers").json()["users"][0]
    taught = old.read(f"/teachers/{teacher['sourcedId']}/classes").json()["classes"]
    assert old.klass in [row["sourcedId"] for row in taught]
    enrolled = old.read("/enrollments", filter=f"class.sourcedId='{old.klass}' AND role='student'", limit=ALL).json()["enrollments"]
    assert {row["user"]["sourcedId"] for row in enrolled} == set(old.students)
    assert len(old.read(f"/schools/{old.school}/classes/{old.klass}/enrollments").json()["enrollments"]) == len(enrolled) + 1


def test_grading_periods_cover_the_term_and_ends_follow_the_version(old: Sis, new: Sis) -> None:
    for sis, last in ((old, "2027-01-22"), (new, "2027-01-23")):  # 1.2's end dates are exclusive (§5)
        term = sis.read(f"/classes/{sis.klass}").json()["class"]["terms"][0]["sourcedId"]
        periods = sis.read(f"/terms/{term}/gradingPeriods").json()["academicSessions"]
        assert [row["type"] for row in periods] == ["gradingPeriod"] * 2
        assert periods[-1]["endDate"] == last
        assert periods[0]["schoolYear"] == "2027"


def test_users_differ_by_version(old: Sis, new: Sis) -> None:
    one = old.read("/students", limit=1).json()["users"][0]
    other = new.read("/students", limit=1).json()["users"][0]
    assert "roles" not in one
    assert one["role"] == "student"
    assert "role" not in other
    assert other["roles"][0]["org"]["type"] == "org"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("title='Homework'", {"homework"}),
        ("title~'omewor'", {"homework"}),
        ("title='Homework' OR title='Quizzes'", {"homework", "quizzes"}),
        ("title>'Q' AND title<'R'", {"quizzes"}),
        ("title='Nothing'", set()),
    ],
)
def test_filters(old: Sis, text: str, names: set[str]) -> None:
    rows = old.get("/categories", filter=text, limit=ALL).json()["categories"]
    assert {row["title"].strip().casefold() for row in rows} <= names
    assert bool(rows) == bool(names)


def test_a_category_can_be_filtered_by_its_class(old: Sis) -> None:
    rows = old.get("/categories", filter=f"metadata.classId='{old.klass}'").json()["categories"]
    assert [row["sourcedId"] for row in rows] == [row["sourcedId"] for row in old.provider.store.categories(old.klass)]


def test_sort_and_fields(old: Sis) -> None:
    rows = old.read("/students", sort="familyName", orderBy="desc", fields="familyName", limit=ALL).json()["users"]
    names = [row["familyName"] for row in rows]
    assert names == sorted(names, reverse=True)
    assert {tuple(row) for row in rows} == {("familyName",)}


def test_pages_by_links_give_everybody_once(old: Sis) -> None:
    url: str | None = f"{old.roster}/students?limit=7&filter=status%3D'active'"
    found: list[str] = []
    while url:
        answer = old.http.get(url)
        found += [row["sourcedId"] for row in answer.json()["users"]]
        assert len(answer.json()["users"]) <= 7
        assert answer.headers["X-Total-Count"] == str(len(old.provider.roster.student_ids))
        url = answer.links.get("next", {}).get("url")
    assert sorted(found) == sorted(old.provider.roster.student_ids)
    assert old.read("/students", offset=99999).json() == {"users": []}


def test_a_vendor_may_give_smaller_pages_than_asked_for() -> None:
    with serve("schooltool") as sis:
        for number in range(205):
            assert sis.put_item(f"gs-{number}", title=f"Quiz {number}").status_code == 201
        answer = sis.get(f"/classes/{sis.klass}/lineItems", limit=5000)
        assert len(answer.json()["lineItems"]) == 200
        assert "next" in answer.links


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"filter": "colour='red'"}, 400, ("invalid_selection_field", "invalid_filter_field")),
        ({"filter": "title is red"}, 400, ("invalid_selection_field", "invalid_filter_field")),
        ({"fields": "title,colour"}, 400, ("invalid_selection_field", "invalid_selection_field")),
        ({"sort": "colour"}, 400, ("invalid_sort_field", "invalid_selection_field")),
    ],
)
def test_what_cannot_be_understood_is_refused_in_the_versions_words(
    old: Sis, new: Sis, params: dict[str, str], status: int, code: tuple[str, str]
) -> None:
    for sis, expected in zip((old, new), code, strict=True):
        answer = sis.read("/classes", **params)
        assert (answer.status_code, minor(answer)) == (status, expected)
    assert (old.read("/classes", limit=0).status_code, new.read("/classes", limit="x").status_code) == (400, 422)


def test_unknown_objects_and_paths_are_404(old: Sis) -> None:
    for path in ("/classes/none", "/classes/none/students", "/terms/none/gradingPeriods", "/schools/none/classes", "/colours"):
        answer = old.read(path)
        assert (answer.status_code, minor(answer)) == (404, "unknownobject")
    assert old.read(f"/students/{old.read('/teachers').json()['users'][0]['sourcedId']}").status_code == 404


def test_a_get_with_a_body_leaves_the_connection_usable(old: Sis) -> None:
    for _ in range(3):
        assert old.http.get(old.gradebook + "/categories?limit=1", data="x" * 5000).status_code == 200


def test_r8_a_student_who_moves_leaves_the_old_class_and_keeps_the_old_score() -> None:
    with serve("synergy") as sis:
        assert (sis.put_item().status_code, sis.put_result().status_code) == (201, 201)
        student = sis.students[0]
        other = next(one for one in sis.provider.roster.courses_by_class if one != sis.klass and not sis.provider.store.is_enrolled(student, one))
        moved = requests.post(sis.url + "/_sandbox/move", json={"student": student, "from": sis.klass, "to": other})
        assert moved.status_code == 200
        assert student not in [row["sourcedId"] for row in sis.read(f"/classes/{sis.klass}/students").json()["users"]]
        assert student in [row["sourcedId"] for row in sis.read(f"/classes/{other}/students").json()["users"]]
        old = sis.read("/enrollments", filter=f"class.sourcedId='{sis.klass}' AND user.sourcedId='{student}'").json()["enrollments"]
        assert [row["status"] for row in old] == ["tobedeleted"]
        assert student in sis.seen()[0]["scores"]
        assert sis.put_result(score=9.0).status_code == 422
