"""Connections: https unless http is allowed (I-8), and secrets that no header can carry, which are named and never shown (F-12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from include.canvas.client import CanvasClient
from include.connection import Connection, is_loopback
from include.errors import ConfigError
from include.sis import genesis
from include.sis.oneroster.profile import profile_of
from include.sis.powerschool.options import options_of
from plugins.gradesync_airflow.provider import get_provider_info

URLS = {"rostering_url": "{}/or", "gradebook_url": "{}/or", "token_url": "{}/token"}
OPEN: dict[str, Callable[[Connection], Any]] = {
    "canvas": CanvasClient,
    "powerschool": options_of,
    "oneroster": lambda connection: profile_of(connection, genesis.PROFILE),
}


def connection(kind: str, host: str, **extra: Any) -> Connection:
    urls = {name: url.format(host) for name, url in URLS.items()} if kind == "oneroster" else {}
    return Connection("district", "" if urls else host, "id", "pass", {**urls, **extra})


@pytest.mark.parametrize("kind", OPEN)
def test_i8_an_http_host_is_rejected_unless_the_connection_allows_it(kind: str) -> None:
    with pytest.raises(ConfigError, match=r"connection district: \S+ is an http:// URL of sis\.example\.org.*https://.*set allow_http to true"):
        OPEN[kind](connection(kind, "http://sis.example.org:8080"))
    for host, extra in (("http://sis.example.org", {"allow_http": True}), ("http://sis.example.org", {"allow_http": "true"}), ("https://x.org", {})):
        assert OPEN[kind](connection(kind, host, **extra))


@pytest.mark.parametrize("key", URLS)
def test_i8_each_oneroster_url_is_checked(key: str) -> None:
    with pytest.raises(ConfigError, match=rf"extra\.{key} is an http:// URL"):
        OPEN["oneroster"](connection("oneroster", "https://sis.example.org", **{key: "http://sis.example.org/or"}))


@pytest.mark.parametrize("kind", OPEN)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "[::1]"])
def test_i8_loopback_is_contacted_over_http(kind: str, host: str) -> None:
    assert OPEN[kind](connection(kind, f"http://{host}:8700"))


@pytest.mark.parametrize("host", ["127.0.0.1.example.org", "localhost.example.org", "10.0.0.1", "128.0.0.1", "::2", "0.0.0.0", ""])
def test_i8_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_i8_each_connection_form_offers_allow_http_with_help() -> None:
    for kind in get_provider_info()["connection-types"]:
        assert "unencrypted" in kind["conn-fields"]["allow_http"]["description"]


BAD = {
    "a line break": "s3cr3t\nword",
    "a control character": "s3cr3t\x07word",
    "outside Latin-1": "s3cr3t\u2013word",
    "invisible": "s3cr3t\u200bword",
}


@pytest.mark.parametrize("secret", BAD.values(), ids=BAD)
@pytest.mark.parametrize(
    ("kind", "name"), [("canvas", "password"), *((kind, name) for kind in ("powerschool", "oneroster") for name in ("login", "password"))]
)
def test_f12_a_secret_that_no_header_can_carry_is_named_and_not_shown(kind: str, name: str, secret: str) -> None:
    with pytest.raises(ConfigError, match=f"connection district: {name} contains a") as caught:
        OPEN[kind](replace(connection(kind, "https://sis.example.org"), **{name: secret}))  # type: ignore[arg-type]  # a text
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "extra", [{"vendor_key": "key:s3cr3t\nword"}, {"vendor_key": 735131}, {"headers": {"X-Key": "s3cr3t\u2013"}}, {"headers": {"X-Key": 735131}}]
)
def test_f12_a_vendor_key_or_header_that_cannot_be_sent_is_named_and_not_shown(extra: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=rf"connection district: extra\.{next(iter(extra))}") as caught:
        OPEN["oneroster"](connection("oneroster", "https://sis.example.org", **extra))
    assert "s3cr3t" not in str(caught.value)
    assert "735131" not in str(caught.value)


@pytest.mark.parametrize("kind", ["powerschool", "oneroster"])
def test_f12_a_url_with_a_password_is_rejected_and_not_shown(kind: str) -> None:
    with pytest.raises(ConfigError, match="contains a user name or password") as caught:
        OPEN[kind](connection(kind, "https://admin:s3cr3t@sis.example.org"))
    assert "s3cr3t" not in str(caught.value)


def test_line_breaks_around_a_copied_secret_are_no_part_of_it() -> None:
    found = Connection.of("district", {"host": "x.org", "login": "id\r\n", "password": "\npass \n"})
    assert (found.login, found.password) == ("id", "pass ")
