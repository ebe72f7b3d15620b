"""Which reason code an answer gets: every shape that is met in the field, and every sentence that the sandbox's vendors say."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
import requests

from include.gradebook.reasons import CATALOGUE
from include.sandbox.oneroster.traits import TRAITS
from include.sis.contract import Outcome
from include.sis.oneroster import answers

FAILED = {"imsx_codeMajor": "failure", "imsx_severity": "error", "imsx_description": "no good"}
MINOR = {"imsx_CodeMinor": {"imsx_codeMinorField": [{"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": "unknownobject"}]}}


def answer(status: int, body: object = "") -> requests.Response:
    """An answer with this body; text goes as it is, all else as JSON."""
    made = requests.Response()
    made.status_code = status
    made._content = (body if isinstance(body, str) else json.dumps(body)).encode()
    return made


@pytest.mark.parametrize(
    "body",
    [
        {**FAILED, **MINOR},
        {"imsx_StatusInfo": {**FAILED, **MINOR}},
        {"statusInfoSet": [{**FAILED, **MINOR}]},
        {**FAILED, "imsx_CodeMinor": "unknownobject"},
        {**FAILED, "imsx_codeMinor": "UnknownObject"},
    ],
)
def test_every_shape_of_an_error_is_read(body: dict[str, object]) -> None:
    said = answers.read(answer(422, body))
    assert (said.failed, said.minor, said.text, said.good) == (True, "unknownobject", "no good", False)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (422, {**FAILED, "imsx_description": "The flux is out of phase"}, Outcome.REFUSED, "SIS-UNKNOWN-ANSWER"),
        (422, {**FAILED, "imsx_description": "dueDate is outside the term"}, Outcome.REFUSED, "SIS-VALIDATION"),
        (404, {**FAILED, **MINOR}, Outcome.REFUSED, "SIS-LINK-BROKEN"),
        (404, "<html>nothing here</html>", Outcome.REFUSED, "SIS-LINK-BROKEN"),
        (409, "", Outcome.REFUSED, "SIS-CONFLICT"),
        (418, "", Outcome.REFUSED, "SIS-UNKNOWN-ANSWER"),
        (302, "", Outcome.REFUSED, "SIS-UNKNOWN-ANSWER"),
        (200, "<html>please sign in</html>", Outcome.UNKNOWN, "SIS-UNREADABLE"),
        (201, '{"lineItem": ', Outcome.UNKNOWN, "SIS-UNREADABLE"),
    ],
)
def test_status_and_words_give_the_code_and_keep_the_text(status: int, body: object, outcome: Outcome, code: str) -> None:
    said = answers.read(answer(status, body))
    assert not said.good
    receipt = answers.refusal("row", said, ())
    assert (receipt.outcome, receipt.code, receipt.status) == (outcome, code, status)
    assert receipt.message
    if isinstance(body, dict):
        assert receipt.message == body["imsx_description"]


@pytest.mark.parametrize("body", ["", "[]", {}, {"lineItem": {"sourcedId": "a"}}, {"imsx_codeMajor": "success", "imsx_severity": "status"}])
@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_confirmed_success_counts(status: int, body: object) -> None:
    assert answers.read(answer(status, body)).good


def test_a_record_may_come_as_a_list_of_one() -> None:
    said = answers.read(answer(201, {"lineItem": [{"sourcedId": "A-7"}]}))
    assert answers.record(said, "lineItem") == {"sourcedId": "A-7"}


def test_pairs_are_joined_on_the_supplied_id() -> None:
    rows = [{"suppliedSourcedId": "tmp-2", "allocatedSourcedId": "B"}, {"suppliedSourcedId": "tmp-1", "allocatedSourcedId": "A"}, {"other": 1}]
    assert answers.pairs(answers.read(answer(201, {"sourcedIdPairs": rows}))) == {"tmp-1": "A", "tmp-2": "B"}


def test_long_words_are_cut() -> None:
    assert len(answers.read(answer(400, {"message": "x" * 9000})).text) == 500


# What each vendor's refusal must come out as. A rule that is not named here must still find some code other than "unknown".
EXPECTED = {
    "genesis": {"student_not_enrolled": "SIS-LINK-BROKEN", "class_unknown": "SIS-LINK-BROKEN", "category_unknown": "SIS-CATEGORY"},
    "synergy": {
        "name_long": "SY-NAME",
        "name_characters": "SY-NAME",
        "name_taken": "SY-DUPLICATE",
        "points_zero": "SY-POINTS-ZERO",
        "category_missing": "SY-CATEGORY",
        "category_unknown": "SY-CATEGORY",
        "category_deleted": "SY-CATEGORY",
        "unlocked": "SY-READONLY-OFF",
        "student_not_enrolled": "SIS-LINK-BROKEN",
    },
    "schooltool": {
        "name_long": "ST-NAME",
        "due_missing": "ST-DUE-MISSING",
        "category_missing": "ST-CATEGORY",
        "category_unknown": "ST-CATEGORY",
        "category_deleted": "ST-CATEGORY",
        "score_missing": "ST-NOT-NUMERIC",
        "score_not_numeric": "ST-NOT-NUMERIC",
        "student_not_enrolled": "SIS-LINK-BROKEN",
    },
    "infinite_campus": {
        "name_long": "IC-NAME",
        "name_taken": "IC-NAME",
        "due_missing": "IC-DATES",
        "due_outside": "IC-DATES",
        "class_unknown": "IC-CLASS-OR-PERIOD",
        "student_not_enrolled": "IC-SCORE",
        "score_not_numeric": "IC-SCORE",
    },
}
SENTENCES = [(name, rule) for name, traits in TRAITS.items() for rule in traits.wordings]


@pytest.mark.parametrize(("name", "rule"), SENTENCES, ids=[f"{name}-{rule}" for name, rule in SENTENCES])
def test_each_vendors_words_have_a_code(name: str, rule: str) -> None:
    told = TRAITS[name].wordings[rule]
    body = {**FAILED, "imsx_description": told.sentence.format(value="x17", limit="30")}
    code = answers.code_of(answers.read(answer(told.status, body)), import_module(f"include.sis.{name}").ANSWERS)
    assert code in CATALOGUE
    assert code == EXPECTED[name].get(rule, code)
    assert code != "SIS-UNKNOWN-ANSWER" or rule in ("vendor_header", "not_ours", "session_unknown", "scale_unknown", "school_wrong")


@pytest.mark.parametrize("name", TRAITS)
def test_every_pattern_names_a_code_of_the_catalogue(name: str) -> None:
    assert {code for _, code in import_module(f"include.sis.{name}").ANSWERS} <= CATALOGUE.keys()


def test_g16_genesis_words_about_the_trash_can() -> None:
    said = answers.read(answer(409, {**FAILED, "imsx_description": "The assignment is in the Trash Can"}))
    assert answers.code_of(said, import_module("include.sis.genesis").ANSWERS) == "GN-TRASH"


@pytest.mark.parametrize(("told", "code"), [("The grading window is closed", "IC-WINDOW"), ("Vendor authorization is missing", "IC-VENDOR-OFF")])
def test_infinite_campus_words_about_window_and_vendor(told: str, code: str) -> None:
    said = answers.read(answer(422, {**FAILED, "imsx_description": told}))
    assert answers.code_of(said, import_module("include.sis.infinite_campus").ANSWERS) == code
