"""One contract for all SIS clients (include/sis/contract.py), run over HTTP against the sandbox server of each."""

from __future__ import annotations

import math

import pytest

from include.errors import AccessError, UnavailableError
from include.gradebook.reasons import CATALOGUE
from include.gradebook.schemas import SIS_ASSIGNMENTS, SIS_CATEGORIES, SIS_SCORES, SIS_SECTIONS, SIS_STUDENTS
from include.sis.contract import AssignmentWrite, Outcome, Receipt
from tests.sis.pairs import Pair, assignment, score
from tests.sis.tiny import ELSEWHERE, EMPTY, HOMEWORK, MAIN, SECOND, STUDENTS, TESTS

LATE_AND_MISSING = {"synergy", "schooltool", "infinite_campus", "powerschool"}
NUMBERLESS_EXEMPT = {"synergy", "infinite_campus"}


def placed(sis: Pair, row: AssignmentWrite | None = None) -> str:
    """The SIS's id of an assignment that was just made there."""
    (receipt,) = sis.client.put_assignments([row or assignment()])
    assert receipt.outcome is Outcome.ACCEPTED, receipt
    assert receipt.sis_id
    return receipt.sis_id


def sent(sis: Pair, *rows: object) -> dict[str, Receipt]:
    """Receipts of these scores by key."""
    return {receipt.key: receipt for receipt in sis.client.put_scores(rows)}


def standing(sis: Pair, item: str) -> dict[str, float]:
    """The numbers that stand in the SIS by student."""
    found = SIS_SCORES.check(sis.client.read_scores(MAIN, [item]))
    return dict(zip(found["sis_student_id"], found["score"], strict=True))


def test_a24_sections_with_terms_rosters_and_categories_and_unknown_ones(sis: Pair) -> None:
    read = sis.client.read_sections([MAIN, EMPTY, "99999"])
    sections = SIS_SECTIONS.check(read.sections).set_index("sis_section_id")
    assert sections["found"].to_dict() == {MAIN: True, EMPTY: True, "99999": False}
    assert (sections.loc[MAIN, "term_start"], sections.loc[MAIN, "term_end"]) == ("2026-08-24", "2027-01-22")
    students = SIS_STUDENTS.check(read.students)
    assert set(students["sis_student_id"]) == set(STUDENTS)
    assert set(students["sis_section_id"]) == {MAIN}
    categories = SIS_CATEGORIES.check(read.categories)
    mine = categories[categories["sis_section_id"] == MAIN]
    assert {"Homework": HOMEWORK, "Tests": TESTS}.items() <= dict(zip(mine["title"], mine["category_id"], strict=True)).items()


def test_f10_what_a_person_made_is_read_and_is_not_ours(sis: Pair) -> None:
    placed(sis)
    found = SIS_ASSIGNMENTS.check(sis.client.read_assignments([MAIN])).set_index("name")
    assert set(found.index) == {"Made by hand", "Unit 2 essay"}
    assert found["ours"].to_dict() == {"Made by hand": False, "Unit 2 essay": True}


def test_a17_assignment_reads_back_as_written(sis: Pair) -> None:
    item = placed(sis, assignment(points_possible=12.5, category_id=TESTS))
    found = sis.client.read_assignments([MAIN])
    row = found[found["sis_assignment_id"] == item].iloc[0]
    assert row["our_id"] == f"gs-essay-{MAIN}"
    assert (row["name"], row["due_date"], row["points_possible"], row["category_id"]) == ("Unit 2 essay", "2026-11-06", 12.5, TESTS)
    assert row["state"] == "active"


def test_f4_an_assignment_put_twice_under_its_id_is_one(sis: Pair) -> None:
    item = placed(sis)
    placed(sis, assignment(sis_assignment_id=item))
    assert sum(sis.client.read_assignments([MAIN])["name"] == "Unit 2 essay") == 1


