"""Grade Sync's pages over the sandbox's servers: what people see, press and save, and what it comes to in the state database."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import yaml
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine

from include.connection import Connection
from include.district import District, load_district
from include.sync import state
from tests.town import Town
from tests.web.pages import TARGETS, Place

OURS = {"sec-fetch-site": "same-origin"}
KINDS = {"synergy": "oneroster", "powerschool": "powerschool"}


def connections(sandbox: Town) -> dict[str, str]:
    """The sandbox's connections as Airflow takes them from the environment."""
    held = {"canvas": ("canvas", sandbox.canvas().connection)} | {target: (KINDS[target], sandbox.connection(target)) for target in TARGETS}
    return {f"AIRFLOW_CONN_{name.upper()}_DEFAULT": _written(kind, connection) for name, (kind, connection) in held.items()}


def schedule(file: Path) -> None:
    """Give the targets of a district file their nights, and the first a reconcile."""
    text = yaml.safe_load(file.read_text(encoding="utf-8"))
    for minute, name in enumerate(TARGETS, 15):
        text["targets"][name]["schedule"] = f"{minute} 1 * * *"
    text["targets"][TARGETS[0]] |= {"reconcile": "0 4 * * 6", "time_zone": "America/Chicago"}
    file.write_text(yaml.safe_dump(text), encoding="utf-8")


def words(page: str) -> str:
    """A page as a person reads it."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.partition("</head>")[2])))


@dataclass(frozen=True)
class Lively:
    """People in front of the pages, and the district behind them."""

    place: Place
    sandbox: Town

    @property
    def district(self) -> District:
        """The district file of the sandbox."""
        return load_district(self.sandbox.file)

    @property
    def engine(self) -> Engine:
        """Its state database."""
        return state.engine(self.district.state)

    def visitor(self, name: str = "amy", role: str | None = "admin") -> TestClient:
        """Somebody who is logged in."""
        return self.place.visitor(name, role)

    def see(self, page: str, name: str = "amy", role: str = "admin") -> str:
        """A page in words."""
        answer = self.visitor(name, role).get(f"/gradesync/{page}")
        assert answer.status_code == 200, words(answer.text)
        return words(answer.text)

    def press(self, page: str, name: str = "amy", role: str | None = "admin", **form: object) -> Response:
        """A button of a page."""
        return self.visitor(name, role).post(f"/gradesync/{page}", data=form, headers=OURS)

    def told(self, page: str, name: str = "amy", **form: object) -> str:
        """What the next page says after a button was pressed."""
        browser = self.visitor(name, "admin")
        answer = browser.post(f"/gradesync/{page}", data=form, headers=OURS, follow_redirects=True)
        assert answer.status_code == 200, words(answer.text)
        found = re.search(r'<p class="note told [a-z]+" role="status">(.*?)</p>', answer.text)
        assert found is not None
        return unescape(found.group(1))

    def course(self, name: str, target: str = "synergy") -> str:
        """The Canvas id of a course that was seen, by the beginning of its name."""
        from include.sync import directory

        (row,) = directory.courses(self.engine, directory.Search((self.district.target(target),), name)).rows
        return str(row["canvas_course_id"])


def _written(kind: str, connection: Connection) -> str:
    fields = {"host": connection.host, "login": connection.login, "password": connection.password, "extra": dict(connection.extra)}
    return json.dumps({"conn_type": kind, **fields})
