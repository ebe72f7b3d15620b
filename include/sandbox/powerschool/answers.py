"""How the PowerSchool sandbox says no. The wordings stand here, so that the client's table of answers can be tested against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from include.sandbox.serving import Json

TEACHES = "User does not teach section {section} with permission EDIT"
GONE = "Unable to find com.pearson.powerschool.xte.model.AssignmentSection with id {entry}"
NO_FIELD = "No access to field {field}"
NO_WRITE = "Insufficient permission"
NOT_ASSIGNED = "Student.id [{student}] does not have an AssignmentStudentAssociation with assignment section {entry}"
TERM_LOCKED = "The reporting term is locked"
LOCKED = "The assignment is locked"
DUE_DATE = "Due date [{value}] is not within the section's term"
DUE_DATE_MISSING = "Due date is required"
POINTS = "Score entry points are required"
POINTS_MAX = "Score entry points times weight must not exceed 9999"
CATEGORY = "Teacher category id [{value}] is not valid for section {section}"
NAME_LONG = "Name must be between 1 and {limit} characters"
TWIN = "Assignment already exists with this name"
SCALE = "Actual score grade scale id is required for score [{value}]"
UPDATE_SCORES = "update_scores must be given when scores exist and the points or the score type change"
SAME = "All sections of the assignment must have the same {field}"
MISSING_RECORD = "Assignment update is missing a record: {what}"
RESUBMIT = "The scores were changed meanwhile. Resubmit."
HAS_SCORES = "The assignment has scores; use force to delete it"
TOO_EARLY = "Too many requests. Please wait {seconds} seconds before the next request."


class Refusal(Exception):  # noqa: N818  # it is an answer, not a fault of the program
    """An answer other than 2xx, raised from anywhere in a handler."""

    def __init__(self, status: int, message: str = "", errors: Sequence[Mapping[str, Any]] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors, self.headers = status, message, errors, dict(headers or {})

    def answer(self) -> Response:
        """As a response: without a message the body stays empty."""
        if not self.message:
            return Response(b"", self.status, self.headers)
        body: dict[str, Any] = {"message": self.message}
        return Json(body | ({"errors": list(self.errors)} if self.errors else {}), self.status, self.headers)


def bad(message: str) -> Refusal:
    """400: the request itself cannot be understood."""
    return Refusal(400, message)


def gone() -> Refusal:
    """404 without a body."""
    return Refusal(404)


def invalid(sentence: str, params: Mapping[str, Any] | None = None) -> Refusal:
    """409: validation. The sentence stands under `field`, the machine ids under `params` (powerschool-xte.md §9)."""
    return Refusal(409, "Validation failed", [{"field": sentence, "params": dict(params or {})}])
