"""The same night without Airflow, in a sandbox of its own: what the SIS must hold at the end, whatever happened elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.town import town


def undisturbed(folder: Path, targets: tuple[str, ...]) -> dict[str, Any]:
    """What each SIS holds after one night that nothing disturbs; the district is the one that the sandbox makes today."""
    now = datetime.now(UTC)
    with town(folder, "small", targets, today=now.astimezone().date()) as place:
        for target in targets:
            assert place.night(target, now=now).summary["status"] != "Failed"
        return {target: place.holds(target) for target in targets}
