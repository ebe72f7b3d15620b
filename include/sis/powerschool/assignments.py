"""Creating, replacing and deleting assignments (powerschool-xte.md §7.3, §7.4). A create is sent once: without an answer its fate is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import requests

from include.errors import GradeSyncError, NoAnswerError, SourceError
from include.json_text import read_json
from include.sis.contract import AssignmentWrite, Outcome, Receipt
from include.sis.powerschool import answers
from include.sis.powerschool.bodies import changed_assignment, joined_id, new_assignment, split_id
from include.sis.powerschool.directory import Directory, Section
from include.sis.powerschool.reads import is_ours
from include.sis.powerschool.service import Service, TeacherError, as_list

PATH = "/ws/xte/section/assignment/"


class AssignmentWriter:
    """Writes single assignments of one section each (A-4)."""

    def __init__(self, service: Service, directory: Directory) -> None:
        self._service, self._directory = service, directory
        self._ahead: dict[int, dict[str, Any]] = {}

    def put(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        """Create or replace. What several replaces start from is read in one request."""
        self._read_ahead(rows)
        return (self._put_or_follow(row) for row in rows)

    def _read_ahead(self, rows: Sequence[AssignmentWrite]) -> None:
        self._ahead = {}
        replaced = Counter(row.sis_section_id for row in rows if row.sis_assignment_id)
        several = [name for name, count in replaced.items() if count > 1]
        for section in self._directory.sections(several).values():
            params = {"users_dcid": str(section.teacher), "section_ids": str(section.dcid)}
            try:
                found = as_list(self._service.read(PATH, params)) if section.teacher is not None else []
            except SourceError:
                continue  # then each is read by itself, and refused by itself
            self._ahead.update({int(one["assignmentid"]): one for one in found})

    def _put_or_follow(self, row: AssignmentWrite) -> Receipt:
        """A teacher who no longer teaches the section is looked up once more."""
        section = self._directory.sections([row.sis_section_id]).get(row.sis_section_id)
        receipt = self._put(row, section)
        if receipt.code == "PS-403-TEACHER":
            again = self._directory.teacher_again(row.sis_section_id)
            if again is not None and section is not None and again.teacher not in (None, section.teacher):
                return self._put(row, again)
        return receipt

    def _put(self, row: AssignmentWrite, section: Section | None) -> Receipt:
        if section is None:
            return Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message=f"no section {row.sis_section_id}")
        if section.teacher is None:
            return Receipt(row.key, Outcome.REFUSED, code="PS-403-TEACHER", message=f"nobody teaches section {row.sis_section_id}")
        try:
            return self._replace(row, section.teacher) if row.sis_assignment_id else self._create(row, section, section.teacher)
        except NoAnswerError as error:
            return no_answer(row.key, row.sis_assignment_id, error)
        except TeacherError as error:
            return Receipt(row.key, Outcome.REFUSED, code="PS-403-TEACHER", message=error.told, status=403)
        except SourceError as error:  # of the read before a replace: nothing was written
            return Receipt(row.key, Outcome.REFUSED, code="SIS-UNREADABLE", message=error.told)

    def _create(self, row: AssignmentWrite, section: Section, teacher: int) -> Receipt:
        body = new_assignment(row, section.dcid, self._service.options)
        answer = self._service.send("POST", PATH, params={"users_dcid": str(teacher)}, json=body, repeat=False)
        if answer.status_code >= 400:
            return refused(row.key, answer)
        assignment = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        if answer.status_code != 201 or not assignment.isdigit():
            return unreadable(row.key, answer)
        entry = _header_id(answer) or self._entry_of(int(assignment), section.dcid, teacher)
        if entry is None:
            return unreadable(row.key, answer)
        return Receipt(row.key, Outcome.ACCEPTED, joined_id(assignment, entry), status=201)

    def _entry_of(self, assignment: int, section: int, teacher: int) -> int | None:
        """The assignmentsectionid of what was just made; None when it cannot be read now, so that the next sync looks it up by our mark."""
        try:
            standing = self._standing(assignment, teacher)
        except GradeSyncError:
            return None
        entries = as_list(standing.get("_assignmentsections")) if standing else []
        return next((int(entry["assignmentsectionid"]) for entry in entries if str(entry.get("sectionsdcid")) == str(section)), None)

    def _replace(self, row: AssignmentWrite, teacher: int) -> Receipt:
        pair = split_id(row.sis_assignment_id)
        receipt = Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message="there is no such assignment", status=404)
        for _ in range(2):  # a 412 says that a record was missing: read again and send once more (§7.4)
            standing = self._ahead.pop(pair[0], None) or self._standing(pair[0], teacher) if pair else None
            body = changed_assignment(row, standing, pair[1]) if pair and standing else None
            if pair is None or body is None:
                return receipt
            params = {"users_dcid": str(teacher), "update_scores": str(self._service.options.update_scores).lower()}
            answer = self._service.send("PUT", f"{PATH}{pair[0]}", params=params, json=body)
            if answer.status_code in (200, 204):
                return Receipt(row.key, Outcome.ACCEPTED, row.sis_assignment_id, status=answer.status_code)
            receipt = refused(row.key, answer) if answer.status_code >= 400 else unreadable(row.key, answer)
            if answer.status_code != 412:
                break
        return receipt

    def _standing(self, assignment: int, teacher: int) -> dict[str, Any] | None:
        found = as_list(self._service.read(f"{PATH}{assignment}", {"users_dcid": str(teacher)}))
        return found[0] if found else None

    def delete(self, row: AssignmentWrite) -> Receipt:
        """Delete an assignment of ours, where the connection's switch allows it (A-10, invariant 7)."""
        how = self._service.options.delete_assignments
        if how == "off":
            return Receipt(row.key, Outcome.REFUSED, code="PS-SWITCHED-OFF", message="delete_assignments is off")
        section, pair = self._directory.sections([row.sis_section_id]).get(row.sis_section_id), split_id(row.sis_assignment_id)
        if section is None or section.teacher is None or pair is None:
            return Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message="there is no such assignment")
        standing = self._standing(pair[0], section.teacher)
        if standing is None:
            return Receipt(row.key, Outcome.ACCEPTED, row.sis_assignment_id, status=404)
        if not is_ours(standing, self._service.metadata.plugin_id):
            return Receipt(row.key, Outcome.REFUSED, code="PS-NOT-OURS", message="another plugin or a person made it")
        params = {"users_dcid": str(section.teacher), "force": str(how == "forced").lower()}
        try:
            answer = self._service.send("DELETE", f"{PATH}{pair[0]}", params=params)
        except NoAnswerError as error:
            return no_answer(row.key, row.sis_assignment_id, error)
        if answer.status_code not in (200, 204, 404):
            return refused(row.key, answer)
        if not answers.is_readable(answer):
            return replace(unreadable(row.key, answer), sis_id=row.sis_assignment_id)
        return Receipt(row.key, Outcome.ACCEPTED, row.sis_assignment_id, status=answer.status_code)


def refused(key: str, answer: requests.Response) -> Receipt:
    """PowerSchool said no, in these words."""
    return Receipt(key, Outcome.REFUSED, code=answers.code_of(answer), message=answers.sentence(answer), status=answer.status_code)


def unreadable(key: str, answer: requests.Response) -> Receipt:
    """An answer that says neither yes nor no: what it did is unknown."""
    return Receipt(key, Outcome.UNKNOWN, code="SIS-UNREADABLE", message=f"HTTP {answer.status_code}", status=answer.status_code)


def no_answer(key: str, sis_id: str, error: NoAnswerError) -> Receipt:
    """No answer at all, or only faults: what it did is unknown."""
    return Receipt(key, Outcome.UNKNOWN, sis_id, code="SIS-NO-ANSWER", message=str(error))


def _header_id(answer: requests.Response) -> int | None:
    """The one id in the header AssignmentSectionIds, which not every server sends (§7.3)."""
    try:
        ids = read_json(answer.headers.get("AssignmentSectionIds", ""))
    except ValueError:
        return None
    return int(ids[0]) if isinstance(ids, list) and len(ids) == 1 and str(ids[0]).isdigit() else None
