"""The nightly DAGs as Airflow sees them: which there are, and the policy that each task carries."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from include.district import ROOT, load_district

pytestmark = pytest.mark.airflow

POLICY = {
    # task: (retries, pool, longest time)
    "choose": (2, "canvas", timedelta(minutes=30)),
    "batch.extract": (2, "canvas", timedelta(hours=2)),
    "batch.filter": (1, "default_pool", timedelta(minutes=30)),
    "batch.transform": (2, "sis_{target}", timedelta(hours=1)),
    "batch.validate": (1, "default_pool", timedelta(minutes=30)),
    "batch.load": (1, "sis_{target}", timedelta(hours=6)),
    "batch.publish": (1, "default_pool", timedelta(minutes=30)),
    "close": (1, "default_pool", timedelta(minutes=30)),
}
TARGETS = sorted(load_district(ROOT / "config" / "district.yaml").targets)


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


def test_one_dag_per_target_and_no_import_error(bag) -> None:
    assert bag.import_errors == {}
    assert sorted(name for name in bag.dags if name.startswith("grade_sync_") and name.removeprefix("grade_sync_") in TARGETS) == [
        f"grade_sync_{target}" for target in TARGETS
    ]


@pytest.mark.parametrize("target", TARGETS)
def test_a18_schedule_and_zone_of_the_district_file(bag, target: str) -> None:
    wanted = load_district(ROOT / "config" / "district.yaml").target(target)
    dag = bag.dags[f"grade_sync_{target}"]
    assert (dag.timetable.expression, str(dag.timetable.timezone)) == (wanted.schedule, wanted.time_zone)
    assert (dag.catchup, dag.max_active_runs, dag.start_date) == (False, 1, None)


@pytest.mark.parametrize("target", TARGETS)
def test_every_dag_says_whose_it_is_and_what_to_do_when_it_is_red(bag, target: str) -> None:
    dag = bag.dags[f"grade_sync_{target}"]
    assert {"grade-sync", target} <= dag.tags
    assert {task.owner for task in dag.tasks} == {"gradesync"}
    assert "**Failed?**" in dag.doc_md
    assert all(task.doc_md for task in dag.tasks)


@pytest.mark.parametrize("target", TARGETS)
def test_each_task_has_its_pool_its_limit_and_its_retries(bag, target: str) -> None:
    tasks = {task.task_id: (task.retries, task.pool, task.execution_timeout) for task in bag.dags[f"grade_sync_{target}"].tasks}
    assert tasks == {name: (retries, pool.format(target=target), limit) for name, (retries, pool, limit) in POLICY.items()}


def test_the_stages_run_one_after_the_other_and_close_always_runs(bag) -> None:
    dag = bag.dags["grade_sync_genesis"]
    order = list(POLICY)
    for before, after in pairwise(order[1:-1]):
        assert after in dag.task_dict[before].downstream_task_ids
    assert dag.task_dict["close"].trigger_rule == "all_done"
    assert {name for name, task in dag.task_dict.items() if not task.downstream_task_ids} == {"close"}


def test_f8_f1_parameters_are_off_by_default_and_checked(bag) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    dag = bag.dags["grade_sync_genesis"]
    assert dag.params.dump() == {"preview": False, "allow_large_change": False}
    with pytest.raises(ParamValidationError):
        dag.params["preview"] = "yes"


def test_dags_survive_airflows_serialisation(bag) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    for dag in bag.dags.values():
        assert DagSerialization.from_dict(DagSerialization.to_dict(dag)).dag_id == dag.dag_id


def test_what_may_pass_is_tried_again_and_what_will_not_is_told_at_once() -> None:
    from airflow.sdk import RetryAction

    from include.errors import AccessError, ConfigError, NoAnswerError, SourceError, UnavailableError
    from plugins.gradesync_airflow.tasks import PURE, READS, WRITES

    def decided(policy: dict, error: Exception) -> RetryAction:
        return policy["retry_policy"].evaluate(error, 1, 2).action

    for error in (UnavailableError("x"), NoAnswerError("x"), SourceError("x"), ConnectionResetError()):
        assert decided(READS, error) is RetryAction.DEFAULT
        assert decided(WRITES, error) is RetryAction.DEFAULT
    for error in (AccessError("x"), ConfigError("x"), KeyError("x")):
        assert decided(READS, error) is RetryAction.FAIL
    assert decided(PURE, UnavailableError("x")) is RetryAction.FAIL


def test_dag_files_hold_no_rule_no_network_and_no_environment() -> None:
    allowed = {
        "airflow.sdk",
        "include.district",
        "include.errors",
        "plugins.gradesync_airflow",
        "__future__",
        "datetime",
        "collections.abc",
        "typing",
    }
    for file in (ROOT / "dags").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert all(any(name == fine or name.startswith(f"{fine}.") for fine in allowed) for name in names), (file.name, names)


def test_reading_the_dag_files_does_not_load_pandas() -> None:
    """Airflow reads them again for every single task."""
    told = (
        "import runpy, sys; runpy.run_path('dags/nightly.py'); "
        "print([name for name in ('pandas', 'pandera', 'pyarrow', 'sqlalchemy', 'requests') if name in sys.modules])"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", f"import airflow.sdk, sys; before = set(sys.modules); {told}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "'pandas'" not in loaded.stdout
    assert "'pandera'" not in loaded.stdout


def test_i9_a_target_with_a_wrong_entry_is_an_import_error_and_the_others_have_their_dags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    text = (ROOT / "config" / "district.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "district.yaml"
    broken.write_text(text.replace('schedule: "15 1 * * *"', 'schedule: "0 1 31 2 *"'), encoding="utf-8")
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(broken))
    bag = DagBag(dag_folder=str(ROOT / "dags"))
    assert {name for name in bag.dags if name.startswith("grade_sync_")} == {
        "grade_sync_on_demand", *(f"grade_sync_{target}" for target in TARGETS if target != "synergy"),
    }  # fmt: skip
    [(file, told)] = bag.import_errors.items()
    assert file.endswith("district_check.py")
    assert "nothing is synced to synergy until the district file is corrected" in told
    assert 'targets.synergy.schedule: "0 1 31 2 *" is a day that never occurs' in told.strip().splitlines()[-1]


def test_f5_a_broken_district_file_is_an_import_error_with_our_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    broken = tmp_path / "district.yaml"
    broken.write_text("time_zone: Moon/Sea\n", encoding="utf-8")
    monkeypatch.setenv("GRADESYNC_DISTRICT", str(broken))
    errors = DagBag(dag_folder=str(ROOT / "dags" / "nightly.py")).import_errors
    assert 'time_zone: "Moon/Sea" is not a time zone' in str(errors)
