"""Situations that a district really meets: scores, statuses, students who come and go, ids.

Written down from the source documents before the code was read.
The nights end in a SIS that keeps what it takes and in a real ledger, so that what stands there after weeks of changes can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, event

from include.gradebook.courses import Selection
from include.sis.registry import SIS
from include.sync import state
from include.sync.ledger import Ledger
from tests.classroom import NOW, Night
from tests.sync.school import School

REMASTER = Selection(now=NOW, mode="remaster")
Room = Callable[..., School]
_numbers = count()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db"
    state.upgrade(url)
    event.listen(state.engine(url), "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))  # no test cuts the power
    yield state.engine(url)
    state.engine(url).dispose()


@pytest.fixture
def room(engine: Engine) -> Room:
    """Makes a school under the rules of a SIS, by default with one section of one student, and an empty ledger."""

    def make(sis_name: str, rules: dict[str, Any] | None = None, **changes: Any) -> School:
        table = SIS[sis_name].rules.model_copy(update=rules or {})
        return School(**{"rules": table, "sections": {"1": ["u1"]}, "book": Ledger(engine, f"target-{next(_numbers)}"), **changes})

    return make


def live(school: School, *submissions: Any, user: str = "u1") -> Night:
    """Nights in which the student's submission of assignment 100 becomes each of these in turn, all sent; the last one."""
    for submission in submissions:
        school.score("100", user, submission)
        night = school.night()
        school.send(night)
    return night


def holds(school: School) -> dict[tuple[str, str], tuple[Any, str]]:
    """(SIS section, SIS student) -> (number, flags) that stand in the SIS, for schools with one assignment."""
    return {
        (section, student): (row["score"], " ".join(flag for flag in ("exempt", "missing", "late") if row[flag]))
        for (section, _, student), row in school.client.scores.items()
    }


U1 = ("S1", "U1")
EXCUSED = {"score": None, "excused": True}
MISSING = {"score": None, "missing": True}
BLANK = {"score": None, "workflow_state": "unsubmitted"}


@pytest.mark.parametrize(
    ("sis_name", "stands", "why"),
    [
        ("genesis", (8.0, ""), "GP-EXCUSED-NOT-SENT"),
        ("synergy", (8.0, ""), "GP-EXCUSED-REMASTER"),
        ("schooltool", (0.0, "exempt"), None),
        ("infinite_campus", (None, "exempt"), None),
        ("powerschool", (0.0, "exempt"), None),
    ],
)
def test_r4_scored_then_excused_then_the_excuse_is_taken_back(room: Room, sis_name: str, stands: Any, why: str | None) -> None:
    """8 was sent; excusing empties the number; taking the excuse back leaves a blank, which never clears anything (A-9), and is told."""
    school = room(sis_name)
    school.add(scores=None)
    night = live(school, 8.0, EXCUSED)
    assert (holds(school), night.why("grade"), night.notes()) == ({U1: stands}, [why] if why else [], [])
    night = live(school, BLANK)
    assert (holds(school), night.notes()) == ({U1: stands}, ["GP-BLANKED"])
    live(school, 8.0)
    assert holds(school) == {U1: (8.0, "")}


def test_r3_synergy_excused_by_remaster_then_graded_as_before(room: Room) -> None:
    school = room("synergy")
    school.add(scores=None)
    live(school, 8.0, EXCUSED)
    school.selection = REMASTER
    live(school, EXCUSED)
    assert holds(school) == {U1: (None, "exempt")}
    school.selection = Selection(now=NOW)
    live(school, 8.0)
    assert holds(school) == {U1: (8.0, "")}


@pytest.mark.parametrize(
    ("sis_name", "ordinary", "remastered"),
    [
        ("genesis", (8.0, ""), (8.0, "")),
        ("synergy", (8.0, ""), (8.0, "missing late")),
        ("schooltool", (8.0, "missing late"), (8.0, "missing late")),
        ("infinite_campus", (8.0, "late"), (8.0, "late")),  # its missing flag forces a zero: opt-in
        ("powerschool", (8.0, "missing"), (8.0, "missing")),  # PS: late is not supported
    ],
)
def test_a7_f9_a_status_set_after_the_score(room: Room, sis_name: str, ordinary: Any, remastered: Any) -> None:
    school = room(sis_name)
    school.add(scores=None)
    live(school, 8.0, {"score": 8.0, "late": True, "missing": True})
    assert holds(school) == {U1: ordinary}
    school.selection = REMASTER
    live(school, {"score": 8.0, "late": True, "missing": True})
    assert holds(school) == {U1: remastered}


@pytest.mark.parametrize(("sis_name", "stands"), [("powerschool", {U1: (0.0, "missing")}), ("schooltool", {})])
def test_r4_r5_a_class_in_which_everybody_is_missing(room: Room, sis_name: str, stands: dict[Any, Any]) -> None:
    """PowerSchool gets zeros, and so the assignment; elsewhere nothing is created, and the teacher is told that a number is needed."""
    school = room(sis_name)
    school.add(scores=None)
    night = live(school, MISSING)
    assert (holds(school), bool(school.client.items), night.why("grade")) == (stands, bool(stands), [] if stands else ["GP-MISSING-NO-SCORE"])


