"""The start-up check: does every connection work, and have all the rights that a sync needs? Asked before anything is started or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from embedded.settings import Settings
from include import environment
from include.connection import Connection
from include.district import District, Target
from include.errors import GradeSyncError
from include.sync.own_errors import told_of


def connection(settings: Settings, name: str) -> Connection:
    """The connection of this id out of `AIRFLOW_CONN_<ID>`; ConfigError says what is wrong with it, never showing its value."""
    return environment.connection(name, settings.values, ".env")


@dataclass(frozen=True)
class Missing:
    """What stands in the way of a sync, one sentence each: of all targets (Canvas itself), and of single ones (I-9)."""

    canvas: list[str]
    targets: dict[str, list[str]]

    @property
    def sentences(self) -> list[str]:
        """All of them, each once."""
        return list(dict.fromkeys([*self.canvas, *(sentence for found in self.targets.values() for sentence in found)]))


def missing(settings: Settings, district: District) -> Missing:
    """Check Canvas and every target's SIS and mapping files, all at the same time; a check that fails concerns its own target alone (I-9)."""
    targets = district.targets.values()
    with ThreadPoolExecutor(2 * len(targets) + 1) as pool:
        canvas = pool.submit(_canvas, settings, district)
        checks = {
            target.name: [
                pool.submit(_told, f"connection {target.connection}", partial(_sis, settings, target)),
                pool.submit(_told, f"targets.{target.name}.identity", partial(_identity, target)),
            ]
            for target in targets
        }
        shared = pool.submit(_shared, settings, district)
        unusable, unseen = canvas.result()
        found = {
            target.name: [
                *unseen.get(target.canvas_account, ()),
                *shared.result().get(target.name, ()),
                *(told for check in checks[target.name] for told in check.result()),
            ]
            for target in targets
        }
    return Missing(unusable, {name: sentences for name, sentences in found.items() if sentences})


def worth_knowing(settings: Settings, district: District) -> list[str]:
    """What stands in nobody's way, and yet is not as the district file would have it: Canvas's list of synced assignments, by which nights go."""
    from include.canvas.check import unlisted
    from include.canvas.client import CanvasClient

    canvas = district.canvas.connection
    accounts = dict.fromkeys(target.canvas_account for target in district.targets.values() if target.extract.by_list)
    client = CanvasClient(connection(settings, canvas))
    return [told for account in accounts for told in _told(f"connection {canvas}", partial(unlisted, client, account))]


def _canvas(settings: Settings, district: District) -> tuple[list[str], dict[str, list[str]]]:
    """What is missing in Canvas for every target, and, by account, for those that read it."""
    from include.canvas.check import unseen
    from include.canvas.client import CanvasClient

    subject = f"connection {district.canvas.connection}"
    clients = list[CanvasClient]()

    def usable() -> list[str]:
        clients.append(CanvasClient(connection(settings, district.canvas.connection)))
        return clients[0].check(district.canvas.account)

    if told := _told(subject, usable):
        return told, {}
    accounts = dict.fromkeys(target.canvas_account for target in district.targets.values())
    return [], {account: _told(subject, partial(unseen, clients[0], account)) for account in accounts}


def _shared(settings: Settings, district: District) -> Mapping[str, list[str]]:
    """By target, which earlier target would write to the same SIS sections (I-6)."""
    from include.canvas.client import CanvasClient
    from include.shared_sis import shared
    from include.sis.registry import sis

    return shared(
        district.targets.values(),
        lambda target: sis(target.sis).connect(connection(settings, target.connection)).server,
        lambda: CanvasClient(connection(settings, district.canvas.connection)),
    )


def _sis(settings: Settings, target: Target) -> list[str]:
    from include.sis.registry import sis

    return sis(target.sis).connect(connection(settings, target.connection)).check()


def _identity(target: Target) -> list[str]:
    target.identity.read_files()
    return []


def _told(subject: str, check: Callable[[], list[str]]) -> list[str]:
    """The sentences of one check. One that breaks is reported for its subject, as an error of Grade Sync where it is one (I-7)."""
    try:
        return check()
    except GradeSyncError as error:
        return [error.told]
    except Exception as error:
        return [f"{subject}: the check did not finish: {told_of(error)}"]
