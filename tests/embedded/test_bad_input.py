"""F-5: whatever is wrong with a district file, a connection or a right is told in one sentence that names it, before anything is written.

The check is that of `make sync`; the systems are the sandbox's.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from dotenv import dotenv_values

from embedded.connections import missing
from embedded.example_connections import SYSTEMS
from embedded.settings import Settings
from include.district import ROOT, load_district
from include.sandbox.generate import generate
from include.sandbox.serving import run_in_thread
from include.sandbox.systems import applications

DISTRICT = (ROOT / "config" / "district.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def addresses() -> Iterator[Mapping[str, str]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(run_in_thread(app)).url for name, app in applications(generate(size="small")).items()}


@pytest.fixture(scope="module")
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{probe.getsockname()[1]}"


def found(folder: Path, addresses: Mapping[str, str], district: str = DISTRICT, connection: tuple[str, str, str] = ("CANVAS", "", "")) -> list[str]:
    """What the check tells with the example's connections, one of them changed, and nothing was written meanwhile."""
    values = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example", interpolate=False).items()}
    for number, system in enumerate(SYSTEMS):
        values = {name: value.replace(f"http://127.0.0.1:{8700 + number}", addresses[system]) for name, value in values.items()}
    name, old, new = connection
    name = f"AIRFLOW_CONN_{name}_DEFAULT"
    assert old in values[name]
    values[name] = values[name].replace(old, new, 1) if old else values[name]
    (folder / "district.yaml").write_text(district, encoding="utf-8")
    told = missing(Settings(folder, values), load_district(folder / "district.yaml")).sentences
    for address in addresses.values():
        assert [one for one in requests.get(f"{address}/_sandbox/log", timeout=10).json() if one["rows"]] == []
    return told


def test_the_example_has_nothing_to_tell(addresses: Mapping[str, str], tmp_path: Path) -> None:
    assert found(tmp_path, addresses) == []


CONNECTIONS = {
    "Canvas: a token that is not good": ("CANVAS", "canvas-full-token", "old", "Invalid access token.. Create a new one in Canvas"),
    "Canvas: no SIS IDs": ("CANVAS", "canvas-full-token", "canvas-no-sis-token", "Grant its user the permission 'SIS Data - read'"),
    "Canvas: no rights": ("CANVAS", "canvas-full-token", "canvas-no-rights-token", "make the token's user an admin of that account"),
    "OneRoster: a secret that has ended": (
        "SYNERGY",
        "synergy-secret",
        "old",
        "rejected the client ID or secret (HTTP 401, invalid_client). Renew them",
    ),
    "OneRoster: may only read": (
        "SYNERGY",
        'synergy-client", "password": "synergy',
        'synergy-reader", "password": "synergy-reader',
        "gradebook.createput",
    ),
    "OneRoster: another path": (
        "SCHOOLTOOL",
        '/ims/oneroster/v1p1", "grade',
        '/v1p1", "grade',
        "Set extra.rostering_url to the URL that the SIS",
    ),
    "OneRoster: half a token address": ("GENESIS", '"token_url": "http://', '"token_url": "', "extra.token_url"),
    "OneRoster: a key that does not exist": ("GENESIS", '"token_url"', '"tokn_url"', 'tokn_url: unknown key (did you mean "token_url"'),
    "Infinite Campus: another vendor key": ("INFINITE_CAMPUS", "vendor-secret", "old", "Set extra.vendor_key to the SIS vendor's key:secret"),
    "PowerSchool: a secret that has ended": ("POWERSCHOOL", "powerschool-secret", "old", "PowerSchool rejected the client ID or secret (HTTP 401)"),
    "PowerSchool: no host": ("POWERSCHOOL", '"host": "', '"was": "', "host is empty. Fill it in"),
    "not JSON": ("POWERSCHOOL", '{"conn_type"', "{conn_type", "AIRFLOW_CONN_POWERSCHOOL_DEFAULT is not JSON"),
}


@pytest.mark.parametrize(("name", "old", "new", "told"), CONNECTIONS.values(), ids=CONNECTIONS)
def test_f5_a_wrong_connection(addresses: Mapping[str, str], tmp_path: Path, name: str, old: str, new: str, told: str) -> None:
    [sentence] = found(tmp_path, addresses, connection=(name, old, new))
    assert sentence.startswith(f"connection {name.lower()}_default")
    assert told in sentence


@pytest.mark.parametrize("host", ["http://{nobody}", "https://sis.invalid", "https://{system}"], ids=["no server", "no host", "no TLS"])
@pytest.mark.parametrize("name", ["CANVAS", "POWERSCHOOL"])
def test_f5_a_host_that_cannot_be_reached(addresses: Mapping[str, str], nobody: str, tmp_path: Path, name: str, host: str) -> None:
    system = addresses[name.lower()]
    there = host.format(nobody=nobody, system=system.removeprefix("http://"))
    once = '"extra": {"tries": 1}, "host": '
    [sentence] = found(tmp_path, addresses, connection=(name, f'"host": "{system}"', f'{once}"{there}"'))
    assert sentence.startswith(f"connection {name.lower()}_default: ")
    assert there.partition("://")[2] in sentence
    assert sentence.endswith(("(nothing listens there)", "(no host has this name)", "(it does not speak https)"))


def test_f5_each_system_that_does_not_answer_is_named_once(addresses: Mapping[str, str], nobody: str, tmp_path: Path) -> None:
    [sentence] = found(
        tmp_path,
        addresses,
        connection=("SYNERGY", '"extra": {"token_url": "' + addresses["synergy"], '"extra": {"tries": 1, "token_url": "http://' + nobody),
    )
    assert sentence.count("connection synergy_default") == 1
    assert sentence.endswith("(nothing listens there)")


ACCOUNTS = {"of a target": ('canvas_account: "13"', 'canvas_account: "777"', "777"), "of Canvas": ('account: "1" ', 'account: "99" ', "99")}


@pytest.mark.parametrize(("old", "new", "account"), ACCOUNTS.values(), ids=ACCOUNTS)
def test_f5_an_account_that_canvas_does_not_have(addresses: Mapping[str, str], tmp_path: Path, old: str, new: str, account: str) -> None:
    [sentence] = found(tmp_path, addresses, district=DISTRICT.replace(old, new, 1))
    assert sentence.startswith(f"connection canvas_default: Canvas account {account} is not visible (HTTP 404: ")


def test_f5_a_mapping_file_that_is_not_there(addresses: Mapping[str, str], tmp_path: Path) -> None:
    [sentence] = found(tmp_path, addresses, district=DISTRICT.replace("student: sis_user_id", "student: {file: nowhere.csv}"))
    assert "nowhere.csv: the mapping file cannot be read (FileNotFoundError). Use a CSV file in UTF-8" in sentence
