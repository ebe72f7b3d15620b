"""PowerSchool connections: options, tokens, pace, and faults of the server (powerschool-xte.md §1 to §3)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from include.connection import Connection
from include.errors import AccessError, ConfigError, SourceError, UnavailableError
from include.sis.powerschool import connect
from include.sis.powerschool.options import options_of
from include.sis.powerschool.service import Service
from include.sis.registry import sis
from tests.sandbox.powerschool_town import MATH_1, Raw, serving
from tests.sis.powerschool_client import client_of, connection, made, mark, outcomes, put


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        ({"pace": 100}, 'connection ps: extra.pace: unknown key (did you mean "pace_ms"?)'),
        ({"pace_ms": -1}, "connection ps: extra.pace_ms: -1 is not valid. Use at least 0"),
        ({"clear_scores": "yes"}, "connection ps: extra.clear_scores: \"yes\" is not valid. Use 'off', 'empty_row' or 'unassign'"),
        ({"student_id": "state_id"}, "connection ps: extra.student_id"),
    ],
)
def test_a_wrong_option_is_told_with_key_value_and_what_is_allowed(extra: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connect(Connection("ps", "https://ps.example.org", "id", "secret", extra))
    assert told in str(caught.value)


@pytest.mark.parametrize("host", ["", "ps.example.org", "ftp://ps.example.org", "https://ps.example.org/?x=1"])
def test_a_host_that_is_no_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="connection ps: host"):
        connect(Connection("ps", host, "id", "secret"))


def test_empty_credentials_are_refused_before_any_request() -> None:
    with pytest.raises(ConfigError, match="password is empty"):
        connect(Connection("ps", "https://ps.example.org", "id", ""))


def test_the_registry_connects(raw: Raw) -> None:
    assert sis("powerschool").connect(connection(raw)).read_sections([MATH_1]).sections["found"].tolist() == [True]


def test_a_wrong_secret_stops_the_connection_with_a_sentence(raw: Raw) -> None:
    with pytest.raises(AccessError, match=r"connection powerschool_default: PowerSchool rejected the client ID or secret \(HTTP 401\)"):
        client_of(raw, password="guess").read_sections([MATH_1])


def test_one_token_serves_all_requests_of_a_client(raw: Raw) -> None:
    client = client_of(raw)
    raw.clear_log()
    client.read_sections([MATH_1])
    client.read_assignments([MATH_1])
    assert [entry["path"] for entry in raw.admin("GET", "log")].count("/oauth/access_token/") == 1


def test_a_token_is_renewed_before_its_end(raw: Raw) -> None:
    raw.settings(token_seconds=2)
    client = client_of(raw)
    client.read_sections([MATH_1])
    raw.clear_log()
    time.sleep(0.6)
    client.read_assignments([MATH_1])
    log = raw.admin("GET", "log")
    assert [entry["path"] for entry in log].count("/oauth/access_token/") == 1
    assert all(entry["status"] != 401 for entry in log)


def test_a_token_that_died_is_renewed_once_in_the_middle_of_a_run(raw: Raw) -> None:
    client = client_of(raw)
    assignment = made(client)
    raw.fault("expire_tokens", "PUT", "/ws/xte/score")
    assert outcomes(client.put_scores([mark(assignment, "81001")])) == {"mark 81001": ("accepted", "")}
    assert [entry["status"] for entry in raw.admin("GET", "log") if entry["path"] == "/ws/xte/score"] == [401, 200]


def test_a_token_that_is_never_accepted_stops_the_connection(raw: Raw) -> None:
    raw.fault("refuse", "GET", "/ws/v1/metadata", times=-1, status=401, body="")
    with pytest.raises(AccessError, match="HTTP 401, the token was rejected"):
        client_of(raw).read_sections([MATH_1])


@pytest.mark.parametrize("answer", ["403", "429"])
def test_a_rejection_for_pace_is_waited_for_and_repeated_even_for_a_create(raw: Raw, answer: str) -> None:
    raw.settings(client_id=f"hurried-{answer}")  # a plugin's pace is kept for as long as the process lives
    client = client_of(raw, login=f"hurried-{answer}")
    client.read_sections([MATH_1])
    body = {"message": "Too many requests. Please wait 1 seconds."}
    raw.fault("throttle", "POST", "section/assignment", status=int(answer), body=body, **({"retry_after": 1} if answer == "429" else {}))
    started = time.monotonic()
    assert put(client).outcome == "accepted"
    assert time.monotonic() - started >= 1
    assert len([one for one in raw.section(MATH_1)["assignments"] if one["name"] == "Quiz 1"]) == 1


def test_requests_keep_the_pace_that_was_set_over_all_clients_of_a_connection(raw: Raw) -> None:
    raw.settings(client_id="paced")
    started = time.monotonic()
    for _ in range(2):
        client_of(raw, login="paced", pace_ms=50).check()
    assert time.monotonic() - started >= 0.05 * (len(raw.requests_made()) - 1)


def test_a_pace_that_was_not_set_is_learned_from_refusals(raw: Raw) -> None:
    raw.settings(client_id="learning")
    service = Service(connection(raw, login="learning"), options_of(connection(raw)))
    raw.fault("throttle", "GET", "/ws/v1/metadata", times=2, status=403, body={"message": "Too many requests. Please wait 0.1 seconds."})
    assert service.metadata.plugin_id == "744"
    assert service.told_to_wait == [0.1, 0.1]
    assert service.pace.seconds == pytest.approx(0.06)


def test_refusals_that_the_pace_cannot_explain_are_waited_for_and_slow_down_nothing_else(raw: Raw) -> None:
    raw.settings(client_id="unlucky")
    service = Service(connection(raw, login="unlucky"), options_of(connection(raw)))
    gaps = []
    for _ in range(4):
        service.read("/ws/v1/metadata")
        gaps.append(service.pace.gap)
    for _ in range(5):
        raw.fault("throttle", "GET", "/ws/v1/metadata", times=1, status=403, body={"message": "Too many requests. Please wait 0.3 seconds."})
        service.read("/ws/v1/metadata")
    assert len(service.told_to_wait) == 5
    assert service.pace.seconds <= min(gaps) + 0.02


def test_a_server_error_is_retried_for_reads_and_score_writes(raw: Raw) -> None:
    client = client_of(raw)
    assignment = made(client)
    raw.fault("error", "PUT", "/ws/xte/score", status=502, html=True)
    raw.fault("cut", "PUT", "/ws/xte/score")
    raw.fault("error", "GET", "assignmentscore", status=500)
    assert outcomes(client.put_scores([mark(assignment, "81001")])) == {"mark 81001": ("accepted", "")}
    assert client.read_scores(MATH_1, [assignment])["score"].tolist() == [18.5]


def test_a_write_that_always_fails_is_unknown_and_its_neighbours_go_on(raw: Raw) -> None:
    client = client_of(raw)
    first, second = made(client), made(client, key="two", our_id="gs-0a1b2c3d-800002", name="Quiz 2")
    raw.fault("error", "PUT", "/ws/xte/score", times=3, status=500)
    rows = [mark(first, "81001"), mark(second, "81001", key="second")]
    assert outcomes(client.put_scores(rows)) == {"mark 81001": ("unknown", "SIS-5XX"), "second": ("accepted", "")}


def test_a_server_that_is_gone_stops_the_connection(raw: Raw) -> None:
    client = client_of(raw)
    assignment = made(client)
    raw.fault("error", "PUT", "/ws/xte/score", times=-1, status=503)
    raw.fault("error", "GET", "/ws/v1/metadata", times=-1, status=503)
    with pytest.raises(UnavailableError, match="failed 3 times"):
        list(client.put_scores([mark(assignment, "81001")]))


def test_a_read_that_is_not_json_is_a_source_error(raw: Raw) -> None:
    raw.fault("refuse", "GET", "/ws/schema/table/sections", status=200, body="<html>Sign in</html>")
    with pytest.raises(SourceError, match=r"is not JSON but a page \(HTML or XML\)"):
        client_of(raw).read_sections([MATH_1])


def test_secrets_are_not_in_reprs_or_messages(raw: Raw) -> None:
    with pytest.raises(AccessError) as caught:
        client_of(raw, password="very-secret").read_sections([MATH_1])
    assert "very-secret" not in f"{caught.value!r} {connection(raw, password='very-secret')!r}"


def test_i8_at_the_interval_that_is_set_nothing_comes_too_early_however_long_a_token_takes(raw: Raw) -> None:
    raw.settings(client_id="paced", pace_ms=200)
    raw.fault("slow", "POST", "/oauth/access_token", seconds=0.15)
    raw.clear_log()
    client = client_of(raw, login="paced", pace_ms=200)
    assert not [told for told in client.check() if "pace_ms" in told]
    client.read_sections([MATH_1])
    statuses = [entry["status"] for entry in raw.admin("GET", "log")]
    assert len(statuses) > 10
    assert statuses.count(403) <= 1, "one request may travel faster than the one before it"


@pytest.mark.parametrize("repeats", [1, 10**9], ids=["page 2 is page 1", "all pages are page 1"])
def test_i8_a_list_that_ignores_the_page_is_an_error_that_names_path_and_page(raw: Raw, monkeypatch: pytest.MonkeyPatch, repeats: int) -> None:
    service = Service(connection(raw, page_size=2), options_of(connection(raw, page_size=2)))
    rows = [{"id": n, "tables": {"cc": {"sectionid": "1", "studentid": str(n)}}} for n in range(5)]
    asked: list[int] = []

    def read(path: str, params: dict[str, str] | None = None) -> Any:
        page = int((params or {}).get("page", "1"))
        asked.append(page)
        shown = page if page > 1 + repeats else 1
        return {"record": rows[(shown - 1) * 2 : shown * 2]}

    monkeypatch.setattr(service, "read", read)
    with pytest.raises(SourceError, match=r"GET /ws/schema/table/cc repeats: page 2 has only rows of earlier pages"):
        list(service.pages("/ws/schema/table/cc", {}, 2, ("record",)))
    assert asked == [1, 2]


def test_i8_rows_that_move_to_the_next_page_while_it_is_read_come_once(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(connection(raw), options_of(connection(raw)))
    pages = {"1": [{"id": 1}, {"id": 2}], "2": [{"id": 2}, {"id": 3}], "3": [{"id": 4}]}
    monkeypatch.setattr(service, "read", lambda _, params: {"record": pages[params["page"]]})
    assert [row["id"] for row in service.pages("/ws/x", {}, 2, ("record",))] == [1, 2, 3, 4]


def test_i7_a_member_that_is_no_record_does_not_end_the_list(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(connection(raw), options_of(connection(raw)))
    pages = {"1": [{"id": 1}, "broken"], "2": [{"id": 2}]}
    monkeypatch.setattr(service, "read", lambda _, params: {"record": pages[params["page"]]})
    assert list(service.pages("/ws/x", {}, 2, ("record",))) == [{"id": 1}, "broken", {"id": 2}], "whoever reads the rows says what cannot be read"
