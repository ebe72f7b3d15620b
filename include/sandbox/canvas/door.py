"""What every Canvas request passes: the token, the throttle, the parameters, and on the way out Canvas's headers and error bodies."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from include.sandbox import serving
from include.sandbox.canvas import errors
from include.sandbox.canvas.call import Call, Rights, shown
from include.sandbox.canvas.params import Params
from include.sandbox.canvas.state import CanvasState
from include.sandbox.canvas.submissions import Raw
from include.sandbox.canvas.throttle import Bucket, Settings

TOKENS = {
    "canvas-full-token": Rights(sis=True, grades=True),
    "canvas-read-only-token": Rights(sis=True, grades=True, manage=False),
    "canvas-no-sis-token": Rights(sis=False, grades=True),
    "canvas-no-rights-token": Rights(sis=False, grades=False),
}
TOKEN_WORDS = {"expired": "Expired", "revoked": "Revoked", "invalid": "Invalid"}
_STRING_IDS = "application/json+canvas-string-ids"

Endpoint = Callable[[Call], Any]


@dataclass
class Door:
    """Makes endpoints into handlers."""

    state: CanvasState
    settings: Settings = field(default_factory=Settings)
    buckets: dict[str, Bucket] = field(default_factory=dict)

    def handler(self, endpoint: Endpoint, public: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """The handler of an endpoint. `public`: also for a token without rights."""

        async def handle(request: Request) -> Response:
            try:
                token = self._token(request)
            except errors.CanvasError as error:
                return serving.Json(error.body, error.status, error.headers)
            bucket = self.buckets.setdefault(token, Bucket(self.settings))
            if not bucket.enter():
                return self._throttled(bucket)
            started = time.perf_counter()
            try:
                if self.settings.hold:
                    await asyncio.sleep(self.settings.hold)
                answer = await self._answer(request, endpoint, TOKENS[token], public)
            finally:
                cost = bucket.leave(time.perf_counter() - started)
            answer.headers["Date"] = self.state.clock.header()
            answer.headers["X-Request-Cost"] = f"{cost:.6f}"
            answer.headers["X-Rate-Limit-Remaining"] = f"{bucket.remaining():.6f}"
            return answer

        return handle

    async def _answer(self, request: Request, endpoint: Endpoint, rights: Rights, public: bool) -> Response:
        try:
            if not (public or rights.grades):
                raise errors.no_right()
            string_ids = _STRING_IDS in request.headers.get("accept", "")
            query = Params(request.query_params.multi_items())
            call = Call(self.state, request, query, await _body(request), rights, string_ids)
            result = endpoint(call)
        except errors.CanvasError as error:
            return serving.Json(error.body, error.status, error.headers)
        except ValueError as error:
            if request.method == "GET":
                raise
            return serving.Json({"errors": [{"message": f"a value cannot be read: {error}"}]}, 400)
        if isinstance(result, Response):
            return result
        if isinstance(result, Raw):
            return Response(bytes(result), 200, call.headers, "application/json; charset=utf-8")
        return serving.Json(shown(call, result), 200, call.headers, "application/json; charset=utf-8")

    def _token(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else request.query_params.get("access_token", "")
        if not token:
            raise errors.no_token()
        if token not in TOKENS:
            raise errors.bad_token()
        fault = self.state.token_faults.get(token) or self.state.token_faults.get("*")
        if fault:
            raise errors.bad_token(TOKEN_WORDS[fault])
        return token

    def _throttled(self, bucket: Bucket) -> Response:
        status = self.settings.status
        words = "Forbidden" if status == 403 else "Too Many Requests"
        return PlainTextResponse(f"{status} {words} (Rate Limit Exceeded)", status, {"X-Rate-Limit-Remaining": f"{bucket.remaining():.6f}"})


async def _body(request: Request) -> Params:
    """The body as Rails reads it: JSON, or a form whose names nest. canvasapi sends plain and multipart forms."""
    if request.method in ("GET", "HEAD"):
        return Params()
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        return Params([(name, str(value)) for name, value in (await request.form()).multi_items()])
    text = (await request.body()).decode()
    if kind.startswith("application/json"):
        try:
            tree = json.loads(text or "{}")
        except ValueError as error:
            raise errors.bad_request({"errors": [{"message": "invalid json"}]}) from error
        return Params(tree=tree if isinstance(tree, dict) else {})
    return Params([*request.query_params.multi_items(), *parse_qsl(text, keep_blank_values=True)])
