"""What a district file may hold, key by key (design: District file). Strict: an unknown key or a wrong type is an error, never a guess."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from include.artifact_store import LOCAL, scheme_of
from include.explain import near, shown
from include.identity import Identity
from include.recipients import Address, Notices

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)
TARGET_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError(f'"{value}" is not a time zone{near(value, _zones())}. Use an IANA name, such as America/New_York')
    return value


def _cron(value: str) -> str:
    """Check five fields, as crontab has them, that name a moment which comes; croniter comes with Airflow, which reads the schedule with it."""
    from croniter import CroniterBadDateError, croniter

    if len(value.split()) != 5 or not croniter.is_valid(value):
        raise ValueError(f'"{value}" is not a schedule. Use cron: minute, hour, day, month, weekday, such as "15 1 * * *"')
    try:
        croniter(value, _ANY_DAY).get_next(datetime)
    except CroniterBadDateError:
        raise ValueError(f'"{value}" is a day that never occurs, so nothing would ever run. Use a day that occurs, such as "15 1 28 2 *"') from None
    return value


def _terms(value: object) -> str | tuple[str, ...]:
    if value in ("current", "all"):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError(f'{shown(value)} is not valid. Use current, all, or a list of SIS term IDs in quotes, such as ["2026S1"]')


def _id(value: object) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError(f'{shown(value)} is not valid. Use an ID, in quotes: "11"')


def _mode(value: object) -> object:
    if value == "accelerated":
        raise ValueError('"accelerated" was removed because it missed cleared scores. Use full (the default), or listed for large districts')
    return value


def _formerly(value: object) -> tuple[str, ...] | None:
    names = [value] if isinstance(value, str) else value
    if names is None:
        return None
    if isinstance(names, list | tuple) and all(isinstance(name, str) and TARGET_NAME.fullmatch(name) for name in names):
        return tuple(names)
    raise ValueError(f"{shown(value)} is not valid. Use the target's former name, or a list of them, the oldest first")


def _state(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


Zone = Annotated[str, AfterValidator(_zone)]
Schedule = Annotated[str, AfterValidator(_cron)]
Id = Annotated[str, PlainValidator(_id)]
Terms = Annotated[str | tuple[str, ...], PlainValidator(_terms)]
Name = Annotated[str, Field(min_length=1)]
Formerly = Annotated[tuple[str, ...] | None, PlainValidator(_formerly)]
Percent = Annotated[float, Field(gt=0, le=100)]


class Strict(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CanvasSource(Strict):
    """Where Canvas is: an Airflow connection, and the account below which everything lies."""

    connection: Name
    account: Id = "1"
    batches_at_once: int = Field(default=4, ge=1, le=64, description="batches of all targets that read Canvas at the same time")


class StatePlace(Strict):
    """Where ledger and history are kept: a database URL, or the Airflow connection that holds it."""

    url: Name | None = None
    connection: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.url is None) == (self.connection is None):
            raise ValueError("not valid. Use a database URL, or a table with the one key connection")
        if self.url is not None and not self.url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("the database URL is not valid. Use sqlite:///path or postgresql://host/database")
        return self


class Retention(Strict):
    """How long runs stay listed, in days (D-2). `failed_days` holds for all that did not end plainly *Completed*: also for those with errors."""

    completed_days: int = Field(default=7, ge=1)
    failed_days: int = Field(default=14, ge=1)


class Safety(Strict):
    """When a run stops before its first write (F-8), and when refusals turn it red (design, invariant 5)."""

    change_percent: Percent = Field(default=50.0, description="stop when more than this percentage of the current rows would be changed")
    clear_percent: Percent = Field(default=5.0, description="stop when more than this percentage of the current rows would be cleared or deleted")
    free_changes: int = Field(default=500, ge=0, description="this many changes never stop a run")
    run_change_percent: Percent = Field(default=40.0, description="the same for all courses of a run together, when there are five or more")
    run_clear_percent: Percent = Field(default=2.0, description="the same for rows that would be cleared or deleted")
    refused_percent: Percent = Field(default=20.0, description="the run fails when the SIS rejects more than this percentage")
    refused_at_least: int = Field(default=20, ge=1, description="fewer rejected rows than this never fail a run (I-9)")


class Extract(Strict):
    """How a target's courses are read by night: fully, or all scores with lists that Canvas's list of synced assignments tells to be unchanged
    (listed); docs/operating.md, Large districts."""

    mode: Annotated[Literal["full", "listed"], BeforeValidator(_mode)] = "full"
    full_every: int = Field(default=7, ge=2, le=31, description="each course is read fully at least once in this many nights")
    skip_idle: bool = Field(default=False, description="do not read courses without an entry in Canvas's list of synced assignments")

    @model_validator(mode="before")
    @classmethod
    def _no_overlap(cls, value: object) -> object:
        if isinstance(value, dict) and "overlap" in value:
            raise ValueError(f"overlap is {shown(value['overlap'])}, but it was removed together with the accelerated mode. Delete the key overlap")
        return value

    @property
    def by_list(self) -> bool:
        """Whether nights go by Canvas's list of synced assignments, which not every Canvas gives."""
        return self.skip_idle or self.mode == "listed"


