"""The routes of one provider: which paths its version has, which scopes they need, and the guard before all of them (§2, §3, §8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from include.sandbox.oneroster import errors, gradebook, oddities, teacher
from include.sandbox.oneroster.backups import Backups
from include.sandbox.oneroster.errors import RefusedError, unknown
from include.sandbox.oneroster.gradebook import answer, collection_answer, object_answer
from include.sandbox.oneroster.provider import Provider
from include.sandbox.oneroster.rostering import ROSTER_READS
from include.sandbox.oneroster.traits import VendorTraits
from include.sandbox.serving import Journal, build
from include.sandbox.world import District

Handler = Callable[[Provider, Request, bytes], Response]

_CORE = frozenset({"gradebook-core.readonly", "gradebook.readonly"})
_NESTED = frozenset({"gradebook.readonly"})
_PUT = frozenset({"gradebook.createput"})
_POST = frozenset({"gradebook.createpost"})
_DELETE = frozenset({"gradebook.delete"})
_VENDOR_HEADER = "x-vendor-authorization"


@dataclass(frozen=True)
class Operation:
    """One operation: method, path below its service, the scopes of which one is needed, and who answers."""

    method: str
    path: str
    scopes: frozenset[str]
    handler: Handler
    is_gradebook: bool = True


def oneroster_app(district: District, traits: VendorTraits, journal: Journal, target: str = "") -> Starlette:
    """The application of one provider. `target` says whose share of the district it serves where the traits are no target's own."""
    provider = Provider(district, traits, journal, target or traits.target)
    routes = [_route(provider, operation) for operation in _operations(traits)]
    routes.append(Route(traits.token_path, _token(provider), methods=["POST"]))
    routes.append(Route("/{path:path}", _no_such_path(provider), methods=["GET", "PUT", "POST", "DELETE", "PATCH"]))
    admin = {"teacher": teacher.handler(provider), "tokens": _token_settings(provider), "move": teacher.move_handler(provider)}
    admin |= {"oddities": oddities.handler(provider.oddities), **Backups(provider).routes()}
    return build(traits.target, routes, provider, on_admin=admin)


def _operations(traits: VendorTraits) -> list[Operation]:
    reads = [Operation("GET", path, scopes, handler, False) for path, scopes, handler in ROSTER_READS]
    kinds = ["categories", "lineItems", "results"] + (["scoreScales"] if traits.version == "1.2" else [])
    singles = [operation for kind in kinds for operation in _single_operations(kind, traits)]
    return reads + singles + _class_reads(traits) + (_batches() if traits.batch_post else [])


def _single_operations(kind: str, traits: VendorTraits) -> list[Operation]:
    found = [
        Operation("GET", f"/{kind}", _CORE, lambda p, r, _: collection_answer(p, r, kind, gradebook.rows(p, kind))),
        Operation("GET", f"/{kind}/{{id}}", _CORE, lambda p, r, _: _one(p, r, kind)),
        Operation("PUT", f"/{kind}/{{id}}", _PUT, lambda p, r, body: gradebook.put(p, r, body, kind)),
        Operation("DELETE", f"/{kind}/{{id}}", _DELETE, lambda p, r, _: gradebook.delete(p, r, kind)),
    ]
    if traits.id_mode == "modified" and kind in ("lineItems", "results"):
        found.append(Operation("PUT", f"/{kind}", _PUT, lambda p, r, body: gradebook.put(p, r, body, kind)))
    return found


def _one(provider: Provider, request: Request, kind: str) -> Response:
    sourced_id = request.path_params["id"]
    row = provider.store.rows[kind].get(sourced_id)
    return object_answer(provider, request, kind, row if row is not None and gradebook.is_listed(provider, row) else None, sourced_id)


def _class_reads(traits: VendorTraits) -> list[Operation]:
    found = [
        Operation("GET", "/classes/{c}/lineItems", _NESTED, _class_line_items),
        Operation("GET", "/classes/{c}/results", _NESTED, lambda p, r, _: collection_answer(p, r, "results", p.store.class_results(_class_id(p, r)))),
        Operation("GET", "/classes/{c}/lineItems/{li}/results", _NESTED, _line_item_results),
        Operation("GET", "/classes/{c}/students/{s}/results", _NESTED, _student_results),
    ]
    if traits.version == "1.1":
        found.append(Operation("GET", "/classes/{c}/lineitems", _NESTED, _class_line_items))  # as one generated client asks
    if traits.version == "1.2" or traits.class_categories:
        found.append(Operation("GET", "/classes/{c}/categories", _NESTED, _class_categories))
    if traits.version == "1.2":
        found.append(Operation("GET", "/classes/{c}/scoreScales", _NESTED, _class_scales))
        found.append(Operation("GET", "/schools/{o}/scoreScales", _NESTED, _school_scales))
    return found


def _class_id(provider: Provider, request: Request) -> str:
    class_id: str = request.path_params["c"]
    if class_id not in provider.roster.courses_by_class:
        raise unknown("class", class_id)
    return class_id


