"""One way to talk HTTP: limits on every request (total time, bytes, depth: `response_body`), pacing, bounded retries, a token renewed once.

What an answer *means* differs by API, so each client brings an `Api`: a name, its limits and one function from answer to
`Action` (anchors.md habit 18). Reads and idempotent writes are repeated; a write that is not, and got no answer, ends in
`NoAnswerError` so that the caller looks it up first (invariant 3).
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from enum import Enum
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from requests.exceptions import InvalidHeader

from include.breaker import Breaker
from include.errors import AccessError, ConfigError, NoAnswerError, OutageError, SourceError, UnavailableError
from include.pace import Pace, retry_after
from include.permitted import Permitted
from include.response_body import WHOLE, TooLargeError

log = logging.getLogger(__name__)

# An address as it goes over the wire: nothing is left to quote.
_WRITTEN_OUT = re.compile(r"https?://[\w.:\[\]-]+(/(?:[\w.~:/?\[\]@!$&'()*+,;=-]|%[0-9A-F]{2})*)?", re.ASCII)


class Action(Enum):
    """What to do with an answer."""

    TAKE = "take"  # hand it to the caller, whatever its status
    WAIT = "wait"  # too many requests: wait and repeat, even a write, for it was not carried out
    RETRY = "retry"  # a fault of the other side: repeat what may be repeated
    RENEW = "renew"  # the token is dead: renew once, then repeat once
    STOP = "stop"  # no right: nothing on this connection will work


def by_status(answer: requests.Response) -> Action:
    """The default table: 429 waits, 401 renews, 5xx retries, everything else goes to the caller."""
    if answer.status_code == 429 or (answer.status_code == 503 and "Retry-After" in answer.headers):
        return Action.WAIT
    if answer.status_code == 401:
        return Action.RENEW
    return Action.RETRY if answer.status_code >= 500 else Action.TAKE


@dataclass(frozen=True)
class Api:
    """How one API wants to be talked to. Seconds throughout."""

    name: str
    action: Callable[[requests.Response], Action] = by_status
    wait: Callable[[requests.Response], float | None] = retry_after
    explain: Callable[[requests.Response], str] = lambda answer: f"HTTP {answer.status_code}"
    said: Callable[[requests.Response], str] = lambda _: ""
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    tries: int = 5
    patience: float = 180.0
    first_delay: float = 0.5
    pace: Pace = field(default_factory=lambda: Pace(0.0))


class Http:
    """A session with one host under one `Api`. Threads may share it."""

    def __init__(
        self,
        api: Api,
        auth: AuthBase | None = None,
        headers: dict[str, str] | None = None,
        connections: int = 12,
        breaker: Breaker | None = None,
    ) -> None:
        self.api, self.breaker = api, breaker
        self.session = requests.Session()
        self._plain: requests.PreparedRequest | None = None
        self.session.trust_env = False
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # no API here needs cookies, and threads would share them
        self.session.auth = auth
        self.session.headers.update({"Accept": "application/json", "User-Agent": "gradesync/1", **(headers or {})})
        for scheme in ("http://", "https://"):
            self.session.mount(scheme, Permitted(self._leave, connections, WHOLE * api.read_timeout))

    def close(self) -> None:
        """Give the connections back."""
        self.session.close()

    def send(self, method: str, url: str, *, repeat: bool = True, **kwargs: Any) -> requests.Response:
        """The answer to one request, whatever its status, once the API's table says to take it.

        `repeat` says whether the request may be sent again when nobody knows if it was carried out (reads, PUTs with our own
        id: yes; creates with the SIS's id: no). Raises AccessError, UnavailableError, or NoAnswerError (only without `repeat`); OutageError,
        unsent, when the breaker has found the other side to be down.
        """
        if self.breaker is None:
            return self._send(method, url, repeat, **kwargs)
        self.breaker.let_through()
        try:
            answer = self._send(method, url, repeat, **kwargs)
        except OutageError:
            raise
        except UnavailableError as error:
            self.breaker.gave_up(str(error), asked_to_wait=error.status in (403, 429))
            raise
        self.breaker.answered()
        return answer

    def _send(self, method: str, url: str, repeat: bool, **kwargs: Any) -> requests.Response:
        deadline = time.monotonic() + self.api.patience
        renewed = False
        status: int | None = None
        attempt = 0
        while attempt < self.api.tries:
            attempt += 1
            status, said = None, ""
            try:
                answer = self._ask(method, url, kwargs)
            except TooLargeError as error:
                said = f"{self.api.name}: {method} {_place(url)}: {error}, which is the limit. Ask the SIS vendor, or set a smaller page size"
                raise (SourceError if method == "GET" else NoAnswerError)(said) from error
            except requests.exceptions.ConnectTimeout as error:
                reason, asked = f"no connection to {_place(url)} ({_cause(error)})", None
            except (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
            ) as error:
                if not repeat and not _never_connected(error):
                    raise NoAnswerError(f"{self.api.name}: {method} {_place(url)} got no response ({type(error).__name__})") from error
                reason, asked = f"no response from {_place(url)} ({_cause(error)})", None
            else:
                status, action = answer.status_code, self.api.action(answer)
                if action is Action.RENEW and not renewed and hasattr(self.session.auth, "renew"):
                    renewed, attempt = True, attempt - 1  # that was the token's failure, not a try
                    self.session.auth.renew()  # type: ignore[union-attr]  # checked on the line above
                    continue
                if action in (Action.STOP, Action.RENEW):
                    told = f"{self.api.name}: {method} {_place(url)} was rejected: {self.api.explain(answer)}"
                    raise AccessError(told, status, said=self.api.said(answer))
                if action is Action.TAKE:
                    return answer
                if action is Action.RETRY and not repeat:
                    raise NoAnswerError(f"{self.api.name}: {method} {_place(url)}: {self.api.explain(answer)}", status, said=self.api.said(answer))
                reason, asked, said = self.api.explain(answer), self.api.wait(answer), self.api.said(answer)
            too_late = self._pause(attempt, asked, deadline, reason, f"{method} {_place(url)}")
            if too_late:
                raise UnavailableError(too_late, status, said=said)
        raise UnavailableError(f"{self.api.name}: {method} {_place(url)} failed {self.api.tries} times, last: {reason}", status, said=said)

    def _ask(self, method: str, url: str, kwargs: dict[str, Any]) -> requests.Response:
        """One try. A request with no more than an address, or headers and a body in bytes besides, goes to the adapter at once: putting it together
        anew, and looking for cookies and redirects that are not wanted here, costs as much time as sending it."""
        timeout = (self.api.connect_timeout, self.api.read_timeout)
        is_plain = kwargs.keys() <= {"data", "headers"} and isinstance(kwargs.get("data"), bytes) if kwargs else method == "GET"
        is_plain = is_plain and bool(_WRITTEN_OUT.fullmatch(url))
        try:  # signed first: to get a token takes time, after which the pace would be another one
            request = self._prepared(method, url, **kwargs) if is_plain else self.session.prepare_request(requests.Request(method, url, **kwargs))
            self.api.pace.take()
            if not is_plain:
                return self.session.send(request, timeout=timeout, allow_redirects=False)
            answer = self.session.get_adapter(url).send(request, timeout=timeout)
        except ValueError as error:
            if isinstance(error, requests.RequestException) and not isinstance(error, InvalidHeader):
                raise
            # The error's own message holds the header, so the secret.
            raise ConfigError(f"{self.api.name}: a header of the request contains a character that HTTP does not allow. Check the secrets") from None
        for hook in self.session.hooks["response"]:
            hook(answer)
        return answer

    def _leave(self) -> None:
        """The last thing before a request's first byte: whether it may go, and that it goes now."""
        if self.breaker is not None:
            self.breaker.ask_permits()
        self.api.pace.sent()

    def _prepared(self, method: str, url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> requests.PreparedRequest:
        """A copy of the first request with what is different in this one, and signed."""
        if self._plain is None:
            self._plain = self.session.prepare_request(requests.Request("GET", url, auth=lambda request: request))
        request = copy(self._plain)
        request.method, request.url, request.body = method, url, data
        request.headers = self._plain.headers.copy()
        request.headers.update((headers or {}) if data is None else {**(headers or {}), "Content-Length": str(len(data))})
        return self.session.auth(request) if isinstance(self.session.auth, AuthBase) else request

    def _pause(self, attempt: int, asked: float | None, deadline: float, reason: str, place: str) -> str:
        """Wait before the next try; the sentence to fail with instead, when that would take too long."""
        if attempt >= self.api.tries:
            return ""
        backoff = self.api.first_delay * 2 ** (attempt - 1)
        delay = (asked if asked is not None else backoff) + random.uniform(0, backoff / 2)
        if time.monotonic() + delay > deadline:
            limit = f"past the limit of {self.api.patience:.0f} s for one request"
            return f"{self.api.name}: {place} would have to wait {delay:.0f} s more, {limit}: {reason}"
        log.warning("%s: %s; try %d of %d in %.1f s", self.api.name, reason, attempt + 1, self.api.tries, delay)
        time.sleep(delay)
        return ""


def _place(url: str) -> str:
    """Host and path; never the query, which can hold ids and filters."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}"


def _cause(error: Exception) -> str:
    """Why there was no answer, in words that tell an admin what to look at."""
    told = repr(error)
    causes = {
        "NameResolutionError": "no host has this name",
        "Connection refused": "nothing listens there",
        "NewConnectionError": "it cannot be reached",
        "CERTIFICATE_VERIFY_FAILED": "its certificate is not trusted",
        "SSLError": "it does not speak https",
        "Timeout": "it took too long",
    }
    return next((words for sign, words in causes.items() if sign in told), type(error).__name__)


def _never_connected(error: Exception) -> bool:
    """Whether the request cannot have reached the other side: the connection itself was refused."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
