"""Who is told by e-mail after a run with errors (F-7): the district file's part about it, and the file with teachers' addresses."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from include.errors import ConfigError
from include.explain import shown

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*")
_LONGEST = 254
_HEADER = ["canvas_course_id", "address"]


def _is_address(value: str) -> bool:
    return len(value) <= _LONGEST and _ADDRESS.fullmatch(value) is not None


def _address(value: str) -> str:
    if not _is_address(value):
        raise ValueError(f"{shown(value)} is not an email address. Use one such as grades@district.example")
    return value


def _pages(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s?#]+", value):
        raise ValueError(f"{shown(value)} is not a URL. Use the URL of Airflow, such as https://airflow.district.example")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class Notices(BaseModel):
    """How mails go out. Recipients of a target's digest stand at the target (`notify`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    connection: str = Field(default="smtp_default", min_length=1, description="the Airflow connection of the mail server, with its from_email")
    pages: Annotated[str, AfterValidator(_pages)] | None = Field(default=None, description="where people open Airflow; its own base_url else")
    teachers: str | None = Field(default=None, min_length=1, description="a CSV file with teachers' addresses; without it, teachers receive no email")


def teachers(path: Path) -> dict[str, tuple[str, ...]]:
    """Canvas course → its teachers' addresses; ConfigError names the file and line of what cannot be used."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{path}: the file of teachers cannot be read ({type(error).__name__}). Use a CSV file in UTF-8") from error
    if not rows or [name.strip() for name in rows[0]] != _HEADER:
        raise ConfigError(f"{path}: the first line must be {','.join(_HEADER)}")
    found: dict[str, tuple[str, ...]] = {}
    for number, row in enumerate(rows[1:], start=2):
        values = [value.strip() for value in row]
        if not any(values):
            continue
        if len(values) != len(_HEADER) or not values[0]:
            raise ConfigError(f"{path}: line {number} must have two values: a Canvas course ID and an email address")
        if not _is_address(values[1]):  # not shown: this ends in logs
            raise ConfigError(f"{path}: line {number}: its second value is not an email address. Use one such as teacher@district.example")
        found[values[0]] = tuple(dict.fromkeys((*found.get(values[0], ()), values[1])))
    return found
