"""The sandbox Canvas as an application: its routes and its admin routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from include.sandbox import serving
from include.sandbox.canvas import accounts, assignments, authoring, grading, people, sis, submissions
from include.sandbox.canvas.admin import admin_routes
from include.sandbox.canvas.door import Door, Endpoint
from include.sandbox.canvas.errors import not_found
from include.sandbox.canvas.state import CanvasState
from include.sandbox.journal import Journal
from include.sandbox.world import District

_COURSE = "/api/v1/courses/{course}"
_ASSIGNMENT = _COURSE + "/assignments/{assignment}"
_SECTION = "/api/v1/sections/{section}"
_ACCOUNT = "/api/v1/accounts/{account}"
# Those that a token without rights may ask too.
_PUBLIC = ("/api/v1/users/self", "/api/v1/accounts")

_TABLE: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/api/v1/users/self", accounts.myself),
    ("GET", "/api/v1/accounts", accounts.accounts),
    ("GET", _ACCOUNT, accounts.account),
    ("GET", _ACCOUNT + "/sub_accounts", accounts.sub_accounts),
    ("GET", _ACCOUNT + "/terms", accounts.terms),
    ("GET", _ACCOUNT + "/courses", accounts.courses),
    ("GET", _ACCOUNT + "/grading_periods", people.grading_periods),
    ("GET", _COURSE, accounts.one_course),
    ("GET", _COURSE + "/sections", people.sections),
    ("GET", _COURSE + "/enrollments", people.course_enrollments),
    ("GET", _COURSE + "/search_users", people.search_users),
    ("GET", _COURSE + "/users", people.search_users),
    ("GET", _COURSE + "/grading_periods", people.grading_periods),
    ("GET", _COURSE + "/late_policy", people.late_policy),
    ("PATCH", _COURSE + "/late_policy", people.late_policy),
    ("GET", _COURSE + "/settings", people.settings),
    ("GET", _COURSE + "/assignment_groups", assignments.groups),
    ("POST", _COURSE + "/assignment_groups", authoring.new_group),
    ("PUT", _COURSE + "/assignment_groups/{group}", authoring.edit_group),
    ("GET", _COURSE + "/assignments", assignments.assignments),
    ("POST", _COURSE + "/assignments", authoring.new_assignment),
    ("GET", _ASSIGNMENT, assignments.one_assignment),
    ("PUT", _ASSIGNMENT, authoring.edit_assignment),
    ("DELETE", _ASSIGNMENT, authoring.delete_assignment),
    ("GET", _ASSIGNMENT + "/overrides", assignments.overrides),
    ("POST", _ASSIGNMENT + "/overrides", authoring.new_override),
    ("PUT", _ASSIGNMENT + "/overrides/{override}", authoring.edit_override),
    ("DELETE", _ASSIGNMENT + "/overrides/{override}", authoring.delete_override),
    ("GET", _ASSIGNMENT + "/submissions", submissions.of_assignment),
    ("GET", _ASSIGNMENT + "/submissions/{user}", submissions.one_submission),
    ("PUT", _ASSIGNMENT + "/submissions/{user}", grading.grade),
    ("GET", _COURSE + "/students/submissions", submissions.of_course),
    ("GET", _SECTION, people.one_section),
    ("GET", _SECTION + "/enrollments", people.section_enrollments),
    ("GET", _SECTION + "/students/submissions", submissions.of_section),
    ("GET", "/api/sis/accounts/{account}/assignments", sis.account_assignments),
    ("GET", "/api/sis/courses/{course}/assignments", sis.course_assignments),
    ("PUT", "/api/sis/courses/{course}/disable_post_to_sis", sis.disable_post_to_sis),
)


def canvas_app(district: District, journal: Journal) -> Starlette:
    """A Canvas that holds this district; `app.state.sandbox` is its CanvasState."""
    state = CanvasState(district, journal)
    door = Door(state)
    routes = [Route(path, door.handler(endpoint, path in _PUBLIC), methods=[method]) for method, path, endpoint in _TABLE]
    app = serving.build("canvas", routes, state, on_admin=admin_routes(state, door))
    app.add_exception_handler(404, _not_found)
    app.state.tells_time = True  # its Date header is its own clock's, as Canvas's is
    return app


async def _not_found(_: Request, __: Exception) -> serving.Json:
    return serving.Json(not_found().body, 404)