def test_r4_handed_in_late_after_all_the_zero_goes(room: Room) -> None:
    """PowerSchool: 0 and the flag, then 7.5 of a late submission: the flag goes, late is not sent, then the teacher's deduction takes 10 %."""
    school = room("powerschool")
    school.add(scores=None)
    live(school, MISSING, {"score": 7.5, "late": True})
    assert holds(school) == {U1: (7.5, "")}
    live(school, {"score": 6.75, "late": True})  # `score` is what is left after the late policy's deduction
    assert holds(school) == {U1: (6.75, "")}


@pytest.mark.parametrize("sis_name", ["genesis", "synergy"])
def test_a9_cleared_and_graded_again_with_the_same_number(room: Room, sis_name: str) -> None:
    """The SIS still has the 8: one report while it is blank, no write at all when it comes back."""
    school = room(sis_name)
    school.add(scores=None)
    night = live(school, 8.0, BLANK)
    assert night.notes() == ["GP-BLANKED"]
    night = live(school, 8.0)
    assert (night.writes(), night.notes(), holds(school)) == (0, [], {U1: (8.0, "")})


def test_a9_opted_in_clearing_happens_once_and_the_number_may_come_back(room: Room) -> None:
    school = room("powerschool", {"clear_blanks": True})
    school.add(scores=None)
    live(school, 8.0, BLANK)
    assert holds(school) == {}
    assert live(school, BLANK).writes() == 0
    live(school, 8.0)
    assert holds(school) == {U1: (8.0, "")}


@pytest.mark.parametrize("sis_name", ["infinite_campus"])
def test_r10_a_score_that_turns_negative_leaves_the_last_good_one(room: Room, sis_name: str) -> None:
    """A late policy or a fudge factor gone wrong: -2 of 10. The 8 stays, and the message names the number."""
    school = room(sis_name)
    school.add(scores=None)
    night = live(school, 8.0, -2.0)
    assert (holds(school), night.why("grade")) == ({U1: (8.0, "")}, ["GP-SCORE-NEGATIVE"])
    assert "-2" in night.told("GP-SCORE-NEGATIVE")


@pytest.mark.parametrize(("sis_name", "number"), [("genesis", 30.0), ("powerschool", 33.333333333333336), ("synergy", 0.1 + 0.2)])
def test_a14_a15_over_the_maximum_and_to_the_last_digit(room: Room, sis_name: str, number: float) -> None:
    school = room(sis_name)
    school.add(scores=None)
    live(school, number)
    assert holds(school) == {U1: (number, "")}


@pytest.mark.parametrize(
    ("sis_name", "grading", "stands"),
    [("synergy", "pass_fail", {U1: (10.0, "")}), ("powerschool", "letter_grade", {U1: (10.0, "")}), ("schooltool", "gpa_scale", {})],
)
def test_r11_complete_and_letters_by_the_number_behind_them(room: Room, sis_name: str, grading: str, stands: Any) -> None:
    school = room(sis_name)
    school.add(scores=None, grading_type=grading)
    live(school, 10.0)
    assert holds(school) == stands


def test_a16_hidden_again_after_it_was_posted(room: Room) -> None:
    """Hidden scores go by default; where a district opted out, what was sent while it was posted stays, and nothing is called cleared."""
    hidden = {"score": 9.0, "posted_at": None}
    for rules, stands in (({}, 9.0), ({"send_hidden": False}, 8.0)):
        school = room("powerschool", rules)
        school.add(scores=None)
        night = live(school, 8.0, hidden)
        assert (holds(school), night.notes()) == ({U1: (stands, "")}, [])


def test_a4_a_student_in_two_sections_of_which_the_sis_knows_one_seat(room: Room) -> None:
    """Canvas has U1 in both, the SIS in the first alone: the second copy is not even made, for nobody it knows has a score there (R-5)."""
    school = room("synergy", sections={"1": ["u1"], "2": ["u1", "u2"]}, strangers={"u1"})
    school.add(scores=None)
    night = live(school, 8.0)
    assert (holds(school), night.why("grade"), night.why()) == ({}, ["GP-STUDENT-UNKNOWN"], ["GP-NO-SCORES"])
    school.strangers = set()
    live(school, 8.0)
    assert holds(school) == {U1: (8.0, ""), ("S2", "U1"): (8.0, "")}


def test_r8_moved_to_another_section_and_back(room: Room) -> None:
    """Each copy keeps what it got; on the way back the first copy gets the newer score, and only the seat that was left is told of."""
    school = room("infinite_campus", sections={"1": ["u1"], "2": ["u2"]})
    school.add(scores=None)
    live(school, 8.0)
    school.sections = {"1": [], "2": ["u2", "u1"]}
    night = live(school, 9.0)
    assert (holds(school), night.notes()) == ({U1: (8.0, ""), ("S2", "U1"): (9.0, "")}, ["GP-STUDENT-LEFT"])
    school.sections = {"1": ["u1"], "2": ["u2"]}
    night = live(school, 9.5)
    assert (holds(school), night.notes()) == ({U1: (9.5, ""), ("S2", "U1"): (9.0, "")}, ["GP-STUDENT-LEFT"])


