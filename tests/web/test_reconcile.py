"""The page *Reconcile*, a run's verdicts, and the button that repairs (F-2)."""

from __future__ import annotations

import csv
import io
from urllib.parse import unquote

import pytest

from tests.web.acting import TARGET, Acting, key_of
from tests.web.test_history import text

pytestmark = pytest.mark.airflow
DAG = "grade_reconcile"


@pytest.fixture(scope="module")
def hurt(acting: Acting) -> str:
    """A score was edited in the SIS, and a reconcile of its course has found it; the run's id."""
    log = acting.town.run(TARGET).folder.root.parent / "night-2"
    from include.run_folder import RunFolder

    rows = RunFolder.at(log).read_frame("grades_log")
    row = rows[(rows["canvas_course_id"] == acting.plain) & (rows["status"] == "updated")].iloc[-1]
    order = {"do": "edit_score", "id": row["sis_assignment_id"], "student": row["sis_user_id"], "score": 1.25}
    acting.town.admin(TARGET, "teacher", "POST", json=order)
    run_id = start(acting, f" {acting.plain} \n\n")
    acting.carry_out(DAG, run_id)
    return run_id


def start(acting: Acting, courses: str) -> str:
    answer = acting.person().post("/gradesync/reconcile", data={"target": TARGET, "courses": courses})
    assert answer.status_code == 303, text(answer.text)
    return unquote(answer.headers["location"].rpartition("/")[2])


def test_f2_a_comparison_is_asked_for_and_writes_nothing(acting: Acting, hurt: str) -> None:
    assert acting.conf(DAG, hurt) == {"target": TARGET, "courses": [acting.plain]}
    assert acting.conf(DAG, start(acting, "")) == {"target": TARGET}
    listed = text(acting.person("vic", "viewer").get("/gradesync/reconcile").text)
    assert "Edited in SIS: 1" in listed
    assert "you do not have permission to start one" in listed
    answer = acting.person().get(f"/gradesync/started/reconcile/{TARGET}/{hurt}")
    assert answer.headers["location"].endswith(f"{key_of(DAG, hurt).name}/verdicts")


def test_f2_verdicts_by_kind_with_filter_and_csv(acting: Acting, hurt: str) -> None:
    person, place = acting.person("vic", "viewer"), f"/gradesync/runs/{TARGET}/{key_of(DAG, hurt).name}"
    page = text(person.get(f"{place}/verdicts?verdict=edited&kind=grade").text)
    assert "1 entry" in page
    assert "1.25" in page
    assert "The item was changed in the SIS after it was sent. RC-EDITED" in page
    assert "A repair would send 0 assignments and 1 score" in page
    rows = list(csv.DictReader(io.StringIO(person.get(f"{place}/reconciliation.csv?verdict=edited").content.decode("utf-8-sig"))))
    assert [(row["verdict"], row["sis_value"], row["status"]) for row in rows] == [("edited", "1.25", "planned")]
    assert person.get(f"{place}/verdicts?verdict=odd").status_code == 400


def test_f2_a_reconcile_looks_right_in_history_and_details(acting: Acting, hurt: str) -> None:
    person = acting.person()
    assert "Synergy · Reconcile Algebra I" in text(person.get(f"/gradesync/history?mode=reconcile&course={acting.plain}").text)
    overview = text(person.get(f"/gradesync/runs/{TARGET}/{key_of(DAG, hurt).name}").text)
    assert "Comparison only. Nothing was changed in the SIS." in overview
    assert "Comparison" in overview.partition("changed in the SIS.")[2]
    assert "Preview" not in overview
    assert person.get(f"/gradesync/dag-run/{DAG}/{hurt}").status_code == 303


def test_f2_repair_sends_just_that_by_those_who_may(acting: Acting, hurt: str) -> None:
    viewer, person, place = acting.person("vic", "viewer"), acting.person(), f"/gradesync/runs/{TARGET}/{key_of(DAG, hurt).name}"
    assert ">Repair</button>" not in viewer.get(f"{place}/verdicts").text
    assert ">Repair</button>" in person.get(f"{place}/verdicts").text
    assert viewer.post(f"{place}/send").status_code == 403
    run_id = unquote(person.post(f"{place}/send").headers["location"].rpartition("/")[2])
    assert acting.conf(DAG, run_id) == {"target": TARGET, "courses": [acting.plain], "repair": True}
    acting.town.forget_log(TARGET)
    assert acting.carry_out(DAG, run_id)["verdicts"]["grade"]["edited"] == 1
    assert len(acting.town.writes(TARGET)) == 1
    assert "Repair" in text(person.get(f"/gradesync/runs/{TARGET}/{key_of(DAG, run_id).name}").text)
    assert person.post(f"/gradesync/runs/{TARGET}/{key_of(DAG, run_id).name}/send").status_code == 400
    again = start(acting, acting.plain)
    assert set(acting.carry_out(DAG, again)["verdicts"]["grade"]) == {"same"}


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.test"}, {}])
def test_nothing_is_started_from_elsewhere(acting: Acting, headers: dict[str, str]) -> None:
    person = acting.place.visitor("uma", "user")
    assert person.post("/gradesync/reconcile", data={"target": TARGET, "courses": ""}, headers=headers).status_code == 403


def test_what_is_chosen_wrongly_is_told(acting: Acting) -> None:
    answer = acting.person().post("/gradesync/reconcile", data={"target": TARGET, "courses": "\n".join(f"{number}" for number in range(501))})
    assert (answer.status_code, "courses" in answer.text) == (400, True)
    assert acting.person("vic", "viewer").post("/gradesync/reconcile", data={"target": TARGET}).status_code == 403
