"""Why does this score differ? One command for one student and one assignment, against the sandbox (F-11)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from include import why
from include.canvas.courses import list_courses
from include.canvas.frames import LISTED_COURSES
from include.errors import ConfigError
from include.gradebook.schemas import COURSES
from include.sync import history, state
from include.sync.why import Asked
from include.sync.why import why as explain
from tests.classroom import Classroom
from tests.town import Result, Town, town

TARGET = "powerschool"


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, Result]]:
    """One course with every special case, synced."""
    with town(tmp_path_factory.mktemp("town"), targets=(TARGET,)) as place:
        listed = list_courses(place.canvas(), place.run(TARGET).config.canvas_account)
        usable = listed[(listed["workflow_state"] == "available") & listed["sis_course_id"].notna()]
        course = usable.sort_values("students", ascending=False)["canvas_course_id"].iloc[1]
        yield place, place.night(TARGET, "on_demand", courses=(course,))


def ask(synced: tuple[Town, Result], *flags: str, **asked: str) -> int:
    """The command, with the town's connections in its environment; its exit status."""
    place, night = synced
    sis = place.connection(TARGET)
    values = {
        "GRADESYNC_DISTRICT": str(place.file),
        "AIRFLOW_CONN_CANVAS_DEFAULT": json.dumps({"host": place.urls["canvas"], "password": "canvas-full-token"}),
        f"AIRFLOW_CONN_{TARGET.upper()}_DEFAULT": json.dumps(
            {"host": sis.host, "login": sis.login, "password": sis.password, "extra": dict(sis.extra)}
        ),
    }
    words = {"target": TARGET, "course": night.run.courses[0], **asked}
    return why.main([*flags, *(word for name, value in words.items() for word in (f"--{name}", value))], values)


def rows(synced: tuple[Town, Result], status: str, code: str | None = None) -> pd.DataFrame:
    log = synced[1].table("grades_log")
    return log[(log["status"] == status) & (log["reason_code"].fillna("") == (code or ""))]


def ids(row: Any) -> dict[str, str]:
    return {"assignment": row.canvas_assignment_id, "student": row.canvas_user_id}


def test_f11_one_that_agrees_and_then_is_edited(synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str]) -> None:
    row = next(row for row in rows(synced, "updated").itertuples() if row.submitted_score == 9)
    place = synced[0]
    place.forget_log("powerschool", "canvas")
    assert ask(synced, **ids(row)) == 0
    said = capsys.readouterr().out
    for told in (
        "score in Canvas  9",
        "create: updated in run night-",
        "last accepted    9 at ",
        "accepted in run night-",
        "score in the SIS 9",
        "same: ",
    ):
        assert told in said
    place.admin(TARGET, "teacher", "POST", json={"do": "edit_score", "assignment": row.sis_assignment_id, "student": row.sis_user_id, "score": 4.5})
    assert ask(synced, assignment=row.canvas_assignment_id, student=row.sis_user_id) == 1
    said = capsys.readouterr().out
    assert "score in Canvas  9" in said
    assert "score in the SIS 4.5" in said
    assert "edited: The score was edited in the SIS. The item was changed in the SIS after it was sent." in said
    assert [row for system in ("canvas", TARGET) for row in place.writes(system) if "access_token" not in row["path"]] == []


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("GP-SCORE-NEGATIVE", "The score is not sent. The score is -2; it must be 0 or more. Correct the score in the Canvas gradebook."),
        ("GP-ASSIGNMENT-WITHHELD", "(teacher)"),
    ],
)
def test_f11_one_that_is_withheld_names_the_rule_at_its_root(
    synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str], code: str, sentence: str
) -> None:
    row = next(rows(synced, "withheld", code).itertuples())
    assert ask(synced, **ids(row)) == 0
    said = capsys.readouterr().out
    assert sentence in said
    assert "no score has been sent" in said
    assert "The assignment was not sent" not in said.splitlines()[-1]


