"""What the runs did, read out of the artifacts that they left: the same files that anybody can open without this software (E)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from upath import UPath

_COUNTS = ("extracted", "kept", "sent", "unchanged", "refused", "unknown")
_STATUS = {"updated": "sent", "planned": "sent", "unchanged": "unchanged", "failed": "refused", "unknown": "unknown"}
_LOGS = {"assignment": "assignments_sync", "grade": "grades_log"}
_KINDS = {"section": "sections", "assignment": "assignments", "grade": "grades"}


@dataclass
class Report:
    """One target's run."""

    target: str
    status: str
    seconds: float
    artifacts: str = ""
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    messages: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        """Assignments and grades that the SIS was asked to take, whatever it answered."""
        return sum(row.get(name, 0) for row in self.counts.values() for name in ("sent", "refused", "unknown"))


def read_report(target: str, summary: Mapping[str, Any], seconds: float) -> Report:
    """A run's report; only its status where it left no artifacts."""
    report = Report(target, str(summary.get("status") or "Failed"), seconds, str(summary.get("artifacts") or ""))
    folder = UPath(report.artifacts) if report.artifacts else None
    if folder is None or not (folder / "filtered_canvas_data.parquet").exists():
        return report
    filtered = _read(folder, "filtered_canvas_data")
    report.counts = {kind: _counts(kind, filtered[filtered["kind"] == kind], folder) for kind in _KINDS}
    told = _read(folder, "messages").value_counts(["severity", "type"])
    report.messages = {(str(severity), str(code)): int(n) for (severity, code), n in told.items()}
    return report


def _read(folder: UPath, name: str) -> pd.DataFrame:
    with (folder / f"{name}.parquet").open("rb") as file:
        return pd.read_parquet(file)


def _counts(kind: str, rows: pd.DataFrame, folder: UPath) -> dict[str, int]:
    found = dict.fromkeys(_COUNTS, 0) | {"extracted": int(rows["count"].sum()), "kept": int(rows.loc[rows["outcome"] == "kept", "count"].sum())}
    if kind in _LOGS:
        for status, count in _read(folder, _LOGS[kind])["status"].map(_STATUS).value_counts().items():
            found[str(status)] += int(count)
    return found


def table(reports: Iterable[Report]) -> list[str]:
    """The closing table, its messages, and where the artifacts lie."""
    reports = list(reports)
    lines = [f"{'target':<17}{'what':<13}" + "".join(f"{name:>11}" for name in _COUNTS) + "  status"]
    for report in reports:
        lines += _rows(report)
    for report in reports:
        lines += [f"{report.target}: {severity} {code}: {count}" for (severity, code), count in sorted(report.messages.items())]
    lines += [f"{report.target}: artifacts in {report.artifacts}" for report in reports if report.artifacts]
    if reports and all(report.counts and not report.sent for report in reports):
        lines.append("Nothing to send: everything is as it was.")
    return lines


def _rows(report: Report) -> list[str]:
    told = f"  {report.status}, {report.seconds:.0f} s"
    if not report.counts:
        return [f"{report.target:<17}{'no artifacts':<{13 + 11 * len(_COUNTS)}}{told}"]
    rows = []
    for number, (kind, counts) in enumerate(report.counts.items()):
        cells = "".join(f"{counts[name] if kind in _LOGS or name in ('extracted', 'kept') else '':>11}" for name in _COUNTS)
        rows.append(f"{report.target if not number else '':<17}{_KINDS[kind]:<13}{cells}{told if not number else ''}")
    return rows
