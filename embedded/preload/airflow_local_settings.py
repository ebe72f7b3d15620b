"""Loads the stages once, in the scheduler. LocalExecutor's tasks are forks of it and find everything loaded: seconds saved in every task.

Airflow imports a module of this name in each of its processes; only the embedded installation puts this folder on the path.
"""

import importlib
import sys

__all__: list[str] = []

_USED_BY_TASKS = ("include.canvas.client", "include.sis.registry", "include.sync.close", "include.sync.stages", "plugins.gradesync_airflow.hooks")

if "scheduler" in sys.argv[1:2]:
    for name in (*_USED_BY_TASKS, "include.sis.oneroster.client", "include.sis.powerschool"):
        importlib.import_module(name)
