"""Canvas's error answers, in its own shapes (canvas-api.md §1.4)."""

from __future__ import annotations

from collections.abc import Mapping


class CanvasError(Exception):
    """An answer that is no success: status, body and headers."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.status, self.body, self.headers = status, body, dict(headers or {})


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="canvas-lms"'}


def no_token() -> CanvasError:
    """No token was sent."""
    return CanvasError(401, {"status": "unauthenticated", "errors": [{"message": "user authorization required"}]}, _CHALLENGE)


def bad_token(word: str = "Invalid") -> CanvasError:
    """The token is Invalid, Expired or Revoked."""
    body: dict[str, object] = {"errors": [{"message": f"{word} access token."}]}
    if word == "Expired":
        body["errors"] = [{"message": "Expired access token.", "expired_at": "2026-01-01T00:00:00Z"}]
    return CanvasError(401, body, _CHALLENGE)


def no_right() -> CanvasError:
    """The token's user may not do that here."""
    return CanvasError(403, {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]})


def not_found() -> CanvasError:
    """Deleted, invisible, or never there."""
    return CanvasError(404, {"errors": [{"message": "The specified resource does not exist."}]})


def bad_request(body: object) -> CanvasError:
    """A 400; Canvas has no uniform body for it."""
    return CanvasError(400, body)


def invalid_field(field: str, message: str) -> CanvasError:
    """A save that was rejected for one field."""
    return CanvasError(400, {"errors": {field: [{"attribute": field, "type": message, "message": message}]}})
