"""Text from another system is cleaned once when it is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.explain import shown
from include.text import clean_text, storable


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Home\u00a0work", "Home work"),
        ("Home\u202fwork\u2007", "Home work"),
        ("Quiz\x00 1", "Quiz 1"),
        ("Quiz\x07\x1b\x7f1", "Quiz1"),
        ("one\ttwo\nthree\r", "one two three"),
        ("\ufeffUnit\u200b 1\u2060", "Unit 1"),
        ("half \ud83d", "half \ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("  4711 ", "4711"),
        ("Ein Häuschen – ½", "Ein Häuschen – ½"),
        ("", ""),
    ],
)
def test_r24_text_is_cleaned(dirty: str, clean: str) -> None:
    assert clean_text(dirty) == clean


@given(st.text(st.characters(codec=None)))
def test_i7_cleaned_text_can_be_stored_everywhere(text: str) -> None:
    clean = clean_text(text)
    clean.encode()
    assert "\x00" not in clean
    assert clean == clean.strip()
    assert clean_text(clean) == clean


@given(st.text())
def test_i7_what_a_message_shows_of_a_value_can_be_stored_and_read(text: str) -> None:
    told = shown(text)
    assert told.isprintable()
    assert storable(told) == told


def test_f5_characters_that_nobody_sees_are_shown() -> None:
    assert shown("4\x000.0") == '"4\\u00000.0"'
    assert shown(" 40\u200b\xa0") == '" 40\\u200b\\u00a0"'
