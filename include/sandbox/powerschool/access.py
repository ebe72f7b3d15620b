"""Who may ask, and how often: the token endpoint, bearer tokens, the plugin's pace and its granted columns (powerschool-xte.md §1 to §3)."""

from __future__ import annotations

import base64
import binascii
import math
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.powerschool.answers import NO_FIELD, NO_WRITE, TOO_EARLY, Refusal
from include.sandbox.serving import Json

if TYPE_CHECKING:
    from include.sandbox.powerschool.state import PowerSchoolState

Handler = Callable[["PowerSchoolState", Request], Awaitable[Response]]
# What a write to the gradebook fills in or reads, although the caller never names most of it.
GRADEBOOK = {
    "assignment": ("assignmentid", "createdbyplugin", "whocreated", "whencreated", "whomodified", "whenmodified"),
    "assignmentsection": (
        "assignmentsectionid",
        "sectionsdcid",
        "name",
        "description",
        "duedate",
        "whocreated",
        "whencreated",
        "whomodified",
        "whenmodified",
    ),
    "assignmentcategoryassoc": ("assignmentcategoryassocid", "teachercategoryid", "isprimary"),
    "assignmentscore": (
        "assignmentscoreid",
        "assignmentsectionid",
        "studentsdcid",
        "scorepoints",
        "actualscoreentered",
        "whomodified",
        "whenmodified",
    ),
}


class Tokens:
    """The living tokens and when each dies."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def issue(self, seconds: int, alone: bool) -> str:
        """A new token; `alone` kills the earlier ones."""
        if alone:
            self._until.clear()
        token = secrets.token_hex(16)
        self._until[token] = time.monotonic() + seconds
        return token

    def holds(self, token: str) -> bool:
        """Whether this token lives."""
        return self._until.get(token, 0.0) > time.monotonic()

    def clear(self) -> None:
        """All tokens die."""
        self._until.clear()


class Turnstile:
    """One request of the plugin per interval; what comes earlier is refused and does not count."""

    def __init__(self) -> None:
        self._last = -math.inf

    def early(self, interval: float) -> float:
        """Seconds that are still to wait; 0 lets the request through."""
        now = time.monotonic()
        left = self._last + interval - now
        if interval > 0 and left > 0:
            return left
        self._last = now
        return 0.0


def guarded(state: PowerSchoolState, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """The handler behind token and pace, its refusals turned into answers."""

    async def answer(request: Request) -> Response:
        try:
            _admit(state, request)
            return await handler(state, request)
        except Refusal as refusal:
            return refusal.answer()

    return answer


def _admit(state: PowerSchoolState, request: Request) -> None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not state.tokens.holds(token):
        raise Refusal(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    left = state.turnstile.early(state.settings.pace_ms / 1000)
    if left:
        seconds = math.ceil(left)
        if state.settings.pace_answer == "429":
            raise Refusal(429, "Too Many Requests", headers={"Retry-After": str(seconds)})
        raise Refusal(403, TOO_EARLY.format(seconds=seconds))


def require_columns(state: PowerSchoolState, table: str, columns: Iterable[str]) -> None:
    """403 that names the first column that the plugin was not granted."""
    for column in columns:
        if f"{table}.{column}" in state.settings.missing_fields:
            raise Refusal(403, NO_FIELD.format(field=f"{table}.{column}"))


def require_gradebook(state: PowerSchoolState, *tables: str) -> None:
    """The same for all columns that a gradebook write touches."""
    for table in tables:
        named = {field.partition(".")[2] for field in state.settings.missing_fields if field.startswith(table + ".")}
        require_columns(state, table, [*GRADEBOOK[table], *sorted(named)])


def require_write(state: PowerSchoolState) -> None:
    """403 for a plugin that was granted the gradebook's columns with access="ViewOnly"."""
    if state.settings.rights == "view_only_field":
        raise Refusal(403, NO_FIELD.format(field="assignmentsection.name"))
    if state.settings.rights == "view_only":
        raise Refusal(403, NO_WRITE)


def token_endpoint(state: PowerSchoolState) -> Callable[[Request], Awaitable[Response]]:
    """POST /oauth/access_token: client credentials in Basic; `expires_in` comes as text."""

    async def answer(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("latin-1"))
        if form.get("grant_type") != ["client_credentials"]:
            return Json({"error": "unsupported_grant_type"}, 400)
        if _basic(request) != (state.settings.client_id, state.settings.client_secret):
            return Json({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        token = state.tokens.issue(state.settings.token_seconds, state.settings.new_token_revokes)
        return Json({"access_token": token, "token_type": "Bearer", "expires_in": str(state.settings.token_seconds - 1)})

    return answer


def _basic(request: Request) -> tuple[str, str]:
    kind, _, code = request.headers.get("authorization", "").partition(" ")
    try:
        login, _, secret = base64.b64decode(code if kind.lower() == "basic" else "", validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return login, secret
