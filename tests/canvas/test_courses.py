"""The account's list of courses (canvas-api.md §2.1, §5)."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import list_courses
from include.canvas.frames import LISTED_COURSES
from include.errors import AccessError
from include.gradebook.courses import Selection, keep_courses
from tests.canvas.small_canvas import Row, SmallCanvas, course_row

LIST = "accounts/1/courses"


def test_every_field_lands_in_its_column(canvas: SmallCanvas, client: CanvasClient) -> None:
    term = {"id": "12", "name": "2025-26", "sis_term_id": "2526", "start_at": "2025-08-25T04:00:00Z", "end_at": None}
    values = {
        "enrollment_term_id": "12",
        "grade_passback_setting": "nightly_sync",
        "end_at": "2026-06-20T04:00:00Z",
        "total_students": 24,
        "term": term,
    }
    canvas.lists[LIST] = [course_row("501", **values)]
    listed = LISTED_COURSES.check(list_courses(client, "1"))
    row = listed.drop(columns=["term_end", "unread", "allowed"]).iloc[0].to_dict()
    assert row == {
        "canvas_course_id": "501", "name": "Course 501", "sis_course_id": "C-501", "workflow_state": "available", "time_zone": "America/New_York",
        "nightly_setting": "nightly_sync", "term_id": "12", "sis_term_id": "2526", "term_start": pd.Timestamp("2025-08-25T04:00:00Z"),
        "course_end": pd.Timestamp("2026-06-20T04:00:00Z"), "complete": False, "students": 24,
    }  # fmt: skip
    assert listed[["term_end", "unread", "allowed"]].isna().all(axis=None)
    assert canvas.paths() == [LIST]


def test_all_pages_are_listed_with_terms_and_students(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row(str(number)) for number in range(1, 251)]
    assert list_courses(client, "1")["canvas_course_id"].tolist() == [str(number) for number in range(1, 251)]
    assert len(canvas.requests()) == 3
    assert all("total_students" in entry.query and "term" in entry.query for entry in canvas.requests())


def test_a_course_without_a_time_zone_takes_the_accounts(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row("501"), course_row("502", time_zone=None)]
    assert list_courses(client, "1")["time_zone"].tolist() == ["America/New_York", "America/Denver"]


def test_a19_chosen_courses_are_found_by_canvas_id_or_sis_id_and_exactly(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row("501"), course_row("5011"), course_row("502"), course_row("503")]
    assert list_courses(client, "1", chosen=("501", "C-502", "unknown"))["canvas_course_id"].tolist() == ["501", "502"]
    assert [entry.query.split("search_term=")[1].split("&")[0] for entry in canvas.requests()] == ["501", "C-502", "unknown"]


def test_terms_and_dates_narrow_the_list(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row("501")]
    listed = list_courses(client, "1", terms=("12", "sis_term_id:S 1"), ends_after=datetime(2026, 10, 1, 5, tzinfo=UTC))
    assert len(listed) == 1
    queries = [entry.query for entry in canvas.requests()]
    assert ["enrollment_term_id=12" in queries[0], "enrollment_term_id=sis_term_id%3AS+1" in queries[1]] == [True, True]
    assert all("ends_after=2026-10-01T05%3A00%3A00Z" in query for query in queries)


def test_without_the_sis_right_the_list_is_refused_with_the_rights_name(canvas: SmallCanvas, client: CanvasClient) -> None:
    row = course_row("501")
    del row["sis_course_id"]
    canvas.lists[LIST] = [row]
    with pytest.raises(AccessError, match=r"connection canvas_test: .*sis_course_id is absent.*SIS Data - read"):
        list_courses(client, "1")


def test_a_course_with_the_right_but_without_an_id_is_listed(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row("501", sis_course_id=None)]
    assert list_courses(client, "1")["sis_course_id"].isna().all()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"end_at": "20265-06-30T04:00:00Z"}, 'end_at is "20265-06-30T04:00:00Z"'),
        ({"term": {"id": "12", "end_at": 7}}, "term.end_at is 7"),
        ({"workflow_state": None}, "workflow_state is empty"),
        ({"sis_course_id": True}, "sis_course_id is true"),
        ({"enrollment_term_id": ""}, 'enrollment_term_id is ""'),
    ],
    ids=["end", "term", "state", "SIS ID", "term ID"],
)
def test_i7_an_unreadable_course_costs_only_itself(canvas: SmallCanvas, client: CanvasClient, values: Row, told: str) -> None:
    canvas.lists[LIST] = [course_row("501"), course_row("502", **values), course_row("503")]
    listed = LISTED_COURSES.check(list_courses(client, "1"))
    sieve = keep_courses(listed, Selection(datetime(2026, 11, 1, tzinfo=UTC)))
    assert sieve.kept["canvas_course_id"].tolist() == ["501", "503"]
    assert sieve.withheld[["canvas_course_id", "reason_code", "value"]].to_numpy().tolist() == [["502", "GP-UNREADABLE-COURSE", told]]


def test_i7_an_unreadable_course_that_takes_no_part_is_no_error(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row("501", end_at="soon")]
    sieve = keep_courses(list_courses(client, "1"), Selection(datetime(2026, 11, 1, tzinfo=UTC), nightly_default="none"))
    assert sieve.withheld["reason_code"].tolist() == ["GP-COURSE-OFF"]


@pytest.mark.parametrize("wrong", [{"id": None}, {"id": ""}, {"id": 1.5}, {"id": False}], ids=str)
def test_i7_a_course_without_an_id_is_named_by_its_place(canvas: SmallCanvas, client: CanvasClient, wrong: Row) -> None:
    canvas.lists[LIST] = [course_row("501"), {**course_row("502"), **wrong}]
    listed = list_courses(client, "1").set_index("canvas_course_id")
    assert listed["unread"].notna().to_dict() == {"501": False, "row 2": True}


@pytest.mark.parametrize("count", ["many", -3, 2.5, 10**30, None], ids=str)
def test_i7_an_odd_number_of_students_costs_nothing(canvas: SmallCanvas, client: CanvasClient, count: object) -> None:
    canvas.lists[LIST] = [course_row("501", total_students=count)]
    listed = LISTED_COURSES.check(list_courses(client, "1"))
    assert listed["unread"].isna().all()
    assert listed["students"].between(0, 1_000_000).all()


@pytest.mark.parametrize("end", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00Z"])
def test_i7_a_term_that_ends_at_the_end_of_time_is_open(canvas: SmallCanvas, client: CanvasClient, end: str) -> None:
    canvas.lists[LIST] = [course_row("501", end_at=end, term={"id": "12", "start_at": end, "end_at": end})]
    listed = LISTED_COURSES.check(list_courses(client, "1"))
    assert listed[["term_start", "term_end", "course_end", "unread"]].isna().all(axis=None)


def test_i10_a_course_without_the_key_of_its_sis_id_is_not_one_without_a_sis_id(canvas: SmallCanvas, client: CanvasClient) -> None:
    bare = course_row("502")
    del bare["sis_course_id"]
    canvas.lists[LIST] = [course_row("501"), bare]
    assert list_courses(client, "1")["unread"].iloc[1] == "sis_course_id is missing"


def test_an_account_without_courses_is_an_empty_frame(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = []
    assert len(LISTED_COURSES.check(list_courses(client, "1"))) == 0


def test_an_account_by_its_sis_id(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists["accounts/sis_account_id:A 1/courses"] = [course_row("501")]
    assert len(list_courses(client, "sis_account_id:A 1")) == 1
