"""What the newest run that knows a score planned for it, and how that went: out of the run's own artifacts (F-11)."""

from __future__ import annotations

from include.errors import DataError
from include.run_folder import RunFolder
from include.sync import bulk, history, state
from include.sync.bulk import Record
from include.sync.run import Run

_LOOK_BACK = 20
_COLUMNS = ("run_id", "canvas_assignment_id", "canvas_user_id", "canvas_section_id", "submitted_score", "action", "status", "reason_code", "message")


def last_plan(run: Run, course: str, assignment: str, user: str, section: str) -> Record | None:
    """The row of `grades_log`; None when no run of the course that is still listed names this score. Previews send nothing: they are passed over."""
    listed = history.recent(state.engine(run.district.state), run.target, course, size=_LOOK_BACK, previews=False).rows
    for row in listed:
        if row["artifacts"]:
            found = _row(str(row["artifacts"]), assignment, user, section)
            if found is not None:
                return found
    return None


def _row(artifacts: str, assignment: str, user: str, section: str) -> Record | None:
    columns = [*_COLUMNS, "sis_error_code", "finished_at"]
    try:
        log = RunFolder.at(artifacts).read_frame("grades_log", columns)
    except DataError:  # its files were removed before the run was taken off the list
        return None
    mine = log[(log["canvas_assignment_id"] == assignment) & (log["canvas_user_id"] == user)]
    here = mine[mine["canvas_section_id"] == section]
    return bulk.records(here.head(1), columns)[0] if len(here) else None
