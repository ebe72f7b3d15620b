"""What a run's tables come to, added up part by part: enough for its colour, its summary and its history."""

from __future__ import annotations

from collections import Counter, defaultdict

import pandas as pd

from include.errors import unsaid
from include.run_folder import RunFolder
from include.sync.tally import joined, tally

_NAMES = {"section": "sections", "assignment": "assignments", "grade": "grades"}
_TABLES = {"assignment": "assignments_sync", "grade": "grades_log"}  # sections are only counted; assignments are sent once per section
_READ = {
    "filtered_canvas_data": ["canvas_course_id", "kind", "outcome", "count"],
    "assignments_sync": ["canvas_course_id", "status", "reason_code"],
    "grades_log": ["canvas_course_id", "status", "reason_code"],
    "messages": ["canvas_course_id", "severity", "type", "message"],
}
_WORDS = {"updated": "sent", "unchanged": "unchanged", "failed": "refused", "unknown": "unknown", "planned": "planned"}

_NEVER_ASKED = ("GP-ASSIGNMENT-FAILED", "GP-NOT-TRIED", "GP-OUR-ERROR", "SIS-NOT-TRIED")
"""Failed rows that no SIS has rejected, because no request was made for them."""


class Totals:
    """`sentences` keeps course and words of messages of these codes alone, for others may be as many as there are scores.

    They end in logs, so what the SIS itself said is not in them (F-12). `rejected` are the rows that the SIS itself rejected (I-9).
    """

    def __init__(self, *sentences_of: str) -> None:
        self.sentences: dict[str, Counter[tuple[str, str]]] = {code: Counter() for code in sentences_of}
        self._filtered: Counter[tuple[str, str]] = Counter()
        self._statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self._codes: Counter[tuple[str, str]] = Counter()
        self._courses: list[pd.DataFrame] = []
        self.rejected = 0

    def add(self, place: RunFolder) -> None:
        """One more part: where its tables lie."""
        part = {name: place.read_frame(name, columns) for name, columns in _READ.items()}
        self._filtered.update(part["filtered_canvas_data"].groupby(["kind", "outcome"])["count"].sum().to_dict())
        for table in _TABLES.values():
            self._statuses[table].update(part[table]["status"].value_counts().to_dict())
            self.rejected += int((part[table]["status"].eq("failed") & ~part[table]["reason_code"].isin(_NEVER_ASKED)).sum())
        messages = part["messages"]
        self._codes.update(messages.groupby(["severity", "type"]).size().to_dict())
        for code, seen in self.sentences.items():
            rows = messages[messages["type"] == code]
            seen.update(zip(rows["canvas_course_id"], map(unsaid, rows["message"]), strict=True))
        self._courses.append(tally(part))

    @property
    def courses(self) -> pd.DataFrame:
        """`tally` of all parts together."""
        return joined(self._courses)

    @property
    def errors(self) -> bool:
        """Whether any message is an error."""
        return any(severity == "error" for severity, _ in self._codes)

    def items(self, status: str) -> int:
        """How many assignments and scores ended so."""
        return sum(counter[status] for counter in self._statuses.values())

    def counts(self) -> dict[str, dict[str, int]]:
        """Per kind: extracted, kept, and, where it is sent, sent, unchanged, refused, unknown, planned."""
        told = {}
        for kind, name in _NAMES.items():
            row = {"extracted": sum(int(count) for (k, _), count in self._filtered.items() if k == kind), "kept": int(self._filtered[kind, "kept"])}
            if kind in _TABLES:
                row |= {word: int(self._statuses[_TABLES[kind]][status]) for status, word in _WORDS.items()}
            told[name] = row
        return told

    def codes(self) -> dict[str, dict[str, int]]:
        """Errors and warnings by code."""
        return {
            severity: {str(code): int(count) for (s, code), count in sorted(self._codes.items()) if s == severity}
            for severity in ("error", "warning")
        }
