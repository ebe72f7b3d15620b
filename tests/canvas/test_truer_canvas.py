"""The client beside a Canvas that hides, merges and sums as the real one does (I-2, I-10, R-1, R-17)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.connection import Connection
from include.run_folder import RunFolder
from tests.canvas.readings import COURSE, ONE, grade, override
from tests.sandbox import canvas_caller
from tests.sandbox.bay_high import AMY, BIOLOGY, P1, QUIZ
from tests.sandbox.canvas_caller import Caller


@pytest.fixture(scope="module")
def server() -> Iterator[Caller]:
    with canvas_caller.canvas() as caller:
        yield caller


@pytest.fixture
def bay(server: Caller) -> Caller:
    server.admin("reset", "POST")
    return server


def connect(bay: Caller, token: str = "canvas-full-token") -> CanvasClient:
    return CanvasClient(Connection("canvas_test", bay.url, password=token, extra={"tries": 1}), workers=2)


def read(bay: Caller, folder: Path, token: str = "canvas-full-token") -> CanvasFrames:
    with closing(connect(bay, token)) as client:
        return extract(client, ONE, RunFolder.at(folder))


def test_i10_with_a_read_only_token_no_section_date_is_ignored(bay: Caller, tmp_path: Path) -> None:
    override(bay, course_section_id=P1, due_at="2026-11-25T04:59:59Z")
    frames = read(bay, tmp_path, "canvas-read-only-token")
    assert not frames.courses["complete"].any()
    assert frames.problems[["kind", "reason_code"]].to_numpy().tolist() == [["course", "GP-NOT-SHOWN"]]
    assert read(bay, tmp_path).courses["complete"].all()


def test_i10_the_check_tests_the_permission_for_overrides_with_a_real_response(bay: Caller) -> None:
    with closing(connect(bay, "canvas-read-only-token")) as client:
        told = client.check("1")
    assert ["Assignments and Quizzes - edit" in each for each in told] == [True]
    with closing(connect(bay)) as client:
        assert client.check("1") == []


def test_r1_i10_an_override_of_a_module_is_counted_and_not_listed(bay: Caller, tmp_path: Path) -> None:
    override(bay, context_module_id=7, course_section_id=P1)
    shown = bay.ask(f"{COURSE}/assignments/{QUIZ}", params={"include[]": "overrides"}).json()
    assert (shown["has_overrides"], shown["overrides"], shown["visible_to_everyone"]) == (True, [], False)
    bay.ask("/_sandbox/log", "DELETE")
    found = read(bay, tmp_path).overrides.set_index("canvas_assignment_id")["kind"].to_dict()
    assert found[str(QUIZ)] == "module"
    assert not [row for row in bay.ask("/_sandbox/log").json() if row["path"].endswith("/assignments")]


def test_i2_a_merged_student_has_the_sis_id_of_the_enrollment(bay: Caller, tmp_path: Path) -> None:
    rows = bay.ask(f"{COURSE}/enrollments").json()
    seat = next(row for row in rows if row["user_id"] == AMY)
    bay.admin("change", "POST", do="enrollments", course=BIOLOGY, key=seat["id"], set={"sis_user_id": "STU-OTHER"})
    people = read(bay, tmp_path).enrollments
    assert people.loc[people["canvas_user_id"] == str(AMY), "sis_user_id"].tolist() == ["STU-OTHER"]


PARTS: list[dict[str, Any]] = [
    {"sub_assignment_tag": "reply_to_topic", "score": 4.0, "excused": False, "user_id": AMY},
    {"sub_assignment_tag": "reply_to_entry", "score": None, "excused": False, "user_id": AMY},
]


def test_r17_a_partial_sum_waits_for_the_other_checkpoint(bay: Caller, tmp_path: Path) -> None:
    bay.admin("change", "POST", do="assignments", course=BIOLOGY, key=QUIZ, set={"submission_types": ["discussion_topic"], "checkpoints": [{}, {}]})
    bay.admin("change", "POST", do="submissions", course=BIOLOGY, key=[QUIZ, AMY], set={"parts": PARTS})
    bay.ask("/_sandbox/log", "DELETE")
    found = read(bay, tmp_path).submissions.set_index(["canvas_assignment_id", "canvas_user_id"]).loc[(str(QUIZ), str(AMY))]
    assert (found["score"], found["open_parts"]) == (4.0, "Required replies")
    log = [row["path"].rpartition("/")[2] for row in bay.ask("/_sandbox/log").json()]
    assert sorted(log) == ["assignment_groups", "enrollments", "sections", "submissions"]


def test_f3_a_date_that_changes_moves_updated_at(bay: Caller) -> None:
    before = bay.ask(f"{COURSE}/assignments/{QUIZ}").json()["updated_at"]
    override(bay, course_section_id=P1, due_at="2026-11-25T04:59:59Z")
    assert bay.ask(f"{COURSE}/assignments/{QUIZ}").json()["updated_at"] > before


def test_a23_a_concluded_student_keeps_submissions_that_a_moved_one_loses(bay: Caller) -> None:
    grade(bay, QUIZ, AMY, posted_grade="7")
    seat = next(row for row in bay.ask(f"{COURSE}/enrollments").json() if row["user_id"] == AMY)
    bay.admin("change", "POST", do="assignments", course=BIOLOGY, key=QUIZ, set={"only_visible_to_overrides": True})
    path = f"{COURSE}/assignments/{QUIZ}/submissions/{AMY}"
    assert bay.ask(path).status_code == 404
    for row in bay.ask(f"{COURSE}/enrollments").json():
        if row["user_id"] == AMY:
            bay.admin("change", "POST", do="enrollments", course=BIOLOGY, key=row["id"], set={"enrollment_state": "completed"})
    assert seat["id"]
    assert bay.ask(path).status_code == 200


def test_i8_unknown_assignment_ids_are_named(bay: Caller) -> None:
    answer = bay.ask(f"{COURSE}/assignments", params={"assignment_ids[]": [QUIZ, 999_999]})
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid assignment_ids: 999999"})
