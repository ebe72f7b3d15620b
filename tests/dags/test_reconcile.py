"""The reconcile DAGs as Airflow sees them: by hand for all targets, and on a schedule for those that have one (F-2)."""

from __future__ import annotations

from itertools import pairwise

import pytest
import yaml

from include.district import ROOT, load_district
from include.errors import ConfigError
from include.sync.request import form, read_request

pytestmark = pytest.mark.airflow

DISTRICT = load_district(ROOT / "config" / "district.yaml")
STAGES = ["extract", "filter", "compare", "validate", "load", "publish"]


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory):
    """The DAGs of a district whose first target is read back on Sundays."""
    from airflow.dag_processing.dagbag import DagBag

    raw = yaml.safe_load((ROOT / "config" / "district.yaml").read_text(encoding="utf-8"))
    next(iter(raw["targets"].values()))["reconcile"] = "30 4 * * 0"
    path = tmp_path_factory.mktemp("district") / "district.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADESYNC_DISTRICT", str(path))
        yield DagBag(dag_folder=str(ROOT / "dags" / "reconcile.py"))


def test_f2_each_target_has_its_stages_in_its_own_pool(bag) -> None:
    assert bag.import_errors == {}
    dag = bag.dags["grade_reconcile"]
    for target in DISTRICT.targets.values():
        names = [f"{target.name}.{stage}" for stage in STAGES]
        for before, after in pairwise(names):
            assert after in dag.get_task(before).downstream_task_ids
        assert dag.get_task(f"{target.name}.compare").pool == target.pool
        assert "close" in dag.get_task(names[-1]).downstream_task_ids
    assert "grade_reconcile" in bag.dags
    assert dag.schedule is None


def test_f2_a_target_with_a_schedule_has_a_dag_of_its_own(bag) -> None:
    first, *others = DISTRICT.targets.values()
    dag = bag.dags[f"grade_reconcile_{first.name}"]
    assert (dag.timetable.expression, str(dag.timetable.timezone), dag.max_active_runs) == ("30 4 * * 0", first.time_zone, 1)
    assert dag.params["target"] == first.name
    assert (dag.params["courses"], dag.params["repair"]) == ([], False)
    assert not any(f"grade_reconcile_{other.name}" in bag.dags for other in others)


def test_f2_the_form_needs_the_target_alone() -> None:
    fields = form("reconcile", DISTRICT.targets)
    assert fields["target"]["enum"] == list(DISTRICT.targets)
    assert [name for name, schema in fields.items() if "default" not in schema] == ["target"]
    asked = read_request("reconcile", {"target": "genesis", "repair": True}, DISTRICT)
    assert (asked.courses, asked.preview) == ((), False)
    with pytest.raises(ConfigError, match="repair"):
        read_request("reconcile", {"target": "genesis", "repair": "yes"}, DISTRICT)
    with pytest.raises(ConfigError, match="there is no target"):
        read_request("reconcile", {"target": "genesys"}, DISTRICT)
