"""Table C of the requirements, cell by cell, against the rule tables: a changed value must be changed in both places."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from include.errors import ConfigError
from include.gradebook.rules import SisRules
from include.sis.registry import SIS, sis

COLUMNS = {"G": "genesis", "SY": "synergy", "ST": "schooltool", "IC": "infinite_campus", "PS": "powerschool"}

# row number → field → values of G, SY, ST, IC, PS
TABLE_C: tuple[tuple[int, str, tuple[object, ...]], ...] = (
    (1, "name_max_length", (None, 50, 50, 30, 30)),
    (2, "name_characters", ("any", "plain", "any", "any", "any")),
    (3, "zero_points", (True, False, True, True, True)),
    (4, "due_date_required", (False, False, True, True, True)),
    (4, "due_date_inside", ("anywhere", "anywhere", "anywhere", "anywhere", "term")),
    (5, "sections_named", ("send_dates", "send_dates", "send_named", "withhold", "need_everyone")),
    (6, "individuals", ("section_date", "section_date", "section_date", "withhold", "withhold")),
    (7, "mastery_paths", ("section_date", "section_date", "section_date", "withhold", "section_date")),
    (8, "score_types", ("any_number", "any_number", "numeric_only", "any_number", "any_number")),
    (9, "missing_without_score", ("withhold", "withhold", "withhold", "withhold", "zero")),
    (9, "missing_flag", (False, True, True, False, True)),
    (10, "late_flag", (False, True, True, True, False)),
    (11, "excused", ("withhold", "exempt_on_remaster", "exempt_zero", "exempt", "exempt_zero")),
    (12, "status_alone_counts", (True, False, True, True, True)),
    (13, "canvas_twins", ("send_both", "send_first", "send_first", "send_first", "send_first")),
    (13, "foreign_twin", ("send_beside", "withhold", "withhold", "withhold", "withhold")),
    (14, "ownership", ("free", "locked", "free", "name_and_points_locked", "overwritten")),
    (15, "category", ("match", "match", "match", "uncategorized", "match")),
    (15, "category_keep_filed", (False, False, False, True, False)),
    (16, "trash_can", (True, False, False, False, False)),
    (17, "merged_gradebooks", ("warn", "one_per_section", "one_per_section", "one_per_section", "one_per_section")),
)
CELLS = [(f"{prefix}-{row}", COLUMNS[prefix], field, value) for row, field, values in TABLE_C for prefix, value in zip(COLUMNS, values, strict=True)]

# reading of R → field → SIS that differ from the first value
SETTLED: tuple[tuple[str, str, object, dict[str, object]], ...] = (
    ("R-2", "overrides_that_count", "any", {"infinite_campus": "changing"}),
    ("R-10", "points_max", None, {"powerschool": 9999.0}),
    ("R-13", "category_from_canvas_data", False, {}),
    ("R-14", "hidden_category", "absent", {"synergy": "send"}),
    ("R-15", "category_needs_active_term", False, {"powerschool": True}),
    ("R-19", "exempt_score", "omit", {}),
    ("A-9", "clear_blanks", False, {}),
    ("A-10", "delete_removed", False, {}),
    ("A-11", "send_comments", False, {}),
    ("A-16", "send_hidden", True, {}),
)


@pytest.mark.parametrize(("cell", "name", "field", "value"), CELLS, ids=[f"{cell}-{field}" for cell, _, field, _ in CELLS])
def test_table_c(cell: str, name: str, field: str, value: object) -> None:
    assert getattr(sis(name).rules, field) == value


def test_table_c_is_whole() -> None:
    assert {row for row, _, _ in TABLE_C} == set(range(1, 18))


@pytest.mark.parametrize("name", COLUMNS.values())
@pytest.mark.parametrize(("reading", "field", "usual", "others"), SETTLED, ids=[reading for reading, *_ in SETTLED])
def test_settled_readings(name: str, reading: str, field: str, usual: object, others: dict[str, object]) -> None:
    assert getattr(sis(name).rules, field) == others.get(name, usual)


@pytest.mark.parametrize("name", COLUMNS.values())
def test_every_value_that_a_sis_sets_is_one_that_a_district_can_override(name: str) -> None:
    values = sis(name).rules.model_dump()
    assert SisRules.model_validate({**values, "name_max_length": 12}).name_max_length == 12
    with pytest.raises(ValidationError):
        SisRules.model_validate({**values, "name_max_length": "twelve"})


def test_registry_lists_the_five_and_says_so_for_any_other() -> None:
    assert set(SIS) == set(COLUMNS.values())
    with pytest.raises(ConfigError, match="did you mean") as caught:
        sis("genesys")
    assert all(name in str(caught.value) for name in ("genesys", *COLUMNS.values()))
