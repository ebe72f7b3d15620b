"""What the PowerSchool client reads, and with how many requests (powerschool-xte.md §4, §5, §7, §8.2)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

from include.errors import AccessError
from include.gradebook import schemas
from include.sis.powerschool.tables import ranges
from tests.sandbox.powerschool_town import ADA, ART, BEN, MATH_1, MATH_2, NEXT, Raw, serving
from tests.sis.powerschool_client import OUR_ID, client_of, made, mark, outcomes


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.sign_in()
    return server


def rosters(students: pd.DataFrame) -> dict[str, list[str]]:
    return {str(name): list(rows) for name, rows in students.groupby("sis_section_id")["sis_student_id"]}


def test_a24_unknown_sections_are_not_found_and_take_nothing_along(raw: Raw) -> None:
    read = client_of(raw).read_sections([MATH_1, "85999", "GUID-1", "085001", NEXT])
    for frame, contract in ((read.sections, schemas.SIS_SECTIONS), (read.students, schemas.SIS_STUDENTS), (read.categories, schemas.SIS_CATEGORIES)):
        contract.check(frame)
    found = read.sections.set_index("sis_section_id")
    assert found["found"].to_dict() == {MATH_1: True, "85999": False, "GUID-1": False, "085001": False, NEXT: True}
    assert found.loc[MATH_1, ["term_start", "term_end"]].tolist() == ["2026-08-24", "2027-01-22"]
    assert found.loc[NEXT, "term_start"] == "2027-01-25"


def test_nothing_asked_is_nothing_read(raw: Raw) -> None:
    raw.clear_log()
    client = client_of(raw)
    assert client.read_sections([]).sections.empty
    assert client.read_assignments([]).empty
    assert client.read_scores(MATH_1, []).empty


@pytest.mark.parametrize("way", ["tables", "enrollments"])
@pytest.mark.parametrize("page_size", [None, 2])
def test_rosters_hold_active_students_alone(raw: Raw, way: str, page_size: int | None) -> None:
    raw.teacher("drop_student", section=MATH_1, student="81002")
    read = client_of(raw, roster=way, page_size=page_size).read_sections([MATH_1, MATH_2, ART])
    assert rosters(read.students) == {MATH_1: ["81001", "81003", "81004"], MATH_2: ["81004", "81005", "81006"], ART: ["81001", "81002"]}


@pytest.mark.parametrize("way", ["tables", "enrollments"])
def test_students_known_by_their_number_and_sections_by_their_other_id(raw: Raw, way: str) -> None:
    rows = raw("GET", "/ws/schema/table/students", projection="dcid,student_number").json()["record"]
    number = {row["tables"]["students"]["dcid"]: row["tables"]["students"]["student_number"] for row in rows}
    section = raw("GET", "/ws/schema/table/sections", projection="id", q=f"dcid=={MATH_1}").json()["record"][0]["tables"]["sections"]["id"]
    client = client_of(raw, roster=way, student_id="student_number", section_id="id")
    assert rosters(client.read_sections([section]).students) == {section: [number[f"8100{n}"] for n in range(1, 5)]}
    assignment = made(client, sis_section_id=section)
    writes = [mark(assignment, number["81001"], sis_section_id=section), mark(assignment, "1", sis_section_id=section)]
    assert outcomes(client.put_scores(writes)) == {f"mark {number['81001']}": ("accepted", ""), "mark 1": ("refused", "PS-409-STUDENT")}
    assert list(raw.item(MATH_1, "Quiz 1")["scores"]) == ["81001"]
    assert client.read_scores(section, [assignment])["sis_student_id"].tolist() == [number["81001"]]


def test_categories_are_active_unless_nothing_of_their_name_is(raw: Raw) -> None:
    raw.teacher("rename_category", section=MATH_1, name="Old", to="tests")
    rows = client_of(raw).read_sections([MATH_1, ART]).categories
    told = {(row.sis_section_id, row.title): row.state for row in rows.itertuples()}
    assert told[MATH_1, "Tests"] == "active"
    assert (MATH_1, "tests") not in told  # inactive, but another of that name can be used
    assert told[MATH_1, "Labs"] == "hidden"
    assert told[MATH_1, "Formative"] == "deleted"
    assert told[ART, "Drawing"] == "active"
    assert (ART, "Tests") not in told  # another teacher's


def test_f3_many_sections_take_few_requests(raw: Raw) -> None:
    client = client_of(raw)
    raw.clear_log()
    client.read_sections([MATH_1, MATH_2, ART])
    made_requests = raw.requests_made()
    assert made_requests.count("GET /ws/schema/table/cc") == 1
    assert made_requests.count("GET /ws/xte/teacher_category") == 2  # one per teacher
    assert len([one for one in made_requests if "/ws/v1/section/" in one]) == 2  # one per school and term
    assert len(made_requests) == 10
    raw.clear_log()
    client.read_assignments([MATH_1, MATH_2, ART])
    assert raw.requests_made() == ["GET /ws/xte/section/assignment/"] * 2


def test_numbers_are_asked_for_in_ranges() -> None:
    assert ranges([5, 1, 2, 9, 10, 30], 3) == [(1, 5), (9, 10), (30, 30)]
    assert ranges([5, 1, 2, 30], 3) == [(1, 5), (30, 30)]
    assert ranges([9, 5, 5], 3) == [(5, 5), (9, 9)]
    assert ranges([], 3) == []


def test_a_range_does_not_bring_in_neighbours_that_were_not_asked_for(raw: Raw) -> None:
    read = client_of(raw).read_sections([MATH_1, ART])
    assert read.sections["sis_section_id"].tolist() == [MATH_1, ART]
    assert set(rosters(read.students)) == {MATH_1, ART}


def test_the_lead_of_a_co_taught_section_is_the_one_whose_gradebook_counts(raw: Raw) -> None:
    raw.teacher("change_teacher", section=MATH_1, teacher=BEN, keep=True)
    for teacher in ("table", "lead"):
        rows = client_of(raw, teacher=teacher).read_sections([MATH_1]).categories
        assert "Drawing" in set(rows["title"]), teacher


def test_read_assignments_tells_ours_by_the_plugins_id_and_by_our_mark(raw: Raw) -> None:
    client = client_of(raw)
    assignment = made(client)
    raw.teacher("duplicate", section=MATH_1, name="Quiz 1")
    raw.teacher("lock", assignment=assignment)
    rows = schemas.SIS_ASSIGNMENTS.check(client.read_assignments([MATH_1])).set_index("sis_assignment_id")
    assert len(rows) == 3
    ours = rows.loc[assignment]
    assert (ours["ours"], ours["our_id"], ours["locked"], ours["category_id"], ours["points_possible"]) == (True, OUR_ID, True, "4301", 20.0)
    assert (ours["name"], ours["due_date"]) == ("Quiz 1", "2026-10-09")
    others = rows.drop(index=assignment)
    assert sorted(others["name"]) == ["By hand", "Quiz 1"]
    assert not others["ours"].any()
    assert others["our_id"].isna().all()  # a teacher's copy carries our mark, but is not ours


def test_another_plugins_assignments_are_not_ours(raw: Raw) -> None:
    made(client_of(raw))
    raw.settings(plugin_id="999")
    rows = client_of(raw).read_assignments([MATH_1])
    assert not rows["ours"].any()


def test_assignments_are_read_again_when_the_teacher_changed_meanwhile(raw: Raw) -> None:
    client = client_of(raw)
    assignment = made(client)
    raw.teacher("change_teacher", section=MATH_1, teacher=BEN)
    assert assignment in set(client.read_assignments([MATH_1, MATH_2])["sis_assignment_id"])


def test_read_scores_reads_back_exactly_what_was_written(raw: Raw) -> None:
    client = client_of(raw, page_size=2)
    first, second = made(client), made(client, our_id="gs-0a1b2c3d-800002", name="Quiz 2")
    written = [
        mark(first, "81001", 12.345678),
        mark(first, "81002", 0.1 + 0.2),
        mark(first, "81003", 0.0, exempt=True),
        mark(first, "81004", 0.0, missing=True, late=True),
        mark(second, "81001", 21.0, key="over"),
        mark(second, "81002", None, exempt=True, key="none"),
    ]
    assert {outcome for outcome, _ in outcomes(client.put_scores(written)).values()} == {"accepted"}
    rows = schemas.SIS_SCORES.check(client.read_scores(MATH_1, [first, second])).set_index(["sis_assignment_id", "sis_student_id"])
    assert rows.loc[(first, "81001"), "score"] == 12.345678
    assert rows.loc[(first, "81002"), "score"] == 0.1 + 0.2
    assert rows.loc[(first, "81003"), ["score", "exempt", "missing", "late"]].tolist() == [0.0, True, False, False]
    assert rows.loc[(first, "81004"), ["exempt", "missing", "late"]].tolist() == [False, True, True]
    assert rows.loc[(second, "81001"), "score"] == 21.0
    assert pd.isna(rows.loc[(second, "81002"), "score"])
    assert rows.loc[(second, "81002"), "exempt"]
    assert len(rows) == 6
    assert len(client.read_scores(MATH_1, [second])) == 2


def test_a_right_that_lacks_stops_reading_and_names_the_column(raw: Raw) -> None:
    raw.settings(missing_fields=["cc.sectionid"])
    with pytest.raises(AccessError, match=r"the plugin does not have permission to read cc\.sectionid"):
        client_of(raw).read_sections([MATH_1])


def test_a_section_without_a_teacher_has_no_categories_and_takes_nothing_along(raw: Raw) -> None:
    raw.teacher("change_teacher", section=ART, teacher=ADA, categories=False)
    read = client_of(raw).read_sections([MATH_1, ART])
    assert "Tests" in set(read.categories[read.categories["sis_section_id"] == ART]["title"])  # Ada's own categories
