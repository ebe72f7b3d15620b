"""The settled readings R-3 to R-5, R-8, R-10, R-11, R-16, R-18 and R-19, and F-9.

R-1, R-2 and R-20 are in test_differentiation, R-6 and R-7 in test_same_names, R-9 in test_names, R-12 in test_a_runs, R-13 to R-15 in test_b_rows,
R-21 and R-22 in test_far_dates, R-24 in test_spaces.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from include.gradebook.courses import Selection
from include.gradebook.rules import SisRules
from include.sis.registry import SIS
from tests.classroom import NOW, Classroom, accepted

EVERY = sorted(SIS)
QUIZ = "100"
REMASTER = Selection(now=NOW, mode="remaster")


def room(sis_name: str, scores: Any = 8.0, **changes: Any) -> tuple[Classroom, str]:
    """One section, one student, one assignment under the rules of this SIS."""
    place = Classroom(rules=SIS[sis_name].rules, **{"sections": {"1": ["u1"]}, **changes})
    return place, place.add(scores=scores)


def told(place: Classroom) -> Any:
    """(number, flag) that goes for the one student, or the reason why nothing does, after every rule that needs no SIS."""
    filtered = place.filtered()
    if filtered.scores.empty:
        return filtered.withheld["reason_code"].item()
    row = filtered.scores.iloc[0]
    return (None if pd.isna(row["score"]) else row["score"], " ".join(flag for flag in ("exempt", "missing", "late") if row[flag]))


@pytest.mark.parametrize(("sis_name", "writes"), [("genesis", 0), ("synergy", 0), ("schooltool", 1), ("infinite_campus", 1), ("powerschool", 1)])
def test_r3_excusing_a_scored_student(sis_name: str, writes: int) -> None:
    """Excusing empties the number: for Synergy still a status alone, and the number that was sent is not called cleared."""
    place = accepted(SIS[sis_name].rules, ("u1",))
    place.score(QUIZ, "u1", {"excused": True})
    night = place.night()
    assert (night.writes(), night.notes()) == (writes, [])


def test_r3_synergy_sends_the_excuse_by_remaster_and_the_next_score_again() -> None:
    place = accepted(SIS["synergy"].rules, ("u1",))
    place.score(QUIZ, "u1", {"excused": True})
    place.selection = REMASTER
    night = place.night()
    assert night.scores() == {("S1", "U1"): (None, "exempt")}
    place.accept(night)
    place.selection = Selection(now=NOW)
    assert (place.night().writes(), place.night().why("grade")) == (0, ["GP-EXCUSED-STANDS"]), "nobody is asked for another remaster"
    place.score(QUIZ, "u1", 8.0)  # the number that stood before: it must go, for the SIS shows an exemption
    assert place.night().scores() == {("S1", "U1"): (8.0, "")}


@pytest.mark.parametrize(
    ("sis_name", "excused", "missing"),
    [
        ("genesis", "GP-EXCUSED-NOT-SENT", "GP-MISSING-NO-SCORE"),
        ("synergy", "GP-EXCUSED-REMASTER", "GP-MISSING-NO-SCORE"),
        ("schooltool", (0.0, "exempt"), "GP-MISSING-NO-SCORE"),
        ("infinite_campus", (None, "exempt"), "GP-MISSING-NO-SCORE"),
        ("powerschool", (0.0, "exempt"), (0.0, "missing")),
    ],
)
def test_r4_excused_and_missing_without_a_score(sis_name: str, excused: Any, missing: Any) -> None:
    for submission, expected in (({"excused": True}, excused), ({"missing": True}, missing)):
        assert told(room(sis_name, submission)[0]) == expected


def test_r4_a_remaster_of_synergy_still_reports_missing_without_a_number() -> None:
    place, _ = room("synergy", {"missing": True}, selection=REMASTER)
    assert told(place) == "GP-MISSING-NO-SCORE"


@pytest.mark.parametrize(
    ("sis_name", "change", "submission", "expected"),
    [
        ("genesis", {"excused": "exempt"}, {"excused": True}, (None, "exempt")),
        ("genesis", {"excused": "exempt_zero"}, {"excused": True}, (0.0, "exempt")),
        ("infinite_campus", {"excused": "exempt_zero"}, {"excused": True}, (0.0, "exempt")),
        ("infinite_campus", {"missing_without_score": "flag"}, {"missing": True}, (None, "missing")),
        ("schooltool", {"missing_without_score": "zero"}, {"missing": True}, (0.0, "missing")),
        ("powerschool", {"excused": "exempt"}, {"excused": True, "missing": True}, (None, "exempt")),
    ],
)
def test_r4_a_district_may_choose_otherwise(sis_name: str, change: dict[str, Any], submission: dict[str, Any], expected: Any) -> None:
    place, _ = room(sis_name, submission)
    place.rules = place.rules.model_copy(update=change)
    assert told(place) == expected


@pytest.mark.parametrize(
    ("sis_name", "submission", "created"),
    [
        ("powerschool", {"missing": True}, True), ("genesis", {"missing": True}, False), ("schooltool", {"excused": True}, True),
        ("synergy", {"excused": True}, False), ("genesis", {"score": 0.0}, True), ("genesis", {"score": -1.0}, False),
    ],
)  # fmt: skip
def test_r5_what_counts_as_a_score_that_creates(sis_name: str, submission: dict[str, Any], created: bool) -> None:
    assert bool(room(sis_name, submission)[0].night().sent()) is created


@pytest.mark.parametrize("old", ["deleted", "inactive", "absent"])
@pytest.mark.parametrize("clears", [False, True])
def test_r8_a_student_who_moves_takes_the_score_along_and_leaves_the_old_one_behind(old: str, clears: bool) -> None:
    place = accepted(SisRules(clear_blanks=clears), ("u1", "mover"))
    place.sections = {"1": ["u1"] if old == "absent" else ["u1", "mover"], "2": ["mover"]}
    place.enrollment_changes = {} if old == "absent" else {("1", "mover"): {"state": old}}
    night = place.night()
    assert night.scores() == {("S2", "MOVER"): (8.0, "")}
    left = night.resolved.notes
    assert list(left[["reason_code", "sis_section_id", "canvas_user_id"]].itertuples(index=False, name=None)) == [("GP-STUDENT-LEFT", "S1", "mover")]


@pytest.mark.parametrize("sis_name", EVERY)
@pytest.mark.parametrize(("column", "value", "code"), [("points_possible", None, "GP-POINTS-NONE"), ("points_possible", -1.0, "GP-POINTS-NEGATIVE")])
def test_r10_points_that_no_sis_takes(sis_name: str, column: str, value: Any, code: str) -> None:
    place, _ = room(sis_name)
    place.assignments[0][column] = value
    assert set(place.filtered().withheld.loc[lambda rows: rows["kind"] == "assignment", "reason_code"]) == {code}


@pytest.mark.parametrize(("points", "sent"), [(9999.0, True), (9999.5, False), (10000.0, False)])
def test_r10_powerschool_takes_at_most_9999_points(points: float, sent: bool) -> None:
    place, _ = room("powerschool")
    place.assignments[0]["points_possible"] = points
    withheld = place.filtered().withheld
    assert withheld.empty is sent
    if not sent:
        row = withheld[withheld["kind"] == "assignment"].iloc[0]
        assert (row["reason_code"], row["limit"], float(row["value"])) == ("GP-POINTS-MAX", "9999", points)
    place.rules = SIS["genesis"].rules
    assert place.filtered().withheld.empty


@pytest.mark.parametrize("sis_name", EVERY)
@pytest.mark.parametrize(("score", "code"), [(-0.5, "GP-SCORE-NEGATIVE"), (float("inf"), "GP-SCORE-INVALID")])
def test_r10_a_score_that_no_sis_takes(sis_name: str, score: float, code: str) -> None:
    withheld = room(sis_name, score)[0].filtered().withheld
    assert list(withheld["reason_code"]) == [code]


@pytest.mark.parametrize("grading", ["letter_grade", "gpa_scale", "pass_fail"])
def test_r11_schooltool_withholds_letters_unless_switched(grading: str) -> None:
    place, _ = room("schooltool")
    place.assignments[0]["grading_type"] = grading
    withheld = place.filtered().withheld
    assert list(withheld.loc[withheld["kind"] == "assignment", "value"]) == [grading.replace("_", " ")]
    place.rules = place.rules.model_copy(update={"score_types": "any_number"})
    assert list(place.filtered().scores["score"]) == [8.0]


@pytest.mark.parametrize("sis_name", EVERY)
@pytest.mark.parametrize("grading", ["points", "percent"])
def test_r11_points_and_percent_are_numbers_everywhere(sis_name: str, grading: str) -> None:
    place, _ = room(sis_name)
    place.assignments[0]["grading_type"] = grading
    assert list(place.filtered().scores["score"]) == [8.0]


@pytest.mark.parametrize("sis_name", EVERY)
def test_r16_an_unchanged_night_writes_nothing_and_asks_the_sis_nothing(sis_name: str) -> None:
    place, _ = room(sis_name, {"score": 8.0, "late": True, "missing": True})
    place.accept(place.night())
    night = place.night()
    assert (night.writes(), night.sections_read) == (0, ())
    assert set(night.plan.assignments["action"]) | set(night.plan.scores["action"]) == {"none"}


@pytest.mark.parametrize(
    ("sis_name", "flag", "sent"),
    [
        ("schooltool", "late", True), ("schooltool", "missing", True), ("infinite_campus", "late", True), ("infinite_campus", "missing", False),
        ("powerschool", "missing", True), ("powerschool", "late", False), ("genesis", "late", False), ("synergy", "late", False),
    ],
)  # fmt: skip
def test_f9_a_status_alone_is_sent_where_the_sis_takes_it(sis_name: str, flag: str, sent: bool) -> None:
    place = accepted(SIS[sis_name].rules, ("u1",))
    place.score(QUIZ, "u1", {"score": 8.0, flag: True})
    night = place.night()
    assert night.scores() == ({("S1", "U1"): (8.0, flag)} if sent else {})
    if sent:
        place.accept(night)
        place.score(QUIZ, "u1", 8.0)
        assert place.night().scores() == {("S1", "U1"): (8.0, "")}  # and taken back


SHOWN = {"score": 7.0, "excused": True}


@pytest.mark.parametrize("remaster", [False, True])
@pytest.mark.parametrize(
    ("sis_name", "nightly", "by_remaster"),
    [
        ("genesis", "GP-EXCUSED-NOT-SENT", "GP-EXCUSED-NOT-SENT"),
        ("synergy", "GP-EXCUSED-REMASTER", (None, "exempt")),
        ("schooltool", (0.0, "exempt"), (0.0, "exempt")),
        ("infinite_campus", (None, "exempt"), (None, "exempt")),
        ("powerschool", (0.0, "exempt"), (0.0, "exempt")),
    ],
)
@pytest.mark.parametrize("number", [7.0, 0.0, -1.0, 99.0])
def test_r18_the_number_beside_an_excuse_is_never_sent(sis_name: str, nightly: Any, by_remaster: Any, remaster: bool, number: float) -> None:
    place, _ = room(sis_name, {"score": number, "excused": True}, selection=REMASTER if remaster else Selection(now=NOW))
    assert told(place) == (by_remaster if remaster else nightly)


@pytest.mark.parametrize(
    ("sis_name", "sent"), [("genesis", {}), ("synergy", {}), ("schooltool", 0.0), ("infinite_campus", None), ("powerschool", 0.0)]
)
def test_r18_an_excuse_beside_the_same_number_is_a_status_change(sis_name: str, sent: Any) -> None:
    place = accepted(SIS[sis_name].rules, ("u1",))
    place.score(QUIZ, "u1", {"score": 8.0, "excused": True})
    night = place.night()
    assert night.scores() == (sent if sent == {} else {("S1", "U1"): (sent, "exempt")})
    place.accept(night)
    assert place.night().writes() == 0


def test_r18_synergy_gets_the_excuse_by_remaster_and_is_not_asked_again() -> None:
    place = accepted(SIS["synergy"].rules, ("u1",))
    place.score(QUIZ, "u1", SHOWN)
    place.selection = REMASTER
    place.accept(place.night())
    place.selection = Selection(now=NOW)
    assert (place.night().writes(), place.night().why("grade")) == (0, ["GP-EXCUSED-STANDS"])


@pytest.mark.parametrize(
    ("sis_name", "excused", "sent"),
    [("genesis", "exempt", True), ("synergy", None, False), ("infinite_campus", None, True), ("powerschool", "exempt", True)],
)
@pytest.mark.parametrize(("setting", "number"), [("omit", None), ("zero", 0.0)])
@pytest.mark.parametrize("submission", [{"excused": True}, SHOWN], ids=["no number", "a number shown"])
def test_r19_an_exempt_score_omits_its_number_or_is_zero(
    sis_name: str, excused: str | None, sent: bool, setting: str, number: float | None, submission: dict[str, Any]
) -> None:
    place, _ = room(sis_name, submission)
    place.rules = place.rules.model_copy(update={"exempt_score": setting, **({"excused": excused} if excused else {})})
    assert told(place) == ((number, "exempt") if sent else "GP-EXCUSED-REMASTER")
    place.selection = REMASTER
    assert told(place) == (number, "exempt")


@pytest.mark.parametrize("sis_name", ["schooltool", "powerschool"])
@pytest.mark.parametrize("setting", ["omit", "zero"])
def test_r19_the_setting_leaves_zero_where_r4_says_zero(sis_name: str, setting: str) -> None:
    place, _ = room(sis_name, {"excused": True})
    place.rules = place.rules.model_copy(update={"exempt_score": setting})
    assert told(place) == (0.0, "exempt")


def test_r19_synergy_zero_settles_and_a_real_zero_is_a_new_score() -> None:
    """The ledger tells an exempt 0 from a 0, so that the next night neither asks for a remaster nor takes a 0 for the excuse."""
    place = accepted(SIS["synergy"].rules.model_copy(update={"exempt_score": "zero"}), ("u1",))
    place.score(QUIZ, "u1", {"excused": True})
    place.selection = REMASTER
    night = place.night()
    assert night.scores() == {("S1", "U1"): (0.0, "exempt")}
    place.accept(night)
    place.selection = Selection(now=NOW)
    assert (place.night().writes(), place.night().why("grade")) == (0, ["GP-EXCUSED-STANDS"])
    place.score(QUIZ, "u1", 0.0)
    assert place.night().scores() == {("S1", "U1"): (0.0, "")}
