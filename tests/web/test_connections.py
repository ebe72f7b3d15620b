"""Connections: type and address without a secret; a test on demand says exactly what is missing."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator

import pytest

from include.errors import UnavailableError
from include.sync.tables import CHECKUPS, LEASES
from plugins.gradesync_airflow.web.bounded import MOST, within
from tests.web.lively import Lively

pytestmark = pytest.mark.airflow


@pytest.fixture(autouse=True)
def untested(lively: Lively) -> Iterator[None]:
    """No test before, none after."""
    yield
    with lively.engine.begin() as connection:
        connection.execute(CHECKUPS.delete())


def test_each_connection_is_listed_without_a_secret(lively: Lively) -> None:
    shown = lively.see("connections")
    page = lively.visitor().get("/gradesync/connections").text
    for connection in ("canvas_default canvas", "synergy_default oneroster", "powerschool_default powerschool"):
        assert connection in shown
    assert lively.sandbox.urls["powerschool"] in page
    assert lively.sandbox.urls["synergy"] in page
    for secret in ("canvas-full-token", "synergy-secret", "powerschool-secret", "synergy-client"):
        assert secret not in page
    assert "Not tested yet" in shown


def test_an_address_shows_no_user_and_no_query(lively: Lively, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.web import systems

    host = "https://me:hidden@canvas.example.org/lms?token=hidden"
    monkeypatch.setenv("AIRFLOW_CONN_CANVAS_DEFAULT", json.dumps({"conn_type": "canvas", "host": host}))
    systems._system.cache_clear()
    page = lively.visitor().get("/gradesync/connections").text
    assert "https://canvas.example.org/lms" in page
    assert "hidden@" not in page
    assert "token=" not in page


def test_a_test_that_goes_well_is_kept_with_its_time(lively: Lively) -> None:
    for connection in ("canvas_default", "synergy_default"):
        assert lively.told("connections", "uma", target="synergy", connection=connection) == f"{connection} passed the test."
    assert lively.see("connections", "vic", "viewer").count("Passed") == 2
    assert ", by uma" in lively.see("connections")
    assert lively.sandbox.writes("canvas") == []


def test_what_is_missing_is_said_exactly(lively: Lively, monkeypatch: pytest.MonkeyPatch) -> None:
    held = json.loads(os.environ["AIRFLOW_CONN_SYNERGY_DEFAULT"])
    monkeypatch.setenv("AIRFLOW_CONN_SYNERGY_DEFAULT", json.dumps({**held, "password": "wrong"}))
    assert lively.told("connections", target="synergy", connection="synergy_default") == "synergy_default failed the test. See the list below."
    shown = lively.see("connections")
    assert "Failed" in shown
    assert "connection synergy_default: " in shown
    assert "wrong" not in shown


def test_i6_a_target_that_shares_sis_sections_with_another_one_is_named(lively: Lively, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.web import systems

    told = "targets east and synergy lead to the same SIS"
    monkeypatch.setattr(systems, "shared", lambda targets, server, _: {"synergy": [told]} if len({server(one) for one in targets}) > 1 else {})
    lively.press("connections", target="synergy", connection="synergy_default")
    assert told in lively.see("connections")


def test_a_connection_that_is_not_there_is_said_with_what_to_do(lively: Lively, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugins.gradesync_airflow.web import systems

    monkeypatch.delenv("AIRFLOW_CONN_POWERSCHOOL_DEFAULT")
    systems._system.cache_clear()
    told = "Connection powerschool_default cannot be read"
    assert told in lively.see("connections")
    lively.press("connections", target="powerschool", connection="powerschool_default")
    assert lively.see("connections").count(told) == 2
    assert "AIRFLOW_CONN_POWERSCHOOL_DEFAULT" in lively.see("connections")


def test_only_who_may_act_on_the_target_tests(lively: Lively) -> None:
    form = {"target": "synergy", "connection": "synergy_default"}
    assert "View only" in lively.see("connections", "vic", "viewer")
    assert lively.press("connections", "vic", "viewer", **form).status_code == 403
    assert lively.press("connections", "only_powerschool", "user", **form).status_code == 403
    assert lively.press("connections", **{**form, "connection": "powerschool_default"}).status_code == 404
    assert "synergy_default" not in lively.see("connections", "only_powerschool", "user")


def test_waiting_has_an_end_and_the_same_is_not_asked_twice_at_once() -> None:
    from fastapi import HTTPException

    done = threading.Event()
    with pytest.raises(UnavailableError, match=r"The slow one is taking longer than 0\.05 seconds"):
        within(0.05, "The slow one", done.wait)
    with pytest.raises(HTTPException, match="The slow one is already in progress"):
        within(0.05, "The slow one", done.wait)
    done.set()
    for _ in range(100):
        try:
            assert within(5, "The slow one", lambda: "answer") == "answer"
            return
        except HTTPException:
            time.sleep(0.05)
    raise AssertionError("the place was never free again")


def test_what_nobody_waits_for_any_more_cannot_pile_up() -> None:
    from fastapi import HTTPException

    done = threading.Event()
    for number in range(MOST):
        with pytest.raises(UnavailableError):
            within(0.01, f"Slow one {number}", done.wait)
    with pytest.raises(HTTPException, match="One more cannot start: 8 other requests") as refused:
        within(5, "One more", lambda: "answer")
    assert refused.value.status_code == 503
    done.set()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            assert within(5, "One more", lambda: "answer") == "answer"
            return
        except HTTPException:
            time.sleep(0.05)
    raise AssertionError("no place was free again")


def test_i4_the_page_shows_which_sis_a_ledger_belongs_to_and_rebinds_it(lively: Lively) -> None:
    from include.sync import binding

    with lively.engine.begin() as connection:
        connection.execute(LEASES.delete())
    before = binding.bindings(lively.engine)["synergy"]
    binding._set(lively.engine, "synergy", server="old.example.org", trouble="12 of the 40 assignments are no longer there.")
    shown = lively.see("connections")
    assert "old.example.org" in shown
    assert "12 of the 40 assignments are no longer there." in shown
    assert "out of date" in lively.told("connections/rebind", "uma", target="synergy", server="elsewhere")
    assert (
        lively.told("connections/rebind", "uma", target="synergy", server="old.example.org")
        == f"Synergy: the ledger now belongs to the SIS at {before.server}."
    )
    after = binding.bindings(lively.engine)["synergy"]
    assert (after.server, after.trouble, after.bound_by) == (before.server, None, "uma")


def test_i4_a_ledger_is_deleted_only_once_its_name_is_typed(lively: Lively) -> None:
    from include.sync import binding

    assert "type synergy next to the button" in lively.told("connections/forget", "uma", target="synergy", confirm="genesis")
    assert "synergy" in binding.bindings(lively.engine)
