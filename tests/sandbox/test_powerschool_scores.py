"""PUT /ws/xte/score of the PowerSchool sandbox, and clearing (powerschool-xte.md §6, §8, §9, §10.5 to §10.8)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.powerschool_town import ADA, BEN, MATH_1, XTE, Raw, assignment, score, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


@pytest.fixture
def item(raw: Raw) -> tuple[int, int]:
    """(assignmentid, assignmentsectionid)."""
    answer = raw("POST", XTE, assignment(), users_dcid=ADA)
    return int(answer.headers["Location"].rpartition("/")[2]), int(answer.headers["AssignmentSectionIds"].strip("[]"))


def put(raw: Raw, *rows: dict[str, object], user: str = ADA) -> requests.Response:
    return raw("PUT", "/ws/xte/score", {"assignment_scores": list(rows)}, users_dcid=user, status="A", term_id=3601)


def scores(raw: Raw) -> dict[str, dict[str, object]]:
    return dict(raw.item(MATH_1, "Unit 3 test")["scores"])


def test_the_answer_names_students_and_no_score_ids(raw: Raw, item: tuple[int, int]) -> None:
    answer = put(raw, score(item[1], "81001"), score(item[1], "81002", 12.345678))
    assert answer.json() == {"assignment_scores": [{"studentsdcid": 81001}, {"studentsdcid": 81002}]}
    assert scores(raw) == {"81001": {"entered": "18.5", "points": 18.5}, "81002": {"entered": "12.345678", "points": 12.345678}}


def test_a_second_put_updates_the_same_row(raw: Raw, item: tuple[int, int]) -> None:
    query = {"projection": "assignmentscoreid,scorepoints,islate", "q": f"assignmentsectionid=={item[1]}"}
    put(raw, score(item[1], "81001", islate=True))
    first = raw("GET", "/ws/schema/table/assignmentscore", **query).json()["record"]
    put(raw, score(item[1], "81001", 9))
    second = raw("GET", "/ws/schema/table/assignmentscore", **query).json()["record"]
    assert [row["id"] for row in first] == [row["id"] for row in second]
    assert second[0]["tables"]["assignmentscore"] == {"assignmentscoreid": str(first[0]["id"]), "scorepoints": "9", "islate": "1"}


def test_one_bad_row_refuses_all_and_is_named(raw: Raw, item: tuple[int, int]) -> None:
    answer = put(raw, score(item[1], "81001"), score(item[1], "81006"))
    error = answer.json()["errors"][0]
    assert answer.status_code == 409
    assert error["params"] == {"assignment_section_id": item[1], "student_dcid": 81006}
    assert error["field"] == f"Student.id [81006] does not have an AssignmentStudentAssociation with assignment section {item[1]}"
    assert scores(raw) == {}


def test_refusals_can_come_without_params_or_without_any_name(raw: Raw, item: tuple[int, int]) -> None:
    raw.settings(name_params=False)
    assert "params" not in put(raw, score(item[1], "81006")).json()["errors"][0]
    raw.settings(silent_refusals=True)
    assert "81006" not in put(raw, score(item[1], "81006")).text


def test_extra_credit_exempt_without_a_number_and_missing_are_taken(raw: Raw, item: tuple[int, int]) -> None:
    rows = score(item[1], "81001", 25), score(item[1], "81002", None, isexempt=True), score(item[1], "81003", 0, ismissing=True)
    assert put(raw, *rows).status_code == 200
    assert scores(raw)["81001"]["points"] == 25
    assert scores(raw)["81002"] == {"entered": None, "points": None, "exempt": True}
    assert scores(raw)["81003"] == {"entered": "0", "points": 0, "missing": True}


def test_a_letter_for_points_is_refused(raw: Raw, item: tuple[int, int]) -> None:
    assert "grade scale" in put(raw, score(item[1], "81001", actualscoreentered="B+")).json()["errors"][0]["field"]


def test_412_once_then_taken(raw: Raw, item: tuple[int, int]) -> None:
    raw.settings(resubmit=1)
    assert put(raw, score(item[1], "81001")).status_code == 412
    assert scores(raw) == {}
    assert put(raw, score(item[1], "81001")).status_code == 200


def test_after_a_teacher_deleted_the_assignment_scores_answer_500(raw: Raw, item: tuple[int, int]) -> None:
    raw.teacher("delete", assignment=item[0])
    answer = put(raw, score(item[1], "81001"))
    assert answer.status_code == 500
    assert answer.json()["message"] == f"Unable to find com.pearson.powerschool.xte.model.AssignmentSection with id {item[1]}"
    assert raw("GET", f"{XTE}{item[0]}", users_dcid=ADA).status_code == 404


def test_the_assignments_id_in_place_of_the_sections_is_403(raw: Raw, item: tuple[int, int]) -> None:
    answer = put(raw, score(item[0], "81001"))
    assert (answer.status_code, "does not teach section" in answer.json()["message"]) == (403, True)


def test_after_a_change_of_teacher_the_old_one_is_refused(raw: Raw, item: tuple[int, int]) -> None:
    raw.teacher("change_teacher", section=MATH_1, teacher=BEN)
    assert put(raw, score(item[1], "81001")).status_code == 403
    assert put(raw, score(item[1], "81001"), user=BEN).status_code == 200


def test_locks_refuse_scores(raw: Raw, item: tuple[int, int]) -> None:
    raw.teacher("lock", assignment=item[0])
    assert "assignment is locked" in put(raw, score(item[1], "81001")).text
    raw.teacher("unlock", assignment=item[0])
    raw.teacher("lock_term", section=MATH_1)
    assert "term is locked" in put(raw, score(item[1], "81001")).text
    assert scores(raw) == {}


def test_required_parameters(raw: Raw, item: tuple[int, int]) -> None:
    body = {"assignment_scores": [score(item[1], "81001")]}
    assert raw("PUT", "/ws/xte/score", body, users_dcid=ADA).status_code == 400
    assert raw("PUT", "/ws/xte/score", body, term_id=3601).status_code == 400
    assert raw("PUT", "/ws/xte/score", {"scores": []}, users_dcid=ADA, term_id=3601).status_code == 400


def test_unassigning_takes_scores_along_with_force_and_is_blind(raw: Raw, item: tuple[int, int]) -> None:
    put(raw, score(item[1], "81001"), score(item[1], "81002"))
    path = "/ws/xte/assignment_section/students"
    assert raw("DELETE", path, {"student_ids": [81001, 99], "section_ids": [item[1], 5]}, force="true").status_code == 201
    assert set(scores(raw)) == {"81002"}
    assert raw.item(MATH_1, "Unit 3 test")["students"] == ["81002", "81003", "81004"]
    assert put(raw, score(item[1], "81001")).status_code == 409


def test_the_log_counts_the_rows_of_a_write(raw: Raw, item: tuple[int, int]) -> None:
    raw.clear_log()
    put(raw, score(item[1], "81001"), score(item[1], "81002"))
    raw("GET", "/ws/v1/metadata")
    assert [entry["rows"] for entry in raw.admin("GET", "log")] == [2, 0]
