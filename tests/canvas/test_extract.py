"""From Canvas's answers to frames: the request plan, what is read, and what happens when something cannot be (canvas-api.md §4.1)."""

import json
import stat
import threading
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import requests

from include.canvas.client import CanvasClient
from include.canvas.course import CourseReader
from include.canvas.course_read import CourseRead
from include.canvas.extract import extract
from include.canvas.frames import CanvasFrames
from include.canvas.permissions import PERMISSIONS
from include.connection import Connection
from include.errors import AccessError, UnavailableError
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.canvas.small_canvas import Row, SmallCanvas, assignment, enrollment, group, section, submission

STUDENTS = [str(number) for number in range(70, 75)]
BIG = "9007199254740993"  # 2^53 + 1: a float would lose it


@pytest.fixture
def raw(tmp_path: Path) -> RunFolder:
    return RunFolder.at(tmp_path).child("raw")


def courses(*ids: str) -> pd.DataFrame:
    return COURSES.of([{"canvas_course_id": number, "sis_course_id": f"C-{number}", "workflow_state": "available"} for number in ids])


def small_course(canvas: SmallCanvas, course_id: str = "501", *assignments: Row) -> None:
    other = "" if course_id == "501" else course_id  # ids are Canvas-wide
    rows = assignments or (assignment(f"801{other}"),)
    canvas.course(
        course_id,
        assignment_groups=[group(*rows, id=f"33{other}")],
        assignments=list(rows),
        sections=[section(f"9001{other}")],
        enrollments=[enrollment(user, f"9001{other}") for user in STUDENTS],
        students_submissions=[submission(row["id"], user, 8.0) for row in rows for user in STUDENTS],
    )


