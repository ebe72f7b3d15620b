"""The unmodified PyPI client canvasapi walks the sandbox Canvas and edits in it (canvas-api.md §6.1)."""

from __future__ import annotations

from collections.abc import Iterator

import canvasapi
import pytest
from canvasapi.exceptions import BadRequest, Forbidden, InvalidAccessToken, RateLimitExceeded, ResourceDoesNotExist

from tests.sandbox.bay_high import AMY, BIOLOGY, LAB, P1, QUIZ, SOLO
from tests.sandbox.canvas_caller import Caller, canvas

pytestmark = pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")


@pytest.fixture
def bay() -> Iterator[Caller]:
    with canvas() as caller:
        yield caller


@pytest.fixture
def client(bay: Caller) -> canvasapi.Canvas:
    return canvasapi.Canvas(bay.url, "canvas-full-token")


def test_it_walks_from_the_account_to_the_submissions(client: canvasapi.Canvas) -> None:
    assert client.get_current_user().name == "Grade Sync Service"
    account = next(iter(client.get_accounts()))
    assert [one.id for one in account.get_subaccounts(recursive=True)] == [11, 111]
    assert [one.name for one in account.get_enrollment_terms()] == ["2026-27"]
    assert list(account.get_grading_periods()) == []
    course = next(iter(account.get_courses(published=True, include=["term"])))
    assert course.id == BIOLOGY == client.get_course("C-BIO", use_sis_id=True).id
    assert [one.sis_section_id for one in course.get_sections()] == ["S-1", "S-2", None]
    assert len(list(course.get_enrollments(type=["StudentEnrollment"], state=["active"]))) == 5
    assert len(list(course.get_users(enrollment_type=["student"]))) == 4
    assert [len(one.assignments) for one in course.get_assignment_groups(include=["assignments", "overrides"])] == [5, 1]
    assert [one.id for one in course.get_assignments(post_to_sis=True, override_assignment_dates=False)][-1] == 806
    assert [one.id for one in course.get_assignment(LAB).get_overrides()] == [41]
    assert course.get_late_policy().id == BIOLOGY
    assert "hide_final_grades" in course.get_settings()
    assert list(course.get_grading_periods()) == []
    flat = list(course.get_multiple_submissions(student_ids=["all"], assignment_ids=[QUIZ, SOLO], per_page=2))
    assert len(flat) == 6
    grouped = list(course.get_multiple_submissions(student_ids=["all"], grouped=True))
    assert [len(one.submissions) for one in grouped] == [5, 4, 4, 4, 4]
    assert len(list(client.get_section(P1).get_multiple_submissions(student_ids=["all"], grouped=True))) == 3


def test_it_grades_and_edits(client: canvasapi.Canvas) -> None:
    assignment = client.get_course(BIOLOGY).get_assignment(QUIZ)
    assignment.get_submission(AMY).edit(submission={"posted_grade": 9.5})
    assert assignment.get_submission(AMY).score == 9.5
    assignment.get_submission(AMY).edit(submission={"excuse": True})
    assert (assignment.get_submission(AMY).excused, assignment.get_submission(AMY).score) == (True, None)
    edited = assignment.edit(assignment={"name": "Renamed", "due_at": "2026-11-20T04:59:59Z"})
    assert (edited.name, edited.due_at) == ("Renamed", "2026-11-20T04:59:59Z")
    assert len(list(assignment.get_submissions())) == 5


def test_it_understands_the_errors(bay: Caller, client: canvasapi.Canvas) -> None:
    with pytest.raises(InvalidAccessToken):
        canvasapi.Canvas(bay.url, "nonsense").get_current_user()
    with pytest.raises(Forbidden):
        canvasapi.Canvas(bay.url, "canvas-no-rights-token").get_course(BIOLOGY)
    with pytest.raises(ResourceDoesNotExist):
        client.get_course(999)
    with pytest.raises(BadRequest):
        list(client.get_course(BIOLOGY).get_multiple_submissions(student_ids=list(range(101))))
    bay.admin("faults", "POST", kind="throttle")
    with pytest.raises(RateLimitExceeded):
        client.get_course(BIOLOGY)
