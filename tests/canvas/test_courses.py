"""The account's list of courses (canvas-api.md §2.1, §5)."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import list_courses
from include.canvas.frames import LISTED_COURSES
from include.errors import AccessError, SourceError
from tests.canvas.small_canvas import SmallCanvas, course_row

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
    row = listed.drop(columns="term_end").iloc[0].to_dict()
    assert row == {
        "canvas_course_id": "501", "name": "Course 501", "sis_course_id": "C-501", "workflow_state": "available", "time_zone": "America/New_York",
        "nightly_setting": "nightly_sync", "term_id": "12", "sis_term_id": "2526", "term_start": pd.Timestamp("2025-08-25T04:00:00Z"),
        "course_end": pd.Timestamp("2026-06-20T04:00:00Z"), "complete": False, "students": 24,
    }  # fmt: skip
    assert listed["term_end"].isna().all()
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


def test_a_list_that_cannot_be_read_names_the_course_and_the_field(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = [course_row("501"), course_row("502", total_students="many")]
    with pytest.raises(SourceError, match=r"course 502, total_students: Expected `int \| null`, got `str`"):
        list_courses(client, "1")


def test_an_account_without_courses_is_an_empty_frame(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists[LIST] = []
    assert len(LISTED_COURSES.check(list_courses(client, "1"))) == 0


def test_an_account_by_its_sis_id(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists["accounts/sis_account_id:A 1/courses"] = [course_row("501")]
    assert len(list_courses(client, "sis_account_id:A 1")) == 1
