"""What can befall a night from outside: the SIS gone, the secret ended, the disk full, the database locked, the clock wrong.

Each ends with a sentence for the admin, the rest goes on, and the next night makes good without a twin (design, invariants 3 to 5).
"""

from __future__ import annotations

import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import oauthlib.oauth1.rfc5849 as oauth1
import pandas as pd
import pytest
from sqlalchemy import event

from include.district import load_district
from include.errors import AccessError, OutageError, UnavailableError
from include.sandbox.generate import Size
from include.sync import leases, sending, stages, state
from include.sync.close import close
from include.sync.leases import OtherTryError
from include.sync.run import Run
from tests.sis.conftest import Fresh, fresh
from tests.sync.books import book
from tests.sync.by_hand import plan, send
from tests.town import NOON, Result, Town, town

__all__ = ["fresh"]

pytestmark = pytest.mark.slow

T = "genesis"
SIZE = Size(courses=2, sections=1, students=5, assignments=5)
QUICK = {"tries": 2, "retry_delay_s": 0.01, "patience_s": 5, "timeout_s": 5}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    """Genesis before its first night, with a batch per course."""
    with town(tmp_path, SIZE, targets=(T,)) as place:
        place.extras[T] = QUICK
        hurry(place)
        yield place


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the SIS holds after a night in which nothing happened."""
    with town(tmp_path_factory.mktemp("calm"), SIZE, targets=(T,)) as place:
        hurry(place)
        place.night(T)
        return book(place, T)


def hurry(place: Town) -> None:
    """No test cuts the power, so nothing need wait for the disk."""
    engine = state.engine(load_district(place.file).state)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    engine.dispose()


def by_course(place: Town) -> None:
    """A batch per course."""
    place.file.write_text(place.file.read_text() + "batch_work: 1\n")


def makes_good(place: Town, calm: Any) -> None:
    """The next night ends as a calm one, and the one after it has nothing to do."""
    place.admin(T, "faults", "DELETE")
    assert place.night(T).summary["failures"] == []
    assert book(place, T) == calm
    place.forget_log()
    assert (place.night(T).sent, place.writes(T)) == (0, [])


def statuses(night: Result) -> set[str]:
    return {status for name in ("assignments_sync", "grades_log") for status in night.table(name)["status"]} - {"withheld"}


def test_an_outage_costs_seconds_and_each_further_batch_one_question(place: Town, calm: Any) -> None:
    by_course(place)
    run = plan(place, T, "nightly")
    batches = list(run.batches())
    assert len(batches) > 2
    place.admin(T, "faults", "POST", json={"kind": "error", "status": 503, "times": -1})
    place.forget_log()
    asked = []
    for batch in batches:
        stages.load(run, batch, place.client(T))
        stages.publish(run, batch)
        asked.append(len(place.admin(T, "log")))
    assert asked[-1] - asked[0] <= 2 * (len(batches) - 1), "a token and a probe, each once"
    night = Result(run, close(run))
    assert night.summary["status"] == "Failed"
    stopped = [line for line in night.summary["failures"] if "stopped while sending" in line]
    assert stopped
    assert all("connection genesis_default" in line for line in stopped)
    assert "SIS-NOT-TRIED" in set(night.table("messages")["type"])
    assert "updated" not in statuses(night)
    makes_good(place, calm)


def test_a_sis_that_comes_back_is_taken_up_by_the_next_batch_of_the_same_run(place: Town) -> None:
    by_course(place)
    run = plan(place, T, "nightly")
    first, *rest = run.batches()
    place.admin(T, "faults", "POST", json={"kind": "error", "status": 503, "times": -1})
    stages.load(run, first, place.client(T))
    with pytest.raises(OutageError):
        stages.transform(run, rest[0], place.client(T))
    place.admin(T, "faults", "DELETE")
    assert stages.load(run, rest[0], place.client(T)).keys() == {"accepted"}
    place.forget_log()
    assert stages.load(run, rest[1], place.client(T)).keys() == {"accepted"}
    first_asked = [str(row["path"]) for row in place.admin(T, "log")][:2]
    assert not [path for path in first_asked if path.endswith("/categories")], "nobody suspects it any more"


def test_a_secret_that_ends_in_the_middle_stops_with_a_sentence(place: Town, calm: Any) -> None:
    run = plan(place, T, "nightly")
    (batch,) = run.batches()
    place.admin(T, "faults", "POST", json={"kind": "expire_tokens", "match": {"method": "PUT", "path": "results"}, "after": 20})
    place.admin(T, "faults", "POST", json={"kind": "refuse", "status": 401, "match": {"path": "token$"}, "after": 1, "times": -1})
    counts = stages.load(run, batch, place.client(T))
    assert counts["accepted"] >= 20
    stages.publish(run, batch)
    told = "connection genesis_default: the SIS rejected the client ID or secret (HTTP 401). Renew them"
    assert run.batch_folder(batch).read_json("stopped") == {"message": told}
    with pytest.raises(AccessError, match="Renew them"):
        place.client(T).read_sections(["1"])
    assert any(told in line for line in close(run)["failures"])
    makes_good(place, calm)


def test_a_locked_database_stops_a_batch_with_a_sentence(place: Town, calm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = plan(place, T, "nightly")
    first = next(iter(run.batches()))
    file = run.district.state.removeprefix("sqlite:///")

    def locked(work: Callable[[], dict[str, int]]) -> dict[str, int]:
        other = sqlite3.connect(file, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            return work()
        finally:
            other.close()

    impatient(run, monkeypatch)
    monkeypatch.setattr(stages.history, "reach", lambda *_: None)
    mine = leases.take(run, stages._leased(run.batch_folder(first)))
    monkeypatch.setattr(stages.leases, "take", lambda *_: mine)
    place.forget_log()
    assert locked(lambda: stages.load(run, first, place.client(T))).keys() == {"refused"}
    assert place.writes(T) == []
    assert run.batch_folder(first).read_json("stopped") == {"message": "the state database cannot be used: database is locked"}
    monkeypatch.undo()
    state._engine.cache_clear()
    send(place, run)
    makes_good(place, calm)


def test_what_stops_the_look_for_twins_is_kept_with_the_receipts(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    run = plan(place, T, "nightly")
    first = next(iter(run.batches()))
    monkeypatch.setattr(sending, "_healed", lambda *_: UnavailableError("the SIS is away"))
    counts = stages.load(run, first, place.client(T))
    folder = run.batch_folder(first)
    assert folder.read_json("stopped") == {"message": "the SIS is away"}
    assert len(folder.read_frame("receipts")) == sum(counts.values()) > 0


def impatient(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second is long enough to wait for a writer."""
    state.engine(run.district.state).dispose()
    state._engine.cache_clear()
    monkeypatch.setattr(state, "_BUSY_SECONDS", 0.5)


