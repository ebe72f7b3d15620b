"""A course belongs to one run at a time, over threads, processes and hosts (A-22)."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import timedelta
from multiprocessing import get_context

import pytest
from sqlalchemy import Engine, select

from include.sync import leases, state
from include.sync.leases import CourseBusyError, Holder, LeaseLostError, OtherTryError, acquire
from include.sync.tables import LEASES

ADA = Holder("nightly by schedule", "run-ada")
BOB = Holder("remaster by bob", "run-bob")
MOMENT = timedelta(seconds=0.2)


def held(database: Engine) -> dict[str, str]:
    with database.connect() as connection:
        return {f"{row.target}/{row.canvas_course_id}": row.run_id for row in connection.execute(select(LEASES))}


def test_a22_the_second_is_refused_and_told_who_holds_the_course(database: Engine) -> None:
    acquire(database, "genesis", ["7", "8"], ADA)
    with pytest.raises(CourseBusyError) as caught:
        acquire(database, "genesis", ["8", "9"], BOB)
    told = str(caught.value)
    assert told.startswith("course 8 of genesis is in use by nightly by schedule, run run-ada, started 20")
    assert "; its reservation ends by 20" in told
    assert told.endswith("Wait until it ends, or remove the course from this run")


def test_a22_all_courses_or_none(database: Engine) -> None:
    acquire(database, "genesis", ["8"], ADA)
    with pytest.raises(CourseBusyError):
        acquire(database, "genesis", ["7", "8", "9"], BOB)
    assert held(database) == {"genesis/8": "run-ada"}


def test_many_busy_courses_are_counted_not_listed(database: Engine) -> None:
    acquire(database, "genesis", map(str, range(1500)), ADA)
    told = r"course 0 \(and 1499 more courses\) of genesis is in use by nightly by schedule, run run-ada, started"
    with pytest.raises(CourseBusyError, match=told):
        acquire(database, "genesis", map(str, range(1501)), BOB)
    assert set(held(database).values()) == {"run-ada"}


def test_other_courses_and_other_targets_are_free(database: Engine) -> None:
    acquire(database, "genesis", ["7"], ADA)
    acquire(database, "genesis", ["8"], BOB)
    acquire(database, "synergy", ["7"], BOB)
    assert held(database) == {"genesis/7": "run-ada", "genesis/8": "run-bob", "synergy/7": "run-bob"}


def test_released_courses_are_free_again(database: Engine) -> None:
    lease = acquire(database, "genesis", ["7"], ADA)
    lease.release()
    lease.release()
    acquire(database, "genesis", ["7"], BOB)
    lease.release()
    assert held(database) == {"genesis/7": "run-bob"}


def test_a_killed_run_blocks_its_courses_only_until_its_lease_runs_out(database: Engine) -> None:
    acquire(database, "genesis", ["7"], ADA, MOMENT)
    with pytest.raises(CourseBusyError):
        acquire(database, "genesis", ["7"], BOB)
    time.sleep(0.3)
    acquire(database, "genesis", ["7"], BOB)
    assert held(database) == {"genesis/7": "run-bob"}


def test_a_beat_keeps_a_lease_alive(database: Engine) -> None:
    lease = acquire(database, "genesis", ["7"], ADA, MOMENT)
    renewed = lease.renew(timedelta(hours=1))
    assert renewed.until - lease.until > timedelta(minutes=59)
    time.sleep(0.3)
    with pytest.raises(CourseBusyError):
        acquire(database, "genesis", ["7"], BOB)


def test_a_lost_lease_is_told_and_not_taken_back(database: Engine) -> None:
    lease = acquire(database, "genesis", ["7", "8"], ADA, timedelta(0))
    acquire(database, "genesis", ["8"], BOB)
    with pytest.raises(LeaseLostError, match=r"run run-ada of genesis holds 1 of its 2 courses"):
        lease.renew()
    assert held(database) == {"genesis/7": "run-ada", "genesis/8": "run-bob"}


def test_a_second_try_of_the_same_run_takes_its_own_lease_over(database: Engine) -> None:
    acquire(database, "genesis", ["7"], ADA)
    again = acquire(database, "genesis", ["7", "8"], Holder("another worker", "run-ada"))
    again.renew()
    assert held(database) == {"genesis/7": "run-ada", "genesis/8": "run-ada"}


def test_a22_of_two_tries_of_one_run_only_the_later_has_the_courses(database: Engine) -> None:
    lease = acquire(database, "genesis", ["7", "8"], ADA)
    first = lease.taken_over().renew()
    assert first.lost() is None
    second = lease.taken_over()
    with pytest.raises(OtherTryError, match="a later try of run run-ada of genesis has taken over its courses"):
        first.renew()
    assert isinstance(first.lost(), OtherTryError)
    acquire(database, "genesis", ["7", "8"], ADA)
    assert second.renew().lost() is None, "planning anew, it takes the courses once more"


def test_a22_a_try_whose_courses_went_to_another_run_and_back_has_lost_them(database: Engine) -> None:
    first = acquire(database, "genesis", ["7"], ADA).taken_over(timedelta(0))
    acquire(database, "genesis", ["7"], BOB).release()
    acquire(database, "genesis", ["7"], ADA)
    assert isinstance(first.lost(), LeaseLostError)


def test_a22_the_guard_lets_nothing_be_written_for_a_course_that_is_lost(database: Engine) -> None:
    lease = acquire(database, "genesis", ["7", "8"], ADA).taken_over(timedelta(0))
    with state.writing(database) as connection:
        lease.guard(connection)
    acquire(database, "genesis", ["8"], BOB)
    with pytest.raises(LeaseLostError, match="holds 1 of its 2 courses"), state.writing(database) as connection:
        lease.guard(connection)


def test_a22_a_guarded_transaction_ends_before_another_run_gets_the_course(database: Engine) -> None:
    lease = acquire(database, "genesis", ["7"], ADA).taken_over(timedelta(0))
    with ThreadPoolExecutor(1) as pool:
        with state.writing(database) as connection:
            lease.guard(connection)
            other = pool.submit(acquire, database, "genesis", ["7"], BOB)
            time.sleep(0.3)
            assert not other.done()
        assert other.result(30).holder == BOB


def test_no_courses_is_a_lease_on_nothing(database: Engine) -> None:
    acquire(database, "genesis", [], ADA).renew().release()
    assert held(database) == {}


def test_a_run_lets_go_of_all_that_it_holds(database: Engine) -> None:
    class Run:
        target, run_id, mode, posted_by, origin = "genesis", "run-ada", "nightly", "schedule", None

        class district:  # noqa: N801  # stands for an attribute
            state = database.url.render_as_string(hide_password=False)

    leases.hold(Run, ["7", "8", "9"])
    acquire(database, "genesis", ["10"], BOB)
    leases.let_go(Run, ["8"])
    assert set(held(database)) == {"genesis/7", "genesis/9", "genesis/10"}
    leases.let_go(Run)
    assert held(database) == {"genesis/10": "run-bob"}


def test_a22_many_at_once_never_share_a_course(database: Engine) -> None:
    courses = [str(number) for number in range(6)]

    def attempt(number: int) -> tuple[int, list[str]]:
        wanted = [courses[number % 6], courses[(number + 1) % 6], courses[(number + 3) % 6]][:: 1 if number % 2 else -1]
        try:
            acquire(database, "genesis", wanted, Holder("racer", f"run-{number}"))
        except CourseBusyError:
            return number, []
        return number, wanted

    with ThreadPoolExecutor(8) as pool:
        results = [pair for pair in pool.map(attempt, range(24)) if pair[1]]
    taken = [course for _, wanted in results for course in wanted]
    assert results
    assert len(taken) == len(set(taken))
    assert held(database) == {f"genesis/{course}": f"run-{number}" for number, wanted in results for course in wanted}


def attempt_elsewhere(url: str, run_id: str) -> str:
    try:
        acquire(state.engine(url), "genesis", ["7"], Holder("racer", run_id))
    except CourseBusyError:
        return "busy"
    return "got it"


def test_a22_two_processes_do_not_both_get_it(database: Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        both = [pool.submit(attempt_elsewhere, url, f"run-{number}") for number in range(2)]
        assert sorted(process.result(60) for process in both) == ["busy", "got it"]
