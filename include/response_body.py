"""Read a response under limits: total time, bytes after decompression, depth (I-8). The one place that reads what another system sends.

The limits are generous constants, so that no real response meets them: a page of 100 rows has a few hundred KB and comes in seconds.
"""

from __future__ import annotations

import io
import re
import socket
import time
from collections.abc import Callable
from email.message import Message
from http.client import HTTPResponse
from typing import Any
from urllib.parse import urlsplit

import requests

from include.json_text import UnreadableJsonError, read_json, repaired_json, without_depths

MOST_BYTES = 128 * 2**20
"""Bytes of one response after decompression, at most."""
WHOLE = 5
"""A response may take this many times the read timeout, from the request's first byte to the response's last (5 minutes with 60 s)."""

_PIECE = 1_000_003  # odd on purpose: urllib3 2.8 reads a gzip member twice that ends where a piece does
_BOM = b"\xef\xbb\xbf"
_LENGTH = re.compile(r"\d{1,15}", re.ASCII)
_CODED = {"content-encoding", "transfer-encoding"}


class TooLargeError(requests.exceptions.RequestException):
    """The response has more bytes than MOST_BYTES; reading stopped there."""


def read_whole(response: requests.Response, most: int = MOST_BYTES) -> bytes:
    """Return the decompressed body without a byte order mark. TooLargeError as soon as it is longer than `most`; the connection is then closed."""
    announced = _announced(response)
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_content(_PIECE if announced is None or announced > most else None):  # None: at once, which is quicker
        pieces.append(piece)
        size += len(piece)
        if size > most:
            response.close()
            raise TooLargeError(f"the response is longer than {most / 2**20:,.0f} MB", request=response.request)
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return body.removeprefix(_BOM)


def json_of(response: requests.Response) -> Any:
    """Return the JSON of a response, read leniently. UnreadableJsonError says what is wrong with it, and which request it answers."""
    try:
        return read_json(without_depths(response.content), _charset(response))
    except UnreadableJsonError as error:
        raise UnreadableJsonError(_about(response, error)) from None


def json_bytes_of(response: requests.Response) -> bytes:
    """Return the body as strict JSON in UTF-8 for a typed decoder. UnreadableJsonError as `json_of`."""
    try:
        return repaired_json(response.content, _charset(response))
    except UnreadableJsonError as error:
        raise UnreadableJsonError(_about(response, error)) from None


def start_of(response: requests.Response, length: int = 4000) -> str:
    """Return the first characters of a body as text, without guessing the encoding of all of it."""
    return response.content[:length].decode("utf-8", "replace")


def _announced(response: requests.Response) -> int | None:
    """The length of a body that comes as it is; None where it is compressed, in chunks, or of no announced length."""
    length = response.headers.get("Content-Length", "")
    return int(length) if _LENGTH.fullmatch(length) and not response.headers.keys() & _CODED else None


def _about(response: requests.Response, error: UnreadableJsonError) -> str:
    request = response.request
    return f"the response to {request.method} {urlsplit(str(request.url)).path} {error}" if request is not None else f"the response {error}"


def _charset(response: requests.Response) -> str:
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "")
    return header.get_content_charset("")


class TimedResponse(HTTPResponse):
    """A response each read of which, headers too, ends at one moment, however little by little the bytes come."""

    def __init__(self, sock: socket.socket, *args: Any, until: float, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp: io.BufferedReader = io.BufferedReader(_TimedReads(self.fp.detach(), sock, until))


class _TimedReads(io.RawIOBase):
    """A socket's raw stream, read until a moment of the monotonic clock."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, until: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._raw, self._sock, self._until, self._clock = raw, sock, until, clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError("the response came too slowly")
        patience = self._sock.gettimeout()
        if patience is None or left < patience:
            self._sock.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._raw.close()
