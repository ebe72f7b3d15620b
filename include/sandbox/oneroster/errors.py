"""How a OneRoster provider says no: one exception, and its `imsx` status object per version and shape (oneroster-gradebook.md §7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

ErrorShape = Literal["plain", "wrapped", "list"]

# 1.1 has other minor codes than 1.2, where our handlers speak 1.2.
_MINORS_1_1: Mapping[str, str] = {
    "forbidden": "unauthorisedrequest",
    "invalid_filter_field": "invalid_selection_field",
    "internal_server_error": "targetreadfailure",
    "server_busy": "targetreadfailure",
}


class RefusedError(Exception):
    """A refusal: HTTP status, minor code (1.2's words) and a sentence for a person."""

    def __init__(self, status: int, minor: str, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.minor, self.sentence = status, minor, sentence


def invalid(sentence: str) -> RefusedError:
    """Well-formed but wrong: 422."""
    return RefusedError(422, "invaliddata", sentence)


def unknown(what: str, sourced_id: str) -> RefusedError:
    """No such object: 404."""
    return RefusedError(404, "unknownobject", f"Unknown object: there is no {what} with the sourcedId {sourced_id}")


def status_info(refused: RefusedError, version: str, shape: ErrorShape) -> dict[str, Any]:
    """The body for a refusal. `wrapped` and `list` are shapes met in the field, `plain` is the standard's."""
    minor = _MINORS_1_1.get(refused.minor, refused.minor) if version == "1.1" else refused.minor
    info: dict[str, Any] = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": refused.sentence,
        "imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}]},
    }
    if version == "1.1":
        info |= {"imsx_messageRefIdentifier": "0", "imsx_operationRefIdentifier": []}
    if shape == "wrapped":
        return {"imsx_StatusInfo": info}
    return {"statusInfoSet": [info]} if shape == "list" else info
