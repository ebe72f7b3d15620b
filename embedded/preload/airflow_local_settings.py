"""Loads the stages once, in the process whose forks the tasks are, so that they find everything loaded: seconds saved in every task.

That is the scheduler with LocalExecutor, and the worker with CeleryExecutor. Airflow imports a module of this name in each of its processes; this
folder is on the path of the embedded installation, and of the workers of docker-compose.yaml.
"""

import importlib
import sys

__all__: list[str] = []

_USED_BY_TASKS = ("include.canvas.client", "include.sis.registry", "include.sync.close", "include.sync.stages", "plugins.gradesync_airflow.hooks")

if sys.argv[1:2] in (["scheduler"], ["celery"]):
    for name in (*_USED_BY_TASKS, "include.sis.oneroster.client", "include.sis.powerschool"):
        importlib.import_module(name)
