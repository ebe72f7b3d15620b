"""Rows that fail alone: what one record is rejected for is its own receipt, with the SIS's words; the others are sent (I-7)."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from include.errors import AccessError, GradeSyncError
from include.sis.contract import Outcome, Receipt
from include.sis.oneroster import answers
from include.sis.oneroster.answers import Said, Words

log = logging.getLogger(__name__)

PATIENCE = 3
"""Records in a row that may be forbidden before any was accepted; after that the credentials lack the right."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row on its way: `sis_id` is the SIS's id where it has the record already, `our_id` ours, `body` makes the body for an id."""

    key: str
    sis_id: str
    our_id: str
    body: Callable[[str], dict[str, Any]]


class Alone:
    """Decide for the writes of one connection whether an error is one record's; threads may share it."""

    def __init__(self, words: Words, lacks: Callable[[str], bool]) -> None:
        self._words, self._lacks = words, lacks
        self._accepted, self._forbidden = False, 0
        self._lock = threading.Lock()

    def receipt(self, item: Item, send: Callable[[Item], Receipt], method: str = "PUT") -> Receipt:
        """Return the receipt of one row. Raise what concerns every row: an outage, or a right that is missing altogether."""
        try:
            found = send(item)
        except AccessError as error:
            if not self.may_pass(error, method):
                raise
            return Receipt(item.key, Outcome.REFUSED, code="SIS-FORBIDDEN", message=error.said or str(error), status=error.status)
        except GradeSyncError:
            raise
        except Exception as error:  # a fault of ours in one row: it stops nobody
            return internal(item, error)
        self._accepted = self._accepted or found.outcome == Outcome.ACCEPTED
        return found

    def may_pass(self, error: AccessError, method: str) -> bool:
        """Return whether a forbidden write may be one record's own: others were accepted, or few were tried and the right was granted."""
        with self._lock:
            self._forbidden += 1
            return error.status == 403 and (self._accepted or (self._forbidden < PATIENCE and not self._lacks(method)))


def rejection(key: str, said: Said, words: Words, body: Mapping[str, Any]) -> Receipt:
    """Return the receipt of a rejected row; what it was sent without decides whether a setting of the district can help (R-19, IC-15)."""
    receipt = answers.refusal(key, said, words)
    if receipt.outcome != Outcome.REFUSED:
        return receipt
    if body.get("scoreStatus") == "exempt" and "score" not in body and answers.wants_number(said):
        return replace(receipt, code="SIS-EXEMPT-NEEDS-SCORE")
    if "title" in body and "category" not in body and receipt.code.startswith("SIS-") and answers.wants_category(said):
        return replace(receipt, code="SIS-CATEGORY-REQUIRED")
    return receipt


def internal(item: Item, error: Exception) -> Receipt:
    """Return the receipt of a row at which this product failed: nobody knows whether it was sent."""
    return Receipt(item.key, Outcome.UNKNOWN, code="GP-OUR-UNKNOWN", message=_place(error))


def _place(error: Exception) -> str:
    """Return the type and place of an error of this product, never the values in it (F-12)."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    told = f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"
    log.error("a row could not be sent: %s", told)
    return told
