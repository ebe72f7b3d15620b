"""The SIS as the bench meets them: the five, and the ways of writing that one of them may be set to."""

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

_EAGER = {"tries": 3, "retry_delay_s": 0.02, "patience_s": 20}
_ONEROSTER = {**_EAGER, "delete_support": True}
_POWERSCHOOL = {**_EAGER, "clear_scores": "empty_row", "delete_assignments": "forced"}
_RULES = {"clear_blanks": True, "delete_removed": True, "name_max_length": 200}


@dataclass(frozen=True)
class Variant:
    """One SIS in one way of being written to: extras of its connection, rules of its target, and how its sandbox differs from the usual one."""

    name: str
    target: str
    extra: Mapping[str, Any]
    rules: Mapping[str, Any] = field(default_factory=lambda: _RULES)
    server: Mapping[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> int:
        """How often one row may go out in one call of the client: a batch that is refused as a whole is sent again row by row."""
        return 2 if self.extra.get("batch") else 1

    @property
    def allocates(self) -> bool:
        """Whether ids of new rows are left to the SIS."""
        return self.target == "powerschool" or bool(self.extra.get("batch")) or self.extra.get("put_style") == "modified"

    def app(self, district: District) -> Starlette:
        """Its sandbox server."""
        if self.target == "powerschool":
            return powerschool_app(district, Journal(None), Settings(**self.server))
        return oneroster_app(district, replace(TRAITS[self.target], **self.server), Journal(None))


def _oneroster(name: str, target: str, *, rules: Mapping[str, Any] | None = None, server: Mapping[str, Any] | None = None, **extra: Any) -> Variant:
    return Variant(name, target, {**_ONEROSTER, **extra}, {**_RULES, **(rules or {})}, server or {})


# Where names must be unique in a class a twin could not be made: those variants let it happen, to be seen.
VARIANTS = (
    Variant("powerschool", "powerschool", _POWERSCHOOL),  # first, for it takes longest
    _oneroster("genesis", "genesis", workers=1, rules={"excused": "exempt"}),
    _oneroster("genesis, ids by the SIS", "genesis", workers=1, put_style="modified", server={"id_mode": "modified"}),
    _oneroster("synergy", "synergy", workers=2),
    _oneroster("schooltool", "schooltool", workers=4),
    _oneroster("infinite campus, PUT", "infinite_campus", workers=4, clear_by="not_submitted"),
    _oneroster("infinite campus, batches", "infinite_campus", workers=1, batch=True, batch_size=3, server={"name_unique": False}),
    _oneroster(
        "infinite campus, ids by the SIS", "infinite_campus", workers=2, put_style="modified", server={"id_mode": "modified", "name_unique": False}
    ),
    Variant("powerschool, bare answers", "powerschool", _POWERSCHOOL, server={"ids_header": False, "name_params": False}),
)


def is_lean(variant: Variant) -> bool:
    """Whether another variant of the same SIS comes before it."""
    return next(one for one in VARIANTS if one.target == variant.target) is not variant
