"""What must be true at the end of every trial, whatever happened in it: no loss, no twin, ledger and SIS agree, few requests more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Table, select

from include.sync.ledger import Ledger
from include.sync.tables import LEDGER_ASSIGNMENTS, LEDGER_SCORES
from tests.town import Town

_A, _S, _P = "canvas_assignment_id", "sis_section_id", "sis_student_id"
_BY_SYNC = ("sync", "plugin")
Rows = Sequence[Mapping[str, Any]]
"""Ledger rows as the database holds them; frames of a dozen rows would cost more than the rest of the audit."""

Book = dict[str, dict[str, Any]]
"""Ours in one SIS: "section: assignment" to points and scores by student."""


@dataclass(frozen=True)
class Findings:
    """What a trial left behind: the SIS as a person sees it, the ledger without ids and times, the requests that it took, what is wrong."""

    snapshot: Any
    ledger: dict[str, Any]
    reads: int
    writes: int
    last_writes: int
    wrong: list[str] = field(default_factory=list)

    @property
    def unknown(self) -> int:
        """Ledger rows of which nobody knows what became of them."""
        return sum(row["outcome"] == "unknown" for rows in self.ledger.values() for row in rows.values())


def look(town: Town, target: str, ledger: Ledger, first: int) -> Findings:
    """Look at everything. `first` is the number of the last request before the run that should have put all right."""
    snapshot = town.admin(target, "state")
    log = [row for row in town.admin(target, "log") if "token" not in row["path"]]
    copies, scores = _held(ledger, LEDGER_ASSIGNMENTS), _held(ledger, LEDGER_SCORES)
    return Findings(
        snapshot,
        {"assignments": _rows(copies, [_S, _A], ["generation"]), "scores": _rows(scores, [_S, _A, _P], [])},
        sum(row["rows"] == 0 for row in log),
        sum(row["rows"] for row in log),
        sum(row["rows"] for row in log if row["number"] > first),
        disagreements(snapshot, copies, scores),
    )


def disagreements(snapshot: Mapping[str, Any], copies: Rows, scores: Rows) -> list[str]:
    """Where the SIS and the ledger (its assignments and scores) differ, one sentence each."""
    return list(_differences(_book(snapshot), _book_of(copies, scores)))


def compare(found: Findings, wanted: Findings, unit: int, reads: int) -> list[str]:
    """What is wrong, beside what `found` knows already. `wanted` is the undisturbed night.

    At most `unit` rows may be written a second time (those of one ledger transaction, and what the fault itself repeats), and so many `reads`
    may come on top (planning once more, and the scores of every section).
    """
    wrong = list(found.wrong)
    if found.snapshot != wanted.snapshot:
        wrong.append(f"the SIS differs: {_first_difference(wanted.snapshot, found.snapshot)}")
    if found.ledger != wanted.ledger:
        wrong.append(f"the ledger differs: {_first_difference(wanted.ledger, found.ledger)}")
    if found.writes > wanted.writes + unit:
        wrong.append(f"{found.writes} rows were written, undisturbed it is {wanted.writes}, and {unit} more are allowed")
    if found.reads > wanted.reads + reads:
        wrong.append(f"{found.reads} reads, undisturbed it is {wanted.reads}, and {reads} more are allowed")
    return wrong


def plain(found: Findings) -> dict[str, Any]:
    """As JSON holds it."""
    return json.loads(json.dumps(asdict(found)))  # type: ignore[no-any-return]  # a table, for it was one


def _held(ledger: Ledger, table: Table) -> Rows:
    with ledger.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table).where(table.c.target == ledger.target)).mappings()]


def _rows(rows: Rows, key: list[str], more: list[str]) -> dict[str, Any]:
    """What counts in a ledger row: how it ended and as what; neither the SIS's ids nor runs nor times."""
    kept = ("outcome", "fingerprint", "refused", "reason_code", *more)
    return {"/".join(str(row[name]) for name in key): {name: row[name] for name in kept} for row in rows}


def _book(snapshot: Mapping[str, Any]) -> Book:
    """The SIS's side: everything that the sync made."""
    found: Book = {}
    twins: Counter[str] = Counter()
    for section, sheet in snapshot.get("sections", snapshot).items():
        for item in sheet["assignments"]:
            if item["made_by"] in _BY_SYNC:
                name = f"{section}: {item['name']}"
                twins[name] += 1
                place = name if twins[name] == 1 else f"{name} ({twins[name]})"
                found[place] = {student: _number(told) for student, told in item["scores"].items() if not _emptied(told)}
    return found


def _emptied(told: Any) -> bool:
    return isinstance(told, list) and len(told) == 1 and told[0].get("scoreStatus") == "not submitted"


def _number(told: Any) -> str:
    """A score as the SIS shows it, as the ledger writes it; several of one student for one assignment are told as such."""
    rows = told if isinstance(told, list) else [told]
    if len(rows) != 1:
        return f"{len(rows)} scores"
    (row,) = rows
    number = row.get("score", row.get("points"))
    return "-" if number is None else f"{float(number):g}"


def _book_of(copies: Rows, scores: Rows) -> Book:
    """The ledger's side: everything that it says was accepted."""
    names = {(row[_S], row[_A]): f"{row[_S]}: {row['name']}" for row in copies if _taken(row)}
    found: Book = {name: {} for name in names.values()}
    for row in scores:
        if _taken(row):
            place = names.get((row[_S], row[_A]), f"{row[_S]}: {row[_A]}, whose assignment is not in the ledger")
            found.setdefault(place, {})[row[_P]] = _sent(row["fingerprint"])
    return found


def _taken(row: Mapping[str, Any]) -> bool:
    return row["fingerprint"] is not None and row["outcome"] == "accepted"


def _sent(fingerprint: str) -> str:
    number = fingerprint.partition("|")[0]
    return f"{float(number):g}" if number not in ("-", "exempt", "missing") else "-"


def _differences(sis: Book, ledger: Book) -> Iterator[str]:
    """Where the two differ: no accepted row is missing there, nothing of ours stands there of which the ledger does not know."""
    for place in sorted({*sis, *ledger}):
        if place not in sis:
            yield f"lost: {place} is in the ledger, not in the SIS"
        elif place not in ledger:
            yield f"twin or stray: {place} is in the SIS, not in the ledger"
        elif sis[place] != ledger[place]:
            yield f"scores of {place}: ledger and SIS differ: {_first_difference(ledger[place], sis[place])}"


def _first_difference(wanted: Any, found: Any, path: str = "") -> str:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}, key=str):
            if wanted.get(key) != found.get(key):
                return _first_difference(wanted.get(key), found.get(key), f"{path}/{key}")
    if isinstance(wanted, list) and isinstance(found, list):
        for place, (one, other) in enumerate(zip(wanted, found, strict=False)):
            if one != other:
                return _first_difference(one, other, f"{path}[{place}]")
        return f"{path}: {len(wanted)} wanted, {len(found)} found: {[row for row in found if row not in wanted][:1]}"
    return f"{path}: wanted {str(wanted)[:300]}, found {str(found)[:300]}"
