"""Which comment of a submission is read, and when (A-11; canvas-api.md §2.9)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from include.canvas.client import CanvasClient
from include.canvas.extract import extract
from include.gradebook.schemas import COURSES
from include.run_folder import RunFolder
from tests.canvas.small_canvas import Row, SmallCanvas, assignment, enrollment, group, section, submission

STUDENT, FELLOW, TEACHER, AIDE = "70", "71", "12", "13"
COURSE = COURSES.of([{"canvas_course_id": "501", "sis_course_id": "C-501", "workflow_state": "available"}])
MONDAY, TUESDAY, FRIDAY = "2026-09-21T12:00:00Z", "2026-09-22T12:00:00Z", "2026-09-25T12:00:00Z"


def said(author: str | None, text: str | None, at: str | None = MONDAY) -> Row:
    return {"id": "1", "author_id": author, "comment": text, "created_at": at, "edited_at": None, "attempt": 1}


def read(canvas: SmallCanvas, client: CanvasClient, folder: Path, comments: list[Row], asked: bool = True) -> str | None:
    """The comment of the one submission that there is."""
    row = assignment("801")
    canvas.course(
        "501", assignment_groups=[group(row)], sections=[section()], enrollments=[enrollment(STUDENT), enrollment(FELLOW)],
        students_submissions=[submission("801", STUDENT, 8.0, submission_comments=comments)],
    )  # fmt: skip
    found = extract(client, COURSE, RunFolder.at(folder), asked)
    assert found.problems.empty
    (text,) = found.submissions["comment"]
    return None if pd.isna(text) else text


@pytest.mark.parametrize(
    ("comments", "text"),
    [
        ([], None),
        ([said(TEACHER, "Well done")], "Well done"),
        ([said(TEACHER, "First"), said(AIDE, "Second", TUESDAY), said(STUDENT, "Thanks", FRIDAY)], "Second"),
        ([said(AIDE, "Newest", FRIDAY), said(TEACHER, "Older", MONDAY)], "Newest"),
        ([said(TEACHER, "One"), said(TEACHER, "Two")], "Two"),
        ([said(TEACHER, "Kept"), said(FELLOW, "A fellow student's review", FRIDAY), said(None, "An unnamed one's", FRIDAY)], "Kept"),
        ([said(TEACHER, "Kept"), said(TEACHER, " \n", FRIDAY), said(TEACHER, None, FRIDAY)], "Kept"),
        ([said(TEACHER, "Undated", None), said(TEACHER, "Dated")], "Dated"),
        ([said(STUDENT, "Only mine")], None),
    ],
)  # fmt: skip
def test_a11_the_newest_comment_that_is_no_students(
    canvas: SmallCanvas, client: CanvasClient, tmp_path: Path, comments: list[Row], text: str | None
) -> None:
    assert read(canvas, client, tmp_path, comments) == text


@pytest.mark.parametrize("asked", [True, False])
def test_a11_comments_are_asked_for_only_where_they_are_sent(canvas: SmallCanvas, client: CanvasClient, tmp_path: Path, asked: bool) -> None:
    read(canvas, client, tmp_path, [], asked)
    (query,) = [entry.query for entry in canvas.requests() if entry.path.endswith("students/submissions")]
    assert ("submission_comments" in query) == asked
