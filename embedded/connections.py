"""The start-up check: does every connection work, and have all the rights that a sync needs? Asked before anything is started or written."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from embedded.settings import Settings
from include import environment
from include.connection import Connection
from include.district import District, Target
from include.errors import GradeSyncError


def connection(settings: Settings, name: str) -> Connection:
    """The connection of this id out of `AIRFLOW_CONN_<ID>`; ConfigError says what is wrong with it, never showing its value."""
    return environment.connection(name, settings.values, ".env")


def missing(settings: Settings, district: District) -> list[str]:
    """What stands in the way of a sync, one sentence each; all connections are asked at the same time."""
    targets = district.targets.values()
    checks = [
        partial(_canvas, settings, district),
        *(partial(_sis, settings, target) for target in targets),
        *(partial(_identity, target) for target in targets),
    ]
    with ThreadPoolExecutor(len(checks)) as pool:
        return [sentence for found in pool.map(_told, checks) for sentence in found]


def worth_knowing(settings: Settings, district: District) -> list[str]:
    """What stands in nobody's way, and yet is not as the district file would have it: Canvas's list of synced assignments, by which nights go."""
    from include.canvas.check import unlisted
    from include.canvas.client import CanvasClient

    accounts = dict.fromkeys(target.canvas_account for target in district.targets.values() if target.extract.by_list)
    client = CanvasClient(connection(settings, district.canvas.connection))
    return [told for account in accounts for told in unlisted(client, account)]


def _canvas(settings: Settings, district: District) -> list[str]:
    from include.canvas.check import unseen
    from include.canvas.client import CanvasClient

    client = CanvasClient(connection(settings, district.canvas.connection))
    accounts = dict.fromkeys(target.canvas_account for target in district.targets.values())
    return client.check(district.canvas.account) or [told for account in accounts for told in unseen(client, account)]


def _sis(settings: Settings, target: Target) -> list[str]:
    from include.sis.registry import sis

    return sis(target.sis).connect(connection(settings, target.connection)).check()


def _identity(target: Target) -> list[str]:
    target.identity.read_files()
    return []


def _told(check: Callable[[], list[str]]) -> list[str]:
    try:
        return check()
    except GradeSyncError as error:
        return [error.told]
