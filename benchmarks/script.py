"""What a user would write otherwise: a straightforward script on the `canvasapi` library, course after course, and scores put one by one.

It asks for the same lists with the largest pages and takes submissions of a whole course in flat pages, which is the better of the two usual ways
(the other asks assignment by assignment). It knows no rules, no ledger and no faults.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import pandas as pd
import requests
from canvasapi import Canvas

from benchmarks.watch import Asked

_STUDENTS = ["StudentEnrollment", "StudentViewEnrollment"]
_STATES = ["active", "invited", "inactive", "completed"]


def read(url: str, token: str, course_ids: Sequence[str]) -> tuple[float, pd.DataFrame]:
    """Seconds, and the submissions of these courses."""
    begun = time.perf_counter()
    canvas = Canvas(url, token)
    rows = []
    for course_id in course_ids:
        course = canvas.get_course(course_id)
        list(course.get_sections())
        list(course.get_enrollments(type=_STUDENTS, state=_STATES))
        groups = course.get_assignment_groups(include=["assignments", "overrides"], override_assignment_dates=False)
        synced = [one["id"] for group in groups for one in group.assignments if one["published"] and one["post_to_sis"]]
        for one in course.get_multiple_submissions(student_ids=["all"], assignment_ids=synced):
            rows.append({"course": course_id, "assignment": one.assignment_id, "user": one.user_id, "score": one.score, "late": one.late})
    return time.perf_counter() - begun, pd.DataFrame(rows)


def send(asked: Sequence[Asked], most: int = 200) -> float:
    """Seconds that each of these writes takes when plain `requests` sends them one after the other, without a session. A sample of them is sent."""
    chosen = asked[:most]
    begun = time.perf_counter()
    for row in chosen:
        headers = {name: value for name, value in row.headers.items() if name.lower() != "content-length"}
        requests.request(row.method, row.url, headers=headers, data=row.body, timeout=60)
    return (time.perf_counter() - begun) / max(1, len(chosen))
