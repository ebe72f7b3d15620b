"""A renamed target keeps its ledger, choices, settings, history, and the IDs of its items (I-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, func, select

from include.district import Target, load_district
from include.errors import ConfigError
from include.sandbox.generate import Size
from include.sandbox.world import TARGETS
from include.sync import stages, state
from include.sync.close import close
from include.sync.keys import assignment_ids, score_ids
from include.sync.renaming import take_over
from include.sync.tables import METADATA, TARGET_NAMES
from tests.sync.books import book, forget_ledger
from tests.town import Result, Town, town

NEW = "east"
ONE = pytest.mark.parametrize("synced", ["genesis"], indirect=True)


@dataclass
class District:
    """A town with one SIS, whose target's name in the district file changes."""

    place: Town
    sis: str

    def rename(self, name: str, **changed: Any) -> None:
        """Call the only target by another name from now on."""
        text = yaml.safe_load(self.place.file.read_text(encoding="utf-8"))
        (entry,) = text["targets"].values()
        kept = {key: value for key, value in entry.items() if key != "formerly"}
        text["targets"] = {name: kept | changed}
        self.place.file.write_text(yaml.safe_dump(text), encoding="utf-8")

    def night(self, name: str, mode: str = "nightly", **asked: Any) -> Result:
        """One run under this name."""
        run = self.place.run(name, mode, **asked)
        for batch in stages.choose(run, self.place.canvas()):
            stages.extract(run, batch, self.place.canvas())
            stages.filter_rows(run, batch)
            stages.transform(run, batch, self.place.client(self.sis))
            stages.validate(run, batch)
            stages.load(run, batch, self.place.client(self.sis))
            stages.publish(run, batch)
        return Result(run, close(run))

    @property
    def engine(self) -> Engine:
        """Its state database."""
        return state.engine(load_district(self.place.file).state)

    def rows(self, name: str) -> dict[str, int]:
        """How many rows each table of the state database has under this name."""
        with self.engine.connect() as connection:
            counts = {
                table.name: connection.execute(select(func.count()).select_from(table).where(table.c.target == name)).scalar_one()
                for table in METADATA.sorted_tables
                if "target" in table.c
            }
        return {name: count for name, count in counts.items() if count}


@pytest.fixture(scope="module", params=TARGETS)
def synced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """After a first night and a remaster of all its courses."""
    sis = request.param
    with town(tmp_path_factory.mktemp(f"renamed-{sis}"), Size(2, 1, 6, 4), targets=(sis,)) as place:
        made = District(place, sis)
        night = made.night(sis)
        assert night.sent
        made.night(sis, "remaster", courses=courses_of(night))  # Synergy's excused scores are sent by a remaster only
        yield made


def courses_of(night: Result) -> tuple[str, ...]:
    """The Canvas IDs of the courses that a night synced."""
    return tuple(sorted(set(night.table("assignments_sync")["canvas_course_id"])))


@pytest.fixture(autouse=True)
def own_name_again(synced: District) -> Iterator[None]:
    """Each test begins and ends with the target under its SIS's name, and its rows there."""
    yield
    made = synced
    for name in (NEW, "west"):
        take_over(made.engine, _named(made, made.sis, (name,)))
    with state.writing(made.engine) as connection:
        connection.execute(TARGET_NAMES.delete())
    made.rename(made.sis)


def _named(made: District, name: str, formerly: tuple[str, ...]) -> Target:
    (target,) = load_district(made.place.file).targets.values()
    return replace(target, name=name, formerly=formerly)


def test_i6_a_renamed_target_sends_nothing_again_and_its_items_keep_their_ids(synced: District) -> None:
    before = synced.rows(synced.sis)
    items = book(synced.place, synced.sis)
    synced.rename(NEW, formerly=synced.sis)
    synced.place.forget_log(synced.sis)
    night = synced.night(NEW)
    assert (synced.place.writes(synced.sis), night.summary["status"] != "Failed") == ([], True)
    assert synced.rows(synced.sis) == {}
    after = synced.rows(NEW)
    assert {name: after[name] for name in ("ledger_assignments", "ledger_scores", "seen_courses", "target_names")} == {
        name: before[name] for name in ("ledger_assignments", "ledger_scores", "seen_courses", "target_names")
    }
    assert after["runs"] == before["runs"] + 1
    again = synced.night(NEW, "remaster", courses=courses_of(night))
    assert again.sent
    assert book(synced.place, synced.sis) == items


def test_i6_a_rename_that_is_not_declared_stops_before_the_first_write(synced: District) -> None:
    synced.rename(NEW)
    synced.place.forget_log(*synced.place.urls)
    for preview in (False, True):
        with pytest.raises(ConfigError, match=rf"Was {synced.sis} renamed\? Set formerly: {synced.sis}\. If east is another SIS, set formerly: \[\]"):
            synced.night(NEW, preview=preview)
    assert [synced.place.admin(name, "log") for name in synced.place.urls] == [[], []]
    assert "ledger_assignments" not in synced.rows(NEW)


@ONE
def test_i6_two_renames_name_the_first_name_first(synced: District) -> None:
    items = book(synced.place, synced.sis)
    synced.rename(NEW, formerly=synced.sis)
    synced.night(NEW)
    for partly in ({}, {"formerly": NEW}, {"formerly": [NEW, synced.sis]}):
        synced.rename("west", **partly)
        with pytest.raises(ConfigError, match=r"set formerly: \[|Set formerly: "):
            synced.night("west")
        assert synced.rows(NEW)["ledger_assignments"]
    synced.rename("west", formerly=NEW)
    with pytest.raises(ConfigError, match=rf'made from the name "{synced.sis}", .* says "east"\. Set formerly: \[{synced.sis}, east\]'):
        synced.night("west")
    synced.rename("west", formerly=[synced.sis, NEW])
    synced.place.forget_log(synced.sis)
    synced.night("west")
    assert synced.place.writes(synced.sis) == []
    assert book(synced.place, synced.sis) == items


@ONE
def test_i6_a_name_that_was_taken_over_must_stay_in_the_file(synced: District) -> None:
    synced.rename(NEW, formerly=synced.sis)
    synced.night(NEW)
    synced.rename(NEW)
    with pytest.raises(ConfigError, match=rf'target east: its IDs in the SIS were made from the name "{synced.sis}".*Set formerly: \[{synced.sis}\]'):
        synced.night(NEW)


@ONE
def test_i6_ids_are_made_from_the_first_name_also_when_the_ledger_is_lost(synced: District) -> None:
    items = book(synced.place, synced.sis)
    synced.rename(NEW, formerly=synced.sis)
    synced.night(NEW)
    forget_ledger(synced.place)
    synced.place.forget_log(synced.sis)
    night = synced.night(NEW, allow_large_change=True)
    copies, grades = (night.table(name).query("action.notna()") for name in ("assignments_sync", "grades_log"))
    ours = assignment_ids(synced.sis, copies["sis_section_id"], copies["canvas_assignment_id"], [0] * len(copies))
    ids = score_ids(synced.sis, grades["sis_section_id"], grades["canvas_assignment_id"], grades["sis_user_id"])
    written = {row["path"].rpartition("/")[2] for row in synced.place.writes(synced.sis)}
    assert written
    assert written <= {*ours, *ids}
    assert book(synced.place, synced.sis) == items
