"""`python -m embedded sync|up|down|day|reset`: what the Makefile calls."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import time
from pathlib import Path

from embedded import airflow
from embedded.lock import only_one, stop_other
from embedded.processes import Processes
from embedded.progress import Screen
from embedded.sandbox import healthy, next_day, start_sandbox, wait_for_sandbox
from embedded.settings import Settings, read_settings
from embedded.sync import SOMETHING_MISSING, NotReadyError, installation, sync
from include.district import district_path, load_district
from include.errors import ConfigError, GradeSyncError

_INTERRUPTED = 130


def up(settings: Settings, screen: Screen) -> int:
    """Leave it running, pages and schedules included, until Ctrl-C."""
    with installation(settings, "up", screen, (*airflow.PARTS, "triggerer")) as started:
        screen.say(f"Airflow: {started.api.base}   user: admin   password: {started.password}")
        screen.say("DAGs are paused until you unpause them there. Ctrl-C stops everything.")
        while True:
            started.processes.check()
            time.sleep(1)


def down(settings: Settings, screen: Screen) -> int:
    """Stop what a command started in another window."""
    stopped = stop_other(settings)
    screen.say(f"Stopped {stopped}." if stopped else "Nothing is running here.")
    return 0


def day(settings: Settings, screen: Screen) -> int:
    """A school day passes in the sandbox, started for that where it does not run."""
    if not settings.sandbox:
        raise ConfigError("GRADESYNC_SANDBOX is not 1: in real systems, school days pass without this command")
    if healthy(settings, "canvas"):
        screen.say(f"A school day has passed: {next_day(settings)}.")
        return 0
    with only_one(settings, "day"), Processes(settings.airflow_home / "logs") as processes:
        start_sandbox(settings, processes)
        wait_for_sandbox(settings, processes)
        screen.say(f"A school day has passed: {next_day(settings)}.")
    return 0


def reset(settings: Settings, screen: Screen) -> int:
    """Forget everything local: Airflow's database, the sandbox's state, ours, and the artifacts."""
    if not settings.sandbox:
        raise ConfigError(
            "GRADESYNC_SANDBOX is not 1: reset would delete the record of what real systems have accepted. To do that, delete the files manually"
        )
    district = load_district(district_path(settings.values))
    with only_one(settings, "reset"):
        for path in [settings.airflow_home, settings.sandbox_state, *_places(district.artifacts, district.place.url or "")]:
            if path.exists():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
                screen.say(f"removed {path}")
    return 0


def _places(artifacts: str, state: str) -> list[Path]:
    """What is local of artifacts and state; whatever lies elsewhere is not ours to remove."""
    places = [Path(artifacts)] if "://" not in artifacts else []
    if state.startswith("sqlite:///"):
        file = Path(state.removeprefix("sqlite:///"))
        places += [file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")]
    return places


_COMMANDS = {"sync": sync, "up": up, "down": down, "day": day, "reset": reset}


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """One command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description="Airflow, the sandbox, and a sync on one host.")
    parser.add_argument(
        "command", choices=sorted(_COMMANDS), help="; ".join(f"{name}: {(run.__doc__ or '').splitlines()[0]}" for name, run in _COMMANDS.items())
    )
    command = parser.parse_args(arguments).command
    # Shells start background jobs with Ctrl-C ignored, and `kill` sends TERM: both must stop what was started.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return _COMMANDS[command](read_settings(), Screen())
    except NotReadyError as error:
        sys.stderr.write(f"Nothing was sent. This is missing:\n{error}\n")
        return SOMETHING_MISSING
    except GradeSyncError as error:
        sys.stderr.write(f"{error}\n")
        return SOMETHING_MISSING if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
