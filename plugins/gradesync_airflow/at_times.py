"""When a DAG of ours runs by itself."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable


def at_times(cron: str, zone: str) -> CronTriggerTimetable:
    """Runs at these times from the next one on.

    Without more, Airflow makes up for a time that has passed within a tenth of the time between two runs, for a day's schedule 2.4 hours: whoever
    lets a new DAG go, or starts it by hand, in the small hours would get a second run beside his own.
    """
    return CronTriggerTimetable(cron, timezone=zone, run_immediately=timedelta(0))
