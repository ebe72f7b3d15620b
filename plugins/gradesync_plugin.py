"""The plugin that Airflow loads with every component and in every task: names and dictionaries only."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class GradeSyncPlugin(AirflowPlugin):
    """Grade sync's place in Airflow's menus."""

    name = "gradesync"
