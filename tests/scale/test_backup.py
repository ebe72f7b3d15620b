"""The commands of docs/operating.md, Back-up and restore, run as they stand there, but for the container in which they run."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from include.district import ROOT, load_district
from include.sandbox.generate import Size
from include.sync import state
from tests.servers import fresh_database, postgres_programs
from tests.town import Town, town

TARGETS = ("genesis", "powerschool")
_COMMAND = re.compile(r"^docker compose exec -T postgres (?P<words>.*\bgradesync\b.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Kept:
    """A district whose state is in PostgreSQL, and the commands that save it and bring it back."""

    town: Town
    server: str
    name: str
    folder: Path

    def back_up(self) -> None:
        self._run("pg_dump")

    def restore(self) -> None:
        state.engine(load_district(self.town.file).state).dispose()
        self._run("dropdb", "createdb", "pg_restore")
        state.upgrade(load_district(self.town.file).state)

    def _run(self, *names: str) -> None:
        text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
        found = {words.split()[0]: words for words in _COMMAND.findall(text[text.index("## Back-up and restore") :])}
        parts, bin_ = urlsplit(self.server), postgres_programs()
        env = os.environ | {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(parts.port),
            "PGPASSWORD": str(parts.password),
            "PATH": f"{bin_}:{os.environ['PATH']}",
        }
        for name in names:
            words = re.sub(r"\bgradesync\b(?!\.)", self.name, found[name]).replace("--username airflow", f"--username {parts.username}")
            subprocess.run(["bash", "-euo", "pipefail", "-c", words], check=True, cwd=self.folder, env=env)


@dataclass(frozen=True)
class Story:
    """Saved while empty; a night; the empty one restored, another night; saved, lost, restored; a last night."""

    first: dict[str, Any]
    relearned: dict[str, Any]
    last_sent: dict[str, int]
    last_writes: dict[str, list[Any]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("backup")
    with fresh_database(postgres_server) as url, town(folder, Size(2, 1, 6, 4), TARGETS) as made:
        told = yaml.safe_load(made.file.read_text(encoding="utf-8")) | {"state": url}
        made.file.write_text(yaml.safe_dump(told), encoding="utf-8")
        state.upgrade(url)
        kept = Kept(made, postgres_server, url.rpartition("/")[2], folder)
        kept.back_up()
        first = {target: _held_after_a_night(made, target) for target in TARGETS}
        kept.restore()
        relearned = {target: _held_after_a_night(made, target) for target in TARGETS}
        kept.back_up()
        with psycopg.connect(f"{kept.server}/{kept.name}", autocommit=True) as connection:
            connection.execute("DROP TABLE ledger_scores, ledger_assignments CASCADE")
        kept.restore()
        made.forget_log()
        yield Story(first, relearned, {target: made.night(target).sent for target in TARGETS}, {target: made.writes(target) for target in TARGETS})
        state.engine(url).dispose()


def _held_after_a_night(made: Town, target: str) -> Any:
    night = made.night(target)
    assert night.summary["status"] != "Failed"
    assert night.sent > 10
    return made.holds(target)


@pytest.mark.parametrize("target", TARGETS)
def test_f10_after_an_old_back_up_nothing_is_made_twice(story: Story, target: str) -> None:
    assert story.relearned[target] == story.first[target]


@pytest.mark.parametrize("target", TARGETS)
def test_r16_after_the_newest_back_up_there_is_nothing_to_send(story: Story, target: str) -> None:
    assert story.last_sent[target] == 0
    assert story.last_writes[target] == []
