"""Rules: what holds for a target, and what the district file changed, told apart."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from tests.web.lively import Lively

pytestmark = pytest.mark.airflow


@pytest.fixture
def shorter(lively: Lively) -> Iterator[Lively]:
    """A district that takes shorter names for Synergy."""
    file = lively.sandbox.file
    before = file.read_text(encoding="utf-8")
    text = yaml.safe_load(before)
    text["targets"]["synergy"]["rules"] = {**text["targets"]["synergy"].get("rules", {}), "name_max_length": 20}
    file.write_text(yaml.safe_dump(text), encoding="utf-8")
    yield lively
    file.write_text(before, encoding="utf-8")


def test_c_the_rules_of_a_target_say_what_the_district_file_changed(shorter: Lively) -> None:
    shown = shorter.see("rules?target=synergy", "vic", "viewer")
    assert "name_max_length 20 District file default: 50 longest name" in shown
    assert "name_characters plain plain: letters" in shown
    assert "name_max_length 20" not in shorter.see("rules?target=powerschool")


def test_c_only_what_the_district_file_changed(shorter: Lively) -> None:
    shown = shorter.see("rules?target=synergy&overridden=true")
    assert "name_max_length" in shown
    assert "name_characters" not in shown


def test_an_unknown_target_is_closed(lively: Lively) -> None:
    assert lively.visitor().get("/gradesync/rules?target=nobody").status_code == 403
