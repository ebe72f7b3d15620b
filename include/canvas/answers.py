"""What Canvas's answers mean, as one table (reference: canvas-api.md §1.3, §1.4)."""

from __future__ import annotations

import requests

from include.canvas.throttle import throttled
from include.errors import SourceError
from include.http import Action
from include.json_text import UnreadableJsonError
from include.response_body import json_bytes_of, json_of

_NO_RIGHT = "unauthorized"  # status of "user not authorized to perform that action"; older Canvas says it with 401


def action(answer: requests.Response) -> Action:
    """Throttled: wait. Token refused: stop. A fault, or a page that is not JSON where JSON was due: again. All else: the caller's."""
    status = answer.status_code
    if throttled(answer):
        return Action.WAIT
    if status == 401:
        return Action.TAKE if no_right(answer) else Action.STOP
    if status >= 500 or (status == 200 and not _whole_json(answer)):
        return Action.RETRY
    return Action.TAKE


def no_right(answer: requests.Response) -> bool:
    """Whether the token is good but may not read this (403, or 401 with the body of a missing right)."""
    if answer.status_code == 403:
        return True
    return answer.status_code == 401 and "WWW-Authenticate" not in answer.headers and _body(answer).get("status") == _NO_RIGHT


def explain(answer: requests.Response) -> str:
    """The status and, where Canvas gives one in its usual shapes, its own words. They name rights and ids, never people."""
    told = words(answer)
    if not told and answer.status_code == 200:
        return f"HTTP 200 with a page that is not JSON{_flaw(answer)}"
    remedy = ". Create a new one in Canvas and enter it in the connection" if "access token" in told and answer.status_code == 401 else ""
    return f"HTTP {answer.status_code}{': ' + told if told else ''}{remedy}"


def words(answer: requests.Response) -> str:
    """Canvas's own sentence out of the shapes that its errors take; empty where there is none."""
    told = _body(answer)
    errors = told.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("message", ""))[:200]
    if isinstance(errors, dict):
        return "; ".join(f"{name}: {text}" for name, text in errors.items())[:200]
    return str(told.get("message") or told.get("error") or "")[:200]


def _body(answer: requests.Response) -> dict[str, object]:
    if answer.status_code == 200:
        return {}
    try:
        told = json_of(answer)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def body(answer: requests.Response) -> bytes:
    """The body of a 200 as strict JSON for the typed decoders: control characters, bytes that are not UTF-8, and NaN are made readable (I-7).

    SourceError says what is wrong with a body that cannot be made so.
    """
    try:
        return json_bytes_of(answer)
    except UnreadableJsonError as error:
        raise SourceError(f"Canvas returned a page that cannot be read: {error}") from error


def _flaw(answer: requests.Response) -> str:
    try:
        body(answer)
    except SourceError as error:
        return f" ({error})"
    return ""


def _whole_json(answer: requests.Response) -> bool:
    """A cheap look, before the real reading: a JSON list or object has its brackets (a login page or a cut body has not)."""
    text = answer.content.strip()
    return text[:1] + text[-1:] in (b"[]", b"{}")
