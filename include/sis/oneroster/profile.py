"""How one OneRoster connection is to be talked to: a SIS's defaults, overridden by the connection's extra (oneroster-gradebook.md §12).

Everything that vendors do differently is a value here, and none of it is guessed: addresses are taken as they were handed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from include.connection import Connection, unsendable
from include.errors import ConfigError
from include.explain import explain

_SCOPE = "https://purl.imsglobal.org/spec/or/{version}/scope/{name}"
_READ = ("roster-core.readonly", "roster.readonly", "gradebook.readonly")


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL contains a user name or password. Enter both in their own fields")
    if text and (parts.scheme not in ("http", "https") or not parts.netloc or any(c.isspace() for c in text)):
        raise ValueError(f'"{text}" is not a URL. Use a full one, such as https://sis.example.org/ims/oneroster/v1p1')
    return text.rstrip("/")


def _zone(name: str) -> str:
    try:
        if name:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f'"{name}" is not a valid time zone. Use an IANA name, such as America/New_York') from error
    return name


def _table(value: object) -> object:
    """A table may come as JSON text, for connection forms have no field for tables."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError as error:
        raise ValueError('not readable. Use a JSON object, such as {"name": "value"}') from error


def _sendable(text: str) -> str:
    flaw = unsendable(text)
    if flaw:
        raise ValueError(f"contains {flaw}. Copy it again, as one line")
    return text


Address = Annotated[str, AfterValidator(_address)]
Secret = Annotated[str, AfterValidator(_sendable)]
Headers = Annotated[dict[str, Secret], BeforeValidator(_table)]
Metadata = Annotated[dict[str, Any], BeforeValidator(_table)]


