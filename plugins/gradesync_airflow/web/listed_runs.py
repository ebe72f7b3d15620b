"""From a run as Airflow knows it, by its DAG and its ID there, to its row in the list of runs (I-1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from include.sync import listing
from plugins.gradesync_airflow.web.access import dags_of
from plugins.gradesync_airflow.web.visit import Visit


def listed_run(visit: Visit, dag_id: str, dag_run_id: str, targets: Sequence[str]) -> dict[str, Any] | None:
    """Return the row of a run of these targets; None where it is not on the list. Rows from before the DAG was noted fit by their mode."""
    found = listing.of_dag_run(visit.engine, dag_id, dag_run_id, targets)
    return next((row for row in found if row["dag_id"] or dag_id in dags_of(row["target"], row["mode"])), None)
