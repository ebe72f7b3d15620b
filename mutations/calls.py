"""What a run asks of its SIS client, call by call, recorded once and made again against mutated responses, without the rest of the run.

What a run does with a SIS depends on nothing but the answers to these calls. A client that answers each of them just as it does undisturbed makes the
run end as the undisturbed one, so that run need not be made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import Any

import pandas as pd

from include.sis.contract import SisClient

_ASKED = (
    "identify",
    "read_sections",
    "read_assignments",
    "read_scores",
    "read_marks",
    "foresee",
    "put_assignments",
    "put_scores",
    "clear_scores",
    "delete_assignment",
    "delete_score",
)
PASSING = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?|127\.0\.0\.1:\d+")
"""Moments, and the port of the SIS."""


@dataclass(frozen=True)
class Call:
    """One call of one stage, and what was answered."""

    stage: str
    method: str
    arguments: tuple[Any, ...]
    answer: str


@dataclass
class Recorder:
    """Stands between a run and its client, and keeps each call once it is answered."""

    client: SisClient
    stage: str
    calls: list[Call] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        """Return what the client has under this name; a call is kept."""
        found = getattr(self.client, name)
        return self._kept(name, found) if name in _ASKED else found

    def _kept(self, name: str, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*arguments: Any) -> Any:
            answer = ask(*arguments)
            if isinstance(answer, Iterator):
                return self._all(name, arguments, answer)
            self.calls.append(Call(self.stage, name, arguments, written(answer)))
            return answer

        return asked

    def _all(self, name: str, arguments: tuple[Any, ...], answer: Iterator[Any]) -> Iterator[Any]:
        rows = []
        for row in answer:
            rows.append(row)
            yield row
        self.calls.append(Call(self.stage, name, arguments, written(rows)))


def are_answered_alike(client: SisClient, calls: list[Call]) -> bool:
    """Return whether this client, which has not been asked anything yet, answers the calls of one stage as they were answered."""
    for call in calls:
        try:
            answer = getattr(client, call.method)(*call.arguments)
            found = written(list(answer) if isinstance(answer, Iterator) else answer)
        except Exception:  # whatever it is, the run shows what becomes of it
            return False
        if found != call.answer:
            return False
    return not client.breaker.is_open


def written(answer: Any) -> str:
    """Write an answer as text, without moments; receipts in the order of their keys."""
    if isinstance(answer, pd.DataFrame):
        text = repr([(name, str(answer[name].dtype), answer[name].tolist()) for name in answer])
    elif is_dataclass(answer) and not isinstance(answer, type):
        text = repr([(name, written(value)) for name, value in vars(answer).items()]) if hasattr(answer, "__dict__") else repr(asdict(answer))
    elif isinstance(answer, list):
        text = repr(sorted(map(written, answer)))
    else:
        text = repr(answer)
    return PASSING.sub("", text)
