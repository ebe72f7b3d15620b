"""A Canvas of a few lists, for tests of the client alone: it pages any list by Link, with the sandbox's faults and log."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import requests
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.connection import Connection
from include.sandbox.serving import Faults, LogEntry, RequestLog, Running, build, run_in_thread

Row = dict[str, Any]


class SmallCanvas:
    """Lists by path. `most` is the largest page, whatever is asked; `headers` go with every answer."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.log = RequestLog()
        self.reset()
        self.running: Running = run_in_thread(build("canvas", [Route("/api/v1/{path:path}", self.answer)], self))

    def snapshot(self) -> dict[str, object]:
        return dict(self.lists)

    def reset(self) -> None:
        self.most = 100
        self.lists: dict[str, list[Any]] = {}
        self.objects: dict[str, Any] = {"users/self": {"id": "1"}, "accounts/1": {"id": "1", "default_time_zone": "America/Denver"}}
        self.headers: dict[str, str] = {}
        self.accepts: set[str] = set()
        self.cookies: set[str] = set()
        self.faults.clear()
        self.log.clear()

    @property
    def url(self) -> str:
        return self.running.url

    def connection(self, **extra: object) -> Connection:
        return Connection("canvas_test", self.url, password="token", extra={"first_delay": 0.01, "tries": 3, **extra})

    def course(self, course_id: str, **lists: list[Row]) -> None:
        """A course whose lists are given; those that are not are empty."""
        for name in ("assignment_groups", "assignments", "sections", "enrollments", "students_submissions"):
            self.lists[f"courses/{course_id}/{name.replace('students_', 'students/')}"] = lists.get(name, [])

    def paths(self) -> list[str]:
        return [entry.path.removeprefix("/api/v1/") for entry in self.requests()]

    def requests(self) -> list[LogEntry]:
        requests.get(f"{self.url}/_sandbox/health", timeout=5)  # after this the entry of the last answer is there
        return self.log.entries()

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.accepts.add(request.headers["accept"])
        self.cookies |= set(request.cookies)
        if request.headers.get("authorization") != "Bearer token":
            refusal = {"errors": [{"message": "Invalid access token."}]}
            return self._json(refusal, 401, {"WWW-Authenticate": "Bearer"})
        if path in self.objects:
            return self._json(self.objects[path])
        if path not in self.lists:
            return self._json({"errors": [{"message": "The specified resource does not exist."}]}, 404)
        return self._page(request, path)

    def _page(self, request: Request, path: str) -> Response:
        pairs = parse_qsl(request.url.query)
        asked = dict(pairs)
        rows, start = self.lists[path], int(asked.get("page", "0"))
        grouped = path.endswith("students/submissions") and "grouped" in asked
        if grouped:
            users = list(dict.fromkeys(row["user_id"] for row in rows))
            rows = [{"user_id": user, "section_id": "1", "submissions": [row for row in rows if row["user_id"] == user]} for user in users]
        size = min(self.most, int(asked.get("per_page", "10")))
        links = {"first": f"{self.url}/api/v1/{path}?page=0"}
        if start + size < len(rows):
            kept = [(name, value) for name, value in pairs if name != "page"]
            links["next"] = f"{self.url}/api/v1/{path}?{urlencode([*kept, ('page', str(start + size))])}"
        told = ",".join(f'<{url}>; rel="{rel}"' for rel, url in links.items())
        return self._json(rows[start : start + size], 200, {"Link": told})

    def _json(self, body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        return Response(json.dumps(body), status, {**self.headers, **(headers or {})}, "application/json")


def assignment(number: str, **values: Any) -> Row:
    return {
        "id": number,
        "name": f"Assignment {number}",
        "points_possible": 10.0,
        "grading_type": "points",
        "published": True,
        "post_to_sis": True,
        "due_at": None,
        "assignment_group_id": "33",
        "has_overrides": False,
        "overrides": [],
        **values,
    }


def submission(assignment_id: str, user_id: str, score: object, **values: Any) -> Row:
    flags = {"excused": False, "late": False, "missing": False}
    return {"assignment_id": assignment_id, "user_id": user_id, "score": score, **flags, **values}


def enrollment(user_id: str, section_id: str = "9001", **values: Any) -> Row:
    return {
        "id": f"e{user_id}",
        "user_id": user_id,
        "course_section_id": section_id,
        "type": "StudentEnrollment",
        "enrollment_state": "active",
        "sis_user_id": f"STU{user_id}",
        "user": {"id": user_id, "sortable_name": f"Family {user_id}, Given"},
        **values,
    }


def section(number: str = "9001", **values: Any) -> Row:
    return {"id": number, "name": f"Section {number}", "sis_section_id": f"S-{number}", "nonxlist_course_id": None, **values}


def group(*assignments: Row, **values: Any) -> Row:
    return {"id": "33", "name": "Homework", "integration_data": {}, "assignments": list(assignments), **values}


def course_row(number: str, **values: Any) -> Row:
    return {
        "id": number,
        "name": f"Course {number}",
        "sis_course_id": f"C-{number}",
        "workflow_state": "available",
        "time_zone": "America/New_York",
        **values,
    }
