"""Odd students, sections, overrides, categories, and dates, written from the requirements alone (I-1 to I-3, I-7, R-17 to R-24)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.gradebook import schemas
from include.identity import mapping
from include.sis.registry import SIS
from include.sync.plan import SisRead
from tests.classroom import Classroom, Night, accepted


@dataclass
class Listed(Classroom):
    """A classroom whose SIS lists these students in S1, whatever Canvas has."""

    listed: list[str] = field(default_factory=list)

    def sis(self, sections: list[str]) -> SisRead:
        read = super().sis(sections)
        rows = [{"sis_section_id": section, "sis_student_id": student} for section in sections for student in self.listed]
        return replace(read, sections=replace(read.sections, students=schemas.SIS_STUDENTS.of(rows)))


def with_ledger_of(before: Classroom, **changes: Any) -> Listed:
    """What Canvas looks like now, over what was accepted before."""
    return Listed(**{"ledger": before.ledger, "standing_in_sis": before.standing_in_sis, "assignments": before.assignments, **changes})


def told(night: Night) -> pd.DataFrame:
    """All that is told about rows, with the sentence."""
    from include.gradebook.reasons import reason

    rows = pd.concat([night.resolved.withheld, night.resolved.notes], ignore_index=True).astype(object).fillna("")
    sentences = [reason(row["reason_code"]).told(row["value"], row["limit"]) for row in rows.to_dict("records")]
    return rows.assign(sentence=sentences)


def about(night: Night, *words: str) -> list[str]:
    """The sentences that hold all these words."""
    return [text for text in told(night)["sentence"] if all(word in text for word in words)]


@pytest.mark.parametrize("padded", [" U1", "U1  ", "\u00a0U1", "U1\t", "U1\u202f", "\u2007U1"])
def test_i3_r24_two_users_whose_sis_ids_differ_only_in_padding_are_both_withheld_and_named(padded: str) -> None:
    place = Classroom(enrollment_changes={("1", "u2"): {"sis_user_id": padded}})
    place.add(scores=None)
    place.score("100", "u1", 8.0)
    place.score("100", "u2", 3.0)
    night = place.night()
    assert night.scores() == {}
    assert about(night, "u1", "u2", "U1")


def test_a24_an_id_that_differs_only_in_letter_case_is_another_student_and_never_gets_the_first_ones_record() -> None:
    place = Classroom(enrollment_changes={("1", "u2"): {"sis_user_id": "u1"}})
    place.add(scores=None)
    place.score("100", "u1", 8.0)
    place.score("100", "u2", 3.0)
    night = place.night()
    assert night.scores() in ({("S1", "U1"): (8.0, "")}, {})
    assert len(told(night)) > 0, "never silent"


def test_i3_a_student_enrolled_twice_in_one_section_is_one_student_with_one_score() -> None:
    place = Classroom(sections={"1": ["u1", "u2", "u1"]})
    place.add()
    night = place.night()
    assert night.scores() == {("S1", "U1"): (8.0, ""), ("S1", "U2"): (8.0, "")}
    assert len(night.plan.scores) == 2
    assert "GP-STUDENT-TWICE" not in night.why("grade")


def test_a4_a_student_in_two_sections_gets_one_score_in_each() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u1"]})
    place.add()
    night = place.night()
    assert night.scores() == {("S1", "U1"): (8.0, ""), ("S2", "U1"): (8.0, "")}


def test_i3_a_user_whose_second_enrollment_carries_a_classmates_id_takes_nobodys_record() -> None:
    place = Classroom(sections={"1": ["u1", "u2"], "2": ["u1"]}, enrollment_changes={("2", "u1"): {"sis_user_id": "U2"}})
    place.add(scores=None)
    place.score("100", "u1", 8.0)
    place.score("100", "u2", 3.0)
    night = place.night()
    assert ("S2", "U2") not in night.scores()
    assert ("S1", "U2") not in night.scores(), "all are withheld"
    assert about(night, "u1", "u2", "U2")


def test_i2_scores_of_a_user_who_was_merged_away_are_named_and_not_called_unchanged() -> None:
    now = with_ledger_of(accepted(), sections={"1": ["u1"]}, listed=["U1", "U2"])
    now.score("100", "u1", 8.0)
    night = now.night()
    rows = told(night)
    mine = rows[(rows["canvas_user_id"] == "u2") | rows["sentence"].str.contains("U2")]
    assert len(mine), "the score of 8 that stands for U2 is told"
    assert set(mine["canvas_assignment_id"]) == {"100"}


@pytest.mark.parametrize("score", [None, 8.0, 5.0])
def test_i2_a_reused_sis_id_never_inherits_the_score_of_the_one_who_had_it(score: float | None) -> None:
    now = with_ledger_of(accepted(), sections={"1": ["u9", "u2"]}, enrollment_changes={("1", "u9"): {"sis_user_id": "U1"}}, listed=["U1", "U2"])
    now.score("100", "u2", 8.0)
    if score is not None:
        now.score("100", "u9", score)
    night = now.night()
    assert about(night, "u1", "u9"), "both users are named"
    assert (("S1", "U1") in night.scores()) == (score is not None), "sent again even where the number is the same"


def test_r2_an_override_for_a_section_of_another_course_dates_nothing_here() -> None:
    place = Classroom()
    quiz = place.add()
    place.override(quiz, "section", "999", due_at="2026-12-01T04:59:59Z")
    night = place.night()
    assert night.due() == {"S1": "2026-11-09"}
    assert len(night.scores()) == 2


def test_i7_one_unknown_kind_of_override_costs_at_most_its_own_assignment() -> None:
    place = Classroom()
    odd = place.add("Odd")
    place.add("Even")
    place.override(odd, "planet", "1", due_at="2026-12-01T04:59:59Z")
    assert ("S1", "Even") in place.night().sent()


@pytest.mark.parametrize("group", ["\u00a0Home  work", "home\u202fwork ", "HOME\u2007\u00a0WORK", "Home\twork", "Home\nwork"])
def test_r24_spaces_of_any_kind_do_not_part_a_group_from_its_category(group: str) -> None:
    place = Classroom(groups=[{"canvas_group_id": "9", "name": group}], categories=[{"category_id": "C1", "title": "Home work", "state": "active"}])
    place.add()
    assert place.night().sent() == [("S1", "Quiz")]


def test_r24_names_that_differ_only_in_runs_of_spaces_are_duplicates() -> None:
    place = Classroom(rules=SIS["powerschool"].rules)
    place.add("Unit 1  quiz")
    place.add("Unit\u00a01 quiz ")
    night = place.night()
    assert len(night.sent()) == 1
    assert night.why() == ["GP-NAME-DUP"]


@pytest.mark.parametrize(
    ("due_at", "day"),
    [
        ("2026-11-01T05:30:00Z", "2026-11-01"),
        ("2026-11-01T06:30:00Z", "2026-11-01"),
        ("2026-11-01T03:59:59Z", "2026-10-31"),
        ("2026-11-02T04:59:59Z", "2026-11-01"),
        ("2027-03-14T04:59:59Z", "2027-03-13"),
        ("2027-03-14T07:00:00Z", "2027-03-14"),
        ("2027-03-15T03:59:59Z", "2027-03-14"),
    ],
)
def test_a17_a_due_time_in_the_hour_of_a_clock_change_keeps_its_local_day(due_at: str, day: str) -> None:
    place = Classroom(term=("2026-08-24", "2027-06-30"))
    place.add(due_at=due_at)
    assert place.night().due() == {"S1": day}


@pytest.mark.parametrize(("due_at", "day"), [("2100-01-01T04:59:59Z", "2099-12-31"), ("2000-01-01T05:00:00Z", "2000-01-01")])
def test_r22_the_limits_are_local_days_and_belong_to_the_range(due_at: str, day: str) -> None:
    place = Classroom(rules=SIS["genesis"].rules)
    place.add(due_at=due_at)
    assert place.night().due() == {"S1": day}


@pytest.mark.parametrize(("due_at", "day"), [("2100-01-01T05:00:00Z", "2100-01-01"), ("2000-01-01T04:59:59Z", "1999-12-31")])
def test_r22_a_local_day_outside_the_range_is_withheld_with_the_date_and_its_neighbor_is_sent(due_at: str, day: str) -> None:
    place = Classroom(rules=SIS["genesis"].rules)
    place.add("Far", due_at=due_at)
    place.add("Near")
    night = place.night()
    assert night.sent() == [("S1", "Near")]
    assert day in night.told("GP-DUE-RANGE")


@pytest.mark.parametrize("sis_name", ["powerschool", "schooltool"])
def test_r18_excused_with_a_number_is_zero_and_exempt(sis_name: str) -> None:
    place = Classroom(rules=SIS[sis_name].rules)
    place.add(scores={"score": 7.0, "excused": True})
    assert set(place.night().scores().values()) == {(0.0, "exempt")}


@pytest.mark.parametrize(
    ("unlock_at", "created_at", "day"),
    [
        (None, "2025-06-01T12:00:00Z", "2026-08-24"),
        ("2024-01-01T12:00:00Z", "2026-09-01T12:00:00Z", "2026-08-24"),
        ("0001-01-01T00:00:00Z", "2026-09-01T12:00:00Z", None),
        ("9999-12-31T23:59:59Z", "2026-09-01T12:00:00Z", None),
    ],
)
def test_r21_an_assign_date_outside_the_term_or_after_the_due_date_is_moved(unlock_at: str | None, created_at: str, day: str | None) -> None:
    place = Classroom(rules=SIS["infinite_campus"].rules)
    place.add(unlock_at=unlock_at, created_at=created_at)
    night = place.night()
    assert night.sent() == [("S1", "Quiz")]
    (row,) = night.plan.assignments.to_dict("records")
    assert pd.isna(row["assign_date"]) or "2026-08-24" <= row["assign_date"] <= "2026-11-09"
    assert day is None or row["assign_date"] == day


def test_r21_a_due_date_before_the_term_never_gets_a_later_assign_date() -> None:
    place = Classroom(rules=SIS["genesis"].rules)
    place.add(due_at="2026-08-01T04:59:59Z", created_at="2026-09-15T12:00:00Z")
    (row,) = place.night().plan.assignments.to_dict("records")
    assert pd.isna(row["assign_date"]) or row["assign_date"] <= row["due_date"]


def test_r23_what_is_created_again_still_gives_way_to_a_name_that_a_teacher_has_taken() -> None:
    place = accepted(SIS["powerschool"].rules.model_copy(update={"recreate_deleted": True}))
    teachers = {"sis_section_id": "S1", "sis_assignment_id": "T1", "our_id": None, "name": " quiz", "due_date": None, "points_possible": 5.0}
    place.standing_in_sis = [{**teachers, "category_id": "C1", "ours": False}]
    place.score("100", "u1", 9.0)
    night = place.night()
    assert night.sent() == []
    assert night.scores() == {}
    assert night.why() == ["GP-NAME-TAKEN"]


def test_i5_r23_an_item_under_our_id_that_is_not_ours_is_neither_deleted_nor_written() -> None:
    place = accepted(SIS["powerschool"].rules.model_copy(update={"delete_removed": True, "clear_blanks": True}))
    place.standing_in_sis = [{**item, "ours": False, "our_id": None, "name": "Final exam"} for item in place.standing_in_sis]
    place.assignments[0]["published"] = False
    night = place.night()
    assert night.writes() == 0
    assert about(night, "Final exam"), "the foreign item is named"


MAP = "canvas_id,sis_id"


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{MAP}\n7,A\n8,B\n", f"{MAP}\r\n7,A\r\n8,B\r\n", f"{MAP} \n7 ,A  \n8,\u00a0B \n", " canvas_id , sis_id\n7,A\n8,B\n\n\n",
        f'{MAP}\n"7","A"\n" 8 ","B"\n', f"{MAP}\n7,A\n8,B",
    ],
)  # fmt: skip
def test_r24_a_mapping_file_as_spreadsheets_write_it_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "ids.csv").write_text(text, encoding="utf-8", newline="")
    assert mapping(tmp_path / "ids.csv") == {"7": "A", "8": "B"}
