"""Reading over OneRoster beyond the contract: few requests, pages, and what each SIS has besides assignments."""

from __future__ import annotations

import pytest

from include.errors import SourceError
from include.sis.contract import Outcome
from tests.sis.conftest import Fresh
from tests.sis.pairs import Pair, assignment, placed, score
from tests.sis.tiny import HOMEWORK, MAIN, SECOND, STUDENTS, TESTS


def reads(sis: Pair) -> list[str]:
    """Paths that were read since the log was emptied, below the service."""
    return [row["path"].rsplit("/v1p", 1)[1][1:] for row in sis.log() if row["method"] == "GET"]


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


def test_f12_a_read_that_is_refused_names_the_place_and_keeps_the_words_apart(oneroster: Pair) -> None:
    body = {"imsx_codeMajor": "failure", "imsx_codeMinor": "invalid_data", "imsx_description": "result of Doe, Jane (4.25) is corrupt"}
    oneroster.fault("refuse", method="GET", path="lineItems", status=400, body=body)
    with pytest.raises(SourceError) as raised:
        oneroster.client.read_assignments([MAIN])
    assert str(raised.value) == f"connection {oneroster.connection.id}, gradebook: reading lineItems failed: HTTP 400 (invalid_data)"
    assert raised.value.told.endswith("(invalid_data). It said: result of Doe, Jane (4.25) is corrupt")


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
