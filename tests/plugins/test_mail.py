"""Mails after a run with errors, through Airflow's SMTP notifier and a real mail server on loopback (F-7)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from include.district import load_district
from include.errors import ConfigError
from include.gradebook.schemas import COURSES, MESSAGES
from include.recipients import teachers
from include.sync import history, state
from include.sync.run import Run
from include.sync.run_key import RunKey
from include.sync.tally import tally
from plugins.gradesync_airflow.mail import notify
from tests.mailbox import Mailbox, mailbox

KEY = RunKey("grade_sync_genesis", "nightly", "scheduled__2026-11-13T05:00:00+00:00")
NAME = "{{ 7 * 7 }} <b>Algebra</b>"
HEAD, TEACHER = "head@district.example", "teacher@district.example"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server, named by Airflow's connection."""
    with mailbox() as kept:
        monkeypatch.setitem(os.environ, "AIRFLOW_CONN_SMTP_DEFAULT", kept.connection)
        yield kept


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A nightly run of two courses that has ended with errors: its history and its messages."""
    target = {"sis": "genesis", "connection": "genesis_default", "canvas_account": "1", "notify": [HEAD, "it@district.example"]}
    text = {"time_zone": "America/New_York", "canvas": {"connection": "canvas_default"}, "artifacts": "artifacts", "state": "sqlite:///state.db"}
    notices = {"pages": "https://airflow.district.example/", "teachers": "teachers.csv"}
    (tmp_path / "district.yaml").write_text(yaml.safe_dump({**text, "notices": notices, "targets": {"genesis": target}}), encoding="utf-8")
    (tmp_path / "teachers.csv").write_text(f"canvas_course_id,address\n7,{TEACHER}\n", encoding="utf-8")
    district = load_district(tmp_path / "district.yaml")
    state.upgrade(district.state)
    made = Run(district, "genesis", KEY.name, "nightly", "schedule", datetime(2026, 11, 13, 6, tzinfo=UTC), origin=KEY)
    history.start(state.engine(district.state), made, COURSES.of([{"canvas_course_id": c, "name": n} for c, n in (("7", NAME), ("8", "Art"))]))
    made.folder.write_frame("messages", messages())
    built = {name: frame.empty() for name, frame in _frames().items()} | {"messages": messages()}
    history.finish(state.engine(district.state), made, {"status": "Completed with errors", "artifacts": str(made.folder.root)}, tally(built))
    return made


def _frames() -> dict[str, Any]:
    from include.gradebook.schemas import ARTIFACTS

    return {frame.name: frame for frame in ARTIFACTS}


def messages() -> pd.DataFrame:
    """Two errors of a teacher in one course, one of an admin in the other, with names and scores that belong in no mail."""
    common = {
        "run_id": "r",
        "target": "genesis",
        "severity": "error",
        "stage": "filter",
        "next": "-",
        "student_name": "Doe, Jane",
        "canvas_user_id": "5",
    }
    score = {
        **common,
        "canvas_course_id": "7",
        "type": "GP-SCORE-NEGATIVE",
        "message": "The score is -4.25; it must be 0 or more.",
        "who": "teacher",
    }
    rows = [
        {**score, "assignment_name": "Quiz 1"},
        {**score, "assignment_name": "<i>Quiz 2</i>"},
        {**common, "canvas_course_id": "8", "type": "GP-STUDENT-ID", "message": "The SIS id of Doe, Jane does not fit.", "who": "admin"},
    ]
    return MESSAGES.of(rows)


SUMMARY: dict[str, Any] = {
    "status": "Completed with errors",
    "codes": {"error": {"GP-SCORE-NEGATIVE": 2, "GP-STUDENT-ID": 1}, "warning": {"GP-MERGED": 4}},
    "failures": [],
}
FINE: dict[str, Any] = {"status": "Completed", "codes": {"error": {}, "warning": {"GP-MERGED": 4}}, "failures": []}


def test_f7_the_digest_counts_by_reason_and_leads_to_the_page(run: Run, box: Mailbox) -> None:
    notify(run, SUMMARY, [], {})
    assert [to for to, _ in box.got] == [[HEAD, "it@district.example"], [TEACHER]]
    assert box.subject() == "Grade Sync to genesis: Completed with errors, 3 errors, 4 warnings"
    assert box.got[0][1]["From"] == "sync@district.example"
    told = box.text()
    page = "https://airflow.district.example/plugin/grade-sync/gradesync/runs/genesis/" + KEY.name
    assert f'href="{page}"' in told
    assert "Nov 13, 2026, 1:00 AM (America/New_York)" in told
    assert ">2</td><td>error</td><td>The score is …; it must be 0 or more. (GP-SCORE-NEGATIVE)</td><td>teacher<" in told
    assert "{{ 7 * 7 }} &lt;b&gt;Algebra&lt;/b&gt; (7)" in told


def test_f7_no_mail_names_a_student_or_a_score(run: Run, box: Mailbox) -> None:
    failures = [
        "2 × SIS-UNREADABLE: course 7: The SIS returned a response that Grade Sync cannot read: Jane Doe 4.25",
        "batch-003 (9 courses) did not get through: Canvas is down",
    ]
    notify(run, {**SUMMARY, "status": "Failed", "failures": failures}, [], {})
    for number in range(len(box.got)):
        assert not [word for word in ("Jane", "Doe", "4.25", "49") if word in box.text(number) + box.subject(number)]
    assert "batch-003 (9 courses) did not get through: Canvas is down" in box.text()


def test_f7_a_teacher_hears_of_their_own_course_alone(run: Run, box: Mailbox) -> None:
    notify(run, SUMMARY, [], {})
    told = box.text(1)
    assert box.subject(1) == f"Grade Sync: 2 items to fix in {NAME}"
    assert "Quiz 1; &lt;i&gt;Quiz 2&lt;/i&gt;" in told
    assert "GP-STUDENT-ID" not in told
    assert "/plugin/" not in told


@pytest.mark.parametrize(
    ("changed", "summary", "failed", "mails"),
    [
        ({}, FINE, [], 0),
        ({}, FINE, ["batch.extract"], 2),
        ({"preview": True}, SUMMARY, [], 0),
        ({"mode": "on_demand", "posted_by": "uma"}, SUMMARY, [], 0),
        ({"mode": "reconcile", "posted_by": "uma"}, SUMMARY, [], 0),
        ({"mode": "reconcile"}, SUMMARY, [], 2),
        ({"posted_by": "uma"}, SUMMARY, [], 2),
    ],
    ids=["all well", "a task failed", "preview", "by hand", "reconcile by hand", "reconcile on schedule", "night started by hand"],
)
def test_f7_mail_goes_only_when_somebody_must_act(
    run: Run, box: Mailbox, changed: dict[str, Any], summary: dict[str, Any], failed: list[str], mails: int
) -> None:
    made = replace(run, **changed)
    made.folder.write_frame("messages", messages())  # a run of another kind does not read those of the night
    notify(made, summary, failed, {})
    assert len(box.got) == mails


def test_f7_nobody_named_nobody_told(run: Run, box: Mailbox) -> None:
    district = run.district
    nobody = {name: replace(target, notify=()) for name, target in district.targets.items()}
    quiet = replace(district, targets=nobody, notices=district.notices.model_copy(update={"teachers": None}))
    notify(replace(run, district=quiet), SUMMARY, [], {})
    assert box.got == []


def test_f7_a_server_that_is_away_harms_nothing_and_is_named_in_the_log(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with mailbox() as gone:
        monkeypatch.setitem(os.environ, "AIRFLOW_CONN_SMTP_DEFAULT", gone.connection)
    with caplog.at_level(logging.INFO):
        notify(run, SUMMARY, [], {})
    assert [record.getMessage().split(":")[0] for record in caplog.records if "mail" in record.getMessage()] == [
        "no email could be sent over connection smtp_default"
    ]
    assert "refused" in caplog.text


def _own(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "plugins.gradesync_airflow.mail"]


def _with_teachers(run: Run, courses: int) -> Run:
    """As many courses, each with its teacher's address and something to mend: one mail each."""
    lines = [f"{100 + n},t{n}@district.example" for n in range(courses)]
    (run.district.path.parent / "teachers.csv").write_text("\n".join(["canvas_course_id,address", *lines]), encoding="utf-8")
    one = messages().iloc[:1]
    run.folder.write_frame("messages", pd.concat([one.assign(canvas_course_id=str(100 + n)) for n in range(courses)], ignore_index=True))
    return run