class Profile(BaseModel):
    """One connection's ways. A SIS's file holds its defaults; field names are the keys of the connection's extra."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    # where, and with which credentials (§1, §2)
    version: Literal["1.1", "1.2"] = "1.1"
    rostering_url: Address = ""
    gradebook_url: Address = ""
    token_url: str = ""
    allow_http: bool = Field(default=False, description="the addresses may be contacted unencrypted; loopback always may")
    auth: Literal["oauth2", "oauth2_form", "oauth1"] = "oauth2"
    signature_method: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA1"
    scopes: str = Field(default="", description="separated by blanks; empty: the standard ones; none: no scope is asked for")
    headers: Headers = Field(default_factory=dict, repr=False, description="sent with every request")
    vendor_key: Secret = Field(default="", repr=False, description="key:secret for x-vendor-authorization, sent to the gradebook alone")
    needs_vendor_key: bool = False

    # how fast and how patient
    page_size: int = Field(default=1000, ge=1, le=10000)
    pace_ms: int = Field(default=0, ge=0, le=60000)
    workers: int = Field(default=4, ge=1, le=32)
    timeout_s: float = Field(default=60.0, gt=0, le=600)
    tries: int = Field(default=5, ge=1, le=10)
    retry_delay_s: float = Field(default=0.5, ge=0, le=60)
    patience_s: float = Field(default=180.0, gt=0, le=3600)

    # reading (§6, §8)
    sorted_pages: bool = Field(default=True, description="ask for pages sorted by sourcedId")
    categories: Literal["by_version", "of_class", "all"] = Field(default="by_version", description="1.2 lists them per class, 1.1 all at once")
    end_dates: Literal["by_version", "inclusive", "exclusive"] = Field(
        default="by_version", description="whether a session's end date is its last day; 1.2 says the day after (§5)"
    )
    not_assignments: tuple[str, ...] = Field(default=(), description="metadata keys that only line items have which are no assignments")
    deleted_items: Literal["gone", "trash"] = Field(default="gone", description="trash: items that are not active lie in a trash can")
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(default="", description="of the SIS, for due_date_form instant")

    # writing (§3 to §5)
    put_style: Literal["standard", "modified"] = "standard"
    batch: bool = Field(default=False, description="1.2: create by batch POST")
    batch_size: int = Field(default=100, ge=1, le=5000)
    references: Literal["full", "short"] = "full"
    due_date_form: Literal["noon", "instant", "date"] = "noon"
    score_date_form: Literal["date", "datetime"] = "date"
    grading_period: Literal["omit", "by_due_date"] = "omit"
    status_flags: Literal["by_version", "metadata", "omit"] = Field(
        default="by_version", description="late and missing: 1.2 has fields, 1.1 has none; metadata: as extension"
    )
    keep_category: Literal["read_back", "omit"] = Field(
        default="read_back", description="an update without category: send the one that stands there, or leave the field out"
    )
    uncategorized: str = Field(
        default="", description="an assignment without a category: empty: the field is left out; else the title of a category that every class has"
    )
    delete_support: bool = Field(default=False, description="the SIS takes DELETE")
    clear_by: Literal["delete", "not_submitted"] = "delete"
    line_item_metadata: Metadata = Field(default_factory=dict)
    result_metadata: Metadata = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.version == "1.2" and self.auth == "oauth1":
            raise ValueError('auth: "oauth1" exists in 1.1 only; allowed with version 1.2: oauth2, oauth2_form')
        if self.version == "1.1" and self.batch:
            raise ValueError("batch: true is not allowed with version 1.1, which has no batch POST. Use false")
        if self.due_date_form == "instant" and not self.time_zone:
            raise ValueError("time_zone: empty is not allowed with due_date_form instant. Use an IANA name, such as America/New_York")
        if self.vendor_key and ":" not in self.vendor_key:
            raise ValueError("vendor_key: not readable. Use key and secret, joined by a colon")
        return self

    @property
    def nested_categories(self) -> bool:
        """Whether categories are read per class."""
        return self.categories == "of_class" or (self.categories == "by_version" and self.version == "1.2")

    @property
    def ends_after(self) -> bool:
        """Whether a session's end date is the day after its last one."""
        return self.end_dates == "exclusive" or (self.end_dates == "by_version" and self.version == "1.2")

    def asked_scopes(self) -> tuple[str, ...]:
        """The scopes to ask for (§2.1): the connection's, or the standard ones for what this connection does."""
        if self.scopes.lower() == "none":
            return ()
        if self.scopes:
            return tuple(self.scopes.split())
        names = [*_READ, "gradebook.createput"]
        names += ["gradebook.createpost"] if self.batch else []
        names += ["gradebook.delete"] if self.delete_support else []
        return tuple(self.scope(name) for name in names)

    def scope(self, name: str) -> str:
        """The standard's full name of a scope."""
        return _SCOPE.format(version="v1p1" if self.version == "1.1" else "v1p2", name=name)


def profile_of(connection: Connection, defaults: Profile) -> Profile:
    """The connection's profile: the SIS's defaults with the extra laid over. ConfigError names connection, key, value and what is allowed."""
    extra = {key: value for key, value in connection.extra.items() if value is not None and value != ""}
    try:
        found = Profile.model_validate({**defaults.model_dump(exclude_unset=True), **extra})
    except ValidationError as error:
        raise ConfigError("; ".join(explain(error, Profile, (f"connection {connection.id}: extra",)))) from error
    return _complete(connection, found)


def _complete(connection: Connection, found: Profile) -> Profile:
    """The two services' addresses: 1.1 has one root for both (§1), so one of them, or the host, will do there."""
    either = found.rostering_url or found.gradebook_url or connection.host if found.version == "1.1" else ""
    urls = {"rostering_url": found.rostering_url or either, "gradebook_url": found.gradebook_url or either}
    needed: Mapping[str, str] = {**urls, **({} if found.auth == "oauth1" else {"token_url": found.token_url})}
    for key, value in needed.items():
        _required(connection, key, value)
        connection.require_tls(f"extra.{key}", value)
    for key in ("login", "password"):
        connection.required(key)
    return found.model_copy(update={key: value.rstrip("/") for key, value in urls.items()})


def _required(connection: Connection, key: str, value: str) -> None:
    if not value:
        raise ConfigError(f"connection {connection.id}: extra.{key} is empty. Use a full URL, such as https://sis.example.org/…")
    try:
        _address(value)
    except ValueError as error:
        raise ConfigError(f"connection {connection.id}: extra.{key}: {error}") from error
