"""The bodies that are sent: forms of dates and links, what each version has, and the official 1.2 schemas."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator

from include.sis import infinite_campus, synergy
from include.sis.oneroster import bodies, frames
from include.sis.oneroster.bodies import Place
from include.sis.oneroster.profile import Profile
from include.sis.oneroster.reader import own_first
from tests.sis.pairs import assignment, score

NOW = datetime(2026, 11, 13, 6, 0, 0, 123456, tzinfo=UTC)
PLACE = Place("101")
URLS = {"rostering_url": "https://sis.example.org/r", "gradebook_url": "https://sis.example.org/g"}
OLD = synergy.PROFILE.model_copy(update=URLS)
NEW = infinite_campus.PROFILE.model_copy(update=URLS)
OFFICIAL = Path(__file__).resolve().parents[3] / "shared/reference/oneroster/onerosterv1p2gradebookservice_openapi3_v1p0.json"


def item(profile: Profile, *, sourced_id: str = "gs-1", place: Place = PLACE, **values: Any) -> bodies.Body:
    """A line item's body."""
    return bodies.line_item(assignment(our_id="gs-1", **values), sourced_id, place, profile, NOW)


def result(profile: Profile, number: float | None = 9.0, **values: Any) -> bodies.Body:
    """A result's body, under our own id."""
    return bodies.result(score("gs-1", "81001", number, our_id="gs-2", **values), "gs-2", profile, NOW)


@pytest.fixture(scope="session")
def official() -> dict[str, Any]:
    """1EdTech's own document, which is no part of this repository."""
    if not OFFICIAL.exists():
        pytest.skip(f"1EdTech's OpenAPI document {OFFICIAL.name} is not in ../shared/reference/oneroster, where it is to be put from 1EdTech's site")
    return json.loads(OFFICIAL.read_text())


def breaches(official: dict[str, Any], schema: str, body: object) -> list[str]:
    """What the official schema has against a body."""
    whole = {"$ref": f"#/components/schemas/{schema}", "components": official["components"]}
    return [error.message for error in OAS30Validator(whole).iter_errors(json.loads(json.dumps(body)))]


@pytest.mark.parametrize(
    "values",
    [{}, {"description": "<p>Read</p>"}, {"sourced_id": "A-7"}, {"assign_date": None}, {"place": Place("101", "3601-p1")}],
)
def test_line_items_hold_the_official_schema(official: dict[str, Any], values: dict[str, Any]) -> None:
    body = item(NEW, **values)
    assert breaches(official, "SingleLineItemDType", {"lineItem": body}) == []
    assert breaches(official, "LineItemSetDType", {"lineItems": [body]}) == []


@pytest.mark.parametrize(
    ("number", "values"),
    [(9.5, {}), (None, {"exempt": True}), (0.0, {"exempt": True}), (3.0, {"late": True}), (None, {"missing": True}), (1.0, {"comment": "well done"})],
)
def test_results_hold_the_official_schema(official: dict[str, Any], number: float | None, values: dict[str, Any]) -> None:
    body = result(NEW, number, **values)
    assert breaches(official, "SingleResultDType", {"result": body}) == []
    assert breaches(official, "ResultSetDType", {"results": [body]}) == []
    cleared = bodies.emptied(score("gs-1", "81001", number, **values), "gs-2", NEW, NOW)
    assert breaches(official, "SingleResultDType", {"result": cleared}) == []


def test_the_official_schema_would_notice(official: dict[str, Any]) -> None:
    assert breaches(official, "SingleResultDType", {"result": {**result(NEW), "late": True}})
    assert breaches(official, "SingleLineItemDType", {"lineItem": {**item(NEW), "extra": 1}})


def test_1_1_bodies_have_no_field_of_1_2() -> None:
    assert "school" not in item(OLD)
    body = result(OLD, late=True, missing=True)
    assert not body.keys() & {"class", "late", "missing"}
    assert body["metadata"] == {"late": "true", "missing": "true"}


def test_sy9_status_flags_can_be_left_out_of_1_1() -> None:
    assert "metadata" not in result(OLD.model_copy(update={"status_flags": "omit"}), late=True)


