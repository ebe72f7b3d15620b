"""A PowerSchool client on the small town of tests/sandbox/powerschool_town.py, and short ways to rows for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from include.connection import Connection
from include.sis.contract import AssignmentWrite, Outcome, Receipt, ScoreWrite
from include.sis.powerschool import PowerSchoolClient, connect
from tests.sandbox.powerschool_town import MATH_1, TESTS, Raw

OUR_ID = "gs-0a1b2c3d-800001"


def connection(raw: Raw, password: str = "powerschool-secret", login: str = "powerschool-client", **extra: Any) -> Connection:
    return Connection("powerschool_default", raw.url, login, password, {"retry_delay_s": 0.01, "tries": 3, **extra})


def client_of(raw: Raw, **extra: Any) -> PowerSchoolClient:
    return connect(connection(raw, **extra))


def quiz(**changes: Any) -> AssignmentWrite:
    row = AssignmentWrite("quiz", MATH_1, "", OUR_ID, "Quiz 1", "<p>Read page 9</p>", 20.0, date(2026, 10, 9), None, None, TESTS)
    return replace(row, **changes)


def mark(assignment: str, student: str, score: float | None = 18.5, **changes: Any) -> ScoreWrite:
    row = ScoreWrite(f"mark {student}", MATH_1, assignment, student, "", f"gs-r-{student}", score, False, False, False, date(2026, 10, 12))
    return replace(row, **changes)


def put(client: PowerSchoolClient, **changes: Any) -> Receipt:
    return next(iter(client.put_assignments([quiz(**changes)])))


def made(client: PowerSchoolClient, **changes: Any) -> str:
    """The SIS id of an assignment that was just created."""
    receipt = put(client, **changes)
    assert receipt.outcome is Outcome.ACCEPTED, receipt
    return receipt.sis_id


def outcomes(receipts: Any) -> dict[str, tuple[str, str]]:
    """(outcome, code) by key; every key once."""
    found = list(receipts)
    told = {receipt.key: (str(receipt.outcome), receipt.code) for receipt in found}
    assert len(told) == len(found)
    return told
