"""Every PowerSchool rejection tells a data clerk what was rejected, with which value, and what to do."""

from __future__ import annotations

import pytest

from include.gradebook.reasons import CATALOGUE

_OF_PEOPLE = ("teacher", "admin", "SIS staff")
_VALUE_SAYS_NOTHING = {"PS-412-RESUBMIT", "PS-412-HAS-SCORES", "PS-500-GONE", "PS-ALREADY-EXISTS"}


@pytest.mark.parametrize("code", [code for code in CATALOGUE if code.startswith("PS-")])
def test_a_rejection_has_a_value_and_a_next_step(code: str) -> None:
    entry = CATALOGUE[code]
    assert "{value}" in entry.sentence or code in _VALUE_SAYS_NOTHING
    assert "PowerSchool" in entry.sentence or "PowerTeacher Pro" in entry.sentence or code == "PS-412-RESUBMIT"
    if entry.who in _OF_PEOPLE and code != "PS-412-MISSING-RECORD":
        assert entry.next not in ("The next sync sends it.", "The next sync tries again.")
