"""Against the sandbox's whole Canvas: what it holds is what is read, with few requests and without meeting its throttle."""

from collections.abc import Iterator
from datetime import date
from math import isnan
from pathlib import Path

import pytest
import requests

from include.canvas.client import CanvasClient
from include.canvas.extract import extract, list_courses
from include.canvas.frames import CanvasFrames
from include.connection import Connection
from include.run_folder import RunFolder
from include.sandbox.canvas import canvas_app
from include.sandbox.generate import generate
from include.sandbox.serving import Journal, Running, run_in_thread
from include.sandbox.world import District


@pytest.fixture(scope="module")
def district() -> District:
    return generate(seed=7, size="small", today=date(2026, 10, 1))


@pytest.fixture(scope="module")
def server(district: District) -> Iterator[Running]:
    with run_in_thread(canvas_app(district, Journal(None))) as running:
        yield running


def client(server: Running, token: str = "canvas-full-token") -> CanvasClient:
    return CanvasClient(Connection("canvas_test", server.url, password=token, extra={"first_delay": 0.01}))


@pytest.fixture(scope="module")
def frames(server: Running, tmp_path_factory: pytest.TempPathFactory) -> CanvasFrames:
    requests.delete(f"{server.url}/_sandbox/log", timeout=5)
    canvas = client(server)
    return extract(canvas, list_courses(canvas, "1"), RunFolder.at(tmp_path_factory.mktemp("raw")))


def test_every_course_is_read_completely(frames: CanvasFrames) -> None:
    assert len(frames.courses) > 30
    assert frames.courses["complete"].all()
    assert len(frames.problems) == 0


def test_everything_that_the_district_holds_arrives(district: District, frames: CanvasFrames) -> None:
    held = [course for course in district.courses if course.workflow_state != "deleted"]
    assert set(frames.courses["canvas_course_id"]) == {course.id for course in held}
    assignments = {(course.id, str(row["id"])): row for course in held for row in course.assignments if row.get("workflow_state") != "deleted"}
    assert set(zip(frames.assignments["canvas_course_id"], frames.assignments["canvas_assignment_id"], strict=True)) == set(assignments)
    assert set(frames.sections["canvas_section_id"]) == {section.id for course in held for section in course.sections}
    synced = {int(key[1]) for key, row in assignments.items() if row.get("published") and row.get("post_to_sis")}
    gone = ("deleted", "rejected")
    listed = {
        (course.id, row["user_id"])
        for course in held
        for row in course.enrollments
        if row.get("enrollment_state") not in gone and str(row["type"]) in ("StudentEnrollment", "StudentViewEnrollment")
    }
    expected = {
        (str(assignment), str(user)): row["score"]
        for course in held
        for (assignment, user), row in course.submissions.items()
        if assignment in synced and (course.id, user) in listed
    }
    read = dict(
        zip(
            zip(frames.submissions["canvas_assignment_id"], frames.submissions["canvas_user_id"], strict=True),
            frames.submissions["score"],
            strict=True,
        )
    )
    assert set(read) == set(expected)
    assert {key: value for key, value in read.items() if not isnan(value)} == {key: value for key, value in expected.items() if value is not None}


def test_f3_four_requests_a_course_and_never_throttled(server: Running, frames: CanvasFrames) -> None:
    log = requests.get(f"{server.url}/_sandbox/log", timeout=5).json()
    assert {entry["status"] for entry in log} == {200}
    assert len(log) <= 1 + 4.5 * len(frames.courses)


def test_ids_beyond_2_to_the_53_survive(district: District, frames: CanvasFrames) -> None:
    large = {
        str(row["id"])
        for course in district.courses
        for row in course.assignments
        if int(str(row["id"])) > 2**53 and course.workflow_state != "deleted"
    }
    assert large
    assert large <= set(frames.assignments["canvas_assignment_id"])


@pytest.mark.parametrize(
    ("token", "told"),
    [("canvas-no-sis-token", "SIS Data - read"), ("canvas-no-rights-token", "account 1 is not visible"), ("nonsense", "Invalid access token")],
)
def test_the_check_names_what_a_token_lacks(server: Running, token: str, told: str) -> None:
    assert [told in sentence for sentence in client(server, token).check("1")] == [True]


def test_the_check_passes_for_a_full_token(server: Running) -> None:
    assert client(server).check() == []


def test_a19_one_course_by_its_sis_id_is_one_request(server: Running, district: District) -> None:
    wanted = next(course for course in district.courses if course.sis_id and course.workflow_state == "available")
    assert list_courses(client(server), "1", chosen=[wanted.sis_id])["canvas_course_id"].tolist() == [wanted.id]


def test_a_narrow_bucket_slows_the_reading_down_but_loses_nothing(server: Running, frames: CanvasFrames, tmp_path: Path) -> None:
    rule = {"match": {"path": "students/submissions"}, "kind": "throttle", "status": 403, "retry_after": 0, "times": 5}
    requests.post(f"{server.url}/_sandbox/faults", json=rule, timeout=5)
    again = extract(client(server), list_courses(client(server), "1"), RunFolder.at(tmp_path))
    assert again.counts() == frames.counts()
