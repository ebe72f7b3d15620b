"""One request as the endpoints see it: the state, what was asked, by whose right, and the headers of the answer to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from include.sandbox.canvas.course import CourseStore, Row
from include.sandbox.canvas.errors import not_found
from include.sandbox.canvas.params import Params
from include.sandbox.canvas.state import CanvasState

SHARD = 10_000_000_000_000


@dataclass(frozen=True)
class Rights:
    """What a token's user may do: read (and write) SIS fields, read all grades, and manage assignments and grades."""

    sis: bool
    grades: bool
    manage: bool = True


@dataclass
class Call:
    """A request that passed the door."""

    state: CanvasState
    request: Request
    query: Params
    body: Params
    rights: Rights
    string_ids: bool
    headers: dict[str, str] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """An id in the path; `shard~local` names an object of another shard. 404 for anything else."""
        return number(self.request.path_params[name])

    def course(self) -> CourseStore:
        """The course that the path names, by id or by SIS id."""
        text = self.request.path_params["course"]
        found = (
            self.state.find_course(text.removeprefix("sis_course_id:")) if text.startswith("sis_course_id:") else self.state.courses.get(number(text))
        )
        if found is None or found.world.workflow_state == "deleted":
            raise not_found()
        return found

    def assignment(self, course: CourseStore) -> Row:
        """The assignment of the course that the path names."""
        found = course.live_assignments().get(self.number("assignment"))
        if found is None:
            raise not_found()
        return found

    def section(self) -> tuple[CourseStore, int]:
        """The section that the path names, by id or SIS id, with its course."""
        text = self.request.path_params["section"]
        if text.startswith("sis_section_id:"):
            wanted = text.removeprefix("sis_section_id:")
            ids = [int(one.id) for course in self.state.courses.values() for one in course.sections.values() if one.sis_id == wanted and wanted]
        else:
            ids = [number(text)]
        if not ids or ids[0] not in self.state.section_courses:
            raise not_found()
        return self.state.courses[self.state.section_courses[ids[0]]], ids[0]


def number(text: str) -> int:
    """A Canvas id as it stands in an address."""
    shard, tilde, local = text.partition("~")
    if tilde and shard.isdigit() and local.isdigit():
        return int(shard) * SHARD + int(local)
    if not text.isdigit():
        raise not_found()
    return int(text)


def shown(call: Call, value: Any) -> Any:
    """A row, or a list of rows, as this caller gets it: SIS fields only with the SIS right, ids as text if asked (§1.1, §1.5)."""
    if isinstance(value, list):
        return [shown(call, each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: _value(call, key, each) for key, each in value.items() if call.rights.sis or not is_sis_key(key)}


def is_sis_key(key: str) -> bool:
    """Whether a field is hidden from those without the SIS right."""
    return key.startswith("sis_") or key in ("integration_id", "integration_data")


def _value(call: Call, key: str, value: Any) -> Any:
    if isinstance(value, dict | list) and key not in ("integration_data", "student_ids"):
        return shown(call, value)
    if call.string_ids and (key == "id" or key.endswith("_id")) and isinstance(value, int):
        return str(value)
    if call.string_ids and key.endswith("_ids") and isinstance(value, list):
        return [str(each) for each in value]
    return value
