"""One record that PowerSchool refuses, or fails on each time, is that record's receipt; the others are sent (I-5, I-7, I-10)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from include.errors import AccessError, UnavailableError
from include.sis.contract import Outcome
from include.sis.powerschool import bodies, scores
from tests.sandbox.powerschool_town import ADA, ART, DRAWING, MATH_1, MATH_2, Raw, serving
from tests.sis.powerschool_client import client_of, made, mark, outcomes, put, quiz

ALL = ("81001", "81002", "81003", "81004")


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.admin("DELETE", "faults")
    server.sign_in()
    return server


def points(raw: Raw, name: str = "Quiz 1") -> dict[str, float]:
    return {student: row["points"] for student, row in raw.item(MATH_1, name)["scores"].items()}


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
def test_i7_a_batch_of_scores_that_fails_for_one_is_split_so_that_one_is_rejected(raw: Raw, status: int) -> None:
    client = client_of(raw, tries=2)
    item = made(client)
    raw.settings(refusing={"student/81003": {"status": status, "message": "This record is broken"}})
    receipts = {receipt.key: receipt for receipt in client.put_scores([mark(item, student) for student in ALL])}
    assert {key for key, receipt in receipts.items() if receipt.outcome is Outcome.ACCEPTED} == {"mark 81001", "mark 81002", "mark 81004"}
    assert set(points(raw)) == {"81001", "81002", "81004"}
    bad = receipts["mark 81003"]
    assert (bad.outcome is Outcome.UNKNOWN) == (status == 500)
    assert (bad.message, bad.status) == ("This record is broken", status)
    assert outcomes(client.put_scores([mark(item, "81001", 3.0)])) == {"mark 81001": ("accepted", "")}


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
def test_i7_an_assignment_that_is_always_refused_stops_no_other(raw: Raw, status: int) -> None:
    client = client_of(raw, tries=2)
    bad, good = made(client), made(client, our_id="gs-0a-2", name="Quiz 2")
    raw.settings(refusing={f"assignment/{bad.partition('/')[0]}": {"status": status, "message": "This record is broken"}})
    rows = [quiz(key="bad", sis_assignment_id=bad), quiz(key="good", sis_assignment_id=good, our_id="gs-0a-2", name="Two")]
    receipts = {receipt.key: receipt for receipt in client.put_assignments(rows)}
    assert receipts["good"].outcome is Outcome.ACCEPTED
    assert raw.item(MATH_1, "Two")
    assert (receipts["bad"].outcome is Outcome.UNKNOWN, receipts["bad"].message) == (status == 500, "This record is broken")


def test_i7_many_broken_records_of_one_section_do_not_stop_the_run(raw: Raw) -> None:
    client = client_of(raw, tries=2)
    ids = [made(client, our_id=f"gs-0a-{n}", name=f"Quiz {n}") for n in range(6)]
    raw.settings(refusing={f"assignment/{one.partition('/')[0]}": {"status": 500, "message": "broken"} for one in ids})
    rows = [quiz(key=one, sis_assignment_id=one, our_id=f"gs-0a-{n}", name=f"New {n}") for n, one in enumerate(ids)]
    assert set(outcomes(client.put_assignments(rows)).values()) == {("unknown", "SIS-5XX")}
    assert put(client, sis_section_id=ART, category_id=DRAWING).outcome is Outcome.ACCEPTED


def test_i7_a_server_that_fails_on_everything_still_stops(raw: Raw) -> None:
    client = client_of(raw, tries=1)
    item = made(client)
    raw.fault("error", "PUT", "/ws/xte/score", times=-1, status=500)
    raw.fault("error", "GET", "/ws/v1/metadata", times=-1, status=500)
    with pytest.raises(UnavailableError):
        list(client.put_scores([mark(item, "81001")]))


def test_i7_a_fault_of_our_own_is_that_record_alone_and_told_as_one(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_of(raw)
    first, second = made(client), made(client, our_id="gs-0a-2", name="Quiz 2")
    body = scores.score_row

    def stumble(row: Any, entry: int, student: int) -> dict[str, Any]:
        if row.key == "stumble":
            raise ZeroDivisionError("a secret score")
        return body(row, entry, student)

    monkeypatch.setattr(scores, "score_row", stumble)
    receipts = {receipt.key: receipt for receipt in client.put_scores([mark(first, "81001", key="stumble"), mark(second, "81001", key="fine")])}
    assert receipts["fine"].outcome is Outcome.ACCEPTED
    assert (receipts["stumble"].outcome, receipts["stumble"].code) == (Outcome.UNKNOWN, "GP-OUR-UNKNOWN")
    assert "ZeroDivisionError" in receipts["stumble"].message
    assert "secret" not in receipts["stumble"].message


@pytest.mark.parametrize("junk", ["text", 7, ["x"], {"assignmentid": {}}, [{"_assignmentsections": 5, "assignmentid": 7000002}]])
def test_i7_an_assignment_that_reads_as_junk_is_its_own_trouble(raw: Raw, junk: object) -> None:
    client = client_of(raw)
    item = made(client)
    raw.fault("refuse", "GET", f"section/assignment/{item.partition('/')[0]}", status=200, body=junk)
    rows = [quiz(key="bad", sis_assignment_id=item), quiz(key="new", our_id="gs-0a-2", name="Quiz 2")]
    told = outcomes(client.put_assignments(rows))
    assert told["new"] == ("accepted", "")
    assert told["bad"][1] in ("SIS-UNREADABLE", "PS-404-NOT-FOUND", "PS-NOT-OURS")


def test_i7_an_assignment_with_a_section_that_it_does_not_name_is_not_sent_back(raw: Raw) -> None:
    """PowerSchool would reject it, and the teacher would be told to change it in Canvas."""
    client = client_of(raw)
    item = made(client)
    standing = raw("GET", f"/ws/xte/section/assignment/{item.partition('/')[0]}", users_dcid=ADA).json()
    del standing["_assignmentsections"][0]["sectionsdcid"]
    raw.fault("refuse", "GET", f"section/assignment/{item.partition('/')[0]}", status=200, body=json.dumps(standing))
    receipt = put(client, sis_assignment_id=item, name="Again")
    assert (receipt.outcome, receipt.code) == (Outcome.UNKNOWN, "SIS-UNREADABLE")
    assert "sectionsdcid is missing" in receipt.message
    assert put(client, sis_assignment_id=item, name="Again").outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("status", [200, 201, 204])
def test_documented_answers_to_an_update_and_to_an_unassign_are_all_a_yes(raw: Raw, status: int) -> None:
    raw.settings(update_status=status, unassign_status=status)
    client = client_of(raw, clear_scores="unassign")
    item = made(client)
    receipt = put(client, sis_assignment_id=item, name="Again")
    assert (receipt.outcome, receipt.status) == (Outcome.ACCEPTED, status)
    list(client.put_scores([mark(item, "81001"), mark(item, "81002")]))
    assert outcomes(client.clear_scores([mark(item, "81001", None)])) == {"mark 81001": ("accepted", "")}
    assert set(points(raw, "Again")) == {"81002"}


def test_invariant3_a_page_of_a_proxy_is_no_answer_to_an_update(raw: Raw) -> None:
    client = client_of(raw)
    item = made(client)
    raw.fault("error", "PUT", "section/assignment", status=200, html=True)
    assert put(client, sis_assignment_id=item, name="Again").code == "SIS-UNREADABLE"


def test_nobody_is_unassigned_by_a_list_without_students(raw: Raw) -> None:
    client = client_of(raw, clear_scores="unassign")
    item = made(client)
    list(client.put_scores([mark(item, "81001")]))
    assert outcomes(client.clear_scores([mark(item, "GUID", None)])) == {"mark GUID": ("refused", "PS-409-STUDENT")}
    assert set(points(raw)) == {"81001"}


@pytest.mark.parametrize("rights", ["view_only", "view_only_field"])
def test_i10_view_only_rights_are_one_error_of_the_connection_at_the_first_write(raw: Raw, rights: str) -> None:
    item = made(client_of(raw))
    raw.settings(rights=rights)
    for write in (lambda client: put(client, name="New", our_id="gs-0a-2"), lambda client: list(client.put_scores([mark(item, "81001")]))):
        raw.clear_log()
        with pytest.raises(AccessError, match="FullAccess"):
            write(client_of(raw))
        assert len([one for one in raw.requests_made() if not one.startswith("GET ")]) <= 2


def test_i7_a_forbidden_record_is_its_own_where_the_plugin_may_write(raw: Raw) -> None:
    raw.settings(refusing={f"section/{MATH_2}": {"status": 403, "message": "Not this section"}})
    client = client_of(raw)
    receipts = [put(client, sis_section_id=MATH_2), put(client)]
    assert [(one.outcome, one.code) for one in receipts] == [(Outcome.REFUSED, "SIS-FORBIDDEN"), (Outcome.ACCEPTED, "")]
    assert receipts[0].message == "Not this section"


def test_i10_writes_that_are_all_forbidden_are_a_right_even_where_the_empty_write_passes(raw: Raw) -> None:
    raw.fault("refuse", "POST", "section/assignment", times=-1, status=403, body={"message": "No"})
    client = client_of(raw)
    rows = [quiz(key=str(n), our_id=f"gs-0a-{n}", name=f"Quiz {n}") for n in range(9)]
    answered = []
    with pytest.raises(AccessError, match="view-only rights"):
        answered.extend(client.put_assignments(rows))
    assert len([one for one in raw.requests_made() if one.startswith("POST ")]) == 5


def test_i5_a_restored_server_gives_our_id_to_a_teachers_exam_and_it_stays(raw: Raw) -> None:
    client = client_of(raw)
    raw.admin("POST", "save", {"name": "last week"})
    item = made(client)
    raw.admin("POST", "restore", {"name": "last week"})
    taken = raw.teacher("create", section=MATH_1, name="Final exam", points_possible=41)
    assert taken["sis_assignment_id"] == item
    receipt = put(client_of(raw), sis_assignment_id=item, name="Quiz One")
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "PS-NOT-OURS")
    assert raw.item(MATH_1, "Final exam")["points_possible"] == 41


def test_i5_ours_by_its_marker_is_updated_though_a_signed_plugins_identifier_is_not_known(raw: Raw) -> None:
    raw.settings(plugin_identifier="org.example.gradesync")
    client = client_of(raw)
    assert put(client, sis_assignment_id=made(client), name="Again").outcome is Outcome.ACCEPTED


def test_a_signed_plugins_assignments_are_ours_where_the_connection_names_its_identifier(raw: Raw) -> None:
    made(client_of(raw))
    raw.settings(plugin_identifier="org.example.gradesync")
    made(client_of(raw), our_id="gs-0a-2", name="Quiz 2")
    raw.teacher("duplicate", section=MATH_1, name="Quiz 2")
    for extra, expected in (({}, ["Quiz 1"]), ({"plugin_identifier": " org.example.gradesync "}, ["Quiz 1", "Quiz 2"])):
        rows = client_of(raw, **extra).read_assignments([MATH_1])
        assert sorted(rows.loc[rows["ours"], "name"]) == expected


def test_i7_a_student_missing_from_a_roster_with_a_gap_could_not_be_checked(raw: Raw) -> None:
    number = raw("GET", "/ws/schema/table/students", projection="student_number", q="dcid==81001").json()["record"][0]["tables"]["students"]
    client = client_of(raw, student_id="student_number")
    item = made(client)
    raw.settings(altered={"students/81001.dcid": "x"})
    receipts = list(client.put_scores([mark(item, number["student_number"])]))
    assert [(one.outcome, one.code) for one in receipts] == [(Outcome.REFUSED, "GP-STUDENT-UNCHECKED")]
    assert "students" in receipts[0].message


def test_ids_that_are_no_numbers_of_powerschool_never_become_one() -> None:
    assert bodies.split_id("²/3") is None
    assert bodies.split_id("1/" + "9" * 60) is None
