"""What PowerSchool's answers mean: to the HTTP layer (wait, renew, stop), and as reason codes (powerschool-xte.md §9, sis-error-codes.md §1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import requests

from include.http import Action, by_status
from include.pace import retry_after, sane_wait
from include.response_body import json_of, start_of

_RATE = re.compile(r"too many requests|rate limit", re.IGNORECASE)
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:s|sec|second)", re.IGNORECASE)
_FIELD = re.compile(r"(?:access to|rights? (?:to|for)|permission (?:to|for)) field[^a-z_]*([a-z_]+\.[a-z_]+)", re.IGNORECASE)
_COLUMN = re.compile(
    r"(?:invalid|unknown|no such|not a valid|unrecognized) (?:column|field)"
    r"|(?:column|field)\b.{0,60}(?:does not exist|not found|is not valid|is invalid)",
    re.IGNORECASE,
)
_GONE = re.compile(r"unable to find\b.*assignmentsection", re.IGNORECASE | re.DOTALL)
_STUDENT = re.compile(r"student\.id\s*\[(\d+)\]", re.IGNORECASE)

# First match wins: status (0: any), words, code.
_CODES: tuple[tuple[int, str, str], ...] = (
    (403, r"does not teach", "PS-403-TEACHER"),
    (403, r"", "SIS-FORBIDDEN"),
    (404, r"", "PS-404-NOT-FOUND"),
    (409, r"does not have an assignmentstudentassociation", "PS-409-NOT-ASSIGNED"),
    (409, r"term\b.*\blocked|locked\b.*\bterm", "PS-409-TERM-LOCKED"),
    (409, r"\blocked", "PS-409-LOCKED"),
    (409, r"already exists", "PS-ALREADY-EXISTS"),
    (409, r"grade ?scale", "PS-409-SCALE"),
    (409, r"due ?date", "PS-409-DUE-DATE"),
    (409, r"teacher ?category", "PS-409-CATEGORY"),
    (409, r"score ?entry ?points?", "PS-409-POINTS"),
    (409, r"\bstudent", "PS-409-STUDENT"),
    (409, r"\bname\b", "SIS-VALIDATION"),
    (412, r"missing.*record", "PS-412-MISSING-RECORD"),
    (412, r"has scores|scores exist", "PS-412-HAS-SCORES"),
    (412, r"resubmit", "PS-412-RESUBMIT"),
    (500, r"unable to find\b.*assignmentsection", "PS-500-GONE"),
    (400, r"create assignment", "PS-400-CREATE"),
    (400, r"", "SIS-VALIDATION"),
)
_OF_ALL = frozenset({"PS-409-TERM-LOCKED", "PS-409-LOCKED", "PS-403-TEACHER", "PS-500-GONE", "PS-412-RESUBMIT"})


def action(answer: requests.Response) -> Action:
    """403 has three meanings, and one 500 is no fault of the server: the rest is as everywhere."""
    if answer.status_code == 403:
        words = _words(answer)
        if _RATE.search(words):
            return Action.WAIT
        return Action.STOP if _FIELD.search(words) else Action.TAKE
    if answer.status_code == 500 and _GONE.search(_words(answer)):
        return Action.TAKE
    return by_status(answer)


def seconds_to_wait(answer: requests.Response) -> float | None:
    """Retry-After, else the seconds that the message names (§3)."""
    named = _SECONDS.search(_words(answer)) if answer.status_code == 403 else None
    return retry_after(answer) if named is None else sane_wait(float(named.group(1)))


def explain(answer: requests.Response) -> str:
    """A sentence for errors that stop the connection: which right, or which status."""
    field = refused_field(answer)
    if field and answer.request is not None and answer.request.method != "GET":
        remedy = 'Install the plugin version that requests access="FullAccess" to it, and enable it again'
        return f"the plugin does not have permission to write {field}. {remedy}"
    if field:
        return f"the plugin does not have permission to read {field}. Install the plugin version that requests it"
    if answer.status_code == 401:
        return f"HTTP 401, the token was rejected ({answer.headers.get('WWW-Authenticate', 'no reason given')[:80]})"
    return f"HTTP {answer.status_code}"


def refused_field(answer: requests.Response) -> str:
    """The `table.column` that a 403 names; empty if it names none."""
    found = _FIELD.search(_words(answer)) if answer.status_code == 403 else None
    return found.group(1).lower() if found else ""


def names_a_column(answer: requests.Response) -> bool:
    """Whether a 400 says that a table has no such column."""
    return answer.status_code == 400 and bool(_COLUMN.search(_words(answer)))


def named_column(answer: requests.Response, columns: Iterable[str]) -> str:
    """The one of these columns that the words of a 400 name; empty where they name none."""
    said = set(re.findall(r"[a-z_]+", words(answer).lower()))
    return next((column for column in columns if column in said), "")


def sentence(answer: requests.Response) -> str:
    """PowerSchool's own words: the sentences under `errors`, else the message, else the status."""
    return words(answer) or f"HTTP {answer.status_code}, without a message"


def words(answer: requests.Response) -> str:
    """As `sentence`; empty where PowerSchool said nothing."""
    body = _body(answer)
    told = [str(error["field"]) for error in errors_in(body) if error.get("field")]
    return ("; ".join(dict.fromkeys(told)) or str(body.get("message") or ""))[:500]


def is_readable(answer: requests.Response) -> bool:
    """Whether PowerSchool itself answered, with nothing or with JSON: a page of a proxy says neither yes nor no (invariant 3)."""
    if not answer.content.strip():
        return True
    try:
        json_of(answer)
    except ValueError:
        return False
    return True


def code_of(answer: requests.Response) -> str:
    """The reason code; SIS-UNKNOWN-ANSWER for words that the table does not have."""
    return _code(answer.status_code, f"{sentence(answer)} {_body(answer).get('message', '')}")


def is_about_all(answer: requests.Response) -> bool:
    """Whether a refusal of many scores is about their assignment, so that no part of them can pass."""
    return code_of(answer) in _OF_ALL


def named_students(answer: requests.Response) -> dict[int, tuple[str, str]]:
    """Students whom a 409 names, by STUDENTS.DCID: (code, words). The machine id stands in `params`, else in the sentence (§9)."""
    found: dict[int, tuple[str, str]] = {}
    for error in errors_in(_body(answer)):
        words, params = str(error.get("field") or ""), error.get("params")
        number = str(params.get("student_dcid") or "") if isinstance(params, dict) else ""
        match = _STUDENT.search(words)
        number = number or (match.group(1) if match else "")
        if number.isdigit():
            found[int(number)] = (_code(answer.status_code, words), words)
    return found


def errors_in(body: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """The entries of `errors` that can be read."""
    entries = body.get("errors")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _code(status: int, words: str) -> str:
    return next((code for at, pattern, code in _CODES if at == status and re.search(pattern, words, re.IGNORECASE | re.DOTALL)), "SIS-UNKNOWN-ANSWER")


def _body(answer: requests.Response) -> dict[str, Any]:
    try:
        body = json_of(answer)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _words(answer: requests.Response) -> str:
    return start_of(answer)
