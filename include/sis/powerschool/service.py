"""Talking to one PowerSchool server: one request at a time at the plugin's pace, pages, and JSON that may be oddly wrapped."""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import requests

from include.breaker import Breaker
from include.connection import Connection
from include.errors import AccessError, GradeSyncError, NoAnswerError, OutageError, SourceError, UnavailableError
from include.http import Action, Api, Http
from include.pace import Pace
from include.response_body import json_of
from include.sis.powerschool import answers
from include.sis.powerschool.auth import Token
from include.sis.powerschool.options import Options, base_url
from include.sis.powerschool.values import RowError, entries
from include.text import clean_text

log = logging.getLogger(__name__)

_MARGIN = 0.01  # seconds on top of the plugin's interval, as requests do not all travel equally fast
_SLOWER = 1.2  # each request that came too early makes the pace so much slower, up to what was asked for
_FIRST_PACE = 0.05  # seconds, where no pace was set
_PROBE_SECONDS = 10.0
MOST_PAGES = 20_000
"""Pages of one list, at most: at 100 rows per page, 2 million rows. No school or district has a list that long."""
_SMALLEST_PAGE = 100  # what PowerSchool starts with (§3)
_FAILING = 5  # so many different sections or lists that fail one after the other are no longer the fault of each of them
_TABLES = "/ws/schema/table/"
_METADATA = "/ws/v1/metadata"


class TeacherError(SourceError):
    """The person whose gradebook was asked for does not teach that section (any more)."""


class ForbiddenError(SourceError):
    """PowerSchool does not let the plugin read this one thing: a section's fault while others can be read, else the connection's."""


class BadColumnError(SourceError):
    """The server has no such column in this table, which is not a missing right."""


@dataclass(frozen=True)
class Metadata:
    """What GET /ws/v1/metadata tells: our plugin's id (empty if it does not), the largest pages of tables and enrolments."""

    plugin_id: str
    table_page: int
    enrolment_page: int


_GATES: dict[tuple[str, str], tuple[threading.Lock, Pace]] = {}


def _gate(url: str, login: str, pace_ms: int) -> tuple[threading.Lock, Pace]:
    """The limit is the plugin's (§3): all clients of one process that use it share one queue, and the slowest of them sets its pace."""
    gate = _GATES.setdefault((url, login), (threading.Lock(), Pace(0.0)))
    gate[1].seconds = max(gate[1].seconds, pace_ms / 1000 + _MARGIN if pace_ms else 0.0)
    return gate


