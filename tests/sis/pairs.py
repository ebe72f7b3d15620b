"""A SIS's sandbox server and the registry's client for it, over real HTTP; what the contract suite runs on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import requests

from include.connection import Connection
from include.sandbox import serving
from include.sandbox.oneroster.traits import TRAITS
from include.sis.contract import AssignmentWrite, Outcome, ScoreWrite, SisClient
from include.sis.registry import SIS
from tests.sis.tiny import HOMEWORK, MAIN, tiny

ONEROSTER = ("genesis", "synergy", "schooltool", "infinite_campus")
QUICK = {"retry_delay_s": 0.01, "patience_s": 5, "tries": 3, "timeout_s": 5}


@dataclass
class Pair:
    """One running server, the connection to it, and a client made by the registry."""

    name: str
    connection: Connection
    client: SisClient
    admin: str

    def again(self, password: str | None = None, login: str | None = None, **extra: Any) -> SisClient:
        """Another client, over the same connection with other settings."""
        changed = replace(
            self.connection,
            login=login or self.connection.login,
            password=password or self.connection.password,
            extra={**self.connection.extra, **extra},
        )
        return SIS[self.name].connect(changed)

    def reset(self) -> Pair:
        """The same server with the world as generated, without faults, and with a new client."""
        requests.post(f"{self.admin}/reset", timeout=5).raise_for_status()
        return replace(self, client=self.again())

    def mend(self) -> None:
        """Take all faults out of force."""
        requests.delete(f"{self.admin}/faults", timeout=5).raise_for_status()

    def fault(self, kind: str, method: str = "", path: str = "", **rule: Any) -> None:
        """Order a fault."""
        answer = requests.post(f"{self.admin}/faults", json={"kind": kind, "match": {"method": method, "path": path}, **rule}, timeout=5)
        assert answer.status_code == 200, answer.text

    def teacher(self, **order: Any) -> Mapping[str, Any]:
        """Do something in the SIS's own screens."""
        answer = requests.post(f"{self.admin}/teacher", json=order, timeout=5)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def odd(self, **wanted: Any) -> None:
        """Have the server do what real ones do beside the standard (include/sandbox/oneroster/oddities.py)."""
        answer = requests.put(f"{self.admin}/oddities", json=wanted, timeout=5)
        assert answer.status_code == 200, answer.text

    def state(self) -> Mapping[str, Any]:
        """What a person sees in the SIS."""
        return requests.get(f"{self.admin}/state", timeout=5).json()

    def log(self, *, writes: bool = False) -> list[Mapping[str, Any]]:
        """The requests that the server got, token requests left aside."""
        rows = requests.get(f"{self.admin}/log", params={"writes": int(writes)}, timeout=5).json()
        return [row for row in rows if not row["path"].rstrip("/").endswith(("/token", "/access_token"))]

    def forget_log(self) -> None:
        """Empty the log."""
        requests.delete(f"{self.admin}/log", timeout=5)


@contextmanager
def pair(name: str, **extra: Any) -> Iterator[Pair]:
    """The server of one SIS with the tiny district, and its client; gone afterwards."""
    with serving.run_in_thread(_app(name)) as running:
        connection = _connection(name, running.url, extra)
        yield Pair(name, connection, SIS[name].connect(connection), f"{running.url}/_sandbox")


def _app(name: str) -> Any:
    if name == "powerschool":
        from include.sandbox.powerschool import powerschool_app

        return powerschool_app(tiny(), serving.Journal(None))
    from include.sandbox.oneroster import oneroster_app

    return oneroster_app(tiny(), TRAITS[name], serving.Journal(None))


def _connection(name: str, url: str, extra: Mapping[str, Any]) -> Connection:
    login, password = f"{name}-client", f"{name}-secret"
    if name == "powerschool":
        return Connection(f"{name}_default", url, login, password, {**QUICK, "delete_assignments": "forced", "clear_scores": "empty_row", **extra})
    traits = TRAITS[name]
    told = {
        "rostering_url": url + traits.rostering_path,
        "gradebook_url": url + traits.gradebook_path,
        "token_url": url + traits.token_path,
        "delete_support": True,
        **({"vendor_key": traits.vendor_key} if traits.vendor_key else {}),
    }
    return Connection(f"{name}_default", "", login, password, {**QUICK, **told, **extra})


def assignment(key: str = "essay", section: str = MAIN, **values: Any) -> AssignmentWrite:
    """An assignment that every SIS takes, with these values changed."""
    base = AssignmentWrite(
        key=key,
        sis_section_id=section,
        sis_assignment_id="",
        our_id=f"gs-{key}-{section}",
        name=f"Unit 2 {key}",
        description="",
        points_possible=20.0,
        due_date=date(2026, 11, 6),
        due_at=None,
        assign_date=date(2026, 10, 30),
        category_id=HOMEWORK,
    )
    return replace(base, **values)


def score(item: str, student: str, number: float | None, section: str = MAIN, **values: Any) -> ScoreWrite:
    """A score for one student of an assignment that stands as `item`."""
    base = ScoreWrite(
        key=f"score-{student}",
        sis_section_id=section,
        sis_assignment_id=item,
        sis_student_id=student,
        sis_score_id="",
        our_id=f"gs-{item.replace('/', '-')}-{student}",
        score=number,
        exempt=False,
        missing=False,
        late=False,
        scored_on=date(2026, 11, 9),
    )
    return replace(base, **values)


def placed(sis: Pair, **values: Any) -> str:
    """The SIS's id of an assignment that was just made there."""
    (receipt,) = sis.client.put_assignments([assignment(**values)])
    assert receipt.outcome is Outcome.ACCEPTED, receipt
    return receipt.sis_id
