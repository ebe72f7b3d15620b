"""Every verdict of a reconcile and the rule that explains it, over a small classroom whose SIS is read back (F-2, F-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pytest

from include.errors import AccessError, OutageError, SourceError, UnavailableError
from include.gradebook import schemas
from include.gradebook.categories import wanted_categories
from include.gradebook.courses import Selection
from include.gradebook.rules import SisRules
from include.identity import Identity
from include.sis import genesis, infinite_campus, powerschool_rules, schooltool, synergy
from include.sis.contract import SectionsRead
from include.sync.draft import How, draft
from include.sync.one_course import explained
from include.sync.reconcile import Desired, Examined, Terms, reconcile
from include.sync.repair import repair_plan
from tests.classroom import NOW, Classroom


@dataclass
class Shelf:
    """The SIS's gradebook: it holds what a night sent, until somebody edits it. Writes are not known to it at all."""

    room: Classroom
    marks: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)  # SIS section, item, student
    broken: dict[str, Exception] = field(default_factory=dict)
    broken_scores: dict[str, Exception] = field(default_factory=dict)

    def sync(self) -> None:
        """A night, of which the SIS takes everything."""
        night = self.room.night()
        self.room.accept(night)
        ids = {(row["sis_section_id"], row["our_id"]): row["sis_assignment_id"] for row in self.room.standing_in_sis if row.get("our_id")}
        ours = night.plan.assignments.set_index(["sis_section_id", "canvas_assignment_id"])["our_id"]
        for row in night.plan.scores[night.plan.scores["action"] != "none"].to_dict("records"):
            section = row["sis_section_id"]
            item = ids[section, ours[section, row["canvas_assignment_id"]]]
            self.marks[section, item, row["sis_student_id"]] = {name: row[name] for name in ("score", "exempt", "missing", "late")}

    def item(self, name: str = "Quiz", section: str = "S1") -> dict[str, Any]:
        """What stands under this name, to be edited."""
        return next(row for row in self.room.standing_in_sis if (row["name"], row["sis_section_id"]) == (name, section))

    def mark(self, student: str = "U1", name: str = "Quiz") -> dict[str, Any]:
        """A student's score of it, to be edited."""
        return self.marks["S1", self.item(name)["sis_assignment_id"], student]

    def check(self) -> list[str]:
        return []

    def read_sections(self, asked: Sequence[str]) -> SectionsRead:
        for section in self.broken.keys() & set(asked):
            raise self.broken[section]
        return self.room.sis(list(asked)).sections

    def read_assignments(self, asked: Sequence[str]) -> pd.DataFrame:
        return self.room.sis(list(asked)).assignments

    def read_scores(self, section: str, asked: Sequence[str]) -> pd.DataFrame:
        if section in self.broken_scores:
            raise self.broken_scores[section]
        return schemas.SIS_SCORES.of(
            [
                {"sis_section_id": s, "sis_assignment_id": item, "sis_student_id": student, "sis_score_id": f"r-{student}", **mark}
                for (s, item, student), mark in self.marks.items()
                if s == section and item in asked
            ]
        )

    def examined(self) -> Examined:
        """A reconcile."""
        room, canvas = self.room, self.room.canvas()
        filtered, how = room.filtered(canvas), How("powerschool", room.rules)
        wanted = wanted_categories(filtered.copies, schemas.CHOICES.of(room.choices), canvas.groups, room.rules)
        drafted = draft(filtered.copies, filtered.scores, wanted, room.ledger, how)
        terms = Terms(how, room.today, Identity().student_id, room.selection.assignments)
        return reconcile(Desired(canvas, filtered, room.ledger, drafted), self, terms)  # type: ignore[arg-type]  # a SIS that is only read

    def sentence(self, code: str) -> str:
        """What the first verdict with this reason says in words."""
        rows = self.examined().verdicts
        return explained(code, rows[rows["reason_code"] == code].iloc[0])

    def told(self) -> list[tuple[str, str, str]]:
        """(student or assignment, verdict, reason) of all that is not plainly the same, sorted."""
        rows = self.examined().verdicts
        rows = rows[(rows["verdict"] != "same") | rows["reason_code"].notna()].fillna("")
        who = rows["sis_student_id"].where(rows["sis_student_id"] != "", rows["canvas_assignment_id"])
        return sorted(zip(who, rows["verdict"], rows["reason_code"], strict=True))

    def repaired(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """(assignment, action) and (student, action) of what a repair would send."""
        examined = self.examined()
        plan = repair_plan(examined.resolved.plan, examined.verdicts, self.room.ledger, "powerschool")
        found = []
        for part, who in ((plan.assignments, "canvas_assignment_id"), (plan.scores, "sis_student_id")):
            sent = part[part["action"] != "none"]
            found.append(sorted(zip(sent[who], sent["action"], strict=True)))
        return found[0], found[1]


def shelf(rules: SisRules | None = None, **scores: Any) -> Shelf:
    """A synced classroom with one assignment (id 100), Quiz, and two students."""
    room = Classroom(rules=rules or SisRules())
    room.add(scores=scores.get("scores", 8.0))
    found = Shelf(room)
    found.sync()
    return found


def test_f2_freshly_synced_is_the_same() -> None:
    found = shelf()
    assert found.told() == []
    assert found.repaired() == ([], [])
    assert list(found.examined().verdicts["verdict"]) == ["same"] * 3


def test_f2_a_score_that_is_gone_is_missing() -> None:
    found = shelf()
    found.marks.clear()
    found.marks["S1", found.item()["sis_assignment_id"], "U2"] = {"score": None}  # an emptied row is nothing either
    assert found.told() == [("U1", "missing", "RC-MISSING"), ("U2", "missing", "RC-MISSING")]
    assert found.repaired() == ([], [("U1", "create"), ("U2", "update")])


def test_f2_scores_go_missing_with_their_assignment() -> None:
    found = shelf()
    found.room.standing_in_sis.clear()
    assert found.told() == [("100", "missing", "RC-MISSING"), ("U1", "missing", "RC-WITH-ASSIGNMENT"), ("U2", "missing", "RC-WITH-ASSIGNMENT")]
    assert found.repaired() == ([("100", "create")], [("U1", "create"), ("U2", "create")])


def test_f2_edited_in_the_sis_is_told_from_changed_in_canvas() -> None:
    found = shelf()
    found.mark("U1")["score"] = 3.0
    found.room.score("100", "u2", 9.5)
    row = found.examined().verdicts.set_index("sis_student_id").loc["U1"]
    assert (row["canvas_value"], row["sent_value"], row["sis_value"]) == ("8", "8", "3")
    assert found.told() == [("U1", "edited", "RC-EDITED"), ("U2", "different", "RC-NOT-YET")]
    assert found.repaired() == ([], [("U1", "update"), ("U2", "update")])


def test_f2_different_after_an_attempt_that_was_never_confirmed() -> None:
    """The ledger took 8 once; then it was sent again and no answer came. Nobody can say that a person edited it."""
    found = shelf()
    found.mark("U1")["score"] = 3.0
    scores = found.room.ledger.scores
    found.room.ledger = replace(found.room.ledger, scores=scores.assign(outcome=scores["outcome"].mask(scores["sis_student_id"] == "U1", "unknown")))
    assert found.told() == [("U1", "different", "RC-DIFFERENT")]


def test_f2_details_of_an_assignment_are_compared() -> None:
    found = shelf()
    found.item().update(points_possible=20.0, due_date="2026-12-01")
    row = found.examined().verdicts.iloc[0]
    assert (row["canvas_value"], row["sis_value"], row["sent_value"]) == ("points 10; due 2026-11-09", "points 20; due 2026-12-01", "due 2026-11-09")
    assert found.told() == [("100", "edited", "RC-EDITED")]
    assert found.repaired() == ([("100", "update")], [])


def test_f2_never_sent_is_not_called_lost() -> None:
    found = shelf()
    found.room.add("Essay", id="101", scores={"score": 5.0})
    told = [("101", "missing", "RC-NOT-YET"), ("U1", "missing", "RC-WITH-ASSIGNMENT"), ("U2", "missing", "RC-WITH-ASSIGNMENT")]
    assert found.told() == told
    assert found.repaired() == ([("101", "create")], [("U1", "create"), ("U2", "create")])


def test_a9_cleared_in_canvas_is_stale_as_long_as_the_sis_holds_it() -> None:
    found = shelf()
    del found.room.submissions["100", "u1"]
    assert found.told() == [("U1", "stale", "GP-BLANKED")]
    assert found.repaired() == ([], [])
    found.marks.pop(("S1", found.item()["sis_assignment_id"], "U1"))
    assert found.told() == []


def test_a9_a_repair_clears_where_the_district_opted_in() -> None:
    found = shelf(SisRules(clear_blanks=True))
    del found.room.submissions["100", "u1"]
    assert found.repaired() == ([], [("U1", "clear")])


def test_a10_gone_in_canvas_is_an_orphan() -> None:
    found = shelf()
    found.room.assignments[0]["published"] = False
    assert found.told() == [("100", "orphan", "GP-REMOVED")]
    assert found.repaired() == ([], [])
    found.room.standing_in_sis.clear()
    assert found.told() == []


def test_r8_the_score_of_a_student_who_left_is_an_orphan() -> None:
    found = shelf()
    found.room.sections["1"] = ["u2"]
    found.room.submissions.pop(("100", "u1"))
    assert found.told() == [("U1", "orphan", "GP-STUDENT-LEFT")]


def test_f2_a_score_typed_where_canvas_has_none() -> None:
    found = shelf()
    found.room.sections["1"] = ["u1", "u2", "u3"]
    found.marks["S1", found.item()["sis_assignment_id"], "U3"] = {"score": 4.0}
    assert found.told() == [("U3", "edited", "RC-TYPED")]
    assert found.repaired() == ([], [])


def test_f2_what_a_rule_holds_back_is_explained_by_it() -> None:
    found = shelf(SisRules(name_max_length=10))
    found.room.assignments[0]["name"] = "A name that is far too long"
    assert ("100", "different", "GP-NAME-LONG") in found.told()
    assert found.repaired() == ([], [])
    found.mark("U1")["score"] = 3.0
    assert ("U1", "edited", "GP-ASSIGNMENT-WITHHELD") in found.told()


@pytest.mark.parametrize(
    ("changed", "code", "sentence"),
    [
        ({"name": "A name that is far too long"}, "GP-NAME-LONG", "The assignment name has 27 characters; the SIS allows 10."),
        ({"points_possible": 5000.0}, "GP-POINTS-MAX", "Points possible is 5000; the SIS allows at most 1000."),
        ({"points_possible": -1.0}, "GP-POINTS-NEGATIVE", "Points possible is -1; it must be 0 or more."),
    ],
)
def test_f5_the_rule_is_told_with_its_value_and_limit(changed: dict[str, Any], code: str, sentence: str) -> None:
    found = shelf(SisRules(name_max_length=10, points_max=1000.0))
    found.room.assignments[0].update(changed)
    assert found.sentence(code).startswith(sentence)


def test_f5_a_score_that_is_held_back_is_told_with_its_value() -> None:
    found = shelf()
    found.room.score("100", "u1", -2.0)
    assert found.sentence("GP-SCORE-NEGATIVE").startswith("The score is -2; it must be 0 or more.")


def test_f5_a_category_that_is_gone_is_named_in_the_verdict() -> None:
    found = shelf()
    found.room.categories[0]["state"] = "deleted"
    found.item()["points_possible"] = 20.0
    assert found.sentence("GP-CATEGORY-DELETED").startswith("The category Homework was deleted in the SIS.")


@pytest.mark.parametrize("part", ["broken", "broken_scores"])
def test_f5_what_cannot_be_read_is_told_with_what_was_wrong(part: str) -> None:
    found = shelf()
    getattr(found, part)["S1"] = SourceError("the answer cannot be read")
    assert found.sentence("SIS-UNREADABLE").startswith("The SIS returned a response that Grade Sync cannot read: the answer cannot be read.")


def test_f2_a_rule_of_the_sis_keeps_the_repair_away() -> None:
    found = shelf()
    found.room.categories[0]["state"] = "deleted"
    found.item()["points_possible"] = 20.0
    assert ("100", "edited", "GP-CATEGORY-DELETED") in found.told()
    assert found.repaired() == ([], [])


@pytest.mark.parametrize("rule", ["category", "name", "points"])
def test_r23_what_a_repair_creates_again_passes_every_rule_for_a_new_item(rule: str) -> None:
    found = shelf(powerschool_rules.RULES if rule == "points" else None)
    gone = found.item()
    found.room.standing_in_sis.remove(gone)
    found.marks.clear()
    assert found.repaired()[0] == [("100", "create")]
    if rule == "category":
        found.room.categories[0]["state"] = "deleted"
    elif rule == "name":
        found.room.standing_in_sis.append({**gone, "sis_assignment_id": "T1", "our_id": None, "ours": False, "due_date": "2026-10-01"})
    else:
        found.room.assignments[0]["points_possible"] = 99_999.0
    assert found.repaired() == ([], [])


def test_a24_a_student_whom_the_sis_dropped_is_missing_by_rule() -> None:
    found = shelf()
    found.room.strangers.add("u1")
    del found.marks["S1", found.item()["sis_assignment_id"], "U1"]
    assert found.told() == [("U1", "missing", "GP-STUDENT-UNKNOWN")]
    assert found.repaired() == ([], [])


@pytest.mark.parametrize("part", ["broken", "broken_scores"])
def test_f2_what_cannot_be_read_is_said_so_and_nothing_else(part: str) -> None:
    found = shelf()
    getattr(found, part)["S1"] = SourceError("the answer cannot be read")
    copy = [("100", "not readable", "SIS-UNREADABLE")] if part == "broken" else []
    assert found.told() == [*copy, ("U1", "not readable", "SIS-UNREADABLE"), ("U2", "not readable", "SIS-UNREADABLE")]
    assert found.repaired() == ([], [])


TORN = {
    "forbidden": (AccessError("the scores of S2 were refused: HTTP 403", 403, said="sealed"), "SIS-UNREADABLE", "sealed"),
    "fault": (UnavailableError("the scores of S2 failed 5 times, last: HTTP 500", 500, said="deadlock"), "SIS-UNREADABLE", "deadlock"),
    "ours": (KeyError("student Jane"), "GP-OUR-ERROR", "KeyError in test_verdicts.py"),
}


@pytest.mark.parametrize("part", ["broken", "broken_scores"])
@pytest.mark.parametrize("wrong", list(TORN))
def test_i7_f2_one_section_that_cannot_be_read_back_does_not_end_a_reconcile_and_says_why(part: str, wrong: str) -> None:
    error, code, words = TORN[wrong]
    found = Shelf(Classroom(sections={"1": ["u1"], "2": ["u2"]}))
    found.room.add()
    found.sync()
    getattr(found, part)["S2"] = error
    found.mark("U1")["score"] = 1.0
    examined = found.examined()
    rows = examined.verdicts[examined.verdicts["verdict"] != "same"]
    assert dict(zip(rows["sis_section_id"] + rows["kind"], rows["reason_code"], strict=True)) == (
        {"S1grade": "RC-EDITED", "S2grade": code} | ({"S2assignment": code} if part == "broken" else {})
    )
    told = pd.concat([examined.resolved.notes, examined.resolved.withheld])
    told = told[(told["kind"] == "section") & (told["reason_code"] == code)]
    assert list(told["canvas_section_id"]) == ["2"]
    assert words in told["value"].iloc[0]
    assert "Jane" not in told["value"].iloc[0]
    assert all(words in text for text in rows.loc[rows["sis_section_id"] == "S2", "value"])


@pytest.mark.parametrize("error", [OutageError("down"), AccessError("dead credentials", 401)])
def test_i7_f2_what_concerns_every_section_ends_a_reconcile(error: Exception) -> None:
    found = shelf()
    found.broken_scores["S1"] = error
    with pytest.raises(type(error)):
        found.examined()


def renamed(room: Classroom, how: str) -> set[str]:
    """Canvas has other SIS IDs for its users; the SIS students under whom a score stands that is not theirs."""
    if how == "corrected":
        room.enrollment_changes[("1", "u1")] = {"sis_user_id": "NEW"}
        return {"U1"}
    if how == "swapped":
        room.enrollment_changes |= {("1", "u1"): {"sis_user_id": "U2"}, ("1", "u2"): {"sis_user_id": "U1"}}
        return {"U1", "U2"}
    if how == "reused":
        room.sections = {"1": ["u2", "u9"]}
        room.enrollment_changes[("1", "u9")] = {"sis_user_id": "U1"}
        return {"U1"}
    room.sections = {"1": ["u2"]}  # merged: u1 is gone, and its enrollment is u2's
    room.enrollment_changes[("1", "u2")] = {"sis_user_id": "U1"}
    return {"U1", "U2"}


@pytest.mark.parametrize("how", ["corrected", "swapped", "reused", "merged"])
@pytest.mark.parametrize("score", [8.0, 9.0], ids=["equal scores", "other scores"])
def test_i2_a_score_under_another_students_id_is_the_wrong_students_whatever_it_is(how: str, score: float) -> None:
    found = shelf()
    wrong = renamed(found.room, how)
    for user in found.room.sections["1"]:
        found.room.score("100", user, score)
    rows = found.examined().verdicts
    verdicts = rows[rows["kind"] == "grade"].set_index("sis_student_id")["verdict"]
    assert {student: verdicts[student] for student in wrong} == dict.fromkeys(wrong, "wrong student")


@pytest.mark.parametrize("how", ["corrected", "swapped", "reused", "merged"])
def test_i2_every_such_score_is_reported_by_night_with_both_students(how: str) -> None:
    found = shelf()
    wrong = renamed(found.room, how)
    night = found.room.night()
    notes = night.resolved.notes
    told = notes[notes["reason_code"].isin(["GP-STUDENT-CHANGED", "GP-STUDENT-REPLACED"])]
    assert set(told["value"]) == wrong
    assert set(told["canvas_assignment_id"]) == {"100"}
    assert told["limit"].str.contains("Canvas user u").all()


def test_f2_a_twin_is_named_beside_ours() -> None:
    found = shelf()
    twin = {**found.item(), "sis_assignment_id": "copy-1", "our_id": None, "ours": False}
    found.room.standing_in_sis.append(twin)
    assert found.told() == [("100", "twin", "RC-TWIN")]
    found.room.standing_in_sis[-1]["due_date"] = "2026-10-01"  # another assignment of the same name is no twin
    assert found.told() == []


def test_f10_a_lost_ledger_changes_no_verdict_but_finds_what_is_left_over() -> None:
    found = shelf()
    found.room.ledger = Classroom().ledger
    assert found.told() == []
    found.mark("U1")["score"] = 3.0
    assert found.told() == [("U1", "different", "RC-NOT-YET")]
    assert found.repaired() == ([("100", "adopt")], [("U1", "update")])
    found.room.assignments.clear()
    assert found.told() == [("100", "orphan", "GP-REMOVED")]


def test_a19_what_was_not_asked_for_is_not_judged() -> None:
    found = shelf()
    found.room.add("Essay", id="101")
    found.sync()
    found.marks.clear()
    found.room.selection = Selection(now=NOW, mode="on_demand", assignments=("101",))
    assert {row[0] for row in found.told()} == {"U1", "U2"}
    assert set(found.examined().verdicts["canvas_assignment_id"]) == {"101"}


EXCUSED, MISSING, LATE = {"excused": True}, {"missing": True}, {"score": 8.0, "late": True}


@pytest.mark.parametrize(
    ("rules", "score", "code"),
    [
        (powerschool_rules.RULES, EXCUSED, "RC-EXCUSED-ZERO"),
        (schooltool.RULES, EXCUSED, "RC-EXCUSED-ZERO"),
        (powerschool_rules.RULES, {"score": 7.0, "excused": True}, "RC-EXCUSED-ZERO"),
        (powerschool_rules.RULES, MISSING, "RC-MISSING-ZERO"),
        (powerschool_rules.RULES, LATE, "RC-LATE-NOT-SENT"),
        (genesis.RULES, LATE, "RC-LATE-NOT-SENT"),
    ],
)
def test_f11_what_is_sent_otherwise_is_the_same_and_explained(rules: SisRules, score: dict[str, Any], code: str) -> None:
    assert shelf(rules, scores=score).told() == [("U1", "same", code), ("U2", "same", code)]


def test_f11_excused_without_a_number_in_the_sis_is_the_same() -> None:
    found = shelf(schooltool.RULES, scores=EXCUSED)
    found.mark("U1")["score"] = None
    assert [row[1] for row in found.told()] == ["same", "same"]
    found.mark("U1")["exempt"] = False
    found.mark("U1")["score"] = 0.0
    assert found.told()[0] == ("U1", "edited", "RC-EDITED")


def test_r4_f2_an_excuse_that_the_sis_has_lost_is_told_though_a_remaster_had_sent_it() -> None:
    found = shelf(synergy.RULES)
    found.room.score("100", "u1", EXCUSED)
    found.room.selection = Selection(now=NOW, mode="remaster")
    found.sync()
    found.room.selection = Selection(now=NOW)
    assert found.room.night().why("grade") == ["GP-EXCUSED-STANDS"]
    found.mark("U1")["exempt"] = False
    assert [row for row in found.told() if row[0] == "U1"] == [("U1", "missing", "GP-EXCUSED-REMASTER")]
    assert "GP-EXCUSED-REMASTER" in set(found.examined().resolved.withheld["reason_code"]), "a warning, so somebody reads it"


def test_f11_rounded_for_display_is_the_same() -> None:
    found = shelf(scores=8.666667)
    found.mark("U1")["score"] = 8.67
    found.mark("U2")["score"] = 9.0  # somebody's own number
    assert found.told() == [("U1", "same", "RC-ROUNDED"), ("U2", "edited", "RC-EDITED")]


def test_a7_a_status_alone_is_no_work_for_a_repair_in_synergy() -> None:
    found = shelf(synergy.RULES, scores=LATE)
    found.mark("U1")["late"] = False
    assert found.told() == [("U1", "edited", "RC-STATUS-ALONE")]
    assert found.repaired() == ([], [])


def test_sy14_unlocked_is_told_where_the_sis_tells_about_locks() -> None:
    found = shelf(synergy.RULES)
    found.room.add("Essay", id="101")
    found.sync()
    assert found.told() == []  # a SIS that shows no lock at all
    for item in found.room.standing_in_sis:
        item["locked"] = True
    found.item()["locked"] = False
    found.mark("U1")["score"] = 1.0
    assert found.told() == [("100", "edited", "SY-READONLY-OFF"), ("U1", "edited", "SY-READONLY-OFF")]
    assert found.repaired() == ([], [])


def test_ic15_what_the_teacher_filed_is_no_edit() -> None:
    found = shelf(infinite_campus.RULES)
    found.item()["category_id"] = "C7"
    assert found.told() == []
    moved = shelf()
    moved.item()["category_id"] = "C7"
    assert moved.told() == [("100", "edited", "RC-EDITED")]
