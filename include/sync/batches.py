"""Courses into batches of about equal work, so that tens of tasks carry thousands of courses (design: where it runs)."""

from __future__ import annotations

import heapq
import math

import pandas as pd

ASSIGNMENTS = 30
"""Assignments that a course is taken to have."""

OVERHEAD = 5
"""Students' worth of requests that a course costs even when it is empty."""


def in_batches(courses: pd.DataFrame, work_per_batch: int) -> list[list[str]]:
    """Course ids in batches: heaviest course first onto the lightest batch. `courses` needs canvas_course_id and students (count).

    Work is enrolments × assignments; the list of courses tells no number of assignments, so each counts as `ASSIGNMENTS`. The result depends
    on ids and counts only, not on row order; every batch keeps its courses in the order of their ids.
    """
    if courses.empty:
        return []
    work = ((courses["students"].astype(int) + OVERHEAD) * ASSIGNMENTS).to_list()
    size = max(1, math.ceil(sum(work) / max(1, work_per_batch)))
    batches: list[list[str]] = [[] for _ in range(min(size, len(work)))]
    heap = [(0, number) for number in range(len(batches))]
    for weight, course in sorted(zip(work, courses["canvas_course_id"], strict=True), key=lambda pair: (-pair[0], pair[1])):
        load, number = heapq.heappop(heap)
        batches[number].append(course)
        heapq.heappush(heap, (load + weight, number))
    return [sorted(batch, key=lambda course: (len(course), course)) for batch in batches]
