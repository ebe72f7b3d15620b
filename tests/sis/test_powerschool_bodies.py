"""PowerSchool's JSON, without a server: marks, numbers, and the table of answers (powerschool-xte.md §7.5, §8.1; sis-error-codes.md §1)."""

from __future__ import annotations

import json

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from include.gradebook.reasons import CATALOGUE
from include.http import Action
from include.sandbox.powerschool import answers as sandbox
from include.sis.powerschool import answers
from include.sis.powerschool.bodies import DESCRIPTION_MAX, mark_in, marked, number_text


@given(st.text(max_size=5000))
def test_f10_the_mark_is_found_again_whatever_the_description(text: str) -> None:
    sent = marked(text, "gs-0a1b-12")
    assert mark_in(sent) == "gs-0a1b-12"
    assert len(sent) <= DESCRIPTION_MAX


def test_a_description_is_cut_before_a_tag_not_in_it() -> None:
    sent = marked("x" * 3970 + '<a href="https://example.org/long">read</a>', "gs-0a1b-12")
    assert sent == "x" * 3970 + "\n[gs-0a1b-12]"


def test_marking_twice_leaves_one_mark_and_only_a_trailing_mark_counts() -> None:
    assert marked(marked("text", "gs-1-1"), "gs-1-2") == "text\n[gs-1-2]"
    assert mark_in("see [gs-1-1] above") is None
    assert mark_in(None) is None


@given(st.floats(min_value=0, max_value=1e9, allow_nan=False))
def test_a15_the_typed_number_reads_as_the_same_number(value: float) -> None:
    text = number_text(value)
    assert float(text) == value
    assert "e" not in text.lower()


@pytest.mark.parametrize(("value", "text"), [(20.0, "20"), (0.0, "0"), (18.5, "18.5"), (100.0, "100"), (1e22, "10000000000000000000000")])
def test_numbers_as_a_teacher_would_type_them(value: float, text: str) -> None:
    assert number_text(value) == text


def answer(status: int, sentence: str = "", message: str = "", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made.headers.update(headers)
    body = {"message": message or "Validation failed", **({"errors": [{"field": sentence}]} if sentence else {})}
    made._content = json.dumps(body).encode()
    return made


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (403, sandbox.TEACHES.format(section=1), "PS-403-TEACHER"),
        (403, "Something else", "SIS-FORBIDDEN"),
        (404, "Not found", "PS-404-NOT-FOUND"),
        (409, sandbox.NOT_ASSIGNED.format(student=1, entry=2), "PS-409-NOT-ASSIGNED"),
        (409, sandbox.TERM_LOCKED, "PS-409-TERM-LOCKED"),
        (409, sandbox.LOCKED, "PS-409-LOCKED"),
        (409, sandbox.DUE_DATE.format(value="2026-01-01"), "PS-409-DUE-DATE"),
        (409, sandbox.DUE_DATE_MISSING, "PS-409-DUE-DATE"),
        (409, sandbox.POINTS, "PS-409-POINTS"),
        (409, sandbox.CATEGORY.format(value=1, section=2), "PS-409-CATEGORY"),
        (409, sandbox.NAME_LONG.format(limit=50), "SIS-VALIDATION"),
        (409, sandbox.TWIN, "PS-ALREADY-EXISTS"),
        (409, sandbox.SCALE.format(value="B+"), "PS-409-SCALE"),
        (409, "Invalid Student ID", "PS-409-STUDENT"),
        (409, "Never heard of", "SIS-UNKNOWN-ANSWER"),
        (412, sandbox.RESUBMIT, "PS-412-RESUBMIT"),
        (412, sandbox.HAS_SCORES, "PS-412-HAS-SCORES"),
        (412, sandbox.MISSING_RECORD.format(what="x"), "PS-412-MISSING-RECORD"),
        (500, sandbox.GONE.format(entry=1), "PS-500-GONE"),
        (400, "Unable to create assignment", "PS-400-CREATE"),
        (400, "Bad argument", "SIS-VALIDATION"),
        (418, "Teapot", "SIS-UNKNOWN-ANSWER"),
    ],
)
def test_every_refusal_has_its_code(status: int, words: str, code: str) -> None:
    assert answers.code_of(answer(status, message=words)) == code
    assert answers.code_of(answer(status, sentence=words)) == code
    assert code in CATALOGUE


@pytest.mark.parametrize(
    ("made", "action"),
    [
        (answer(403, message=sandbox.TOO_EARLY.format(seconds=3)), Action.WAIT),
        (answer(403, message="Forbidden Rate Limit"), Action.WAIT),
        (answer(429), Action.WAIT),
        (answer(403, message=sandbox.NO_FIELD.format(field="cc.studentid")), Action.STOP),
        (answer(403, message=sandbox.TEACHES.format(section=1)), Action.TAKE),
        (answer(401), Action.RENEW),
        (answer(500, message=sandbox.GONE.format(entry=1)), Action.TAKE),
        (answer(500, message="Null pointer"), Action.RETRY),
        (answer(409), Action.TAKE),
    ],
)
def test_what_is_done_about_each_answer(made: requests.Response, action: Action) -> None:
    assert answers.action(made) is action


def test_seconds_to_wait_come_from_the_header_or_the_words() -> None:
    assert answers.seconds_to_wait(answer(403, message=sandbox.TOO_EARLY.format(seconds=3))) == 3
    assert answers.seconds_to_wait(answer(429, **{"Retry-After": "7"})) == 7
    assert answers.seconds_to_wait(answer(429)) is None