def test_1_2_flags_are_words_and_only_where_set() -> None:
    assert result(NEW, late=True)["late"] == "true"
    assert not result(NEW).keys() & {"late", "missing"}


@pytest.mark.parametrize(
    ("number", "values", "said"),
    [
        (9.0, {}, ("fully graded", 9.0)),
        (None, {"exempt": True}, ("exempt", None)),
        (0.0, {"exempt": True}, ("exempt", 0.0)),
        (None, {"missing": True}, ("not submitted", None)),
        (0.0, {"missing": True}, ("fully graded", 0.0)),
    ],
)
def test_r4_status_and_number_go_as_the_row_says(number: float | None, values: dict[str, Any], said: tuple[str, float | None]) -> None:
    body = result(NEW, number, **values)
    assert (body["scoreStatus"], body.get("score")) == said
    assert ("score" in body) is (number is not None)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=0))
def test_a15_numbers_are_sent_as_typed(number: float) -> None:
    assert json.loads(json.dumps(result(OLD, number)))["score"] == number


def test_a15_the_digits_themselves() -> None:
    assert '"score": 12.345678' in json.dumps(result(OLD, 12.345678))


def test_our_mark_goes_along_where_the_sis_chose_the_id() -> None:
    assert "metadata" not in item(NEW)
    assert item(NEW, sourced_id="A-7")["metadata"] == {"gradesync_id": "gs-1"}
    assert item(NEW, sourced_id="")["metadata"] == {"gradesync_id": "gs-1"}
    assert "sourcedId" not in item(NEW, sourced_id="")


@pytest.mark.parametrize("sourced_id", ["", "tmp-gs-2", "R-7"])
def test_f4_a_result_carries_our_mark_where_its_id_is_not_ours(sourced_id: str) -> None:
    body = bodies.result(score("gs-1", "81001", 9.0, our_id="gs-2"), sourced_id, NEW, NOW)
    assert body["metadata"] == {"gradesync_id": "gs-2"}
    assert "metadata" not in result(NEW)
    rows = [{**body, "sourcedId": "R-1"}, {**body, "sourcedId": "R-2", "metadata": {}}, {**body, "sourcedId": "R-3", "status": "tobedeleted"}]
    assert frames.marks_frame("s1", rows, ["gs-1"])[["our_id", "sis_score_id"]].values.tolist() == [["gs-2", "R-1"]]
    assert frames.marks_frame("s1", rows, ["gs-8"]).empty


def test_ic15_without_category_the_field_is_left_out() -> None:
    assert "category" not in item(NEW, category_id="")


@pytest.mark.parametrize(("form", "due"), [("noon", "2026-11-06T12:00:00.000Z"), ("date", "2026-11-06")])
def test_a17_due_date_forms(form: str, due: str) -> None:
    assert item(OLD.model_copy(update={"due_date_form": form}))["dueDate"] == due


def test_a17_due_date_as_an_instant() -> None:
    profile = OLD.model_copy(update={"due_date_form": "instant", "time_zone": "America/New_York"})
    body = item(profile, due_at=datetime(2026, 11, 7, 4, 59, 59, tzinfo=UTC))
    assert body["dueDate"] == "2026-11-07T04:59:59.000Z"
    assert frames.local_day(body["dueDate"], profile) == "2026-11-06"


def test_undated_assignments_have_no_due_date() -> None:
    assert "dueDate" not in item(OLD, due_date=None)


@given(
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Halifax"]),
)
def test_a17_noon_keeps_the_day_in_utc_and_in_every_us_zone(day: date, zone: str) -> None:
    sent = datetime.fromisoformat(item(OLD, due_date=day)["dueDate"])
    assert sent.date() == day
    assert sent.astimezone(ZoneInfo(zone)).date() == day


@pytest.mark.parametrize("text", ["2026-11-06", "2026-11-06T00:00:00.000Z", "2026-11-06T12:00:00+00:00", "2026-11-06T12:00:00"])
def test_due_dates_are_read_in_every_form(text: str) -> None:
    assert frames.local_day(text, OLD) == "2026-11-06"


