"""The 1.2 provider against 1EdTech's own OpenAPI documents, which lie beside the repository, never in it; skipped without them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_schema_validator import OAS30Validator
from schemathesis.checks import content_type_conformance, not_a_server_error, response_schema_conformance

from include.sandbox.oneroster import TRAITS, standard
from include.sandbox.oneroster.bodies import row
from include.sandbox.oneroster.errors import RefusedError
from tests.sandbox.oneroster_client import Sis, base, serve

DOCUMENTS = Path(__file__).resolve().parents[3] / "shared" / "reference" / "oneroster"
FILES = {"gradebook": "onerosterv1p2gradebookservice_openapi3_v1p0.json", "rostering": "onerosterv1p2rostersservice_openapi3_v1p0.json"}
LEFT_OUT = ("ssessment", "/demographics")  # another profile, and data that a grade sync must not touch

MISSING = "1EdTech's OpenAPI documents are not in ../shared/reference/oneroster, where they are to be put from 1EdTech's site"
pytestmark = pytest.mark.skipif(not DOCUMENTS.exists(), reason=MISSING)


def document(service: str) -> dict[str, Any]:
    path = DOCUMENTS / FILES[service]
    return json.loads(path.read_text()) if path.exists() else {"paths": {}}


OFFICIAL = {service: document(service) for service in FILES}
OPERATIONS = [
    (service, path, method)
    for service, told in OFFICIAL.items()
    for path, methods in told["paths"].items()
    for method in methods
    if not any(word in path for word in LEFT_OUT)
]


def problems(service: str, schema: dict[str, Any], content: object) -> list[str]:
    """Where the content breaks a schema of the service's document."""
    whole = {**schema, "components": OFFICIAL[service]["components"]}
    return [
        f"{list(error.absolute_path)}: {error.message}"
        for error in OAS30Validator(whole, format_checker=OAS30Validator.FORMAT_CHECKER).iter_errors(content)
    ]


def answer_schema(service: str, path: str, method: str, status: int) -> dict[str, Any]:
    """The schema that the document gives for an answer; an empty one where it gives none."""
    responses = OFFICIAL[service]["paths"][path][method]["responses"]
    content = responses.get(str(status), responses["default"]).get("content", {})
    return content.get("application/json", {}).get("schema", {})


@pytest.fixture(scope="module", params=["strict", "infinite_campus"])
def sis(request: pytest.FixtureRequest) -> Iterator[Sis]:
    with serve(TRAITS.get(request.param) or standard("1.2", strict=True)) as running:
        fill(running)
        yield running


def fill(sis: Sis) -> None:
    """One of everything, with every field."""
    values = [{"itemValueLHS": "0 - 10", "itemValueRHS": "ok"}]
    scale = {**base("scale"), "title": "Marks", "type": "grade", "class": sis.link("class", sis.klass), "scoreScaleValue": values}
    assert sis.put("scoreScale", scale).status_code == 201
    objectives = [{"source": "case", "learningObjectiveIds": ["lo-1"]}]
    scores = [{"source": "unknown", "learningObjectiveResults": [{"learningObjectiveId": "lo-1", "score": 1.5}]}]
    assert sis.put_item(description="On rivers", scoreScale=sis.link("scoreScale", "scale"), learningObjectiveSet=objectives).status_code == 201
    assert sis.put_result(late="true", missing="false", comment="", textScore="B", learningObjectiveSet=scores).status_code == 201
    sis.provider.move_student(sis.students[-1], sis.klass, "")


def ids(sis: Sis, path: str) -> dict[str, str]:
    """An id for every name in a path."""
    term = sis.provider.roster.rows["classes"][sis.klass]["terms"][0]
    known = {"classSourcedId": sis.klass, "schoolSourcedId": sis.school, "studentSourcedId": sis.students[0], "lineItemSourcedId": "gs-essay"}
    known |= {"academicSessionSourcedId": term, "termSourcedId": term, "userSourcedId": sis.students[0]}
    known["teacherSourcedId"] = sis.provider.roster.teacher_of[sis.klass]
    known["courseSourcedId"] = sis.provider.roster.rows["classes"][sis.klass]["course"]
    first = path.split("/")[1]
    own = {"categories": sis.category, "lineItems": "gs-essay", "results": "gs-essay-a", "scoreScales": "scale", "classes": sis.klass}
    own |= {"schools": sis.school, "orgs": sis.school, "students": sis.students[0], "users": sis.students[0], "terms": term, "academicSessions": term}
    own |= {"teachers": known["teacherSourcedId"], "courses": known["courseSourcedId"], "gradingPeriods": f"{term}-p1"}
    own["enrollments"] = f"e-{sis.klass}-{sis.students[0]}"
    return {**known, "sourcedId": own.get(first, "")}


