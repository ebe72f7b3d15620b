"""What a district may not keep any longer is deleted on command, and nothing else (docs/privacy.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from include import forgetting
from include.canvas.kept import students_of
from include.canvas.shelf import Shelf
from include.district import load_district
from include.sandbox.generate import Size
from include.sync import doubts, history, kept_reads, state
from include.sync.ledger import Ledger
from tests.town import Town, town

TARGET = "genesis"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """After one night in a mode that keeps what it read."""
    with town(tmp_path_factory.mktemp("forgetting"), Size(3, 1, 6, 4), (TARGET,)) as made:
        file = yaml.safe_load(made.file.read_text(encoding="utf-8"))
        file["targets"][TARGET]["extract"] = {"mode": "listed"}
        made.file.write_text(yaml.safe_dump(file), encoding="utf-8")
        assert made.night(TARGET).sent
        yield made


@pytest.fixture
def ledger(place: Town) -> Ledger:
    return Ledger(state.engine(load_district(place.file).state), TARGET)


@pytest.fixture(scope="module")
def files(place: Town) -> dict[Path, bytes]:
    """What the night kept of the courses."""
    folder = Path(kept_reads.shelf(load_district(place.file), TARGET).folder.root.path)
    return {file: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture
def kept(place: Town, files: dict[Path, bytes]) -> Shelf:
    """The kept readings, those back that an earlier test forgot."""
    for file, held in files.items():
        file.write_bytes(held)
    return kept_reads.shelf(load_district(place.file), TARGET)


def having(kept: Shelf, student: str) -> set[str]:
    """Courses of which a student's submissions or his name are kept, by Canvas's id or the SIS's."""
    rosters = {course: students_of(lists.enrollments) for course in kept.courses() if (lists := kept.load_lists(course))}
    return {course for course, roster in rosters.items() if any(student in (user, one.sis_user_id) for user, one in roster.items())}


def forget(place: Town, *words: str) -> int:
    return forgetting.main(words, {"GRADESYNC_DISTRICT": str(place.file)})


@pytest.mark.parametrize("column", ["sis_student_id", "canvas_user_id"])
def test_a_student_is_forgotten_by_either_id_and_nobody_else(place: Town, ledger: Ledger, kept: Shelf, column: str) -> None:
    before = ledger.scores()
    student = str(before[column].mode()[0])
    theirs = before[column] == student
    courses, had = set(kept.courses()), having(kept, student)
    assert had
    assert forget(place, "student", "--target", TARGET, student) == 0
    assert set(kept.courses()) == courses - had
    left = ledger.scores()
    assert len(left) == len(before) - int(theirs.sum())
    assert not (left[column] == student).any()
    assert forget(place, "student", "--target", TARGET, student) == 1


def test_doubts_about_a_student_go_with_the_scores(place: Town, ledger: Ledger) -> None:
    row = {"sis_section_id": "s1", "canvas_assignment_id": "a1", "canvas_course_id": "c1"}
    doubts.note(ledger.engine, TARGET, [{**row, "sis_student_id": student, "canvas_user_id": f"u{student}"} for student in ("8", "9")], "run")
    assert forget(place, "student", "--target", TARGET, "8") == 0
    assert forget(place, "student", "--target", TARGET, "u9") == 0
    assert doubts.read(ledger.engine, TARGET, ["s1"], "another run").empty


TWO = [("5678", "111"), ("999", "5678")]


def note(ledger: Ledger, pairs: list[tuple[str, str]]) -> None:
    """A doubt about each of these students, as SIS id and Canvas id."""
    row = {"sis_section_id": "s2", "canvas_assignment_id": "a2", "canvas_course_id": "c2"}
    doubts.note(ledger.engine, TARGET, [{**row, "sis_student_id": sis, "canvas_user_id": canvas} for sis, canvas in pairs], "run")


def noted(ledger: Ledger) -> set[str]:
    return set(doubts.read(ledger.engine, TARGET, ["s2"], "another run")["sis_student_id"])


@pytest.mark.parametrize(("flag", "left"), [("--sis-id", {"999"}), ("--canvas-id", {"5678"})])
def test_f5_an_id_of_two_students_is_refused_until_it_is_said_whose_it_is(
    place: Town, ledger: Ledger, capsys: pytest.CaptureFixture[str], flag: str, left: set[str]
) -> None:
    note(ledger, TWO)
    assert forget(place, "student", "--target", TARGET, "5678") == 2
    assert "Add --sis-id or --canvas-id" in capsys.readouterr().err
    assert noted(ledger) == {"5678", "999"}
    assert forget(place, "student", "--target", TARGET, "5678", flag) == 0
    assert noted(ledger) == left
    assert forget(place, "student", "--target", TARGET, "999" if left == {"999"} else "111") == 0


def test_f5_one_student_with_the_same_id_in_both_is_not_refused(place: Town, ledger: Ledger) -> None:
    note(ledger, [("5678", "5678")])
    assert forget(place, "student", "--target", TARGET, "5678") == 0
    assert noted(ledger) == set()


@pytest.mark.parametrize("flag", ["--sis-id", "--canvas-id"])
def test_f5_the_kept_readings_tell_of_two_students_as_well(place: Town, ledger: Ledger, kept: Shelf, flag: str) -> None:
    """No score has been sent for the one whom only a reading knows, and yet it is about him too."""
    user = str(ledger.scores()["canvas_user_id"].mode()[0])
    courses, had = set(kept.courses()), having(kept, user)
    note(ledger, [(user, "111")])
    assert forget(place, "student", "--target", TARGET, user) == 2
    assert set(kept.courses()) == courses
    assert forget(place, "student", "--target", TARGET, user, flag) == 0
    assert set(kept.courses()) == (courses if flag == "--sis-id" else courses - had)
    assert (user in noted(ledger)) == (flag == "--canvas-id")
    forget(place, "student", "--target", TARGET, "111")


def test_a_course_is_forgotten_with_its_scores_and_no_other(place: Town, ledger: Ledger, kept: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    copies, scores = ledger.assignments(), ledger.scores()
    course = str(copies.loc[copies["canvas_course_id"].isin(kept.courses()), "canvas_course_id"].iloc[0])
    theirs = set(copies.loc[copies["canvas_course_id"] == course, "canvas_assignment_id"])
    assert 0 < len(theirs) < copies["canvas_assignment_id"].nunique()
    assert forget(place, "course", "--target", TARGET, course) == 0
    assert course not in kept.courses()
    assert set(ledger.assignments()["canvas_assignment_id"]) == set(copies["canvas_assignment_id"]) - theirs
    assert set(ledger.scores()["canvas_assignment_id"]) == set(scores["canvas_assignment_id"]) - theirs
    assert "ledger_scores: " in capsys.readouterr().out
    told = history.courses_of(ledger.engine, TARGET, "night-1")
    assert course not in {row["canvas_course_id"] for row in told}
    assert told


def test_f5_a_target_that_is_not_there_is_named(place: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert forget(place, "student", "--target", "genesys", "1") == 2
    assert 'there is no target "genesys"' in capsys.readouterr().err


def test_runs_of_today_cannot_be_removed_under_a_night_that_is_at_work(place: Town, capsys: pytest.CaptureFixture[str]) -> None:
    assert forget(place, "runs", "--older-than", "0") == 2
    assert "--older-than: 0 is not valid. Use a whole number of days, at least 1" in capsys.readouterr().err
    assert forget(place, "runs", "--older-than", "1") == 1
    assert history.recent(state.engine(load_district(place.file).state)).total == 1
