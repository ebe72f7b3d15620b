"""What the PowerSchool client makes of assignment writes (powerschool-xte.md §7, §9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from include.errors import AccessError
from include.gradebook.reasons import CATALOGUE
from include.sis.contract import Outcome
from tests.sandbox.powerschool_town import BEN, HOMEWORK, LABS, MATH_1, MATH_2, Raw, assignment, serving
from tests.sis.powerschool_client import OUR_ID, client_of, made, mark, outcomes, put, quiz


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def quizzes(raw: Raw) -> list[dict[str, Any]]:
    return [one for one in raw.section(MATH_1)["assignments"] if one["made_by"] == "plugin"]


def test_a_create_stands_as_asked(raw: Raw) -> None:
    receipt = put(client_of(raw))
    assert (receipt.outcome, receipt.status) == (Outcome.ACCEPTED, 201)
    assert quizzes(raw) == [
        {
            "name": "Quiz 1",
            "description": f"<p>Read page 9</p>\n[{OUR_ID}]",
            "due_date": "2026-10-09",
            "points_possible": 20.0,
            "score_type": "POINTS",
            "category": "Tests",
            "counts": True,
            "scores_shown": True,
            "locked": False,
            "made_by": "plugin",
            "students": [],
            "scores": {},
        }
    ]


def test_the_id_is_looked_up_where_no_header_tells_it(raw: Raw) -> None:
    raw.settings(ids_header=False)
    client = client_of(raw)
    assert made(client) in set(client.read_assignments([MATH_1])["sis_assignment_id"])


def test_new_assignments_can_hide_their_scores(raw: Raw) -> None:
    made(client_of(raw, hidden_scores=True))
    assert quizzes(raw)[0]["scores_shown"] is False


def test_a4_one_assignment_per_section(raw: Raw) -> None:
    client = client_of(raw)
    first, second = made(client), made(client, sis_section_id=MATH_2)
    assert first.partition("/")[0] != second.partition("/")[0]
    assert (len(raw.section(MATH_1)["assignments"]), len(raw.section(MATH_2)["assignments"])) == (2, 1)


def test_a8_an_update_replaces_and_keeps_what_is_not_ours_to_say(raw: Raw) -> None:
    client = client_of(raw)
    sis_id = made(client)
    list(client.put_scores([mark(sis_id, "81001")]))
    raw.teacher("edit_assignment", section=MATH_1, name="Quiz 1", values={"publishoption": "Never"})
    again = put(client, sis_assignment_id=sis_id, name="Quiz One", points_possible=40.0, due_date=date(2026, 10, 16), category_id=HOMEWORK)
    assert (again.outcome, again.sis_id) == (Outcome.ACCEPTED, sis_id)
    item = quizzes(raw)[0]
    assert (item["name"], item["points_possible"], item["due_date"], item["category"]) == ("Quiz One", 40.0, "2026-10-16", "Homework")
    assert item["scores"]["81001"]["points"] == 18.5
    shown = raw("GET", f"/ws/xte/section/assignment/{sis_id.partition('/')[0]}", users_dcid=8301).json()
    assert shown["_assignmentsections"][0]["publishoption"] == "Never"
    assert len(quizzes(raw)) == 1


def test_an_update_without_a_category_leaves_the_one_that_stands(raw: Raw) -> None:
    client = client_of(raw)
    put(client, sis_assignment_id=made(client), category_id="", name="Renamed")
    assert (quizzes(raw)[0]["name"], quizzes(raw)[0]["category"]) == ("Renamed", "Tests")


def test_an_update_changes_all_sections_of_an_assignment_but_one_due_date(raw: Raw) -> None:
    both = {"_assignmentsections": assignment()["_assignmentsections"] + assignment(MATH_2)["_assignmentsections"]}
    answer = raw("POST", "/ws/xte/section/assignment/", both, users_dcid=8301)
    first = answer.headers["AssignmentSectionIds"].strip("[]").split(",")[0]
    sis_id = f"{answer.headers['Location'].rpartition('/')[2]}/{first}"
    assert put(client_of(raw), sis_assignment_id=sis_id).outcome == "accepted"
    assert (raw.item(MATH_1, "Quiz 1")["due_date"], raw.item(MATH_2, "Quiz 1")["due_date"]) == ("2026-10-09", "2026-11-14")


def test_an_update_that_lacked_a_record_is_read_and_sent_once_more(raw: Raw) -> None:
    client = client_of(raw)
    sis_id = made(client)
    raw.fault("refuse", "PUT", "section/assignment", status=412, body={"message": "Assignment update is missing a record"})
    assert put(client, sis_assignment_id=sis_id, name="Second try").outcome == "accepted"
    raw.fault("refuse", "PUT", "section/assignment", times=2, status=412, body={"message": "Assignment update is missing a record"})
    assert put(client, sis_assignment_id=sis_id).code == "PS-412-MISSING-RECORD"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due_date": date(2027, 2, 1)}, "PS-409-DUE-DATE"),
        ({"due_date": None}, "PS-409-DUE-DATE"),
        ({"name": "x" * 51}, "SIS-VALIDATION"),
        ({"points_possible": 10_000.0}, "PS-409-POINTS"),
        ({"category_id": LABS}, "PS-409-CATEGORY"),
        ({"category_id": ""}, "PS-409-CATEGORY"),
        ({"sis_section_id": "85999"}, "PS-404-NOT-FOUND"),
        ({"sis_assignment_id": "12/13"}, "PS-404-NOT-FOUND"),
        ({"sis_assignment_id": "not an id"}, "PS-404-NOT-FOUND"),
    ],
)
def test_refusals_have_codes_and_words_and_do_not_stop_neighbours(raw: Raw, changes: dict[str, Any], code: str) -> None:
    rows = [quiz(key="bad", **changes), quiz(key="good", name="Good", our_id="gs-0a1b2c3d-9")]
    receipts = {receipt.key: receipt for receipt in client_of(raw).put_assignments(rows)}
    assert (receipts["bad"].outcome, receipts["bad"].code) == (Outcome.REFUSED, code)
    assert receipts["bad"].code in CATALOGUE
    assert receipts["bad"].message
    assert receipts["good"].outcome is Outcome.ACCEPTED
    assert [one["name"] for one in quizzes(raw)] == ["Good"]


def test_locks_have_codes_of_their_own(raw: Raw) -> None:
    client = client_of(raw)
    sis_id = made(client)
    raw.teacher("lock", assignment=sis_id)
    assert put(client, sis_assignment_id=sis_id).code == "PS-409-LOCKED"
    raw.teacher("lock_term", section=MATH_1)
    assert put(client, name="Other").code == "PS-409-TERM-LOCKED"


def test_unknown_words_are_kept(raw: Raw) -> None:
    raw.fault("refuse", "POST", "section/assignment", status=409, body={"message": "Validation failed", "errors": [{"field": "The moon is full"}]})
    receipt = put(client_of(raw))
    assert (receipt.code, receipt.message, receipt.status) == ("SIS-UNKNOWN-ANSWER", "The moon is full", 409)


def test_f4_a_create_without_an_answer_is_unknown_is_sent_once_and_found_by_its_mark(raw: Raw) -> None:
    client = client_of(raw)
    client.read_sections([MATH_1])
    raw.fault("lost", "POST", "section/assignment")
    receipt = put(client)
    assert (receipt.outcome, receipt.code) == (Outcome.UNKNOWN, "SIS-NO-ANSWER")
    assert len(quizzes(raw)) == 1
    found = client.read_assignments([MATH_1]).set_index("our_id")
    assert found.loc[OUR_ID, "ours"]


@pytest.mark.parametrize(("kind", "more"), [("cut", {}), ("error", {"status": 500}), ("error", {"status": 502, "html": True})])
def test_a_create_is_never_repeated_on_its_own(raw: Raw, kind: str, more: dict[str, Any]) -> None:
    client = client_of(raw)
    client.read_sections([MATH_1])
    raw.clear_log()
    raw.fault(kind, "POST", "section/assignment", **more)
    assert put(client).outcome is Outcome.UNKNOWN
    writes = [request for request in raw.requests_made() if not request.startswith("GET ")]  # a read tells whether the server is there at all
    assert writes == ["POST /ws/xte/section/assignment/"]


def test_an_answer_that_says_nothing_is_unknown(raw: Raw) -> None:
    raw.fault("refuse", "POST", "section/assignment", status=200, body="<html>Sign in</html>")
    assert (receipt := put(client_of(raw))).code == "SIS-UNREADABLE"
    assert receipt.outcome is Outcome.UNKNOWN


def test_a_change_of_teacher_is_followed_once(raw: Raw) -> None:
    client = client_of(raw)
    sis_id = made(client)
    raw.teacher("change_teacher", section=MATH_1, teacher=BEN)
    copies = raw("GET", "/ws/xte/teacher_category", users_dcid=BEN, year_id=36).json()
    tests = next(str(row["teachercategoryid"]) for row in copies if row["name"] == "Tests")
    assert put(client, sis_assignment_id=sis_id, name="Bens", category_id=tests).outcome is Outcome.ACCEPTED
    assert raw.item(MATH_1, "Bens")["category"] == "Tests"


def test_a_create_for_a_section_that_changed_hands(raw: Raw) -> None:
    client = client_of(raw)
    client.read_sections([MATH_1])
    raw.teacher("change_teacher", section=MATH_1, teacher=BEN)
    receipt = put(client, category_id="4310")  # Drawing, Ben's own
    assert (receipt.outcome, receipt.code) == (Outcome.ACCEPTED, "")


def test_a_teacher_who_may_not_write_is_refused_without_end(raw: Raw) -> None:
    client = client_of(raw)
    raw.fault(
        "refuse", "POST", "section/assignment", times=-1, status=403, body={"message": "User does not teach section 85001 with permission EDIT"}
    )
    assert put(client).code == "PS-403-TEACHER"
    assert raw.requests_made().count("POST /ws/xte/section/assignment/") == 1  # the same teacher is found again: nothing to repeat


def test_a_missing_column_stops_the_connection(raw: Raw) -> None:
    raw.settings(missing_fields=["assignmentsection.whencreated"])
    with pytest.raises(AccessError, match=r"does not have permission to (read|write) assignmentsection\.whencreated"):
        put(client_of(raw))
    assert quizzes(raw) == []


def test_a10_delete_is_off_then_careful_then_forced(raw: Raw) -> None:
    sis_id = made(client_of(raw))
    list(client_of(raw).put_scores([mark(sis_id, "81001")]))
    row = quiz(sis_assignment_id=sis_id)
    assert client_of(raw).delete_assignment(row).code == "PS-SWITCHED-OFF"
    assert client_of(raw, delete_assignments="unforced").delete_assignment(row).code == "PS-412-HAS-SCORES"
    assert len(quizzes(raw)) == 1
    assert client_of(raw, delete_assignments="forced").delete_assignment(row).outcome is Outcome.ACCEPTED
    assert quizzes(raw) == []
    assert client_of(raw, delete_assignments="forced").delete_assignment(row).outcome is Outcome.ACCEPTED  # gone is gone


def test_invariant3_a_page_of_a_proxy_is_no_answer_to_a_delete(raw: Raw) -> None:
    sis_id = made(client_of(raw))
    raw.fault("error", "DELETE", "section/assignment", status=200, html=True)
    receipt = client_of(raw, delete_assignments="forced").delete_assignment(quiz(sis_assignment_id=sis_id))
    assert (receipt.outcome, receipt.sis_id) == (Outcome.UNKNOWN, sis_id)
    assert len(quizzes(raw)) == 1


def test_what_a_person_made_is_never_deleted(raw: Raw) -> None:
    client = client_of(raw, delete_assignments="forced")
    sis_id = client.read_assignments([MATH_1])["sis_assignment_id"].iloc[0]
    assert client.delete_assignment(quiz(sis_assignment_id=sis_id)).code == "PS-NOT-OURS"
    assert raw.item(MATH_1, "By hand")


def test_an_update_twice_is_the_same_as_once(raw: Raw) -> None:
    client = client_of(raw)
    sis_id = made(client)
    before = raw.admin("GET", "state")
    assert outcomes(client.put_assignments([quiz(sis_assignment_id=sis_id)])) == {"quiz": ("accepted", "")}
    assert raw.admin("GET", "state") == before


def test_f3_several_updates_of_a_section_are_read_in_one_request(raw: Raw) -> None:
    client = client_of(raw)
    ids = [made(client, our_id=f"gs-0a-{n}", name=f"Quiz {n}") for n in range(3)]
    raw.clear_log()
    rows = [quiz(key=sis_id, sis_assignment_id=sis_id, our_id=f"gs-0a-{n}", name=f"New {n}") for n, sis_id in enumerate(ids)]
    assert set(outcomes(client.put_assignments(rows)).values()) == {("accepted", "")}
    assert [one.partition(" ")[0] for one in raw.requests_made()] == ["GET", "PUT", "PUT", "PUT"]
    assert sorted(one["name"] for one in quizzes(raw)) == ["New 0", "New 1", "New 2"]
