"""When DAGs of ours run by themselves: from the next time on, whatever the hour at which somebody lets one go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("minutes", [1, 10, 100, 1_000], ids=lambda minutes: f"{minutes} minutes past the hour of the schedule")
def test_a18_a_new_dag_makes_up_for_no_night_that_has_passed(minutes: int) -> None:
    from airflow.serialization.decoders import decode_timetable
    from airflow.serialization.encoders import encode_timetable
    from airflow.timetables.base import TimeRestriction

    from plugins.gradesync_airflow.at_times import at_times

    now = datetime.now(UTC)
    passed = now - timedelta(minutes=minutes)
    timetable = decode_timetable(encode_timetable(at_times(f"{passed.minute} {passed.hour} * * *", "UTC")))
    found = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=TimeRestriction(None, None, catchup=False))
    assert found is not None
    assert found.run_after == (passed + timedelta(days=1)).replace(second=0, microsecond=0)
