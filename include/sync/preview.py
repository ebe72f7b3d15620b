"""A plan as people read it, before anything is sent (F-1): what would be created, updated and so on, what would not be sent, and why.

Made of the run's four tables, so that it says what they say. No name of a person and no score is in it; those are in `grades_log`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from include.gradebook.reasons import CATALOGUE
from include.sync.draft import A, S

ACTIONS = ("create", "update", "adopt", "delete", "clear")
COLUMNS = (*ACTIONS, "unchanged", "withheld")
_LOGGED = 200


@dataclass(frozen=True)
class Asked:
    """Which run this is the plan of; `assignments` are the chosen ones, if any were chosen."""

    target: str
    run_id: str
    mode: str
    posted_by: str
    assignments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """`totals` has a row of COLUMNS for assignments and one for scores.

    `sent` and `refused` have a row per SIS assignment (ASSIGNMENTS_SYNC) with its scores counted in COLUMNS: those in which something would
    be written, and those that would not be sent for a reason that somebody should know. `reasons` has kind, code, count, sentence, who, next.
    """

    asked: Asked
    totals: Mapping[str, Mapping[str, int]]
    sent: pd.DataFrame
    refused: pd.DataFrame
    reasons: pd.DataFrame

    @property
    def writes(self) -> dict[str, int]:
        """How many assignments and scores would be written."""
        return {kind: sum(row[action] for action in ACTIONS) for kind, row in self.totals.items()}


def preview_of(asked: Asked, parts: Iterable[Mapping[str, pd.DataFrame]]) -> Preview:
    """The preview of a run whose tables, part by part, say what is planned. What nobody need look at is not kept."""
    totals = {kind: dict.fromkeys(COLUMNS, 0) for kind in ("assignments", "scores")}
    sent, refused, filtered, notes = (list[pd.DataFrame]() for _ in range(4))
    for built in parts:
        items, withheld = _with_scores(built["assignments_sync"], built["grades_log"]), built["filtered_canvas_data"]
        quiet = withheld[(withheld["kind"] == "grade") & (withheld["outcome"] == "withheld")]["count"].sum()
        for kind, row in (("assignments", _totals(items)), ("scores", {**_totals(built["grades_log"]), "withheld": int(quiet)})):
            totals[kind] = {column: totals[kind][column] + row[column] for column in COLUMNS}
        sent.append(items[(items["status"] == "planned") | (items[list(ACTIONS)].sum(axis=1) > 0)])
        refused.append(items[_refused(items, asked.assignments)])
        filtered.append(withheld)
        notes.append(built["messages"][["type"]])
    whole, told = pd.concat(filtered), pd.concat(notes)
    return Preview(asked, totals, pd.concat(sent, ignore_index=True), pd.concat(refused, ignore_index=True), _reasons(whole, told))


def lines(preview: Preview) -> Iterator[str]:
    """The plan as a table for the task's log: counts and ids alone (F-12)."""
    asked = preview.asked
    yield f"plan of {asked.target}, run {asked.run_id}: nothing has been sent"
    yield f"  {'':12}" + "".join(f"{column:>11}" for column in COLUMNS)
    for kind, row in preview.totals.items():
        yield f"  {kind:12}" + "".join(f"{row[column]:>11,}" for column in COLUMNS)
    yield from _table("planned, with scores per assignment:", preview.sent, "action")
    yield from _table("not sent:", preview.refused, "reason_code")
    for row in preview.reasons.itertuples():
        yield f"  {row.count:>8,} × {row.kind:10} {row.code}: {CATALOGUE[str(row.code)].told('…', '…')}"


def _table(title: str, rows: pd.DataFrame, what: str) -> Iterator[str]:
    if rows.empty:
        return
    yield f"  {title}"
    yield f"  {'course':>12} {'section':>14} {'assignment':>12} {'':26}" + "".join(f"{column:>11}" for column in COLUMNS)
    for row in rows.head(_LOGGED).fillna("-").to_dict("records"):
        ids = f"{row['canvas_course_id']:>12} {row[S]:>14} {row[A]:>12} {row[what]:26}"
        yield f"  {ids}" + "".join(f"{row[column]:>11,}" for column in COLUMNS)
    if len(rows) > _LOGGED:
        yield f"  … and {len(rows) - _LOGGED:,} more, see assignments_sync.csv"


def _totals(rows: pd.DataFrame) -> dict[str, int]:
    counted = _outcome(rows).value_counts()
    return {column: int(counted.get(column, 0)) for column in COLUMNS}


def _outcome(rows: pd.DataFrame) -> pd.Series:
    """Which of COLUMNS a row counts in: its action while it is planned, else what became of it."""
    return rows["status"].where(rows["status"] != "planned", rows["action"])


def _with_scores(assignments: pd.DataFrame, grades: pd.DataFrame) -> pd.DataFrame:
    counted = (
        grades.assign(outcome=_outcome(grades)).groupby([S, A, "outcome"]).size().unstack(fill_value=0).reindex(columns=list(COLUMNS), fill_value=0)
    )
    joined = assignments.assign(action=assignments["action"].replace("none", "unchanged")).join(counted, on=[S, A])
    joined[list(COLUMNS)] = joined[list(COLUMNS)].fillna(0).astype("int64")
    return joined


def _refused(items: pd.DataFrame, chosen: Collection[str]) -> pd.Series:
    """Withheld for a reason that is a message; of chosen assignments whatever the reason (A-20)."""
    told = items["reason_code"].map({code: entry.severity for code, entry in CATALOGUE.items()}).isin(["warning", "error"])
    return items["status"].eq("withheld") & (items[A].isin(chosen) if chosen else told)


def _reasons(filtered: pd.DataFrame, messages: pd.DataFrame) -> pd.DataFrame:
    """What is withheld, by kind and code, and then what is told about things that go, or stand, all the same."""
    withheld = filtered[filtered["outcome"] == "withheld"].groupby(["kind", "reason_code"])["count"].sum().reset_index()
    notes = messages[~messages["type"].isin(withheld["reason_code"])]["type"].value_counts().rename_axis("reason_code").reset_index()
    rows = pd.concat([withheld, notes.assign(kind="note")], ignore_index=True).rename(columns={"reason_code": "code"})
    severity = rows["code"].map({code: entry.severity for code, entry in CATALOGUE.items()})
    rank = severity.map({"error": 0, "warning": 1, "info": 2})
    facts = {name: [getattr(CATALOGUE[code], name) for code in rows["code"]] for name in ("who", "next")}
    sentence = [CATALOGUE[code].told("…", "…") for code in rows["code"]]
    told = rows.assign(severity=severity, rank=rank, sentence=sentence, **facts)
    return told.sort_values(["rank", "kind", "code"], ignore_index=True).drop(columns="rank")
