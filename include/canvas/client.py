"""Talking to one Canvas: address, token, ids as text, throttle, retries and pages. What is asked stands in courses, extract and check."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote_plus, urlsplit

import requests

from include.canvas import answers, throttle
from include.canvas.paging import Page, pages, pages_ahead
from include.connection import Connection
from include.errors import ConfigError, SourceError
from include.http import Api, Http

Params = Sequence[tuple[str, str]]

MOST_WORKERS = 11  # twelve requests in flight meet Canvas's throttle by their reservations alone
# Scheme, host and port, perhaps a path; no user, no password, no query.
_ADDRESS = re.compile(r"(https?://)?([\w.-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?(/[^\s?#@]*)?")
_WRITTEN_OUT = re.compile(r"[\w.~-]*", re.ASCII)  # nearly all values are such; `urlencode` took an eighth of the time of reading a course
_STRING_IDS = "application/json+canvas-string-ids"


class CanvasClient:
    """One Canvas under one token. Threads may share it; `workers` is how many requests are in flight at most.

    `peers` is how many clients use the token at the same time, in other processes too: batches are read side by side (district file).
    """

    def __init__(self, connection: Connection, workers: int = 10, peers: int = 1) -> None:
        if not 1 <= workers <= MOST_WORKERS:
            raise ConfigError(f"connection {connection.id}: workers is {workers}; it must be from 1 to {MOST_WORKERS} (Canvas throttles more)")
        self.connection = connection
        self.workers = workers
        self.base = base_url(connection)
        self.gate = throttle.Gate(workers, peers)
        headers = {"Authorization": f"Bearer {connection.required('password').strip()}", "Accept": _STRING_IDS}
        _refuse_removed(connection)
        self._http = Http(_api(connection), headers=headers, connections=workers)
        self._http.session.hooks["response"].append(self._note)

    def check(self, account: str = "") -> list[str]:
        """What is wrong with this connection, one clear sentence each; empty when a night can run. It never raises for what it finds.

        Without an account it looks at the one in the connection's extra (`account`), else at the root account.
        """
        from include.canvas.check import check  # check.py needs the client's type

        return check(self, account or str(self.connection.option("account", "self")))

    def ask(self, path: str, params: Params = ()) -> requests.Response:
        """The answer to one GET under /api/v1, whatever its status; AccessError for a refused token."""
        return self._send(self.url(path, params))

    def get(self, path: str, params: Params = ()) -> bytes:
        """The body of one GET under /api/v1; SourceError for anything but a 200."""
        return answers.body(self._read(self.url(path, params)))

    def pages(self, path: str, params: Params = ()) -> Iterator[Page]:
        """All pages of a list under /api/v1, a hundred rows each."""
        return pages(self._read, self.url(path, (*params, ("per_page", "100"))))

    def pages_ahead(self, path: str, params: Params = ()) -> Iterator[Page]:
        """The same, of a list that is long and known to have numbered pages: as many at once as connections allow."""
        return pages_ahead(self._read, self.url(path, (*params, ("per_page", "100"))), self.workers)

    def url(self, path: str, params: Params = ()) -> str:
        """The full address; `path` comes with its ids already quoted. It lies under /api/v1, or, with a leading slash, under the host."""
        place = path if path.startswith("/") else f"/api/v1/{path}"
        return f"{self.base}{place}{'?' if params else ''}{_query(params)}"

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def _send(self, url: str) -> requests.Response:
        with self.gate.place():
            return self._http.send("GET", url)

    def _note(self, answer: requests.Response, *_: Any, **__: Any) -> None:
        """What every answer tells besides its body: how much of the throttle is left."""
        self.gate.note(answer)

    def _read(self, url: str) -> requests.Response:
        return self._taken(url, self._send(url))

    def _taken(self, url: str, answer: requests.Response) -> requests.Response:
        if answer.status_code == 200:
            return answer
        path = urlsplit(url).path
        if 300 <= answer.status_code < 400:
            raise SourceError(f"Canvas redirects {path} to {urlsplit(answer.headers.get('Location', '')).netloc or 'another place'}. Check the host")
        raise SourceError(f"Canvas rejected {path}: {answers.explain(answer)}")


def base_url(connection: Connection) -> str:
    """Scheme and host of the connection; https where none is given, a path such as /api/v1 is left away. ConfigError for anything else."""
    host = connection.required("host").strip()
    if not _ADDRESS.fullmatch(host):
        raise ConfigError(f"connection {connection.id}: host is not a URL; it must be the URL of Canvas, such as https://district.instructure.com")
    parts = urlsplit(host if "://" in host else f"https://{host}")
    connection.require_tls("host", parts.geturl())
    return f"{parts.scheme}://{parts.netloc}"


def _api(connection: Connection) -> Api:
    return Api(
        name=f"Canvas ({connection.id})",
        action=answers.action,
        wait=throttle.wait,
        explain=answers.explain,
        read_timeout=_number(connection, "read_timeout", 60.0),
        tries=int(_number(connection, "tries", 5)),
        patience=_number(connection, "patience", 180.0),
        first_delay=_number(connection, "first_delay", 0.5),
    )


def _query(params: Params) -> str:
    """The query of these parameters; their names are our own, with nothing to quote but the brackets, which stay."""
    return "&".join(f"{name}={value if _WRITTEN_OUT.fullmatch(value) else quote_plus(value)}" for name, value in params)


def _refuse_removed(connection: Connection) -> None:
    """ConfigError for a connection that still turns on what was removed: GraphQL shows the SIS ID of a merged user's first login."""
    given = connection.option("graphql", False)
    if str(given).strip().lower() not in ("false", "0", "no", "off"):
        raise ConfigError(
            f"connection {connection.id}: graphql is {given!r}, but this setting was removed because Canvas's GraphQL can show another SIS ID for a "
            "merged student. Delete graphql from the connection's extra. For fewer requests, set extract: {mode: listed} in the district file"
        )


def _number(connection: Connection, name: str, default: float) -> float:
    """A positive number among the connection's extras."""
    given = connection.option(name, default)
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = 0.0
    if not 0 < value < 100_000:
        raise ConfigError(f"connection {connection.id}: {name} is {given!r}; it must be a number above 0")
    return value