def load_on_a_full_disk(place: Town, run_id: str, batch: str, room: int) -> None:
    """In a process of its own: no file may grow beyond what the state database has now, and a little."""
    run = Run(load_district(place.file), T, run_id, "nightly", "test", NOON)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = max(path.stat().st_size for path in place.file.parent.glob("state.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, size + room))
    stages.load(run, batch, place.client(T))


@pytest.mark.parametrize("room", [0, 60_000])
def test_a_full_disk_loses_and_doubles_nothing(place: Town, calm: Any, room: int) -> None:
    run = plan(place, T, "nightly")
    first = next(iter(run.batches()))
    state.engine(run.district.state).dispose()
    child = get_context("spawn").Process(target=load_on_a_full_disk, args=(place, run.run_id, first, room))
    child.start()
    child.join(60)
    folder = run.batch_folder(first)
    notes = [folder.read_json(name)["message"] for name in ("stopped", "failed") if folder.exists(name)]
    assert child.exitcode == 1 or any(notes)
    assert all("INSERT" not in note and "UPDATE" not in note for note in notes), "a database's words would tell scores"
    send(place, run)
    makes_good(place, calm)


def test_a22_a_try_that_goes_on_beside_its_second_try_leaves_sis_and_run_folder_to_it(place: Town, calm: Any) -> None:
    run = plan(place, T, "nightly")
    (batch,) = run.batches()
    folder, sis = run.batch_folder(batch), place.client(T)
    put, told = sis.put_scores, []

    def meanwhile(rows: Any) -> Iterator[Any]:
        """Airflow misses the first try's signs of life and starts a second."""
        sis.put_scores = put
        told.append(stages.load(run, batch, place.client(T)))
        told.append(folder.read_frame("receipts"))
        place.forget_log()
        yield from put(rows)

    sis.put_scores = meanwhile
    with pytest.raises(OtherTryError, match=f"a later try of run {run.run_id} of genesis has taken over its courses"):
        stages.load(run, batch, sis)
    assert place.writes(T) == []
    assert told[0].keys() == {"accepted"}
    pd.testing.assert_frame_equal(folder.read_frame("receipts"), told[1])
    assert not folder.exists("failed")
    stages.publish(run, batch)
    assert close(run)["failures"] == []
    assert book(place, T) == calm


def test_a_clock_two_hours_wrong_changes_nothing_that_is_sent(place: Town, calm: Any) -> None:
    place.night(T, now=NOON + timedelta(hours=2))
    assert book(place, T) == calm
    place.forget_log()
    assert (place.night(T, now=NOON - timedelta(hours=2)).sent, place.writes(T)) == (0, [])


def test_a_clock_two_hours_wrong_is_named_where_signatures_depend_on_it(fresh: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    client = fresh("schooltool").again(auth="oauth1", token_url="")
    right = oauth1.generate_timestamp
    monkeypatch.setattr(oauth1, "generate_timestamp", lambda: str(int(right()) + 7200))
    with pytest.raises(AccessError, match="the clock of this machine"):
        client.read_assignments(["85001"])


def test_a_sis_that_is_gone_when_the_plan_is_made_sends_nothing_and_is_told(place: Town, calm: Any) -> None:
    run = place.run(T)
    first, *_ = stages.choose(run, place.canvas())
    stages.extract(run, first, place.canvas())
    stages.filter_rows(run, first)
    place.urls[T], there = "http://127.0.0.1:9", place.urls[T]
    with pytest.raises(UnavailableError):
        stages.transform(run, first, place.client(T))
    place.urls[T] = there
    failures = close(run)["failures"]
    assert any(line.startswith(first) and "no response from 127.0.0.1:9" in line for line in failures), failures
    makes_good(place, calm)
