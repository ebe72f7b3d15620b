"""One bad record affects only itself, or its section: reading it, and writing it (I-7, R-19, R-24)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.errors import AccessError, GradeSyncError, SourceError
from include.sis.contract import Outcome, Receipt, ScoreWrite
from include.sis.oneroster import fields, records
from tests.sis.conftest import Fresh
from tests.sis.pairs import Pair, assignment, placed, score
from tests.sis.tiny import HOMEWORK, MAIN, SECOND, STUDENTS, TERM

POISON = STUDENTS[2]


def by_student(receipts: list[Receipt]) -> dict[str, Receipt]:
    return {receipt.key.removeprefix("score-"): receipt for receipt in receipts}


def sent(sis: Pair, client: Any = None, **values: Any) -> dict[str, Receipt]:
    """Receipts of a score for each student of an assignment, by student."""
    item = placed(sis)
    return by_student(list((client or sis.client).put_scores([score(item, one, 3.0, **values) for one in STUDENTS])))


# ------------------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-05:00", "0001-01-01", "0001-01-01T00:00:00+01:00", "20265-06-30", None, 7, ["x"], {}])
def test_i7_a_session_day_at_the_end_of_time_is_an_open_end(oneroster: Pair, end: object) -> None:
    oneroster.odd(changes=[{"collection": "academicSessions", "set": {"endDate": end}}])
    read = oneroster.client.read_sections([MAIN])
    assert list(read.sections["term_end"].isna()) == [True]
    assert list(read.sections["term_start"]) == [TERM[0].isoformat()]
    assert len(read.students) == len(STUDENTS)


@pytest.mark.parametrize("due", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-05:00", "soon", 5, [], {"a": 1}])
def test_i7_a_line_item_with_an_impossible_due_date_has_none(oneroster: Pair, due: object) -> None:
    item = placed(oneroster)
    oneroster.odd(changes=[{"collection": "lineItems", "id": item, "set": {"dueDate": due}}])
    found = oneroster.client.read_assignments([MAIN]).set_index("sis_assignment_id")
    assert found["due_date"].isna()[item]
    assert found.loc[item, "name"] == "Unit 2 essay"
    assert len(found) == 2


@pytest.mark.parametrize("title", [None, {"text": "x"}, ["x"], True])
def test_i7_a_line_item_without_a_title_keeps_its_place(oneroster: Pair, title: object) -> None:
    item = placed(oneroster)
    oneroster.odd(changes=[{"collection": "lineItems", "id": item, "set": {"title": title}}])
    found = oneroster.client.read_assignments([MAIN]).set_index("sis_assignment_id")
    assert found.loc[item, "name"] == ""
    assert found.loc[item, "ours"]


@pytest.mark.parametrize(
    ("points", "read"), [("87.5", 87.5), (87.5, 87.5), (True, None), ("NaN", None), (1e400, None), ([1], None), ("9" * 60, None)]
)
def test_i7_a_number_is_read_as_text_too_and_is_none_otherwise(points: object, read: float | None) -> None:
    assert fields.number(points) == read


def test_i7_a_result_with_an_unreadable_number_has_none_and_its_neighbors_are_read(oneroster: Pair) -> None:
    item = placed(oneroster)
    made = by_student(list(oneroster.client.put_scores([score(item, one, 3.0) for one in STUDENTS])))
    changes = [{"collection": "results", "id": made[POISON].sis_id, "set": {"score": {"value": 3}, "late": ["x"], "metadata": []}}]
    oneroster.odd(changes=changes)
    found = oneroster.client.read_scores(MAIN, [item]).set_index("sis_student_id")
    assert found["score"].isna()[POISON]
    assert found["score"].notna().sum() == len(STUDENTS) - 1


def test_i7_a_student_without_an_id_is_skipped_and_the_roster_counts_as_incomplete(oneroster: Pair) -> None:
    oneroster.odd(changes=[{"collection": "users", "id": POISON, "without": ["sourcedId"]}])
    read = oneroster.client.read_sections([MAIN, SECOND])
    assert set(read.students.loc[read.students["sis_section_id"] == MAIN, "sis_student_id"]) == set(STUDENTS) - {POISON}
    assert read.incomplete_rosters == {MAIN: "1 of 7 students have no readable sourcedId"}


def test_i7_a_category_without_a_title_is_skipped_and_reported(oneroster: Pair) -> None:
    oneroster.odd(changes=[{"collection": "categories", "id": HOMEWORK, "set": {"title": None}}])
    read = oneroster.client.read_sections([MAIN])
    assert HOMEWORK not in set(read.categories["category_id"])
    assert "1 of " in read.incomplete_categories[MAIN]


@pytest.mark.parametrize("change", [{"without": ["sourcedId"]}, {"set": {"sourcedId": ["x"]}}])
def test_i7_a_line_item_without_an_id_makes_its_section_unreadable(oneroster: Pair, change: dict[str, object]) -> None:
    item = placed(oneroster)
    oneroster.odd(changes=[{"collection": "lineItems", "id": item, **change}])
    with pytest.raises(SourceError, match=f"1 of the .* lineItems of class {MAIN} have no readable sourcedId"):
        oneroster.client.read_assignments([MAIN])
    assert oneroster.client.read_assignments([SECOND]).empty


@pytest.mark.parametrize(("status", "is_there"), [("ACTIVE", True), (None, True), (" active ", True), ("inactive", False), ("tobedeleted", False)])
def test_i7_an_unknown_status_counts_as_deleted_and_letter_case_does_not_count(oneroster: Pair, status: object, is_there: bool) -> None:
    oneroster.odd(changes=[{"collection": "users", "id": POISON, "set": {"status": status}}])
    assert (POISON in set(oneroster.client.read_sections([MAIN]).students["sis_student_id"])) is is_there


def test_r24_padded_ids_are_the_same_ids_in_reads_and_writes(oneroster: Pair) -> None:
    item = placed(oneroster)
    oneroster.odd(padded_ids=3)
    read = oneroster.client.read_sections([MAIN])
    assert set(read.students["sis_student_id"]) == set(STUDENTS)
    assert HOMEWORK in set(read.categories["category_id"])
    assert read.sections["term_start"].notna().all()
    assert item in set(oneroster.client.read_assignments([MAIN])["sis_assignment_id"])
    (receipt,) = oneroster.client.put_scores([score(item, STUDENTS[0], 4.0)])
    assert (receipt.outcome, receipt.sis_id) == (Outcome.ACCEPTED, receipt.sis_id.strip())
    assert list(oneroster.client.read_scores(MAIN, [item])["sis_score_id"]) == [receipt.sis_id]


@pytest.mark.parametrize("title", ["Home\u0000work", "Home\u200bwork", " Homework  ", "Homework\u00a0"])
def test_i7_r24_titles_are_cleaned_once_when_read(fresh: Fresh, title: str) -> None:
    sis = fresh("genesis")
    sis.odd(changes=[{"collection": name, "set": {"title": title}} for name in ("categories", "classes", "lineItems")])
    read = sis.client.read_sections([MAIN])
    assert set(read.categories["title"]) == {"Homework"}
    assert list(read.sections["title"]) == ["Homework"]
    assert set(sis.client.read_assignments([MAIN])["name"]) == {"Homework"}


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), lambda deeper: st.lists(deeper, max_size=3))
NAMES = (
    "sourcedId",
    "title",
    "status",
    "dueDate",
    "resultValueMax",
    "category",
    "metadata",
    "lineItem",
    "student",
    "score",
    "late",
    "startDate",
    "terms",
)
ROWS = st.dictionaries(st.sampled_from(NAMES), JSON | st.dictionaries(st.sampled_from(("sourcedId", "classId")), JSON, max_size=2), max_size=8)
READERS = (records.category, records.line_item, records.result, records.student, records.session, records.class_)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROWS | JSON, max_size=6))
def test_i7_no_record_raises_whatever_it_holds_and_every_row_is_kept_or_counted(rows: list[Any]) -> None:
    for read in READERS:
        kept, lost = records.readable(rows, read)
        assert len(kept) + lost == len(rows)
    assert sum(one is row for row in rows for one in records.keyed(rows).values()) >= len(records.keyed(rows))


# ------------------------------------------------------------------------------------------------------------ writing


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_i7_a_rejected_record_keeps_the_words_of_the_sis_and_its_neighbors_are_sent(oneroster: Pair, status: int) -> None:
    oneroster.odd(refusals=[{"id": POISON, "status": status, "sentence": "Student 9 is frozen"}])
    receipts = sent(oneroster)
    bad = receipts.pop(POISON)
    assert (bad.outcome, bad.status, bad.message) == (Outcome.REFUSED, status, "Student 9 is frozen")
    assert {one.outcome for one in receipts.values()} == {Outcome.ACCEPTED}


def test_i7_a_forbidden_record_keeps_the_words_of_the_sis_and_its_neighbors_are_sent(oneroster: Pair) -> None:
    oneroster.odd(refusals=[{"id": POISON, "status": 403, "sentence": "Student 9 is confidential"}])
    receipts = sent(oneroster)
    bad = receipts.pop(POISON)
    assert (bad.outcome, bad.code, bad.status, bad.message) == (Outcome.REFUSED, "SIS-FORBIDDEN", 403, "Student 9 is confidential")
    assert {one.outcome for one in receipts.values()} == {Outcome.ACCEPTED}


def test_i7_a_right_that_is_missing_for_every_record_stops_after_three(oneroster: Pair) -> None:
    client = oneroster.again(batch=False, workers=1)
    oneroster.fault("refuse", method="PUT", status=403, body={"title": "Forbidden"}, times=-1)
    found: list[Receipt] = []
    with pytest.raises(AccessError):
        found.extend(client.put_scores([score("x", one, 3.0) for one in STUDENTS]))
    assert [one.code for one in found] == ["SIS-FORBIDDEN"] * 2
    assert len(oneroster.log(writes=True)) == 3


def test_i7_three_bad_neighbors_in_a_row_do_not_hold_up_the_others(oneroster: Pair) -> None:
    """A SIS that is up can have several broken records side by side."""
    oneroster.odd(refusals=[{"id": one, "status": 500, "sentence": "Deadlock victim"} for one in STUDENTS[1:5]])
    receipts = sent(oneroster, oneroster.again(batch=False, workers=1))
    bad = {one: receipts.pop(one) for one in STUDENTS[1:5]}
    assert {(one.outcome, one.code, one.message) for one in bad.values()} == {(Outcome.UNKNOWN, "SIS-5XX", "HTTP 500: Deadlock victim")}
    assert {one.outcome for one in receipts.values()} == {Outcome.ACCEPTED}
    assert not oneroster.client.breaker.is_open


def test_i7_a_batch_on_which_the_sis_fails_is_split_and_makes_no_twin(fresh: Fresh) -> None:
    sis = fresh("infinite_campus+batch")
    sis.odd(refusals=[{"id": POISON, "status": 500, "sentence": "Deadlock victim"}])
    receipts = sent(sis)
    bad = receipts.pop(POISON)
    assert (bad.outcome, bad.code) == (Outcome.UNKNOWN, "SIS-5XX")
    assert {one.outcome for one in receipts.values()} == {Outcome.ACCEPTED}
    assert len({one.sis_id for one in receipts.values()}) == len(STUDENTS) - 1
    (item,) = (one for one in sis.state()[MAIN]["assignments"] if one["name"] == "Unit 2 essay")
    assert {student: len(rows) for student, rows in item["scores"].items()} == dict.fromkeys(set(STUDENTS) - {POISON}, 1)


def test_i7_a_fault_of_ours_in_one_row_is_that_rows_own(oneroster: Pair) -> None:
    item = placed(oneroster)
    rows: list[ScoreWrite] = [score(item, STUDENTS[0], 3.0), score(item, STUDENTS[1], 4.0, scored_on=None)]
    receipts = by_student(list(oneroster.client.put_scores(rows)))
    assert receipts[STUDENTS[0]].outcome is Outcome.ACCEPTED
    assert (receipts[STUDENTS[1]].code, receipts[STUDENTS[1]].message.partition(",")[0]) == ("GP-OUR-UNKNOWN", "AttributeError in bodies.py")


@pytest.mark.parametrize("way", ["empty_200", "empty_201", "no_content", "record_200", "record_201"])
def test_i7_a_replacing_put_may_answer_in_any_way(oneroster: Pair, way: str) -> None:
    item = placed(oneroster)
    oneroster.odd(put_answer=way)
    client = oneroster.again(batch=False)
    for row in (assignment(sis_assignment_id=item, name="Unit 3"), assignment("new")):
        (receipt,) = client.put_assignments([row])
        assert (receipt.outcome, receipt.sis_id) == (Outcome.ACCEPTED, row.sis_assignment_id or row.our_id)
    (receipt,) = client.put_scores([score(item, STUDENTS[0], 3.0)])
    assert receipt.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("name", ["genesis", "schooltool"])
@pytest.mark.parametrize("problem", [False, True])
def test_r19_an_exempt_score_that_needs_a_number_names_the_setting(fresh: Fresh, name: str, problem: bool) -> None:
    from include.gradebook.reasons import reason

    sis = fresh(name)
    item = placed(sis)
    sis.odd(problem_json=problem)
    (receipt,) = sis.client.put_scores([score(item, STUDENTS[0], None, exempt=True)])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "SIS-EXEMPT-NEEDS-SCORE")
    assert "score" in receipt.message
    assert reason(receipt.code).who == "admin"
    assert "exempt_score: zero" in reason(receipt.code).next
    (other,) = sis.client.put_scores([score(item, STUDENTS[0], 0.0, exempt=True)])
    assert other.outcome is Outcome.ACCEPTED


def test_r19_an_exempt_score_that_is_rejected_for_another_cause_keeps_its_own_code(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    item = placed(sis)
    sis.odd(refusals=[{"id": POISON, "status": 422, "sentence": "scoreDate is required to be inside the term"}])
    (receipt,) = sis.client.put_scores([score(item, POISON, None, exempt=True)])
    assert receipt.code != "SIS-EXEMPT-NEEDS-SCORE"


# ------------------------------------------------------------------------------------------------- without a category


def test_ic15_a_server_that_demands_a_category_names_the_setting(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    body = {"title": "Validation failed", "detail": "lineItem.category is required by the schema", "status": 422}
    sis.fault("refuse", method="PUT", path="lineItems", status=422, body=body)
    (receipt,) = sis.client.put_assignments([assignment(category_id="")])
    assert (receipt.outcome, receipt.code) == (Outcome.REFUSED, "SIS-CATEGORY-REQUIRED")
    assert receipt.message == "Validation failed: lineItem.category is required by the schema"


@pytest.mark.parametrize("batch", [False, True])
def test_ic15_an_assignment_without_a_category_goes_to_the_one_that_the_district_named(fresh: Fresh, batch: bool) -> None:
    sis = fresh("infinite_campus")
    client = sis.again(uncategorized=" homework", batch=batch)
    rows = [assignment("one", category_id=""), assignment("two", SECOND, category_id=""), assignment("three", SECOND, category_id="4303")]
    receipts = list(client.put_assignments(rows))
    assert {one.key: one.outcome for one in receipts}.pop("three") is Outcome.ACCEPTED, "it has a category of its own (I-7)"
    receipts = [one for one in receipts if one.key != "three"]
    assert {one.key: one.outcome for one in receipts} == {"one": Outcome.ACCEPTED, "two": Outcome.REFUSED}
    assert 'no category " homework"' not in receipts[0].message
    assert next(one.message for one in receipts if one.key == "two") == (
        f'class {SECOND} has no category "homework", which extra.uncategorized names'
    )
    found = sis.client.read_assignments([MAIN]).set_index("sis_assignment_id")
    assert found.loc[receipts[0].sis_id, "category_id"] == HOMEWORK
    assert (client.read_sections([MAIN]).usual_category, sis.client.read_sections([MAIN]).usual_category) == ("homework", "")


def test_ic15_the_check_names_a_category_that_does_not_exist(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    assert sis.again(uncategorized="Homework").check() == []
    (told,) = sis.again(uncategorized="Homewrk").check()
    assert 'extra.uncategorized: "Homewrk" is not the title of a category' in told
    assert "Homework" in told


def test_i7_reading_errors_are_grade_sync_errors(oneroster: Pair) -> None:
    oneroster.fault("refuse", method="GET", path="lineItems", status=200, body="[" * 20_000)
    with pytest.raises(GradeSyncError, match="reading lineItems failed"):
        oneroster.client.read_assignments([MAIN])
