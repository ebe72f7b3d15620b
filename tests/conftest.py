"""An Airflow of the tests' own: set before anything imports Airflow, one folder per test process, gone with it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent

for _name in [name for name in os.environ if name.startswith(("AIRFLOW", "GRADESYNC_"))]:
    del os.environ[_name]

_folder = tempfile.TemporaryDirectory(prefix="gradesync-tests-")
os.environ |= {
    "AIRFLOW_HOME": _folder.name,
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_folder.name}/airflow.db",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes a module's tests stay together, for they share servers, and one process alone starts real Airflows.

    Only a module that names a group of its own is elsewhere.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") is not None:
            continue
        airflow = item.get_closest_marker("airflow") is not None
        item.add_marker(pytest.mark.xdist_group("airflow" if airflow else item.nodeid.split("::", maxsplit=1)[0]))
