"""Sections that cannot be read, each with its own error, while the others go on (I-7)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from include.errors import AccessError, GradeSyncError, SourceError, UnavailableError
from include.sis.powerschool.service import ForbiddenError
from include.sis.powerschool.values import RowError

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class UnreadableSectionsError(SourceError):
    """Some of several sections cannot be read, each for its own reason; the others can (I-7)."""

    def __init__(self, sections: Mapping[str, SourceError], asked: int) -> None:
        first = next(iter(sections))
        super().__init__(f"{len(sections)} of {asked} sections cannot be read, such as {first}: {sections[first]}", said=sections[first].said)
        self.sections = {name: error.told for name, error in sections.items()}


class Unread:
    """The sections of one read that cannot be read; the first error of a section counts."""

    def __init__(self) -> None:
        self.errors: dict[str, SourceError] = {}

    def add(self, name: str, error: SourceError | str) -> None:
        """Leave a section out, for this error or in these words."""
        self.errors.setdefault(name, SourceError(f"section {name}: {error}") if isinstance(error, str) else error)

    def add_all(self, errors: Mapping[str, SourceError | str]) -> None:
        """Leave several out."""
        for name, error in errors.items():
            self.add(name, error)

    def trying(self, names: Collection[str], work: Callable[[], Answer], otherwise: Answer) -> Answer:
        """The result of some work for these sections; what is wrong with it is wrong with these alone."""
        try:
            return work()
        except (AccessError, UnavailableError):
            raise
        except SourceError as error:
            self.add_all(dict.fromkeys(names, error))
        except GradeSyncError:
            raise
        except RowError as error:
            for name in names:
                self.add(name, f"a record cannot be read: {error}")
        except Exception as error:  # whatever is wrong with one record of a SIS must not stop the others
            self.add_all(dict.fromkeys(names, _OwnError(error)))
        return otherwise

    def raise_any(self, asked: Iterable[str]) -> None:
        """Raise what is wrong with some of the asked sections. When PowerSchool forbids all of several, the connection lacks a right."""
        names = set(asked)
        found = {name: error for name, error in self.errors.items() if name in names}
        if not found:
            return
        first = next(iter(found.values()))
        if len(found) == len(names) > 1 and all(isinstance(error, ForbiddenError) for error in found.values()):
            raise AccessError(f"{first}; all {len(names)} sections failed the same way", said=first.said)
        if len(names) > 1:
            raise UnreadableSectionsError(found, len(names))
        raise first.fault if isinstance(first, _OwnError) else first


class _OwnError(SourceError):
    """A fault of this product, found while one section was read; a reader of that section alone is told the fault itself."""

    def __init__(self, fault: Exception) -> None:
        super().__init__(own_error(fault))
        self.fault = fault


def own_error(error: Exception) -> str:
    """A sentence about a fault of this product: what and where, never a value."""
    frame = extract_tb(error.__traceback__)[-1]
    told = f"a Grade Sync error ({type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}), not a fault of PowerSchool"
    log.error("%s", told)
    return told
