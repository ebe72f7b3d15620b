"""What a OneRoster sandbox can be told to do beside the standard, and what a lenient one does not demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.sandbox.oneroster import TRAITS, lenient
from tests.sandbox.oneroster_client import Sis, serve


@pytest.fixture(scope="module", params=["schooltool", "infinite_campus"])
def running(request: pytest.FixtureRequest) -> Iterator[Sis]:
    with serve(request.param) as sis:
        yield sis


@pytest.fixture
def sis(running: Sis) -> Sis:
    assert running.http.post(f"{running.url}/_sandbox/reset").status_code == 200
    return running.login()


def odd(sis: Sis, **wanted: Any) -> None:
    answer = sis.http.put(f"{sis.url}/_sandbox/oddities", json=wanted)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("way", "status", "has_body"),
    [("empty_200", 200, False), ("empty_201", 201, False), ("no_content", 204, False), ("record_200", 200, True), ("record_201", 201, True)],
)
def test_put_answers_as_told(sis: Sis, way: str, status: int, has_body: bool) -> None:
    odd(sis, put_answer=way)
    for _ in range(2):
        answer = sis.put_item()
        assert (answer.status_code, bool(answer.content)) == (status, has_body)


def test_refusals_come_as_problems(sis: Sis) -> None:
    odd(sis, problem_json=True)
    answer = sis.put_item(title="")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert "title" in answer.json()["detail"]


def test_ids_are_padded_and_titles_collapsed_in_every_answer(sis: Sis) -> None:
    assert sis.put_item(title="Essay  on  rivers").status_code == 201
    odd(sis, padded_ids=3, collapsed_titles=True)
    item = sis.get("/lineItems/gs-essay").json()["lineItem"]
    assert (item["sourcedId"], item["title"], item["class"]["sourcedId"]) == ("gs-essay   ", "Essay on rivers", f"{sis.klass}   ")
    assert all(user["sourcedId"].endswith("   ") for user in sis.read(f"/classes/{sis.klass}/students").json()["users"])


def test_records_lack_fields_and_refuse_writes_as_told(sis: Sis) -> None:
    changes = [{"collection": "users", "id": sis.students[0], "without": ["sourcedId"]}]
    odd(sis, changes=changes, refusals=[{"id": sis.students[1], "status": 500, "sentence": "NullReferenceException"}])
    users = sis.read(f"/classes/{sis.klass}/students").json()["users"]
    assert sum("sourcedId" not in user for user in users) == 1
    assert sis.put_item().status_code == 201
    answers = {one: sis.put_result(f"r-{one}", student=sis.link("user", one)).status_code for one in sis.students[:2]}
    assert answers == {sis.students[0]: 201, sis.students[1]: 500}


def test_unknown_oddities_are_rejected(sis: Sis) -> None:
    answer = sis.http.put(f"{sis.url}/_sandbox/oddities", json={"padded": 3})
    assert answer.status_code == 400
    assert "padded_ids" in answer.json()["error"]


def test_i4_a_restored_sis_is_as_it_was_saved_also_after_a_restart(sis: Sis) -> None:
    assert sis.put_item("gs-old", title="Old").status_code == 201
    sis.http.post(f"{sis.url}/_sandbox/save", json={"name": "last week"})
    assert sis.put_item("gs-new", title="New").status_code == 201
    assert sis.http.post(f"{sis.url}/_sandbox/restore", json={"name": "last week"}).status_code == 200
    assert sis.get("/lineItems/gs-old").status_code == 200
    assert sis.get("/lineItems/gs-new").status_code == 404
    assert [event["row"]["sourcedId"] for event in sis.provider.store.journal.replay()] == ["gs-old"]
    assert sis.http.post(f"{sis.url}/_sandbox/restore", json={"name": "never"}).status_code == 400


def test_i5_a_reused_id_belongs_to_a_teachers_item_without_scores(sis: Sis) -> None:
    assert sis.put_item().status_code == 201
    assert sis.put_result().status_code == 201
    assert sis.teacher("reuse_id", id="gs-essay", title="Midterm exam").json() == {"id": "gs-essay"}
    assert sis.get("/lineItems/gs-essay").json()["lineItem"]["title"] == "Midterm exam"
    assert sis.get(f"/classes/{sis.klass}/results").json()["results"] == []
    assert [item["made_by"] for item in sis.seen("Midterm exam")] == ["person"]


@pytest.mark.parametrize("name", list(TRAITS))
def test_teachers_are_teachers_and_enrollment_ids_are_unique(name: str) -> None:
    with serve(name) as sis:
        rows = sis.read("/enrollments", limit=10_000).json()["enrollments"]
        teachers = {user["sourcedId"] for user in sis.read("/teachers", limit=10_000).json()["users"]}
        assert len({row["sourcedId"] for row in rows}) == len(rows)
        assert {row["user"]["sourcedId"] for row in rows if row["role"] == "teacher"} <= teachers
        assert not teachers & sis.provider.roster.student_ids


@pytest.mark.parametrize("name", list(TRAITS))
def test_a_lenient_sis_takes_what_the_standard_leaves_open(name: str) -> None:
    with serve(lenient(TRAITS[name])) as sis:
        bare = {"title": "x" * 200, "category": None, "dueDate": None, "status": None, "dateLastModified": None}
        assert sis.put_item(**bare).status_code == 201
        assert sis.put_result(scoreStatus="exempt", score=None, scoreDate="2026-11-11T12:00:00.000Z").status_code == 201
