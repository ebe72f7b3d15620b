"""The bench's mutations: each key is found, and one record is changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mutations.change import changed, keys, mutators, victim, written
from mutations.values import ROWS, VALUES

BODY = [{"id": 1, "user": {"name": "A"}}, {"id": 2, "user": {"name": "B", "extra": True}}]


def change(path: tuple[str, ...], mutator: str) -> Any:
    content = changed(json.dumps(BODY).encode(), path, mutator)
    assert content is not None
    return json.loads(content)


def test_every_key_of_a_body_is_found() -> None:
    assert {written(path) for path in keys(BODY)} == {"[]", "[].id", "[].user", "[].user.name", "[].user.extra"}


def test_only_the_first_record_with_the_key_is_changed() -> None:
    assert change(("[]", "user", "name"), "null") == [{"id": 1, "user": {"name": None}}, BODY[1]]
    assert change(("[]", "user", "extra"), "missing") == [BODY[0], {"id": 2, "user": {"name": "B"}}]
    assert change(("[]",), "row twice") == [BODY[0], BODY[0], BODY[1]]
    assert change(("[]",), "row null") == [None, BODY[1]]


def test_a_body_without_the_key_stays_as_it_is() -> None:
    assert changed(b"[]", ("[]", "id"), "null") is None
    assert victim({}, ("rows", "[]")) == []


@pytest.mark.parametrize("mutator", [name for name in VALUES if name not in ("nested deep", "missing")])
def test_every_odd_value_differs_from_the_usual_one(mutator: str) -> None:
    assert json.dumps(change(("[]", "id"), mutator)) != json.dumps(BODY)


def test_nested_values_are_nested_100000_deep() -> None:
    content = changed(json.dumps(BODY).encode(), ("[]", "id"), "nested deep")
    assert content is not None
    assert content.count(b"[" * 1000) == 100


def test_a_list_gets_odd_rows_and_a_value_gets_odd_values() -> None:
    assert mutators(("[]",), {}) == list(ROWS)
    assert mutators(("[]", "id"), 1) == list(VALUES)
