"""A remaster's plan, put before a person: everything of the chosen courses would be sent again (A-20, D-9).

The plan is made with the courses' leases held, so nothing else touches them until the run has ended, whatever the answer is (A-22).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from include.gradebook.schemas import ARTIFACTS, RECEIPTS
from include.sync import history, state
from include.sync.artifacts import Told, tables
from include.sync.handover import load_canvas, load_resolved
from include.sync.parts import parts, tables_of
from include.sync.preview import COLUMNS, Preview, lines
from include.sync.preview_pages import show
from include.sync.request import APPROVAL
from include.sync.run import Run
from include.sync.run_identity import own_folder
from include.sync.table_files import join_tables, write_tables

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proposal:
    """The question, in Markdown and without a person's name; `batches` are those with a plan, `writes` how much they would write."""

    subject: str
    body: str
    writes: int
    batches: list[str]


def propose(run: Run) -> dict[str, Any]:
    """Publish the plan of all batches as the run's artifacts so far, and make the question to the person who approves it."""
    own_folder(run)
    history.reach(state.engine(run.district.state), run, "propose")
    ready = [batch for batch in run.batches() if not run.batch_folder(batch).exists("failed")]
    for batch in ready:
        _publish_plan(run, batch)
    told = parts(replace(run, preview=True))
    join_tables(run.folder, [frame.name for frame in ARTIFACTS], told)
    preview = show(run, map(tables_of, told))
    for line in lines(preview):
        log.info("%s", line)
    lost = len(run.batches()) - len(ready)
    return asdict(Proposal(_subject(preview), "\n".join(_body(run, preview, lost)), sum(preview.writes.values()), ready))


def _publish_plan(run: Run, batch: str) -> None:
    folder = run.batch_folder(batch)
    canvas, resolved = load_canvas(folder), load_resolved(folder, "valid")
    told = Told(run.shown_id, run.target, canvas, resolved, RECEIPTS.empty(), run.config.identity.student_id, preview=True)
    write_tables(folder.child("proposed"), tables(told))


def _subject(preview: Preview) -> str:
    writes = preview.writes
    return f"Remaster to {preview.asked.target}: send {writes['assignments']:,} assignments and {writes['scores']:,} scores again?"


def _body(run: Run, preview: Preview, lost: int) -> Iterator[str]:
    courses = sorted(set(preview.sent["canvas_course_id"]), key=lambda course: (len(course), course))
    yield f"All scores, statuses, and assignment details of course {', '.join(courses) or 'none'} are sent to **{run.target}** again."
    yield "Edits made in the SIS are overwritten.\n"
    yield f"| | {' | '.join(COLUMNS)} |\n|---|{'---:|' * len(COLUMNS)}"
    for kind, row in preview.totals.items():
        yield f"| {kind} | {' | '.join(f'{row[column]:,}' for column in COLUMNS)} |"
    if len(preview.refused):
        yield "\nNot sent, even if you approve:\n"
        for code, count in preview.refused["reason_code"].value_counts().items():
            yield f"- {count} × {code}"
    if lost:
        yield f"\n**{lost} of {len(run.batches())} batches failed and have no plan. They are not sent.**"
    yield f"\nThe complete plan: `{run.folder.path('preview.html')}`"
    hours = APPROVAL / timedelta(hours=1)
    yield f"\nNo other sync can use these courses until you respond. If no one responds within {hours:g} hours, nothing is sent."
