"""The nightly switch of a course (A-18, D-11, R-12)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine

from include.sync.settings import follow_default, switch, switches

NOW = datetime(2026, 9, 21, tzinfo=UTC)


def test_a18_each_course_can_be_switched_on_and_off(database: Engine) -> None:
    switch(database, "genesis", {"7": False, "8": True}, "ada", NOW)
    assert switches(database, "genesis") == {"7": False, "8": True}
    switch(database, "genesis", {"7": True}, "bob", NOW)
    assert switches(database, "genesis") == {"7": True, "8": True}
    assert type(switches(database, "genesis")["7"]) is bool


def test_d11_targets_have_switches_of_their_own(database: Engine) -> None:
    switch(database, "genesis", {"7": False}, "ada", NOW)
    assert switches(database, "synergy") == {}


def test_r12_a_course_can_follow_its_targets_default_again(database: Engine) -> None:
    switch(database, "genesis", {"7": False, "8": False}, "ada", NOW)
    assert follow_default(database, "genesis", ["7", "9"]) == 1
    assert switches(database, "genesis") == {"8": False}


def test_switching_nothing_changes_nothing(database: Engine) -> None:
    switch(database, "genesis", {}, "ada", NOW)
    assert (switches(database, "genesis"), follow_default(database, "genesis", [])) == ({}, 0)
