"""The fault bench's own eyes: it sees a twin, a loss, another score, and more writes than are allowed; and without the safety it falls."""

from __future__ import annotations

import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faults.audit import Findings, Rows, compare, disagreements
from faults.cases import template

ROOT = Path(__file__).resolve().parents[2]

ITEM = {"name": "Essay", "made_by": "sync", "scores": {"s-1": [{"score": 8.5}], "s-2": [{"scoreStatus": "not submitted"}]}}
SIS = {"c-1": {"assignments": [ITEM, {"name": "By hand", "made_by": "person", "scores": {}}]}}
END = Findings(SIS, {"assignments": {}, "scores": {}}, reads=10, writes=30, last_writes=0)


def copies(**changes: Any) -> Rows:
    row = {"canvas_course_id": "1", "sis_section_id": "c-1", "canvas_assignment_id": "7", "name": "Essay", "fingerprint": "f", "outcome": "accepted"}
    return [row | {"our_id": "gs-1", "generation": 0} | changes]


def scores(**changes: Any) -> Rows:
    row = {"sis_section_id": "c-1", "canvas_assignment_id": "7", "sis_student_id": "s-1", "fingerprint": "8.5|late", "outcome": "accepted"}
    return [row | changes]


def test_invariant_4_sis_and_ledger_that_agree_are_left_in_peace() -> None:
    assert disagreements(SIS, copies(), scores()) == []


def test_f4_a_twin_is_seen() -> None:
    sis = deepcopy(SIS)
    sis["c-1"]["assignments"].append(deepcopy(ITEM))
    assert "twin or stray: c-1: Essay (2)" in disagreements(sis, copies(), scores())[0]


def test_f4_a_second_score_of_one_student_is_seen() -> None:
    sis = deepcopy(SIS)
    sis["c-1"]["assignments"][0]["scores"]["s-1"] *= 2
    assert "2 scores" in disagreements(sis, copies(), scores())[0]


def test_invariant_3_what_is_accepted_and_does_not_stand_there_is_seen() -> None:
    assert "lost: c-1: Essay" in disagreements({"c-1": {"assignments": []}}, copies(), scores())[0]
    assert "ledger and SIS differ" in disagreements(SIS, copies(), scores(fingerprint="9|late"))[0]


def test_what_is_not_in_the_ledger_as_accepted_is_seen() -> None:
    assert any("twin or stray" in told for told in disagreements(SIS, copies(outcome="unknown"), scores()))


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({}, ""),
        ({"writes": 35}, ""),
        ({"writes": 36}, "36 rows were written"),
        ({"reads": 13}, "13 reads"),
        ({"snapshot": {}}, "the SIS differs: /c-1"),
        ({"ledger": {"assignments": {"x": 1}, "scores": {}}}, "the ledger differs: /assignments/x"),
    ],
)
def test_every_difference_to_the_undisturbed_night_is_told(found: dict[str, Any], told: str) -> None:
    wrong = compare(replace(END, **found), END, unit=5, reads=2)
    assert (told in wrong[0]) if told else wrong == []


def test_invariant_3_rows_whose_fate_is_unknown_are_counted() -> None:
    row = {"outcome": "unknown", "fingerprint": None}
    assert (END.unknown, replace(END, ledger={"assignments": {"x": row}, "scores": {"y": row, "z": row | {"outcome": "refused"}}}).unknown) == (0, 2)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/ims/oneroster/v1p1/lineItems/gs-0af-800003", "^/ims/oneroster/v1p1/lineItems/[^/]+/?$"),
        ("/ims/oneroster/v1p1/classes/SE-2002/students", "^/ims/oneroster/v1p1/classes/[^/]+/students/?$"),
        ("/ws/schema/table/cc", "^/ws/schema/table/cc/?$"),
    ],
)
def test_endpoints_are_paths_without_their_ids(path: str, pattern: str) -> None:
    assert template(path).replace("\\", "") == pattern


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_f4_without_looking_up_what_is_unknown_the_bench_falls() -> None:
    """Without it the bench could be passing because it sees nothing."""
    blind = (
        "import sys, include.sync.planning as planning; planning.with_known_scores = lambda sis, resolved, drafted: resolved\n"
        "from faults.__main__ import main; "
        "sys.exit(main(['--thorough', '--only', 'genesis, ids by the SIS', '--case', 'kill unread 3', '--jobs', '1']))"
    )
    ended = subprocess.run([sys.executable, "-c", blind], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "found 2 scores" in ended.stdout + ended.stderr  # wherever it saw the twins first