class TargetEntry(Strict):
    """One target as the file has it: a SIS, which courses belong to it, and when."""

    sis: Name
    formerly: Formerly = Field(default=None, description="the target's former names, the oldest first; its ledger goes with it (I-6)")
    connection: Name
    canvas_account: Id
    schedule: Schedule | None = None
    reconcile: Schedule | None = Field(default=None, description="when the SIS is read and compared automatically (F-2)")
    time_zone: Zone | None = None
    terms: Terms = "current"
    nightly: Literal["all", "none", "canvas"] = "all"
    identity: Identity = Identity()
    rules: dict[str, Any] = Field(default_factory=dict)
    batch_work: int | None = Field(default=None, ge=1)
    batches_at_once: int = Field(default=2, ge=1, le=64, description="batches that use this SIS at the same time")
    safety: Safety | None = None
    extract: Extract = Extract()
    owner: Name = "gradesync"
    notify: tuple[Address, ...] = Field(default=(), strict=False, description="who receives an email after a run with errors (F-7)")


class DistrictEntry(Strict):
    """The whole file."""

    time_zone: Zone
    canvas: CanvasSource
    artifacts: Name = "artifacts/"
    artifacts_connection: Name | None = Field(default=None, description="the Airflow connection of the artifact storage")
    state: Annotated[StatePlace, BeforeValidator(_state)] = StatePlace(url="sqlite:///state/gradesync.db")
    batch_work: int = Field(default=100_000, ge=1, description="enrollments × assignments per batch")
    lease_wait: float = Field(default=120.0, ge=0, le=3600, description="seconds that a run waits for courses that another run is using (A-22)")
    retention: Retention = Retention()
    safety: Safety = Safety()
    notices: Notices = Notices()
    targets: dict[str, TargetEntry] = Field(min_length=1)

    @model_validator(mode="after")
    def _store(self) -> Self:
        if self.artifacts_connection is not None and scheme_of(self.artifacts) in LOCAL:
            raise ValueError(f'artifacts_connection is not allowed with artifacts: "{self.artifacts}". Use it with a URL such as s3://bucket/prefix')
        return self

    @model_validator(mode="after")
    def _targets(self) -> Self:
        for name in self.targets:
            if not TARGET_NAME.fullmatch(name):
                raise ValueError(f'target "{name}" is not valid. Use lowercase letters, digits, and _, at most 40, starting with a letter')
        places: dict[tuple[str, str], str] = {}
        for name, target in self.targets.items():
            other = places.setdefault((target.connection, target.canvas_account), name)
            if other != name:
                raise ValueError(
                    f"targets {other} and {name} send account {target.canvas_account} over connection {target.connection} twice. Remove one of them"
                )
        return self

    @model_validator(mode="after")
    def _former_names(self) -> Self:
        owners: dict[str, str] = {}
        for name, former in ((name, former) for name, target in self.targets.items() for former in target.formerly or ()):
            if former in self.targets:
                raise ValueError(
                    f'target {name}: formerly names "{former}", which is a target in this file. Use the name of a target that is no longer in it'
                )
            if former in owners:
                raise ValueError(f'targets {owners[former]} and {name} both name "{former}" as a former name. Keep it only where its ledger belongs')
            owners[former] = name
        return self
