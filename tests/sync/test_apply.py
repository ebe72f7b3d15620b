"""Load: what reaches the SIS, what the ledger says at each moment, and what a person is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pandas as pd
import pytest
from sqlalchemy import Engine

from include.errors import AccessError, DataError
from include.gradebook.schemas import RECEIPTS
from include.sync.apply import Applied, apply
from include.sync.ledger import Ledger
from tests.sync.fake_sis import FakePlan, FakeSis, assignment, plan, score

STARTED = datetime(2026, 9, 20, 1, 15, tzinfo=UTC)


@pytest.fixture
def ledger(sqlite_database: Engine) -> Ledger:
    return Ledger(sqlite_database, "genesis")


def send(planned: FakePlan, sis: FakeSis, ledger: Ledger, run_id: str = "run-1") -> Applied:
    ticks = count()
    return apply(planned, sis, ledger, run_id, lambda: STARTED + timedelta(seconds=next(ticks)))


def outcomes(frame: pd.DataFrame) -> dict[str, str]:
    """`section/assignment[/student]` to outcome (or code, where there is one)."""
    names = [name for name in ("sis_section_id", "canvas_assignment_id", "sis_student_id") if name in frame]
    keys = ["/".join(str(part) for part in row if not pd.isna(part)) for row in frame[names].itertuples(index=False)]
    return dict(zip(keys, frame["reason_code"].fillna(frame["outcome"]), strict=True))


def test_everything_accepted_stands_in_the_sis_and_in_the_ledger(ledger: Ledger) -> None:
    sis = FakeSis()
    applied = send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1"), score("s1", "a1", "st2", score=0.0)]), sis, ledger)
    assert applied.stopped is None
    assert RECEIPTS.check(applied.receipts) is applied.receipts
    assert outcomes(applied.receipts) == {"s1/a1": "accepted", "s1/a1/st1": "accepted", "s1/a1/st2": "accepted"}
    assert sis.scores == {("sis-s1/a1", "st1"): 7.5, ("sis-s1/a1", "st2"): 0.0}
    assert ledger.assignments()[["sis_assignment_id", "fingerprint", "outcome", "our_id"]].values.tolist() == [
        ["sis-s1/a1", "print-a1", "accepted", "gs-s1-a1"]
    ]
    assert set(ledger.scores()["sis_score_id"]) == {"score-s1/a1/st1", "score-s1/a1/st2"}


def test_a_write_carries_the_plan_row_in_the_trades_own_types(ledger: Ledger) -> None:
    sis = FakeSis()
    row = assignment("s1", "a1", description="<p>x</p>", due_at=pd.Timestamp("2026-09-19T03:59Z"), assign_date="2026-09-01", category_id="c1")
    send(plan([row, assignment("s1", "a2", due_date=None)]), sis, ledger)
    full, bare = sis.items["sis-s1/a1"], sis.items["sis-s1/a2"]
    assert (full.description, full.due_date, full.assign_date, full.category_id) == ("<p>x</p>", date(2026, 9, 18), date(2026, 9, 1), "c1")
    assert full.due_at == datetime(2026, 9, 19, 3, 59, tzinfo=UTC)
    assert type(full.due_at) is datetime
    assert (bare.description, bare.due_date, bare.due_at, bare.assign_date, bare.category_id) == ("", None, None, None, "")


def test_r4_a_score_without_a_number_goes_as_none_with_its_flag(ledger: Ledger) -> None:
    sis = FakeSis()
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1", score=None, exempt=True)]), sis, ledger)
    assert sis.scores == {("sis-s1/a1", "st1"): None}


def test_r16_what_needs_nothing_is_not_sent(ledger: Ledger) -> None:
    sis = FakeSis()
    applied = send(plan([assignment("s1", "a1", "none")], [score("s1", "a1", "st1", "none")]), sis, ledger)
    assert (sis.calls, len(applied.receipts), len(ledger.assignments())) == ([], 0, 0)


def test_sections_go_in_order_each_with_its_assignments_first(ledger: Ledger) -> None:
    sis = FakeSis()
    rows = [assignment("s2", "a1"), assignment("s1", "a2"), assignment("s1", "a1")]
    send(plan(rows, [score("s2", "a1", "st1"), score("s1", "a2", "st1"), score("s1", "a1", "st1")]), sis, ledger)
    assert sis.calls == [
        ("put_assignments", ["s1/a1", "s1/a2"]),
        ("put_scores", ["s1/a1/st1", "s1/a2/st1"]),
        ("put_assignments", ["s2/a1"]),
        ("put_scores", ["s2/a1/st1"]),
    ]


def test_invariant3_rows_are_written_down_before_the_request(ledger: Ledger) -> None:
    seen = []
    sis = FakeSis(watch=lambda call: seen.append((call, [*ledger.assignments()["outcome"]], [*ledger.scores()["outcome"]])))
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), sis, ledger)
    assert seen == [("put_assignments", ["unknown"], []), ("put_scores", ["accepted"], ["unknown"])]


def test_invariant5_a_refused_assignment_stops_its_scores_and_nothing_else(ledger: Ledger) -> None:
    sis = FakeSis(moods={"s1/a1": "refuse"})
    rows = [assignment("s1", "a1"), assignment("s1", "a2")]
    applied = send(plan(rows, [score("s1", "a1", "st1"), score("s1", "a2", "st1")]), sis, ledger)
    assert outcomes(applied.receipts) == {
        "s1/a1": "SIS-VALIDATION", "s1/a2": "accepted", "s1/a1/st1": "GP-ASSIGNMENT-FAILED", "s1/a2/st1": "accepted",
    }  # fmt: skip
    assert list(ledger.scores()["canvas_assignment_id"]) == ["a2"]
    told = applied.receipts.iloc[0]
    assert (told["message"], told["sis_error_code"], told["outcome"]) == ("too odd", "422", "refused")


def test_scores_go_to_an_assignment_that_was_accepted_before(ledger: Ledger) -> None:
    sis = FakeSis()
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), sis, ledger)
    send(plan([assignment("s1", "a1", "none")], [score("s1", "a1", "st2")]), sis, ledger)
    assert sis.calls[-1] == ("put_scores", ["s1/a1/st2"])
    assert ("sis-s1/a1", "st2") in sis.scores


@pytest.mark.parametrize("mood", ["refuse", "silent"])
def test_no_score_goes_to_an_assignment_whose_last_attempt_failed(ledger: Ledger, mood: str) -> None:
    sis = FakeSis()
    send(plan([assignment("s1", "a1")]), sis, ledger)
    sis.moods = {"s1/a1": mood}
    again = plan([assignment("s1", "a1", "update", sis_assignment_id="sis-s1/a1")], [score("s1", "a1", "st1")])
    assert outcomes(send(again, sis, ledger).receipts)["s1/a1/st1"] == "GP-ASSIGNMENT-FAILED"
    assert sis.scores == {}


def test_update_and_adopt_carry_the_id_that_stands_in_the_sis(ledger: Ledger) -> None:
    sis = FakeSis()
    rows = [assignment("s1", "a1", "update", sis_assignment_id="x1"), assignment("s1", "a2", "adopt", sis_assignment_id="x2")]
    send(plan(rows, [score("s1", "a2", "st1")]), sis, ledger)
    assert set(sis.items) == {"x1", "x2"}
    assert set(ledger.assignments()["sis_assignment_id"]) == {"x1", "x2"}
    assert sis.scores == {("x2", "st1"): 7.5}


def test_a_row_without_an_answer_is_unknown(ledger: Ledger) -> None:
    applied = send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), FakeSis(moods={"s1/a1/st1": "silent"}), ledger)
    assert outcomes(applied.receipts) == {"s1/a1": "accepted", "s1/a1/st1": "SIS-NO-ANSWER"}
    assert list(ledger.scores()["outcome"]) == ["unknown"]
    assert applied.stopped is None


def test_a_new_assignment_without_an_id_is_unknown_and_looked_up_next_time(ledger: Ledger) -> None:
    applied = send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), FakeSis(moods={"s1/a1": "no_id"}), ledger)
    assert outcomes(applied.receipts) == {"s1/a1": "SIS-UNREADABLE", "s1/a1/st1": "GP-ASSIGNMENT-FAILED"}
    assert list(ledger.assignments()["outcome"]) == ["unknown"]


def test_a_dead_connection_stops_the_plan_and_says_so_for_each_row(ledger: Ledger) -> None:
    sis = FakeSis(moods={"s2/a2": "raise"})
    rows = [assignment(section, canvas_id) for section in ("s1", "s2", "s3") for canvas_id in ("a1", "a2", "a3")]
    applied = send(plan(rows, [score("s1", "a1", "st1"), score("s2", "a1", "st1"), score("s3", "a1", "st1")]), sis, ledger)
    assert isinstance(applied.stopped, AccessError)
    told = outcomes(applied.receipts)
    assert {key: told[key] for key in ("s1/a1", "s2/a1", "s2/a2", "s2/a3", "s3/a1", "s1/a1/st1", "s2/a1/st1", "s3/a1/st1")} == {
        "s1/a1": "accepted",
        "s2/a1": "accepted",
        "s2/a2": "SIS-NO-ANSWER",
        "s2/a3": "SIS-NO-ANSWER",
        "s3/a1": "SIS-NOT-TRIED",
        "s1/a1/st1": "accepted",
        "s2/a1/st1": "SIS-NOT-TRIED",
        "s3/a1/st1": "SIS-NOT-TRIED",
    }
    assert len(applied.receipts) == len(rows) + 3
    assert set(ledger.assignments(["s3"])["outcome"]) == set()
    assert ledger.assignments(["s2"]).set_index("canvas_assignment_id")["outcome"].to_dict() == {"a1": "accepted", "a2": "unknown", "a3": "unknown"}


@pytest.mark.parametrize(("mood", "told"), [("twice", "a second time"), ("stranger", "though it was not given")])
def test_a_client_that_answers_wrongly_is_not_believed(ledger: Ledger, mood: str, told: str) -> None:
    applied = send(plan([assignment("s1", "a1"), assignment("s1", "a2")]), FakeSis(moods={"s1/a1": mood}), ledger)
    assert isinstance(applied.stopped, DataError)
    assert told in str(applied.stopped)
    assert outcomes(applied.receipts)["s1/a2"] == "SIS-NO-ANSWER"


def test_a9_a_clear_empties_the_score_and_the_next_plan_has_nothing_to_clear(ledger: Ledger) -> None:
    sis = FakeSis()
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1"), score("s1", "a1", "st2")]), sis, ledger)
    clear = score("s1", "a1", "st1", "clear", score=None, fingerprint="cleared")
    applied = send(plan([assignment("s1", "a1", "none")], [clear]), sis, ledger)
    assert outcomes(applied.receipts) == {"s1/a1/st1": "accepted"}
    assert set(sis.scores) == {("sis-s1/a1", "st2")}
    rows = ledger.scores().set_index("sis_student_id")
    assert rows["fingerprint"].isna().to_dict() == {"st1": True, "st2": False}


def test_a9_a_refused_clear_leaves_what_was_accepted(ledger: Ledger) -> None:
    sis = FakeSis(moods={"s1/a1/st1": "accept"})
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), sis, ledger)
    sis.moods = {"s1/a1/st1": "refuse"}
    send(plan([assignment("s1", "a1", "none")], [score("s1", "a1", "st1", "clear", score=None, fingerprint="cleared")]), sis, ledger)
    assert ledger.scores()[["fingerprint", "outcome"]].values.tolist() == [["7.5", "refused"]]


def test_a10_a_deleted_assignment_is_gone_with_its_scores_and_begins_anew(ledger: Ledger) -> None:
    sis = FakeSis()
    send(plan([assignment("s1", "a1"), assignment("s1", "a2")], [score("s1", "a1", "st1"), score("s1", "a2", "st1")]), sis, ledger)
    send(plan([assignment("s1", "a1", "delete", sis_assignment_id="sis-s1/a1", fingerprint="deleted")]), sis, ledger)
    assert set(sis.items) == {"sis-s1/a2"}
    rows = ledger.assignments().set_index("canvas_assignment_id")
    assert rows.loc["a1", ["sis_assignment_id", "fingerprint"]].isna().all()
    assert rows["generation"].to_dict() == {"a1": 1, "a2": 0}
    assert ledger.scores().set_index("canvas_assignment_id")["fingerprint"].isna().to_dict() == {"a1": True, "a2": False}


def test_deletes_come_after_puts_and_clears(ledger: Ledger) -> None:
    sis = FakeSis()
    send(plan([assignment("s1", "a1"), assignment("s1", "a2")], [score("s1", "a1", "st1")]), sis, ledger)
    sis.calls.clear()
    rows = [assignment("s1", "a1", "delete", sis_assignment_id="sis-s1/a1"), assignment("s1", "a3")]
    send(plan(rows, [score("s1", "a1", "st1", "clear"), score("s1", "a3", "st1")]), sis, ledger)
    assert [call for call, _ in sis.calls] == ["put_assignments", "put_scores", "clear_scores", "delete_assignment"]


def test_f4_an_assignment_made_anew_forgets_the_scores_of_the_old_one(ledger: Ledger) -> None:
    """Killed between the new assignment and its scores, the next plan must still see that the scores are to be sent."""
    sis = FakeSis()
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), sis, ledger)
    sis.items.clear()
    sis.moods = {"s1/a1/st1": "raise"}
    send(plan([assignment("s1", "a1")], [score("s1", "a1", "st1")]), sis, ledger)
    assert list(ledger.assignments()["outcome"]) == ["accepted"]
    assert ledger.scores()["fingerprint"].isna().all()


def test_receipts_carry_the_moment_of_their_answer(ledger: Ledger) -> None:
    applied = send(plan([assignment("s1", "a1"), assignment("s1", "a2")]), FakeSis(), ledger)
    assert [moment.second for moment in applied.receipts["finished_at"]] == [0, 1]
    assert ledger.last_sent("s1", "a2")["finished_at"] == STARTED + timedelta(seconds=1)


def test_an_action_that_does_not_exist_is_refused_before_any_request(ledger: Ledger) -> None:
    sis = FakeSis()
    with pytest.raises(DataError, match=r"plan_assignments: action 'erase' is not known. Use adopt, create, delete, none, update"):
        send(plan([assignment("s1", "a1", "erase")]), sis, ledger)
    assert sis.calls == []


def test_an_empty_plan_is_an_empty_set_of_receipts(ledger: Ledger) -> None:
    applied = send(plan([]), FakeSis(), ledger)
    assert (len(applied.receipts), applied.stopped, list(applied.receipts)) == (0, None, list(RECEIPTS.columns))


def test_what_breaks_in_the_ledger_stops_the_sending_before_the_request(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    sis = FakeSis()
    broken = Ledger(ledger.engine, "genesis")
    monkeypatch.setattr(broken, "intend_assignments", lambda rows, run_id: (_ for _ in ()).throw(OSError("disk full")))
    applied = send(plan([assignment("s1", "a1")]), sis, broken)
    assert (sis.calls, outcomes(applied.receipts), str(applied.stopped)) == ([], {"s1/a1": "GP-NOT-TRIED"}, "disk full")


def test_both_databases_end_alike(database: Engine) -> None:
    ledger = Ledger(database, "synergy")
    sis = FakeSis(moods={"s1/a2": "refuse", "s1/a1/st2": "silent"})
    rows = [assignment("s1", "a1"), assignment("s1", "a2")]
    send(plan(rows, [score("s1", "a1", "st1"), score("s1", "a1", "st2"), score("s1", "a2", "st1")]), sis, ledger)
    assert ledger.assignments().set_index("canvas_assignment_id")["outcome"].to_dict() == {"a1": "accepted", "a2": "refused"}
    assert ledger.scores().set_index("sis_student_id")["outcome"].to_dict() == {"st1": "accepted", "st2": "unknown"}


def test_invariant4_scores_are_written_down_for_whole_assignments_and_never_for_much_more_than_five_hundred(ledger: Ledger) -> None:
    sis = FakeSis()
    names = ["a1", "a2", "a3", "a4"]
    scores = [score("s1", name, f"st{number:03d}") for name in names for number in range(200 if name != "a4" else 600)]
    send(plan([assignment("s1", name) for name in names], scores), sis, ledger)
    sent = [keys for call, keys in sis.calls if call == "put_scores"]
    assert [len(keys) for keys in sent] == [400, 200, 600]
    assert [sorted({key.split("/")[1] for key in keys}) for keys in sent] == [["a1", "a2"], ["a3"], ["a4"]]
    assert set(ledger.scores()["outcome"]) == {"accepted"}
