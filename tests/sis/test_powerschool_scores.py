"""What the PowerSchool client makes of score writes (powerschool-xte.md §8, §9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from include.errors import AccessError
from include.sis.powerschool import PowerSchoolClient
from tests.sandbox.powerschool_town import BEN, MATH_1, Raw, serving
from tests.sis.powerschool_client import client_of, made, mark, outcomes

ALL = ("81001", "81002", "81003", "81004")


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
def client(raw: Raw) -> PowerSchoolClient:
    return client_of(raw)


@pytest.fixture
def item(client: PowerSchoolClient) -> str:
    return made(client)


def puts(raw: Raw) -> int:
    return raw.requests_made().count("PUT /ws/xte/score")


def scores(raw: Raw) -> dict[str, Any]:
    return dict(raw.item(MATH_1, "Quiz 1")["scores"])


def test_all_scores_of_an_assignment_go_in_one_request(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    told = outcomes(client.put_scores([mark(item, student) for student in ALL]))
    assert told == {f"mark {student}": ("accepted", "") for student in ALL}
    assert puts(raw) == 1
    log = [entry for entry in raw.admin("GET", "log") if entry["path"] == "/ws/xte/score"]
    assert (log[0]["rows"], "term_id=3601" in log[0]["query"], "status=A" in log[0]["query"]) == (4, True, True)


def test_a15_numbers_go_as_they_are_and_as_a_teacher_would_type_them(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    list(client.put_scores([mark(item, "81001", 12.345678), mark(item, "81002", 0.1 + 0.2), mark(item, "81003", 20.0), mark(item, "81004", 1e-7)]))
    entered = {student: (row["entered"], row["points"]) for student, row in scores(raw).items()}
    assert entered == {
        "81001": ("12.345678", 12.345678),
        "81002": ("0.30000000000000004", 0.1 + 0.2),
        "81003": ("20", 20.0),
        "81004": ("0.0000001", 1e-7),
    }


def test_flags_and_extra_credit(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    rows = [
        mark(item, "81001", 25.0),
        mark(item, "81002", 0.0, exempt=True),
        mark(item, "81003", 0.0, missing=True),
        mark(item, "81004", 9.0, late=True),
    ]
    list(client.put_scores(rows))
    assert scores(raw) == {
        "81001": {"entered": "25", "points": 25.0, "collected": True},
        "81002": {"entered": "0", "points": 0.0, "exempt": True},
        "81003": {"entered": "0", "points": 0.0, "missing": True},
        "81004": {"entered": "9", "points": 9.0, "collected": True, "late": True},
    }


def test_a11_a_comment_goes_along_where_there_is_one(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    list(client.put_scores([mark(item, "81001", comment="Well done"), mark(item, "81002")]))
    assert {student: row.get("comment") for student, row in scores(raw).items()} == {"81001": "Well done", "81002": None}


def test_put_twice_is_one_score(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    list(client.put_scores([mark(item, "81001")]))
    list(client.put_scores([mark(item, "81001", 3.0)]))
    assert client.read_scores(MATH_1, [item])["score"].tolist() == [3.0]


@pytest.mark.parametrize("name_params", [True, False])
def test_a_student_who_left_is_refused_alone_with_one_more_request(raw: Raw, client: PowerSchoolClient, item: str, name_params: bool) -> None:
    raw.settings(name_params=name_params)
    raw.teacher("drop_student", section=MATH_1, student="81002")
    receipts = list(client.put_scores([mark(item, student) for student in ALL]))
    assert outcomes(receipts) == {
        f"mark {student}": ("refused", "PS-409-NOT-ASSIGNED") if student == "81002" else ("accepted", "") for student in ALL
    }
    assert puts(raw) == 2
    assert set(scores(raw)) == {"81001", "81003", "81004"}
    refused = next(receipt for receipt in receipts if receipt.outcome == "refused")
    assert "Student.id [81002] does not have an AssignmentStudentAssociation" in refused.message


def test_students_in_the_wrong_section_are_named_all_at_once(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    told = outcomes(client.put_scores([mark(item, student) for student in ("81001", "81005", "81006")]))
    assert [outcome for outcome, _ in told.values()].count("refused") == 2
    assert told["mark 81001"] == ("accepted", "")
    assert puts(raw) == 2


def test_a_cause_without_a_name_is_found_by_halving(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.settings(silent_refusals=True)
    told = outcomes(client.put_scores([mark(item, student) for student in (*ALL, "81005")]))
    assert told["mark 81005"][0] == "refused"
    assert {told[f"mark {student}"][0] for student in ALL} == {"accepted"}
    assert puts(raw) <= 7


def test_halving_ends_when_everything_is_refused(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.fault("refuse", "PUT", "/ws/xte/score", times=-1, status=409, body={"message": "Validation failed", "errors": [{"field": "No"}]})
    rows = [mark(item, str(90000 + n)) for n in range(200)]
    told = outcomes(client.put_scores(rows))
    assert set(told.values()) == {("refused", "SIS-UNKNOWN-ANSWER")}
    assert len(told) == 200
    assert puts(raw) <= 80


def test_locks_refuse_all_at_once_without_a_search(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.teacher("lock", assignment=item)
    assert set(outcomes(client.put_scores([mark(item, student) for student in ALL])).values()) == {("refused", "PS-409-LOCKED")}
    assert puts(raw) == 1
    raw.teacher("unlock", assignment=item)
    raw.teacher("lock_term", section=MATH_1)
    assert set(outcomes(client.put_scores([mark(item, student) for student in ALL])).values()) == {("refused", "PS-409-TERM-LOCKED")}


def test_412_is_sent_once_more(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.settings(resubmit=1)
    assert outcomes(client.put_scores([mark(item, "81001")])) == {"mark 81001": ("accepted", "")}
    raw.settings(resubmit=2)
    assert outcomes(client.put_scores([mark(item, "81001")])) == {"mark 81001": ("refused", "PS-412-RESUBMIT")}
    assert puts(raw) == 4


def test_an_assignment_that_a_teacher_deleted_is_gone_not_broken(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.teacher("delete", assignment=item)
    assert outcomes(client.put_scores([mark(item, student) for student in ALL])) == {f"mark {student}": ("refused", "PS-500-GONE") for student in ALL}
    assert puts(raw) == 1


def test_a_change_of_teacher_is_followed_once(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.teacher("change_teacher", section=MATH_1, teacher=BEN)
    assert outcomes(client.put_scores([mark(item, "81001")])) == {"mark 81001": ("accepted", "")}
    assert outcomes(client.put_scores([mark("1/2", "81001", key="wrong")])) == {"wrong": ("refused", "PS-403-TEACHER")}


def test_ids_that_cannot_be_are_refused_without_a_request(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    before = puts(raw)
    rows = [mark("7", "81001", key="no pair"), mark(item, "GUID", key="no number"), mark(item, "81001", sis_section_id="1", key="no section")]
    assert outcomes(client.put_scores(rows)) == {
        "no pair": ("refused", "PS-404-NOT-FOUND"),
        "no number": ("refused", "PS-409-STUDENT"),
        "no section": ("refused", "PS-404-NOT-FOUND"),
    }
    assert puts(raw) == before


def test_a_lost_answer_is_repeated_for_scores_are_upserts(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.fault("lost", "PUT", "/ws/xte/score")
    assert outcomes(client.put_scores([mark(item, "81001")])) == {"mark 81001": ("accepted", "")}
    assert client.read_scores(MATH_1, [item])["score"].tolist() == [18.5]


def test_a_200_that_cannot_be_read_is_unknown_and_one_that_names_an_error_is_refused(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.fault("refuse", "PUT", "/ws/xte/score", status=200, body="<html>Sign in</html>")
    assert outcomes(client.put_scores([mark(item, "81001")])) == {"mark 81001": ("unknown", "SIS-UNREADABLE")}
    body = {"assignment_scores": [{"studentsdcid": 81001}, {"studentsdcid": "81002", "error": "Not today"}]}
    raw.fault("refuse", "PUT", "/ws/xte/score", status=200, body=body)
    told = outcomes(client.put_scores([mark(item, "81001"), mark(item, "81002")]))
    assert told == {"mark 81001": ("accepted", ""), "mark 81002": ("refused", "SIS-UNKNOWN-ANSWER")}


def test_a_missing_column_stops_the_connection(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    raw.settings(missing_fields=["assignmentscore.whencreated"])
    with pytest.raises(AccessError, match=r"assignmentscore\.whencreated"):
        list(client.put_scores([mark(item, "81001")]))


def test_big_classes_go_in_several_requests(raw: Raw) -> None:
    client = client_of(raw, score_batch=3)
    assert {outcome for outcome, _ in outcomes(client.put_scores([mark(made(client), student) for student in ALL[:1]])).values()} == {"accepted"}
    item = client.read_assignments([MATH_1]).query("ours")["sis_assignment_id"].iloc[0]
    raw.clear_log()
    list(client.put_scores([mark(item, student) for student in ALL]))
    assert puts(raw) == 2


def test_a9_scores_are_cleared_only_where_a_way_is_chosen(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    list(client.put_scores([mark(item, "81001"), mark(item, "81002")]))
    rows = [mark(item, "81001", None)]
    assert outcomes(client.clear_scores(rows)) == {"mark 81001": ("refused", "PS-SWITCHED-OFF")}
    assert set(scores(raw)) == {"81001", "81002"}
    assert outcomes(client_of(raw, clear_scores="empty_row").clear_scores(rows)) == {"mark 81001": ("accepted", "")}
    assert set(scores(raw)) == {"81002"}
    assert client.read_scores(MATH_1, [item])["sis_student_id"].tolist() == ["81002"]


def test_invariant3_a_page_of_a_proxy_is_no_answer_to_an_unassign(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    list(client.put_scores([mark(item, "81001")]))
    raw.fault("error", "DELETE", "", status=200, html=True)
    told = outcomes(client_of(raw, clear_scores="unassign").clear_scores([mark(item, "81001", None)]))
    assert told == {"mark 81001": ("unknown", "SIS-UNREADABLE")}


def test_clearing_by_unassigning_also_takes_the_student_off(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    list(client.put_scores([mark(item, "81001"), mark(item, "81002")]))
    told = outcomes(client_of(raw, clear_scores="unassign").clear_scores([mark(item, "81001", None)]))
    assert told == {"mark 81001": ("accepted", "")}
    assert set(scores(raw)) == {"81002"}
    assert raw.item(MATH_1, "Quiz 1")["students"] == ["81002", "81003", "81004"]


def test_f3_sections_and_teachers_are_read_ahead_for_all_sections_at_once(raw: Raw, client: PowerSchoolClient, item: str) -> None:
    again = client_of(raw)
    again.foresee([MATH_1])
    before = len(raw.requests_made())
    assert outcomes(again.put_scores([mark(item, "81001")])) == {"mark 81001": ("accepted", "")}
    assert raw.requests_made()[before:] == ["PUT /ws/xte/score"]
