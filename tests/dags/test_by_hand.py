"""The DAGs that a person starts, as Airflow sees them: their forms, their pools, their order (A-19, A-20, D-9, D-10)."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from itertools import pairwise

import pytest

from include.district import ROOT, load_district

pytestmark = pytest.mark.airflow

TARGETS = sorted(load_district(ROOT / "config" / "district.yaml").targets)
PLAN, SEND = ["extract", "filter", "transform", "validate"], ["load", "publish"]
BY_HAND = ("grade_sync_on_demand", "grade_remaster")


@pytest.fixture(scope="module")
def bag():
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(ROOT / "dags"))


def test_both_are_there_without_a_schedule_and_say_what_to_do_when_red(bag) -> None:
    assert bag.import_errors == {}
    for name in BY_HAND:
        dag = bag.dags[name]
        assert (dag.schedule, dag.catchup, "by-hand" in dag.tags) == (None, False, True)
        assert "**Failed?**" in dag.doc_md
        assert f"airflow dags trigger {name} --conf" in dag.doc_md
        assert all(task.doc_md for task in dag.tasks)


@pytest.mark.parametrize("name", BY_HAND)
def test_a19_the_form_offers_the_districts_targets_and_needs_courses(bag, name: str) -> None:
    from airflow.sdk.exceptions import ParamValidationError

    params = bag.dags[name].params
    target, courses = params.get_param("target"), params.get_param("courses")
    assert (sorted(target.schema["enum"]), target.has_value, courses.has_value) == (TARGETS, False, False)
    assert {key: params[key] for key in ("sections", "assignments", "concluded", "preview", "allow_large_change")} == {
        "sections": [],
        "assignments": [],
        "concluded": False,
        "preview": False,
        "allow_large_change": False,
    }
    assert ("approve" in params) == (name == "grade_remaster")
    for key, bad in (("target", "moon"), ("courses", []), ("courses", [7]), ("sections", "x"), ("preview", "yes")):
        with pytest.raises(ParamValidationError):
            params.get_param(key).resolve(bad)


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_keeps_its_pace_by_its_own_pool(bag, target: str) -> None:
    for name, prefix in (("grade_sync_on_demand", ""), ("grade_remaster", "plan.")):
        tasks = bag.dags[name].task_dict
        assert tasks[f"{target}.{prefix}transform"].pool == f"sis_{target}"
        assert tasks[f"{target}.{prefix.replace('plan', 'send')}load"].pool == f"sis_{target}"
        assert tasks[f"{target}.{prefix}extract"].pool == tasks["choose"].pool == "canvas"


@pytest.mark.parametrize("target", TARGETS)
def test_a19_on_demand_runs_the_stages_of_the_target_that_was_picked(bag, target: str) -> None:
    tasks = bag.dags["grade_sync_on_demand"].task_dict
    chain = ["choose", "pick", *(f"{target}.{stage}" for stage in (*PLAN, *SEND)), "close"]
    for before, after in pairwise(chain):
        assert after in tasks[before].downstream_task_ids
    assert tasks["close"].trigger_rule == "all_done"


@pytest.mark.parametrize("target", TARGETS)
def test_a20_a_remaster_plans_asks_and_only_then_sends(bag, target: str) -> None:
    tasks = bag.dags["grade_remaster"].task_dict
    steps = [*(f"plan.{stage}" for stage in PLAN), "propose", "ask", "approve", *(f"send.{stage}" for stage in SEND)]
    chain = ["choose", "pick", *(f"{target}.{step}" for step in steps), "close"]
    for before, after in pairwise(chain):
        assert after in tasks[before].downstream_task_ids
    assert "close" not in tasks[f"{target}.approve"].downstream_task_ids  # a rejection skips what follows at once
    approve = tasks[f"{target}.approve"]
    assert (approve.response_timeout, approve.defaults, approve.fail_on_reject) == (timedelta(hours=2), ["Reject"], False)
    assert tasks[f"{target}.send.load"].trigger_rule == "none_failed_min_one_success"


def test_reading_the_dag_files_does_not_load_pandas() -> None:
    told = "import runpy, sys; [runpy.run_path(f'dags/{name}.py') for name in ('on_demand', 'remaster')]; print('pandas' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip().splitlines()[-1] == "False"
