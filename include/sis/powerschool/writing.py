"""Sending a write, what its answer means as a receipt, and whether the plugin may write at all (I-7, I-10)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import requests

from include.errors import AccessError, GradeSyncError, NoAnswerError, SourceError, UnavailableError
from include.sis.contract import Outcome, Receipt
from include.sis.powerschool import answers
from include.sis.powerschool.service import Service
from include.sis.powerschool.unread import own_error
from include.sis.powerschool.values import RowError

SCORES = "/ws/xte/score"
DONE = (200, 201, 202, 204)
"""What PowerSchool may answer to a write that it carried out: its reference and its servers differ."""

VIEW_ONLY = (
    "the plugin has view-only rights: in PowerSchool, open System > System Settings > Plugin Management Configuration, install the plugin version "
    'that requests access="FullAccess" to ASSIGNMENT, ASSIGNMENTSECTION, ASSIGNMENTCATEGORYASSOC, and ASSIGNMENTSCORE, and enable it again'
)
_IN_A_ROW = 5  # so many writes that are forbidden, and none that was taken, are no longer the fault of each record


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


class Writes:
    """The writes of one client. Until one was taken, a 403 may mean that the plugin may write nothing at all."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._taken, self._forbidden = False, 0

    def send(self, method: str, path: str, *, about: str, repeat: bool = True, **kwargs: Any) -> requests.Response:
        """One write about a section; the answer whatever its status. AccessError when the plugin may write nothing."""
        answer = self.service.send(method, path, about=about, repeat=repeat, **kwargs)
        self._taken = self._taken or answer.status_code in DONE
        if not self._taken and answers.code_of(answer) == "SIS-FORBIDDEN":
            self._forbidden += 1
            params = kwargs.get("params", {})
            if self._forbidden >= _IN_A_ROW or is_view_only(self.service, str(params.get("users_dcid", "")), str(params.get("term_id", "0"))):
                raise AccessError(f"connection {self.service.connection.id}: {VIEW_ONLY}", said=answers.words(answer))
        return answer


def is_view_only(service: Service, teacher: str, term: str) -> bool:
    """Whether PowerSchool forbids even to write no scores at all, which changes nothing. False where its answer does not say so."""
    params = {"users_dcid": teacher, "status": "A", "term_id": term}
    try:
        answer = service.ask("PUT", SCORES, params=params, json={"assignment_scores": []})
    except UnavailableError:
        return False
    return answer.status_code == 403 and answers.code_of(answer) == "SIS-FORBIDDEN"


def refused(key: str, answer: requests.Response) -> Receipt:
    """PowerSchool said no, in these words."""
    return Receipt(key, Outcome.REFUSED, code=answers.code_of(answer), message=answers.sentence(answer), status=answer.status_code)


def unreadable(key: str, answer: requests.Response) -> Receipt:
    """An answer that says neither yes nor no: what it did is unknown."""
    return Receipt(
        key,
        Outcome.UNKNOWN,
        code="SIS-UNREADABLE",
        message=f"HTTP {answer.status_code} with a body that is not the expected response",
        status=answer.status_code,
    )


def not_read(key: str, error: SourceError) -> Receipt:
    """Nothing was sent, for what must be known before could not be read."""
    return Receipt(key, Outcome.REFUSED, code="SIS-UNREADABLE", message=error.told)


def no_answer(key: str, sis_id: str, error: NoAnswerError) -> Receipt:
    """No answer at all, or only faults: what it did is unknown."""
    if error.status is None:
        return Receipt(key, Outcome.UNKNOWN, sis_id, code="SIS-NO-ANSWER", message=str(error))
    return Receipt(key, Outcome.UNKNOWN, sis_id, code="SIS-5XX", message=error.said or f"HTTP {error.status}", status=error.status)


def each_its_own(rows: Sequence[_Keyed], work: Callable[[], Iterable[Receipt]]) -> Iterator[Receipt]:
    """The receipts of these rows. A fault of this product leaves those without one unknown, and the others go on (I-7)."""
    told = set()
    try:
        for receipt in work():
            told.add(receipt.key)
            yield receipt
    except GradeSyncError:
        raise
    except RowError as error:
        words = f"a record in it is not valid: {error}"
        yield from (Receipt(row.key, Outcome.UNKNOWN, code="SIS-UNREADABLE", message=words) for row in rows if row.key not in told)
    except Exception as error:  # whatever is wrong with one record must not stop the others
        words = own_error(error)
        yield from (Receipt(row.key, Outcome.UNKNOWN, code="GP-OUR-UNKNOWN", message=words) for row in rows if row.key not in told)
