"""Canvas's leaky bucket for each token (canvas-api.md §1.3). As set from the start, no ordinary use is throttled."""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Settings:
    """`cost` is added to each request's own seconds; `hold` keeps its reservation for so long; `status` is 403 (older Canvas) or 429."""

    leak: float = 10.0
    full: float = 600.0
    ceiling: float = 800.0
    reserve: float = 50.0
    cost: float = 0.0
    hold: float = 0.0
    status: int = 403

    def change(self, asked: dict[str, Any]) -> None:
        """Take new values. Raises ValueError for a name that is not one of the settings."""
        names = {field.name: type(getattr(self, field.name)) for field in fields(self)}
        unknown = sorted(set(asked) - set(names))
        if unknown:
            raise ValueError(f"throttle settings {', '.join(unknown)} are unknown; allowed: {', '.join(names)}")
        for name, value in asked.items():
            setattr(self, name, names[name](value))


class Bucket:
    """One token's bucket."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.fill, self._at = settings, 0.0, time.monotonic()

    def remaining(self) -> float:
        """What the header says is left; negative when over."""
        self._leak()
        return self.settings.full - self.fill

    def enter(self) -> bool:
        """Reserve for one more request; false when the bucket is full already."""
        self._leak()
        if self.fill >= self.settings.full:
            return False
        self.fill = min(self.settings.ceiling, self.fill + self.settings.reserve)
        return True

    def leave(self, seconds: float) -> float:
        """Give the reservation back and charge the request's cost, which is returned."""
        cost = seconds + self.settings.cost
        self.fill = min(self.settings.ceiling, max(0.0, self.fill - self.settings.reserve) + cost)
        return cost

    def _leak(self) -> None:
        now = time.monotonic()
        self.fill = max(0.0, self.fill - (now - self._at) * self.settings.leak)
        self._at = now
