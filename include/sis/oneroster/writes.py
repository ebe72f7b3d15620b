"""Sending rows and reading what became of them: single PUTs under our own id, PUTs without id, 1.2's batch POSTs (§3).

Everything here knows rows as `Item`s: what kind, where, under which id, with which body. That line items and results differ is
`client.py`'s business.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from include.errors import AccessError, NoAnswerError, OutageError, SourceError, UnavailableError
from include.sis.contract import Outcome, Receipt
from include.sis.oneroster import answers, fields, flight
from include.sis.oneroster.answers import Words
from include.sis.oneroster.rejections import Alone, Item, internal, rejection
from include.sis.oneroster.services import Service

Path = tuple[str, ...]
Standing = Callable[[], Mapping[str, str]]
_JSON = {"Content-Type": "application/json"}
_NUMBERS = ("score", "resultValueMax")


@dataclass(frozen=True, slots=True)
class Kind:
    """Line items or results: the collection's name and one record's."""

    plural: str
    single: str


LINE_ITEMS = Kind("lineItems", "lineItem")
RESULTS = Kind("results", "result")


@dataclass(frozen=True, slots=True)
class Parcel:
    """Items that go to one place; `standing` looks up which of them are there: our id → the SIS's id."""

    path: Path
    items: Sequence[Item]
    standing: Standing


