"""What the runs did, for the person who typed `make sync`: one table of all targets out of the summaries that the runs left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_WORDS = ("extracted", "kept", "sent", "unchanged", "refused", "unknown")
_TRIED = ("sent", "refused", "unknown")


@dataclass(frozen=True)
class Report:
    """One target's run. `summary` is what its last task answered; empty when it never got so far."""

    target: str
    red: bool
    seconds: float
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Completed, Completed with errors, or Failed."""
        return "Failed" if self.red else str(self.summary.get("status", "Failed"))

    @property
    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """Per kind of thing: how many were extracted, kept, sent, and so on."""
        counts: Mapping[str, Mapping[str, int]] = self.summary.get("counts", {})
        return counts

    @property
    def tried(self) -> int:
        """Items that the SIS was asked to take, whatever it answered."""
        return sum(row.get(word, 0) for row in self.counts.values() for word in _TRIED)


def table(reports: Sequence[Report]) -> list[str]:
    """The closing table; then what was withheld or refused, by code; then why a run is red; then where the artifacts lie."""
    lines = [f"{'target':<17}{'':<13}" + "".join(f"{word:>11}" for word in _WORDS) + "  status"]
    lines += [text for report in reports for text in _rows(report)]
    lines += [text for report in reports for text in _codes(report)]
    lines += [f"{report.target}: {sentence}" for report in reports for sentence in report.summary.get("failures", [])]
    lines += [f"{report.target}: artifacts in {report.summary['artifacts']}" for report in reports if report.summary.get("artifacts")]
    if reports and all(report.counts and not report.tried for report in reports) and not any(report.red for report in reports):
        lines.append("Nothing to send: the SIS has already accepted everything.")
    return lines


def _rows(report: Report) -> list[str]:
    told = f"  {report.status}, {report.seconds:.0f} s"
    if not report.counts:
        return [f"{report.target:<17}{'no summary':<{13 + 11 * len(_WORDS)}}{told}"]
    rows = []
    for number, (kind, counts) in enumerate(report.counts.items()):
        cells = "".join(f"{counts.get(word, ''):>11}" for word in _WORDS)
        rows.append(f"{'' if number else report.target:<17}{kind:<13}{cells}{'' if number else told}")
    return rows


def _codes(report: Report) -> list[str]:
    codes = report.summary.get("codes", {})
    told = {severity: ", ".join(f"{count} {code}" for code, count in found.items()) for severity, found in codes.items() if found}
    return [f"{report.target}: {severity}s: {text}" for severity, text in told.items()]
