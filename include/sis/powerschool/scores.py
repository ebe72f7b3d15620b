"""Writing scores (powerschool-xte.md §8): one request per assignment, all or nothing, so that what is refused must be found and left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import requests

from include.errors import NoAnswerError
from include.response_body import json_of
from include.sis.contract import Outcome, Receipt, ScoreWrite
from include.sis.powerschool import answers
from include.sis.powerschool.assignments import no_answer, refused, unreadable
from include.sis.powerschool.bodies import empty_row, score_row, split_id
from include.sis.powerschool.directory import Directory, Section
from include.sis.powerschool.service import Service, as_list

PATH = "/ws/xte/score"
_UNASSIGN = "/ws/xte/assignment_section/students"


@dataclass(slots=True)
class _Parcel:
    """The scores of one assignment section, and how many requests may still be spent on finding what is wrong with them."""

    section: Section
    entry: int
    students: dict[str, int]
    body: Callable[[ScoreWrite, int, int], dict[str, Any]]
    searches: int


class ScoreWriter:
    """Writes, and clears, the scores of assignments."""

    def __init__(self, service: Service, directory: Directory) -> None:
        self._service, self._directory = service, directory

    def put(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """One request per assignment, more only where a row is refused."""
        return self._each(rows, score_row)

    def clear(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Empty scores, in the way that the connection's switch names (A-9)."""
        how = self._service.options.clear_scores
        if how == "empty_row":
            yield from self._each(rows, lambda _, entry, student: empty_row(entry, student))
        elif how == "unassign":
            for (name, assignment), parcel in _by_assignment(rows).items():
                yield from self._unassign(name, assignment, parcel)
        else:
            yield from (Receipt(row.key, Outcome.REFUSED, code="PS-SWITCHED-OFF", message="clear_scores is off") for row in rows)

    def _each(self, rows: Sequence[ScoreWrite], body: Callable[[ScoreWrite, int, int], dict[str, Any]]) -> Iterator[Receipt]:
        for (name, assignment), together in _by_assignment(rows).items():
            section, pair = self._directory.sections([name]).get(name), split_id(assignment)
            if section is None or section.teacher is None or pair is None:
                code = "PS-404-NOT-FOUND" if section is None or pair is None else "PS-403-TEACHER"
                yield from (Receipt(row.key, Outcome.REFUSED, code=code, message=f"section {name}, assignment {assignment}") for row in together)
                continue
            students = self._students(section, together)
            strangers = [row for row in together if row.sis_student_id not in students]
            yield from (Receipt(row.key, Outcome.REFUSED, code="PS-409-STUDENT", message="not in this section") for row in strangers)
            known = [row for row in together if row.sis_student_id in students]
            size = self._service.options.score_batch
            for start in range(0, len(known), size):
                batch = known[start : start + size]
                yield from self._deliver(batch, _Parcel(section, pair[1], students, body, 4 * len(batch).bit_length() + 4))

    def _students(self, section: Section, rows: Sequence[ScoreWrite]) -> dict[str, int]:
        """STUDENTS.DCID by our id. Where our id is the DCID nothing is looked up, and PowerSchool says who is not in the class."""
        if self._service.options.student_id == "dcid":
            return {row.sis_student_id: int(row.sis_student_id) for row in rows if row.sis_student_id.isascii() and row.sis_student_id.isdigit()}
        return self._directory.rosters([section])[section.name]

    def _deliver(self, rows: Sequence[ScoreWrite], parcel: _Parcel) -> Iterator[Receipt]:
        """Send, and where the whole is refused for some: drop those that are named, else halve; within the parcel's searches."""
        try:
            answer = self._send(rows, parcel)
        except NoAnswerError as error:
            yield from (no_answer(row.key, row.sis_score_id, error) for row in rows)
            return
        if answer.status_code != 409 or answers.is_about_all(answer):
            yield from self._verdicts(rows, parcel, answer)
            return
        named = answers.named_students(answer)
        bad = [row for row in rows if parcel.students[row.sis_student_id] in named]
        for row in bad:
            code, words = named[parcel.students[row.sis_student_id]]
            yield Receipt(row.key, Outcome.REFUSED, code=code, message=words, status=409)
        rest = [row for row in rows if parcel.students[row.sis_student_id] not in named]
        parcel.searches -= 1
        if not rest:
            return
        if bad:
            yield from self._deliver(rest, parcel)
        elif len(rest) == 1 or parcel.searches <= 0:
            yield from (refused(row.key, answer) for row in rest)
        else:
            middle = len(rest) // 2
            yield from self._deliver(rest[:middle], parcel)
            yield from self._deliver(rest[middle:], parcel)

    def _send(self, rows: Sequence[ScoreWrite], parcel: _Parcel) -> requests.Response:
        """The answer; a 412 is sent once more, and a teacher who does not teach the section any more is looked up once."""
        body = {"assignment_scores": [parcel.body(row, parcel.entry, parcel.students[row.sis_student_id]) for row in rows]}
        answer = self._put(parcel.section, body)
        if answer.status_code == 412:
            answer = self._put(parcel.section, body)
        if answers.code_of(answer) == "PS-403-TEACHER":
            again = self._directory.teacher_again(parcel.section.name)
            if again is not None and again.teacher not in (None, parcel.section.teacher):
                parcel.section = again
                answer = self._put(again, body)
        return answer

    def _put(self, section: Section, body: dict[str, Any]) -> requests.Response:
        params = {"users_dcid": str(section.teacher), "status": "A", "term_id": str(section.term_id)}
        return self._service.send("PUT", PATH, params=params, json=body)

    def _verdicts(self, rows: Sequence[ScoreWrite], parcel: _Parcel, answer: requests.Response) -> Iterator[Receipt]:
        """One receipt per row for an answer about all of them; a 200 may still name rows with an error (§8.1)."""
        if answer.status_code >= 400:
            yield from (refused(row.key, answer) for row in rows)
            return
        told = _told(answer)
        if told is None:
            yield from (unreadable(row.key, answer) for row in rows)
            return
        errors = {int(one["studentsdcid"]): str(one["error"]) for one in told if one.get("error") and str(one.get("studentsdcid", "")).isdigit()}
        for row in rows:
            words = errors.get(parcel.students[row.sis_student_id])
            if words is None:
                yield Receipt(row.key, Outcome.ACCEPTED, row.sis_score_id, status=answer.status_code)
            else:
                yield Receipt(row.key, Outcome.REFUSED, code="SIS-UNKNOWN-ANSWER", message=words, status=answer.status_code)

    def _unassign(self, name: str, assignment: str, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        section, pair = self._directory.sections([name]).get(name), split_id(assignment)
        if section is None or pair is None:
            yield from (Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message=f"section {name}") for row in rows)
            return
        students = self._students(section, rows)
        numbers = [students[row.sis_student_id] for row in rows if row.sis_student_id in students]
        try:
            answer = self._service.send("DELETE", _UNASSIGN, params={"force": "true"}, json={"student_ids": numbers, "section_ids": [pair[1]]})
        except NoAnswerError as error:
            yield from (no_answer(row.key, row.sis_score_id, error) for row in rows)
            return
        for row in rows:
            if answer.status_code not in (200, 204):
                yield refused(row.key, answer)
            elif not answers.is_readable(answer):
                yield replace(unreadable(row.key, answer), sis_id=row.sis_score_id)
            else:
                yield Receipt(row.key, Outcome.ACCEPTED, status=answer.status_code)


def _by_assignment(rows: Sequence[ScoreWrite]) -> dict[tuple[str, str], list[ScoreWrite]]:
    found: dict[tuple[str, str], list[ScoreWrite]] = defaultdict(list)
    for row in rows:
        found[row.sis_section_id, row.sis_assignment_id].append(row)
    return found


def _told(answer: requests.Response) -> list[dict[str, Any]] | None:
    """The students that a 200 names; None when it is not such an answer. An empty body is a plain yes."""
    if not answer.content.strip() and answer.status_code in (200, 204):
        return []
    try:
        body = json_of(answer)
    except ValueError:
        return None
    return as_list(body.get("assignment_scores")) if isinstance(body, dict) and answer.status_code < 300 else None
