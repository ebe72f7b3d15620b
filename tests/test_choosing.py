"""The command for category choices and course switches, over a real state database (B-1, B-3, B-5; A-18, D-11, R-12)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from include.choosing import main
from include.district import load_district
from include.sandbox.generate import Size
from include.sync import choices, settings, state
from tests.town import Town, town

DISTRICT = """
time_zone: America/New_York
canvas: {connection: canvas_default}
state: sqlite:///state.db
targets:
  schooltool: {sis: schooltool, connection: schooltool_default, canvas_account: "11"}
  powerschool: {sis: powerschool, connection: powerschool_default, canvas_account: "12", nightly: none}
"""
HEAD = "target,sis_section_id,canvas_group_id,category_id\n"
Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "district.yaml"
    path.write_text(DISTRICT, encoding="utf-8")
    state.upgrade(load_district(path).state)
    return path


@pytest.fixture
def say(file: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """One command: how it ended, what it said, what it complained about."""

    def typed(*words: object, **values: str) -> tuple[int, str, str]:
        status = main([str(word) for word in words], {"GRADESYNC_DISTRICT": str(file), **values})
        told = capsys.readouterr()
        return status, told.out, told.err

    return typed


def stored(file: Path, target: str = "schooltool") -> dict[tuple[str, str], str | None]:
    rows = choices.choices(state.engine(load_district(file).state), target)
    return {(s, g): None if pd.isna(c) else c for s, g, c in rows.itertuples(index=False, name=None)}


def switched(file: Path, target: str = "schooltool") -> dict[str, bool]:
    return settings.switches(state.engine(load_district(file).state), target)


def choose(say: Say, section: str, group: str, *category: str) -> int:
    return say("set", "--target", "schooltool", "--section", section, "--group", group, *category, "--by", "ada")[0]


def test_b1_a_category_is_chosen_per_section_and_listed_with_who_chose_it(say: Say, file: Path) -> None:
    assert choose(say, "S1", "40", "--category", "C1") == choose(say, "S2", "40", "--category", "C2") == 0
    assert stored(file) == {("S1", "40"): "C1", ("S2", "40"): "C2"}
    status, told, _ = say("list")
    assert status == 0
    assert "  group 40: 2 sections mapped, 0 of them unassociated\n" in told
    assert "    section S1: category C1 (by ada, 20" in told
    assert "powerschool\n  no mappings: groups use the category with the same name\n" in told
    assert "S1" not in say("list", "--target", "schooltool", "--section", "S2")[1]


def test_b3_the_help_says_what_unassociated_comes_to(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["set", "--help"], {})
    assert "not sent, or sent without a category if the SIS accepts that" in " ".join(capsys.readouterr().out.split())


def test_b3_a_group_can_be_unassociated(say: Say, file: Path) -> None:
    assert choose(say, "S1", "40", "--unassociated") == 0
    assert stored(file) == {("S1", "40"): None}
    assert "1 sections mapped, 1 of them unassociated\n    section S1: unassociated (by ada" in say("list")[1]


def test_b5_a_choice_is_changed_and_removed(say: Say, file: Path) -> None:
    choose(say, "S1", "40", "--category", "C1")
    choose(say, "S1", "40", "--category", "C9")
    assert stored(file) == {("S1", "40"): "C9"}
    gone = ("remove", "--target", "schooltool", "--section", "S1", "--group", "40")
    assert say(*gone)[:2] == (0, "schooltool: group 40 in section S1: now uses the category with the same name\n")
    assert stored(file) == {}
    assert say(*gone)[0] == 1


def test_b5_what_was_exported_can_be_imported_again(say: Say, file: Path, tmp_path: Path) -> None:
    choose(say, "S1", "40", "--category", "007")
    choose(say, "S2, East", "1~41", "--unassociated")
    out = tmp_path / "choices.csv"
    assert say("export", out)[:2] == (0, f"2 category mappings written to {out}\n")
    assert out.read_text(encoding="utf-8") == HEAD + 'schooltool,S1,40,007\nschooltool,"S2, East",1~41,\n'
    before = stored(file)
    for section, group in before:
        say("remove", "--target", "schooltool", "--section", section, "--group", group)
    assert say("import", out)[:2] == (0, f"2 category mappings imported from {out}\n")
    assert stored(file) == before


def test_b5_a_spreadsheets_file_is_read(say: Say, file: Path, tmp_path: Path) -> None:
    csv = tmp_path / "choices.csv"
    csv.write_bytes("\ufeffcanvas_group_id,category_id,target,sis_section_id\r\n40, C1 ,schooltool,S1\r\n,,,\r\n41,C2,powerschool,77\r\n".encode())
    assert say("import", csv)[0] == 0
    assert (stored(file), stored(file, "powerschool")) == ({("S1", "40"): "C1"}, {("77", "41"): "C2"})


def test_b5_every_bad_line_is_named_and_nothing_is_imported(say: Say, file: Path, tmp_path: Path) -> None:
    csv = tmp_path / "choices.csv"
    lines = ["schooltool,S1,40,C1", "schoolwool,S1,41,C1", "schooltool,,Homework,C1", "schooltool,S1,40,C2", "schooltool,S1", "powerschool,S1,40,"]
    csv.write_text(HEAD + "\n".join(lines), encoding="utf-8")
    status, _, told = say("import", csv)
    assert status == 2
    assert told.splitlines() == [
        f'choosing: {csv}: line 3: target: "schoolwool" is not in the district file (did you mean "schooltool"?). Use schooltool, powerschool',
        f'{csv}: line 4: sis_section_id: "" is empty. Use the ID of a section in the SIS',
        f'{csv}: line 4: canvas_group_id: "Homework" is not an assignment group. Use a Canvas ID: digits',
        f'{csv}: line 5: canvas_group_id: "40" is already mapped for section "S1" on line 2. Remove one of the lines',
        f"{csv}: line 6: 2 cells. Use 4, as in the header",
        "nothing was imported",
    ]
    assert (stored(file), stored(file, "powerschool")) == ({}, {})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "line 1: the header is nothing. Use target, sis_section_id, canvas_group_id, category_id"),
        (b"target;sis_section_id\n", "line 1: the header is target;sis_section_id. Use target,"),
        (b"target,sis_section_id,canvas_group_id\n", "line 1: the header is target, sis_section_id, canvas_group_id. Use target,"),
        (b"\xff\xfe\x00", "the file cannot be read"),
        (b'target,"sis\n', "the file cannot be read"),
        (None, "the file cannot be read (No such file or directory)"),
    ],
)
def test_b5_what_is_no_such_file_is_told(say: Say, tmp_path: Path, body: bytes | None, told: str) -> None:
    csv = tmp_path / "choices.csv"
    if body is not None:
        csv.write_bytes(body)
    status, _, error = say("import", csv)
    assert status == 2
    assert told in error


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["set", "--target", "scholtool", "--section", "S1", "--group", "40", "--unassociated"],
            'no target "scholtool" (did you mean "schooltool"?)',
        ),
        (
            ["set", "--target", "schooltool", "--section", "S1", "--group", "Homework", "--unassociated"],
            '--group "Homework" is not an assignment group',
        ),
        (["set", "--target", "schooltool", "--section", " ", "--group", "40", "--unassociated"], '--section "" is empty'),
        (["set", "--target", "schooltool", "--section", "S1", "--group", "40", "--category", ""], "or --unassociated instead"),
        (["courses", "off", "--target", "schooltool", "7", "BIO-1"], 'course "BIO-1" is not a course. Use a Canvas ID: digits'),
    ],
)
def test_f5_what_cannot_be_meant_is_refused(say: Say, file: Path, words: list[str], told: str) -> None:
    status, _, error = say(*words)
    assert (status, told in error) == (2, True), error
    assert (stored(file), switched(file)) == ({}, {})


def test_a_state_without_tables_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "district.yaml"
    path.write_text(DISTRICT, encoding="utf-8")
    assert main(["list"], {"GRADESYNC_DISTRICT": str(path)}) == 2
    assert "schema is not created yet" in capsys.readouterr().err


def test_a18_courses_are_switched_off_and_on(say: Say, file: Path) -> None:
    assert say("courses", "off", "--target", "schooltool", 7, 8)[:2] == (0, "schooltool: nightly sync of 7, 8 is now off\n")
    assert say("courses", "on", "--target", "schooltool", 8)[0] == 0
    assert switched(file) == {"7": False, "8": True}
    assert switched(file, "powerschool") == {}


def test_r12_a_course_follows_the_default_again_and_d11_all_is_listed(say: Say, file: Path) -> None:
    say("courses", "on", "--target", "powerschool", 7, 8)
    assert say("courses", "default", "--target", "powerschool", 7)[:2] == (
        0,
        "powerschool: nightly sync of 7 is now as the target's default (none)\n",
    )
    assert say("courses", "list")[:2] == (0, "schooltool: on for every course\npowerschool: off for every course\n  except 8: on\n")


def test_b1_with_check_the_sis_is_asked_before_anything_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with town(tmp_path, Size(courses=1, sections=1, students=2, assignments=2), ("schooltool",)) as place:
        values = _values(place)
        read = place.client("schooltool").read_sections([_section(place)])
        section, category = read.categories.loc[read.categories["state"] == "active", ["sis_section_id", "category_id"]].iloc[0]
        csv = tmp_path / "choices.csv"
        csv.write_text(f"{HEAD}schooltool,{section},40,{category}\nschooltool,{section},41,nonsense\nschooltool,NOWHERE,40,\n", encoding="utf-8")
        assert main(["import", str(csv), "--check"], values) == 2
        told = capsys.readouterr().err
        assert f'line 3: category_id: "nonsense" is not a category of section "{section}". Use ' in told
        assert category in told
        assert 'line 4: sis_section_id: "NOWHERE" is not in the SIS' in told
        assert "line 2" not in told
        assert stored(place.file) == {}
        one = ["set", "--target", "schooltool", "--section", section, "--group", "40", "--check", "--category"]
        assert main([*one, "nonsense"], values) == 2
        assert main([*one, category], values) == 0
        assert stored(place.file) == {(section, "40"): category}


def _values(place: Town) -> dict[str, str]:
    made = place.connection("schooltool")
    fields = {"conn_type": "oneroster", "host": made.host, "login": made.login, "password": made.password, "extra": dict(made.extra)}
    return {"GRADESYNC_DISTRICT": str(place.file), "AIRFLOW_CONN_SCHOOLTOOL_DEFAULT": json.dumps(fields)}


def _section(place: Town) -> str:
    """A section of the SIS that has categories."""
    return next(section for section, held in place.holds("schooltool").items() if held["categories"])
