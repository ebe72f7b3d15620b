"""Signing in, pace and granted columns of the PowerSchool sandbox (powerschool-xte.md §1 to §3, §10.1, §10.2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.powerschool_town import MATH_1, Raw, assignment, score, serving

XTE = "/ws/xte/section/assignment/"


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def test_token_has_a_textual_life_and_opens_the_api(raw: Raw) -> None:
    answer = raw.sign_in()
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == "3599"
    assert raw("GET", "/ws/v1/metadata").json()["metadata"]["plugin_id"] == 744


def test_the_token_address_works_without_its_last_slash_too(raw: Raw) -> None:
    answer = requests.post(
        f"{raw.url}/oauth/access_token", data={"grant_type": "client_credentials"}, auth=("powerschool-client", "powerschool-secret"), timeout=5
    )
    assert answer.status_code == 200


def test_a_wrong_secret_gets_401(raw: Raw) -> None:
    assert raw.sign_in("guess").status_code == 401


def test_a_dead_token_gets_an_empty_401_that_says_why_in_a_header(raw: Raw) -> None:
    raw.fault("expire_tokens", "GET", "/ws/v1/metadata")
    answer = raw("GET", "/ws/v1/metadata")
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_second_token_leaves_the_first_alive_unless_set_so(raw: Raw) -> None:
    first = Raw(raw.url, raw.token)
    raw.sign_in()
    assert first("GET", "/ws/v1/metadata").status_code == 200
    raw.settings(new_token_revokes=True)
    raw.sign_in()
    assert first("GET", "/ws/v1/metadata").status_code == 401


def test_pace_403_names_the_seconds_to_wait(raw: Raw) -> None:
    raw.settings(pace_ms=1500)
    assert raw("GET", "/ws/v1/metadata").status_code == 200
    answer = raw("GET", "/ws/v1/metadata")
    assert answer.status_code == 403
    assert "Too many requests" in answer.json()["message"]
    assert "wait 2 seconds" in answer.json()["message"]


def test_pace_429_says_it_in_retry_after(raw: Raw) -> None:
    raw.settings(pace_ms=1500, pace_answer="429")
    raw("GET", "/ws/v1/metadata")
    answer = raw("GET", "/ws/v1/metadata")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")


def test_a_column_that_was_not_granted_stops_reads_that_name_it(raw: Raw) -> None:
    raw.settings(missing_fields=["cc.studentid"])
    answer = raw("GET", "/ws/schema/table/cc", projection="sectionid,studentid")
    assert (answer.status_code, answer.json()["message"]) == (403, "No access to field cc.studentid")
    assert raw("GET", "/ws/schema/table/cc", projection="sectionid").status_code == 200


def test_a_missing_audit_column_refuses_a_create_and_nothing_is_written(raw: Raw) -> None:
    raw.settings(missing_fields=["assignment.createdbyplugin"])
    before = raw.section(MATH_1)
    answer = raw("POST", XTE, assignment(), users_dcid=8301)
    assert (answer.status_code, answer.json()["message"]) == (403, "No access to field assignment.createdbyplugin")
    assert raw.section(MATH_1) == before


def test_score_columns_are_needed_for_score_writes(raw: Raw) -> None:
    raw.settings(missing_fields=["assignmentscore.whomodified"])
    answer = raw("PUT", "/ws/xte/score", {"assignment_scores": [score(77000001, "81001")]}, users_dcid=8301, status="A", term_id=3601)
    assert (answer.status_code, answer.json()["message"]) == (403, "No access to field assignmentscore.whomodified")


def test_an_unknown_setting_is_refused_with_its_name(raw: Raw) -> None:
    answer = requests.put(f"{raw.url}/_sandbox/settings", json={"pace": 3}, timeout=5)
    assert answer.status_code == 400
    assert "pace" in answer.json()["error"]
