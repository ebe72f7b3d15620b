"""The generated pages say what the code says, and every requirement has a test."""

from __future__ import annotations

import pytest

from docs import requirement_page
from docs.generate import FOLDER, PAGES, main, stale
from docs.requirement_page import ids_in, named_in, not_built, proven, wordings
from include.gradebook.rules import SisRules
from include.sis.registry import SIS


def test_no_generated_page_is_stale() -> None:
    assert stale() == [], "run `python -m docs.generate`"


def test_a_stale_page_is_named_and_written_anew(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr("docs.generate.FOLDER", tmp_path)
    (tmp_path / "reasons.md").write_text("something older", encoding="utf-8")
    assert main(["--check"]) == 1
    assert capsys.readouterr().out.split() == [f"docs/{name}" for name in PAGES]
    assert (tmp_path / "reasons.md").read_text(encoding="utf-8") == "something older"
    assert main([]) == 0
    assert main(["--check"]) == 0


@pytest.mark.parametrize("ident", [ident for ident in wordings() if ident not in not_built()])
def test_every_requirement_has_a_test(ident: str) -> None:
    assert proven().get(ident), f"no test names {ident} ({wordings()[ident]})"


def test_all_is_built() -> None:
    assert not_built() == frozenset()


def test_the_list_of_requirements_is_whole() -> None:
    numbers = {"A": 24, "B": 6, "D": 12, "F": 12, "R": 24, "I": 10, "G": 17, "SY": 17, "ST": 17, "IC": 17, "PS": 17}
    assert list(wordings()).count("E") == 1
    assert set(wordings()) == {"E"} | {f"{family}-{n}" for family, last in numbers.items() for n in range(1, last + 1)}
    assert all(wordings().values())


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("(A-17)", {"A-17"}),
        ("A-14 to A-16", {"A-14", "A-15", "A-16"}),
        ("rows B-1 to B-3, R-9", {"B-1", "B-2", "B-3", "R-9"}),
        ("def test_a17_the_day_stays()", {"A-17"}),
        ("def test_sy_11_x()", set()),
        ('("PS-13", "x")', {"PS-13"}),
        ("PS-409-SCALE and PS-403-TEACHER", set()),
        ("the artifacts (E, D-5)", {"E", "D-5"}),
        ("S-1001, BA-17, A-1x", set()),
    ],
)
def test_what_counts_as_naming_a_requirement(text: str, ids: set[str]) -> None:
    assert ids_in(text) == ids


def test_a_requirement_of_the_rules_is_named_by_the_rules() -> None:
    assert "include/gradebook/dates.py" in named_in("include")["A-17"]
    assert not any("/sandbox/" in path for paths in named_in("include").values() for path in paths)


def test_the_rules_page_shows_each_field_of_each_sis_with_its_source() -> None:
    page = (FOLDER / "sis-rules.md").read_text(encoding="utf-8")
    for entry in SIS.values():
        part = page.split(f"\n## {entry.title}\n")[1].split("\n## ")[0]
        assert [line.split("`")[1] for line in part.splitlines() if line.startswith("| `")] == list(SisRules.model_fields)
    assert "| `name_max_length` | `30` | differs | PS-1: the column takes 50, the document says 30 |" in page


def test_a_requirement_without_anything_says_so() -> None:
    assert requirement_page._list(()) == "none"
