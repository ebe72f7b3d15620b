"""Details of a run (D-3 to D-8): each tab, sorting, filtering, paging, CSV, and names that nobody should have typed."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient

from include.gradebook.schemas import ARTIFACTS, MESSAGES
from include.run_folder import RunFolder
from tests.web.pages import FORMULA, NASTY, Place
from tests.web.test_history import text

pytestmark = pytest.mark.airflow
RUN = "/gradesync/runs/synergy/night-1"


def students(page: str) -> list[str]:
    """The students of a grades page, in order."""
    return re.findall(r"<a [^>]*><bdi>Student (\d+)</bdi>", page)


def read(answer) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_d3_d4_overview(viewer: TestClient) -> None:
    shown = text(viewer.get(RUN).text)
    assert "Synergy: Nightly sync" in shown
    assert "Posted by schedule" in shown
    assert "Job ID night-1" in shown
    assert "Sections 2 2 0" in shown
    assert "Assignments 5 3 2" in shown
    assert "Scores 30 25 5" in shown
    assert "Updated 24 96%" in shown
    assert "Failed 1 4%" in shown


def test_d3_a_red_run_says_what_an_admin_must_do(viewer: TestClient) -> None:
    assert "1 × GP-SAFETY: look at it" in viewer.get("/gradesync/runs/powerschool/by-hand").text


def test_d3_a_running_one_keeps_itself_up_to_date_and_has_no_tables_yet(viewer: TestClient) -> None:
    for tab in ("", "/messages", "/filtered", "/assignments", "/grades"):
        page = viewer.get(f"/gradesync/runs/powerschool/now{tab}").text
        assert 'hx-trigger="every' in page
        assert "still running" in page
    assert viewer.get("/gradesync/runs/powerschool/now/grades_log.csv").status_code == 404


def test_d5_thirty_rows_with_one_cause_are_one_group_that_opens(viewer: TestClient) -> None:
    page = viewer.get(f"{RUN}/messages").text
    groups = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert [re.sub(r"\s+", " ", text(group)).split()[-1] for group in groups] == ["30", "1"]
    address = re.search(r'href="([^"]+)#rows"', groups[0])
    assert address is not None
    opened = viewer.get(f"{RUN}/{address[1].removeprefix('../../../runs/synergy/night-1/')}".replace("&amp;", "&")).text
    assert len(students(opened)) == 10
    assert "Page 1 of 3" in opened


def test_d5_a_message_about_a_course_names_it_and_leads_to_its_others(place: Place, viewer: TestClient) -> None:
    folder = RunFolder.at(place.folder / "artifacts" / "synergy" / "night-11")
    kept = folder.path("messages.parquet").read_bytes()
    rows = folder.read_frame("messages").tail(2).assign(
        canvas_course_id=["8", "4711"], type="GP-COURSE-INCOMPLETE", canvas_assignment_id=None, assignment_name=None, canvas_user_id=None
    )  # fmt: skip
    try:
        folder.write_frame("messages", MESSAGES.conform(rows))
        page = viewer.get("/gradesync/runs/synergy/night-11/messages?type=GP-COURSE-INCOMPLETE").text
        items = text(page.partition('id="rows"')[2])
        assert "Course 8 8 – –" in items
        assert "Course 4711 4711" in items, "known by its id alone"
        assert 'night-11/messages?type=GP-COURSE-INCOMPLETE&amp;course=8"' in page
        narrowed = text(viewer.get("/gradesync/runs/synergy/night-11/messages?type=GP-COURSE-INCOMPLETE&course=8").text)
        assert "4711" not in narrowed
        assert "Course: Course 8 ×" in narrowed
    finally:
        folder.path("messages.parquet").write_bytes(kept)


def test_d5_many_groups_are_paged(place: Place, viewer: TestClient) -> None:
    folder = place.folder / "artifacts" / "synergy" / "night-11"
    kept = (folder / "messages.parquet").read_bytes()
    rows = RunFolder.at(folder).read_frame("messages").head(30)
    try:
        RunFolder.at(folder).write_frame("messages", rows.assign(message=[f"Cause {number:02d}" for number in range(30)]))
        pages = [viewer.get(f"/gradesync/runs/synergy/night-11/messages?groups={number}").text for number in (1, 2)]
        assert [len(set(re.findall(r"Cause \d\d</bdi>", page))) for page in pages] == [25, 5]
    finally:
        (folder / "messages.parquet").write_bytes(kept)


def test_d6_what_was_withheld_and_why(viewer: TestClient) -> None:
    shown = text(viewer.get(f"{RUN}/filtered").text)
    assert "Score There is no score yet. GP-BLANK" in shown
    assert "Assignment The assignment is not graded. GP-NOT-GRADED" in shown


def test_d7_graph_and_log_of_assignments(viewer: TestClient) -> None:
    shown = text(viewer.get(f"{RUN}/assignments?sort=scores_sent&dir=desc").text)
    assert "Updated 6 100%" in shown
    assert "Sep 18, 2026 10" in shown
    assert shown.index("Create Updated 5") < shown.index("Create Updated 0")


def test_d8_ten_a_page_in_the_order_of_the_file(viewer: TestClient) -> None:
    pages = [students(viewer.get(f"{RUN}/grades?page={number}").text) for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [9, 10, 5], "one of them is named otherwise"
    assert [*pages[0], *pages[1], *pages[2]] == [f"{number:03d}" for number in range(25) if number != 2]


@pytest.mark.parametrize("column", ["assignment_name", "section_name", "student_name", "submitted_score", "status", "finished_at", "message"])
def test_d8_sorts_by_each_column_both_ways(viewer: TestClient, column: str) -> None:
    rising, falling = (viewer.get(f"{RUN}/grades?sort={column}&dir={way}&page=1") for way in ("", "desc"))
    assert (rising.status_code, falling.status_code) == (200, 200)
    assert 'aria-sort="ascending"' in rising.text
    assert 'aria-sort="descending"' in falling.text
    if column != "message":
        assert students(rising.text) != students(falling.text)


def test_d8_sorting_by_score_is_by_number(viewer: TestClient) -> None:
    assert students(viewer.get(f"{RUN}/grades?sort=submitted_score&dir=desc").text)[:3] == ["024", "023", "022"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("student=student+00", ["000", "001", "003", "004", "005", "006", "007", "008", "009"]),
        ("student_id=U007", ["007"]),
        ("student=p011", ["011"]),
        ("assignment_id=A0&section_id=S0", ["000", "006", "012", "018", "024"]),
        ("status=failed", ["001"]),
        ("log=yes", ["001"]),
        ("log=no&student=00&assignment=essay+1", ["004", "007"]),
        ("student=%25", []),
        ("student=%27+OR+1%3D1+--", []),
    ],
)
def test_d8_filters_alone_and_together_and_in_the_csv(viewer: TestClient, query: str, found: list[str]) -> None:
    assert students(viewer.get(f"{RUN}/grades?{query}").text) == found
    rows = [row["student_name"] for row in read(viewer.get(f"{RUN}/grades_log.csv?{query}"))]
    assert [name.removeprefix("Student ") for name in rows if name.startswith("Student")] == found


def test_d8_a_filter_is_a_chip_with_the_name_that_was_clicked_and_can_be_removed(viewer: TestClient) -> None:
    page = viewer.get(f"{RUN}/grades?section_id=S1&status=updated&sort=student_name").text
    chips = page.split('<ul class="chips"')[1].split("</ul>")[0]
    assert "Section: Period 1" in re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", chips))
    assert 'href="../../../runs/synergy/night-1/grades?status=updated&amp;sort=student_name"' in chips


@pytest.mark.parametrize("query", ["sort=run_id", "sort=1;drop", "status=fine", "log=maybe", "page=-1", "student=" + "x" * 600])
def test_a_wrong_address_is_told_what_is_allowed(viewer: TestClient, query: str) -> None:
    answer = viewer.get(f"{RUN}/grades?{query}")
    assert answer.status_code == 400
    assert "is not valid. Use " in answer.text or "characters is too long; the limit is " in answer.text


@pytest.mark.parametrize("frame", ARTIFACTS, ids=lambda frame: frame.name)
def test_e_csv_has_every_column_of_the_table(viewer: TestClient, frame) -> None:
    answer = viewer.get(f"{RUN}/{frame.name}.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="{frame.name}-synergy-night-1.csv"'
    assert list(read(answer)[0]) == list(frame.columns)


def test_d8_csv_neutralises_formulas_and_keeps_the_rest(viewer: TestClient) -> None:
    row = read(viewer.get(f"{RUN}/grades_log.csv"))[2]
    assert row["student_name"] == "'" + FORMULA
    assert row["assignment_name"] == NASTY
    assert (row["submitted_score"], row["finished_at"]) == ("2", "2026-11-13T17:00:02Z")


def test_names_that_teachers_typed_are_text_and_nothing_else(viewer: TestClient) -> None:
    for tab in ("grades", "grades?assignment=%3Cscript%3E", "grades?assignment_id=A2"):
        page = viewer.get(f"{RUN}/{tab}").text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(&#39;x&#39;)" in page
        assert "<bdi>&lt;script" in page, "kept apart, whatever its direction"


def test_no_such_run_or_table(viewer: TestClient) -> None:
    assert viewer.get("/gradesync/runs/synergy/night-99").status_code == 404
    assert viewer.get(f"{RUN}/passwords.csv").status_code == 404
    assert viewer.get("/gradesync/runs/synergy/..%2f..%2fetc/grades").status_code == 404


def test_a_run_whose_files_are_gone_says_so(place: Place, viewer: TestClient) -> None:
    folder = place.folder / "artifacts" / "synergy" / "night-12"
    folder.rename(folder.with_name("moved"))
    try:
        for tab in ("", "/messages", "/filtered", "/assignments", "/grades"):
            answer = viewer.get(f"/gradesync/runs/synergy/night-12{tab}")
            assert answer.status_code == 200
            assert "This sync&#39;s files were deleted." in answer.text
    finally:
        folder.with_name("moved").rename(folder)
