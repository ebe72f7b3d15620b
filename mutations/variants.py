"""The SIS as the bench meets them: the five, and other ways of writing to them that answer with more records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.applications import Starlette

from include.sandbox.journal import Journal
from include.sandbox.oneroster.app import oneroster_app
from include.sandbox.oneroster.traits import TRAITS
from include.sandbox.powerschool.app import powerschool_app
from include.sandbox.powerschool.settings import Settings
from include.sandbox.world import District

_EAGER: Mapping[str, Any] = {"tries": 3, "retry_delay_s": 0.02, "patience_s": 20, "timeout_s": 20}
_ONE_BY_ONE: Mapping[str, Any] = {**_EAGER, "workers": 1}  # so that a run always asks in the same order


@dataclass(frozen=True)
class Variant:
    """One SIS in one way of being written to. An `extra` way mutates only what its SIS's first way does not answer."""

    name: str
    target: str
    connection: Mapping[str, Any] = field(default_factory=lambda: _ONE_BY_ONE)
    server: Mapping[str, Any] = field(default_factory=dict)
    is_extra: bool = False

    def app(self, district: District) -> Starlette:
        """Make its sandbox server."""
        if self.target == "powerschool":
            return powerschool_app(district, Journal(None), Settings(**self.server))
        return oneroster_app(district, replace(TRAITS[self.target], **self.server), Journal(None))


VARIANTS = (
    Variant("genesis", "genesis"),
    Variant("synergy", "synergy"),
    Variant("schooltool", "schooltool"),
    Variant("infinite_campus", "infinite_campus"),
    Variant("powerschool", "powerschool", {**_EAGER, "clear_scores": "empty_row"}),
    Variant("genesis, ids by the SIS", "genesis", {**_ONE_BY_ONE, "put_style": "modified"}, {"id_mode": "modified"}, is_extra=True),
    Variant("infinite_campus, batches", "infinite_campus", {**_ONE_BY_ONE, "batch": True, "batch_size": 3}, is_extra=True),
    Variant("powerschool, bare answers", "powerschool", _EAGER, {"ids_header": False, "name_params": False}, is_extra=True),
)

FIVE = tuple(variant for variant in VARIANTS if not variant.is_extra)
