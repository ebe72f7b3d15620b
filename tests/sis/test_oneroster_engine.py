"""The OneRoster engine's own ways, beyond the contract: paging, batches, sign-in, words, and answers that nobody can read."""

from __future__ import annotations

import pytest

from include.errors import AccessError, ConfigError, SourceError, UnavailableError
from include.sis.contract import Outcome
from include.sis.registry import SIS
from tests.sis.conftest import Fresh
from tests.sis.pairs import ONEROSTER, Pair, assignment, score
from tests.sis.tiny import ELSEWHERE, HOMEWORK, MAIN, SECOND, STUDENTS, TESTS


def placed(sis: Pair, **values: object) -> str:
    """The id of an assignment that was just made."""
    (receipt,) = sis.client.put_assignments([assignment(**values)])
    assert receipt.outcome is Outcome.ACCEPTED, receipt
    return receipt.sis_id


def reads(sis: Pair) -> list[str]:
    """Paths that were read since the log was emptied, below the service."""
    return [row["path"].rsplit("/v1p", 1)[1][1:] for row in sis.log() if row["method"] == "GET"]


# ------------------------------------------------------------------------------------------------------ reading


def test_f3_a_section_costs_three_reads_and_its_term_one(oneroster: Pair) -> None:
    oneroster.forget_log()
    oneroster.client.read_sections([MAIN, SECOND])
    paths = reads(oneroster)
    assert sum("/categories" in path for path in paths) == (2 if oneroster.name == "infinite_campus" else 1)
    assert sum("academicSessions" in path for path in paths) == 1
    assert len(paths) == (7 if oneroster.name == "infinite_campus" else 6)


def test_f3_scores_of_many_assignments_are_one_read_of_the_class(oneroster: Pair) -> None:
    items = [placed(oneroster, key=key) for key in ("one", "two", "three", "four")]
    list(oneroster.client.put_scores([score(items[0], STUDENTS[0], 3.0), score(items[3], STUDENTS[1], 4.0)]))
    oneroster.forget_log()
    found = oneroster.client.read_scores(MAIN, [items[0], items[1], items[2]])
    assert [path.partition("/")[2] for path in reads(oneroster)] == [f"classes/{MAIN}/results"]
    assert list(found["sis_assignment_id"]) == [items[0]], "only what was asked for"


def test_pages_are_read_to_the_end(oneroster: Pair) -> None:
    client = oneroster.again(page_size=2)
    oneroster.forget_log()
    read = client.read_sections([MAIN])
    assert set(read.students["sis_student_id"]) == set(STUDENTS)
    assert sum("students" in path for path in reads(oneroster)) == 4


def test_f12_only_ids_of_students_are_asked_for(oneroster: Pair) -> None:
    oneroster.forget_log()
    oneroster.client.read_sections([MAIN])
    queries = [row["query"] for row in oneroster.log() if row["path"].endswith("students")]
    assert queries
    assert all("fields=sourcedId%2Cstatus" in query for query in queries)


def test_a_read_that_is_refused_names_the_place(oneroster: Pair) -> None:
    oneroster.fault(
        "refuse", method="GET", path="lineItems", status=400, body={"imsx_codeMajor": "failure", "imsx_description": "limit is too large"}
    )
    with pytest.raises(SourceError, match="limit is too large"):
        oneroster.client.read_assignments([MAIN])


