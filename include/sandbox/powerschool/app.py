"""The PowerSchool sandbox as one application: its routes, and its own admin routes `settings`, `teacher`, `save`, and `restore`."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from include.sandbox.powerschool import assignments, categories, resources, scores, tables
from include.sandbox.powerschool.access import Handler, guarded, token_endpoint
from include.sandbox.powerschool.settings import Settings
from include.sandbox.powerschool.state import PowerSchoolState
from include.sandbox.powerschool.teacher import act
from include.sandbox.serving import Journal, build
from include.sandbox.world import District

_ASSIGNMENT = "/ws/xte/section/assignment"
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/ws/v1/metadata", resources.metadata),
    ("GET", "/ws/v1/district", resources.district),
    ("GET", "/ws/v1/district/school", resources.schools),
    ("GET", "/ws/v1/district/student", resources.students),
    ("GET", "/ws/v1/school/{id:int}/{kind}", resources.of_school),
    ("GET", "/ws/v1/section/{id:int}", resources.section),
    ("GET", "/ws/v1/section/{id:int}/section_enrollment", resources.enrolments),
    ("GET", "/ws/v1/staff/{id:int}", resources.staff),
    ("GET", "/ws/v1/term/{id:int}", resources.term),
    ("GET", "/ws/v1/student/{id:int}", resources.student),
    ("GET", "/ws/schema/table/{name}", tables.table),
    ("GET", "/ws/schema/table/{name}/{row}", tables.table),
    ("GET", "/ws/xte/teacher_category", categories.teacher_categories),
    ("GET", _ASSIGNMENT, assignments.listed),
    ("POST", _ASSIGNMENT, assignments.create),
    ("GET", _ASSIGNMENT + "/{id:int}", assignments.one),
    ("PUT", _ASSIGNMENT + "/{id:int}", assignments.replace),
    ("DELETE", _ASSIGNMENT + "/{id:int}", assignments.delete),
    ("DELETE", "/ws/xte/assignment_section/students", assignments.unassign),
    ("PUT", "/ws/xte/score", scores.put),
)


def powerschool_app(district: District, journal: Journal | None = None, settings: Settings | None = None) -> Starlette:
    """A PowerSchool server with this district's PowerSchool target; its state is at `app.state.sandbox`."""
    state = PowerSchoolState(district, journal or Journal(None), settings or Settings())

    async def change_settings(request: Request) -> object:
        if request.method in ("PUT", "POST"):
            state.settings.change(await request.json())
        return state.settings.model_dump(mode="json")

    async def save(request: Request) -> object:
        state.save(str((await request.json())["name"]))
        return {"status": "ok"}

    async def restore(request: Request) -> object:
        state.restore(str((await request.json())["name"]))
        return {"status": "ok"}

    async def teacher(request: Request) -> object:
        return await act(state, request)

    routes = [Route(path + slash, guarded(state, handler), methods=[method]) for method, path, handler in _ROUTES for slash in ("", "/")]
    routes += [Route("/oauth/access_token" + slash, token_endpoint(state), methods=["POST"]) for slash in ("", "/")]
    return build(
        "powerschool", routes, state, on_admin={"settings": change_settings, "teacher": teacher, "save": save, "restore": restore}, is_write=_is_write
    )


def _is_write(method: str, path: str) -> bool:
    return method != "GET" and not path.startswith("/oauth/")
