"""What one stage leaves in the run folder for the next: frames under fixed names, and a note when a stage failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields

from include.canvas.frames import CanvasFrames
from include.errors import GradeSyncError
from include.gradebook.filtering import CanvasRead, Filtered
from include.run_folder import RunFolder
from include.sync.own_errors import told_of
from include.sync.plan import Plan, Resolved


def save_filtered(folder: RunFolder, filtered: Filtered) -> None:
    """The filter stage's result."""
    for part in fields(filtered):
        folder.write_frame(f"filtered/{part.name}", getattr(filtered, part.name))


def load_filtered(folder: RunFolder) -> Filtered:
    """As `save_filtered` wrote it."""
    return Filtered(**{part.name: folder.read_frame(f"filtered/{part.name}") for part in fields(Filtered)})


def save_resolved(folder: RunFolder, stage: str, resolved: Resolved) -> None:
    """A plan with what was withheld and noted, under the stage that made it (planned, valid)."""
    frames = {"assignments": resolved.plan.assignments, "scores": resolved.plan.scores, "withheld": resolved.withheld, "notes": resolved.notes}
    for name, frame in frames.items():
        folder.write_frame(f"{stage}/{name}", frame)


def load_resolved(folder: RunFolder, stage: str) -> Resolved:
    """As `save_resolved` wrote it."""
    read = {name: folder.read_frame(f"{stage}/{name}") for name in ("assignments", "scores", "withheld", "notes")}
    return Resolved(Plan(read["assignments"], read["scores"]), read["withheld"], read["notes"])


def load_canvas(folder: RunFolder) -> CanvasRead:
    """The frames that the extract stage saved, as the gradebook's rules want them."""
    frames = CanvasFrames.load(folder.child("canvas"))
    return CanvasRead(**{part.name: getattr(frames, part.name) for part in fields(CanvasRead)})


def note_of(error: BaseException | None) -> dict[str, str]:
    """What a run folder keeps of an error. `said` are the SIS's words: no log, mail or page shows them (F-12)."""
    words = error.said if isinstance(error, GradeSyncError) else ""
    return {"message": told_of(error) if error else "", **({"said": words} if words else {})}


@contextmanager
def telling(folder: RunFolder, stage: str) -> Iterator[None]:
    """Leave a note of what went wrong, for `close`; a later try that gets through takes it away."""
    try:
        yield
    except BaseException as error:
        with suppress(OSError):  # a full disk must not hide what went wrong first
            folder.write_json("failed", {"stage": stage, **note_of(error)})
        raise
    if folder.exists("failed"):
        folder.path("failed.json").unlink()
