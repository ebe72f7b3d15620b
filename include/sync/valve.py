"""Where the safety valve sits in a run: each batch is weighed once it is planned, and all batches weighed so far are judged together (F-8).

A preview is weighed as well, and loses nothing: a note about each course says that it would be held back (F-1).
"""

from __future__ import annotations

import pandas as pd

from include.gradebook.schemas import WITHHELD
from include.run_folder import RunFolder
from include.sync import safety
from include.sync.draft import Standing
from include.sync.plan import Resolved
from include.sync.run import Run
from include.sync.safety import Limits, Verdict

_WEIGHED = "weighed"


def held_back(run: Run, folder: RunFolder, resolved: Resolved, standing: Standing) -> tuple[Resolved, int]:
    """The batch's plan without the courses that would change too much, and how many those are; none of a preview."""
    if run.allow_large_change:
        return resolved, 0
    weights = safety.weigh(resolved.plan, resolved.notes, standing)
    folder.write_frame(_WEIGHED, weights)
    verdict = safety.judge(weights, _limits(run), run.how.remaster)
    resolved = _stopped(run, resolved, verdict)
    whole = _verdict_on_run(run, resolved)
    return _stopped(run, resolved, whole), 0 if run.preview else len(verdict.refused) + len(whole.refused)


def held_back_by_others(run: Run, resolved: Resolved) -> Resolved:
    """The same plan a moment before it is sent, or would be, judged with the batches that were weighed since."""
    if run.allow_large_change:
        return resolved
    return _stopped(run, resolved, _verdict_on_run(run, resolved))


def _stopped(run: Run, resolved: Resolved, verdict: Verdict) -> Resolved:
    return safety.tell(resolved, verdict) if run.preview else safety.hold_back(resolved, verdict)


def _verdict_on_run(run: Run, resolved: Resolved) -> Verdict:
    folders = [run.batch_folder(batch) for batch in run.batches()]
    weights = [folder.read_frame(_WEIGHED) for folder in folders if folder.exists(_WEIGHED)]
    sentence = safety.judge_run(pd.concat(weights), _limits(run), run.how.remaster) if weights else None
    return safety.refuse_all(resolved.plan, sentence) if sentence else Verdict(WITHHELD.empty())


def _limits(run: Run) -> Limits:
    told = run.config.safety
    return Limits(told.change_percent, told.clear_percent, told.free_changes, told.run_change_percent, told.run_clear_percent)
