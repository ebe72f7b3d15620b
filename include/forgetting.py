"""`python -m include.forgetting`: delete what the product knows of a student, a course, or past runs, before its time (docs/privacy.md).

Needs the district file and the state database, with connections found in the environment or the project's `.env`. Canvas and the SIS are not touched.
Answers 0 when something was deleted, 1 when there was nothing, 2 when it was refused: then nothing was deleted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from include.district import ROOT, District, district_path, load_district
from include.district_file import Retention
from include.environment import connection, database_url, project_values
from include.errors import ConfigError, GradeSyncError


def main(arguments: Sequence[str], values: Mapping[str, str] | None = None) -> int:
    """Carry out one command on the terminal."""
    asked = _parser().parse_args(arguments)
    values = project_values(ROOT) if values is None else values
    try:
        district = load_district(district_path(values)).located(lambda name: database_url(name, values))
        district = district.signed_in(lambda name: connection(name, values))
        gone = _runs(district, asked) if asked.what == "runs" else _rows(district, asked)
    except GradeSyncError as error:
        print(f"forgetting: {error}", file=sys.stderr)  # noqa: T201  # a command's own words
        return 2
    print("\n".join(f"{name}: {count} deleted" for name, count in gone.items()))  # noqa: T201  # as above
    return 0 if any(gone.values()) else 1


def _rows(district: District, asked: argparse.Namespace) -> dict[str, int]:
    """First what the listed mode keeps: were this interrupted, the ledger would still tell by which id Canvas knows the student."""
    from include.sync import kept_reads, state
    from include.sync.forgetting import canvas_ids, forget_course, forget_sent_for, forget_student, known_ids, refuse_two
    from include.sync.renaming import take_over

    target, engine = district.target(asked.target).name, state.engine(district.state)
    state.check(district.state)
    take_over(engine, district.target(target))
    if asked.what == "course":
        kept = kept_reads.forget_course(district, target, asked.id)
        return {kept_reads.FOLDER: kept, **forget_course(engine, target, asked.id)}
    if asked.sent_for:
        return forget_sent_for(engine, target, asked.id, asked.sent_for)
    if not asked.whose:
        refuse_two(asked.id, known_ids(engine, target, asked.id) | kept_reads.known_ids(district, target, asked.id))
    kept = kept_reads.forget_student(district, target, asked.id, canvas_ids(engine, target, asked.id), asked.whose)
    return {kept_reads.FOLDER: kept, **forget_student(engine, target, asked.id, asked.whose)}


def _runs(district: District, asked: argparse.Namespace) -> dict[str, int]:
    """As housekeeping does it every morning, with other days."""
    from include.sync import state
    from include.sync.housekeeping import tidy

    if asked.older_than < 1:
        raise ConfigError(f"--older-than: {asked.older_than} is not valid. Use a whole number of days, at least 1, because a run may be in progress")
    state.check(district.state)
    kept = Retention(completed_days=asked.older_than, failed_days=asked.older_than)
    return tidy(replace(district, retention=kept), datetime.now(UTC))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.forgetting", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="command", dest="what")
    for what, told in (("student", "all scores of a student: the SIS ID or the Canvas ID"), ("course", "everything of a course: the Canvas ID")):
        command = commands.add_parser(what, help=told, description=told)
        command.add_argument("--target", required=True, help="target of the district file")
        command.add_argument("id")
        if what == "student":
            which = command.add_mutually_exclusive_group()
            which.add_argument("--sis-id", dest="whose", action="store_const", const="sis", default="", help="the ID is the SIS ID")
            misfiled = "only scores that were sent under this SIS ID for that Canvas user and that the SIS staff has removed (I-2)"
            which.add_argument("--sent-for", default="", metavar="CANVAS_ID", help=misfiled)
            which.add_argument("--canvas-id", dest="whose", action="store_const", const="canvas", default="", help="the ID is the Canvas ID")
    told = "runs that ended more than this many days ago, with their artifacts, of all targets"
    commands.add_parser("runs", help=told, description=told).add_argument("--older-than", type=int, required=True, metavar="DAYS")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
