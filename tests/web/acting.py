"""The pages over a running sandbox: what a person starts there is a run in Airflow's own database, and goes through the stages as a worker would."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.canvas.courses import list_courses
from include.district import ROOT
from include.sync import reconciling, remaster, stages
from include.sync.close import close
from include.sync.run import Run
from include.sync.run_key import RunKey
from tests.town import Town, town
from tests.web.pages import Place

TARGET = "synergy"
SAME = {"sec-fetch-site": "same-origin"}


@dataclass(frozen=True)
class Acting:
    """A synced town behind the pages, and the courses that were synced: a plain one and one with every special case."""

    town: Town
    place: Place
    plain: str
    odd: str

    def person(self, name: str = "uma", role: str | None = "user") -> TestClient:
        """Somebody's browser, on our own pages."""
        made = self.place.visitor(name, role)
        made.headers.update(SAME)
        return made

    def carry_out(self, dag_id: str, run_id: str, until: str = "close") -> dict[str, Any]:
        """What the DAG's tasks would do for this run; a remaster's up to its question if `until` says propose. Its summary or proposal."""
        run = self.run(dag_id, run_id)
        step: Any = reconciling if run.mode == "reconcile" else stages
        canvas, sis = self.town.canvas(), self.town.client(TARGET)
        for batch in stages.choose(run, canvas):
            stages.extract(run, batch, canvas)
            stages.filter_rows(run, batch)
            (reconciling.compare if run.mode == "reconcile" else stages.transform)(run, batch, sis)
            stages.validate(run, batch)
        if until == "propose":
            return remaster.propose(run)
        for batch in run.batches():
            step.load(run, batch, sis)
            step.publish(run, batch)
        return dict(reconciling.close(run) if run.mode == "reconcile" else close(run))

    def run(self, dag_id: str, run_id: str) -> Run:
        """The run that was started, as its tasks see it."""
        asked = self.conf(dag_id, run_id)
        origin = key_of(dag_id, run_id)
        asked.pop("approve", None)
        preview = asked.pop("preview", False) or not asked.pop("repair", origin.kind != "reconcile")
        choices = {name: tuple(asked.pop(name, ())) for name in ("courses", "sections", "assignments")}
        made = self.town.run(TARGET, origin.kind, preview=preview, allow_large_change=asked.pop("allow_large_change", False), **choices)
        return replace(made, run_id=origin.name, origin=origin, posted_by=dag_run(dag_id, run_id).triggering_user_name)

    def conf(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """The parameters with which Airflow has it."""
        return dict(dag_run(dag_id, run_id).conf or {})


def key_of(dag_id: str, run_id: str) -> RunKey:
    """The key of a run that Airflow has under this ID."""
    return RunKey(dag_id, {"grade_sync_on_demand": "on_demand", "grade_remaster": "remaster", "grade_reconcile": "reconcile"}[dag_id], run_id)


def dag_run(dag_id: str, run_id: str) -> Any:
    """Airflow's row of a run."""
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.execute(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)).scalar_one()
        session.expunge(found)
        return found


@pytest.fixture(scope="session")
def acted(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acting]:
    """One target, two courses synced, and the DAGs that people start known to Airflow."""
    with town(tmp_path_factory.mktemp("acting"), targets=(TARGET,)) as made:
        listed = list_courses(made.canvas(), made.run(TARGET).config.canvas_account).set_index("name")["canvas_course_id"]
        plain, odd = listed["Algebra I"], listed[next(name for name in listed.index if "Assignments" in name)]
        made.night(TARGET, "on_demand", courses=(plain, odd))
        yield Acting(made, place, plain, odd)


@pytest.fixture(scope="module")
def acting(acted: Acting) -> Iterator[Acting]:
    """The same, while the pages belong to this district."""
    sis = acted.town.connection(TARGET)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "GRADESYNC_DISTRICT", str(acted.town.file))
        canvas = {"conn_type": "canvas", "host": acted.town.urls["canvas"], "password": "canvas-full-token"}
        patch.setitem(os.environ, "AIRFLOW_CONN_CANVAS_DEFAULT", json.dumps(canvas))
        fields = {"conn_type": "oneroster", "login": sis.login, "password": sis.password, "extra": dict(sis.extra)}
        patch.setitem(os.environ, f"AIRFLOW_CONN_{TARGET.upper()}_DEFAULT", json.dumps(fields))
        make_dags_known()
        yield acted


def make_dags_known() -> None:
    """Airflow writes down the DAGs of the district that `GRADESYNC_DISTRICT` names, none of them on."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import DagBag, sync_bag_to_db

    DagBundlesManager().sync_bundles_to_db()
    bag = DagBag(dag_folder=str(ROOT / "dags"), bundle_path=ROOT / "dags", bundle_name="dags-folder")
    assert bag.import_errors == {}
    sync_bag_to_db(bag, "dags-folder", None)
