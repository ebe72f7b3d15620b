"""What a piece of work cost: seconds, processor time of this process, and the requests that it made."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter


@dataclass(frozen=True)
class Asked:
    """One request as it left, to be sent again by the bare loop."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Cost:
    """What was measured. `peak` is the largest memory of the process so far, in MiB."""

    seconds: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    asked: list[Asked] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """For the results' file."""
        return {"seconds": round(self.seconds, 3), "cpu": round(self.cpu, 3), "requests": len(self.asked), "peak_mib": round(self.peak)}


@contextmanager
def watched() -> Iterator[Cost]:
    """Measure the block; every request of the `requests` library counts, each try of its own."""
    cost, lock, send = Cost(), threading.Lock(), HTTPAdapter.send

    def noted(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        status = 0
        try:
            answer = send(self, request, *args, **kwargs)
            status = answer.status_code
        finally:
            body = request.body or b""
            row = Asked(str(request.method), str(request.url), dict(request.headers), body if isinstance(body, bytes) else body.encode(), status)
            with lock:
                cost.asked.append(row)
        return answer

    HTTPAdapter.send = noted  # type: ignore[method-assign]  # for the length of the block
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        yield cost
    finally:
        cost.seconds, cost.cpu = time.perf_counter() - begun, time.process_time() - cpu
        cost.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        HTTPAdapter.send = send  # type: ignore[method-assign]
