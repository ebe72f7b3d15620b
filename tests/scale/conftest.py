"""The servers that the tests of this folder share."""

from __future__ import annotations

from tests.servers import postgres_server

__all__ = ["postgres_server"]
