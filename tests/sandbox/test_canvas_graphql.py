"""The sandbox's GraphQL behaves as canvas-api.md §4.3 tells: pages, rights, defaults, and errors with status 200."""

from collections.abc import Iterator
from typing import Any

import pytest

from include.sandbox.canvas.graphql_text import fields_of
from tests.sandbox.bay_high import BIOLOGY, P1, P2
from tests.sandbox.canvas_caller import Caller, canvas


@pytest.fixture(scope="module")
def bay() -> Iterator[Caller]:
    with canvas() as caller:
        yield caller


def ask(bay: Caller, query: str, **variables: object) -> dict[str, Any]:
    answer = bay.ask("/api/graphql", "POST", json={"query": query, "variables": variables})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_a_field_that_does_not_exist_is_an_error_with_status_200(bay: Caller) -> None:
    assert "doesn't exist on type 'Course'" in ask(bay, "{ course(id: 501) { color } }")["errors"][0]["message"]
    assert ask(bay, "mutation { x }")["errors"]
    assert ask(bay, "{ course(id: 501 ")["errors"]


def test_a_course_that_is_not_there_is_null(bay: Caller) -> None:
    assert ask(bay, "query Q($id: ID!) { a: course(id: $id) { _id } }", id="99999999") == {"data": {"a": None}}


def test_fragments_aliases_variables_and_words_in_text() -> None:
    text = 'query Q($n: Int) { a: f(x: $n, y: [1, "b } \\" c"], z: {k: null, on: ACTIVE}) { ...P } } fragment P on T { b # no\n c: d }'
    (field,) = fields_of(text, {"n": 7})
    assert (field.key, field.name, field.arguments) == ("a", "f", {"x": 7, "y": [1, 'b } " c'], "z": {"k": None, "on": "ACTIVE"}})
    assert [(one.key, one.name) for one in field.fields] == [("b", "b"), ("c", "d")]


@pytest.mark.parametrize("text", ["{ a", "{ ...Nobody }", "{ a(b: ) }", "{ a } ; "])
def test_text_that_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        fields_of(text, {})


def test_connections_are_paged_and_the_cursor_leads_on(bay: Caller) -> None:
    below = "nodes { _id } pageInfo { hasNextPage endCursor }"
    page = f"query Q($c: ID!, $a: String) {{ course(id: $c) {{ s: sectionsConnection(first: 1, after: $a) {{ {below} }} }} }}"
    seen: list[str] = []
    told: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while told["pageInfo"]["hasNextPage"]:
        told = ask(bay, page, c=str(BIOLOGY), a=told["pageInfo"]["endCursor"])["data"]["course"]["s"]
        seen += [row["_id"] for row in told["nodes"]]
    assert {str(P1), str(P2)} <= set(seen)
    assert len(seen) == len(set(seen))


def test_sis_ids_are_null_without_the_right(bay: Caller) -> None:
    query = f"{{ course(id: {BIOLOGY}) {{ sectionsConnection {{ nodes {{ sisId }} }} }} }}"
    shown = [row["sisId"] for row in ask(bay, query)["data"]["course"]["sectionsConnection"]["nodes"]]
    assert any(shown)
    hidden = ask(bay.as_user("canvas-no-sis-token"), query)["data"]["course"]["sectionsConnection"]["nodes"]
    assert [row["sisId"] for row in hidden] == [None] * len(shown)


def test_assignments_of_all_periods_come_only_when_asked_for(bay: Caller) -> None:
    every = f"{{ course(id: {BIOLOGY}) {{ a: assignmentsConnection(filter: {{gradingPeriodId: null}}) {{ nodes {{ _id }} }} }} }}"
    current = every.replace("(filter: {gradingPeriodId: null})", "")
    assert ask(bay, every)["data"]["course"]["a"]["nodes"]
    assert ask(bay, current)["data"]["course"]["a"]["nodes"] == []


def test_a_query_counts_as_a_read(bay: Caller) -> None:
    ask(bay, "{ course(id: 1) { _id } }")
    assert bay.ask("/_sandbox/log?writes=1").json() == []