class Service:
    """All requests of one client."""

    def __init__(self, connection: Connection, options: Options) -> None:
        self.connection, self.options, self.url = connection, options, base_url(connection)
        self.told_to_wait: list[float] = []
        self._in_time = math.inf  # the shortest time after another request at which one was let through: the plugin's interval is no longer
        self._lock, self.pace = _gate(self.url, connection.login, options.pace_ms)
        api = Api(
            name=f"connection {connection.id}",
            action=self._action,
            wait=answers.seconds_to_wait,
            explain=answers.explain,
            said=answers.words,
            read_timeout=options.timeout_s,
            tries=options.tries,
            patience=options.patience_s,
            first_delay=options.retry_delay_s,
            pace=self.pace,
        )
        self._signing_in = Http(replace(api, action=_token_action, pace=Pace(0.0)))
        self.breaker = Breaker(api.name, self._alive, limit=1)
        self._http = Http(api, Token(connection, self.url, self._signing_in), connections=1, breaker=self.breaker)
        self._probing = Http(replace(api, action=self._probe_action), self._http.session.auth, connections=1)  # type: ignore[arg-type]  # as below
        quick = replace(api, tries=1, read_timeout=min(options.timeout_s, _PROBE_SECONDS))
        self._once = Http(quick, self._http.session.auth, connections=1)  # type: ignore[arg-type]  # it is the Token given above
        self._failing: set[str] = set()
        self._last_words = ""

    def close(self) -> None:
        """Give the connections back."""
        for http in (self._signing_in, self._http, self._probing, self._once):
            http.close()

    def _action(self, answer: requests.Response) -> Action:
        meant = answers.action(answer)
        if meant is Action.RETRY:
            self._last_words = answers.words(answer)
        if meant is Action.WAIT:
            asked = answers.seconds_to_wait(answer) or 1.0
            self.told_to_wait.append(asked)
            slower = min(max(_SLOWER * self.pace.seconds, _FIRST_PACE), asked, self._in_time + _MARGIN)
            self.pace.seconds = max(slower, self.pace.seconds)
        else:
            self._in_time = min(self._in_time, self.pace.gap)
        return meant

    def _probe_action(self, answer: requests.Response) -> Action:
        meant = self._action(answer)
        return Action.TAKE if meant is Action.STOP else meant

    def send(self, method: str, path: str, *, repeat: bool = True, about: str = "", **kwargs: Any) -> requests.Response:
        """One request; the answer whatever its status.

        A request that keeps failing while the server otherwise answers is the fault of what it is `about`: NoAnswerError, so that the others
        go on (I-7). UnavailableError means that nothing more can be done now.
        """
        with self._lock:
            self._last_words = ""
            try:
                answer = self._http.send(method, self.url + path, repeat=repeat, **kwargs)
            except UnavailableError as error:
                self._failing.add(about or path)
                if isinstance(error, OutageError) or self.breaker.is_open or len(self._failing) >= _FAILING:
                    raise
                raise NoAnswerError(str(error), error.status, said=self._last_words if error.status else "") from error
        self._failing.clear()
        return answer

    def try_once(self, method: str, path: str, **kwargs: Any) -> requests.Response | None:
        """One request that may fail and is not repeated; None without an answer, or where the server failed."""
        with self._lock:
            try:
                answer = self._once.send(method, self.url + path, **kwargs)
            except UnavailableError:
                return None
        self._failing.clear()
        return answer

    def _alive(self) -> bool:
        try:
            return self._once.send("GET", self.url + _METADATA).status_code == 200
        except GradeSyncError:
            return False

    def read(self, path: str, params: dict[str, str] | None = None) -> Any:
        """Return the JSON of a read; None for 404. Raises AccessError for a right that lacks, SourceError for null or what is no JSON."""
        place = f"connection {self.connection.id}: GET {path}"
        try:
            answer = self.send("GET", path, params=params)
        except NoAnswerError as error:
            raise SourceError(str(error), said=error.said) from error
        if answer.status_code == 404:
            return None
        self._raise_for(answer, place, path)
        try:
            if (found := json_of(answer)) is None:
                raise SourceError(f"{place}: the response is null")
            return found
        except ValueError as error:
            kind = answer.headers.get("Content-Type", "no type")
            raise SourceError(f"{place}: {error} ({kind})") from error

    @staticmethod
    def _raise_for(answer: requests.Response, place: str, path: str) -> None:
        """The error of a read that was not answered with 200."""
        said = answers.words(answer)
        if answers.code_of(answer) == "PS-403-TEACHER":
            raise TeacherError(f"{place} was rejected: {_coded(answer)}", said=said)
        if answer.status_code == 403:
            kind = AccessError if path.startswith((_TABLES, _METADATA)) else ForbiddenError
            raise kind(f"{place} was rejected: {_coded(answer)}", said=said)
        if answers.names_a_column(answer):
            raise BadColumnError(f"{place} failed with {_coded(answer)}: this PowerSchool does not have a column", said=said)
        if answer.status_code != 200:
            raise SourceError(f"{place} failed with {_coded(answer)}", said=said)

    def probe(self, table: str, columns: Sequence[str], **params: str) -> requests.Response:
        """The answer to reading one row of a table, even if it says that the plugin has no right to."""
        return self.ask("GET", _TABLES + table, params={"projection": ",".join(columns), "page": "1", "pagesize": "1", **params})

    def ask(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """The answer to a request that changes nothing, even if it says that the plugin has no right to."""
        with self._lock:
            return self._probing.send(method, self.url + path, **kwargs)

    @cached_property
    def metadata(self) -> Metadata:
        """Read once per client."""
        body = self.read(_METADATA)
        told = body.get("metadata", body) if isinstance(body, dict) else {}
        told = told if isinstance(told, dict) else {}
        return Metadata(
            plugin_id=clean_text(str(told.get("plugin_id") or "")),
            table_page=self._page_size(told.get("schema_table_query_max_page_size")),
            enrolment_page=self._page_size(told.get("section_enrollment_max_page_size")),
        )

    def _page_size(self, told: object) -> int:
        text = clean_text(str(told))
        largest = int(text) if text.isascii() and text.isdigit() and len(text) < 7 and int(text) > 0 else _SMALLEST_PAGE
        return min(largest, self.options.page_size or largest)

    def district(self) -> str:
        """The district's UUID, number, or name (GET /ws/v1/district); empty where the server does not say, or may not (I-4)."""
        try:
            answer = self._once.send("GET", f"{self.url}/ws/v1/district")
            body = json_of(answer) if answer.status_code == 200 else None
        except (GradeSyncError, ValueError):
            return ""
        found = body.get("district") if isinstance(body, dict) else None
        values = (found.get(name) for name in ("uuid", "district_number", "name")) if isinstance(found, dict) else ()
        return next((str(value).strip() for value in values if value), "")

    def members(self, path: str, plural: str, singular: str) -> Iterator[Any]:
        """All members of a /ws/v1 collection, readable or not."""
        return self.pages(path, {}, self.metadata.enrolment_page, (plural, singular))

    def pages(self, path: str, params: dict[str, str], size: int, inside: tuple[str, ...]) -> Iterator[Any]:
        """All members of a paged list, each once, readable or not.

        SourceError for a page that is no list or holds nothing but members of earlier pages, and for a list that does not end (I-8).
        """
        place, seen = f"connection {self.connection.id}: GET {path}", set[str]()
        for page in range(1, MOST_PAGES + 1):
            found = self._page(place, page, self.read(path, {**params, "page": str(page), "pagesize": str(size)}), inside)
            fresh = found if page == 1 else [row for row in found if json.dumps(row) not in seen]
            if found and not fresh:
                raise SourceError(f"{place} repeats: page {page} has only rows of earlier pages")
            yield from fresh
            if len(found) < size:
                return
            seen.update(json.dumps(row) for row in fresh)
        raise SourceError(f"{place} does not end: it has more than {MOST_PAGES:,} pages")

    @staticmethod
    def _page(place: str, page: int, body: Any, inside: tuple[str, ...]) -> list[Any]:
        if body is None:
            raise SourceError(f"{place} failed with HTTP 404: list not found")
        try:
            return _inside(body, inside)
        except RowError as error:
            raise SourceError(f"{place}: page {page} cannot be read: {error}") from error


def _inside(body: Any, keys: Sequence[str]) -> list[Any]:
    """The list under these keys; a key that is missing, or empty, holds no members."""
    for key in keys:
        if not isinstance(body, dict):
            raise RowError(f"a table with {key} was expected")
        body = body.get(key) or {}
    return entries(body)


def _coded(answer: requests.Response) -> str:
    """What an answer means without its words: fit for logs (F-12)."""
    return f"HTTP {answer.status_code} ({answers.code_of(answer)})"


def _token_action(answer: requests.Response) -> Action:
    """A 401 of the token address is an answer: there is no other token to renew it with."""
    return Action.TAKE if answer.status_code == 401 else answers.action(answer)
