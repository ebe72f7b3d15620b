"""The PowerSchool connection's test says exactly what is missing (powerschool-xte.md §2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.connection import Connection
from include.sis.powerschool import connect
from tests.sandbox.powerschool_town import Raw, serving
from tests.sis.powerschool_client import client_of


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def test_a_good_connection_has_no_findings_and_writes_nothing(raw: Raw) -> None:
    before = raw.admin("GET", "state")
    raw.clear_log()
    assert client_of(raw).check() == []
    log = [entry for entry in raw.admin("GET", "log") if not entry["path"].startswith("/oauth")]
    assert [(entry["method"], entry["rows"]) for entry in log if entry["method"] != "GET"] == [("PUT", 0)]  # no scores: may it write?
    assert raw.admin("GET", "state") == before


def test_every_missing_column_gets_its_own_sentence(raw: Raw) -> None:
    missing = ["assignment.createdbyplugin", "assignmentscore.whomodified", "assignmentscore.whencreated", "cc.studentid"]
    raw.settings(missing_fields=missing)
    found = client_of(raw).check()
    assert len(found) == 4
    for field in missing:
        assert [one for one in found if f"does not have permission to read {field}." in one], field


def test_a_wrong_secret_is_one_sentence(raw: Raw) -> None:
    found = client_of(raw, password="guess").check()
    assert len(found) == 1
    assert "rejected the client ID or secret" in found[0]


def test_a_host_that_is_not_powerschool(raw: Raw) -> None:
    found = connect(Connection("ps", f"{raw.url}/elsewhere", "powerschool-client", "powerschool-secret")).check()
    assert len(found) == 1
    assert "has no PowerSchool token URL (HTTP 404)" in found[0]


def test_a_host_that_nobody_answers_at() -> None:
    found = connect(Connection("ps", "http://127.0.0.1:9", "id", "secret", {"tries": 1})).check()
    assert len(found) == 1
    assert "no response from 127.0.0.1:9" in found[0] or "no connection to 127.0.0.1:9" in found[0]


def test_a_plugin_that_is_asked_to_slow_down_learns_which_setting_to_mend(raw: Raw) -> None:
    raw.fault("throttle", "GET", "/ws/schema/table/cc", status=403, body={"message": "Too many requests. Please wait 0.1 seconds."})
    raw.settings(client_id="asked-to-wait")
    found = client_of(raw, login="asked-to-wait").check()
    assert len(found) == 1
    assert "Set extra.pace_ms" in found[0]


def test_a_server_that_does_not_tell_the_plugins_id(raw: Raw) -> None:
    raw.fault("refuse", "GET", "/ws/v1/metadata", times=-1, status=200, body={"metadata": {"powerschool_version": "12"}})
    found = client_of(raw).check()
    assert len(found) == 1
    assert "does not show the plugin's ID" in found[0]
