"""What a person may ask for: the form's JSON schema and the task's own check agree, and every refusal says what is allowed (A-19, A-20)."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from include.district import ROOT, load_district
from include.errors import ConfigError
from include.sync.request import form, read_request

DISTRICT = load_district(ROOT / "config" / "district.yaml")
GOOD: dict[str, Any] = {"target": "genesis", "courses": ["CO-2001", "50002"]}


def refused(mode: str, params: dict[str, Any]) -> str:
    with pytest.raises(ConfigError) as caught:
        read_request(mode, params, DISTRICT)
    return str(caught.value)


def in_form(mode: str, params: dict[str, Any]) -> bool:
    """Whether the form takes these parameters; as Airflow does, each alone, and the missing ones by their default."""
    fields = form(mode, DISTRICT.targets)
    try:
        for name, schema in fields.items():
            if name not in params and "default" not in schema:
                return False
            jsonschema.validate(params.get(name, schema.get("default")), schema)
    except jsonschema.ValidationError:
        return False
    return True


@pytest.mark.parametrize("mode", ["on_demand", "remaster"])
def test_a19_the_least_that_can_be_asked_means_all_of_these_courses(mode: str) -> None:
    asked = read_request(mode, GOOD, DISTRICT)
    assert (asked.target, asked.courses, asked.sections, asked.assignments) == ("genesis", ("CO-2001", "50002"), (), ())
    assert (asked.concluded, asked.preview, asked.allow_large_change) == (False, False, False)
    assert in_form(mode, GOOD)


def test_a20_a_remaster_asks_a_person_unless_it_is_told_not_to() -> None:
    assert read_request("remaster", GOOD, DISTRICT).model_dump()["approve"] is True
    assert read_request("remaster", {**GOOD, "approve": False}, DISTRICT).model_dump()["approve"] is False
    assert "approve: unknown key" in refused("on_demand", {**GOOD, "approve": False})


def test_ids_are_taken_without_blanks_and_once() -> None:
    asked = read_request("on_demand", {"target": "genesis", "courses": [" CO-2001", "CO-2001 ", "7"]}, DISTRICT)
    assert asked.courses == ("CO-2001", "7")


def test_blank_lines_and_cleared_lists_of_the_form_mean_nothing() -> None:
    params = {**GOOD, "courses": ["CO-2001", "", " "], "sections": None, "assignments": [""]}
    assert in_form("remaster", params)
    asked = read_request("remaster", params, DISTRICT)
    assert (asked.courses, asked.sections, asked.assignments) == (("CO-2001",), (), ())
    assert "courses: none is given" in refused("remaster", {**GOOD, "courses": [" "]})


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"courses": ["1"]}, "target: this key is missing. Add it"),
        ({"target": "genesis"}, "courses: this key is missing. Add it"),
        ({**GOOD, "courses": []}, "courses: none is given. Enter the Canvas ID or SIS ID of at least one course"),
        ({**GOOD, "courses": "CO-2001"}, 'courses: "CO-2001" is not valid. Use a list'),
        ({**GOOD, "sections": [17]}, 'sections.0: 17 is not valid. Use text, in quotes: "…"'),
        ({**GOOD, "assignments": ["x" * 256]}, f'assignments.0: "{"x" * 77}…" is not valid. Use at most 255 long'),
        ({**GOOD, "courses": [str(number) for number in range(501)]}, "courses: a list of 501 is not valid. Use at most 500 long"),
        ({**GOOD, "preview": "yes"}, 'preview: "yes" is not valid. Use true or false, without quotes'),
        ({**GOOD, "concluded": 1}, "concluded: 1 is not valid. Use true or false, without quotes"),
    ],
)
def test_form_and_task_refuse_the_same_and_the_task_says_what_is_allowed(params: dict[str, Any], told: str) -> None:
    assert not in_form("on_demand", params)
    assert told in refused("on_demand", params).splitlines()


def test_an_unknown_target_is_refused_with_those_that_there_are() -> None:
    params = {**GOOD, "target": "genisis"}
    assert not in_form("remaster", params)
    assert refused("remaster", params).endswith(
        'there is no target "genisis" (did you mean "genesis"?). Use genesis, synergy, schooltool, infinite_campus, powerschool'
    )


def test_a_mistyped_parameter_is_not_silently_left_away() -> None:
    """The REST API takes keys that the form does not have."""
    told = refused("on_demand", {**GOOD, "assigments": ["1"]})
    assert told.startswith('assigments: unknown key (did you mean "assignments"?). Use allow_large_change, assignments, concluded, ')


def test_every_parameter_is_titled_and_described() -> None:
    for mode in ("on_demand", "remaster"):
        for name, schema in form(mode, ["genesis"]).items():
            assert schema["title"], name
            assert schema["description"].endswith("."), name
