"""Several workers write to the ledger at once, of sections of their own and of the same one: nobody fails, nothing is lost (both databases)."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from sqlalchemy import Engine

from include.sync import state
from include.sync.apply import apply
from include.sync.ledger import Ledger
from tests.sync.fake_sis import FakeSis, assignment, plan, score
from tests.sync.test_apply import STARTED

STUDENTS = [f"st{number}" for number in range(12)]


def night(url: str, section: str) -> int:
    """A batch of one section with six assignments; how much the SIS took."""
    names = [f"a{number}" for number in range(6)]
    planned = plan([assignment(section, name) for name in names], [score(section, name, student) for name in names for student in STUDENTS])
    applied = apply(planned, FakeSis(), Ledger(state.engine(url), "genesis"), f"run-{section}", lambda: STARTED)
    assert applied.stopped is None, applied.stopped
    return int((applied.receipts["outcome"] == "accepted").sum())


def test_many_threads_of_one_process(database: Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    with ThreadPoolExecutor(6) as pool:
        taken = list(pool.map(lambda number: night(url, f"s{number}"), range(6)))
    assert taken == [6 + 6 * len(STUDENTS)] * 6
    assert Ledger(database, "genesis").scores()["outcome"].value_counts().to_dict() == {"accepted": 6 * 6 * len(STUDENTS)}


def test_processes_on_the_same_rows_both_get_through(database: Engine) -> None:
    """Leases keep two runs apart; where somebody forced a lease away the database must still not end in a deadlock."""
    url = database.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        both = [pool.submit(night, url, "s1") for _ in range(2)]
        assert [one.result(120) for one in both] == [6 + 6 * len(STUDENTS)] * 2
    assert len(Ledger(database, "genesis").scores()) == 6 * len(STUDENTS)
