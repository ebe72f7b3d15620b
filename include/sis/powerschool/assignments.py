"""Creating, replacing and deleting assignments (powerschool-xte.md §7.3, §7.4). A create is sent once: without an answer its fate is unknown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import requests

from include.errors import GradeSyncError, NoAnswerError, SourceError
from include.explain import shown
from include.json_text import read_json
from include.sis.contract import AssignmentWrite, Outcome, Receipt
from include.sis.powerschool import answers
from include.sis.powerschool.bodies import changed_assignment, joined_id, mark_in, new_assignment, split_id
from include.sis.powerschool.directory import Directory, Section
from include.sis.powerschool.identity import identities
from include.sis.powerschool.rows import is_ours
from include.sis.powerschool.service import TeacherError
from include.sis.powerschool.values import RowError, as_list, maybe_whole
from include.sis.powerschool.writing import DONE, Writes, each_its_own, no_answer, not_read, refused, unreadable

PATH = "/ws/xte/section/assignment/"


class AssignmentWriter:
    """Writes single assignments of one section each (A-4)."""

    def __init__(self, writes: Writes, directory: Directory) -> None:
        self._writes, self._service, self._directory = writes, writes.service, directory
        self._ahead: dict[int, dict[str, Any]] = {}

    def put(self, rows: Sequence[AssignmentWrite]) -> Iterator[Receipt]:
        """Create or replace. What several replaces start from is read in one request."""
        self._read_ahead(rows)
        for row in rows:
            yield from each_its_own([row], partial(self._one, row))

    def _read_ahead(self, rows: Sequence[AssignmentWrite]) -> None:
        self._ahead = {}
        replaced = Counter(row.sis_section_id for row in rows if row.sis_assignment_id)
        several = [name for name, count in replaced.items() if count > 1]
        for section in self._directory.sections(several).values():
            params = {"users_dcid": str(section.teacher), "section_ids": str(section.dcid)}
            try:
                found = as_list(self._service.read(PATH, params)) if section.teacher is not None else []
            except (SourceError, RowError):
                continue  # then each is read by itself, and refused by itself
            self._ahead.update({number: one for one in found if (number := _id_of(one)) is not None})

    def _one(self, row: AssignmentWrite) -> Iterator[Receipt]:
        yield self._put_or_follow(row)

    def _put_or_follow(self, row: AssignmentWrite) -> Receipt:
        """A teacher who no longer teaches the section is looked up once more."""
        try:
            section = self._directory.section(row.sis_section_id)
        except SourceError as error:
            return not_read(row.key, error)
        receipt = self._put(row, section)
        if receipt.code == "PS-403-TEACHER":
            again = self._directory.teacher_again(row.sis_section_id)
            if again is not None and section is not None and again.teacher not in (None, section.teacher):
                return self._put(row, again)
        return receipt

    def _put(self, row: AssignmentWrite, section: Section | None) -> Receipt:
        if section is None:
            return Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message=f"section {row.sis_section_id}")
        if section.teacher is None:
            return Receipt(row.key, Outcome.REFUSED, code="PS-403-TEACHER", message=f"section {row.sis_section_id} has no teacher")
        try:
            return self._replace(row, section.teacher) if row.sis_assignment_id else self._create(row, section, section.teacher)
        except NoAnswerError as error:
            return no_answer(row.key, row.sis_assignment_id, error)
        except TeacherError as error:
            return Receipt(row.key, Outcome.REFUSED, code="PS-403-TEACHER", message=error.told, status=403)
        except SourceError as error:  # of the read before a replace: nothing was written
            return not_read(row.key, error)

    def _create(self, row: AssignmentWrite, section: Section, teacher: int) -> Receipt:
        body = new_assignment(row, section.dcid, self._service.options)
        answer = self._writes.send("POST", PATH, about=section.name, params={"users_dcid": str(teacher)}, json=body, repeat=False)
        if answer.status_code >= 400:
            return refused(row.key, answer)
        assignment = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        if answer.status_code not in DONE or not (assignment.isascii() and assignment.isdigit()):
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
        try:
            entries = as_list(standing.get("_assignmentsections")) if standing else []
            return next((maybe_whole(entry, "assignmentsectionid") for entry in entries if maybe_whole(entry, "sectionsdcid") == section), None)
        except RowError:
            return None

    def _replace(self, row: AssignmentWrite, teacher: int) -> Receipt:
        pair = split_id(row.sis_assignment_id)
        receipt = Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message=f"assignment {row.sis_assignment_id}", status=404)
        for _ in range(2):  # a 412 says that a record was missing: read again and send once more (§7.4)
            standing = self._ahead.pop(pair[0], None) or self._standing(pair[0], teacher) if pair else None
            body = changed_assignment(row, standing, pair[1]) if pair and standing else None
            if pair is None or standing is None or body is None:
                return receipt
            if not self._made_by_us(row, standing, pair[1]):
                return Receipt(row.key, Outcome.REFUSED, code="PS-NOT-OURS", message=_maker(pair[0], standing))
            params = {"users_dcid": str(teacher), "update_scores": str(self._service.options.update_scores).lower()}
            answer = self._writes.send("PUT", f"{PATH}{pair[0]}", about=row.sis_section_id, params=params, json=body)
            if answer.status_code in DONE and answers.is_readable(answer):
                return Receipt(row.key, Outcome.ACCEPTED, row.sis_assignment_id, status=answer.status_code)
            receipt = refused(row.key, answer) if answer.status_code >= 400 else unreadable(row.key, answer)
            if answer.status_code != 412:
                break
        return receipt

    def _made_by_us(self, row: AssignmentWrite, standing: dict[str, Any], entry_id: int) -> bool:
        """Whether the record under a known ID was created by Grade Sync: a restored PowerSchool may have given the ID to another (I-5)."""
        mine = (one for one in as_list(standing.get("_assignmentsections")) if str(one.get("assignmentsectionid")).strip() == str(entry_id))
        return is_ours(standing, identities(self._service)) or any(mark_in(one.get("description")) == row.our_id for one in mine)

    def _standing(self, assignment: int, teacher: int) -> dict[str, Any] | None:
        found = as_list(self._service.read(f"{PATH}{assignment}", {"users_dcid": str(teacher)}))
        return found[0] if found else None

    def delete(self, row: AssignmentWrite) -> Receipt:
        """Delete an assignment of ours, where the connection's switch allows it (A-10, invariant 7)."""
        how = self._service.options.delete_assignments
        if how == "off":
            return Receipt(row.key, Outcome.REFUSED, code="PS-SWITCHED-OFF", message="Delete assignments is off")
        return next(iter(each_its_own([row], lambda: [self._delete(row, how)])))

    def _delete(self, row: AssignmentWrite, how: str) -> Receipt:
        try:
            section, pair = self._directory.section(row.sis_section_id), split_id(row.sis_assignment_id)
            standing = self._standing(pair[0], section.teacher) if section is not None and section.teacher is not None and pair else None
        except SourceError as error:
            return not_read(row.key, error)
        if section is None or section.teacher is None or pair is None:
            return Receipt(row.key, Outcome.REFUSED, code="PS-404-NOT-FOUND", message=f"assignment {row.sis_assignment_id}")
        if standing is None:
            return Receipt(row.key, Outcome.ACCEPTED, row.sis_assignment_id, status=404)
        if not is_ours(standing, identities(self._service)):
            return Receipt(row.key, Outcome.REFUSED, code="PS-NOT-OURS", message=_maker(pair[0], standing))
        params = {"users_dcid": str(section.teacher), "force": str(how == "forced").lower()}
        try:
            answer = self._writes.send("DELETE", f"{PATH}{pair[0]}", about=section.name, params=params)
        except NoAnswerError as error:
            return no_answer(row.key, row.sis_assignment_id, error)
        if answer.status_code not in (*DONE, 404):
            return refused(row.key, answer)
        if not answers.is_readable(answer):
            return replace(unreadable(row.key, answer), sis_id=row.sis_assignment_id)
        return Receipt(row.key, Outcome.ACCEPTED, row.sis_assignment_id, status=answer.status_code)


def _maker(assignment: int, standing: dict[str, Any]) -> str:
    """Who created an assignment, in PowerSchool's own column."""
    return f"assignment {assignment}, CreatedByPlugin {shown(standing.get('createdbyplugin'))}"


def _header_id(answer: requests.Response) -> int | None:
    """The one id in the header AssignmentSectionIds, which not every server sends (§7.3)."""
    try:
        ids = read_json(answer.headers.get("AssignmentSectionIds", ""))
    except ValueError:
        return None
    return int(ids[0]) if isinstance(ids, list) and len(ids) == 1 and str(ids[0]).isdigit() else None


def _id_of(assignment: dict[str, Any]) -> int | None:
    try:
        return maybe_whole(assignment, "assignmentid")
    except RowError:
        return None
