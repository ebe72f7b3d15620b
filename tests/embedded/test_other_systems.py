"""`make sync` against systems that it did not start: other ports, accounts, ids, clients and tokens, another district file.

What stands for them are the sandbox's servers, started here with nothing that the installation's own sandbox has; it has none to start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
import yaml

from include.sandbox import generate as generated
from include.sandbox.canvas import canvas_app
from include.sandbox.canvas import door as canvas_door
from include.sandbox.oneroster import TRAITS, oneroster_app
from include.sandbox.powerschool import powerschool_app
from include.sandbox.powerschool.settings import Settings
from include.sandbox.serving import Journal, run_in_thread
from tests.embedded.installation import Place, place

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600)]
ACCOUNTS = {"synergy": "4711", "powerschool": "815"}
TOKEN = "7~of-another-district"
NORTH = "north-county"


@dataclass(frozen=True)
class Systems:
    """The addresses of a Canvas, a Synergy and a PowerSchool."""

    canvas: str
    synergy: str
    powerschool: str

    def connections(self) -> Mapping[str, str]:
        """As they stand in `.env`, one of them in Airflow's other form, under names of this district's own."""
        service = f"{self.synergy}/ims/oneroster/v1p1"
        extra = f'{{"token_url": "{self.synergy}/token", "rostering_url": "{service}", "gradebook_url": "{service}"}}'
        return {
            "AIRFLOW_CONN_LEARNING": f'{{"conn_type": "canvas", "host": "{self.canvas}", "password": "{TOKEN}"}}',
            "AIRFLOW_CONN_NORTH": f'{{"conn_type": "oneroster", "login": "{NORTH}-client", "password": "{NORTH}-secret", "extra": {extra}}}',
            "AIRFLOW_CONN_VALLEY": f"powerschool://plugin:a%2Fb@{self.powerschool.removeprefix('http://')}/http",
        }


@pytest.fixture(scope="module")
def systems() -> Iterator[Systems]:
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(generated, "ACCOUNTS", ACCOUNTS)
        patch.setattr(canvas_door, "TOKENS", {TOKEN: canvas_door.TOKENS["canvas-full-token"]})
        district = generated.generate(seed=2026, size="small", targets=tuple(ACCOUNTS))
        apps = (
            canvas_app(district, Journal()),
            oneroster_app(district, replace(TRAITS["synergy"], target="north county"), Journal(), target="synergy"),
            powerschool_app(district, Journal(), Settings(client_id="plugin", client_secret="a/b")),
        )
        yield Systems(*(stack.enter_context(run_in_thread(app)).url for app in apps))


@pytest.fixture(scope="module")
def installed(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An installation without a sandbox, its district file and connections written as a district would."""
    folder = tmp_path_factory.mktemp("other")
    file = folder / "elsewhere" / "north.yaml"
    sandboxed = place(folder, ("synergy",), GRADESYNC_SANDBOX="0", GRADESYNC_DISTRICT=str(file), **systems.connections())
    file.parent.mkdir()
    targets = {
        "north_county": {"sis": "synergy", "connection": "north", "canvas_account": ACCOUNTS["synergy"], "schedule": "5 3 * * *"},
        "the_valley": {"sis": "powerschool", "connection": "valley", "canvas_account": ACCOUNTS["powerschool"], "schedule": "5 4 * * *"},
    }
    district = {
        "time_zone": "America/New_York",
        "canvas": {"connection": "learning", "account": "1"},
        "artifacts": str(folder / "records"),
        "state": f"sqlite:///{folder}/kept/ledger.db",
        "targets": targets,
    }
    file.write_text(yaml.safe_dump(district), encoding="utf-8")
    return Place(
        folder, {name: value for name, value in sandboxed.env.items() if not name.startswith("AIRFLOW_CONN") or not name.endswith("_DEFAULT")}
    )


def writes(address: str) -> int:
    """How many requests with records in them a system has in its log."""
    log: list[dict[str, Any]] = requests.get(f"{address}/_sandbox/log", timeout=10).json()
    return sum(one["rows"] > 0 and 200 <= one["status"] < 300 for one in log)


def test_the_very_same_command_syncs_systems_that_it_did_not_start(installed: Place, systems: Systems) -> None:
    status, said = installed.run("sync")
    assert status == 0, said
    assert "sandbox" not in said.lower()
    rows = {row[0]: row for row in (line.split() for line in said.splitlines()) if row and row[0] in ("north_county", "the_valley")}
    assert set(rows) == {"north_county", "the_valley"}
    for target, address in (("north_county", systems.synergy), ("the_valley", systems.powerschool)):
        [run] = (installed.home / "records" / target).iterdir()
        assert (run / "grades_log.parquet").stat().st_size > 0
        assert writes(address) > 0
    assert (installed.home / "kept" / "ledger.db").exists()
    assert not (installed.home / ".sandbox").exists()


def test_school_days_are_not_made_in_systems_that_are_not_ours(installed: Place) -> None:
    assert installed.run("day") == (2, "GRADESYNC_SANDBOX is not 1: in real systems, school days pass without this command\n")