def test_f7_a_dead_mailbox_keeps_no_other_mail_back(run: Run, box: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    box.refuses |= {"t1@district.example", "t2@district.example"}
    with caplog.at_level(logging.INFO):
        notify(_with_teachers(run, 5), SUMMARY, [], {})
    assert [to[0] for to, _ in box.got] == [HEAD, "t0@district.example", "t3@district.example", "t4@district.example"]
    assert _own(caplog) == ["4 of 6 emails sent over connection smtp_default; not sent: 2 × SMTPRecipientsRefused, code 550"]


@pytest.mark.parametrize("text", ["canvas_course_id,address\n7,nobody\n", "course;mail\n", None], ids=["a wrong line", "a wrong header", "no file"])
def test_f7_the_digest_goes_whatever_the_file_of_teachers_holds(run: Run, box: Mailbox, caplog: pytest.LogCaptureFixture, text: str | None) -> None:
    file = run.district.path.parent / "teachers.csv"
    file.unlink() if text is None else file.write_text(text, encoding="utf-8")
    with caplog.at_level(logging.INFO):
        notify(run, SUMMARY, [], {})
    assert [to for to, _ in box.got] == [[HEAD, "it@district.example"]]
    first, second = _own(caplog)
    assert first.startswith("no teacher receives an email: ")
    assert "teachers.csv" in first
    assert second == "1 emails sent over connection smtp_default"


def test_f7_a_server_that_is_away_is_not_waited_for_by_every_mail(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[Any] = []

    def away(*_: Any) -> None:
        tried.append(1)
        raise TimeoutError("timed out")

    monkeypatch.setattr("plugins.gradesync_airflow.mail._send", away)
    with caplog.at_level(logging.INFO):
        notify(_with_teachers(run, 30), SUMMARY, [], {})
    assert len(tried) == 2
    assert _own(caplog) == [
        "no email could be sent over connection smtp_default: 2 × timed out; 29 × not tried because the mail server is unavailable"
    ]


@pytest.mark.parametrize("missing", [True, False], ids=["no connection", "nobody takes it"])
def test_f7_other_troubles_are_logged_without_addresses(
    run: Run, box: Mailbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, missing: bool
) -> None:
    box.refuses |= {HEAD, "it@district.example"}
    if missing:
        monkeypatch.delitem(os.environ, "AIRFLOW_CONN_SMTP_DEFAULT")
    with caplog.at_level(logging.INFO):
        notify(run, SUMMARY, [], {})
    own = _own(caplog)
    assert len(own) == 1
    assert ("SMTP connection is not found" if missing else "SMTPRecipientsRefused") in own[0]
    assert "district.example" not in own[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("course,mail\n", "the first line must be canvas_course_id,address"),
        ("canvas_course_id,address\n7\n", "line 2 must have two values"),
        ("canvas_course_id,address\n7,a@b.example\n8,nobody\n", "line 3: its second value is not an email address"),
        ('canvas_course_id,address\n7,"a@b.example\nBcc: c@d.example"\n', "line 2: its second value is not an email address"),
        (None, "cannot be read (FileNotFoundError)"),
    ],
)
def test_f7_a_wrong_file_of_teachers_is_told_by_line(tmp_path: Path, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "teachers.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        teachers(tmp_path / "teachers.csv")
    assert told in str(raised.value)


def test_f7_two_teachers_of_a_course_are_both_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("canvas_course_id,address\n7,a@b.example\n\n7,c@d.example\n7,a@b.example\n", encoding="utf-8-sig")
    assert teachers(tmp_path / "t.csv") == {"7": ("a@b.example", "c@d.example")}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"notify": ["head"]}, 'targets.genesis.notify.0: "head" is not an email address. Use one such as'),
        ({"notify": ["a@b.example\nBcc: c@d.example"]}, "is not an email address"),
        ({"notify": "head@district.example"}, "targets.genesis.notify"),
    ],
)
def test_f7_recipients_in_the_district_file_are_checked(run: Run, changed: dict[str, Any], told: str) -> None:
    raw = yaml.safe_load(run.district.path.read_text(encoding="utf-8"))
    raw["targets"]["genesis"] |= changed
    run.district.path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.raises(ConfigError, match="notify") as raised:
        load_district(run.district.path)
    assert told in str(raised.value)


def test_f7_the_pages_address_is_checked(run: Run) -> None:
    raw = yaml.safe_load(run.district.path.read_text(encoding="utf-8"))
    run.district.path.write_text(yaml.safe_dump({**raw, "notices": {"pages": "airflow"}}), encoding="utf-8")
    with pytest.raises(ConfigError, match=r'notices\.pages: "airflow" is not a URL'):
        load_district(run.district.path)
