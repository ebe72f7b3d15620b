"""`make sync`: start what is needed, run every target's sync once through Airflow, show how it goes and what it did, stop everything."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded import airflow
from embedded.api import AirflowApi
from embedded.connections import missing, worth_knowing
from embedded.example_connections import strays
from embedded.lock import only_one
from embedded.processes import Processes
from embedded.progress import Screen, line
from embedded.report import Report, table
from embedded.sandbox import start_sandbox, wait_for_sandbox
from embedded.settings import Settings, airflow_environment, made_secrets, own_folder
from include.district import District, district_path, load_district

_POLL_SECONDS = 2.0
SOMETHING_MISSING = 2


@dataclass(frozen=True)
class Started:
    """A running installation. `unready` are the targets that cannot run now, with the sentences that say why (I-9)."""

    settings: Settings
    district: District
    processes: Processes
    api: AirflowApi
    password: str
    unready: Mapping[str, Sequence[str]]


class NotReadyError(Exception):
    """Something is missing for a sync; each sentence says what."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))


@contextmanager
def installation(settings: Settings, command: str, screen: Screen, parts: tuple[str, ...]) -> Iterator[Started]:
    """Sandbox (if wanted) and Airflow, running and checked; all of it is stopped at the end, whatever happened."""
    district = load_district(district_path(settings.values))
    if lost := strays(settings.values, [district.canvas.connection, *(target.connection for target in district.targets.values())]):
        raise NotReadyError(lost)
    secrets = made_secrets(settings)
    env = airflow_environment(settings, secrets)
    with ExitStack() as stack:
        stack.enter_context(only_one(settings, command))
        processes = stack.enter_context(Processes(own_folder(settings.airflow_home / "logs")))
        _own_places(district)
        if settings.sandbox:
            start_sandbox(settings, processes)
        migration = airflow.migrate(settings, processes, env, district.state)
        if settings.sandbox:
            wait_for_sandbox(settings, processes)
            screen.say(f"The sandbox is running: Canvas at {settings.address('canvas')}, five SIS on the ports after it.")
        unready = _unready(settings, district)
        for name, sentences in unready.items():
            for sentence in sentences:
                screen.say(f"{name} cannot run: {sentence}")
        for sentence in worth_knowing(settings, district):
            screen.say(sentence)
        airflow.migrated(settings, processes, migration, district.state)
        airflow.start(settings, processes, env, parts)
        api = AirflowApi(settings, secrets["admin"])
        airflow.wait(processes, api, district)
        yield Started(settings, district, processes, api, secrets["admin"], unready)


def _unready(settings: Settings, district: District) -> dict[str, Sequence[str]]:
    """Targets that cannot run, with why; NotReadyError when Canvas cannot be used, or no target is left (I-9)."""
    found = missing(settings, district)
    unready: dict[str, Sequence[str]] = {**district.broken, **found.targets}
    if found.canvas or not set(district.targets) - set(unready):
        raise NotReadyError([*found.sentences, *(sentence for sentences in district.broken.values() for sentence in sentences)])
    return unready


def _own_places(district: District) -> None:
    """Local artifacts lie in a folder of their owner's alone; the state database sees to its own."""
    if "://" not in district.artifacts:
        own_folder(Path(district.artifacts))


def sync(settings: Settings, screen: Screen) -> int:
    """Every target once. 0 when all ended Completed, or with nothing but what teachers mend; 1 when a run is red, or a target could not run."""
    begun = time.monotonic()
    with installation(settings, "sync", screen, airflow.PARTS) as started:
        screen.say(
            f"Airflow is running at {started.api.base} (admin / see {settings.airflow_home / 'secrets.json'}); {time.monotonic() - begun:.0f} s"
        )
        reports = _run_all(started, screen)
    for text in table(reports):
        screen.say(text)
    for name, sentences in started.unready.items():
        screen.say(f"{name}: not run, because {' '.join(sentences)}")
    red = [report.target for report in reports if report.red]
    screen.say(f"{time.monotonic() - begun:.0f} s total." + (f" Failed: {', '.join(red)}; logs in {settings.airflow_home / 'logs'}" if red else ""))
    return 1 if red or started.unready else 0


def _run_all(started: Started, screen: Screen) -> list[Report]:
    """Start one run per target that can run, and watch until the last has ended. Schedules stay held: only what is started here runs."""
    api, begun = started.api, time.monotonic()
    runs: dict[str, str] = {}
    try:
        for target in (name for name in started.district.targets if name not in started.unready):
            if api.end_unfinished(airflow.dag_id(target)):
                screen.say(f"{target}: an earlier run was interrupted; this one continues its work.")
            api.pause(airflow.dag_id(target), False)
            runs[target] = api.trigger(airflow.dag_id(target))
        return _watch(started, screen, runs, begun)
    finally:
        for target in runs:
            api.pause(airflow.dag_id(target), True)


def _watch(started: Started, screen: Screen, runs: dict[str, str], begun: float) -> list[Report]:
    api = started.api
    lines = dict.fromkeys(runs, "")
    reports: dict[str, Report] = {}
    while len(reports) < len(runs):
        started.processes.check()
        for target, run_id in runs.items():
            if target in reports:
                continue
            seconds, dag = time.monotonic() - begun, airflow.dag_id(target)
            state = api.state(dag, run_id)
            lines[target] = line(target, state, api.tasks(dag, run_id), seconds)
            if state in ("success", "failed"):
                reports[target] = Report(target, state == "failed", seconds, api.summary(dag, run_id))
        screen.show(list(lines.values()), last=len(reports) == len(runs))
        if len(reports) < len(runs):
            time.sleep(_POLL_SECONDS)
    return [reports[target] for target in runs]
