"""A target of which Canvas suddenly shows no course at all: nothing is concluded from that (F-8)."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from include.errors import SourceError
from include.sandbox import serving
from include.sandbox.canvas import canvas_app
from include.sandbox.generate import ACCOUNTS, Size, generate
from include.sandbox.journal import Journal
from include.sync import directory, stages, state
from include.sync.close import close
from include.sync.refresh import refresh_courses
from tests.town import town

TARGET, SIZE = "genesis", Size(3, 1, 5, 4)


def test_f8_f5_an_account_without_any_course_ends_red_and_the_pages_keep_theirs(tmp_path: Path) -> None:
    with ExitStack() as closing, town(tmp_path, SIZE, (TARGET,)) as place:
        stages.choose(place.run(TARGET), place.canvas())
        engine = state.engine(place.run(TARGET).district.state)
        before = directory.seen(engine, [TARGET])
        elsewhere = canvas_app(generate(size=SIZE, targets=("synergy",)), Journal(None))
        place.urls["canvas"] = closing.enter_context(serving.run_in_thread(elsewhere)).url
        run = place.run(TARGET)
        with pytest.raises(SourceError, match=f"no courses in account {ACCOUNTS[TARGET]} of target {TARGET}"):
            stages.choose(run, place.canvas())
        summary = close(run)
        assert summary["status"] == "Failed"
        assert "canvas_account" in str(summary["failures"])
        with pytest.raises(SourceError):
            refresh_courses(engine, run.config, place.canvas(), run.now)
        assert directory.seen(engine, [TARGET]) == before
