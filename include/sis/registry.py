"""Which SIS there are: for each its rule table, its connection type and how a client is made. A sixth one is a line here (F-6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from include.connection import Connection
from include.errors import ConfigError
from include.explain import near
from include.gradebook.rules import SisRules
from include.sis import genesis, infinite_campus, powerschool_rules, schooltool, synergy

if TYPE_CHECKING:
    from include.sis.contract import SisClient

ConnectionType = Literal["oneroster", "powerschool"]


@dataclass(frozen=True, slots=True)
class Sis:
    """One SIS: its name in the district file, its name for people, its rules, and how to talk to it."""

    name: str
    title: str
    rules: SisRules
    connection_type: ConnectionType
    connect: Callable[[Connection], SisClient]


def _powerschool(connection: Connection) -> SisClient:
    from include.sis.powerschool.client import connect

    return connect(connection)


SIS: Mapping[str, Sis] = {
    entry.name: entry
    for entry in (
        Sis("genesis", genesis.TITLE, genesis.RULES, "oneroster", genesis.connect),
        Sis("synergy", synergy.TITLE, synergy.RULES, "oneroster", synergy.connect),
        Sis("schooltool", schooltool.TITLE, schooltool.RULES, "oneroster", schooltool.connect),
        Sis("infinite_campus", infinite_campus.TITLE, infinite_campus.RULES, "oneroster", infinite_campus.connect),
        Sis("powerschool", "PowerSchool", powerschool_rules.RULES, "powerschool", _powerschool),
    )
}


def sis(name: str) -> Sis:
    """The SIS of this name; ConfigError lists the names that there are."""
    if name not in SIS:
        raise ConfigError(f'sis: "{name}" is not known{near(name, SIS)}. Use {", ".join(SIS)}')
    return SIS[name]