def test_f3_a_course_takes_four_requests(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    frames = extract(client, courses("501"), raw)
    assert sorted(canvas.paths()) == [
        "courses/501/assignment_groups",
        "courses/501/enrollments",
        "courses/501/sections",
        "courses/501/students/submissions",
    ]
    assert frames.counts() == {
        "courses": 1, "sections": 1, "enrollments": 5, "groups": 1, "assignments": 1, "overrides": 0, "submissions": 5, "problems": 0,
    }  # fmt: skip
    assert frames.courses["complete"].tolist() == [True]


@pytest.mark.parametrize("off", [{"published": False}, {"post_to_sis": False}, {"post_to_sis": None}], ids=str)
def test_f3_nobody_is_read_where_nothing_syncs(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder, off: Row) -> None:
    small_course(canvas, "501", assignment("801", **off))
    frames = extract(client, courses("501"), raw)
    assert sorted(canvas.paths()) == ["courses/501/assignment_groups", "courses/501/sections"]
    assert frames.assignments["canvas_assignment_id"].tolist() == ["801"]
    assert frames.courses["complete"].tolist() == [True]


def test_only_synced_assignments_are_asked_for_and_fifty_at_a_time(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    rows = [assignment(str(number), published=number % 10 != 0) for number in range(1000, 1120)]
    small_course(canvas, "501", *rows)
    extract(client, courses("501"), raw)
    asked = [entry.query for entry in canvas.requests() if entry.path.endswith("students/submissions")]
    ids = [each.split("=")[1] for query in asked for each in query.split("&") if each.startswith("assignment_ids")]
    assert [query.count("assignment_ids") for query in asked] == [50, 50, 8]
    assert ids == [row["id"] for row in rows if row["published"]]


def test_every_list_is_read_to_its_last_page(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.most = 2
    frames = extract(client, courses("501"), raw)
    assert Counter(canvas.paths())["courses/501/enrollments"] == 3
    assert sorted(frames.enrollments["canvas_user_id"]) == STUDENTS
    assert sorted(frames.submissions["canvas_user_id"]) == STUDENTS


def test_every_field_lands_in_its_column(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    override = {"id": "5", "course_section_id": "9001", "due_at": "2025-09-20T03:59:59Z", "unassign_item": True}
    canvas.course(
        "501",
        assignment_groups=[
            group(
                assignment(
                    BIG, name="Naïve 🧪", points_possible=7.25, description="<p>text</p>", grading_type="percent",
                    submission_types=["online_quiz", "on_paper"],
                    due_at="2025-09-19T03:59:59Z", unlock_at="2025-09-01T04:00:00Z", created_at="2025-08-30T10:00:00Z", omit_from_final_grade=True,
                    only_visible_to_overrides=True, overrides=[override],
                ),
                integration_data={"S-9001": "CAT-7"},
            )
        ],
        sections=[section(nonxlist_course_id="502")],
        enrollments=[enrollment("70", enrollment_state="inactive", type="StudentViewEnrollment")],
        students_submissions=[
            submission(
                BIG, "70", 0.1, excused=True, late=True, missing=True, graded_at="2025-09-22T15:01:02Z", posted_at="2025-09-23T15:01:02Z",
                workflow_state="graded", submission_comments=[{"author_id": "12", "comment": "Naïve 🧪"}],
            )
        ],
    )  # fmt: skip
    frames = extract(client, courses("501"), raw)
    time = pd.Timestamp
    assert frames.assignments.to_dict("records") == [
        {
            "canvas_course_id": "501", "canvas_assignment_id": BIG, "canvas_group_id": "33", "name": "Naïve 🧪", "description": "<p>text</p>",
            "points_possible": 7.25, "grading_type": "percent", "submission_types": "online_quiz on_paper", "due_at": time("2025-09-19T03:59:59Z"),
            "unlock_at": time("2025-09-01T04:00:00Z"), "created_at": time("2025-08-30T10:00:00Z"), "published": True, "post_to_sis": True,
            "omit_from_final_grade": True, "only_visible_to_overrides": True,
        }
    ]  # fmt: skip
    assert frames.overrides.to_dict("records") == [
        {
            "canvas_course_id": "501", "canvas_assignment_id": BIG, "override_id": "5", "kind": "section", "canvas_section_id": "9001",
            "due_at": time("2025-09-20T03:59:59Z"), "due_set": True, "unassign": True,
        }
    ]  # fmt: skip
    assert frames.groups.to_dict("records") == [
        {"canvas_course_id": "501", "canvas_group_id": "33", "name": "Homework", "integration_data": '{"S-9001": "CAT-7"}'}
    ]
    assert frames.sections.to_dict("records") == [
        {"canvas_course_id": "501", "canvas_section_id": "9001", "name": "Section 9001", "sis_section_id": "S-9001", "nonxlist_course_id": "502"}
    ]
    assert frames.enrollments.to_dict("records") == [
        {
            "canvas_course_id": "501", "canvas_section_id": "9001", "canvas_user_id": "70", "sis_user_id": "STU70",
            "student_name": "Family 70, Given", "type": "StudentViewEnrollment", "state": "inactive",
        }
    ]  # fmt: skip
    assert frames.submissions.astype(object).where(frames.submissions.notna(), None).to_dict("records") == [
        {
            "canvas_course_id": "501", "canvas_assignment_id": BIG, "canvas_user_id": "70", "score": 0.1, "excused": True, "late": True,
            "missing": True, "graded_at": time("2025-09-22T15:01:02Z"), "posted_at": time("2025-09-23T15:01:02Z"), "workflow_state": "graded",
            "comment": "Naïve 🧪", "open_parts": None,
        }
    ]  # fmt: skip
    frames.save(raw)
    for name, frame in vars(CanvasFrames.load(raw)).items():
        pd.testing.assert_frame_equal(frame, getattr(frames, name))


def test_a15_numbers_are_exactly_those_of_the_json(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    scores = [0.1, 8, 33.333333333333336, 1e-7, None]
    canvas.lists["courses/501/students/submissions"] = [submission("801", user, score) for user, score in zip(STUDENTS, scores, strict=True)]
    read = extract(client, courses("501"), raw).submissions["score"]
    assert read[:4].tolist() == [0.1, 8.0, 33.333333333333336, 1e-7]
    assert read.isna().tolist() == [False, False, False, False, True]


def test_numeric_ids_of_a_server_that_ignores_the_header_lose_nothing(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas, "501", assignment(int(BIG)))  # type: ignore[arg-type]  # on purpose
    frames = extract(client, courses("501"), raw)
    assert frames.assignments["canvas_assignment_id"].tolist() == [BIG]
    assert set(frames.submissions["canvas_assignment_id"]) == {BIG}


OVERRIDES = [{"id": str(number), "course_section_id": str(number)} for number in range(30)]


@pytest.mark.parametrize("hint", [{"has_overrides": True}, {"only_visible_to_overrides": True}], ids=str)
def test_25_and_more_overrides_are_read_from_the_assignments_list(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder, hint: Row) -> None:
    hidden = assignment("801", all_dates_count=30, **hint)
    del hidden["overrides"]
    small_course(canvas, "501", hidden)
    canvas.lists["courses/501/assignments"] = [assignment("801", overrides=OVERRIDES, **hint)]
    frames = extract(client, courses("501"), raw)
    assert len(frames.overrides) == 30
    assert canvas.paths().count("courses/501/assignments") == 1


def test_i10_overrides_that_no_list_shows_withhold_that_assignment_alone(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    hidden = assignment("801", has_overrides=True)
    del hidden["overrides"]
    small_course(canvas, "501", hidden, assignment("802"))
    frames = extract(client, courses("501"), raw)
    assert frames.courses["complete"].tolist() == [True]
    told = frames.problems[["kind", "canvas_assignment_id", "reason_code", "limit"]].to_numpy().tolist()
    assert told == [["assignment", "801", "GP-NOT-SHOWN", PERMISSIONS["overrides"]]]


def test_assignments_of_a_course_too_large_for_one_answer_are_read_apart(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.faults.add({"match": {"path": "assignment_groups", "query": "include"}, "kind": "error", "status": 504, "html": True, "times": -1})
    frames = extract(client, courses("501"), raw)
    assert frames.courses["complete"].tolist() == [True]
    assert (len(frames.groups), len(frames.assignments), len(frames.submissions)) == (1, 1, 5)


def test_submissions_fall_back_to_flat_pages(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.most = 2
    canvas.faults.add({"match": {"path": "submissions", "query": "grouped.*page=2"}, "kind": "error", "status": 500, "times": -1})
    frames = extract(client, courses("501"), raw)
    assert frames.courses["complete"].tolist() == [True]
    assert sorted(frames.submissions["canvas_user_id"]) == STUDENTS


def test_one_broken_course_is_reported_and_the_others_go_on(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    for number in ("501", "502", "503"):
        small_course(canvas, number)
    canvas.faults.add({"match": {"path": "courses/502/enrollments"}, "kind": "error", "status": 500, "times": -1})
    frames = extract(client, courses("501", "502", "503"), raw)
    assert dict(zip(frames.courses["canvas_course_id"], frames.courses["complete"], strict=True)) == {"501": True, "502": False, "503": True}
    assert set(frames.sections["canvas_course_id"]) == {"501", "503"}
    problem = frames.problems.iloc[0]
    assert (problem["kind"], problem["canvas_course_id"], problem["reason_code"]) == ("course", "502", "GP-COURSE-INCOMPLETE")
    assert "courses/502/enrollments failed 3 times" in problem["value"]


def test_a_missing_right_on_one_course_skips_that_course(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas, "501")
    small_course(canvas, "502")
    body = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    canvas.faults.add({"match": {"path": "courses/502/students"}, "kind": "refuse", "status": 403, "body": body, "times": -1})
    frames = extract(client, courses("501", "502"), raw)
    assert frames.courses["complete"].tolist() == [True, False]


def test_an_assignment_unpublished_meanwhile_makes_the_course_be_read_again(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    body = {"status": "unauthorized", "errors": [{"message": "invalid assignment ids requested"}]}
    canvas.faults.add({"match": {"path": "courses/501/students"}, "kind": "refuse", "status": 403, "body": body, "times": 1})
    frames = extract(client, courses("501"), raw)
    assert frames.courses["complete"].tolist() == [True]
    assert (len(frames.sections), len(frames.submissions), len(frames.problems)) == (1, 5, 0)


def test_a_refused_token_stops_everything(canvas: SmallCanvas, raw: RunFolder) -> None:
    small_course(canvas)
    refused = CanvasClient(Connection("canvas_test", canvas.url, password="revoked"), workers=1)
    with pytest.raises(AccessError, match="Invalid access token"):
        extract(refused, courses(*(str(number) for number in range(501, 541))), raw)
    assert len(canvas.requests()) < 10


def test_a_canvas_that_is_away_stops_the_batch_early(canvas: SmallCanvas, raw: RunFolder) -> None:
    canvas.faults.add({"kind": "error", "status": 503, "times": -1})
    patient = CanvasClient(canvas.connection(tries=1), workers=1)
    with pytest.raises(UnavailableError):
        extract(patient, courses(*(str(number) for number in range(501, 541))), raw)
    assert len(canvas.requests()) < 20


def test_a_score_that_is_text_withholds_that_row_alone(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.lists["courses/501/students/submissions"][2]["score"] = "eight"
    frames = extract(client, courses("501"), raw)
    assert sorted(frames.submissions["canvas_user_id"]) == ["70", "71", "73", "74"]
    assert frames.courses["complete"].tolist() == [True]
    told = frames.problems.drop(columns=["sis_section_id", "canvas_section_id"]).to_dict("records")
    assert told == [
        {
            "kind": "grade", "canvas_course_id": "501", "canvas_assignment_id": "801", "canvas_user_id": "72", "reason_code": "GP-UNREADABLE-SCORE",
            "value": 'score is "eight"', "limit": "a number", "stage": "extract",
        }
    ]  # fmt: skip


def test_a_score_that_is_absent_is_not_a_blank(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    del canvas.lists["courses/501/students/submissions"][0]["score"]
    frames = extract(client, courses("501"), raw)
    assert len(frames.submissions) == 4
    assert frames.problems["value"].tolist() == ["score is missing"]


def test_i7_an_unreadable_assignment_costs_only_itself(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas, "501", assignment("801"), assignment("802", due_at="next week"))
    frames = extract(client, courses("501"), raw)
    assert frames.assignments["canvas_assignment_id"].tolist() == ["801"]
    assert frames.courses["complete"].tolist() == [True]
    told = frames.problems[["kind", "canvas_assignment_id", "reason_code", "value"]].to_numpy().tolist()
    assert told == [["assignment", "802", "GP-UNREADABLE-ASSIGNMENT", '"Assignment 802": due_at is "next week"']]


def test_without_the_sis_right_a_course_is_not_read_as_one_without_ids(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas, "501")
    small_course(canvas, "502")
    for row in canvas.lists["courses/501/sections"]:
        del row["sis_section_id"]
    for row in canvas.lists["courses/502/enrollments"]:
        del row["sis_user_id"]
    frames = extract(client, courses("501", "502"), raw)
    assert frames.courses["complete"].tolist() == [False, False]
    assert frames.problems["value"].str.contains("SIS Data - read").all()


def test_a23_all_states_and_the_test_student_are_asked_for(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    extract(client, courses("501"), raw)
    query = next(entry.query for entry in canvas.requests() if entry.path.endswith("enrollments"))
    for part in ("StudentEnrollment", "StudentViewEnrollment", "active", "invited", "inactive", "completed"):
        assert f"={part}" in query


def test_a_student_listed_twice_counts_once(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.lists["courses/501/enrollments"].append(enrollment("70"))
    assert len(extract(client, courses("501"), raw).enrollments) == 5


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ({"student_ids": ["70"]}, "student"),
        ({"group_id": "4"}, "group"),
        ({"course_section_id": "9001"}, "section"),
        ({"course_id": "501"}, "course"),
        ({"noop_id": 1}, "mastery_path"),
        ({"context_module_id": "8", "student_ids": ["70"]}, "module"),
        ({"context_module_id": "8", "course_section_id": "9001"}, "module"),
    ],
)
def test_r1_the_kind_of_an_override(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder, target: Row, kind: str) -> None:
    small_course(canvas, "501", assignment("801", has_overrides=True, overrides=[{"id": "5", **target}]))
    assert extract(client, courses("501"), raw).overrides["kind"].tolist() == [kind]


def test_r1_ps6_ic6_an_assignment_that_only_a_module_gives_is_for_individuals(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    """Canvas lists no override of a module: it tells alone that not everybody sees the assignment."""
    hidden = assignment("801", has_overrides=True, overrides=[], visible_to_everyone=False)
    small_course(canvas, "501", hidden, assignment("802", visible_to_everyone=True))
    frames = extract(client, courses("501"), raw)
    assert frames.overrides[["canvas_assignment_id", "kind"]].to_numpy().tolist() == [["801", "module"]]
    assert frames.assignments.set_index("canvas_assignment_id")["only_visible_to_overrides"].to_dict() == {"801": True, "802": False}


def test_r2_a_due_date_of_null_is_not_a_due_date_that_is_absent(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    named = [{"id": "5", "course_section_id": "9001", "due_at": None}, {"id": "6", "course_section_id": "9002"}]
    small_course(canvas, "501", assignment("801", has_overrides=True, overrides=named))
    overrides = extract(client, courses("501"), raw).overrides
    assert overrides["due_set"].tolist() == [True, False]
    assert overrides["due_at"].isna().all()


def answers_in(raw: RunFolder) -> list[Row]:
    with raw.reading("answers.jsonl") as file:
        return [json.loads(line) for line in file]


def test_f12_raw_answers_are_kept_as_lines_for_the_service_alone(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.most = 2
    extract(client, courses("501"), raw)
    lines = answers_in(raw)
    assert len(lines) == len(canvas.requests())
    assert lines[0]["page"].startswith("/api/v1/courses/501/assignment_groups?")
    assert sum(len(line["body"]) for line in lines if "/enrollments" in line["page"]) == 5
    assert stat.S_IMODE(Path(str(raw.path("answers.jsonl"))).stat().st_mode) == 0o600


def test_raw_answers_of_many_courses_say_whose_they_are(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    ids = [str(number) for number in range(501, 521)]
    for course_id in ids:
        small_course(canvas, course_id)
    extract(client, courses(*ids), raw)
    lines = answers_in(raw)
    assert {line["course"] for line in lines} == set(ids)
    assert all(f"/courses/{line['course']}/" in line["page"] for line in lines)


def test_a_store_that_takes_no_answers_does_not_hide_what_stopped_the_reading(
    canvas: SmallCanvas, client: CanvasClient, raw: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    small_course(canvas)
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        extract(client, courses("501"), raw)
    canvas.faults.add({"match": {"path": "enrollments"}, "kind": "error", "status": 401, "times": -1})
    with pytest.raises(AccessError):
        extract(client, courses("501"), raw)


def test_raw_answers_that_came_before_canvas_refused_the_token_are_kept(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas)
    canvas.faults.add({"match": {"path": "enrollments"}, "kind": "error", "status": 401, "times": -1})
    with pytest.raises(AccessError):
        extract(client, courses("501"), raw)
    assert [line["page"].partition("?")[0].rpartition("/")[2] for line in answers_in(raw)] == ["assignment_groups", "sections"]


def test_f12_nothing_personal_is_logged(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder, caplog: pytest.LogCaptureFixture) -> None:
    small_course(canvas)
    canvas.faults.add({"match": {"path": "enrollments"}, "kind": "error", "status": 500, "times": -1})
    with caplog.at_level("DEBUG", logger="include"):
        extract(client, courses("501"), raw)
    assert "500" in caplog.text
    assert not any(word in caplog.text for word in ("Family", "STU70", "token", "Bearer"))


def test_frames_of_batches_are_put_together(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    small_course(canvas, "501")
    small_course(canvas, "502")
    parts = [extract(client, courses(number), raw) for number in ("501", "502")]
    joined = CanvasFrames.concat(parts)
    pd.testing.assert_frame_equal(joined.submissions, extract(client, courses("501", "502"), raw).submissions)
    assert CanvasFrames.concat([]).counts() == CanvasFrames.empty().counts()


def test_no_course_is_no_request(canvas: SmallCanvas, client: CanvasClient, raw: RunFolder) -> None:
    frames = extract(client, courses(), raw)
    frames.save(raw)
    assert canvas.requests() == []


def test_more_courses_are_read_than_requests_are_in_flight(canvas: SmallCanvas, raw: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(number) for number in range(502, 514)]
    for course_id in ids:
        small_course(canvas, course_id)
    client, inside, most, lock = CanvasClient(canvas.connection(), workers=2), 0, 0, threading.Lock()
    send = client._http.send

    def counted(method: str, url: str) -> requests.Response:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        answer = send(method, url)
        with lock:
            inside -= 1
        return answer

    monkeypatch.setattr(client._http, "send", counted)
    frames = extract(client, courses(*ids), raw)
    assert frames.courses["complete"].all()
    assert most == 2


def test_one_course_more_than_requests_is_at_work(canvas: SmallCanvas, raw: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [str(number) for number in range(502, 520)]
    for course_id in ids:
        small_course(canvas, course_id)
    at_work, most, lock, run = set[str](), 0, threading.Lock(), CourseReader.run
    nine = threading.Barrier(9, timeout=10)  # fewer at once break it

    def counted(reader: CourseReader) -> CourseRead:
        nonlocal most
        with lock:
            at_work.add(reader.course_id)
            most = max(most, len(at_work))
        nine.wait()
        try:
            return run(reader)
        finally:
            with lock:
                at_work.discard(reader.course_id)

    monkeypatch.setattr(CourseReader, "run", counted)
    extract(CanvasClient(canvas.connection(), workers=8), courses(*ids), raw)
    assert most == 9
