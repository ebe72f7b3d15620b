"""The district file: which targets there are, where Canvas, the artifacts and the state are, and which rules a district changed.

Every error names the file, the key's path, the value and what is allowed. Reading it never touches a network, for Airflow reads
it each time it looks at the DAG files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import ValidationError

from include.artifact_store import sign_in
from include.broken_targets import broken_targets, only_targets
from include.district_file import CanvasSource, DistrictEntry, Extract, Retention, Safety, StatePlace, TargetEntry
from include.errors import ConfigError
from include.explain import explain, near
from include.gradebook.rules import SisRules
from include.identity import Identity, IdRule
from include.recipients import Notices

if TYPE_CHECKING:
    from upath import UPath

    from include.connection import Connection

ROOT = Path(__file__).resolve().parent.parent
VARIABLE = "GRADESYNC_DISTRICT"
CANVAS_POOL = "canvas"
_AS_WRITTEN = (
    "sis",
    "formerly",
    "connection",
    "canvas_account",
    "schedule",
    "reconcile",
    "terms",
    "nightly",
    "batches_at_once",
    "extract",
    "owner",
    "notify",
)
Rule = TypeVar("Rule", bound=IdRule)


@dataclass(frozen=True)
class Target:
    """One SIS that this district sends to, with everything filled in that the file leaves to the district or the rule table."""

    name: str
    sis: str
    connection: str
    canvas_account: str
    schedule: str | None
    reconcile: str | None
    time_zone: str
    terms: str | tuple[str, ...]
    nightly: str
    identity: Identity
    overrides: Mapping[str, Any]
    batch_work: int
    batches_at_once: int
    safety: Safety
    extract: Extract
    owner: str
    notify: tuple[str, ...]
    formerly: tuple[str, ...] | None = None

    @property
    def id_name(self) -> str:
        """The target's first name: our IDs in the SIS are made from it, and stay as they are when the target is renamed (I-6)."""
        return self.formerly[0] if self.formerly else self.name

    @property
    def pool(self) -> str:
        """The Airflow pool that keeps this SIS's pace, whatever the number of workers."""
        return f"sis_{self.name}"

    def rules(self) -> SisRules:
        """The SIS's rule table with this district's overrides (requirements, end of table C)."""
        from include.sis.registry import sis

        return SisRules.model_validate({**sis(self.sis).rules.model_dump(), **self.overrides})


@dataclass(frozen=True)
class District:
    """A district file, read and checked. `root` is the folder that relative paths are relative to.

    `broken` are targets whose entry is wrong, with their mistakes: they are not in `targets`, so nothing runs them (I-9).
    """

    path: Path
    root: Path
    time_zone: str
    canvas: CanvasSource
    artifacts: str
    place: StatePlace
    retention: Retention
    targets: Mapping[str, Target]
    lease_wait: float = 120.0
    notices: Notices = field(default_factory=Notices)
    artifacts_connection: str | None = None
    broken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def target(self, name: str) -> Target:
        """The target of this name; ConfigError lists those that there are, or says what is wrong with its entry."""
        if name in self.broken:
            raise _told(self.path, self.broken[name])
        if name not in self.targets:
            raise ConfigError(f'{self.path}: there is no target "{name}"{near(name, self.targets)}. Use {", ".join(self.targets)}')
        return self.targets[name]

    def pools(self) -> dict[str, int]:
        """The Airflow pools that the DAGs need, with their slots."""
        return {CANVAS_POOL: self.canvas.batches_at_once, **{target.pool: target.batches_at_once for target in self.targets.values()}}

    @property
    def state(self) -> str:
        """URL of the state database; ConfigError as long as it stands in a connection that nobody has looked up (`located`)."""
        if self.place.url is None:
            raise ConfigError(f"{self.path}: state: connection {self.place.connection} was not looked up")
        return self.place.url

    def located(self, lookup: Callable[[str], str]) -> District:
        """The same with the state's URL, asked of `lookup` (connection id → URL) where the file names a connection."""
        if self.place.connection is None:
            return self
        return replace(self, place=StatePlace(url=lookup(self.place.connection)))

    def signed_in(self, lookup: Callable[[str], Connection]) -> District:
        """The same, with the artifacts' store opened to this process by the connection that the file names for it."""
        sign_in(self.artifacts, lookup(self.artifacts_connection) if self.artifacts_connection else None)
        return self

    def artifacts_root(self) -> UPath:
        """Where the runs' folders lie: a local folder or anything that fsspec opens."""
        from upath import UPath

        return UPath(self.artifacts)


def district_path(environ: Mapping[str, str] = os.environ) -> Path:
    """The district file of this installation: `GRADESYNC_DISTRICT` (relative to the project), else the project's own."""
    return ROOT / (environ.get(VARIABLE) or "config/district.yaml")


