"""The generated district: the same from the same seed, like a school at first sight, with every awkward case somewhere."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from include.errors import ConfigError
from include.sandbox.canvas import canvas_app
from include.sandbox.generate import ACCOUNTS, Size, generate
from include.sandbox.school_year import instant, terms
from include.sandbox.serving import Journal, run_in_thread
from include.sandbox.world import TARGETS, Course, District

LABELS_OF_ASSIGNMENTS = """
    name_30 name_31 name_50 name_51 name_255 duplicate duplicate_case emoji special_characters typographic html decomposed formula foreign_twin
    unpublished not_synced switch_null not_graded attendance new_quiz classic_quiz discussion moderated anonymous omitted posted_manually zero_points
    null_points decimal_points huge_points letter_grade pass_fail percent gpa_scale score_cases no_scores group_unmatched group_case group_hidden
    group_deleted group_ambiguous group_integration_data undated due_2359 due_1500 due_before_clock_change due_clock_change_autumn
    due_clock_change_spring due_new_year due_term_start due_term_end due_after_term due_before_term due_today huge_id section_own_date
    section_null_date section_no_date_key section_unassigned everyone_else_undated sections_only sections_only_base_left all_sections course_override
    student_override student_only group_override group_assignment module_override mastery_path mastery_path_only overrides_25
"""
LABELS_OF_SCORES = """
    score_many_decimals score_binary_sum score_zero score_over_max score_hidden score_late_deducted score_resubmitted score_excused score_missing
    score_missing_policy score_cleared score_pending_review score_negative
"""
LABELS_OF_PEOPLE = """
    student_two_sections student_test student_invited student_inactive student_completed student_deleted student_no_sis_id student_unknown
    student_sis_only student_added_by_hand student_moved student_ended_in_one student_global_id student_huge_id
"""
LABELS_OF_COURSES = """
    course_odd_assignments course_odd_people course_no_students course_unpublished course_concluded course_deleted course_next_term course_no_sis_id
    course_nightly_off course_empty
