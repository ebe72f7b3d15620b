"""A SIS that identifies itself differently at the same address is another SIS (I-4)."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from include.sync import binding
from include.sync.binding import WrongSisError
from tests.sync.conftest import sqlite_database, sqlite_template

__all__ = ["sqlite_database", "sqlite_template"]

FIRST, LATER = datetime(2026, 11, 12, tzinfo=UTC), datetime(2026, 11, 13, tzinfo=UTC)


def run(engine: Engine, now: datetime) -> Any:
    config = SimpleNamespace(connection="genesis_default")
    district = SimpleNamespace(state=str(engine.url))
    return SimpleNamespace(district=district, target="genesis", config=config, writes=True, posted_by="test", now=now)


def sis(identity: str) -> Any:
    return SimpleNamespace(server="sis.example.org", identify=lambda: identity)


def test_i4_another_sis_at_the_same_address_stops_the_run_and_says_how_to_continue(sqlite_database: Engine) -> None:
    binding.check(run(sqlite_database, FIRST), sis("district-7"))
    binding.confirm(run(sqlite_database, LATER), sis("district-7"))
    with pytest.raises(WrongSisError) as stopped:
        binding.confirm(run(sqlite_database, LATER), sis("district-8"))
    assert all(word in str(stopped.value) for word in ("district-7", "district-8", "Nothing was sent", "rebind", "forget"))
    binding.rebind(sqlite_database, "genesis", sis("district-8"), "an admin")
    binding.confirm(run(sqlite_database, LATER), sis("district-8"))


@pytest.mark.parametrize(("first", "later"), [("", "district-7"), ("district-7", "")])
def test_i4_a_sis_that_does_not_always_say_who_it_is_is_not_another_one(sqlite_database: Engine, first: str, later: str) -> None:
    """A token that loses the right to read organizations, or gets it, changes no SIS; what was learned once still counts."""
    binding.check(run(sqlite_database, FIRST), sis(first))
    binding.confirm(run(sqlite_database, LATER), sis(later))
    with pytest.raises(WrongSisError, match="district-8"):
        binding.confirm(run(sqlite_database, LATER), sis("district-8"))
