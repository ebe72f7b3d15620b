"""Writing scores (powerschool-xte.md §8): one request per assignment, all or nothing, so that what is refused must be found and left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import requests

from include.errors import NoAnswerError, SourceError
from include.response_body import json_of
from include.sis.contract import Outcome, Receipt, ScoreWrite
from include.sis.powerschool import answers
from include.sis.powerschool.bodies import empty_row, score_row, split_id
from include.sis.powerschool.directory import Directory, Section
from include.sis.powerschool.rosters import Rosters
from include.sis.powerschool.values import RowError, as_list, maybe_whole, text_of
from include.sis.powerschool.writing import DONE, SCORES, Writes, each_its_own, no_answer, not_read, refused, unreadable

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

    def __init__(self, writes: Writes, directory: Directory, rosters: Rosters) -> None:
        self._writes, self._service, self._directory, self._rosters = writes, writes.service, directory, rosters

    def put(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """One request per assignment, more only where a row is refused."""
        return self._each(rows, score_row)

    def clear(self, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        """Empty scores, in the way that the connection's switch names (A-9)."""
        how = self._service.options.clear_scores
        if how == "empty_row":
            yield from self._each(rows, lambda _, entry, student: empty_row(entry, student))
        elif how == "unassign":
            for (name, assignment), together in _by_assignment(rows).items():
                yield from each_its_own(together, partial(self._unassign, name, assignment, together))
        else:
            yield from (Receipt(row.key, Outcome.REFUSED, code="PS-SWITCHED-OFF", message="Clear scores is off") for row in rows)

    def _each(self, rows: Sequence[ScoreWrite], body: Callable[[ScoreWrite, int, int], dict[str, Any]]) -> Iterator[Receipt]:
        for (name, assignment), together in _by_assignment(rows).items():
            yield from each_its_own(together, partial(self._of_one, name, assignment, together, body))

    def _of_one(
        self, name: str, assignment: str, rows: Sequence[ScoreWrite], body: Callable[[ScoreWrite, int, int], dict[str, Any]]
    ) -> Iterator[Receipt]:
        """The scores of one assignment in one section."""
        try:
            section, pair = self._directory.section(name), split_id(assignment)
            students = self._students(section, rows) if section is not None else {}
        except SourceError as error:
            yield from (not_read(row.key, error) for row in rows)
            return
        if section is None or section.teacher is None or pair is None:
            code = "PS-404-NOT-FOUND" if section is None or pair is None else "PS-403-TEACHER"
            yield from (Receipt(row.key, Outcome.REFUSED, code=code, message=f"section {name}, assignment {assignment}") for row in rows)
            return
        yield from (self._stranger(row, name) for row in rows if row.sis_student_id not in students)
        known = [row for row in rows if row.sis_student_id in students]
        size = self._service.options.score_batch
        for start in range(0, len(known), size):
            batch = known[start : start + size]
            yield from self._deliver(batch, _Parcel(section, pair[1], students, body, 4 * len(batch).bit_length() + 4))

    def _students(self, section: Section, rows: Sequence[ScoreWrite]) -> dict[str, int]:
        """STUDENTS.DCID by our id. Where our id is the DCID nothing is looked up, and PowerSchool says who is not in the class."""
        if self._service.options.student_id == "dcid":
            ids = {row.sis_student_id: row.sis_student_id.strip() for row in rows}
            return {ours: int(text) for ours, text in ids.items() if text.isascii() and text.isdigit() and len(text) <= 18}
        roster = self._rosters.of([section]).get(section.name)
        if roster is None:
            raise self._directory.unread.errors[section.name]
        return roster | {row.sis_student_id: roster[text] for row in rows if (text := row.sis_student_id.strip()) in roster}

    def _stranger(self, row: ScoreWrite, name: str) -> Receipt:
        gap = self._rosters.gaps.get(name)
        code, words = ("GP-STUDENT-UNCHECKED", gap) if gap else ("PS-409-STUDENT", f"student {row.sis_student_id}, section {name}")
        return Receipt(row.key, Outcome.REFUSED, code=code, message=words)

    def _deliver(self, rows: Sequence[ScoreWrite], parcel: _Parcel) -> Iterator[Receipt]:
        """Send, and where the whole is refused for some, find those."""
        try:
            answer = self._send(rows, parcel)
        except NoAnswerError as error:
            if error.status is None or len(rows) == 1:
                yield from (no_answer(row.key, row.sis_score_id, error) for row in rows)
            else:
                yield from self._search(rows, parcel, error)
            return
        yield from self._sorted_out(rows, parcel, answer)

    def _search(self, rows: Sequence[ScoreWrite], parcel: _Parcel, error: NoAnswerError) -> Iterator[Receipt]:
        """PowerSchool fails each time on all of these together: halves are tried once each, until only what it fails on is left."""
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            parcel.searches -= 1
            answer = self._service.try_once("PUT", SCORES, params=_params(parcel.section), json=_body(half, parcel)) if parcel.searches >= 0 else None
            if answer is not None:
                yield from self._sorted_out(half, parcel, answer)
            elif len(half) == 1 or parcel.searches < 0:
                yield from (no_answer(row.key, row.sis_score_id, error) for row in half)
            else:
                yield from self._search(half, parcel, error)

    def _sorted_out(self, rows: Sequence[ScoreWrite], parcel: _Parcel, answer: requests.Response) -> Iterator[Receipt]:
        """Where the whole is refused for some: drop those that are named, else halve; within the parcel's searches."""
        if answer.status_code < 400 or answers.is_about_all(answer):
            yield from self._verdicts(rows, parcel, answer)
            return
        named = answers.named_students(answer)
        bad = [row for row in rows if parcel.students[row.sis_student_id] in named]
        for row in bad:
            code, words = named[parcel.students[row.sis_student_id]]
            yield Receipt(row.key, Outcome.REFUSED, code=code, message=words, status=answer.status_code)
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
        answer = self._put(rows, parcel)
        if answer.status_code == 412:
            answer = self._put(rows, parcel)
        if answers.code_of(answer) == "PS-403-TEACHER":
            again = self._directory.teacher_again(parcel.section.name)
            if again is not None and again.teacher not in (None, parcel.section.teacher):
                parcel.section = again
                answer = self._put(rows, parcel)
        return answer

    def _put(self, rows: Sequence[ScoreWrite], parcel: _Parcel) -> requests.Response:
        return self._writes.send("PUT", SCORES, about=parcel.section.name, params=_params(parcel.section), json=_body(rows, parcel))

    def _verdicts(self, rows: Sequence[ScoreWrite], parcel: _Parcel, answer: requests.Response) -> Iterator[Receipt]:
        """One receipt per row for an answer about all of them; a 200 may still name rows with an error (§8.1)."""
        if answer.status_code >= 400:
            yield from (refused(row.key, answer) for row in rows)
            return
        errors = _errors(answer)
        if errors is None:
            yield from (unreadable(row.key, answer) for row in rows)
            return
        for row in rows:
            words = errors.get(parcel.students[row.sis_student_id])
            if words is None:
                yield Receipt(row.key, Outcome.ACCEPTED, row.sis_score_id, status=answer.status_code)
            else:
                yield Receipt(row.key, Outcome.REFUSED, code="SIS-UNKNOWN-ANSWER", message=words, status=answer.status_code)

    def _unassign(self, name: str, assignment: str, rows: Sequence[ScoreWrite]) -> Iterator[Receipt]:
        try:
            section, pair = self._directory.section(name), split_id(assignment)
            students = self._students(section, rows) if section is not None else {}
        except SourceError as error:
            yield from (not_read(row.key, error) for row in rows)
            return
        if section is None or pair is None:
            yield from (Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message=f"section {name}") for row in rows)
            return
        yield from (self._stranger(row, name) for row in rows if row.sis_student_id not in students)
        known = [row for row in rows if row.sis_student_id in students]
        if not known:  # without students everybody would be meant
            return
        body = {"student_ids": [students[row.sis_student_id] for row in known], "section_ids": [pair[1]]}
        try:
            answer = self._writes.send("DELETE", _UNASSIGN, about=name, params={"force": "true"}, json=body)
        except NoAnswerError as error:
            yield from (no_answer(row.key, row.sis_score_id, error) for row in known)
            return
        for row in known:
            if answer.status_code not in DONE:
                yield refused(row.key, answer)
            elif not answers.is_readable(answer):
                yield replace(unreadable(row.key, answer), sis_id=row.sis_score_id)
            else:
                yield Receipt(row.key, Outcome.ACCEPTED, status=answer.status_code)


def _params(section: Section) -> dict[str, str]:
    return {"users_dcid": str(section.teacher), "status": "A", "term_id": str(section.term_id)}


def _body(rows: Sequence[ScoreWrite], parcel: _Parcel) -> dict[str, Any]:
    return {"assignment_scores": [parcel.body(row, parcel.entry, parcel.students[row.sis_student_id]) for row in rows]}


def _by_assignment(rows: Sequence[ScoreWrite]) -> dict[tuple[str, str], list[ScoreWrite]]:
    found: dict[tuple[str, str], list[ScoreWrite]] = defaultdict(list)
    for row in rows:
        found[row.sis_section_id, row.sis_assignment_id].append(row)
    return found


def _errors(answer: requests.Response) -> dict[int, str] | None:
    """The students whom an answer of success names with an error; None when it is no such answer. An empty body is a plain yes."""
    if answer.status_code not in DONE:
        return None
    if not answer.content.strip():
        return {}
    try:
        body = json_of(answer)
        told = as_list(body.get("assignment_scores")) if isinstance(body, dict) else None
        return (
            None
            if told is None
            else {number: text_of(one, "error") for one in told if one.get("error") and (number := maybe_whole(one, "studentsdcid"))}
        )
    except (ValueError, RowError):
        return None
