"""What people do in the PowerSchool sandbox, and that its state is world plus journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from include.sandbox.generate import generate
from include.sandbox.powerschool import Settings, powerschool_app
from include.sandbox.serving import Journal
from tests.sandbox.powerschool_town import ADA, MATH_1, MATH_2, XTE, Raw, assignment, score, serving, town


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def test_what_a_person_made_stands_from_the_start_and_is_not_a_plugins(raw: Raw) -> None:
    assert [(one["name"], one["made_by"], one["category"]) for one in raw.section(MATH_1)["assignments"]] == [("By hand", "person", "Tests")]


def test_everything_is_there_again_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "state" / "powerschool.jsonl"
    with serving(Journal(path)) as raw:
        entry = int(raw("POST", XTE, assignment(), users_dcid=ADA).headers["AssignmentSectionIds"].strip("[]"))
        raw("PUT", "/ws/xte/score", {"assignment_scores": [score(entry, "81001")]}, users_dcid=ADA, term_id=3601)
        raw.teacher("lock", section=MATH_1, name="Unit 3 test")
        raw.teacher("change_teacher", section=MATH_2, teacher=8399)
        raw.teacher("delete", section=MATH_1, name="By hand")
        before = raw.admin("GET", "state")
    with serving(Journal(path)) as again:
        assert again.admin("GET", "state") == before
        assert again("POST", XTE, assignment(name="Next"), users_dcid=ADA).headers["AssignmentSectionIds"] == f"[{entry + 1}]"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_refused_write_is_not_in_the_journal(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    with serving(journal) as raw:
        raw("POST", XTE, assignment(duedate="2030-01-01"), users_dcid=ADA)
    assert list(journal.replay()) == []


def test_reset_brings_back_the_first_day_and_the_first_settings(raw: Raw) -> None:
    first = raw.admin("GET", "state")
    raw("POST", XTE, assignment(), users_dcid=ADA)
    raw.settings(page_size=3)
    raw.admin("POST", "reset")
    assert raw.admin("GET", "state") == first
    assert raw.admin("GET", "settings")["page_size"] == 100


def test_teacher_edits_scores_and_assignments(raw: Raw) -> None:
    made = raw.teacher("create", section=MATH_1, name="Own", due_date="2026-10-02", points_possible=8)
    raw.teacher("edit_score", assignment=made["sis_assignment_id"], student="81002", score=7.5, flags={"islate": True})
    raw.teacher("edit_assignment", section=MATH_1, name="Own", values={"totalpointvalue": 9, "name": "Own work"})
    item = raw.item(MATH_1, "Own work")
    assert (item["points_possible"], item["made_by"]) == (9, "person")
    assert item["scores"] == {"81002": {"entered": "7.5", "points": 7.5, "late": True}}
    raw.teacher("edit_score", section=MATH_1, name="Own work", student="81002", score=None, flags={"islate": False})
    assert raw.item(MATH_1, "Own work")["scores"] == {}


def test_a_copy_of_ours_is_a_persons(raw: Raw) -> None:
    raw("POST", XTE, assignment(description="[gs-1-2]"), users_dcid=ADA)
    raw.teacher("duplicate", section=MATH_1, name="Unit 3 test")
    rows = [one for one in raw.section(MATH_1)["assignments"] if one["name"] == "Unit 3 test"]
    assert sorted((one["made_by"], one["description"]) for one in rows) == [("person", "[gs-1-2]"), ("plugin", "[gs-1-2]")]


def test_categories_change(raw: Raw) -> None:
    raw.teacher("deactivate_category", section=MATH_1, name="Tests")
    raw.teacher("hide_category", section=MATH_1, name="Homework")
    raw.teacher("show_category", section=MATH_2, name="Labs")
    raw.teacher("rename_category", section=MATH_1, name="Old", to="Older")
    states = {section: dict(raw.section(section)["categories"]) for section in (MATH_1, MATH_2)}
    assert (states[MATH_1]["Tests"], states[MATH_1]["Homework"], states[MATH_2]["Homework"]) == ("inactive", "hidden", "active")
    assert (states[MATH_1]["Labs"], states[MATH_2]["Labs"], states[MATH_1]["Older"]) == ("hidden", "active", "inactive")


def test_a_student_moves(raw: Raw) -> None:
    app = powerschool_app(town())
    state = app.state.sandbox
    state.move_student("81001", MATH_1, MATH_2)
    state.move_student("81002", MATH_1, "GUID-of-nothing")
    state.move_student("nobody", MATH_1, MATH_2)
    sections = state.snapshot()["sections"]
    assert sections[MATH_1]["students"] == ["81003", "81004"]
    assert sections[MATH_2]["students"] == ["81001", "81004", "81005", "81006"]


def test_an_order_that_is_not_understood_lists_the_allowed_ones(raw: Raw) -> None:
    answer = requests.post(f"{raw.url}/_sandbox/teacher", json={"do": "shout"}, timeout=5)
    assert answer.status_code == 400
    assert "edit_score" in answer.json()["error"]


def test_the_generated_district_opens(raw: Raw) -> None:
    district = generate(seed=7, size="small")
    snapshot = powerschool_app(district, None, Settings()).state.sandbox.snapshot()
    known = {
        section.sis_id
        for course in district.courses
        if course.target == "powerschool"
        for section in course.sections
        if section.in_sis and section.sis_id
    }
    assert set(snapshot["sections"]) == known
    assert any(item["made_by"] == "person" for section in snapshot["sections"].values() for item in section["assignments"])
    assert all(["Formative", "inactive"] in section["categories"] for section in snapshot["sections"].values())
