"""`python -m include.sandbox`: the sandbox district's Canvas and its five SIS, on ports in a row of this machine alone."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from include.errors import ConfigError
from include.sandbox.beginning import beginning
from include.sandbox.generate import SIZES


def main(arguments: Sequence[str]) -> int:
    """Run the sandbox until a signal ends it. Answers the exit code: 2 when something that a person chose is wrong."""
    chosen = _parser().parse_args(arguments)
    try:
        return _run(chosen)
    except ConfigError as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201  # a command's own words
        return 2


def _run(chosen: argparse.Namespace) -> int:
    from include.sandbox.systems import applications, listen, serve  # the servers load slowly; wrong options are told at once

    sockets = listen(chosen.port)
    wanted = {name: getattr(chosen, name) for name in ("seed", "size", "courses", "students", "today")}
    begun = beginning(wanted, chosen.state, datetime.now(UTC).astimezone().date())
    apps = applications(begun.district(), chosen.state, is_lenient=chosen.lenient)
    addresses = {name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in sockets.items()}

    def ready() -> None:
        for name, address in addresses.items():
            print(f"{name:16}{address}")  # noqa: T201  # a command's own words
        print(f"ready: seed {begun.seed}, size {begun.size}, began on {begun.today}", flush=True)  # noqa: T201  # as above

    asyncio.run(serve(apps, sockets, ready))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.sandbox", description=__doc__)
    parser.add_argument("--port", type=_port, default=8700, help="Canvas's port; the SIS follow in a row (default 8700; 0: any free ones)")
    parser.add_argument("--state", type=Path, help="folder that keeps what happened, so that it survives a restart (default: nothing is kept)")
    parser.add_argument("--seed", type=int, help="number that the district is made from (default 7)")
    parser.add_argument("--size", choices=sorted(SIZES), help="how large it is (default demo)")
    parser.add_argument("--courses", type=_count, help="courses per target, instead of the size's")
    parser.add_argument("--students", type=_count, help="students per course, instead of the size's")
    parser.add_argument("--today", type=_day, help="the sandbox's first day, YYYY-MM-DD (default: today)")
    parser.add_argument("--lenient", action="store_true", help="OneRoster SIS without rules of their own, for outside conformance suites")
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or not (int(text) == 0 or 1024 <= int(text) <= 65_530):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; allowed: 1024 to 65530, or 0")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; allowed: whole numbers from 1")
    return int(text)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; allowed: YYYY-MM-DD") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
