"""Errors, grouped by what the caller does next.

Each message names the thing, its value and what is allowed, and never a name, a score or a token.
"""

_SAID = ". It said: "


class GradeSyncError(Exception):
    """Root of all errors that this product raises on purpose.

    `said` are the SIS's own words, which may hold a name or a score: they are no part of the message, which ends in task logs and mails (F-12).
    """

    def __init__(self, *args: object, said: str = "") -> None:
        super().__init__(*args)
        self.said = said

    @property
    def told(self) -> str:
        """The message with the SIS's words, for where only authorized people look: the run's tables, the pages, a terminal."""
        return f"{self}{_SAID}{self.said}" if self.said else str(self)


def unsaid(text: str) -> str:
    """A sentence without the SIS's words, if it holds an error as `told` gives it: fit for logs and mails (F-12)."""
    message, found, _ = text.partition(_SAID)
    return f"{message}." if found else text


class ConfigError(GradeSyncError):
    """Something that a person configured is wrong: stop before any request, tell them what to change."""


class AccessError(GradeSyncError):
    """A credential is refused or lacks a right: stop this connection, tell the admin which right.

    `status` is the HTTP status of the response: 403 may concern one record only; None when there was none.
    """

    def __init__(self, message: str, status: int | None = None, *, said: str = "") -> None:
        super().__init__(message, said=said)
        self.status = status


class SourceError(GradeSyncError):
    """Canvas or the SIS answered a read with something that cannot be used: skip this course, keep the rest."""


class UnavailableError(GradeSyncError):
    """The other side was not reachable, or kept asking to wait, for longer than the retries allow.

    `status` is the HTTP status of its last answer; None when there was none.
    """

    def __init__(self, message: str, status: int | None = None, *, said: str = "") -> None:
        super().__init__(message, said=said)
        self.status = status


class NoAnswerError(UnavailableError):
    """A write got no readable answer: it may or may not have happened, and must be looked up before it is repeated."""


class OutageError(UnavailableError):
    """The other side is known to be down, so this request was not even made: stop, and leave the rest for later."""


class DataError(GradeSyncError):
    """A frame broke its contract where no single row can be blamed."""
