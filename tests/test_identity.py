"""How a Canvas id becomes the id that the SIS knows a class or a student by."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from include.district import load_district
from include.errors import ConfigError
from include.gradebook.schemas import ENROLLMENTS, SECTIONS
from include.identity import Identity, SectionRule, StudentRule, mapping

VALUES = pd.Series(["SEC-85001", " SEC-85002 ", "sec-85003", "SEC-8x", "", None], dtype="str")


def listed(values: pd.Series) -> list[str | None]:
    assert str(values.dtype) == "str"
    return [None if pd.isna(value) else value for value in values]


def test_a5_a_field_is_taken_as_it_is_without_outer_blanks() -> None:
    assert listed(Identity().section_id(VALUES)) == ["SEC-85001", "SEC-85002", "sec-85003", "SEC-8x", None, None]


def test_a5_a_pattern_takes_its_group_out_of_the_whole_value_and_nothing_else() -> None:
    rule = SectionRule(pattern="SEC-([0-9]+)")
    assert listed(rule.ids(VALUES)) == ["85001", "85002", None, None, None, None]
    assert rule.told == "sis_section_id matching SEC-([0-9]+)"


def test_a_pattern_with_alternatives_still_has_to_fit_the_whole_value() -> None:
    assert listed(StudentRule(pattern="S([0-9]+)|T").ids(pd.Series(["S1", "xS1", "T", "S2T"], dtype="str"))) == ["1", None, None, None]


def test_a23_a_file_maps_canvas_ids(tmp_path: Path) -> None:
    (tmp_path / "students.csv").write_text("canvas_id,sis_id\n9007199254740993,81001\n7,81002\n", encoding="utf-8")
    rule = StudentRule.model_validate({"file": str(tmp_path / "students.csv")})
    assert rule.field == "canvas_user_id"
    assert listed(rule.ids(pd.Series(["9007199254740993", "8", "7"], dtype="str"))) == ["81001", None, "81002"]
    assert rule.told == "canvas_user_id listed in students.csv"


def test_a_whole_frame_gives_the_column_that_the_rule_names() -> None:
    sections = SECTIONS.of([{"canvas_course_id": "1", "canvas_section_id": "5", "sis_section_id": "A"}])
    students = ENROLLMENTS.of(
        [{"canvas_course_id": "1", "canvas_section_id": "5", "canvas_user_id": "7", "sis_user_id": "B", "type": "S", "state": "active"}]
    )
    own = Identity(section=SectionRule(field="canvas_section_id"))
    assert (listed(own.section_id(sections)), listed(own.student_id(students))) == (["5"], ["B"])


def test_no_rows_are_no_ids() -> None:
    assert listed(SectionRule(pattern="(.+)").ids(pd.Series([], dtype="str"))) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,sis\n1,2\n", "the first line must be canvas_id,sis_id"),
        ("", "the first line must be canvas_id,sis_id"),
        ("canvas_id,sis_id\n1\n", "line 2 must have two values"),
        ("canvas_id,sis_id\n1,A\n\n1,B\n", "line 4: Canvas ID 1 is given twice, with different SIS IDs"),
    ],
)
def test_f5_a_mapping_file_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "ids.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        mapping(file)


@pytest.mark.parametrize("second", ["8,81001", " 8 , 81001\t"])
def test_i3_a_mapping_file_with_two_canvas_ids_for_one_sis_id_is_rejected(tmp_path: Path, second: str) -> None:
    file = tmp_path / "students.csv"
    file.write_text(f"canvas_id,sis_id\n7,81001\n9,81002\n{second}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"students\.csv: lines 2 and 4 map 2 Canvas IDs, 7 and 8, to the same SIS ID 81001"):
        mapping(file)


def test_i3_a_line_that_stands_twice_is_one_mapping(tmp_path: Path) -> None:
    file = tmp_path / "students.csv"
    file.write_text("canvas_id,sis_id\n7,81001\n 7 ,81001 \n  ,  \n", encoding="utf-8")
    assert mapping(file) == {"7": "81001"}


def test_r24_ids_are_compared_without_outer_spaces(tmp_path: Path) -> None:
    file = tmp_path / "sections.csv"
    file.write_text("canvas_id,sis_id\n 5 , A 1 \n", encoding="utf-8")
    assert listed(SectionRule(field="canvas_section_id", file=str(file)).ids(pd.Series(["5", " 5\u00a0"], dtype="str"))) == ["A 1", "A 1"]
    padded = pd.Series(["SEC-850  ", "SEC-  850", "SEC-   ", "\u00a0 \u2007", " "], dtype="str")
    assert listed(SectionRule(pattern="SEC-(.+)").ids(padded)) == ["850", "850", None, None, None]
    assert listed(Identity().section_id(padded)) == ["SEC-850", "SEC-  850", "SEC-", None, None]


def test_a_mapping_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ids\.csv: the mapping file cannot be read \(FileNotFoundError\)"):
        mapping(tmp_path / "ids.csv")


def test_a_mapping_file_lies_relative_to_the_district(tmp_path: Path) -> None:
    (tmp_path / "ids.csv").write_text("canvas_id,sis_id\n5,A\n", encoding="utf-8")
    (tmp_path / "district.yaml").write_text(
        "time_zone: UTC\ncanvas: {connection: c}\n"
        'targets: {east: {sis: genesis, connection: e, canvas_account: "1", identity: {section: {file: ids.csv}}}}\n',
        encoding="utf-8",
    )
    identity = load_district(tmp_path / "district.yaml").target("east").identity
    assert listed(identity.section_id(pd.Series(["5"], dtype="str"))) == ["A"]