def test_a8_update_changes_name_points_date_and_category(sis: Pair) -> None:
    item = placed(sis)
    again = placed(sis, assignment(sis_assignment_id=item, name="Unit 2 final", points_possible=25.0, due_date=assignment().due_date.replace(day=20)))
    assert again == item
    found = sis.client.read_assignments([MAIN])
    row = found[found["sis_assignment_id"] == item].iloc[0]
    assert (row["name"], row["points_possible"], row["due_date"]) == ("Unit 2 final", 25.0, "2026-11-20")


def test_a4_each_section_has_its_own_copy(sis: Pair) -> None:
    placed(sis)
    placed(sis, assignment(section=SECOND, category_id="4303"))
    found = sis.client.read_assignments([MAIN, SECOND])
    mine = found[found["ours"]]
    assert sorted(mine["sis_section_id"]) == [MAIN, SECOND]


def test_a15_a14_scores_keep_every_decimal_and_extra_credit(sis: Pair) -> None:
    item = placed(sis)
    numbers = {STUDENTS[0]: 12.345678, STUDENTS[1]: 0.30000000000000004, STUDENTS[2]: 0.0, STUDENTS[3]: 23.5}
    receipts = sent(sis, *(score(item, student, number) for student, number in numbers.items()))
    assert {receipt.outcome for receipt in receipts.values()} == {Outcome.ACCEPTED}
    found = standing(sis, item)
    assert found == (numbers if sis.name != "powerschool" else pytest.approx(numbers, abs=1e-6))


def test_a7_a_score_sent_again_replaces_the_first(sis: Pair) -> None:
    item = placed(sis)
    first = sent(sis, score(item, STUDENTS[0], 11.0))[f"score-{STUDENTS[0]}"]
    sent(sis, score(item, STUDENTS[0], 14.0, sis_score_id=first.sis_id))
    found = sis.client.read_scores(MAIN, [item])
    assert list(found["score"]) == [14.0]


def test_r4_exempt_late_and_missing_arrive(sis: Pair) -> None:
    item = placed(sis)
    none = None if sis.name in NUMBERLESS_EXEMPT else 0.0
    flags = sis.name in LATE_AND_MISSING
    rows = (
        score(item, STUDENTS[0], none, exempt=True),
        score(item, STUDENTS[1], 9.0, late=flags),
        score(item, STUDENTS[2], 0.0, missing=flags),
        score(item, STUDENTS[3], 10.0),
    )
    assert {receipt.outcome for receipt in sent(sis, *rows).values()} == {Outcome.ACCEPTED}
    found = SIS_SCORES.check(sis.client.read_scores(MAIN, [item])).set_index("sis_student_id")
    assert list(found.index[found["exempt"]]) == [STUDENTS[0]]
    assert list(found.index[found["late"]]) == ([STUDENTS[1]] if flags else [])
    assert list(found.index[found["missing"]]) == ([STUDENTS[2]] if flags else [])


def test_a24_one_refused_student_stops_no_neighbour(sis: Pair) -> None:
    item = placed(sis)
    rows = [score(item, student, 10.0) for student in (STUDENTS[0], ELSEWHERE, STUDENTS[1])]
    receipts = sent(sis, *rows)
    assert {key: receipt.outcome for key, receipt in receipts.items()} == {
        f"score-{STUDENTS[0]}": Outcome.ACCEPTED,
        f"score-{ELSEWHERE}": Outcome.REFUSED,
        f"score-{STUDENTS[1]}": Outcome.ACCEPTED,
    }
    refused = receipts[f"score-{ELSEWHERE}"]
    assert refused.code in CATALOGUE
    assert refused.message
    assert set(standing(sis, item)) == {STUDENTS[0], STUDENTS[1]}


def test_a24_a_class_that_the_sis_does_not_know_is_refused(sis: Pair) -> None:
    (receipt,) = sis.client.put_assignments([assignment(section="99999")])
    assert receipt.outcome is Outcome.REFUSED
    assert receipt.code in CATALOGUE
    assert sis.client.read_assignments(["99999"]).empty


def test_every_row_gets_exactly_one_receipt(sis: Pair) -> None:
    item = placed(sis)
    rows = [score(item, student, 1.0) for student in STUDENTS]
    keys = [receipt.key for receipt in sis.client.put_scores(rows)]
    assert sorted(keys) == sorted(row.key for row in rows)


