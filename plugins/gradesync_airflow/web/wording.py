"""How things are called and written on the pages: labels of modes and statuses, numbers, shares, times in the district's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

MODES = {"nightly": "Nightly sync", "on_demand": "Sync on demand", "remaster": "Remaster", "reconcile": "Reconcile"}
SYSTEMS = {
    "genesis": "Genesis",
    "synergy": "Synergy",
    "schooltool": "SchoolTool",
    "infinite_campus": "Infinite Campus",
    "powerschool": "PowerSchool",
}
STAGES = {
    "choose": "Selecting courses",
    "pick": "Selecting the SIS",
    "extract": "Reading Canvas",
    "filter": "Filtering",
    "transform": "Planning",
    "compare": "Comparing",
    "validate": "Validating",
    "propose": "Preparing the plan",
    "ask": "Requesting approval",
    "approve": "Waiting for approval",
    "load": "Sending to the SIS",
    "publish": "Saving results",
    "close": "Finishing",
}
TONES = {
    "Completed": "good",
    "Completed with errors": "warn",
    "Failed": "bad",
    "Running": "live",
    "updated": "good",
    "unchanged": "calm",
    "planned": "live",
    "failed": "bad",
    "unknown": "warn",
    "withheld": "mute",
    "error": "bad",
    "warning": "warn",
    "same": "good",
    "missing": "bad",
    "different": "warn",
    "edited": "warn",
    "twin": "bad",
    "orphan": "warn",
    "stale": "mute",
    "wrong student": "bad",
    "not readable": "warn",
}
LABELS = {
    "unknown": "Unconfirmed",
    "withheld": "Not sent",
    "adopt": "Link to existing",
    "none": "No change",
    "same": "Match",
    "missing": "Missing in SIS",
    "different": "Differs from Canvas",
    "edited": "Edited in SIS",
    "twin": "Duplicate",
    "orphan": "Not in Canvas",
    "stale": "Cleared in Canvas",
    "not readable": "Could not be read",
    "refused": "Rejected",
    "grade": "Score",
    "nobody": "No action needed",
    "left out": "Skipped",
}
"""What a stored status, action, comparison result, kind, or role is called on the pages."""
NONE = "–"


def mode(name: str) -> str:
    """What a run's mode is called."""
    return MODES.get(name) or name.replace("_", " ").capitalize()


def system(target: str) -> str:
    """What a target is called: the vendor's own spelling where its name is the SIS's."""
    return SYSTEMS.get(target) or target.replace("_", " ").capitalize()


def stage(name: str) -> str:
    """What a stage is called."""
    return STAGES.get(name) or name.replace("_", " ").capitalize()


def opening(text: str) -> str:
    """Words that begin a cell: their first letter is a capital one, the rest stays as it is."""
    return text[:1].upper() + text[1:]


def label(name: str) -> str:
    """Return what a stored status, action, comparison result, kind, or role is called."""
    return LABELS.get(name) or opening(name.replace("_", " "))


def tone(name: str) -> str:
    """The color class of a status."""
    return TONES.get(name, "mute")


def number(value: float | None) -> str:
    """A count with thousands apart, or points without a needless .0; a dash for none."""
    if value is None:
        return NONE
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


def share(part: int, whole: int) -> str:
    """How much of the whole, in percent: 100% only when it is all of it, 0% only when it is nothing."""
    if not whole:
        return NONE
    percent = part * 100 / whole
    if 0 < part < whole:
        percent = min(99.0, max(1.0, percent))
    return f"{percent:.0f}%"


def moment(value: datetime | None, zone: str) -> str:
    """A moment as the district's clocks show it; its zone is named where the column or the page says so."""
    if value is None:
        return NONE
    local = value.astimezone(ZoneInfo(zone))
    return f"{_day(local)}, {local.hour % 12 or 12}:{local:%M}\N{NO-BREAK SPACE}{local:%p}"


def iso(value: datetime) -> str:
    """The same moment for programs."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day(value: str | date | None) -> str:
    """A calendar day."""
    if not value:
        return NONE
    return _day(date.fromisoformat(str(value)))


def _day(value: date) -> str:
    """A date that no line break tears apart."""
    return f"{value:%b} {value.day}, {value.year}".replace(" ", "\N{NO-BREAK SPACE}")


def took(begun: datetime, ended: datetime) -> str:
    """How long something took, in the two largest units."""
    seconds = max(0, int((ended - begun).total_seconds()))
    parts = [(seconds // 3600, "hr"), (seconds // 60 % 60, "min"), (seconds % 60, "sec")]
    while len(parts) > 1 and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{value} {unit}" for value, unit in parts[:2])
