"""The rostering service: reads alone, each path with the scopes that open it (§8)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response

from include.sandbox.oneroster.bodies import Row
from include.sandbox.oneroster.errors import unknown
from include.sandbox.oneroster.gradebook import collection_answer, object_answer
from include.sandbox.oneroster.provider import Provider

Read = Callable[[Provider, Request, bytes], Response]
Choose = Callable[[Provider, Request], Iterable[Row]]

_CORE = frozenset({"roster-core.readonly", "roster.readonly"})
_NESTED = frozenset({"roster.readonly"})

# path -> (collection, which of its rows it shows)
_COLLECTIONS: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "orgs": ("orgs", lambda _: True),
    "schools": ("orgs", lambda row: row["type"] == "school"),
    "academicSessions": ("academicSessions", lambda _: True),
    "terms": ("academicSessions", lambda row: row["type"] == "term"),
    "gradingPeriods": ("academicSessions", lambda row: row["type"] == "gradingPeriod"),
    "courses": ("courses", lambda _: True),
    "classes": ("classes", lambda _: True),
    "users": ("users", lambda _: True),
    "students": ("users", lambda row: _role(row) == "student"),
    "teachers": ("users", lambda row: _role(row) == "teacher"),
    "enrollments": ("enrollments", lambda _: True),
}


def _role(row: Row) -> str:
    return str(row["role"] if "role" in row else row["roles"][0]["role"])


def _of(provider: Provider, path: str) -> list[Row]:
    collection, is_shown = _COLLECTIONS[path]
    rows = provider.roster.enrollments(provider.store) if collection == "enrollments" else provider.roster.rows[collection].values()
    return [row for row in rows if is_shown(row)]


def _list(path: str) -> Read:
    return lambda provider, request, _: collection_answer(provider, request, _COLLECTIONS[path][0], _of(provider, path))


def _one(path: str) -> Read:
    def read(provider: Provider, request: Request, _: bytes) -> Response:
        sourced_id, collection = request.path_params["id"], _COLLECTIONS[path][0]
        if collection == "enrollments":
            row = next((row for row in _of(provider, path) if row["sourcedId"] == sourced_id), None)
        else:
            found = provider.roster.rows[collection].get(sourced_id)
            row = found if found is not None and _COLLECTIONS[path][1](found) else None
        return object_answer(provider, request, collection, row, sourced_id)

    return read


def _nested(parent: str, collection: str, choose: Choose) -> Read:
    """A read below one object of another collection, which must exist."""

    def read(provider: Provider, request: Request, _: bytes) -> Response:
        sourced_id = request.path_params["p"]
        known = provider.roster.rows[_COLLECTIONS[parent][0]].get(sourced_id)
        if known is None or not _COLLECTIONS[parent][1](known):
            raise unknown(parent, sourced_id)
        return collection_answer(provider, request, collection, choose(provider, request))

    return read


def _classes_where(field: str) -> Choose:
    def choose(provider: Provider, request: Request) -> Iterable[Row]:
        wanted = request.path_params["p"]
        return [row for row in provider.roster.rows["classes"].values() if wanted == row[field] or (field == "terms" and wanted in row[field])]

    return choose


def _classes_of_user(provider: Provider, request: Request) -> Iterable[Row]:
    return provider.roster.classes_of(request.path_params["p"], provider.store)


def _class_users(role: str) -> Choose:
    return lambda provider, request: provider.roster.class_users(_class_id(provider, request), role, provider.store)


def _class_id(provider: Provider, request: Request) -> str:
    """The class of a path: below a school it must be one of that school's."""
    class_id: str = request.path_params.get("c", request.path_params["p"])
    row = provider.roster.rows["classes"].get(class_id)
    if row is None or ("c" in request.path_params and row["school"] != request.path_params["p"]):
        raise unknown("class", class_id)
    return class_id


def _class_enrollments(provider: Provider, request: Request) -> Iterable[Row]:
    return provider.roster.class_enrollments(_class_id(provider, request), provider.store)


def _school_enrollments(provider: Provider, request: Request) -> Iterable[Row]:
    return [row for row in provider.roster.enrollments(provider.store) if row["school"] == request.path_params["p"]]


def _school_users(role: str) -> Choose:
    def choose(provider: Provider, request: Request) -> Iterable[Row]:
        school = request.path_params["p"]
        return [row for row in _of(provider, f"{role}s") if school in row.get("orgs", [row.get("primaryOrg")])]

    return choose


def _school_terms(provider: Provider, request: Request) -> Iterable[Row]:
    used = {term for row in _classes_where("school")(provider, request) for term in row["terms"]}
    return [row for row in _of(provider, "terms") if row["sourcedId"] in used]


def _term_periods(provider: Provider, request: Request) -> Iterable[Row]:
    return [row for row in _of(provider, "gradingPeriods") if row["parent"] == request.path_params["p"]]


def _school_courses(provider: Provider, request: Request) -> Iterable[Row]:
    return [row for row in _of(provider, "courses") if row["org"] == request.path_params["p"]]


ROSTER_READS: list[tuple[str, frozenset[str], Read]] = [
    *((f"/{path}", _CORE, _list(path)) for path in _COLLECTIONS),
    *((f"/{path}/{{id}}", _CORE, _one(path)) for path in _COLLECTIONS),
    *((f"/{path}/{{p}}/classes", _NESTED, _nested(path, "classes", _classes_of_user)) for path in ("teachers", "students", "users")),
    ("/courses/{p}/classes", _NESTED, _nested("courses", "classes", _classes_where("course"))),
    ("/schools/{p}/classes", _NESTED, _nested("schools", "classes", _classes_where("school"))),
    ("/terms/{p}/classes", _NESTED, _nested("terms", "classes", _classes_where("terms"))),
    ("/terms/{p}/gradingPeriods", _NESTED, _nested("terms", "academicSessions", _term_periods)),
    ("/classes/{p}/students", _NESTED, _nested("classes", "users", _class_users("student"))),
    ("/classes/{p}/teachers", _NESTED, _nested("classes", "users", _class_users("teacher"))),
    ("/schools/{p}/courses", _NESTED, _nested("schools", "courses", _school_courses)),
    ("/schools/{p}/enrollments", _NESTED, _nested("schools", "enrollments", _school_enrollments)),
    ("/schools/{p}/students", _NESTED, _nested("schools", "users", _school_users("student"))),
    ("/schools/{p}/teachers", _NESTED, _nested("schools", "users", _school_users("teacher"))),
    ("/schools/{p}/terms", _NESTED, _nested("schools", "academicSessions", _school_terms)),
    ("/schools/{p}/classes/{c}/enrollments", _NESTED, _nested("schools", "enrollments", _class_enrollments)),
    ("/schools/{p}/classes/{c}/students", _NESTED, _nested("schools", "users", _class_users("student"))),
    ("/schools/{p}/classes/{c}/teachers", _NESTED, _nested("schools", "users", _class_users("teacher"))),
]
