"""`python -m include.choosing`: category choices per SIS section (B-1, B-3, B-5), and the nightly switch per course (A-18, D-11, R-12).

Needs the district file and the state database; with `--check` also the SIS, whose connection stands in the environment or the project's `.env`.
Answers 0 when it was done, 1 when there was nothing to do, 2 when it was refused: then nothing was changed.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

from sqlalchemy import Engine

from include.district import ROOT, District, Target, district_path, load_district
from include.environment import connection, database_url, project_values
from include.errors import ConfigError, GradeSyncError
from include.gradebook.dates import local_today
from include.sync import choices, settings, state
from include.sync.choices_check import check_choices
from include.sync.choices_file import ALLOWED_ID, CANVAS_ID, Line, frame, read_choices, refuse, write_choices


@dataclass(frozen=True)
class Desk:
    """What every command works with: the district, its state database, the connections, the clock, and what was typed."""

    district: District
    engine: Engine
    values: Mapping[str, str]
    now: datetime
    asked: argparse.Namespace

    @property
    def targets(self) -> list[str]:
        """The chosen target, or all."""
        return [self.district.target(self.asked.target).name] if self.asked.target else list(self.district.targets)


def main(arguments: Sequence[str], values: Mapping[str, str] | None = None) -> int:
    """Carry out one command on the terminal."""
    asked = _parser().parse_args(arguments)
    values = project_values(ROOT) if values is None else values
    try:
        district = load_district(district_path(values)).located(lambda name: database_url(name, values))
        state.check(district.state)
        return int(asked.do(Desk(district, state.engine(district.state), values, datetime.now(UTC), asked)))
    except GradeSyncError as error:
        print(f"choosing: {error.told}", file=sys.stderr)  # noqa: T201  # a command's own words
        return 2


def _list(desk: Desk) -> int:
    for name in desk.targets:
        _say(name, *_groups(desk, name))
    return 0


def _groups(desk: Desk, target: str) -> Iterator[str]:
    """Per group its sections with their categories (B-5)."""
    rows = choices.choices(desk.engine, target, [desk.asked.section] if desk.asked.section else None)
    if rows.empty:
        yield "  no mappings: groups use the category with the same name"
        return
    who = choices.chosen_by(desk.engine, target, sorted(set(rows["sis_section_id"])))
    for group, part in rows.merge(who, on=["sis_section_id", "canvas_group_id"]).groupby("canvas_group_id"):
        yield f"  group {group}: {len(part)} sections mapped, {part['category_id'].isna().sum()} of them unassociated"
        for row in part.fillna({"category_id": ""}).to_dict("records"):
            category = f"category {row['category_id']}" if row["category_id"] else "unassociated"
            yield f"    section {row['sis_section_id']}: {category} (by {row['chosen_by']}, {row['chosen_at']:%Y-%m-%d %H:%M} UTC)"


def _set(desk: Desk) -> int:
    line = _line(desk)
    if desk.asked.check:
        for _, told in _checked(desk, [line]):
            raise ConfigError(told)
    choices.choose(desk.engine, line.target, frame([line]), desk.asked.by, desk.now)
    _say(f"{line.target}: group {line.canvas_group_id} in section {line.sis_section_id} is now {line.category_id or 'unassociated'}")
    return 0


def _remove(desk: Desk) -> int:
    line = _line(desk)
    found = choices.remove(desk.engine, line.target, frame([line]))
    told = "now uses the category with the same name" if found else "no mapping to remove"
    _say(f"{line.target}: group {line.canvas_group_id} in section {line.sis_section_id}: {told}")
    return 0 if found else 1


def _export(desk: Desk) -> int:
    count = write_choices(desk.asked.file, {name: choices.choices(desk.engine, name) for name in desk.targets})
    _say(f"{count} category mappings written to {desk.asked.file}")
    return 0


def _import(desk: Desk) -> int:
    lines = read_choices(desk.asked.file, desk.district.targets)
    by_target: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        by_target[line.target].append(line)
    if desk.asked.check:
        refuse(desk.asked.file, [f"line {line.number}: {told}" for part in by_target.values() for line, told in _checked(desk, part)])
    choices.change(desk.engine, {target: frame(part) for target, part in by_target.items()}, {}, desk.asked.by, desk.now)
    _say(f"{len(lines)} category mappings imported from {desk.asked.file}" if lines else f"{desk.asked.file} contains no category mappings")
    return 0 if lines else 1


def _courses(desk: Desk) -> int:
    (target,), wanted = desk.targets, dict.fromkeys(desk.asked.course)
    wrong = [course for course in wanted if not CANVAS_ID.fullmatch(course)]
    if wrong:
        raise ConfigError(f'course "{wrong[0]}" is not a course. Use {ALLOWED_ID}')
    if desk.asked.switch == "default":
        settings.follow_default(desk.engine, target, wanted)
    else:
        settings.switch(desk.engine, target, dict.fromkeys(wanted, desk.asked.switch == "on"), desk.asked.by, desk.now)
    told = f"as the target's default ({desk.district.target(target).nightly})" if desk.asked.switch == "default" else desk.asked.switch
    _say(f"{target}: nightly sync of {', '.join(wanted)} is now {told}")
    return 0


def _courses_list(desk: Desk) -> int:
    for name in desk.targets:
        switched = settings.switches(desk.engine, name)
        default = {"all": "on", "none": "off", "canvas": "as Canvas's own nightly setting says"}[desk.district.target(name).nightly]
        _say(f"{name}: {default} for every course", *(f"  except {course}: {'on' if on else 'off'}" for course, on in switched.items()))
    return 0


def _line(desk: Desk) -> Line:
    """The choice that the options name."""
    asked, (target,) = desk.asked, desk.targets
    if not CANVAS_ID.fullmatch(asked.group):
        raise ConfigError(f'--group "{asked.group}" is not an assignment group. Use {ALLOWED_ID}')
    if not asked.section.strip():
        raise ConfigError('--section "" is empty. Use the ID of a section in the SIS')
    category = getattr(asked, "category", None)
    if category is not None and not category.strip():
        raise ConfigError('--category "" is empty. Use the ID of a category in the SIS, or --unassociated instead')
    return Line(1, target, asked.section.strip(), asked.group, (category or "").strip())


def _checked(desk: Desk, lines: Sequence[Line]) -> Iterable[tuple[Line, str]]:
    """What the SIS has against choices of one target."""
    from include.sis.registry import sis

    target: Target = desk.district.target(lines[0].target)
    client = sis(target.sis).connect(connection(target.connection, desk.values))
    return check_choices(lines, client, target.rules(), local_today(desk.now, target.time_zone).isoformat())


def _say(*lines: str) -> None:
    print("\n".join(lines))  # noqa: T201  # a command's own words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.choosing", description="Category mappings and the nightly setting of courses.")
    commands = parser.add_subparsers(required=True, metavar="command")
    listing = _command(commands, "list", _list, "category mappings, per assignment group", target=False)
    listing.add_argument("--section", help="only this section's")
    setting = _command(commands, "set", _set, "map one group in one section to a category", by=True)
    removing = _command(commands, "remove", _remove, "remove a mapping: the category with the same name is used")
    for each in (setting, removing):
        each.add_argument("--section", required=True, help="ID of the section in the SIS")
        each.add_argument("--group", required=True, help="Canvas ID of the assignment group")
    what = setting.add_mutually_exclusive_group(required=True)
    what.add_argument("--category", help="ID of the category in the SIS")
    what.add_argument("--unassociated", action="store_true", help="no category: not sent, or sent without a category if the SIS accepts that")
    exporting = _command(commands, "export", _export, "export all mappings as CSV", target=False)
    importing = _command(
        commands, "import", _import, "import mappings from such a CSV; nothing is imported if any line has an error", target=None, by=True
    )
    for each in (exporting, importing):
        each.add_argument("file", type=Path, metavar="FILE.csv")
    for each in (setting, importing):
        each.add_argument("--check", action="store_true", help="first check that the SIS has these sections and categories")
    courses = commands.add_parser("courses", help="the nightly setting of courses").add_subparsers(required=True, metavar="command", dest="switch")
    _command(courses, "list", _courses_list, "the default of each target, and the courses with their own setting", target=False)
    for word, told in (("on", "turn the nightly sync on"), ("off", "turn the nightly sync off"), ("default", "use the target's default")):
        switch = _command(courses, word, _courses, told, by=True)
        switch.add_argument("course", nargs="+", help="Canvas id")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, do: Callable[[Desk], int], told: str, *, target: bool | None = True,
    by: bool = False,
) -> argparse.ArgumentParser:  # fmt: skip
    """One command. `target`: must be named, may be, or (None) cannot be."""
    made = commands.add_parser(name, help=told, description=told)
    made.set_defaults(do=do, target=None)
    if target is not None:
        made.add_argument("--target", required=target, help="target of the district file")
    if by:
        made.add_argument("--by", default=_login(), help="who makes the change; recorded with the mapping (default: the login name)")
    return made


def _login() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "command line"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
