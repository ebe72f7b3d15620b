"""Leave to write, asked when all else is ready: a run that has lost its courses must not send, however late it notices (A-22)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Permitted(HTTPAdapter):
    """Asks for leave as the very last thing: the token is there and the connection stands, only then may a request's first byte go (A-22)."""

    def __init__(self, permit: Callable[[], None], connections: int) -> None:
        self._permit, self._found = permit, dict[tuple[str, str, str], Any]()
        super().__init__(pool_maxsize=connections)

    def get_connection_with_tls_context(self, request: PreparedRequest, verify: Any, *rest: Any, **options: Any) -> Any:
        """The pool of the request's host, looked for once: `requests` works out anew for each request what never changes here."""
        address = urlsplit(str(request.url))
        place = (address.scheme, address.netloc, str(verify))
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = super().get_connection_with_tls_context(request, verify, *rest, **options)
        return found

    def close(self) -> None:
        """Give the connections back."""
        self._found.clear()
        super().close()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Pools whose connections ask."""
        super().init_poolmanager(*args, **options)
        kinds = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        self.poolmanager.pool_classes_by_scheme = {scheme: _asking(kind, self._permit) for scheme, kind in kinds.items()}


def _asking(pool: type[HTTPConnectionPool], permit: Callable[[], None]) -> type[HTTPConnectionPool]:
    kind: Any = pool.ConnectionCls

    class Connection(kind):  # type: ignore[misc]  # plain or TLS
        def request(self, *args: Any, **options: Any) -> None:
            if self.sock is None:
                self.connect()
            permit()
            super().request(*args, **options)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})