class Writer:
    """Writes of one connection's gradebook."""

    def __init__(self, service: Service, words: Words, workers: int, modified: bool, lacks: Callable[[str], bool] = lambda _: False) -> None:
        self.service, self.words, self.workers, self.modified = service, words, workers, modified
        self._turn = threading.Lock()  # one batch at a time
        self._alone = Alone(words, lacks)

    def put_all(self, kind: Kind, items: Sequence[Item]) -> Iterator[Receipt]:
        """Each item by a PUT of its own."""
        return self._each(items, lambda item: self._put(kind, item))

    def post_all(self, kind: Kind, parcels: Sequence[Parcel], size: int) -> Iterator[Receipt]:
        """Create items by batch POSTs, one at a time; the next one's body is made, and the last one's answer read, while another is on its way.

        What a batch did not take is looked up and then sent one by one, so that each row gets its own answer and nothing is made twice; so is a
        batch on which the SIS fails, because one row can be the cause (I-7). A batch without an answer leaves its rows unknown (invariant 3).
        """
        batches = [replace(one, items=one.items[start : start + size]) for one in parcels for start in range(0, len(one.items), size)]
        left: list[Parcel] = []

        def send(batch: Parcel) -> list[Receipt]:
            receipts, rest = self._posted(kind, batch)
            if rest:
                left.append(replace(batch, items=rest))
            return receipts

        yield from flight.each(batches, send, lambda batch, error: [flight.unanswered(item.key, error) for item in batch.items], 2, self._is_down)
        for rest in left:
            yield from self._one_by_one(kind, rest)

    def _one_by_one(self, kind: Kind, left: Parcel) -> Iterator[Receipt]:
        try:
            found = left.standing()
        except (SourceError, UnavailableError) as error:
            if isinstance(error, OutageError):
                raise
            yield from (Receipt(item.key, Outcome.UNKNOWN, code="SIS-UNREADABLE", message=error.told) for item in left.items)
            return
        yield from self.put_all(kind, [replace(item, sis_id=found.get(item.our_id, "")) for item in left.items])

    def delete_all(self, plural: str, items: Sequence[Item]) -> Iterator[Receipt]:
        """Delete records; one that is gone already counts as deleted (§3.2)."""
        return self._each(items, lambda item: self._delete(plural, item), "DELETE")

    def _each(self, items: Sequence[Item], send: Callable[[Item], Receipt], method: str = "PUT") -> Iterator[Receipt]:
        lost: flight.Lost[Item] = lambda item, error: [flight.unanswered(item.key, error)]  # noqa: E731  # typed where it is made
        return flight.each(items, lambda item: [self._alone.receipt(item, send, method)], lost, self.workers, self._is_down)

    def _is_down(self) -> bool:
        breaker = self.service.http.breaker
        return breaker is None or breaker.is_open

    def _delete(self, plural: str, item: Item) -> Receipt:
        sourced_id = item.sis_id or item.our_id
        said = answers.read(self.service.http.send("DELETE", self.service.url(plural, sourced_id)))
        if said.good or said.status in (404, 410):
            return Receipt(item.key, Outcome.ACCEPTED, sourced_id, status=said.status)
        return answers.refusal(item.key, said, self.words)

    def _put(self, kind: Kind, item: Item) -> Receipt:
        allocate = self.modified and not item.sis_id
        sourced_id = "" if allocate else item.sis_id or item.our_id
        body = item.body(sourced_id)
        broken = _not_finite(item, body)
        if broken:
            return broken
        url = self.service.url(kind.plural) if allocate else self.service.url(kind.plural, sourced_id)
        said = answers.read(self.service.http.send("PUT", url, repeat=not allocate, json={kind.single: body}))
        if not said.good:
            return rejection(item.key, said, self.words, body)
        took = fields.identifier(answers.record(said, kind.single).get("sourcedId")) or sourced_id
        if not took:
            return Receipt(
                item.key, Outcome.UNKNOWN, code="SIS-UNREADABLE", message=f"HTTP {said.status} without the new record's ID", status=said.status
            )
        return Receipt(item.key, Outcome.ACCEPTED, took, status=said.status)

    def _posted(self, kind: Kind, batch: Parcel) -> tuple[list[Receipt], list[Item]]:
        """(receipts, items to be sent one by one): all of them, where the SIS has a fault or rejects the batch as a whole."""
        try:
            return self._post(kind, batch)
        except NoAnswerError as error:
            if error.status != 500:
                raise
        except AccessError as error:
            if not self._alone.may_pass(error, "POST"):
                raise
        return [], list(batch.items)

    def _post(self, kind: Kind, batch: Parcel) -> tuple[list[Receipt], list[Item]]:
        """(receipts, items that were not taken)."""
        bodies, broken = _bodies(batch.items)
        bad = {receipt.key for receipt in broken}
        sent = [item for item in batch.items if item.key not in bad]
        if not sent:
            return broken, []
        body = msgspec.json.encode({kind.plural: [bodies[item.key] for item in sent]})
        with self._turn:
            answer = self.service.http.send("POST", self.service.url(*batch.path), repeat=False, data=body, headers=_JSON)
        said = answers.read(answer)
        if said.status < 300 and not said.readable:
            return [*broken, *(answers.refusal(item.key, said, self.words) for item in sent)], []
        pairs = answers.pairs(said) if said.good else {}
        taken = [
            Receipt(item.key, Outcome.ACCEPTED, pairs[f"tmp-{item.our_id}"], status=said.status) for item in sent if f"tmp-{item.our_id}" in pairs
        ]
        return [*broken, *taken], [item for item in sent if f"tmp-{item.our_id}" not in pairs]


def _bodies(items: Sequence[Item]) -> tuple[dict[str, dict[str, Any]], list[Receipt]]:
    """(the body of each item by its key, receipts of items that cannot be sent)."""
    bodies: dict[str, dict[str, Any]] = {}
    broken: list[Receipt] = []
    for item in items:
        try:
            bodies[item.key] = item.body(f"tmp-{item.our_id}")
        except Exception as error:  # a fault of ours in one row: it stops nobody
            broken.append(internal(item, error))
            continue
        receipt = _not_finite(item, bodies[item.key])
        broken += [receipt] if receipt else []
    return bodies, broken


def _not_finite(item: Item, body: Mapping[str, Any]) -> Receipt | None:
    """A refusal for numbers that JSON does not have; the row is not sent, its neighbours are."""
    for name in _NUMBERS:
        value = body.get(name)
        if value is not None and not math.isfinite(value):
            return Receipt(item.key, Outcome.REFUSED, code="GP-SCORE-INVALID" if name == "score" else "GP-CONTRACT", message=f"{name} is {value}")
    return None