def test_ic_grading_tasks_are_no_assignments(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    assert set(sis.client.read_assignments([MAIN])["name"]) == {"Made by hand"}


def test_g16_an_item_in_the_trash_can_is_seen_as_such(fresh: Fresh) -> None:
    sis = fresh("genesis")
    item = placed(sis)
    sis.teacher(do="trash", id=item)
    found = sis.client.read_assignments([MAIN]).set_index("sis_assignment_id")
    assert found.loc[item, "state"] == "trashed"


def test_schooltool_deleted_items_are_gone_though_they_stay_readable(fresh: Fresh) -> None:
    sis = fresh("schooltool")
    item = placed(sis)
    sis.client.delete_assignment(assignment(sis_assignment_id=item))
    assert item not in set(sis.client.read_assignments([MAIN])["sis_assignment_id"])


def test_sy14_a_synced_item_reads_as_locked_and_an_unlocked_one_is_refused_by_name(fresh: Fresh) -> None:
    sis = fresh("synergy")
    item = placed(sis)
    assert sis.client.read_assignments([MAIN]).set_index("sis_assignment_id").loc[item, "locked"]
    sis.teacher(do="unlock", id=item)
    (receipt,) = sis.client.put_assignments([assignment(sis_assignment_id=item, name="Unit 3")])
    assert (receipt.outcome, receipt.code, receipt.status) == (Outcome.REFUSED, "SY-READONLY-OFF", 409)


def test_r14_hidden_and_deleted_categories_are_told_apart(fresh: Fresh) -> None:
    sis = fresh("synergy")
    sis.teacher(do="hide_category", **{"class": MAIN, "category": HOMEWORK})
    sis.teacher(do="delete_category", **{"class": MAIN, "category": TESTS})
    found = sis.client.read_sections([MAIN]).categories.set_index("category_id")["state"]
    assert found.to_dict() == {HOMEWORK: "hidden", TESTS: "deleted"}


# ------------------------------------------------------------------------------------------------------ writing


def test_ic15_an_update_without_category_keeps_the_one_that_the_teacher_filed(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    item = placed(sis, category_id="")
    assert sis.client.read_assignments([MAIN]).set_index("sis_assignment_id")["category_id"].isna()[item]
    sis.teacher(do="file_category", id=item, category="Tests")
    placed(sis, sis_assignment_id=item, category_id="", name="Unit 2 again")
    assert sis.client.read_assignments([MAIN]).set_index("sis_assignment_id").loc[item, "category_id"] == TESTS


def test_standard_ids_are_ours_so_a_repeated_put_makes_no_twin(fresh: Fresh) -> None:
    sis = fresh("genesis")
    sis.fault("lost", method="PUT", path="lineItems", times=2)
    (receipt,) = sis.client.put_assignments([assignment()])
    assert (receipt.outcome, receipt.sis_id) == (Outcome.ACCEPTED, f"gs-essay-{MAIN}")
    assert len(sis.state()[MAIN]["assignments"]) == 2


def test_batches_create_in_one_request_and_updates_are_puts(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    rows = [assignment(key) for key in ("one", "two", "three")]
    sis.forget_log()
    receipts = {receipt.key: receipt for receipt in sis.client.put_assignments(rows)}
    assert [(row["method"], row["rows"]) for row in sis.log(writes=True)] == [("POST", 3)]
    item = receipts["one"].sis_id
    assert item != rows[0].our_id
    scores = [score(item, student, 4.0) for student in STUDENTS]
    made = {receipt.key: receipt.sis_id for receipt in sis.client.put_scores(scores)}
    sis.forget_log()
    changed = [score(item, STUDENTS[0], 6.0, sis_score_id=made[scores[0].key])]
    assert [receipt.sis_id for receipt in sis.client.put_scores(changed)] == [made[scores[0].key]]
    assert [row["method"] for row in sis.log(writes=True)] == ["PUT"]
    placed(sis, key="one", sis_assignment_id=item, name="Unit 9")
    found = sis.client.read_assignments([MAIN]).set_index("sis_assignment_id")
    assert found.loc[item, "our_id"] == rows[0].our_id, "our mark survives the update"


def test_f4_a_lost_batch_leaves_its_rows_unknown_and_is_not_sent_again(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    item = placed(sis)
    sis.fault("lost", method="POST", path="results")
    sis.forget_log()
    receipts = list(sis.client.put_scores([score(item, student, 4.0) for student in STUDENTS]))
    assert {(receipt.outcome, receipt.code) for receipt in receipts} == {(Outcome.UNKNOWN, "SIS-NO-ANSWER")}
    assert len(sis.log(writes=True)) == 1
    assert set(sis.client.read_scores(MAIN, [item])["sis_student_id"]) == set(STUDENTS)


def test_a_batch_row_without_a_pair_gets_its_own_answer(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    item = placed(sis)
    sis.forget_log()
    receipts = {receipt.key: receipt for receipt in sis.client.put_scores([score(item, STUDENTS[0], 4.0), score(item, ELSEWHERE, 5.0)])}
    refused = receipts[f"score-{ELSEWHERE}"]
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "IC-SCORE")
    assert [row["method"] for row in sis.log(writes=True)] == ["POST", "PUT"]


def test_a_batch_that_is_refused_as_a_whole_is_sent_row_by_row(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    item = placed(sis)
    sis.fault("refuse", method="POST", status=422, body={"imsx_codeMajor": "failure", "imsx_severity": "error"}, times=-1)
    receipts = list(sis.client.put_scores([score(item, student, 4.0) for student in STUDENTS]))
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}
    assert {receipt.sis_id for receipt in receipts} == {f"gs-{item}-{student}" for student in STUDENTS}


def test_one_row_on_which_the_sis_fails_is_unknown_and_its_neighbours_arrive(oneroster: Pair) -> None:
    item = placed(oneroster)
    client = oneroster.again(batch=False)
    poison = score(item, STUDENTS[2], 3.0)
    oneroster.fault("error", method="PUT", path=f"{poison.our_id}$", status=500, times=-1)
    receipts = {receipt.key: receipt for receipt in client.put_scores([score(item, student, 3.0) for student in STUDENTS])}
    bad = receipts.pop(poison.key)
    assert (bad.outcome, bad.code, bad.status) == (Outcome.UNKNOWN, "SIS-5XX", 500)
    assert {receipt.outcome for receipt in receipts.values()} == {Outcome.ACCEPTED}
    assert len(receipts) == len(STUDENTS) - 1


def test_a_sis_that_is_down_ends_the_run_soon(oneroster: Pair) -> None:
    item = placed(oneroster)
    oneroster.fault("error", method="PUT", status=503, times=-1)
    client = oneroster.again(batch=False, workers=1)
    receipts = client.put_scores([score(item, student, 3.0) for student in STUDENTS])
    assert [next(receipts).code for _ in range(3)] == ["SIS-5XX"] * 3
    with pytest.raises(UnavailableError):
        next(receipts)
    assert len([row for row in oneroster.log(writes=True) if row["status"] == 503]) == 9, "three rows with three tries each, then no more"


def test_throttling_without_end_is_told_as_such(fresh: Fresh) -> None:
    sis = fresh("genesis")
    item = placed(sis)
    sis.fault("throttle", method="PUT", times=-1, retry_after=0)
    (receipt,) = sis.client.put_scores([score(item, STUDENTS[0], 3.0)])
    assert (receipt.outcome, receipt.code) == (Outcome.UNKNOWN, "SIS-RATE")


def test_a_success_that_nobody_can_read_is_unknown(fresh: Fresh) -> None:
    sis = fresh("genesis")
    item = placed(sis)
    sis.fault("refuse", method="PUT", status=200, body="<html>Please sign in</html>")
    (receipt,) = sis.client.put_scores([score(item, STUDENTS[0], 3.0)])
    assert (receipt.outcome, receipt.code) == (Outcome.UNKNOWN, "SIS-UNREADABLE")


def test_a_success_that_says_failure_is_a_refusal(fresh: Fresh) -> None:
    sis = fresh("genesis")
    item = placed(sis)
    told = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": "The moon is in the wrong phase"}
    sis.fault("refuse", method="PUT", status=200, body=told)
    (receipt,) = sis.client.put_scores([score(item, STUDENTS[0], 3.0)])
    assert (receipt.outcome, receipt.code, receipt.message) == (Outcome.REFUSED, "SIS-UNKNOWN-ANSWER", "The moon is in the wrong phase")


def test_numbers_that_json_does_not_have_are_refused_and_stop_nobody(oneroster: Pair) -> None:
    item = placed(oneroster)
    receipts = {r.key: r for r in oneroster.client.put_scores([score(item, STUDENTS[0], float("nan")), score(item, STUDENTS[1], 2.0)])}
    assert (receipts[f"score-{STUDENTS[0]}"].outcome, receipts[f"score-{STUDENTS[0]}"].code) == (Outcome.REFUSED, "GP-SCORE-INVALID")
    assert receipts[f"score-{STUDENTS[1]}"].outcome is Outcome.ACCEPTED


def test_a9_clearing_as_not_submitted_leaves_the_result_without_its_number(oneroster: Pair) -> None:
    item = placed(oneroster)
    (made,) = oneroster.client.put_scores([score(item, STUDENTS[0], 8.0)])
    client = oneroster.again(clear_by="not_submitted", delete_support=False)
    (receipt,) = client.clear_scores([score(item, STUDENTS[0], None, sis_score_id=made.sis_id)])
    assert receipt.outcome is Outcome.ACCEPTED
    assert list(oneroster.client.read_scores(MAIN, [item])["score"].isna()) == [True]


@pytest.mark.parametrize("name", ["genesis", "infinite_campus"])
def test_the_grading_period_goes_along_where_the_connection_says_so(fresh: Fresh, name: str) -> None:
    sis = fresh(name)
    client = sis.again(grading_period="by_due_date")
    (receipt,) = client.put_assignments([assignment()])
    item = client.services.gradebook.get_one("lineItem", "lineItems", receipt.sis_id)
    year = "3601" if name == "genesis" else "3604"
    assert item["gradingPeriod"]["sourcedId"] == f"{year}-p1", "the first half of the term holds 6 November"


def test_a_class_that_cannot_be_read_refuses_its_own_rows_alone(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    sis.fault("refuse", method="GET", path=f"classes/{MAIN}$", status=400, body="odd")
    receipts = {r.key: r for r in sis.client.put_assignments([assignment("one"), assignment("two", SECOND, category_id="4303")])}
    assert (receipts["one"].outcome, receipts["one"].code) == (Outcome.REFUSED, "SIS-UNKNOWN-ANSWER")
    assert receipts["two"].outcome is Outcome.ACCEPTED


def test_a_batch_whose_rest_cannot_be_looked_up_leaves_it_unknown(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    item = placed(sis)
    sis.fault("refuse", method="GET", path="results", status=400, times=-1)
    receipts = {r.key: r for r in sis.client.put_scores([score(item, STUDENTS[0], 4.0), score(item, ELSEWHERE, 5.0)])}
    assert receipts[f"score-{STUDENTS[0]}"].outcome is Outcome.ACCEPTED
    assert (receipts[f"score-{ELSEWHERE}"].outcome, receipts[f"score-{ELSEWHERE}"].code) == (Outcome.UNKNOWN, "SIS-UNREADABLE")


def test_a_batch_answer_that_nobody_can_read_is_unknown(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    item = placed(sis)
    sis.fault("refuse", method="POST", path="results", status=201, body="<html/>")
    receipts = list(sis.client.put_scores([score(item, STUDENTS[0], 4.0), score(item, STUDENTS[1], float("inf"))]))
    assert {(r.outcome, r.code) for r in receipts} == {(Outcome.UNKNOWN, "SIS-UNREADABLE"), (Outcome.REFUSED, "GP-SCORE-INVALID")}


def test_batches_keep_to_their_size(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    item = placed(sis)
    sis.forget_log()
    receipts = list(sis.again(batch_size=3).put_scores([score(item, student, 4.0) for student in STUDENTS]))
    assert [row["rows"] for row in sis.log(writes=True)] == [3, 3, 1]
    assert {receipt.outcome for receipt in receipts} == {Outcome.ACCEPTED}


def test_deleting_is_off_unless_the_connection_says_so(oneroster: Pair) -> None:
    item = placed(oneroster)
    receipt = oneroster.again(delete_support=False).delete_assignment(assignment(sis_assignment_id=item))
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "SIS-FORBIDDEN")
    assert "delete_support" in receipt.message
    assert item in set(oneroster.client.read_assignments([MAIN])["sis_assignment_id"])


# ------------------------------------------------------------------------------------------------- access


def test_ic_a_missing_vendor_key_is_named_by_check_and_by_the_first_gradebook_call(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    client = sis.again(vendor_key="")
    told = " ".join(client.check())
    assert "vendor_key" in told
    assert "infinite_campus_default" in told
    with pytest.raises(AccessError, match="vendor"):
        client.read_assignments([MAIN])


def test_ic_the_vendor_key_goes_to_the_gradebook_alone(fresh: Fresh) -> None:
    client = fresh("infinite_campus").client
    header = "x-vendor-authorization"
    services = client.services
    assert header in services.gradebook.http.session.headers
    assert header not in services.rostering.http.session.headers


@pytest.mark.parametrize("name", ["synergy", "infinite_campus"])
def test_a_missing_scope_is_named(fresh: Fresh, name: str) -> None:
    sis = fresh(name)
    reader = sis.again(login=f"{name}-reader", password=f"{name}-reader-secret")
    assert any("gradebook.createput" in told for told in reader.check())
    with pytest.raises(AccessError, match=r"gradebook\.createput"):
        list(reader.put_assignments([assignment()]))


def test_oauth1_signatures_are_taken_where_the_sis_takes_them(fresh: Fresh) -> None:
    sis = fresh("schooltool")
    client = sis.again(auth="oauth1", token_url="")
    assert client.check() == []
    (receipt,) = client.put_assignments([assignment()])
    assert receipt.outcome is Outcome.ACCEPTED


def test_oauth2_with_the_secret_in_the_form(oneroster: Pair) -> None:
    assert oneroster.again(auth="oauth2_form").check() == []


def test_check_names_a_wrong_address(oneroster: Pair) -> None:
    base = str(oneroster.connection.extra["gradebook_url"])
    assert any("gradebook_url" in told and "404" in told for told in oneroster.again(gradebook_url=base + "/typo").check())
    told = oneroster.again(token_url=base + "/typo").check()
    assert "token_url" in told[0]


def test_check_names_scopes_that_the_sis_does_not_know(fresh: Fresh) -> None:
    told = fresh("synergy").again(scopes="nonsense").check()
    assert len(told) == 1
    assert "nonsense" in told[0]
    assert "scopes" in told[0]


def test_check_tells_a_page_from_a_oneroster_answer(oneroster: Pair) -> None:
    oneroster.fault("refuse", method="GET", path="categories", status=200, body="<html>Welcome</html>")
    told = oneroster.client.check()
    assert len(told) == 1
    assert "gradebook_url" in told[0]


def test_check_tells_that_nobody_answers(oneroster: Pair) -> None:
    told = oneroster.again(rostering_url="http://127.0.0.1:9/ims").check()
    assert len(told) == 1
    assert "127.0.0.1:9" in told[0]


# --------------------------------------------------------------------------------------------- the connection's extra


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"due_date_form": "midnight"}, ("due_date_form", "midnight", "noon", "instant", "date")),
        ({"worker": 3}, ("worker", "workers")),
        ({"workers": 0}, ("workers", "0", "1")),
        ({"gradebook_url": "sis.example.org/ims"}, ("gradebook_url", "sis.example.org/ims", "https://")),
        ({"batch": True}, ("batch", "1.1")),
        ({"due_date_form": "instant"}, ("time_zone", "America/New_York")),
        ({"time_zone": "Mars/Base"}, ("time_zone", "Mars/Base")),
        ({"headers": "not json"}, ("headers", "JSON")),
        ({"vendor_key": "no-colon"}, ("vendor_key", "colon")),
        ({"token_url": ""}, ("token_url",)),
    ],
)
def test_a_wrong_extra_names_connection_key_value_and_what_is_allowed(fresh: Fresh, extra: dict[str, object], said: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        fresh("genesis").again(**extra)
    for word in ("genesis_default", *said):
        assert word in str(caught.value)
    assert "genesis-secret" not in str(caught.value)


@pytest.mark.parametrize("name", ONEROSTER)
def test_f6_every_oneroster_sis_is_a_table_and_the_same_engine(name: str, fresh: Fresh) -> None:
    assert SIS[name].connection_type == "oneroster"
    assert type(fresh(name).client).__name__ == "OneRosterClient"


def test_headers_may_come_as_json_text(fresh: Fresh) -> None:
    client = fresh("genesis").again(headers='{"X-District": "north"}')
    assert client.services.gradebook.http.session.headers["X-District"] == "north"
