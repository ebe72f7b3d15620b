"""The whole sandbox on loopback and whole nights over it, without Airflow: the stages called as the DAG calls them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import requests

from include.canvas.client import CanvasClient
from include.connection import Connection
from include.district import load_district
from include.sandbox import serving
from include.sandbox.canvas.app import canvas_app
from include.sandbox.generate import TODAY, Size, generate
from include.sandbox.journal import Journal
from include.sandbox.oneroster.app import oneroster_app
from include.sandbox.oneroster.traits import TRAITS
from include.sandbox.powerschool.app import powerschool_app
from include.sandbox.world import TARGETS, District
from include.sis.contract import SisClient
from include.sis.registry import sis
from include.sync import stages, state
from include.sync.close import close
from include.sync.run import Run

NOON = datetime(2026, 11, 13, 17, tzinfo=UTC)


def bind_copy(database: Path, url: str) -> None:
    """A copied ledger belongs to the same SIS at another port (I-4)."""
    with closing(sqlite3.connect(database)) as connection, connection:
        host = "substr(server, 1, instr(server || '/', '/') - 1)"
        connection.execute(f"UPDATE sis_bindings SET server = replace(server, {host}, ?)", (urlsplit(url).netloc,))


@dataclass
class Town:
    """Servers by system, the district file, and a counter of nights."""

    urls: dict[str, str]
    file: Path
    nights: int = 0
    extras: dict[str, dict[str, Any]] = field(default_factory=dict)

    def canvas(self, token: str = "canvas-full-token") -> CanvasClient:
        """A client of the sandbox's Canvas."""
        return CanvasClient(Connection("canvas_default", self.urls["canvas"], password=token))

    def connection(self, target: str) -> Connection:
        """What Airflow would hold for this SIS."""
        url, login = self.urls[target], {"login": f"{target}-client", "password": f"{target}-secret"}
        if target == "powerschool":
            return Connection(f"{target}_default", url, **login, extra=self.extras.get(target, {}))
        root = url + ("/genesis" if target == "genesis" else "")
        flat = f"{root}/ims/oneroster/v1p1"
        places = {"rostering_url": flat, "gradebook_url": flat}
        if target == "infinite_campus":
            places = {f"{s}_url": f"{root}/ims/oneroster/{s}/v1p2" for s in ("rostering", "gradebook")} | {"vendor_key": "vendor-key:vendor-secret"}
        return Connection(f"{target}_default", "", **login, extra={"token_url": f"{root}/token", **places, **self.extras.get(target, {})})

    def client(self, target: str) -> SisClient:
        """A client of one of the sandbox's SIS."""
        return sis(target).connect(self.connection(target))

    def run(self, target: str, mode: str = "nightly", **asked: Any) -> Run:
        """A new run, as the DAG makes one."""
        self.nights += 1
        now = NOON + timedelta(minutes=self.nights)
        return Run(load_district(self.file), target, f"night-{self.nights}", mode, "test", asked.pop("now", now), **asked)

    def night(self, target: str, mode: str = "nightly", **asked: Any) -> Result:
        """All stages of one run; what it told."""
        run = self.run(target, mode, **asked)
        for batch in stages.choose(run, self.canvas()):
            stages.extract(run, batch, self.canvas())
            stages.filter_rows(run, batch)
            stages.transform(run, batch, self.client(target))
            stages.validate(run, batch)
            stages.load(run, batch, self.client(target))
            stages.publish(run, batch)
        return Result(run, close(run))

    def admin(self, system: str, path: str, method: str = "GET", **kwargs: Any) -> Any:
        """An admin endpoint of one of the servers."""
        answer = requests.request(method, f"{self.urls[system]}/_sandbox/{path}", timeout=30, **kwargs)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def writes(self, system: str) -> list[dict[str, Any]]:
        """The writes in the server's request log."""
        return list(self.admin(system, "log?writes=1"))

    def forget_log(self, *systems: str) -> None:
        """Start the request logs anew."""
        for system in systems or self.urls:
            self.admin(system, "log", "DELETE")

    def holds(self, target: str) -> Any:
        """What a person sees in this SIS's gradebooks."""
        return self.admin(target, "state")


@dataclass(frozen=True)
class Result:
    """A finished run: its summary and its artifacts."""

    run: Run
    summary: dict[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """One of the four artifacts."""
        return self.run.folder.read_frame(name)

    @property
    def sent(self) -> int:
        """Items that the SIS took."""
        return sum(row.get("sent", 0) for row in self.summary["counts"].values())


@contextmanager
def town(folder: Path, size: str | Size = "small", targets: tuple[str, ...] = TARGETS, today: date = TODAY, **rules: Any) -> Iterator[Town]:
    """A running sandbox of this size, with a district file whose state and artifacts lie in `folder`."""
    district = generate(size=size, today=today)
    with ExitStack() as stack:
        urls = {"canvas": stack.enter_context(serving.run_in_thread(canvas_app(district, Journal(None)))).url}
        for target in targets:
            urls[target] = stack.enter_context(serving.run_in_thread(_sis_app(district, target))).url
        path = folder / "district.yaml"
        path.write_text(_district_text(folder, district, targets, rules))
        place = Town(urls, path)
        state.upgrade(load_district(path).state)
        yield place


def _sis_app(district: District, target: str) -> Any:
    if target == "powerschool":
        return powerschool_app(district, Journal(None))
    return oneroster_app(district, TRAITS[target], Journal(None))


def _district_text(folder: Path, district: District, targets: tuple[str, ...], rules: dict[str, Any]) -> str:
    import yaml

    entries = {
        target: {"sis": target, "connection": f"{target}_default", "canvas_account": district.accounts[target], "rules": rules.get(target, {})}
        for target in targets
    }
    return yaml.safe_dump({
        "time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": str(folder / "artifacts"),
        "state": f"sqlite:///{folder}/state.db", "lease_wait": 0, "targets": entries,
    })  # fmt: skip
