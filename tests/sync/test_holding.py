"""A course stays its run's for as long as that gives signs of life; others wait for it, up to a limit, and are told who has it (A-22)."""

from __future__ import annotations

import os
import signal
import threading
import time
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine, delete

from include.sync import leases, waiting
from include.sync.apply import apply
from include.sync.heartbeat import beating
from include.sync.leases import CourseBusyError, LeaseLostError
from include.sync.ledger import Ledger
from include.sync.tables import LEASES
from tests.sync.fake_sis import FakeSis, assignment, plan
from tests.sync.holders import holders, holding, live
from tests.sync.test_apply import STARTED

SHORT, BEAT, HOUR = timedelta(seconds=0.5), timedelta(seconds=0.1), timedelta(hours=1)


def test_a22_a_load_longer_than_its_lease_keeps_its_courses(database: Engine) -> None:
    run, other = holding(database, "long"), holding(database, "other")
    leases.hold(run, ["7"], SHORT)
    with beating(run, ["7"], BEAT, SHORT) as still_ours:
        for _ in range(5):
            time.sleep(0.25)
            still_ours()
            assert list(leases.hold_free(other, ["7"], HOUR)) == ["7"]


def test_a22_a_run_whose_course_was_taken_is_told_before_its_next_write(database: Engine) -> None:
    run, other = holding(database, "sleepy"), holding(database, "other")
    leases.hold(run, ["7", "8"], HOUR)
    with beating(run, ["7", "8"], HOUR, HOUR) as still_ours:
        still_ours()
        with database.begin() as connection:
            connection.execute(delete(LEASES).where(LEASES.c.canvas_course_id == "8"))
        leases.hold(other, ["8"], HOUR)
        time.sleep(0.6)
        for _ in range(2):
            with pytest.raises(LeaseLostError, match="run sleepy of genesis holds 1 of its 2 courses"):
                still_ours()


def test_a22_nothing_more_is_sent_once_the_lease_is_lost(database: Engine) -> None:
    sis, asked = FakeSis(), iter([None, None, LeaseLostError("taken")])  # asked before the ledger is written, and again before the request

    def still_ours() -> None:
        if error := next(asked):
            raise error

    rows = [assignment("s1", "a1"), assignment("s2", "a1")]
    applied = apply(plan(rows), sis, Ledger(database, "genesis"), "run", lambda: STARTED, still_ours)
    assert sis.calls == [("put_assignments", ["s1/a1"])]
    assert list(applied.receipts["reason_code"].fillna("")) == ["", "GP-NOT-TRIED"]
    assert str(applied.stopped) == "taken"


def test_a22_answers_to_a_run_that_lost_its_courses_stay_out_of_the_ledger(database: Engine) -> None:
    run, other = holding(database, "sleepy"), holding(database, "other")
    leases.hold(run, ["course-1"], timedelta(0))
    lease = leases.take(run, ["course-1"], timedelta(0))
    mine, theirs = Ledger(database, "genesis", lease.guard), Ledger(database, "genesis")

    def meanwhile(_: str) -> None:
        """Its request is under way, it stands still, and another run does the work."""
        leases.hold(other, ["course-1"], HOUR)
        apply(plan([assignment("s1", "a1", name="Newer")]), FakeSis(), theirs, "other", lambda: STARTED)

    rows = [assignment("s1", "a1"), assignment("s2", "a1")]
    applied = apply(plan(rows), FakeSis(watch=meanwhile), mine, "sleepy", lambda: STARTED)
    assert isinstance(applied.stopped, LeaseLostError)
    stands = theirs.assignments()
    assert list(zip(stands["sis_section_id"], stands["name"], stands["outcome"], strict=True)) == [("s1", "Newer", "accepted")]


def test_a22_a_killed_process_blocks_its_courses_only_until_its_lease_runs_out(database: Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    context = get_context("fork")
    mine, theirs = context.Pipe()
    process = context.Process(target=live, args=(url, ["7"], theirs))
    process.start()
    try:
        assert mine.poll(30)
        run = holding(database, "patient", lease_wait=30.0)
        time.sleep(1.2)
        with pytest.raises(CourseBusyError, match=r"in use by .*run run-elsewhere"):
            leases.hold(run, ["7"], HOUR)
        os.kill(mine.recv(), signal.SIGKILL)
        killed = time.monotonic()
        waiting.hold_all(run, ["7"], HOUR)
        assert time.monotonic() - killed < 20
        assert holders(database) == {"7": "patient"}
    finally:
        process.kill()
        process.join()


def test_a22_the_second_waits_until_the_first_lets_go(database: Engine) -> None:
    first, second = holding(database, "first"), holding(database, "second", lease_wait=30.0)
    leases.hold(first, ["7"], HOUR)
    threading.Timer(0.4, leases.let_go, (first,)).start()
    waiting.hold_all(second, ["6", "7"], HOUR)
    assert holders(database) == {"6": "second", "7": "second"}


def test_a22_after_the_wait_it_is_refused_with_holder_run_and_since(database: Engine) -> None:
    first = holding(database, "manual-1", mode="remaster", posted_by="ada")
    leases.hold(first, ["7"], HOUR)
    started = time.monotonic()
    with pytest.raises(CourseBusyError, match=r"course 7 of genesis is in use by remaster by ada, run manual-1, started 20"):
        waiting.hold_all(holding(database, "second", lease_wait=0.5), ["7"], HOUR)
    assert 0.5 <= time.monotonic() - started < 10


def test_a22_by_night_what_is_free_is_taken_at_once_and_the_rest_waited_for(database: Engine) -> None:
    first, second = holding(database, "first"), holding(database, "second", lease_wait=0.6)
    leases.hold(first, ["7", "8"], HOUR)
    threading.Timer(0.2, leases.let_go, (first, ["8"])).start()
    busy = waiting.hold_free(second, ["6", "7", "8"], HOUR)
    assert list(busy) == ["7"]
    assert "nightly by schedule, run first, started 20" in busy["7"]
    assert holders(database) == {"6": "second", "7": "first", "8": "second"}


def test_a22_without_a_wait_nobody_waits(database: Engine) -> None:
    leases.hold(holding(database, "first"), ["7"], HOUR)
    started = time.monotonic()
    assert list(waiting.hold_free(holding(database, "second"), ["7"], HOUR)) == ["7"]
    assert time.monotonic() - started < 2
