"""Airflow connection → our `Connection` → client. The only place where the product asks Airflow for hosts and secrets.

Each hook's test (Admin > Connections > Test) is the client's own `check`: it says exactly which right or setting is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.hook import BaseHook

from include.connection import Connection
from include.errors import GradeSyncError

if TYPE_CHECKING:
    from include.canvas.client import CanvasClient
    from include.district import District, Target
    from include.sis.contract import SisClient


class GradeSyncHook(BaseHook):
    """What the three hooks share: the connection by its id, and the test button."""

    conn_name_attr: ClassVar[str] = "connection_id"
    default_conn_name: ClassVar[str] = ""

    def __init__(self, connection_id: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.connection_id = connection_id or self.default_conn_name

    def connection(self) -> Connection:
        """The connection as our clients take it."""
        found = self.get_connection(self.connection_id)
        fields = {name: getattr(found, name) for name in ("host", "schema", "port", "login", "password")}
        return Connection.of(self.connection_id, {**fields, "extra": found.extra_dejson})

    def get_conn(self) -> Any:
        """The client over this connection."""
        raise NotImplementedError

    def missing(self) -> list[str]:
        """What is missing for a sync, one sentence each; empty when all is well."""
        try:
            return list(self.get_conn().check())
        except GradeSyncError as error:
            return [error.told]

    def test_connection(self) -> tuple[bool, str]:
        """Whether all is well, and the sentence for the person who pressed Test."""
        missing = self.missing()
        return not missing, " ".join(missing) or "The connection works and has every permission a sync needs."


class CanvasHook(GradeSyncHook):
    """Connections of type `canvas`."""

    conn_type = "canvas"
    hook_name = "Canvas"
    default_conn_name = "canvas_default"

    def __init__(self, connection_id: str | None = None, peers: int = 1, **kwargs: Any) -> None:
        super().__init__(connection_id, **kwargs)
        self.peers = peers

    def get_conn(self) -> CanvasClient:
        """A Canvas client; `peers` is how many tasks read Canvas at the same time."""
        from include.canvas.client import CanvasClient

        connection = self.connection()
        return CanvasClient(connection, workers=int(connection.option("workers", 10)), peers=self.peers)


class SisHook(GradeSyncHook):
    """Connections to a SIS. Which SIS it is stands in the district file; the test button, which does not know the target, asks the form."""

    default_sis: ClassVar[str] = ""

    def __init__(self, connection_id: str | None = None, sis: str | None = None, **kwargs: Any) -> None:
        super().__init__(connection_id, **kwargs)
        self.sis = sis

    def get_conn(self) -> SisClient:
        """The SIS's client."""
        from include.sis.registry import sis

        connection = self.connection()
        extra = dict(connection.extra)
        told = extra.pop("sis", None)
        return sis(self.sis or told or self.default_sis).connect(replace(connection, extra=extra))


class OneRosterHook(SisHook):
    """Connections of type `oneroster`."""

    conn_type = "oneroster"
    hook_name = "OneRoster gradebook"
    default_conn_name = "oneroster_default"
    default_sis = "genesis"


class PowerSchoolHook(SisHook):
    """Connections of type `powerschool`."""

    conn_type = "powerschool"
    hook_name = "PowerSchool"
    default_conn_name = "powerschool_default"
    default_sis = "powerschool"


def canvas_client(district: District) -> CanvasClient:
    """The district's Canvas."""
    return CanvasHook(district.canvas.connection, district.canvas.batches_at_once).get_conn()


def sis_client(target: Target) -> SisClient:
    """The target's SIS."""
    return SisHook(target.connection, target.sis).get_conn()


def located_district() -> District:
    """The district with its state database's URL and its artifacts' store, looked up where the file names a connection for them."""
    return district_with_state().signed_in(lambda name: GradeSyncHook(name).connection())


def district_with_state() -> District:
    """The same without a look at the store: migrations need the database alone, before the first connection can be typed in."""
    from include.district import load_district

    return load_district().located(database_url)


def database_url(connection_id: str) -> str:
    """SQLAlchemy URL of a database connection, with the driver that this product brings."""
    uri = BaseHook.get_connection(connection_id).get_uri()
    scheme, _, rest = uri.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme.startswith("postgres") else uri
