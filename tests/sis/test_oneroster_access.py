"""Signing in, rights, addresses, and the connection's extra."""

from __future__ import annotations

import pytest

from include.errors import AccessError, ConfigError
from include.sis.contract import Outcome
from include.sis.registry import SIS
from tests.sis.conftest import Fresh
from tests.sis.pairs import ONEROSTER, Pair, assignment
from tests.sis.tiny import MAIN


def test_ic_a_missing_vendor_key_is_named_by_check_and_by_the_first_gradebook_call(fresh: Fresh) -> None:
    sis = fresh("infinite_campus")
    client = sis.again(vendor_key="")
    told = " ".join(client.check())
    assert "vendor_key" in told
    assert "infinite_campus_default" in told
    with pytest.raises(AccessError, match="vendor"):
        client.read_assignments([MAIN])


def test_ic_the_vendor_key_goes_to_the_gradebook_alone(fresh: Fresh) -> None:
    client = fresh("infinite_campus").client
    header = "x-vendor-authorization"
    services = client.services
    assert header in services.gradebook.http.session.headers
    assert header not in services.rostering.http.session.headers


@pytest.mark.parametrize("name", ["synergy", "infinite_campus"])
def test_a_missing_scope_is_named(fresh: Fresh, name: str) -> None:
    sis = fresh(name)
    reader = sis.again(login=f"{name}-reader", password=f"{name}-reader-secret")
    assert any("gradebook.createput" in told for told in reader.check())
    with pytest.raises(AccessError, match=r"gradebook\.createput"):
        list(reader.put_assignments([assignment()]))


def test_oauth1_signatures_are_taken_where_the_sis_takes_them(fresh: Fresh) -> None:
    sis = fresh("schooltool")
    client = sis.again(auth="oauth1", token_url="")
    assert client.check() == []
    (receipt,) = client.put_assignments([assignment()])
    assert receipt.outcome is Outcome.ACCEPTED


def test_oauth2_with_the_secret_in_the_form(oneroster: Pair) -> None:
    assert oneroster.again(auth="oauth2_form").check() == []


def test_check_names_a_wrong_address(oneroster: Pair) -> None:
    base = str(oneroster.connection.extra["gradebook_url"])
    assert any("gradebook_url" in told and "404" in told for told in oneroster.again(gradebook_url=base + "/typo").check())
    told = oneroster.again(token_url=base + "/typo").check()
    assert "token_url" in told[0]


def test_check_names_scopes_that_the_sis_does_not_know(fresh: Fresh) -> None:
    told = fresh("synergy").again(scopes="nonsense").check()
    assert len(told) == 1
    assert "nonsense" in told[0]
    assert "scopes" in told[0]


def test_check_tells_a_page_from_a_oneroster_answer(oneroster: Pair) -> None:
    oneroster.fault("refuse", method="GET", path="categories", status=200, body="<html>Welcome</html>")
    told = oneroster.client.check()
    assert len(told) == 1
    assert "gradebook_url" in told[0]


def test_check_tells_that_nobody_answers(oneroster: Pair) -> None:
    told = oneroster.again(rostering_url="http://127.0.0.1:9/ims").check()
    assert len(told) == 1
    assert "127.0.0.1:9" in told[0]


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({"due_date_form": "midnight"}, ("due_date_form", "midnight", "noon", "instant", "date")),
        ({"worker": 3}, ("worker", "workers")),
        ({"workers": 0}, ("workers", "0", "1")),
        ({"gradebook_url": "sis.example.org/ims"}, ("gradebook_url", "sis.example.org/ims", "https://")),
        ({"batch": True}, ("batch", "1.1")),
        ({"due_date_form": "instant"}, ("time_zone", "America/New_York")),
        ({"time_zone": "Mars/Base"}, ("time_zone", "Mars/Base")),
        ({"headers": "not json"}, ("headers", "JSON")),
        ({"vendor_key": "no-colon"}, ("vendor_key", "colon")),
        ({"token_url": ""}, ("token_url",)),
    ],
)
def test_a_wrong_extra_names_connection_key_value_and_what_is_allowed(fresh: Fresh, extra: dict[str, object], said: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        fresh("genesis").again(**extra)
    for word in ("genesis_default", *said):
        assert word in str(caught.value)
    assert "genesis-secret" not in str(caught.value)


@pytest.mark.parametrize("name", ONEROSTER)
def test_f6_every_oneroster_sis_is_a_table_and_the_same_engine(name: str, fresh: Fresh) -> None:
    assert SIS[name].connection_type == "oneroster"
    assert type(fresh(name).client).__name__ == "OneRosterClient"


def test_headers_may_come_as_json_text(fresh: Fresh) -> None:
    client = fresh("genesis").again(headers='{"X-District": "north"}')
    assert client.services.gradebook.http.session.headers["X-District"] == "north"