@pytest.mark.parametrize(("service", "path"), [(service, path) for service, path, method in OPERATIONS if method == "get"])
def test_every_read_answers_as_the_official_document_says(sis: Sis, service: str, path: str) -> None:
    below = sis.gradebook if service == "gradebook" else sis.roster
    where = below + path.format_map(ids(sis, path))
    answer = sis.http.get(where, params={"limit": 10_000})
    assert answer.status_code == 200, answer.text
    assert problems(service, answer_schema(service, path, "get", 200), answer.json()) == []
    if "sourcedId}" not in path:
        rows = next(iter(answer.json().values()))
        assert rows
        assert answer.headers["X-Total-Count"] == str(len(rows))


def in_1_1(components: dict[str, Any]) -> dict[str, Any]:
    """The same schemas as OneRoster 1.1 has them: a line item has no school, a user one role and orgs (oneroster-gradebook.md §9)."""
    old = copy.deepcopy(components)
    item, user = old["schemas"].get("LineItemDType"), old["schemas"].get("UserDType")
    if item:
        item["required"].remove("school")
    if user:
        user["required"].remove("roles")
        user["properties"] |= {"role": {"type": "string"}, "orgs": {"type": "array", "items": user["properties"]["primaryOrg"]}}
    return old


@pytest.fixture(scope="module", params=[name for name, traits in TRAITS.items() if traits.version == "1.1"])
def old_sis(request: pytest.FixtureRequest) -> Iterator[Sis]:
    with serve(request.param) as running:
        assert running.put_item(description="On rivers").status_code == 201
        assert running.put_result().status_code == 201
        yield running


OLD_READS = [(service, path) for service, path, method in OPERATIONS if method == "get" and "coreScales" not in path and path[-12:] != "}/categories"]


@pytest.mark.parametrize(("service", "path"), OLD_READS)
def test_every_read_of_a_1_1_sis_answers_as_the_official_document_says_but_for_the_known_differences(old_sis: Sis, service: str, path: str) -> None:
    below = old_sis.gradebook if service == "gradebook" else old_sis.roster
    answer = old_sis.http.get(below + path.format_map(ids(old_sis, path)), params={"limit": 200})
    assert answer.status_code == 200, answer.text
    schema = answer_schema(service, path, "get", 200) | {"components": in_1_1(OFFICIAL[service]["components"])}
    found = OAS30Validator(schema, format_checker=OAS30Validator.FORMAT_CHECKER).iter_errors(answer.json())
    assert [f"{list(error.absolute_path)}: {error.message}" for error in found] == []


@pytest.mark.parametrize(("service", "path"), [(service, path) for service, path, method in OPERATIONS if method == "get"])
def test_every_refusal_of_a_read_answers_as_the_official_document_says(sis: Sis, service: str, path: str) -> None:
    below = sis.gradebook if service == "gradebook" else sis.roster
    unknown = dict.fromkeys(ids(sis, path), "none")
    asked = [
        (path.format_map(ids(sis, path)), {"fields": "nothing"}, {}, 400),
        (path.format_map(ids(sis, path)), {}, {"Authorization": "Bearer dead"}, 401),
        *([(path.format_map(unknown), {}, {}, 404)] if "{" in path else []),
    ]
    for where, params, headers, status in asked:
        answer = sis.http.get(below + where, params=params, headers=headers)
        assert answer.status_code == status
        assert problems(service, answer_schema(service, path, "get", status), answer.json()) == []


@pytest.mark.parametrize(("path", "method"), [(path, method) for _, path, method in OPERATIONS if method != "get"])
def test_every_write_of_the_official_document_is_there(sis: Sis, path: str, method: str) -> None:
    where = sis.gradebook + path.format_map(ids(sis, path) | {"sourcedId": "none"})
    answer = sis.http.request(method, where, json={})
    assert answer.status_code == (404 if method == "delete" else 422)
    assert problems("gradebook", answer_schema("gradebook", path, method, answer.status_code), answer.json()) == []
    assert "endpoint" not in answer.text


