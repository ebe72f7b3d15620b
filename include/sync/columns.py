"""The kinds of columns that the state database has, alike in all its tables: ids are text, times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from include.text import storable


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets zones, so they are taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The moment in UTC; a time without a zone is refused, for nobody knows which moment it means."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """The moment with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class PlainText(TypeDecorator[str]):
    """Text that every database can hold: a NUL in one name or message must not stop its neighbors (I-7)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Return the text without NUL and halves of characters."""
        return None if value is None else storable(value)


def key(name: str) -> Column[str]:
    """An id that is part of the table's key."""
    return Column(name, PlainText, primary_key=True)


def text(name: str, empty: bool = True) -> Column[str]:
    """A text or an id, that may be `empty` (null)."""
    return Column(name, PlainText, nullable=empty)


def time(name: str, empty: bool = True) -> Column[datetime]:
    """A moment, that may be `empty` (null)."""
    return Column(name, UtcTime, nullable=empty)


def count(name: str) -> Column[int]:
    """A number of things, 0 to begin with."""
    return Column(name, Integer, nullable=False, server_default="0")


def flag(name: str) -> Column[bool]:
    """Yes or no."""
    return Column(name, Boolean, nullable=False)


def answer() -> list[Column[Any]]:
    """How the last attempt at a row ended: `accepted` only after a confirmed answer (design, invariant 3)."""
    return [
        text("fingerprint"),
        text("refused"),
        text("outcome", empty=False),
        text("reason_code"),
        text("message"),
        text("run_id"),
        time("finished_at"),
        time("accepted_at"),
    ]


def outcomes() -> CheckConstraint:
    """What `outcome` may be."""
    return CheckConstraint("outcome IN ('accepted', 'refused', 'unknown')", name="outcome")
