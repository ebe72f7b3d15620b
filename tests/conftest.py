"""An Airflow of the tests' own: set before anything imports Airflow, one folder per test process, gone with it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.lasting import leave

_FIRST = pytest.StashKey[bool]()

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

# No test measures time: on a busy machine an example may take as long as it likes. Everything else as it is, here or in CI.
settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[*settings().suppress_health_check, HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes a module's tests stay together, for they share servers, and one process alone starts the installations of Airflow.

    What takes longest comes first. Only a module that names a group of its own is elsewhere.
    """
    seen: set[str] = set()
    for item in items:
        item.stash[_FIRST] = (function := item.nodeid.partition("[")[0]) not in seen
        seen.add(function)
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: (item.get_closest_marker("airflow") is None, item.get_closest_marker("slow") is None))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Coverage watches the first case of each test that is not slow: it makes a test take twice to three times as long, and what it misses by that is
    two lines in a hundred.

    So what it tells is a little less than what is reached, never more.
    """
    plugin = item.config.pluginmanager.getplugin("_cov")
    watching = plugin.cov_controller if plugin is not None else None
    if watching is None or (item.stash[_FIRST] and item.get_closest_marker("slow") is None):
        return (yield)
    watching.pause()
    try:
        return (yield)
    finally:
        watching.resume()


@pytest.hookimpl(trylast=True)  # when the test's own fixtures are gone
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """What lasts as long as a folder's tests ends with the last of them."""
    if nextitem is None or nextitem.path.parent != item.path.parent:
        leave(item.path.parent)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true nothing may be left out: a test that skips itself there fails, with the reason that it gave."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and call.excinfo is not None:
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was left out, which CI=true forbids: {call.excinfo.value}"
    return report


def _group(item: pytest.Item) -> str:
    """Its module, or what it shares with other modules: a started Airflow, or the sandbox behind the pages."""
    module, airflow = item.nodeid.split("::", maxsplit=1)[0], item.get_closest_marker("airflow") is not None
    if airflow and item.get_closest_marker("slow") is not None:
        return "airflow"
    return module.rpartition("/")[0] if airflow else module
