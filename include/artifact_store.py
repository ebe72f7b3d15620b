"""How the artifacts' store is reached when it is no folder of this host: an Airflow connection's fields become fsspec's settings (E, F-12).

Every path of that store, in tasks and in the pages alike, is opened with these; the district file holds no key, and neither does a path.
"""

from __future__ import annotations

from typing import Any

from include.connection import Connection
from include.errors import ConfigError

LOCAL = ("", "file", "local")
_S3 = ("s3", "s3a")
_S3_EXTRA = ("aws_session_token", "endpoint_url", "region_name")


def scheme_of(place: str) -> str:
    """What stands before `://`; empty for a folder."""
    return place.partition("://")[0] if "://" in place else ""


def sign_in(place: str, connection: Connection | None = None) -> None:
    """From now on this process opens the store of `place` with this connection, or, without one, with what its host may do.

    Listings are never kept: another process may have written since, and a page would not find what is there.
    """
    import fsspec.config

    scheme = scheme_of(place)
    if scheme in _S3:
        fsspec.config.conf["s3"] = {"use_listings_cache": False, **(_s3(connection) if connection else {})}
    elif connection is not None and scheme not in LOCAL:
        fsspec.config.conf[scheme] = dict(connection.extra)


def _s3(connection: Connection) -> dict[str, Any]:
    """As Airflow's own connections of type `aws` have it: key id and secret as login and password, the rest in extra."""
    strange = sorted(set(connection.extra) - set(_S3_EXTRA))
    if strange:
        raise ConfigError(f"connection {connection.id}: extra.{strange[0]} is not known. Use {', '.join(_S3_EXTRA)}")
    client = {"endpoint_url": connection.option("endpoint_url", None), "region_name": connection.option("region_name", None)}
    return {
        "key": connection.required("login"),
        "secret": connection.required("password"),
        "token": connection.option("aws_session_token", None),
        "client_kwargs": {name: value for name, value in client.items() if value},
    }
