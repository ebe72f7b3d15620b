"""One bad week of a teacher, lived in the sandbox: what stands in the SIS afterwards, and which messages the artifact shows to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from include.sandbox.generate import Size
from tests.sync.books import book, marks
from tests.town import Result, Town, town

SIZE = Size(courses=1, sections=2, students=8, assignments=8)


class Week:
    """A town after its first night, then the teacher's changes, and the night after them."""

    def __init__(self, place: Town, target: str) -> None:
        self.place, self.target = place, target
        first = place.night(target)
        sent = first.table("assignments_sync").query("status == 'updated'")
        self.course = str(sent["canvas_course_id"].value_counts().index[0])
        plain = sent[sent["canvas_course_id"] == self.course]
        names = plain.groupby("canvas_assignment_id")["sis_section_id"].nunique()
        self.kept, self.renamed, self.narrowed, *_ = sorted(names.index[names == plain["sis_section_id"].nunique()], key=int)
        self.names = plain.drop_duplicates("canvas_assignment_id").set_index("canvas_assignment_id")["assignment_name"]
        self.section = str(plain["canvas_section_id"].iloc[0])
        self.before = book(place, target)
        self._live(first.table("grades_log").query("status == 'updated'"))
        place.forget_log()
        self.night = place.night(target)
        self.after = book(place, target)

    def _live(self, sent: pd.DataFrame) -> None:
        """Renamed to a name that stands there; taken from a section; a score below zero, and one cleared."""
        scored = sent[(sent["canvas_assignment_id"] == self.kept) & sent["submitted_score"].notna()]["canvas_user_id"].unique()
        self.negative, self.cleared, *_ = (str(user) for user in scored)
        self._change("assignments", int(self.renamed), name=self.names[self.kept].upper())
        override = {"assignment_id": int(self.narrowed), "course_section_id": int(self.section), "unassign_item": True, "title": "Not you"}
        self._change("overrides", 910, id=910, **override)
        self._change("submissions", [int(self.kept), int(self.negative)], score=-2.0)
        self._change("submissions", [int(self.kept), int(self.cleared)], score=None, workflow_state="unsubmitted")

    def _change(self, table: str, key: Any, **fields: Any) -> None:
        self.place.admin("canvas", "change", "POST", json={"do": table, "course": int(self.course), "key": key, "set": fields})

    def told(self, code: str) -> pd.DataFrame:
        """The messages of this type about this course."""
        messages = self.night.table("messages")
        return messages[(messages["type"] == code) & (messages["canvas_course_id"] == self.course)]


@pytest.fixture(scope="module", params=["powerschool"])
def week(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    with town(tmp_path_factory.mktemp(request.param), SIZE, (request.param,)) as place:
        yield Week(place, request.param)


def test_a9_a10_r6_r10_everything_that_was_sent_before_stands_as_it_stood(week: Week) -> None:
    assert week.place.writes(week.target) == []
    assert marks(week.after) == marks(week.before)


def test_r6_no_name_stands_twice_in_a_section(week: Week) -> None:
    for section, items in week.after.items():
        names = [str(item["name"]).strip().casefold() for item in items]
        assert len(names) == len(set(names)), section


@pytest.mark.parametrize(
    ("code", "severity", "who"),
    [
        ("GP-NAME-DUP", "error", "teacher"),
        ("GP-NOT-GIVEN", "warning", "teacher"),
        ("GP-SCORE-NEGATIVE", "error", "teacher"),
        ("GP-BLANKED", "warning", "teacher"),
    ],
)
def test_f5_each_of_it_is_told_with_its_item_its_cause_and_who_mends_it(week: Week, code: str, severity: str, who: str) -> None:
    told = week.told(code)
    item = {"GP-NAME-DUP": week.renamed, "GP-NOT-GIVEN": week.narrowed}.get(code, week.kept)
    user = {"GP-SCORE-NEGATIVE": week.negative, "GP-BLANKED": week.cleared}.get(code)
    rows = told[told["canvas_assignment_id"] == item]
    assert len(rows) > 0
    assert set(rows["severity"]) == {severity}
    assert set(rows["who"]) == {who}
    assert rows["next"].notna().all()
    if user:
        assert user in set(rows["canvas_user_id"])
    if code == "GP-NOT-GIVEN":
        assert set(rows["canvas_section_id"]) == {week.section}


def test_d1_the_night_is_completed_with_errors_and_the_next_one_is_calm(week: Week) -> None:
    assert week.night.summary["status"] == "Completed with errors"
    again: Result = week.place.night(week.target)
    assert again.sent == 0