def test_f11_excused_as_zero_is_explained(synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str]) -> None:
    log = rows(synced, "updated")
    excused = log[log["excused"] & (log["submitted_score"] == 0)]
    assert ask(synced, **ids(next(excused.itertuples()))) == 0
    said = capsys.readouterr().out
    assert "score in the SIS 0, exempt" in said
    assert "the SIS receives that as 0 with the exempt flag" in said


def test_f11_for_programs_as_json(synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str]) -> None:
    row = next(rows(synced, "withheld", "GP-SCORE-NEGATIVE").itertuples())
    assert ask(synced, "--json", **ids(row)) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["reason_code"], told["canvas"], told["plan"]["status"]) == ("withheld", "GP-SCORE-NEGATIVE", "-2", "withheld")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"assignment": "1"}, 'assignment "1" is not in course'),
        ({"student": "nobody"}, 'student "nobody" is not in course'),
        ({"course": "nowhere"}, 'course "nowhere" is not in Canvas account'),
        ({"target": "powerscool"}, 'there is no target "powerscool" (did you mean "powerschool"?)'),
    ],
)
def test_f5_what_is_not_there_is_named(synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str], asked: dict[str, str], told: str) -> None:
    row = next(rows(synced, "updated").itertuples())
    assert ask(synced, **{**ids(row), **asked}) == 2
    assert told in capsys.readouterr().err


def test_f11_the_last_plan_is_found_behind_runs_of_other_courses_and_previews(
    synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str]
) -> None:
    night = synced[1]
    engine, course = state.engine(night.run.district.state), night.run.courses[0]
    for number in range(50):
        other = replace(night.run, run_id=f"other-{number}", now=night.run.now + timedelta(hours=1, minutes=number), preview=number % 2 == 0)
        named = course if other.preview else "another"
        history.start(engine, other, COURSES.of([{"canvas_course_id": named, "name": named}]))
        summary = {"status": history.COMPLETED, "artifacts": str(other.folder.root), "through": [named]}
        history.finish(engine, other, summary, pd.DataFrame(columns=history.COUNTS).rename_axis("canvas_course_id"))
    ask(synced, **ids(next(rows(synced, "updated").itertuples())))
    assert "create: updated in run night-" in capsys.readouterr().out


def test_f11_a_renamed_assignment_is_told_with_its_length_and_the_limit(synced: tuple[Town, Result], capsys: pytest.CaptureFixture[str]) -> None:
    row = next(row for row in rows(synced, "updated").itertuples() if row.submitted_score == 9)
    change = {"do": "assignments", "course": int(synced[1].run.courses[0]), "key": int(row.canvas_assignment_id)}
    synced[0].admin("canvas", "change", "POST", json={**change, "set": {"name": "x" * 41}})
    ask(synced, **ids(row))
    synced[0].admin("canvas", "change", "POST", json={**change, "set": {"name": row.assignment_name}})
    assert "The assignment name has 41 characters; the SIS allows 30." in capsys.readouterr().out


def test_f11_an_id_that_fits_two_courses_is_refused(synced: tuple[Town, Result], monkeypatch: pytest.MonkeyPatch) -> None:
    two = LISTED_COURSES.of([{"canvas_course_id": "7"}, {"canvas_course_id": "8", "sis_course_id": "7"}])
    monkeypatch.setattr("include.sync.one_course.list_courses", lambda *_, **__: two)
    with pytest.raises(ConfigError, match='course "7" is the Canvas ID of one course and the SIS ID of another'):
        explain(synced[1].run, None, None, Asked("7", "100", "u1"))  # type: ignore[arg-type]  # nobody is asked


def test_f11_an_id_that_fits_two_students_is_refused(synced: tuple[Town, Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """One student's id in the SIS is another's in Canvas: to answer for either may tell a stranger's score."""
    canvas = Classroom().canvas()
    people = canvas.enrollments
    taken = people.assign(sis_user_id=people["sis_user_id"].mask(people["canvas_user_id"] == "u2", "u1"))
    monkeypatch.setattr("include.sync.why.read_course", lambda *_: (replace(canvas, enrollments=taken), None))
    with pytest.raises(ConfigError, match="an ID that matches only one"):
        explain(synced[1].run, None, None, Asked("1", "100", "u1"))  # type: ignore[arg-type]  # nobody is asked
