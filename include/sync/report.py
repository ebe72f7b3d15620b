"""A run's summary as a few lines for people: in the task log and at the end of a sync by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from include.gradebook.reasons import CATALOGUE

_COLUMNS = ("extracted", "kept", "sent", "unchanged", "refused", "unknown")
_PLANNED = ("extracted", "kept", "planned", "unchanged")


def report(summary: Mapping[str, Any]) -> Iterator[str]:
    """The lines: status, what went, what did not and why, where the artifacts lie. No name of a person, no score (F-12)."""
    columns = _PLANNED if summary["preview"] else _COLUMNS
    yield f"{summary['target']}: {summary['status']} after {summary['seconds']:g} s" + (" (preview: nothing was sent)" if summary["preview"] else "")
    if summary.get("approval"):
        yield f"  the plan was {summary['approval']}"
    yield f"  {'':12}" + "".join(f"{column:>11}" for column in columns)
    for name, row in summary["counts"].items():
        yield f"  {name:12}" + "".join(f"{row[column]:>11,}" if column in row else f"{'':>11}" for column in columns)
    if not summary["preview"] and not any(row.get(part) for row in summary["counts"].values() for part in ("sent", "refused", "unknown")):
        yield "  nothing to send: the SIS has already accepted everything"
    for severity, codes in summary["codes"].items():
        for code, count in codes.items():
            yield f"  {severity:7} {count:>6,} × {code}: {_told(code)}"
    for failure in summary["failures"]:
        yield f"  FAILED  {failure}"
    yield f"  artifacts: {summary['artifacts']}"


def _told(code: str) -> str:
    entry = CATALOGUE[code]
    return entry.told("…", "…") if entry.who == "nobody" else f"{entry.told('…', '…')} ({entry.who})"
