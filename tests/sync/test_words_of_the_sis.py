"""A SIS's own words may hold a name and a score: they end in the run's tables and folder, never in a log or a mail (F-12)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.errors import AccessError
from include.sandbox.generate import Size
from include.sync import history, stages, state
from include.sync.close import close
from include.sync.digest import Night, digest
from include.sync.report import report
from tests.town import Result, Town, town

WORDS = "result of Doe, Jane (4.25) is corrupt"
BODIES = {
    "genesis": {"imsx_codeMajor": "failure", "imsx_codeMinor": "invalid_data", "imsx_description": WORDS},
    "powerschool": {"message": WORDS},
}
READS = {"genesis": "lineItems", "powerschool": "section/assignment"}


@pytest.fixture(params=list(BODIES))
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Town, str]]:
    """One SIS before its first night."""
    with town(tmp_path, Size(courses=2, sections=1, students=5, assignments=5), targets=(request.param,)) as made:
        yield made, request.param


def public(night: Result, caplog: pytest.LogCaptureFixture) -> str:
    """All that a run tells in logs and mails."""
    courses = history.courses_of(state.engine(night.run.district.state), night.run.target, night.run.run_id)
    mail = digest(Night(night.run.target, "Nightly sync", "today", night.summary, courses), ("it@district.example",))
    return "\n".join([caplog.text, *report(night.summary), mail.subject, mail.html])


def refuse(place: Town, target: str, status: int, path: str) -> None:
    fault = {"kind": "refuse", "status": status, "times": -1, "body": BODIES[target], "match": {"method": "GET", "path": path}}
    place.admin(target, "faults", "POST", json=fault)


def test_f12_words_about_a_section_stand_in_the_messages_alone(place: tuple[Town, str], caplog: pytest.LogCaptureFixture) -> None:
    made, target = place
    refuse(made, target, 400, READS[target])
    with caplog.at_level(logging.DEBUG):
        night = made.night(target)
    told = public(night, caplog)
    assert night.summary["status"] == "Failed"
    assert "SIS-UNREADABLE" in told
    assert not [word for word in ("Doe", "Jane", "4.25") if word in told]
    messages = night.table("messages")
    unread = messages[messages["type"] == "SIS-UNREADABLE"]["message"]
    assert len(unread)
    assert unread.str.contains(WORDS, regex=False).all()
    code = "HTTP 400 (invalid_data)" if target == "genesis" else "HTTP 400 (SIS-VALIDATION)"
    assert any(code in line for line in night.summary["failures"])


def test_f12_words_that_end_a_batch_stand_in_its_folder_alone(place: tuple[Town, str], caplog: pytest.LogCaptureFixture) -> None:
    made, target = place
    run = made.run(target)
    refuse(made, target, 403, "")
    (batch,) = stages.choose(run, made.canvas())
    stages.extract(run, batch, made.canvas())
    stages.filter_rows(run, batch)
    with caplog.at_level(logging.DEBUG), pytest.raises(AccessError) as raised:
        stages.transform(run, batch, made.client(target))
    night = Result(run, close(run))
    told = public(night, caplog) + str(raised.value)
    assert "HTTP 403" in told
    assert not [word for word in ("Doe", "Jane", "4.25") if word in told]
    assert WORDS in str(run.batch_folder(batch).read_json("failed"))
