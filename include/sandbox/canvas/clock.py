"""The sandbox's own time: it stands still, moves a second with every write, and can be set (canvas-api.md §6.3 point 7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime


class Clock:
    """The present of a sandbox Canvas, in UTC."""

    def __init__(self, today: date) -> None:
        self.now = datetime.combine(today, time(18, 0), UTC)
        self._stamped = (self.now, written(self.now))

    def stamp(self) -> str:
        """The present as Canvas writes it."""
        if self._stamped[0] is not self.now:
            self._stamped = (self.now, written(self.now))
        return self._stamped[1]

    def header(self) -> str:
        """The present as the header Date has it."""
        return format_datetime(self.now.astimezone(UTC).replace(microsecond=0), usegmt=True)

    def tick(self) -> str:
        """Move on by one second, and say the new present."""
        self.now += timedelta(seconds=1)
        return self.stamp()

    def set(self, text: str) -> None:
        """Set the present. Raises ValueError for anything but an ISO 8601 date and time."""
        self.now = moment(text)


def written(when: datetime) -> str:
    """A moment as Canvas writes it: UTC, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str) -> datetime:
    """The moment that an ISO 8601 text names; without an offset it is UTC."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
