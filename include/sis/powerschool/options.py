"""How one PowerSchool connection is to be used: the keys of its extra (powerschool-xte.md). What no public source confirms is a switch here."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from include.connection import Connection
from include.errors import ConfigError
from include.explain import explain


class Options(BaseModel):
    """One connection's ways. Field names are the keys of the connection's extra."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    # ids (§4): what the ids that the identity rule yields are in PowerSchool
    section_id: Literal["dcid", "id"] = Field(default="dcid", description="sections are known by SECTIONS.DCID or SECTIONS.ID")
    student_id: Literal["dcid", "student_number"] = Field(default="dcid", description="students are known by STUDENTS.DCID or STUDENT_NUMBER")

    # which assignments are created by Grade Sync (§2): CreatedByPlugin holds the plugin's ID, or the Identifier of a signed plugin
    plugin_identifier: str = Field(default="", max_length=200, description="the Identifier of a signed plugin; its ID is known without it")
    allow_http: bool = Field(default=False, description="the host may be contacted unencrypted; loopback always may")

    # how fast and how patient (§3)
    pace_ms: int = Field(default=0, ge=0, le=60_000, description="the plugin's least time between two requests, as set in PowerSchool")
    page_size: int | None = Field(default=None, ge=1, le=10_000, description="largest page to ask for; empty: what PowerSchool reports")
    timeout_s: float = Field(default=60.0, gt=0, le=600)
    tries: int = Field(default=5, ge=1, le=10)
    retry_delay_s: float = Field(default=0.5, ge=0, le=60)
    patience_s: float = Field(default=180.0, gt=0, le=3600)

    # reading (§5)
    teacher: Literal["table", "lead"] = Field(
        default="table",
        description="whose gradebook is written: table reads SECTIONTEACHER, and asks for the lead of co-taught sections; lead always asks",
    )
    roster: Literal["tables", "enrollments"] = Field(
        default="tables", description="tables reads CC, few requests for many sections; enrollments reads section_enrollment, one per section"
    )

    # writing (§7, §8)
    publish: str = Field(default="Immediately", min_length=1, description="publishoption of new assignments")
    hidden_scores: bool = Field(default=False, description="new assignments do not show their scores to students (isscorespublish false)")
    update_scores: bool = Field(default=False, description="a change of points recomputes the scores that stand; they are not sent again for that")
    score_batch: int = Field(default=500, ge=1, le=10_000, description="scores in one request")
    clear_scores: Literal["off", "empty_row", "unassign"] = Field(
        default="off", description="how a score is cleared; unassign also takes the student off the assignment (unverified, §8.1)"
    )
    delete_assignments: Literal["off", "unforced", "forced"] = Field(
        default="off", description="unforced deletes assignments without scores only, forced takes the scores along"
    )


def options_of(connection: Connection) -> Options:
    """The connection's options. ConfigError names connection, key, value and what is allowed."""
    for key in ("login", "password"):
        connection.required(key)
    base_url(connection)
    extra = {key: value for key, value in connection.extra.items() if value is not None and value != ""}
    try:
        return Options.model_validate(extra)
    except ValidationError as error:
        raise ConfigError("; ".join(explain(error, Options, (f"connection {connection.id}: extra",)))) from error


def base_url(connection: Connection) -> str:
    """The server's address without a slash at its end. A path is allowed; anything but http(s) is a ConfigError."""
    host = connection.required("host").strip()
    parts = urlsplit(host)
    if parts.username is not None or parts.password is not None:
        raise ConfigError(f"connection {connection.id}: host contains a user name or password. Enter both in their own fields")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ConfigError(f'connection {connection.id}: host "{host}" is not valid. Use a full URL, such as https://powerschool.example.org')
    connection.require_tls("host", host)
    return host.rstrip("/")
