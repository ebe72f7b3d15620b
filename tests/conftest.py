"""An Airflow of the tests' own: set before anything imports Airflow, one folder per test process, gone with it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

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