@pytest.mark.parametrize("text", [None, "", "soon", 7])
def test_a_due_date_that_is_none_reads_as_none(text: object) -> None:
    assert frames.local_day(text, OLD) is None


def test_score_date_forms() -> None:
    assert result(OLD)["scoreDate"] == "2026-11-09"
    assert result(OLD.model_copy(update={"score_date_form": "datetime"}))["scoreDate"] == "2026-11-09T12:00:00.000Z"


def test_links_are_full_or_short_and_ids_are_escaped() -> None:
    full = item(NEW, section="c/1 ä")["class"]
    assert full == {"href": "https://sis.example.org/r/classes/c%2F1%20%C3%A4", "sourcedId": "c/1 ä", "type": "class"}
    assert item(NEW.model_copy(update={"references": "short"}))["class"] == {"sourcedId": "85001"}


def test_time_stamps_have_milliseconds_and_a_z() -> None:
    assert item(OLD)["dateLastModified"] == "2026-11-13T06:00:00.123Z"


def test_the_grading_period_is_the_one_that_holds_the_local_due_day() -> None:
    first = {"sourcedId": "q1", "startDate": "2026-08-24", "endDate": "2026-11-07"}
    second = {"sourcedId": "q2", "startDate": "2026-11-07", "endDate": "2027-01-22"}
    assert bodies.period_of(date(2026, 11, 6), [second, first]) == "q1"
    assert bodies.period_of(date(2026, 11, 7), [first, second]) == "q2"
    assert bodies.period_of(date(2027, 1, 22), [first, second]) == "q2"
    assert bodies.period_of(date(2027, 1, 22) + timedelta(days=1), [first, second]) == ""
    assert bodies.period_of(None, [first]) == ""


def test_terms_end_on_their_last_day_in_both_readings() -> None:
    term = [{"startDate": "2026-08-24", "endDate": "2027-01-23"}]
    assert frames.term_days(term, NEW) == ("2026-08-24", "2027-01-22")
    assert frames.term_days(term, OLD) == ("2026-08-24", "2027-01-23")
    assert frames.term_days([{}], OLD) == (None, None)
    assert frames.term_days([{"startDate": "2026-13-99", "endDate": None}], OLD) == (None, None)


def test_f2_two_results_for_one_student_read_as_the_one_changed_last() -> None:
    rows = [
        {"sourcedId": "r2", "lineItem": {"sourcedId": "i"}, "student": {"sourcedId": "s"}, "score": 2, "dateLastModified": "2026-11-02T00:00:00Z"},
        {"sourcedId": "r1", "lineItem": {"sourcedId": "i"}, "student": {"sourcedId": "s"}, "score": 1, "dateLastModified": "2026-11-01T00:00:00Z"},
    ]
    assert list(frames.scores_frame("c", rows, ["i"])["sis_score_id"]) == ["r2"]


def test_categories_of_1_1_belong_to_their_class_or_to_all() -> None:
    rows = [
        {"sourcedId": "k1", "title": "Mine", "metadata": {"classId": "c"}},
        {"sourcedId": "k2", "title": "Another's", "metadata": {"classId": "d"}},
        {"sourcedId": "k3", "title": "Everybody's"},
        {"sourcedId": "k4", "title": "Gone", "status": "tobedeleted"},
    ]
    found = frames.categories_frame("c", rows).set_index("category_id")["state"]
    assert found.to_dict() == {"k1": "active", "k3": "active", "k4": "deleted"}


@pytest.mark.parametrize(("status", "counts"), [("active", "own"), ("tobedeleted", "shared")])
def test_i7_a_category_of_the_class_counts_before_one_of_its_name_that_is_everybodys(status: str, counts: str) -> None:
    own = [{"sourcedId": "own", "title": "Homework", "status": status, "metadata": {"classId": "c"}}]
    rows = own_first(own, [{"sourcedId": "shared", "title": " homework"}, {"sourcedId": "other", "title": "Tests"}, None])
    found = frames.categories_frame("c", rows)
    assert set(found.loc[found["state"] == "active", "category_id"]) == {counts, "other"}