def _class_line_items(provider: Provider, request: Request, _: bytes) -> Response:
    return collection_answer(provider, request, "lineItems", provider.store.line_items(_class_id(provider, request)))


def _line_item_results(provider: Provider, request: Request, _: bytes) -> Response:
    class_id, line_item = _class_id(provider, request), request.path_params["li"]
    if provider.store.rows["lineItems"].get(line_item, {}).get("class") != class_id:
        raise unknown("lineItem", line_item)
    return collection_answer(provider, request, "results", provider.store.results(line_item))


def _student_results(provider: Provider, request: Request, _: bytes) -> Response:
    class_id, student = _class_id(provider, request), request.path_params["s"]
    if student not in provider.roster.student_ids:
        raise unknown("student", student)
    return collection_answer(provider, request, "results", [row for row in provider.store.class_results(class_id) if row["student"] == student])


def _class_categories(provider: Provider, request: Request, _: bytes) -> Response:
    rows = [row for row in provider.store.categories(_class_id(provider, request)) if gradebook.is_listed(provider, row)]
    return collection_answer(provider, request, "categories", rows)


def _class_scales(provider: Provider, request: Request, _: bytes) -> Response:
    class_id = _class_id(provider, request)
    return collection_answer(provider, request, "scoreScales", [row for row in gradebook.rows(provider, "scoreScales") if row["class"] == class_id])


def _school_id(provider: Provider, request: Request) -> str:
    school: str = request.path_params["o"]
    if school not in provider.roster.rows["orgs"]:
        raise unknown("school", school)
    return school


def _school_scales(provider: Provider, request: Request, _: bytes) -> Response:
    school, classes = _school_id(provider, request), provider.roster.rows["classes"]
    scales = [row for row in gradebook.rows(provider, "scoreScales") if classes[row["class"]]["school"] == school]
    return collection_answer(provider, request, "scoreScales", scales)


def _batches() -> list[Operation]:
    return [
        Operation("POST", "/classes/{c}/lineItems", _POST, lambda p, r, b: gradebook.post_batch(p, r, b, "lineItems", {"class": _class_id(p, r)})),
        Operation("POST", "/schools/{o}/lineItems", _POST, lambda p, r, b: gradebook.post_batch(p, r, b, "lineItems", {"school": _school_id(p, r)})),
        Operation("POST", "/lineItems/{li}/results", _POST, _post_results),
        Operation("POST", "/classes/{c}/academicSessions/{t}/results", _POST, _post_session_results),
    ]


def _post_results(provider: Provider, request: Request, body: bytes) -> Response:
    line_item = request.path_params["li"]
    if line_item not in provider.store.rows["lineItems"]:
        raise provider.traits.refuse("line_item_unknown", line_item)
    return gradebook.post_batch(provider, request, body, "results", {"lineItem": line_item})


def _post_session_results(provider: Provider, request: Request, body: bytes) -> Response:
    if request.path_params["t"] not in provider.roster.rows["academicSessions"]:
        raise unknown("academicSession", request.path_params["t"])
    return gradebook.post_batch(provider, request, body, "results", {"class": _class_id(provider, request)})


def _route(provider: Provider, operation: Operation) -> Route:
    traits = provider.traits
    base = traits.gradebook_path if operation.is_gradebook else traits.rostering_path

    async def endpoint(request: Request) -> Response:
        body = await request.body()  # also of a GET: some clients send one
        try:
            _guard(provider, request, operation)
            return operation.handler(provider, request, body)
        except RefusedError as refused:
            return _refusal(provider, refused)

    return Route(base + operation.path, endpoint, methods=[operation.method])


def _guard(provider: Provider, request: Request, operation: Operation) -> None:
    provider.tokens.check(request.method, str(request.url), request.headers.get("authorization", ""), operation.scopes)
    if operation.is_gradebook and provider.traits.vendor_key and request.headers.get(_VENDOR_HEADER) != provider.traits.vendor_key:
        raise provider.traits.refuse("vendor_header")


def _refusal(provider: Provider, refused: RefusedError) -> Response:
    if provider.oddities.problem_json:
        return answer(oddities.problem(refused), refused.status, media_type="application/problem+json")
    more: Mapping[str, str] | None = {"WWW-Authenticate": 'Bearer realm="oneroster"'} if refused.status == 401 else None
    return answer(errors.status_info(refused, provider.traits.version, provider.traits.error_shape), refused.status, more)


def _token(provider: Provider) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        status, content = provider.tokens.issue(request.headers.get("authorization", ""), await request.body())
        return answer(content, status, {"Cache-Control": "no-store"})

    return endpoint


def _no_such_path(provider: Provider) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        await request.body()
        return _refusal(provider, RefusedError(404, "unknownobject", "Unknown object: there is no such endpoint"))

    return endpoint


def _token_settings(provider: Provider) -> Callable[[Request], Awaitable[object]]:
    async def endpoint(request: Request) -> object:
        if request.method == "PUT":
            provider.tokens.seconds = int((await request.json())["expires_in"])
        if request.method == "DELETE":
            provider.expire_tokens()
        return {"expires_in": provider.tokens.seconds}

    return endpoint
