"""`python -m include.sis_binding`: show which SIS each target's ledger belongs to, and decide what happens after that changed (I-4).

`rebind` says that the SIS at the connection's address is the one that the ledger was written for; `forget` deletes the target's ledger, so that the
next run adopts what carries the Grade Sync marker. Needs the district file, the state database, and, to rebind, the connection, all found in the
environment or the project's `.env`. Exits with 0 when done, with 2 when rejected: then nothing was changed.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping, Sequence

from include.district import ROOT, District, district_path, load_district
from include.environment import connection, database_url, project_values
from include.errors import ConfigError, GradeSyncError
from include.sis.registry import sis
from include.sync import binding, state


def main(arguments: Sequence[str], values: Mapping[str, str] | None = None) -> int:
    """Carry out one command on the terminal."""
    asked = _parser().parse_args(arguments)
    values = project_values(ROOT) if values is None else values
    try:
        district = load_district(district_path(values)).located(lambda name: database_url(name, values))
        state.check(district.state)
        lines = _show(district) if asked.command == "show" else _decide(district, asked, values)
    except GradeSyncError as error:
        print(f"sis_binding: {error}", file=sys.stderr)  # noqa: T201  # a command's own words
        return 2
    print("\n".join(lines))  # noqa: T201  # as above
    return 0


def _show(district: District) -> list[str]:
    known = binding.bindings(state.engine(district.state))
    return [_line(name, known.get(name)) for name in district.targets]


def _line(name: str, known: binding.Binding | None) -> str:
    if known is None:
        return f"{name}: not bound yet; the first run that reaches the SIS binds it"
    calls = f", which calls itself {known.identity}" if known.identity else ""
    trouble = f". Suspended: {known.trouble}" if known.trouble else ""
    return f"{name}: bound to {known.server}{calls}, since {known.bound_at:%Y-%m-%d %H:%M} UTC by {known.bound_by}{trouble}"


def _decide(district: District, asked: argparse.Namespace, values: Mapping[str, str]) -> list[str]:
    target = district.target(asked.target)
    engine = state.engine(district.state)
    binding.refuse_while_running(engine, target.name)
    if asked.command == "forget":
        if asked.confirm != target.name:
            raise ConfigError(f'--confirm is "{asked.confirm}"; to delete the ledger of {target.name}, it must be "{target.name}"')
        return [f"{name}: {count} deleted" for name, count in binding.forget(engine, target.name).items()]
    client = sis(target.sis).connect(connection(target.connection, values))
    return [_line(target.name, binding.rebind(engine, target.name, client, getpass.getuser()))]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.sis_binding", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="command", dest="command")
    commands.add_parser("show", help="which SIS each target's ledger belongs to")
    told_of = {
        "rebind": "the SIS at the connection's address is the one of the ledger",
        "forget": "delete the target's ledger; the next run adopts what carries the Grade Sync marker",
    }
    for name, told in told_of.items():
        command = commands.add_parser(name, help=told, description=told)
        command.add_argument("--target", required=True, help="target of the district file")
        if name == "forget":
            command.add_argument("--confirm", default="", metavar="TARGET", help="the target's name once more")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