def test_expired_token_in_the_middle_is_renewed_once(sis: Pair) -> None:
    item = placed(sis)
    sis.fault("expire_tokens")
    receipts = sent(sis, *(score(item, student, 5.0) for student in STUDENTS))
    assert {receipt.outcome for receipt in receipts.values()} == {Outcome.ACCEPTED}


def test_throttled_writes_wait_and_arrive(sis: Pair) -> None:
    item = placed(sis)
    sis.fault("throttle", method="PUT" if sis.name != "infinite_campus" else "", path="esult|score", retry_after=0, times=2)
    receipts = sent(sis, score(item, STUDENTS[0], 5.0))
    assert receipts[f"score-{STUDENTS[0]}"].outcome is Outcome.ACCEPTED
    assert standing(sis, item) == {STUDENTS[0]: 5.0}


def test_reads_survive_server_errors_html_and_cut_connections(sis: Pair) -> None:
    placed(sis)
    sis.fault("error", method="GET", status=502, html=True)
    sis.fault("cut", method="GET")
    assert "Unit 2 essay" in set(sis.client.read_assignments([MAIN])["name"])


def test_f4_lost_answer_to_a_create_leaves_one_assignment(sis: Pair) -> None:
    sis.fault("lost", method="PUT", path="lineItems")
    sis.fault("lost", method="POST", path="lineItems$|section/assignment")
    (receipt,) = sis.client.put_assignments([assignment()])
    found = sis.client.read_assignments([MAIN])
    mine = found[found["our_id"] == f"gs-essay-{MAIN}"]
    assert len(mine) == 1, "looked up by our mark, it is found once"
    if receipt.outcome is Outcome.ACCEPTED:
        assert receipt.sis_id == mine.iloc[0]["sis_assignment_id"]
    else:
        assert (receipt.outcome, receipt.code) == (Outcome.UNKNOWN, "SIS-NO-ANSWER")


def test_f4_answers_lost_for_good_are_unknown_and_found_by_looking(sis: Pair) -> None:
    item = placed(sis)
    sis.fault("lost", path="esults|score", times=-1)
    try:
        receipts = list(sis.client.put_scores([score(item, STUDENTS[0], 7.0)]))
    except UnavailableError:
        receipts = []
    assert all(receipt.outcome is Outcome.UNKNOWN for receipt in receipts)
    sis.mend()
    assert standing(sis, item) == {STUDENTS[0]: 7.0}


def test_check_is_empty_when_nothing_is_missing_and_writes_nothing(sis: Pair) -> None:
    assert sis.client.check() == []
    assert sis.log(writes=True) == []


def test_check_names_a_wrong_secret(sis: Pair) -> None:
    told = sis.again(password="not-the-secret").check()
    assert len(told) == 1
    assert f"{sis.name}_default" in told[0]
    assert "secret" in told[0]
    assert "not-the-secret" not in told[0]


def test_wrong_secret_ends_the_connection(sis: Pair) -> None:
    with pytest.raises(AccessError, match="secret"):
        sis.again(password="not-the-secret").read_sections([MAIN])


def test_a9_opt_in_clear_empties_the_score(sis: Pair) -> None:
    item = placed(sis)
    made = sent(sis, score(item, STUDENTS[0], 8.0), score(item, STUDENTS[1], 9.0))
    (receipt,) = sis.client.clear_scores([score(item, STUDENTS[0], None, sis_score_id=made[f"score-{STUDENTS[0]}"].sis_id)])
    assert receipt.outcome is Outcome.ACCEPTED
    left = {student: number for student, number in standing(sis, item).items() if not math.isnan(number)}
    assert left == {STUDENTS[1]: 9.0}


def test_a10_opt_in_delete_removes_ours_and_a_second_one_is_no_error(sis: Pair) -> None:
    item = placed(sis)
    row = assignment(sis_assignment_id=item)
    assert sis.client.delete_assignment(row).outcome is Outcome.ACCEPTED
    assert sis.client.delete_assignment(row).outcome is Outcome.ACCEPTED
    assert set(sis.client.read_assignments([MAIN])["name"]) == {"Made by hand"}
