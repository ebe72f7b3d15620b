"""Several requests in flight, receipts as they come; one bad row never stops its neighbours, a dead connection stops them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from include.errors import GradeSyncError, OutageError, UnavailableError
from include.sis.contract import Outcome, Receipt

Row = TypeVar("Row")
Answer = TypeVar("Answer")
Send = Callable[[Row], list[Receipt]]
Lost = Callable[[Row, UnavailableError], list[Receipt]]

_RATE = (403, 429)

PATIENCE = 3
"""Rows in a row that may go without an answer before the rest of them is left for later."""

FAULTS = 10
"""Rows in a row that a SIS, which is up, may answer with a fault of its own: each may be one bad record (I-7)."""


def each(rows: Sequence[Row], send: Send[Row], lost: Lost[Row], workers: int, is_down: Callable[[], bool] = lambda: True) -> Iterator[Receipt]:
    """Receipts of all rows, in the order of the answers. `lost` makes the receipts of a row that got no answer, or was not even sent.

    Raises what made going on pointless (no right, SIS down), after the receipts of everything that was in flight. Where the SIS is not down,
    rows that get no answer stop their own kin alone: these share a class or an assignment.
    """
    waiting, running = iter(rows), dict[Future[list[Receipt]], Row]()
    receipts: list[Receipt] = []
    failed: GradeSyncError | None = None
    silent = 0
    pool = ThreadPoolExecutor(workers, thread_name_prefix="sis")
    try:
        while True:
            while failed is None and len(running) < workers and (row := next(waiting, None)) is not None:
                running[pool.submit(send, row)] = row
            yield from receipts  # only now that the next ones are on their way, for the caller has work with them
            if not running:
                break
            receipts = []
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                row = running.pop(done)
                try:
                    answered, silent = done.result(), 0
                except UnavailableError as error:
                    answered, silent = lost(row, error), silent + 1
                    failed = failed or (error if silent >= _patience(error) or isinstance(error, OutageError) else None)
                except GradeSyncError as error:
                    answered, failed = [], failed or error
                receipts += answered
        if isinstance(failed, UnavailableError):
            for row in waiting:
                yield from lost(row, OutageError(str(failed)))
        if failed is not None and (not isinstance(failed, UnavailableError) or is_down()):
            raise failed
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def together(rows: Sequence[Row], read: Callable[[Row], Answer], workers: int) -> list[Answer]:
    """The answers to several reads, in the order of the rows; the first error ends them."""
    if len(rows) <= 1 or workers == 1:
        return [read(row) for row in rows]
    with ThreadPoolExecutor(min(workers, len(rows)), thread_name_prefix="sis") as pool:
        futures = [pool.submit(read, row) for row in rows]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:
                future.cancel()


def _patience(error: UnavailableError) -> int:
    return FAULTS if error.status is not None and error.status not in _RATE else PATIENCE


def unanswered(key: str, error: UnavailableError) -> Receipt:
    """The receipt of a row of which nobody knows what became: looked up before it is sent again (invariant 3). Not sent, it was not taken."""
    if isinstance(error, OutageError):
        return Receipt(key, Outcome.REFUSED, code="SIS-NOT-TRIED")
    code = "SIS-NO-ANSWER" if error.status is None else "SIS-RATE" if error.status in _RATE else "SIS-5XX"
    message = "" if error.status is None else f"HTTP {error.status}" + (f": {error.said}" if error.said else "")
    return Receipt(key, Outcome.UNKNOWN, code=code, message=message, status=error.status)
