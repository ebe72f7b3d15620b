"""One course read from Canvas at this moment, and filtered as a sync would filter it: for pages and commands that answer a person at once.

Nothing is written: what is read lies in a folder that goes away with the answer.
"""

from __future__ import annotations

from tempfile import TemporaryDirectory

import pandas as pd

from include.canvas.client import CanvasClient
from include.canvas.courses import list_courses
from include.canvas.extract import extract
from include.errors import ConfigError
from include.gradebook.courses import keep_courses
from include.gradebook.filtering import CanvasRead, Filtered, filter_rows
from include.gradebook.reasons import reason
from include.run_folder import RunFolder
from include.sync.run import Run


def read_course(run: Run, canvas: CanvasClient, course: str) -> tuple[CanvasRead, Filtered]:
    """The course of this Canvas or SIS id below the run's target; ConfigError says why there is none, or why it is not synced."""
    listed = list_courses(canvas, run.config.canvas_account, chosen=(course,))
    if listed.empty:
        account = run.config.canvas_account
        raise ConfigError(
            f'course "{course}" is not in Canvas account {account} (target {run.target}). Use the Canvas ID or SIS ID of a course in that account'
        )
    if len(listed) > 1:
        raise ConfigError(f'course "{course}" is the Canvas ID of one course and the SIS ID of another. Use an ID that matches only one')
    kept = keep_courses(listed, run.selection())
    if kept.kept.empty:
        code = str(kept.withheld["reason_code"].iloc[0])
        raise ConfigError(f"course {course} is not synced: {explained(code, kept.withheld.iloc[0])}")
    with TemporaryDirectory() as place:
        found = extract(canvas, kept.kept, RunFolder.at(place), run.rules.send_comments)
    lost = found.problems[found.problems["kind"] == "course"]
    if len(lost):
        raise ConfigError(f"course {course} could not be read: {explained(str(lost['reason_code'].iloc[0]), lost.iloc[0])}")
    frames = CanvasRead(**{name: getattr(found, name) for name in CanvasRead.__dataclass_fields__})
    return frames, filter_rows(frames, run.policy())


def explained(code: str, row: pd.Series) -> str:
    """A reason's sentence, with who can mend it and what happens next."""
    entry = reason(code)
    value, limit = (row[name] if name in row and isinstance(row[name], str) else "…" for name in ("value", "limit"))
    who = f" ({entry.who})" if entry.who != "nobody" else ""
    return f"{entry.told(value, limit)} {entry.next}{who}"