def load_district(path: Path | None = None) -> District:
    """Read the district file as it is meant; ConfigError names all its mistakes at once, one per line.

    A mistake in the entry of one target stops that target, and no other (I-9): it is in `broken`, and `target` raises it.
    """
    path = path or district_path()
    raw = _read(path)
    entry, mistakes = _validated(raw)
    broken: dict[str, tuple[str, ...]] = {}
    if mistakes:
        broken = broken_targets(raw, lambda part: _validated(part)[1])
        entry, others = _validated(only_targets(raw, [name for name in raw["targets"] if name not in broken])) if broken else (entry, mistakes)
        mistakes = mistakes if others else []
    if entry is None or mistakes:
        raise _told(path, mistakes)
    return replace(_resolved(path, entry), broken=MappingProxyType({str(name): found for name, found in broken.items()}))


def _validated(raw: Mapping[str, Any]) -> tuple[DistrictEntry | None, list[str]]:
    """The file's table, and its mistakes."""
    try:
        entry = DistrictEntry.model_validate(raw)
    except ValidationError as error:
        return None, explain(error, DistrictEntry)
    return entry, [mistake for name, target in entry.targets.items() for mistake in _target_mistakes(name, target)]


def _told(path: Path, mistakes: Sequence[str]) -> ConfigError:
    return ConfigError("\n".join(f"{path}: {mistake}" for mistake in mistakes))


class _Once(yaml.SafeLoader):
    """YAML that refuses a key which is given twice: plain YAML would quietly take the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f'the key "{key.value}" is given twice', problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=_Once)  # noqa: S506  # a SafeLoader
    except FileNotFoundError:
        raise ConfigError(f"{path}: file not found. Use a district file at config/district.yaml, or name one in {VARIABLE}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: the file cannot be read ({type(error).__name__}). Use a YAML file in UTF-8") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {_yaml_told(error)}. Use YAML, as in the example config/district.yaml") from None
    if not isinstance(raw, dict):
        held = "nothing" if raw is None else f"a {type(raw).__name__}"
        raise ConfigError(f"{path}: the file holds {held}. Use a table with the keys {', '.join(DistrictEntry.model_fields)}")
    return raw


def _yaml_told(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem or error.context}"
    return "the file is not YAML"


def _target_mistakes(name: str, target: TargetEntry) -> list[str]:
    from include.sis.registry import SIS

    mistakes = []
    if target.sis not in SIS:
        mistakes.append(f'targets.{name}.sis: "{target.sis}" is not a known SIS{near(target.sis, SIS)}. Use {", ".join(SIS)}')
    try:
        SisRules.model_validate(target.rules)
    except ValidationError as error:
        mistakes += explain(error, SisRules, ("targets", name, "rules"))
    return mistakes


def _resolved(path: Path, entry: DistrictEntry) -> District:
    folder = path.resolve().parent
    root = folder.parent if folder.name == "config" else folder
    return District(
        path=path,
        root=root,
        time_zone=entry.time_zone,
        canvas=entry.canvas,
        artifacts=_located(root, entry.artifacts),
        place=_state(root, entry.state),
        retention=entry.retention,
        lease_wait=entry.lease_wait,
        notices=_notices(root, entry.notices),
        artifacts_connection=entry.artifacts_connection,
        targets=MappingProxyType({name: _target(root, name, target, entry) for name, target in entry.targets.items()}),
    )


def _target(root: Path, name: str, target: TargetEntry, entry: DistrictEntry) -> Target:
    return Target(
        name=name,
        time_zone=target.time_zone or entry.time_zone,
        identity=Identity(section=_rule(root, target.identity.section), student=_rule(root, target.identity.student)),
        overrides=MappingProxyType(dict(target.rules)),
        batch_work=target.batch_work or entry.batch_work,
        safety=target.safety or entry.safety,
        **{field: getattr(target, field) for field in _AS_WRITTEN},
    )


def _rule(root: Path, rule: Rule) -> Rule:
    return rule if rule.file is None else rule.model_copy(update={"file": str(root / rule.file)})


def _notices(root: Path, notices: Notices) -> Notices:
    return notices if notices.teachers is None else notices.model_copy(update={"teachers": str(root / notices.teachers)})


def _located(root: Path, place: str) -> str:
    return place if "://" in place else str(root / place)


def _state(root: Path, place: StatePlace) -> StatePlace:
    prefix = "sqlite:///"
    if place.url is None or not place.url.startswith(prefix):
        return place
    return StatePlace(url=prefix + str(root / place.url.removeprefix(prefix)))
