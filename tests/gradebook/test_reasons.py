"""F-5: each message has a stable code, says what is wrong with which value and limit, who mends it and what happens next."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from include.gradebook.reasons import _TABLE, CATALOGUE, Reason, codes, reason
from include.sis.registry import SIS
from tests.classroom import Classroom

ROOT = Path(__file__).resolve().parents[2]
_CODE = re.compile(r"\b(?:GP|RC|SIS|PS|IC|SY|ST|GN)-[A-Z0-9]+(?:-[A-Z0-9]+)*\b")
_CELL = re.compile(r"(PS|IC|SY|ST)-\d+")  # a requirement id, which looks like the beginning of a code


def named(folder: str, *without: str) -> set[str]:
    """The codes that the Python files below a folder name."""
    files = [path for path in (ROOT / folder).rglob("*.py") if path.relative_to(ROOT).as_posix() not in without]
    return {code for path in files for code in _CODE.findall(path.read_text(encoding="utf-8")) if not _CELL.fullmatch(code)}


def test_f5_codes_are_unique() -> None:
    assert len(_TABLE) == len(CATALOGUE)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)
def test_f5_each_reason_says_what_who_and_what_next(entry: Reason) -> None:
    assert re.fullmatch(r"[A-Z]{2,3}(-[A-Z0-9]+)+", entry.code)
    assert {name for _, name, _, _ in string.Formatter().parse(entry.sentence) if name} <= {"value", "limit"}
    told = entry.told("the value", "the limit")
    assert not {"{", "}"} & set(told)
    assert ("the value" in told) is ("{value}" in entry.sentence)
    assert told[0].isupper()
    assert entry.next.endswith(".")
    assert entry.who in ("teacher", "admin", "SIS staff", "nobody")


def test_f5_a_value_with_braces_is_shown_as_it_is() -> None:
    assert "{limit}" in reason("GP-NAME-CHARS").told("{limit} (U+007B)", "letters")


def test_f5_an_error_is_always_somebodys_unless_the_next_run_mends_it() -> None:
    assert [code for code in codes("error") if CATALOGUE[code].who == "nobody"] == ["SIS-NO-ANSWER", "PS-412-RESUBMIT"]


def test_f5_every_code_that_the_product_names_is_in_the_catalogue() -> None:
    assert named("include") | named("plugins") | named("dags") <= set(CATALOGUE)


def test_f5_no_code_is_dead() -> None:
    assert set(CATALOGUE) - named("include", "include/gradebook/reasons.py") == set()


def test_f5_every_code_is_produced_by_a_test_or_by_a_table_of_answers() -> None:
    produced = named("tests", "tests/gradebook/test_reasons.py", "tests/docs/test_generate.py") | named("include/sis")
    assert set(CATALOGUE) - produced == set()


def nasty(sis_name: str) -> Classroom:
    """Something wrong with nearly everything."""
    place = Classroom(rules=SIS[sis_name].rules, sections={"1": ["u1", "u2", "gone", "none"], "2": ["u2"], "3": ["u3"]}, without_sis_id={"3"})
    place.enrollment_changes = {("1", "gone"): {"state": "inactive"}, ("1", "none"): {"sis_user_id": None}}
    place.standing_in_sis = [{"sis_section_id": "S1", "sis_assignment_id": "by-hand", "name": "Taken", "due_date": "2026-11-09", "ours": False}]
    place.strangers = {"u2"}
    for name in ("Fine", "fine", "Taken", "n" * 256, "* special *", ""):
        place.add(name)
    for column, value in (("points_possible", None), ("points_possible", 0.0), ("points_possible", -5.0), ("points_possible", 1e6), ("due_at", None),
                          ("due_at", "2031-01-01T12:00:00Z"), ("grading_type", "letter_grade"), ("published", False), ("post_to_sis", False),
                          ("omit_from_final_grade", True), ("canvas_group_id", "99")):  # fmt: skip
        place.add(f"{column} {value}"[:30], **{column: value})
    for kind in ("student", "mastery_path", "section"):
        place.override(place.add(f"given to {kind}"), kind, "1" if kind == "section" else None, due_at="2026-11-20T12:00:00Z")
    for submission in ({"score": -1.0}, {"missing": True}, {"excused": True}, {"score": None}):
        place.add(f"{submission}"[:30], scores=submission)
    return place


@pytest.mark.parametrize("sis_name", sorted(SIS))
def test_f5_every_withheld_row_has_a_known_code_and_a_whole_sentence(sis_name: str) -> None:
    night = nasty(sis_name).night()
    rows = night.resolved.withheld.fillna("")
    assert len(set(rows["reason_code"])) > 15
    for row in rows.drop_duplicates(["reason_code", "value", "limit"]).to_dict("records"):
        entry = reason(row["reason_code"])
        assert ("{value}" in entry.sentence) <= bool(row["value"]), f"{entry.code} lacks its value"
        assert ("{limit}" in entry.sentence) <= bool(row["limit"]), f"{entry.code} lacks its limit"
        assert {"{", "}"} & set(entry.told(row["value"], row["limit"])) <= set(row["value"])


def test_f5_thirty_students_with_one_cause_have_one_cause() -> None:
    place = Classroom(sections={"1": [f"u{n}" for n in range(30)]})
    place.add(scores={"missing": True})
    withheld = place.filtered().withheld
    assert withheld.groupby(["kind", "reason_code"]).size().to_dict() == {("grade", "GP-MISSING-NO-SCORE"): 30}
