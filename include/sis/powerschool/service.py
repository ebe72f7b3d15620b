"""Talking to one PowerSchool server: one request at a time at the plugin's pace, pages, and JSON that may be oddly wrapped."""

from __future__ import annotations

import json
import logging
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import requests

from include.breaker import Breaker
from include.connection import Connection
from include.errors import AccessError, GradeSyncError, NoAnswerError, SourceError, UnavailableError
from include.http import Action, Api, Http
from include.pace import Pace
from include.response_body import json_of
from include.sis.powerschool import answers
from include.sis.powerschool.auth import Token
from include.sis.powerschool.options import Options, base_url

log = logging.getLogger(__name__)

_MARGIN = 0.01  # seconds on top of the plugin's interval, as requests do not all travel equally fast
_SLOWER = 1.2  # each request that came too early makes the pace so much slower, up to what was asked for
_FIRST_PACE = 0.05  # seconds, where no pace was set
_PROBE_SECONDS = 10.0
MOST_PAGES = 20_000
"""Pages of one list, at most: at 100 rows per page, 2 million rows. No school or district has a list that long."""
_SMALLEST_PAGE = 100  # what PowerSchool starts with (§3)


class TeacherError(SourceError):
    """The person whose gradebook was asked for does not teach that section (any more)."""


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

    def close(self) -> None:
        """Give the connections back."""
        for http in (self._signing_in, self._http, self._probing, self._once):
            http.close()

    def _action(self, answer: requests.Response) -> Action:
        meant = answers.action(answer)
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

    def send(self, method: str, path: str, *, repeat: bool = True, **kwargs: Any) -> requests.Response:
        """One request; the answer whatever its status.

        A write that keeps failing while the server otherwise answers is that write's own trouble: NoAnswerError, so that its
        neighbours go on. UnavailableError means that nothing more can be done now.
        """
        with self._lock:
            try:
                return self._http.send(method, self.url + path, repeat=repeat, **kwargs)
            except NoAnswerError:
                raise
            except UnavailableError as error:
                if method == "GET" or self.breaker.is_open:
                    raise
                raise NoAnswerError(str(error)) from error

    def _alive(self) -> bool:
        try:
            return self._once.send("GET", f"{self.url}/ws/v1/metadata").status_code == 200
        except GradeSyncError:
            return False

    def read(self, path: str, params: dict[str, str] | None = None) -> Any:
        """The JSON of a read; None for 404. Raises AccessError for a right that lacks, SourceError for anything else that is no JSON answer."""
        answer = self.send("GET", path, params=params)
        if answer.status_code == 404:
            return None
        place = f"connection {self.connection.id}: GET {path}"
        if answers.code_of(answer) == "PS-403-TEACHER":
            raise TeacherError(f"{place} was refused: {_coded(answer)}", said=answers.words(answer))
        if answer.status_code == 403:
            raise AccessError(f"{place} was refused: {_coded(answer)}", said=answers.words(answer))
        if answer.status_code != 200:
            raise SourceError(f"{place} answered {_coded(answer)}", said=answers.words(answer))
        try:
            return json_of(answer)
        except ValueError as error:
            kind = answer.headers.get("Content-Type", "no type")
            raise SourceError(f"{place} answered something that is not JSON ({kind}): {error}") from error

    def probe(self, table: str, columns: Sequence[str]) -> requests.Response:
        """The answer to reading one row of a table, even if it says that the plugin has no right to."""
        params = {"projection": ",".join(columns), "page": "1", "pagesize": "1"}
        with self._lock:
            return self._probing.send("GET", f"{self.url}/ws/schema/table/{table}", params=params)

    @cached_property
    def metadata(self) -> Metadata:
        """Read once per client."""
        body = self.read("/ws/v1/metadata")
        told = body.get("metadata", body) if isinstance(body, dict) else {}
        return Metadata(
            plugin_id=str(told.get("plugin_id") or ""),
            table_page=self._page_size(told.get("schema_table_query_max_page_size")),
            enrolment_page=self._page_size(told.get("section_enrollment_max_page_size")),
        )

    def _page_size(self, told: object) -> int:
        largest = int(str(told)) if str(told).isdigit() and int(str(told)) > 0 else _SMALLEST_PAGE
        return min(largest, self.options.page_size or largest)

    def rows(self, table: str, columns: Sequence[str], query: str) -> Iterator[dict[str, str]]:
        """All rows of a schema table that hold the query, page by page; values are text."""
        params = {"projection": ",".join(columns), "q": query}
        for record in self._pages(f"/ws/schema/table/{table}", params, self.metadata.table_page, ("record",)):
            inner = record.get("tables", {}).get(table, {})
            yield {column: str(value) for column, value in inner.items() if value is not None}

    def rows_in(self, table: str, columns: Sequence[str], key: str, numbers: Iterable[int], gap: int) -> Iterator[dict[str, str]]:
        """Rows whose `key` is one of these numbers. The query language has no "or" (§3), so neighbours are asked for as one range."""
        wanted = set(numbers)
        for first, last in ranges(wanted, gap):
            query = f"{key}=={first}" if first == last else f"{key}=ge={first};{key}=le={last}"
            for row in self.rows(table, columns, query):
                if row.get(key, "").lstrip("-").isdigit() and int(row[key]) in wanted:
                    yield row

    def members(self, path: str, plural: str, singular: str) -> Iterator[dict[str, Any]]:
        """All members of a /ws/v1 collection."""
        return self._pages(path, {}, self.metadata.enrolment_page, (plural, singular))

    def _pages(self, path: str, params: dict[str, str], size: int, inside: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """All rows, each once. SourceError where a page holds nothing but rows of earlier ones, or the list does not end (I-8)."""
        seen: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            body = self.read(path, {**params, "page": str(page), "pagesize": str(size)})
            if body is None:
                raise SourceError(f"connection {self.connection.id}: GET {path} answered HTTP 404: there is no such list")
            for key in inside:
                body = body.get(key) or {} if isinstance(body, dict) else {}
            found = as_list(body)
            fresh = found if page == 1 else [row for row in found if json.dumps(row) not in seen]
            if found and not fresh:
                raise SourceError(f"connection {self.connection.id}: GET {path} repeats itself: page {page} holds only rows of earlier pages")
            yield from fresh
            if (len(body) if isinstance(body, list) else len(found)) < size:
                return
            seen.update(json.dumps(row) for row in fresh)
        raise SourceError(f"connection {self.connection.id}: GET {path} does not end: it has more than {MOST_PAGES:,} pages")


def _coded(answer: requests.Response) -> str:
    """What an answer means without its words: fit for logs (F-12)."""
    return f"HTTP {answer.status_code} ({answers.code_of(answer)})"


def _token_action(answer: requests.Response) -> Action:
    """A 401 of the token address is an answer: there is no other token to renew it with."""
    return Action.TAKE if answer.status_code == 401 else answers.action(answer)


def ranges(numbers: Iterable[int], gap: int) -> list[tuple[int, int]]:
    """The numbers as few ranges, none of which leaps over more than `gap` numbers."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number - found[-1][1] <= gap:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def as_list(value: Any) -> list[dict[str, Any]]:
    """A list, whatever came: PowerSchool sends a single member as an object, and nothing at all as an empty one."""
    if isinstance(value, list):
        return [one for one in value if isinstance(one, dict)]
    return [value] if isinstance(value, dict) and value else []


def as_flag(value: object) -> bool:
    """Booleans come as true, 1, "1" or "true"."""
    return str(value).strip().lower() in ("true", "1")
