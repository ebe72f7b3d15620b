"""One record that PowerSchool cannot show properly affects only itself, or its section, never the others (I-7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import AccessError, SourceError, UnavailableError
from include.gradebook import schemas
from include.sis.powerschool import rows
from include.sis.powerschool.narrowing import narrow
from include.sis.powerschool.unread import UnreadableSectionsError
from include.sis.powerschool.values import RowError, as_list, day_of, entries, maybe_whole, number_of, text_of
from tests.sandbox.powerschool_town import ADA, ART, BEN, MATH_1, MATH_2, NEXT, Raw, serving
from tests.sis.powerschool_client import client_of, made, mark

OTHERS = [MATH_2, ART, NEXT]


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    with serving() as raw:
        yield raw


@pytest.fixture
def raw(server: Raw) -> Raw:
    server.admin("POST", "reset")
    server.admin("DELETE", "faults")
    server.sign_in()
    return server


def cell(raw: Raw, table: str, query: str, column: str) -> str:
    """The value of one cell."""
    (record,) = raw("GET", f"/ws/schema/table/{table}", projection=column, q=query).json()["record"]
    return str(record["tables"][table][column])


def unread(raw: Raw, read: str, **extra: Any) -> dict[str, str]:
    """The sections that cannot be read, with the reason; the others are read after that."""
    client = client_of(raw, **extra)
    with pytest.raises(UnreadableSectionsError) as caught:
        getattr(client, read)([MATH_1, *OTHERS])
    rest = [name for name in (MATH_1, *OTHERS) if name not in caught.value.sections]
    again = getattr(client, read)(rest)
    if read == "read_sections":
        assert again.sections["sis_section_id"].tolist() == rest
    return caught.value.sections


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("sections/85001.termid", "soon", "termid"),
        ("sections/85001.termid", None, "termid is missing"),
        ("sections/85001.dcid", {"nested": [1]}, "dcid"),
        ("sections/85001.id", "NaN", "id is"),
    ],
)
def test_i7_a_section_row_that_cannot_be_read_is_that_section_alone(raw: Raw, field: str, value: object, told: str) -> None:
    raw.settings(altered={field: value})
    found = unread(raw, "read_sections")
    assert list(found) == [MATH_1]
    assert told in found[MATH_1]


@pytest.mark.parametrize("value", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-05:00"])
def test_i7_a_term_without_a_real_end_is_open(raw: Raw, value: str) -> None:
    raw.settings(altered={"term.start_date": value, "term.end_date": value})
    read = client_of(raw).read_sections([MATH_1]).sections.iloc[0]
    assert read["found"]
    assert read[["term_start", "term_end"]].isna().all()


def test_i7_a_term_that_cannot_be_read_is_its_sections_with_the_value(raw: Raw) -> None:
    raw.settings(altered={"term/501.end_date": "31 Feb"})
    found = unread(raw, "read_sections")
    assert set(found) == {MATH_1, MATH_2}
    assert '"31 Feb"' in found[MATH_1]


@pytest.mark.parametrize("way", ["tables", "enrollments"])
def test_i7_a_roster_entry_that_cannot_be_read_is_a_gap_and_the_others_are_listed(raw: Raw, way: str) -> None:
    number = cell(
        raw, "cc", f"sectionid=={cell(raw, 'sections', f'dcid=={MATH_1}', 'id')};studentid=={cell(raw, 'students', 'dcid==81002', 'id')}", "dcid"
    )
    raw.settings(altered={f"cc/{number}.studentid": "abc", f"section_enrollment/{number}.student_id": [1, 2]})
    read = client_of(raw, roster=way).read_sections([MATH_1, ART])
    assert list(read.incomplete_rosters) == [MATH_1]
    assert "student" in read.incomplete_rosters[MATH_1]
    assert read.students.loc[read.students["sis_section_id"] == MATH_1, "sis_student_id"].tolist() == ["81001", "81003", "81004"]
    assert len(read.students[read.students["sis_section_id"] == ART]) == 2


def test_i7_a_roster_entry_of_no_known_section_is_looked_for_section_by_section(raw: Raw) -> None:
    number = cell(
        raw, "cc", f"sectionid=={cell(raw, 'sections', f'dcid=={ART}', 'id')};studentid=={cell(raw, 'students', 'dcid==81002', 'id')}", "dcid"
    )
    raw.settings(altered={f"cc/{number}.sectionid": "?"})
    assert list(client_of(raw).read_sections([MATH_1, *OTHERS]).incomplete_rosters) == [ART]


def test_i7_two_students_with_one_number_are_a_gap_and_neither_is_listed(raw: Raw) -> None:
    raw.settings(altered={"students/81001.student_number": "77", "students/81002.student_number": " 77 "})
    read = client_of(raw, student_id="student_number").read_sections([MATH_1])
    assert "77" in read.incomplete_rosters[MATH_1]
    assert len(read.students) == 2
    assert "77" not in set(read.students["sis_student_id"])


def test_r24_padded_ids_are_the_same_ids(raw: Raw) -> None:
    raw.settings(altered={"students.student_number": "  77\u00a0", "sections/85001.termid": " 3601 ", "assignmentsection.sectionsdcid": " 85001 "})
    client = client_of(raw, student_id="student_number")
    assert client.read_sections([f" {MATH_1} "]).sections["sis_section_id"].tolist() == [f" {MATH_1} "]
    assert len(client.read_assignments([MATH_1])) == 1


def test_i7_text_is_cleaned_when_it_is_read(raw: Raw) -> None:
    raw.settings(altered={"teachercategory/4301.name": "Home\u00a0wo\u0000rk\ud800", "assignmentsection.name": "By\ufeff\u0000 hand"})
    client = client_of(raw)
    titles = set(client.read_sections([MATH_1]).categories["title"])
    assert "Home work\ufffd" in titles
    assert client.read_assignments([MATH_1])["name"].tolist() == ["By hand"]


@pytest.mark.parametrize("value", [None, "x", [3]])
def test_i7_a_category_without_its_number_is_left_out_alone_and_reported(raw: Raw, value: object) -> None:
    raw.settings(altered={"teachercategory/4302.teachercategoryid": value})
    read = client_of(raw).read_sections([MATH_1, ART])
    titles = set(read.categories.loc[read.categories["sis_section_id"] == MATH_1, "title"])
    assert "Tests" in titles
    assert "Homework" not in titles
    assert list(read.incomplete_categories) == [MATH_1]


@pytest.mark.parametrize("field", ["assignmentsection/77000001.assignmentsectionid", "assignmentsection/77000001.sectionsdcid"])
@pytest.mark.parametrize("value", [None, "x", [3], True])
def test_i7_an_assignment_without_its_numbers_is_its_section_alone(raw: Raw, field: str, value: object) -> None:
    raw.settings(altered={field: value})
    found = unread(raw, "read_assignments")
    assert list(found) == [MATH_1]
    assert "assignment" in found[MATH_1]


@pytest.mark.parametrize("field", ["name", "duedate", "totalpointvalue", "_assignmentcategoryassociations", "description", "islocked"])
@pytest.mark.parametrize("value", [None, {"a": 1}, [[1]], "9999-12-31", "NaN", -1])
def test_i7_what_an_assignment_may_lack_takes_nothing_out(raw: Raw, field: str, value: object) -> None:
    raw.settings(altered={f"assignmentsection/77000001.{field}": value})
    frame = schemas.SIS_ASSIGNMENTS.check(client_of(raw).read_assignments([MATH_1, MATH_2]))
    assert frame["sis_assignment_id"].tolist() == ["7000001/77000001"]


@pytest.mark.parametrize(("status", "words"), [(403, "The section is under review"), (500, "NullPointerException in SectionDao")])
def test_i7_a_section_that_always_fails_is_left_out_with_the_words_of_powerschool(raw: Raw, status: int, words: str) -> None:
    raw.settings(refusing={f"section/{MATH_1}": {"status": status, "message": words}})
    found = unread(raw, "read_assignments", tries=2)
    assert list(found) == [MATH_1]
    assert words in found[MATH_1]


def test_i7_a_teacher_whose_categories_cannot_be_read_is_their_sections(raw: Raw) -> None:
    raw.settings(refusing={f"teacher/{ADA}": {"status": 500, "message": "broken"}})
    assert set(unread(raw, "read_sections", tries=2)) == {MATH_1, MATH_2}


def test_i10_what_is_forbidden_for_every_section_is_a_right_of_the_connection(raw: Raw) -> None:
    raw.settings(refusing={f"teacher/{user}": {"status": 403, "message": "Not for this plugin"} for user in (ADA, BEN)})
    with pytest.raises(AccessError, match="all 4 sections"):
        client_of(raw).read_sections([MATH_1, *OTHERS])


def test_i7_a_server_that_is_down_still_stops_the_read(raw: Raw) -> None:
    raw.fault("error", "GET", "/ws/", times=-1, status=503)
    with pytest.raises(UnavailableError):
        client_of(raw, tries=2).read_sections([MATH_1, *OTHERS])


def test_i7_a_fault_of_our_own_is_told_as_one_and_stops_one_section(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows.category_rows

    def stumble(section: Any, categories: Any) -> Any:
        if section.name == MATH_2:
            raise ZeroDivisionError("a secret score")
        return whole(section, categories)

    monkeypatch.setattr(rows, "category_rows", stumble)
    found = unread(raw, "read_sections")
    assert list(found) == [MATH_2]
    assert "a Grade Sync error (ZeroDivisionError in test_powerschool_isolation_reads.py" in found[MATH_2]
    assert "secret" not in found[MATH_2]
    with pytest.raises(ZeroDivisionError):  # asked for alone, the reader is told what it was
        client_of(raw).read_sections([MATH_2])


@pytest.mark.parametrize("body", ["[]", '{"record": "none"}', '{"record": 7}', '"x"', "null"])
def test_i7_a_table_in_the_wrong_container_is_never_an_empty_roster(raw: Raw, body: str) -> None:
    raw.fault("refuse", "GET", "/ws/schema/table/cc", times=-1, status=200, body=body)
    with pytest.raises(SourceError):
        client_of(raw).read_sections([MATH_1])


def test_i7_null_is_never_an_empty_list_of_assignments(raw: Raw) -> None:
    """What was sent would count as deleted, and what the ledger does not know would be created a second time."""
    raw.fault("refuse", "GET", "/ws/xte/section/assignment/$", times=-1, status=200, body="null")
    assert "the response is null" in unread(raw, "read_assignments")[MATH_1]


def test_i7_a_teacher_with_an_id_that_no_address_takes_is_their_sections(raw: Raw) -> None:
    """PowerSchool would reject what is sent for such a teacher as if the values were wrong."""
    staff = cell(raw, "schoolstaff", f"users_dcid=={ADA}", "dcid")
    raw.settings(altered={f"schoolstaff/{staff}.users_dcid": -int(ADA)})
    assert "users_dcid is -" in unread(raw, "read_sections")[MATH_1]


def test_i7_junk_on_a_full_page_does_not_end_the_list(raw: Raw) -> None:
    raw.fault(
        "refuse", "GET", "/ws/v1/section/85001/section_enrollment", status=200, body={"section_enrollments": {"section_enrollment": ["junk", 7]}}
    )
    read = client_of(raw, roster="enrollments", page_size=2).read_sections([MATH_1])
    assert read.students["sis_student_id"].tolist() == ["81003", "81004"]
    assert "enrollment" in read.incomplete_rosters[MATH_1]


def test_i7_duplicated_assignments_and_scores_count_once(raw: Raw) -> None:
    client = client_of(raw)
    item = made(client)
    list(client.put_scores([mark(item, "81001")]))
    listed = raw("GET", "/ws/xte/section/assignment/", users_dcid=ADA, section_ids=MATH_1).json()
    raw.fault("refuse", "GET", "/ws/xte/section/assignment/$", status=200, body=[*listed, *listed])
    assert client.read_assignments([MATH_1])["sis_assignment_id"].is_unique
    record = raw("GET", "/ws/schema/table/assignmentscore", projection="*", q=f"assignmentsectionid=={item.partition('/')[2]}").json()["record"]
    raw.fault("refuse", "GET", "/ws/schema/table/assignmentscore", status=200, body={"record": [*record, *record]})
    assert client.read_scores(MATH_1, [item])["score"].tolist() == [18.5]


def test_i7_a_score_row_that_cannot_be_read_is_passed_over_alone(raw: Raw) -> None:
    client = client_of(raw)
    item = made(client)
    list(client.put_scores([mark(item, "81001"), mark(item, "81002", 7.0)]))
    records = raw("GET", "/ws/schema/table/assignmentscore", projection="*", q=f"assignmentsectionid=={item.partition('/')[2]}").json()["record"]
    raw.settings(altered={f"assignmentscore/{records[0]['id']}.studentsdcid": "nobody"})
    assert client.read_scores(MATH_1, [item])["score"].tolist() == [7.0]


def test_i7_a_score_whose_own_id_cannot_be_read_is_still_read(raw: Raw) -> None:
    client = client_of(raw)
    item = made(client)
    list(client.put_scores([mark(item, "81001")]))
    records = raw("GET", "/ws/schema/table/assignmentscore", projection="*", q=f"assignmentsectionid=={item.partition('/')[2]}").json()["record"]
    raw.settings(altered={f"assignmentscore/{records[0]['id']}.assignmentscoreid": [[1]]})
    assert client.read_scores(MATH_1, [item])["score"].tolist() == [18.5]


def test_a_student_is_never_known_by_the_dcid_where_numbers_are_used(raw: Raw) -> None:
    by_dcid = client_of(raw)
    item = made(by_dcid)
    list(by_dcid.put_scores([mark(item, "81001")]))
    raw.teacher("drop_student", section=MATH_1, student="81001")
    number = cell(raw, "students", "dcid==81001", "student_number")
    client = client_of(raw, student_id="student_number")
    assert client.read_scores(MATH_1, [item])["sis_student_id"].tolist() == [number]


def test_i10_a_column_that_the_server_lacks_is_done_without(raw: Raw) -> None:
    client = client_of(raw)
    item = made(client)
    list(client.put_scores([mark(item, "81001", late=True)]))
    raw.settings(lacking_columns=["assignmentscore.islate", "assignmentscore.assignmentscoreid", "sections.schoolid"])
    again = client_of(raw)
    assert again.read_sections([MATH_1, NEXT]).sections["term_start"].tolist() == ["2026-08-24", "2027-01-25"]
    assert again.read_scores(MATH_1, [item])[["score", "late"]].to_numpy().tolist() == [[18.5, False]]


def test_i10_a_column_that_cannot_be_done_without_is_named(raw: Raw) -> None:
    raw.settings(lacking_columns=["sections.termid"])
    with pytest.raises(AccessError, match=r"Grade Sync needs sections\.dcid, id, termid"):
        client_of(raw).read_sections([MATH_1])


def test_f3_a_bad_section_costs_few_requests() -> None:
    asked: list[int] = []

    def read(part: Any) -> tuple[list[int], str]:
        asked.append(len(part))
        return ([], "bad") if 17 in part else (list(part), "")

    found = narrow([list(range(1024))], read)
    assert list(found.gaps) == [17]
    assert sorted(found.rows) == [number for number in range(1024) if number != 17]
    assert len(asked) == 21


def test_i7_a_table_of_which_nothing_can_be_read_is_given_up_soon() -> None:
    asked: list[int] = []

    def read(part: Any) -> tuple[list[int], str]:
        asked.append(len(part))
        raise SourceError("down")

    with pytest.raises(SourceError, match="down"):
        narrow([list(range(1024))], read)
    assert len(asked) == 15


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_FIELDS = ("sectionsdcid", "assignmentsectionid", "name", "duedate", "description", "totalpointvalue", "_assignmentcategoryassociations")
_ENTRY = st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS, _JSON))


def said(read: Callable[[], object]) -> str:
    """What is wrong with a value; empty when it can be read."""
    try:
        read()
    except RowError as error:
        return str(error)
    return ""


@given(_JSON)
def test_i7_any_value_is_read_or_told(value: Any) -> None:
    for read in (maybe_whole, text_of, day_of, number_of):
        told = said(partial(read, {"x": value}, "x"))
        assert told == "" or told.startswith("x is ")
    told = said(lambda: as_list(value))
    assert told == said(lambda: entries(value))
    assert told == "" or told.startswith("a list was expected")


@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"assignmentid": _JSON, "createdbyplugin": _JSON, "_assignmentsections": st.lists(_ENTRY) | _JSON}) | _JSON
    )
)
def test_i7_any_list_of_assignments_is_read_or_told(assignments: list[Any]) -> None:
    found, broken, lost = rows.entries_in(assignments, {85001}, {"744"})
    schemas.SIS_ASSIGNMENTS.check(schemas.SIS_ASSIGNMENTS.of([entry.row("s") for entry in found]).drop_duplicates(list(schemas.SIS_ASSIGNMENTS.key)))
    assert all(broken.values())
    assert lost or broken or len(found) >= 0
