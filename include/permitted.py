"""Leave to write, asked when all else is ready: a run that has lost its courses must not send, however late it notices (A-22).

And what `requests` and urllib3 spend on each request without need, left away: half of a small request's processor time, more of a large one's
(benchmarks: extract). What goes over the wire stays the same, but that round brackets are quoted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ConnectionError, ContentDecodingError, InvalidHeader
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import DecodeError

from include.response_body import TimedResponse, read_whole


class Permitted(HTTPAdapter):
    """Asks for leave as the very last thing: the token is there and the connection stands, only then may a request's first byte go (A-22).

    From that moment on, `seconds` is how long the whole response may take (I-8).
    """

    def __init__(self, permit: Callable[[], None], connections: int, seconds: float) -> None:
        self._permit, self._seconds, self._found = permit, seconds, dict[tuple[str, str, str], Any]()
        super().__init__(pool_maxsize=connections)

    def get_connection_with_tls_context(self, request: PreparedRequest, verify: Any, *rest: Any, **options: Any) -> Any:
        """The pool of the request's host, looked for once: `requests` works out anew for each request what never changes here."""
        address = urlsplit(str(request.url))
        place = (address.scheme, address.netloc, str(verify))
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = super().get_connection_with_tls_context(request, verify, *rest, **options)
        return found

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """Path and query, with square brackets as round ones: urllib3 looks at each letter of a query with square ones, which Canvas's lists of
        parameters have. The connection writes them as urllib3 would have."""
        return super().request_url(request, proxies).replace("(", "%28").replace(")", "%29").replace("[", "(").replace("]", ")")

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """The answer with its whole body, so that whatever goes wrong while it is read goes wrong here. TooLargeError beyond the limit (I-8)."""
        try:
            response = super().send(request, *args, **{**options, "stream": True})
            response._content = read_whole(response)
            return response
        except DecodeError as error:
            raise ContentDecodingError(error, request=request) from error
        except (InvalidHeader, MemoryError, OverflowError) as error:  # two lengths, or one that nobody means
            raise ConnectionError(f"the answer's length cannot be right ({type(error).__name__})", request=request) from error

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """ChunkedEncodingError for chunks that are announced in a way that Python's own reader passes over."""
        if resp.chunked and not resp._original_response.chunked:
            raise ChunkedEncodingError(f"Transfer-Encoding is {resp.headers.get('Transfer-Encoding')}; it must be chunked", request=req)
        return super().build_response(req, resp)

    def close(self) -> None:
        """Give the connections back."""
        self._found.clear()
        super().close()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Pools whose connections ask."""
        super().init_poolmanager(*args, **options)
        kinds = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
        self.poolmanager.pool_classes_by_scheme = {scheme: _asking(kind, self._permit, self._seconds) for scheme, kind in kinds.items()}


def _asking(pool: type[HTTPConnectionPool], permit: Callable[[], None], seconds: float) -> type[HTTPConnectionPool]:
    kind: Any = pool.ConnectionCls
    whole: Any = pool

    class Connection(kind):  # type: ignore[misc]  # plain or TLS
        def request(self, method: str, url: str, *args: Any, **options: Any) -> None:
            if self.sock is None:
                self.connect()
            permit()
            self.response_class = partial(TimedResponse, until=time.monotonic() + seconds)
            super().request(method, url.replace("(", "%5B").replace(")", "%5D"), *args, **options)

    class Pool(whole):  # type: ignore[misc]  # likewise
        ConnectionCls = Connection

    return Pool
