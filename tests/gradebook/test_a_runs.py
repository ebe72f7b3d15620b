"""Which courses and sections take part in which kind of run (A-5, A-18 to A-21, A-24, R-12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from include.gradebook.courses import Selection, keep_courses
from include.gradebook.schemas import COURSES
from include.identity import Identity
from include.sis.registry import SIS
from tests.classroom import NOW, Classroom

_TERM = {"sis_term_id": "T1", "term_start": "2026-08-24T04:00:00Z", "term_end": "2027-01-23T05:00:00Z"}


def courses(*changes: dict[str, Any]) -> pd.DataFrame:
    """COURSES rows 1, 2 … of the current term with these changes."""
    base = {"name": "Biology", "workflow_state": "available", "time_zone": "America/New_York", **_TERM}
    return COURSES.of([{"canvas_course_id": str(n), "sis_course_id": f"C-{n}", **base, **change} for n, change in enumerate(changes, start=1)])


def kept(frame: pd.DataFrame, **selection: Any) -> tuple[list[str], dict[str, str]]:
    """(ids of the courses that take part, reason by id of the others)."""
    sieve = keep_courses(frame, Selection(now=NOW, **selection))
    withheld = sieve.withheld
    return list(sieve.kept["canvas_course_id"]), dict(zip(withheld["canvas_course_id"], withheld["reason_code"], strict=True))


def identity(**rules: Any) -> Identity:
    """The rules for ids as a district file would hold them."""
    return Identity.model_validate(rules)


def test_a5_a_course_without_sis_id_is_left_out_and_reported() -> None:
    assert kept(courses({}, {"sis_course_id": None})) == (["1"], {"2": "GP-COURSE-NO-SIS-ID"})


def test_a5_a_pattern_takes_the_sis_id_out_of_what_canvas_holds() -> None:
    place = Classroom(sections={"1": ["u1"], "x": ["u2"]}, identity=identity(section={"field": "sis_section_id", "pattern": "S([0-9]+)"}))
    place.add()
    filtered = place.filtered()
    assert list(filtered.copies["sis_section_id"]) == ["1"]
    row = filtered.withheld[filtered.withheld["kind"] == "section"].iloc[0]
    assert (row["reason_code"], row["value"]) == ("GP-SECTION-ID", "Sx")


def test_a5_a_mapping_file_finds_sis_ids_by_canvas_id_where_canvas_holds_none(tmp_path: Path) -> None:
    files = {"sections": "1,CLASS-1\nmade,CLASS-2\n", "students": "u1,PUPIL-1\nu2,PUPIL-2\n"}
    for name, rows in files.items():
        (tmp_path / f"{name}.csv").write_text("canvas_id,sis_id\n" + rows, encoding="utf-8")
    place = Classroom(sections={"1": ["u1", "u9"], "made": ["u2"], "other": ["u3"]}, without_sis_id={"made"})
    place.identity = identity(section={"file": str(tmp_path / "sections.csv")}, student={"file": str(tmp_path / "students.csv")})
    place.add()
    filtered = place.filtered()
    assert sorted(zip(filtered.scores["sis_section_id"], filtered.scores["sis_student_id"], strict=True)) == [
        ("CLASS-1", "PUPIL-1"), ("CLASS-2", "PUPIL-2")
    ]  # fmt: skip
    codes = filtered.withheld.groupby("kind")["reason_code"].agg(list).to_dict()
    assert (codes["section"], codes["grade"]) == (["GP-SECTION-ID"], ["GP-ASSIGNMENT-WITHHELD", "GP-STUDENT-ID"])


def test_a5_two_sections_of_one_sis_id_are_not_mixed() -> None:
    place = Classroom(sections={"1": ["u1"], "11": ["u2"]}, identity=identity(section={"field": "sis_section_id", "pattern": "S(1)1?"}))
    place.add()
    filtered = place.filtered()
    assert filtered.scores.empty, "nobody knows which of the two belongs there (I-3)"
    sections = filtered.withheld[filtered.withheld["kind"] == "section"]
    assert set(sections["reason_code"]) == {"GP-SECTION-TWICE"}
    assert set(sections["canvas_section_id"]) == {"1", "11"}
    assert all("section 1 of course" in text and "section 11 of course" in text for text in sections["limit"])


def test_a5_work_of_a_course_without_any_section_to_send_to_is_counted() -> None:
    place = Classroom(without_sis_id={"1"})
    place.add()
    assert place.night().why() == ["GP-SECTION-WITHHELD"]


def test_a18_a_night_runs_all_courses_that_are_switched_on() -> None:
    assert kept(courses({}, {}, {}), switched=(("2", False),)) == (["1", "3"], {"2": "GP-COURSE-OFF"})


@pytest.mark.parametrize(("default", "expected"), [("all", ["1", "2", "3"]), ("none", ["3"]), ("canvas", ["1", "3"])])
def test_r12_courses_that_nobody_switched_follow_the_targets_default(default: str, expected: list[str]) -> None:
    listed = courses({"nightly_setting": "nightly_sync"}, {"nightly_setting": "disabled"}, {"nightly_setting": None})
    assert kept(listed, nightly_default=default, switched=(("3", True),))[0] == expected


def test_r12_the_products_own_switch_goes_before_canvas_setting() -> None:
    listed = courses({"nightly_setting": "nightly_sync"}, {"nightly_setting": None})
    assert kept(listed, nightly_default="canvas", switched=(("1", False), ("2", True)))[0] == ["2"]


@pytest.mark.parametrize("mode", ["on_demand", "remaster"])
def test_a19_a_run_on_demand_takes_the_chosen_courses_whatever_their_switch(mode: str) -> None:
    assert kept(courses({}, {}, {}), mode=mode, courses=("2", "C-3"), switched=(("2", False),)) == (["2", "3"], {})


def test_a19_chosen_sections_and_assignments_and_by_default_all() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]})
    place.add("First", id="101")
    place.add("Second", id="102")
    place.selection = Selection(now=NOW, mode="on_demand", sections=("S2",), assignments=("102",))
    night = place.night()
    assert night.sent() == [("S2", "Second")]
    assert (night.why("section"), night.why()) == (["GP-SECTION-NOT-CHOSEN"], ["GP-NOT-CHOSEN"])
    place.selection = Selection(now=NOW, mode="on_demand")
    assert len(place.night().sent()) == 4


def test_a19_a_section_can_be_chosen_by_its_canvas_id() -> None:
    place = Classroom(sections={"1": ["u1"], "2": ["u2"]}, selection=Selection(now=NOW, mode="on_demand", sections=("1",)))
    place.add()
    assert set(place.filtered().copies["sis_section_id"]) == {"S1"}


def test_a20_a_remaster_sends_everything_again_or_only_what_was_chosen() -> None:
    place = Classroom()
    place.add("First", id="101")
    place.add("Second", id="102")
    place.accept(place.night())
    assert place.night().writes() == 0
    place.selection = Selection(now=NOW, mode="remaster")
    everything = place.night()
    assert (set(everything.plan.assignments["action"]), everything.writes()) == ({"update"}, 2 + 4)
    place.selection = Selection(now=NOW, mode="remaster", assignments=("102",))
    chosen = place.night()
    assert (chosen.sent(), chosen.writes()) == ([("S1", "Second")], 1 + 2)


def test_a20_duplicates_and_undated_work_cannot_be_remastered() -> None:
    place = Classroom(rules=SIS["schooltool"].rules, selection=Selection(now=NOW, mode="remaster"))
    place.add("Quiz", id="101")
    place.add("quiz", id="102")
    place.add("Undated", id="103", due_at=None)
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Quiz")], ["GP-DUE-MISSING", "GP-NAME-DUP"])


@pytest.mark.parametrize(
    ("mode", "expected"), [("nightly", ([], {"1": "GP-COURSE-CONCLUDED"})), ("on_demand", (["1"], {})), ("remaster", (["1"], {}))]
)
def test_a21_concluded_courses_on_demand(mode: str, expected: Any) -> None:
    assert kept(courses({"workflow_state": "completed"}), mode=mode) == expected


@pytest.mark.parametrize("mode", ["nightly", "on_demand", "remaster"])
def test_a24_unpublished_courses_never_sync(mode: str) -> None:
    listed = courses({"workflow_state": "unpublished"}, {"workflow_state": "deleted"}, {})
    assert kept(listed, mode=mode, courses=("1", "2", "3")) == (["3"], {"1": "GP-COURSE-UNPUBLISHED", "2": "GP-COURSE-UNPUBLISHED"})


@pytest.mark.parametrize(
    ("term", "terms", "expected"),
    [
        ({"term_end": "2026-11-13T19:59:59Z"}, "current", False),
        ({"term_start": "2026-11-13T20:00:01Z"}, "current", False),
        ({"term_start": None, "term_end": None}, "current", True),
        ({"term_end": "2026-11-01T04:00:00Z"}, "all", True),
        ({"sis_term_id": "T2"}, ("T1",), False),
        ({"sis_term_id": None}, ("T1",), False),
        ({}, ("T1", "T2"), True),
    ],
)
def test_a24_courses_outside_the_terms_only_on_demand(term: dict[str, Any], terms: Any, expected: bool) -> None:
    listed = courses(term)
    assert kept(listed, terms=terms) == ((["1"], {}) if expected else ([], {"1": "GP-COURSE-TERM"}))
    assert kept(listed, terms=terms, mode="on_demand")[0] == ["1"]