@pytest.mark.parametrize(("course", "stands"), [({"workflow_state": "available"}, {}), ({"workflow_state": "completed"}, {U1: (8.0, "")})])
def test_a21_a23_a_concluded_student_counts_in_a_concluded_course_alone(room: Room, course: dict[str, Any], stands: Any) -> None:
    school = room("powerschool", course=course, enrollment_changes={("1", "u1"): {"state": "completed"}})
    school.selection = Selection(now=NOW, mode="on_demand")
    school.add(scores=None)
    night = live(school, 8.0)
    assert holds(school) == stands
    assert night.why("grade") == ([] if stands else ["GP-STUDENT-INACTIVE"])


def test_a23_concluded_and_active_seats_in_one_section_are_one_student(room: Room) -> None:
    """Dropped in September, back in October: Canvas lists two enrolments of one student in one section. One score goes."""
    school = room("synergy")
    school.add(scores=None)
    school.score("100", "u1", 8.0)
    canvas = school.canvas()
    doubled = canvas.enrollments.loc[[0, 0]].assign(state=["completed", "active"]).reset_index(drop=True)
    for rows in (doubled, doubled.iloc[::-1].reset_index(drop=True)):
        filtered = school.filtered(type(canvas)(**{**vars(canvas), "enrollments": rows}))
        assert (len(filtered.scores), list(filtered.withheld["reason_code"])) == (1, [])


@pytest.mark.parametrize(
    ("first", "second"), [("000123", "123"), ("9007199254740993", "9007199254740992"), ("1e5", "100000"), ("ab12", "AB12"), ("0", "00")]
)
def test_a23_ids_that_only_a_spreadsheet_takes_for_the_same(room: Room, first: str, second: str) -> None:
    """Leading zeros, numbers beyond 2^53, capitals: two students, two scores, each under the id as the SIS wrote it."""
    changes = {("1", "u1"): {"sis_user_id": first}, ("1", "u2"): {"sis_user_id": second}}
    school = room("genesis", sections={"1": ["u1", "u2"]}, enrollment_changes=changes)
    school.score(school.add(scores=None), "u1", 1.0)
    school.score("100", "u2", 2.0)
    scores = school.filtered().scores
    assert dict(zip(scores["sis_student_id"], scores["score"], strict=True)) == {first: 1.0, second: 2.0}


def test_r6_canvas_ids_beyond_2_to_the_53_still_have_an_age(room: Room) -> None:
    """Ids of a sharded Canvas: 10000000000000001 and …02 are one float. The older one goes."""
    school = room("powerschool")
    for ident in ("10000000000000002", "10000000000000001", "9999999999999999"):
        school.add("Quiz", id=ident)
    night = school.night()
    assert list(night.plan.assignments["canvas_assignment_id"]) == ["9999999999999999"]
    assert night.why() == ["GP-NAME-DUP"]


def test_a23_the_test_student_creates_nothing(room: Room) -> None:
    """A teacher tries the quiz out as the test student, nobody else has a score: no assignment appears in the SIS."""
    school = room("powerschool", sections={"1": ["view"]}, enrollment_changes={("1", "view"): {"type": "StudentViewEnrollment", "sis_user_id": None}})
    school.add(scores=None)
    night = live(school, 10.0, user="view")
    assert (school.client.items, night.why(), night.why("grade")) == ({}, ["GP-NO-SCORES"], ["GP-STUDENT-TEST"])


def test_a4_a_group_project_is_one_score_for_each_member_in_their_own_section(room: Room) -> None:
    """A Canvas group across two sections: every member has a submission of their own, one of them graded individually."""
    school = room("synergy", sections={"1": ["u1"], "2": ["u2", "u3"]})
    quiz = school.add(scores=9.0, submission_types="online_upload")
    school.score(quiz, "u3", 7.0)
    school.send(school.night())
    assert holds(school) == {("S1", "U1"): (9.0, ""), ("S2", "U2"): (9.0, ""), ("S2", "U3"): (7.0, "")}


@pytest.mark.parametrize("sis_name", ["powerschool", "schooltool"])
def test_f4_the_answer_to_the_first_create_was_lost(room: Room, sis_name: str) -> None:
    """The SIS took it, nobody heard. The teacher renames it meanwhile: it is found by our mark, renamed, and stands once."""
    school = room(sis_name)
    school.add("Quiz", scores=None)
    school.client.own_ids, school.client.fates = False, ["silent"]
    live(school, 8.0)
    school.assignments[0]["name"] = "Quiz 1"
    live(school, 8.0)
    assert [item["name"] for item in school.client.items.values()] == ["Quiz 1"]
    assert holds(school) == {U1: (8.0, "")}
    assert school.night().writes() == 0
