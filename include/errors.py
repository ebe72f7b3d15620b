"""Errors, grouped by what the caller does next.

Each message names the thing, its value and what is allowed, and never a name, a score or a token.
"""


class GradeSyncError(Exception):
    """Root of all errors that this product raises on purpose."""


class ConfigError(GradeSyncError):
    """Something that a person configured is wrong: stop before any request, tell them what to change."""


class AccessError(GradeSyncError):
    """A credential is refused or lacks a right: stop this connection, tell the admin which right."""


class SourceError(GradeSyncError):
    """Canvas or the SIS answered a read with something that cannot be used: skip this course, keep the rest."""


class UnavailableError(GradeSyncError):
    """The other side was not reachable, or kept asking to wait, for longer than the retries allow.

    `status` is the HTTP status of its last answer; None when there was none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class NoAnswerError(UnavailableError):
    """A write got no readable answer: it may or may not have happened, and must be looked up before it is repeated."""


class OutageError(UnavailableError):
    """The other side is known to be down, so this request was not even made: stop, and leave the rest for later."""


class DataError(GradeSyncError):
    """A frame broke its contract where no single row can be blamed."""
