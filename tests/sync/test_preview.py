"""A plan as people read it: right numbers, nothing in it that acts, no person's name (F-1, F-12)."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from include.gradebook.schemas import ASSIGNMENTS_SYNC, FILTERED_CANVAS_DATA, GRADES_LOG, MESSAGES
from include.sync.preview import COLUMNS, Asked, Preview, lines, preview_of
from include.sync.preview_pages import markdown, page

RUN = {"run_id": "run-1", "target": "genesis", "canvas_course_id": "7"}
NASTY = '<img src=x onerror="alert(1)"> | [a](http://evil.example) `x` *b* & ~c~\nd'


def copy(assignment: str, section: str = "S-1", **more: object) -> dict[str, object]:
    return {
        **RUN,
        "canvas_assignment_id": assignment,
        "assignment_name": f"Quiz {assignment}",
        "section_name": "P1",
        "sis_section_id": section,
        "due_date": "2026-09-18",
        "points_possible": 10.0,
        **more,
    }


def grade(assignment: str, user: str, section: str = "S-1", **more: object) -> dict[str, object]:
    return {**RUN, "canvas_assignment_id": assignment, "sis_section_id": section, "canvas_user_id": user, "student_name": "Doe, Jane", **more}


def made(copies: list[dict[str, object]], grades: list[dict[str, object]], chosen: tuple[str, ...] = ()) -> Preview:
    withheld = [("assignment", row) for row in copies if row["status"] == "withheld"] + [
        ("grade", row) for row in grades if row["status"] == "withheld"
    ]
    filtered = [{**RUN, "kind": kind, "outcome": "withheld", "reason_code": row["reason_code"], "count": 1} for kind, row in withheld]
    note = {**RUN, "severity": "warning", "type": "GP-GONE", "message": "-", "stage": "transform", "who": "nobody", "next": "-"}
    built = {
        "assignments_sync": ASSIGNMENTS_SYNC.of(copies),
        "grades_log": GRADES_LOG.of(grades),
        "filtered_canvas_data": FILTERED_CANVAS_DATA.of(filtered),
        "messages": MESSAGES.of([note]),
    }
    return preview_of(Asked("genesis", "run-1", "remaster", "ada", chosen), [built])


@pytest.fixture
def preview() -> Preview:
    return made(
        [
            copy("1", status="planned", action="create"),
            copy("2", status="unchanged", action="none"),
            copy("3", status="unchanged", action="none"),
            copy("4", status="withheld", reason_code="GP-NAME-LONG", message="too long", assignment_name=NASTY),
            copy("5", status="withheld", reason_code="GP-NO-SCORES", message="none yet"),
        ],
        [
            grade("1", "u1", status="planned", action="create"),
            grade("1", "u2", status="withheld", reason_code="GP-MISSING-NO-SCORE"),
            grade("2", "u1", status="planned", action="update"),
            grade("2", "u2", status="planned", action="clear"),
            grade("3", "u1", status="unchanged", action="none"),
        ],
    )


def test_f1_totals_count_what_would_be_written_and_what_not(preview: Preview) -> None:
    assert preview.totals["assignments"] == dict.fromkeys(COLUMNS, 0) | {"create": 1, "unchanged": 2, "withheld": 2}
    assert preview.totals["scores"] == dict.fromkeys(COLUMNS, 0) | {"create": 1, "update": 1, "clear": 1, "unchanged": 1, "withheld": 1}
    assert preview.writes == {"assignments": 1, "scores": 3}


def test_f1_what_would_be_sent_is_what_changes_itself_or_has_a_score_that_does(preview: Preview) -> None:
    assert list(preview.sent["canvas_assignment_id"]) == ["1", "2"]
    assert list(preview.sent["action"]) == ["create", "unchanged"]


def test_a20_refused_is_what_somebody_should_know_of_and_whatever_was_chosen(preview: Preview) -> None:
    assert list(preview.refused["canvas_assignment_id"]) == ["4"]
    chosen = made([copy(name, status="withheld", reason_code="GP-NO-SCORES") for name in ("5", "6")], [], chosen=("5",))
    assert list(chosen.refused["canvas_assignment_id"]) == ["5"]


def test_f5_reasons_come_with_count_who_mends_it_and_what_happens_next(preview: Preview) -> None:
    rows = preview.reasons.set_index("code")
    assert rows.loc["GP-NAME-LONG", ["kind", "count", "severity", "who"]].tolist() == ["assignment", 1, "error", "teacher"]
    assert rows.loc["GP-GONE", ["kind", "count"]].tolist() == ["note", 1]
    assert list(preview.reasons["severity"]) == sorted(preview.reasons["severity"], key=["error", "warning", "info"].index)


def test_f12_the_log_has_ids_and_counts_and_no_name(preview: Preview) -> None:
    told = "\n".join(lines(preview))
    assert re.search(r"S-1 +1 create +1 ", told)
    assert re.search(r"S-1 +4 GP-NAME-LONG", told)
    assert "Quiz" not in told
    assert "Doe" not in told


def test_the_log_ends_long_tables_and_says_where_the_rest_is() -> None:
    told = list(lines(made([copy(str(number), status="planned", action="create") for number in range(250)], [])))
    assert len(told) < 220
    assert "… and 50 more, see assignments_sync.csv" in "\n".join(told)


@pytest.mark.parametrize("name", ["preview.html", "preview.md"])
def test_nothing_that_a_teacher_typed_acts_in_a_page(preview: Preview, name: str) -> None:
    text = page(name, preview)
    assert "<img" not in text
    assert "&lt;img src=x" in text
    assert "Doe" not in text


def test_markdown_shows_every_character_as_it_was_typed() -> None:
    assert markdown(NASTY) == r'&lt;img src=x onerror="alert(1)"&gt; \| \[a\](http:\//evil.example) \`x\` \*b\* &amp; \~c\~ d'
    assert markdown("Unit 1: 3.5 – test (B)") == "Unit 1: 3.5 – test (B)"


def test_each_markdown_row_has_as_many_cells_as_its_head(preview: Preview) -> None:
    tables = re.split(r"\n(?!\|)", page("preview.md", preview))
    found = 0
    for table in tables:
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines() if line.startswith("|")]
        assert len(set(cells)) <= 1, table
        found += len(cells) > 2
    assert found == 4


@pytest.mark.parametrize("name", ["preview.html", "preview.md"])
def test_a_plan_with_nothing_in_it_has_a_page_as_well(name: str) -> None:
    empty = {frame.name: frame.empty() for frame in (ASSIGNMENTS_SYNC, GRADES_LOG, FILTERED_CANVAS_DATA, MESSAGES)}
    nothing = preview_of(Asked("genesis", "run-1", "nightly", "schedule"), [empty])
    assert nothing.writes == {"assignments": 0, "scores": 0}
    assert "Nothing has been sent" in page(name, nothing)
    assert len(list(lines(nothing))) == 4
    assert isinstance(nothing.sent, pd.DataFrame)
