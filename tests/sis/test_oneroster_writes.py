"""Writing over OneRoster beyond the contract: ids, batches, categories that stay, and answers that fail."""

from __future__ import annotations

import pytest

from include.errors import UnavailableError
from include.sis.contract import Outcome
from include.sis.oneroster.flight import FAULTS
from tests.sis.conftest import Fresh
from tests.sis.pairs import Pair, assignment, placed, score
from tests.sis.tiny import ELSEWHERE, MAIN, SECOND, STUDENTS, TESTS


def test_ic15_an_update_without_category_keeps_the_one_that_the_teacher_filed(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    item = placed(sis, category_id="")
    assert sis.client.read_assignments([MAIN]).set_index("sis_assignment_id")["category_id"].isna()[item]
    sis.teacher(do="file_category", id=item, category="Tests")
    placed(sis, sis_assignment_id=item, category_id="", name="Unit 2 again")
    assert sis.client.read_assignments([MAIN]).set_index("sis_assignment_id").loc[item, "category_id"] == TESTS


def test_r14_where_a_put_replaces_the_whole_item_the_category_is_read_back_first(fresh: Fresh) -> None:
    """Genesis refuses an item without category, so an update that left it out would fail."""
    sis = fresh("genesis")
    item = placed(sis, category_id=TESTS)
    update = assignment(sis_assignment_id=item, category_id="", name="Unit 3")
    assert [receipt.outcome for receipt in sis.again(keep_category="omit").put_assignments([update])] == [Outcome.REFUSED]
    assert [receipt.outcome for receipt in sis.client.put_assignments([update])] == [Outcome.ACCEPTED]
    found = sis.client.read_assignments([MAIN]).set_index("sis_assignment_id").loc[item]
    assert (found["name"], found["category_id"]) == ("Unit 3", TESTS)


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
    client = oneroster.again(batch=False, workers=1)
    client.read_sections([MAIN])
    oneroster.fault("error", status=503, times=-1)
    found: list[str] = []
    with pytest.raises(UnavailableError):
        found.extend(receipt.code for receipt in client.put_scores([score(item, student, 3.0) for student in STUDENTS]))
    assert found == ["SIS-5XX"] * 3 + ["SIS-NOT-TRIED"] * (len(STUDENTS) - 3)
    assert len([row for row in oneroster.log(writes=True) if row["status"] == 503]) == 9, "three rows with three tries each, then no more"


def test_f10_calls_of_one_row_each_meet_the_same_breaker(oneroster: Pair) -> None:
    """Most calls have few rows: an outage must not cost each of them all its tries."""
    items = [placed(oneroster, key=f"quiz{number}") for number in range(8)]
    client = oneroster.again(batch=False)
    client.read_sections([MAIN])
    oneroster.fault("error", status=503, times=-1)
    codes: list[str] = []
    for item in items:
        try:
            codes += [receipt.code for receipt in client.put_scores([score(item, STUDENTS[0], 3.0)])]
        except UnavailableError:
            codes.append("raised")
    assert codes[:2] == ["SIS-5XX"] * 2
    assert codes.count("SIS-5XX") == 3
    assert len([row for row in oneroster.log(writes=True) if row["status"] == 503]) == 9
    assert client.breaker.is_open
    oneroster.mend()
    client.breaker.suspect()
    (receipt,) = client.put_scores([score(items[0], STUDENTS[0], 3.0)])
    assert receipt.outcome is Outcome.ACCEPTED, "half open: one small read that is answered closes the circuit"


def test_rows_that_always_fail_stop_their_own_kin_alone(oneroster: Pair) -> None:
    """Invariant 5: a broken class must not take the night with it, as long as the SIS answers otherwise."""
    bad, good = placed(oneroster, key="bad"), placed(oneroster, key="good")
    client = oneroster.again(batch=False, workers=1)
    oneroster.fault("error", method="PUT", path=f"gs-{bad}-", status=500, times=-1)
    rows = [score(bad, student, 3.0, key=f"{student} {number}") for number in range(2) for student in STUDENTS]
    codes = [receipt.code for receipt in client.put_scores(rows)]
    assert codes == ["SIS-5XX"] * FAULTS + ["SIS-NOT-TRIED"] * (len(rows) - FAULTS)
    assert {receipt.outcome for receipt in client.put_scores([score(good, student, 3.0) for student in STUDENTS])} == {Outcome.ACCEPTED}
    assert not client.breaker.is_open


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
    assert (receipts["one"].outcome, receipts["one"].code) == (Outcome.REFUSED, "SIS-UNREADABLE")
    assert receipts["two"].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("school", ["", ', "school": {"sourcedId": [7]}'])
def test_i7_without_a_readable_school_nothing_is_sent_for_the_class(fresh: Fresh, school: str) -> None:
    """OneRoster 1.2 asks for the school of each line item. What the SIS would say to an empty one blames the teacher's assignment."""
    sis = fresh("infinite_campus")
    sis.fault("refuse", method="GET", path=f"classes/{MAIN}$", status=200, body=f'{{"class": {{"sourcedId": "{MAIN}"{school}}}}}')
    receipts = {r.key: r for r in sis.client.put_assignments([assignment("one"), assignment("two", SECOND, category_id="4303")])}
    assert (receipts["one"].outcome, receipts["one"].code) == (Outcome.REFUSED, "SIS-UNREADABLE")
    assert f"class {MAIN} has no readable school.sourcedId" in receipts["one"].message
    assert receipts["two"].outcome is Outcome.ACCEPTED
    assert [row["rows"] for row in sis.log(writes=True)] == [1]


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


def test_f3_batches_of_several_line_items_go_one_after_the_other_and_each_row_has_its_answer(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    items = [placed(sis, key=key) for key in ("one", "two", "three")]
    sis.forget_log()
    rows = [score(item, student, 4.0, key=f"{item} {student}") for item in items for student in STUDENTS]
    receipts = {receipt.key: receipt for receipt in sis.client.put_scores(rows)}
    assert set(receipts) == {row.key for row in rows}
    assert {receipt.outcome for receipt in receipts.values()} == {Outcome.ACCEPTED}
    assert len({receipt.sis_id for receipt in receipts.values()}) == len(rows)
    assert [row["method"] for row in sis.log(writes=True)] == ["POST"] * len(items)


def test_f3_what_writes_need_of_their_classes_is_read_ahead_once(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    client = sis.again()
    client.foresee([MAIN, SECOND])
    sis.forget_log()
    assert [receipt.outcome for receipt in client.put_assignments([assignment()])] == [Outcome.ACCEPTED]
    assert [row["method"] for row in sis.log()] == ["POST"]


def test_reading_ahead_what_cannot_be_read_is_no_error_yet(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    sis.fault("error", method="GET", path="classes", times=-1)
    sis.again(tries=1).foresee([MAIN])
