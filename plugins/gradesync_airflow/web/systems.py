"""The systems behind the pages as Airflow's connections have them: type and address for people, never a secret; and their tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from airflow.sdk.bases.hook import BaseHook

from include.canvas.client import CanvasClient
from include.connection import Connection
from include.district import District, Target
from include.errors import ConfigError, GradeSyncError
from include.shared_sis import shared
from include.sis.contract import SisClient
from plugins.gradesync_airflow.hooks import CanvasHook, GradeSyncHook, SisHook

_ADDRESSES = ("host", "rostering_url", "gradebook_url", "token_url")
_SECONDS = 30


@dataclass(frozen=True)
class System:
    """One connection of the district: which one, for whom it is there, and what Airflow holds. `problem` says why nothing is known of it."""

    connection: str
    target: str
    kind: str
    addresses: tuple[str, ...]
    problem: str = ""


def systems(district: District, targets: tuple[str, ...]) -> list[System]:
    """Canvas once per target, for its rights are those on the target's account; and each target's SIS."""
    mine = [target for name, target in district.targets.items() if name in targets]
    turn = int(time.monotonic() / _SECONDS)
    canvas = [_system(district.canvas.connection, target.name, turn) for target in mine]
    return [*canvas, *(_system(target.connection, target.name, turn) for target in mine)]


def canvas_address(district: District) -> str:
    """Where people reach Canvas; empty where the connection does not say."""
    found = _system(district.canvas.connection, "", int(time.monotonic() / _SECONDS))
    return found.addresses[0].rstrip("/") if found.addresses else ""


def missing(district: District, target: Target, connection: str) -> list[str]:
    """What is missing for a sync of this target on this connection, one sentence each."""
    return _told(connection, lambda: _checked(district, target, connection))


def client(target: Target) -> SisClient:
    """A client of the target's SIS; ConfigError where its connection cannot be read."""
    try:
        return SisHook(target.connection, target.sis).get_conn()
    except GradeSyncError:
        raise
    except Exception as error:  # as below
        raise ConfigError(_unfound(target.connection, error)) from error


def _checked(district: District, target: Target, connection: str) -> list[str]:
    if connection == target.connection:
        return [*SisHook(target.connection, target.sis).get_conn().check(), *_shared(district).get(target.name, ())]
    return list(CanvasHook(district.canvas.connection).get_conn().check(target.canvas_account))


def _shared(district: District) -> Mapping[str, list[str]]:
    return shared(district.targets.values(), lambda target: client(target).server, lambda: _canvas(district))


def _canvas(district: District) -> CanvasClient:
    """A client of Canvas; ConfigError where its connection cannot be read, so that no other connection is blamed for it."""
    name = district.canvas.connection
    try:
        return CanvasHook(name).get_conn()
    except GradeSyncError:
        raise
    except Exception as error:  # as below
        raise ConfigError(_unfound(name, error)) from error


def _told(connection: str, check: Callable[[], list[str]]) -> list[str]:
    try:
        return check()
    except GradeSyncError as error:
        return [error.told]
    except Exception as error:  # a connection that Airflow cannot find has an exception of its own in each of its versions
        return [_unfound(connection, error)]


def _unfound(connection: str, error: Exception) -> str:
    make = f"Create it under Admin → Connections or as AIRFLOW_CONN_{connection.upper()}."
    return f"Connection {connection} cannot be read ({type(error).__name__}). {make}"


@lru_cache(maxsize=64)
def _system(connection: str, target: str, turn: int) -> System:  # noqa: ARG001  # the turn is the cache's key: a secrets backend is not asked by every click
    try:
        found = BaseHook.get_connection(connection)
        held = GradeSyncHook(connection).connection()
    except Exception as error:  # as above
        return System(connection, target, "", (), _unfound(connection, error))
    return System(connection, target, str(found.conn_type or ""), tuple(dict.fromkeys(_addresses(held))))


def _addresses(held: Connection) -> list[str]:
    """Scheme, host and path of each address: never a user, a password or a query that somebody wrote into one."""
    values: list[Any] = [held.host, *(held.extra.get(name) for name in _ADDRESSES[1:])]
    return [shown for value in values if value and (shown := _shown(str(value)))]


def _shown(address: str) -> str:
    parts = urlsplit(address if "://" in address else f"https://{address}")
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}" if place and parts.scheme in ("http", "https") else ""