def valid(sis: Sis, kind: str) -> dict[str, Any]:
    """A record with every field that its kind has."""
    objectives = [{"source": "/other", "learningObjectiveIds": ["a"]}]
    scored = [{"source": "case", "learningObjectiveResults": [{"learningObjectiveId": "a", "textScore": "B"}]}]
    session, scale = sis.link("academicSession", "t"), sis.link("scoreScale", "s")
    more: dict[str, Any] = {"metadata": {"any": [1]}}
    if kind == "lineItem":
        return sis.line_item(
            **more, description="", gradingPeriod=session, academicSession=session, scoreScale=scale, learningObjectiveSet=objectives
        )
    if kind == "result":
        flags = dict.fromkeys(("inProgress", "incomplete", "late", "missing"), "false")
        more |= {"class": sis.link("class", "c"), "scoreScale": scale, "textScore": "B", "comment": "", "learningObjectiveSet": scored}
        return sis.result(**more, **flags)
    if kind == "category":
        return {**base("k"), **more, "title": "Homework", "weight": 1.5}
    values = [{"itemValueLHS": "1", "itemValueRHS": "A"}]
    links = {"class": sis.link("class", "c"), "course": sis.link("course", "c")}
    return {**base("s"), **more, **links, "title": "Marks", "type": "grade", "scoreScaleValue": values}


STRANGE: list[Any] = [None, "", "text", "true", 0, -1.5, True, [], {}, ["a"], [{}], {"sourcedId": "x"}, "2026-11-13", "ext:own", "active"]
STRANGE += [{"href": "http://x", "sourcedId": "x", "type": "user"}, [{"source": "case", "learningObjectiveIds": []}], [{"itemValueLHS": 1}]]
COLLECTIONS = {"lineItem": "lineItems", "result": "results", "category": "categories", "scoreScale": "scoreScales"}


@pytest.mark.parametrize("kind", list(COLLECTIONS))
def test_our_rules_refuse_exactly_what_the_official_schema_refuses(sis: Sis, kind: str) -> None:
    """Every field left out, set to every strange value, and one field too many: both must say the same."""
    whole = valid(sis, kind)
    schema = {"$ref": f"#/components/schemas/{kind[0].upper()}{kind[1:]}DType"}
    tried = [whole, {**whole, "colour": 1}]
    for name in whole:
        tried.append({key: value for key, value in whole.items() if key != name})
        tried += [{**copy.deepcopy(whole), name: strange} for strange in STRANGE]
    differ = [record for record in tried if bool(problems("gradebook", schema, record)) != refused(record, COLLECTIONS[kind])]
    assert differ == []
    assert not refused(whole, COLLECTIONS[kind])


def refused(record: dict[str, Any], collection: str) -> bool:
    try:
        row(record, collection, "1.2", strict=True, optional=frozenset())
    except RefusedError:
        return True
    return False


@pytest.fixture(scope="module")
def plain() -> Iterator[Sis]:
    with serve(standard("1.2", strict=True)) as running:
        fill(running)
        yield running


def fuzzed(service: str) -> Any:
    schema = schemathesis.openapi.from_dict({**OFFICIAL[service], "info": {"title": service, "version": "1"}})
    return schema.exclude(path_regex="|".join(LEFT_OUT))


if DOCUMENTS.exists():
    few = settings(max_examples=2, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None, derandomize=True)

    @fuzzed("gradebook").parametrize()
    @few
    def test_fuzzed_gradebook_calls_get_well_formed_answers(case: schemathesis.Case, plain: Sis) -> None:
        fuzz(case, plain, plain.gradebook)

    @fuzzed("rostering").parametrize()
    @few
    def test_fuzzed_rostering_calls_get_well_formed_answers(case: schemathesis.Case, plain: Sis) -> None:
        fuzz(case, plain, plain.roster)


def fuzz(case: schemathesis.Case, sis: Sis, below: str) -> None:
    answer = case.call(base_url=below, headers={"Authorization": sis.http.headers["Authorization"]})
    case.validate_response(answer, checks=[not_a_server_error, content_type_conformance, response_schema_conformance])
