"""Names as they are sent (R-9; table C rows 1, 2, 13): normalised, counted in code points, refused or shortened."""

from __future__ import annotations

import unicodedata

import pytest

from include.gradebook.names import shorten
from include.gradebook.rules import SisRules
from include.sis.registry import SIS
from tests.classroom import Classroom

SYNERGY = SIS["synergy"].rules


def told(name: str | None, rules: SisRules) -> str:
    """The name as it would be sent, or the reason why it is not."""
    place = Classroom(rules=rules)
    place.add(name)  # type: ignore[arg-type]  # Canvas can hold null
    filtered = place.filtered()
    return str([*filtered.copies["name"], *filtered.withheld.loc[filtered.withheld["kind"] == "assignment", "reason_code"]][0])


@pytest.mark.parametrize(
    ("name", "length"),
    [("é" * 30, 30), ("e\u0301" * 30, 30), ("😀" * 30, 30), ("ষ" * 30, 30), ("👩‍🔬" * 10, 30), ("q\u0323" * 15, 30)],
    ids=["composed", "decomposed", "emoji", "bengali", "joined emoji", "mark without a composed form"],
)
def test_r9_length_is_counted_in_code_points_of_the_nfc_form(name: str, length: int) -> None:
    assert len(unicodedata.normalize("NFC", name)) == length
    assert told(name, SisRules(name_max_length=length)) == unicodedata.normalize("NFC", name)
    assert told(name, SisRules(name_max_length=length - 1)) == "GP-NAME-LONG"


def test_r9_names_are_sent_normalised_and_without_outer_blanks() -> None:
    assert told("  Cafe\u0301\u00a0 ", SisRules()) == "Café"


def test_r9_the_other_normal_form_is_neither_a_change_nor_another_name() -> None:
    place = Classroom()
    place.add("Café", id="101")
    place.add("CAFE\u0301", id="102")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Café")], ["GP-NAME-DUP"])
    place.accept(night)
    place.assignments[0]["name"] = "Cafe\u0301"
    assert place.night().writes() == 0


@pytest.mark.parametrize("name", [None, "", "   ", "\u00a0\t"])
def test_r9_a_name_must_be_there(name: str | None) -> None:
    assert told(name, SisRules()) == "GP-NAME-EMPTY"


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("“Macbeth” – Act ‘I’", "\"Macbeth\" - Act 'I'"),
        ("Émile’s café—notes", "Émile's café-notes"),
        ("«Été»", '"Été"'),
        ("x − y", "x - y"),
    ],
)
def test_r9_synergy_gets_plain_twins_of_typographic_marks(name: str, sent: str) -> None:
    assert told(name, SYNERGY) == sent
    assert told(name, SIS["genesis"].rules) == name  # elsewhere a name stays as it was typed


@pytest.mark.parametrize(
    "name", ["Quiz. , : ; ! ? ' \" ( ) - _ / & + # % @", "第一課", "Глава 3", "१२३", "हिन्दी", "Tiê\u0323ng", "ابجد", "Ñandú", "e\u0323\u0301"]
)
def test_r9_synergy_takes_letters_marks_and_digits_of_any_script(name: str) -> None:
    assert told(name, SYNERGY) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "name",
    ["50 * 2", "Quiz 😀", "a=b", "~draft", "C:\\temp", "<b>", "x[1]", "{x}", "5$", "`x`", "a^2", "a|b", "tab\there", "line\nbreak", "1\ufe0f\u20e3",
     "½ page", "\u0301x", "a\u200db"],
)  # fmt: skip
def test_r9_synergy_refuses_everything_else(name: str) -> None:
    assert told(name, SYNERGY) == "GP-NAME-CHARS"


def test_r9_the_message_lists_each_refused_character_with_its_code_point() -> None:
    place = Classroom(rules=SYNERGY)
    place.add("a*b*c 😀")
    row = place.filtered().withheld.iloc[0]
    assert row["value"] == "* (U+002A), 😀 (U+1F600)"
    assert row["limit"].startswith("letters, digits, spaces, and . , :")


@pytest.mark.parametrize(
    ("name", "limit", "short"),
    [
        ("Unit 3 reading reflection", 25, "Unit 3 reading reflection"),
        ("Unit 3 reading reflection", 24, "Unit 3 reading reflec..."),
        ("Unit 3 reading reflection", 9, "Unit 3..."),  # no blank before the dots
        ("abcdef", 4, "abcd"),
        ("aq\u0323bcdefghi", 8, "aq\u0323bc..."),
        ("abcdq\u0323efghi", 8, "abcd..."),  # the mark would stand alone
        ("abcd👩‍🔬efghi", 9, "abcd..."),  # a joined emoji goes whole
        ("abcd👍🏽efghi", 8, "abcd..."),  # and so does one with a skin tone
        ("कखगघकिखगघङचछ", 8, "कखगघ..."),  # a vowel sign belongs to its consonant
    ],
)
def test_name_shorten_never_cuts_inside_a_character_that_people_see(name: str, limit: int, short: str) -> None:
    assert shorten(name, limit) == short
    assert len(short) <= limit


def test_name_shorten_makes_twins_of_names_that_differ_only_at_their_end() -> None:
    place = Classroom(rules=SisRules(name_shorten=True, name_max_length=20))
    place.add("Unit 3 reading reflection, part A", id="101")
    place.add("Unit 3 reading reflection, part B", id="102")
    night = place.night()
    assert (night.sent(), night.why()) == ([("S1", "Unit 3 reading re...")], ["GP-NAME-DUP"])
    assert "Unit 3 reading re..." in night.told("GP-NAME-DUP")


def test_a8_renaming_beyond_what_is_sent_is_no_change() -> None:
    place = Classroom(rules=SisRules(name_shorten=True, name_max_length=20))
    place.add("Unit 3 reading reflection, part A")
    place.accept(place.night())
    place.assignments[0]["name"] = "Unit 3 reading reflection, part C"
    assert place.night().writes() == 0
