"""The sandbox's calendar: terms around a day, and local times as the instants that Canvas stores (canvas-api.md §5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from include.sandbox.world import Term

END_OF_DAY = time(23, 59, 59)
_SETTLED = timedelta(days=35)


@lru_cache(maxsize=20_000)
def instant(day: date, zone: str, at: time = END_OF_DAY) -> str:
    """A local day and time as Canvas's UTC text; the default is Canvas's own, the end of that day."""
    return text(datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC))


def text(moment: datetime) -> str:
    """A UTC moment in Canvas's form."""
    return moment.isoformat(timespec="seconds")[:19] + "Z"


def moment(stamp: str) -> datetime:
    """The UTC moment that a Canvas text names."""
    return datetime.fromisoformat(stamp)


def clock_changes(term: Term) -> tuple[date, date]:
    """The Sunday in autumn and the one in spring on which US clocks change, in the term's school year."""
    year = term.yearid + 1990
    return _sunday(date(year, 11, 1)), _sunday(date(year + 1, 3, 8))


def terms(target: str, account: str, today: date) -> tuple[Term, Term, Term]:
    """The term before, the current one, and the next."""
    start, end = _current(today)
    before = start - timedelta(days=3)
    after = end + timedelta(days=3)
    spans = ((before - timedelta(days=144), before), (start, end), (after, after + timedelta(days=144)))
    return (_term(target, account, 1, spans[0]), _term(target, account, 2, spans[1]), _term(target, account, 3, spans[2]))


def _term(target: str, account: str, number: int, span: tuple[date, date]) -> Term:
    first, last = span
    year = first.year if first.month >= 7 else first.year - 1
    name = f"{year}-{(year + 1) % 100:02d} {'Fall' if first.month >= 7 else 'Spring'}"
    return Term(f"{account}{number:02d}", target, name, first, last, year - 1990)


def _current(today: date) -> tuple[date, date]:
    """The autumn semester where today lies well inside it; on any other day a semester laid around today."""
    start = _week_of(date(today.year if today.month >= 7 else today.year - 1, 8, 25))
    end = _week_of(date(start.year + 1, 1, 20)) + timedelta(days=4)
    if start + _SETTLED <= today <= end - _SETTLED:
        return start, end
    return _week_of(today - timedelta(days=81)), _week_of(today + timedelta(days=70)) + timedelta(days=4)


def _week_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def _sunday(day: date) -> date:
    """That day, or the next Sunday."""
    return day + timedelta(days=(6 - day.weekday()) % 7)
