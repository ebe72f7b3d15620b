"""What a OneRoster server's answer means: status first, then its words (oneroster-gradebook.md §7, sis-error-codes.md §10).

Servers answer in the standard's shape, in older or odd ones, with HTML, or with nothing. The HTTP status is the truth unless the
body says `failure`; words decide only which reason code a refusal gets. Bodies are never logged, they echo student data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.response_body import json_of
from include.sis.contract import Outcome, Receipt
from include.sis.oneroster import error_text, fields

if TYPE_CHECKING:
    import requests

Words = Sequence[tuple[str, str]]
"""(pattern over the SIS's words, reason code), the first that fits decides."""

_WHOM = r"(class|student|user|line ?item|section)\b"

# Words that any server uses, tried after the SIS's own.
SHARED: Words = (
    (r"already exists|duplicate|same (name|title)|cannot be changed", "SIS-CONFLICT"),
    (r"\block", "SIS-CONFLICT"),
    (
        _WHOM + r".{0,80}(unknown|not found|does not exist|not (enrolled|scheduled|on the roster|in this))",
        "SIS-LINK-BROKEN",
    ),
    (r"\b(unknown|no|no such) " + _WHOM, "SIS-LINK-BROKEN"),
    (r"due ?date|assign ?date|score ?date|grading period|\bterm\b", "SIS-VALIDATION"),
    (r"title|\bname\b|too long|characters", "SIS-VALIDATION"),
    (r"category", "SIS-CATEGORY"),
    (r"points|result ?value|\bscore|text ?score|\bnumber", "SIS-VALIDATION"),
    (r"required|must (not )?(be|have)|not allowed|out of range", "SIS-VALIDATION"),
)
_BY_MINOR = {"unknownobject": "SIS-LINK-BROKEN", "linkfailure": "SIS-LINK-BROKEN", "deletefailure": "SIS-CONFLICT"}
_BY_STATUS = {404: "SIS-LINK-BROKEN", 409: "SIS-CONFLICT", 410: "SIS-LINK-BROKEN", 412: "SIS-CONFLICT"}
_NUMBER = r"\b(scores?|number|numeric|points?)\b"
_MISSING = r"required|missing|must (be|have)|needs?\b|\bnull\b|empty|blank|not (be )?(given|provided|present)|no (score|number|value)"
_MINOR_WORD = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, read: `readable` is false for a body that is there but is no JSON table; `flaw` says what is wrong with its JSON (I-8)."""

    status: int
    readable: bool
    failed: bool
    minor: str
    text: str
    body: dict[str, Any]
    flaw: str = ""

    @property
    def good(self) -> bool:
        """A confirmed success (§3.1: 200, 201 and 204 are all the same to us)."""
        return self.status in (200, 201, 202, 204) and self.readable and not self.failed

    @property
    def told(self) -> str:
        """The SIS's own words, or its status where it said nothing."""
        if self.readable or (self.text and self.status >= 400):
            return self.text or f"HTTP {self.status}, without a message"
        return self._bare() + (f": {self.text}" if self.text else "")

    @property
    def coded(self) -> str:
        """Its status and the standard's minor code, without the SIS's words: fit for logs (F-12)."""
        minor = f" ({self.minor})" if _MINOR_WORD.fullmatch(self.minor) else ""
        return f"HTTP {self.status}{minor}" if self.readable else self._bare()

    def _bare(self) -> str:
        flaw = f": {self.flaw}" if self.flaw else ""
        return f"HTTP {self.status}" if self.readable else f"HTTP {self.status} with a body that is not a OneRoster response{flaw}"


def read(answer: requests.Response) -> Said:
    """The answer in one shape, whichever it came in."""
    if not answer.content.strip():
        return Said(answer.status_code, True, False, "", "", {})
    try:
        body = json_of(answer)
    except ValueError as error:
        return Said(answer.status_code, False, False, "", error_text.of_page(answer.text), {}, str(error))
    if not isinstance(body, dict):
        return Said(answer.status_code, isinstance(body, list), False, "", error_text.of_list(body), {})
    info = _status_info(body)
    failed = str(info.get("imsx_codeMajor", "")).lower() in ("failure", "unsupported")
    return Said(answer.status_code, True, failed, _minor(info), error_text.of_table(info, body), body)


def refusal(key: str, said: Said, words: Words) -> Receipt:
    """The receipt of a row that the SIS did not take, or whose answer cannot be read."""
    if said.status < 300 and not said.readable:
        return Receipt(key, Outcome.UNKNOWN, code="SIS-UNREADABLE", message=said.told, status=said.status)
    return Receipt(key, Outcome.REFUSED, code=code_of(said, words), message=said.told, status=said.status)


def code_of(said: Said, words: Words) -> str:
    """The reason code of a refusal: the SIS's words, everybody's words, the standard's minor code, the status; else unknown."""
    for pattern, code in (*words, *SHARED) if said.text else ():
        if re.search(pattern, said.text, re.IGNORECASE):
            return code
    return _BY_MINOR.get(said.minor) or _BY_STATUS.get(said.status) or "SIS-UNKNOWN-ANSWER"


def wants_number(said: Said) -> bool:
    """Return whether the SIS complains that the number of a score is missing (R-19)."""
    return bool(re.search(_NUMBER, said.text, re.IGNORECASE) and re.search(_MISSING, said.text, re.IGNORECASE))


def wants_category(said: Said) -> bool:
    """Return whether the SIS complains that an assignment has no category (IC-15)."""
    return "categor" in said.text.lower()


def record(said: Said, name: str) -> dict[str, Any]:
    """The record that came back with a write, if one did; some servers wrap it in a list of one (§3.1)."""
    found = said.body.get(name)
    if isinstance(found, list):
        found = found[0] if found else None
    return found if isinstance(found, dict) else {}


def pairs(said: Said) -> dict[str, str]:
    """Supplied id → allocated id of a batch POST; their order says nothing (§3.3)."""
    found = said.body.get("sourcedIdPairs")
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    ids = [(fields.identifier(row.get("suppliedSourcedId")), fields.identifier(row.get("allocatedSourcedId"))) for row in rows]
    return {supplied: allocated for supplied, allocated in ids if supplied and allocated}


def _status_info(body: dict[str, Any]) -> dict[str, Any]:
    """The status object: at top level, under `imsx_StatusInfo`, or the first of `statusInfoSet`."""
    for key in ("imsx_StatusInfo", "statusInfo", "statusInfoSet"):
        inner = body.get(key)
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, dict):
            return inner
    return body


def _minor(info: dict[str, Any]) -> str:
    found = info.get("imsx_CodeMinor", info.get("imsx_codeMinor", ""))
    if isinstance(found, dict):
        fields = found.get("imsx_codeMinorField", [])
        fields = fields if isinstance(fields, list) else [fields]
        found = next((field.get("imsx_codeMinorFieldValue", "") for field in fields if isinstance(field, dict)), "")
    return str(found).lower()