"""


@cache
def district(size: str = "small") -> District:
    return generate(size=size)


def course(world: District, target: str, label: str) -> Course:
    (wanted,) = world.awkward[target][label]
    return next(one for one in world.courses if one.id == wanted)


def assignment(world: District, target: str, label: str) -> Any:
    wanted = world.awkward[target][label][0]
    return next(row for row in course(world, target, "course_odd_assignments").assignments if str(row["id"]) == wanted)


def overrides(world: District, target: str, label: str) -> list[Any]:
    wanted = world.awkward[target][label][0]
    return [row for row in course(world, target, "course_odd_assignments").overrides if str(row["assignment_id"]) == wanted]


def score(world: District, target: str, label: str) -> Any:
    row, user = world.awkward[target][label]
    return course(world, target, "course_odd_assignments").submissions[int(row), int(user)]


def test_same_seed_same_district() -> None:
    assert generate(seed=3, size="small") == generate(seed=3, size="small")
    assert generate(seed=3, size="small") != generate(seed=4, size="small")


def test_unknown_size_names_the_allowed_ones() -> None:
    with pytest.raises(ConfigError, match="'huge' does not exist; allowed: small, demo, large"):
        generate(size="huge")


def test_demo_has_the_size_of_a_small_district() -> None:
    world = generate(size="demo")
    for target in TARGETS:
        ordinary = [one for one in world.courses if one.target == target and not one.name.startswith("Oddities")]
        assert len(ordinary) == 7
        assert all(len(one.sections) == 3 and len(one.assignments) >= 12 for one in ordinary)
        assert all(sum(len(section.students) for section in one.sections) == 60 for one in ordinary)


def test_own_measures() -> None:
    world = generate(size=Size(courses=3, sections=2, students=10, assignments=5))
    ordinary = [one for one in world.courses if one.target == "synergy" and not one.name.startswith("Oddities")]
    assert [(len(one.sections), len(one.assignments)) for one in ordinary] == [(2, 5), (2, 5)]


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_has_its_account_schools_and_terms(target: str) -> None:
    world = district()
    assert [one.id for one in world.schools if one.target == target] == [f"{ACCOUNTS[target]}1", f"{ACCOUNTS[target]}2"]
    current = next(term for term in world.terms if term.target == target and term.start <= world.today <= term.end)
    assert (current.start, current.end, current.yearid) == (date(2026, 8, 24), date(2027, 1, 22), 36)


@pytest.mark.parametrize("today", [date(2026, 11, 13), date(2027, 1, 23), date(2027, 7, 4), date(2028, 2, 29), date(2026, 8, 25)])
def test_any_day_lies_well_inside_a_term(today: date) -> None:
    before, current, after = terms("genesis", "11", today)
    assert (today - current.start).days >= 30
    assert (current.end - today).days >= 30
    assert before.end < current.start < current.end < after.start


@pytest.mark.parametrize("target", TARGETS)
def test_sis_ids_are_of_the_sis_s_fashion_and_unique(target: str) -> None:
    world = district()
    students = [one.sis_id for one in world.students if one.target == target and one.sis_id]
    sections = [section.sis_id for one in world.courses if one.target == target for section in one.sections if section.sis_id]
    assert len(set(students)) == len(students)
    assert len(set(sections)) == len(sections)
    if target == "powerschool":
        assert sections[0] == "85001"
        assert students[0] == "81001"
        assert all(one.isdigit() for one in students + sections)
    if target == "schooltool":
        assert all(one.startswith("0") for one in students)


def test_canvas_ids_are_never_shared_between_kinds() -> None:
    seen: Counter[int] = Counter()
    for one in district().courses:
        seen.update([int(one.id), *(int(section.id) for section in one.sections)])
        for rows in (one.groups, one.assignments, one.overrides, one.enrollments, one.submissions.values()):
            seen.update(row["id"] for row in rows)
    assert [number for number, times in seen.items() if times > 1] == []


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("size", ["small", "demo"])
def test_every_awkward_case_is_there(target: str, size: str) -> None:
    world = district(size)
    found = world.awkward[target]
    work, people = course(world, target, "course_odd_assignments"), course(world, target, "course_odd_people")
    assert set(LABELS_OF_COURSES.split()) <= set(found)
    assert {found[label][0] for label in LABELS_OF_ASSIGNMENTS.split()} <= {str(row["id"]) for row in work.assignments}
    assert all(tuple(map(int, found[label])) in work.submissions for label in LABELS_OF_SCORES.split())
    listed = {str(row["user_id"]) for row in people.enrollments} | {one for section in people.sections for one in section.sis_students}
    assert {found[label][0] for label in LABELS_OF_PEOPLE.split()} <= listed


@pytest.mark.parametrize("target", TARGETS)
def test_names_have_the_lengths_that_their_labels_say(target: str) -> None:
    for length in (30, 31, 50, 51, 255):
        assert len(assignment(district(), target, f"name_{length}")["name"]) == length


def test_r6_twins_differ_in_case_and_blanks_only() -> None:
    world = district()
    first, second = (row for row in course(world, "synergy", "course_odd_assignments").assignments if row["name"] == "Vocabulary Check")
    other = assignment(world, "synergy", "duplicate_case")
    assert first["id"] != second["id"]
    assert other["name"] != first["name"]
    assert str(other["name"]).strip().lower() == str(first["name"]).lower()


def test_a17_due_2359_is_another_day_in_utc() -> None:
    due = assignment(district(), "genesis", "due_2359")["due_at"]
    local = datetime.fromisoformat(due).astimezone(ZoneInfo("America/New_York"))
    assert (local.date().isoformat(), local.strftime("%H:%M")) == ("2026-11-07", "23:59")
    assert due.startswith("2026-11-08T04:59")


def test_a17_clock_change_days_are_those_of_the_school_year() -> None:
    zone = ZoneInfo("America/New_York")
    for label, day in (("due_clock_change_autumn", date(2026, 11, 1)), ("due_clock_change_spring", date(2027, 3, 14))):
        local = datetime.fromisoformat(assignment(district(), "genesis", label)["due_at"]).astimezone(zone)
        assert local.date() == day
        assert local.replace(hour=0, minute=30).utcoffset() != local.utcoffset()


def test_a17_end_of_day_is_canvas_s() -> None:
    assert instant(date(2026, 9, 18), "America/New_York") == "2026-09-19T03:59:59Z"
    assert instant(date(2026, 12, 18), "America/New_York") == "2026-12-19T04:59:59Z"


def test_r2_section_overrides_hold_exactly_the_dates_that_they_change() -> None:
    world = district()
    (own,), (null,), (absent,), (taken,) = (
        overrides(world, "schooltool", f"section_{label}") for label in ("own_date", "null_date", "no_date_key", "unassigned")
    )
    assert own["due_at"] == "2026-11-10T04:59:59Z"
    assert null["due_at"] is None
    assert "due_at" not in absent
    assert taken["unassign_item"] is True
    assert assignment(world, "schooltool", "everyone_else_undated")["due_at"] is None


def test_r2_all_sections_overridden_leaves_no_everyone_else() -> None:
    world = district()
    sections = {int(one.id) for one in course(world, "powerschool", "course_odd_assignments").sections}
    assert {row["course_section_id"] for row in overrides(world, "powerschool", "all_sections")} == sections


def test_r1_each_override_names_one_target() -> None:
    world = district()
    targets = ("student_ids", "group_id", "course_section_id", "course_id", "noop_id")
    for one in world.courses:
        assert all(sum(name in row for name in targets) == 1 for row in one.overrides)
    assert len(overrides(world, "genesis", "overrides_25")) > 25
    assert {"noop_id", "student_ids"} <= {key for row in overrides(world, "genesis", "mastery_path") for key in row}
    assert "context_module_id" in overrides(world, "genesis", "module_override")[0]


def test_only_those_who_are_given_an_assignment_have_a_submission() -> None:
    world = district()
    odd = course(world, "infinite_campus", "course_odd_assignments")

    def users(label: str) -> int:
        wanted = int(world.awkward["infinite_campus"][label][0])
        return sum(row == wanted for row, _ in odd.submissions)

    assert users("name_30") == 16
    assert users("sections_only") == 8
    assert users("section_unassigned") == 8
    assert users("student_only") == 1
    assert users("course_override") == 16
    assert users("unpublished") == 0
    assert users("not_graded") == 0


def test_the_latest_matching_date_is_the_student_s_due_date() -> None:
    world = district()
    odd = course(world, "genesis", "course_odd_assignments")
    number = int(world.awkward["genesis"]["section_own_date"][0])
    dues = {user: odd.submissions[number, int(user)]["cached_due_date"] for section in odd.sections for user in section.students}
    assert {dues[user] for user in odd.sections[0].students} == {"2026-11-10T04:59:59Z"}
    assert {dues[user] for user in odd.sections[1].students} == {"2026-11-06T04:59:59Z"}


def test_a15_scores_hold_what_their_labels_say() -> None:
    world = district()
    assert score(world, "genesis", "score_many_decimals")["score"] == 12.345678
    assert score(world, "genesis", "score_binary_sum")["score"] == 0.1 + 0.2
    assert score(world, "genesis", "score_over_max")["score"] == 25.0
    assert score(world, "genesis", "score_negative")["score"] == -2.0
    late = score(world, "genesis", "score_late_deducted")
    assert (late["score"], late["entered_score"], late["points_deducted"], late["late"]) == (16.0, 20.0, 4.0, True)
    assert score(world, "genesis", "score_hidden")["posted_at"] is None
    excused = score(world, "genesis", "score_excused")
    assert (excused["score"], excused["excused"], excused["workflow_state"]) == (None, True, "graded")
    cleared = score(world, "genesis", "score_cleared")
    assert (cleared["score"], cleared["workflow_state"], cleared["graded_at"] is not None) == (None, "graded", True)
    again = score(world, "genesis", "score_resubmitted")
    assert (again["score"], again["workflow_state"], again["grade_matches_current_submission"]) == (14.0, "submitted", False)
    missing = score(world, "genesis", "score_missing")
    assert (missing["score"], missing["missing"]) == (None, True)


def test_a_moderated_assignment_has_no_scores_yet() -> None:
    world = district()
    for label in ("moderated", "no_scores"):
        wanted = int(world.awkward["synergy"][label][0])
        rows = [row for (one, _), row in course(world, "synergy", "course_odd_assignments").submissions.items() if one == wanted]
        assert len(rows) == 16
        assert {row["score"] for row in rows} == {None}


def test_about_85_of_100_past_works_are_graded() -> None:
    world = district("demo")
    today = datetime.combine(world.today, datetime.min.time(), UTC).isoformat()
    rows = [
        row
        for one in world.courses
        if not one.name.startswith("Oddities")
        for row in one.submissions.values()
        if row["cached_due_date"] and str(row["cached_due_date"]) < today
    ]
    graded = sum(row["score"] is not None for row in rows) / len(rows)
    assert 0.78 < graded < 0.9
    assert 0.005 < sum(bool(row["excused"]) for row in rows) / len(rows) < 0.05
    assert sum(bool(row["late"]) for row in rows) > 50
    assert sum(bool(row["missing"]) for row in rows) > 50


def test_most_names_sync_everywhere() -> None:
    world = district("demo")
    names = [str(row["name"]) for one in world.courses if not one.name.startswith("Oddities") for row in one.assignments]
    assert max(map(len, names)) <= 30
    for one in world.courses:
        if not one.name.startswith("Oddities"):
            assert len({row["name"] for row in one.assignments}) == len(one.assignments)


@pytest.mark.parametrize("target", TARGETS)
def test_a23_people_are_seated_as_their_labels_say(target: str) -> None:
    world = district()
    odd = course(world, target, "course_odd_people")
    rows: dict[str, list[Any]] = {}
    for row in odd.enrollments:
        rows.setdefault(str(row["user_id"]), []).append(row)
    in_sis = {one for section in odd.sections for one in section.sis_students}

    def of(label: str) -> list[tuple[object, object]]:
        return [(row["type"], row["enrollment_state"]) for row in rows.get(world.awkward[target][label][0], [])]

    active = ("StudentEnrollment", "active")
    assert of("student_test") == [("StudentViewEnrollment", "active")]
    assert of("student_two_sections") == [active, active]
    for state in ("invited", "inactive", "completed", "deleted"):
        assert of(f"student_{state}") == [("StudentEnrollment", state)]
    assert sorted(map(str, (state for _, state in of("student_moved")))) == ["active", "deleted"]
    assert rows[world.awkward[target]["student_no_sis_id"][0]][0]["sis_user_id"] is None
    assert world.awkward[target]["student_unknown"][0] not in in_sis
    assert of("student_sis_only") == []
    assert world.awkward[target]["student_sis_only"][0] in in_sis
    assert {int(world.awkward[target][label][0]) % 2 for label in ("student_global_id", "student_huge_id")} == {1}
    assert all(
        float(int(world.awkward[target][label][0])) != int(world.awkward[target][label][0]) for label in ("student_global_id", "student_huge_id")
    )


@pytest.mark.parametrize("target", TARGETS)
def test_a5_sections_are_linked_as_their_labels_say(target: str) -> None:
    world = district()
    sections = {one.id: one for one in course(world, target, "course_odd_people").sections}
    crossed, unknown, by_hand = (sections[world.awkward[target][f"section_{label}"][0]] for label in ("cross_listed", "unknown", "by_hand"))
    assert crossed.cross_listed_from == world.awkward[target]["course_no_students"][0]
    assert crossed.sis_id
    assert crossed.in_sis
    assert unknown.sis_id
    assert not unknown.in_sis
    assert unknown.sis_students == ()
    assert by_hand.sis_id == ""
    assert len(by_hand.students) > 0


@pytest.mark.parametrize("target", TARGETS)
def test_a24_courses_stand_in_every_state(target: str) -> None:
    world = district()
    term = {one.id: one for one in world.terms}
    assert course(world, target, "course_unpublished").workflow_state == "unpublished"
    assert course(world, target, "course_concluded").workflow_state == "completed"
    assert term[course(world, target, "course_concluded").term_id].end < world.today
    assert term[course(world, target, "course_next_term").term_id].start > world.today
    assert course(world, target, "course_no_sis_id").sis_id == ""
    assert course(world, target, "course_nightly_off").nightly_setting == "disabled"
    assert course(world, target, "course_empty").assignments == ()
    assert course(world, target, "course_empty").sections[0].students
    assert course(world, target, "course_no_students").sections == ()


def test_r14_categories_hidden_deleted_and_of_one_name() -> None:
    odd = course(district(), "synergy", "course_odd_assignments")
    states = Counter((one.title, one.state) for one in odd.sections[0].categories)
    assert states["Labs", "hidden"] == 1
    assert states["Old Work", "deleted"] == 1
    assert states["Essays", "active"] == 2
    practice = next(row for row in odd.groups if row["name"] == "Practice")
    assert practice["integration_data"] == {odd.sections[0].sis_id: odd.sections[0].categories[1].id}


def test_r7_a_person_made_an_assignment_of_the_same_name_in_the_sis() -> None:
    world = district()
    for target in TARGETS:
        for section in course(world, target, "course_odd_assignments").sections:
            assert [row["name"] for row in world.foreign[section.sis_id]] == ["Chapter 4 Review", "Participation"]
            assert world.foreign[section.sis_id][0]["category_id"] in {one.id for one in section.categories}


def test_some_course_lies_in_another_time_zone() -> None:
    assert {one.time_zone for one in district("demo").courses if one.target == "genesis"} == {"America/New_York", "America/Chicago"}


@pytest.mark.parametrize("target", TARGETS)
def test_a_category_belongs_to_one_class_but_in_powerschool_to_its_teacher(target: str) -> None:
    owners: dict[str, set[str]] = {}
    for one in district().courses:
        for section in one.sections if one.target == target else ():
            for category in section.categories:
                owners.setdefault(category.id, set()).add(section.teacher_id if target == "powerschool" else section.id)
    assert owners
    assert {len(whose) for whose in owners.values()} == {1}


@pytest.mark.parametrize("target", TARGETS)
def test_r15_a_course_whose_term_has_not_begun_has_scores_already(target: str) -> None:
    one = course(district(), target, "course_next_term")
    assert {row["score"] for row in one.submissions.values()} == {9.0, 18.0}


def test_the_sandbox_canvas_shows_the_rows_as_they_were_generated() -> None:
    """Late, missing and due dates are worked out twice, here and by the server; they must not differ."""
    world = district()
    with run_in_thread(canvas_app(world, Journal())) as canvas, requests.Session() as session:
        session.headers["Authorization"] = "Bearer canvas-full-token"
        for label in ("course_odd_assignments", "course_odd_people"):
            one = course(world, "genesis", label)
            shown: dict[tuple[int, int], Any] = {}
            url = f"{canvas.url}/api/v1/courses/{one.id}/students/submissions?student_ids[]=all&per_page=100"
            while url:
                answer = session.get(url, timeout=10)
                shown |= {(row["assignment_id"], row["user_id"]): row for row in answer.json()}
                url = answer.links.get("next", {}).get("url", "")
            for key, row in one.submissions.items():
                told = {name: value for name, value in row.items() if name != "seconds_late" and shown[key].get(name) != value}
                assert told == {}
            assert set(shown) == set(one.submissions)
