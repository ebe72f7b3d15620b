"""Switches of the PowerSchool sandbox: what differs between real servers, or what a test wants to see happen.

`PUT /_sandbox/settings` changes any of them at run time; `powerschool_app(..., settings)` sets them at the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Refusing(BaseModel):
    """How one record refuses: always with this status and these words."""

    model_config = ConfigDict(extra="forbid")

    status: int = Field(ge=400, le=599)
    message: str = ""


class Settings(BaseModel):
    """All switches. References are to powerschool-xte.md."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    client_id: str = "powerschool-client"
    client_secret: str = "powerschool-secret"  # noqa: S105  # the sandbox's own, known to everybody
    plugin_id: str = "744"
    plugin_identifier: str = Field(default="", description="a signed plugin's Identifier, which CreatedByPlugin then holds instead of the ID (§2)")
    rights: Literal["full_access", "view_only", "view_only_field"] = Field(
        default="full_access", description="what the plugin may do with the gradebook; view_only_field names a column when it refuses (§2)"
    )
    lacking_columns: frozenset[str] = Field(default=frozenset(), description="table.column names that this server does not have (§2)")
    update_status: Literal[200, 201, 204] = Field(default=201, description="how a replaced assignment is answered: the reference says 201 (§7.4)")
    unassign_status: Literal[200, 201, 204] = Field(default=201, description="how students taken off are answered: the reference says 201 (§6)")
    refusing: dict[str, Refusing] = Field(
        default_factory=dict, description='records that refuse every write, and lists that hold them: "student/81001", "section/…", "assignment/…"'
    )
    left_out: frozenset[str] = Field(default=frozenset(), description='fields that are missing: "kind.field", or "kind/id.field" of one record')
    altered: dict[str, Any] = Field(default_factory=dict, description="fields that hold something else, named in the same way")
    token_seconds: int = Field(default=3600, ge=1, description="life of a token (§1)")
    new_token_revokes: bool = Field(default=False, description="a new token kills the earlier ones (§1, unverified)")
    pace_ms: int = Field(default=0, ge=0, description="least time between two requests of the plugin; 0 is off (§3)")
    pace_answer: Literal["403", "429"] = Field(default="403", description="how a request that came too early is refused (§3)")
    page_size: int = Field(default=100, ge=1, description="largest page of the roster and of the schema tables (§3)")
    ids_header: bool = Field(default=True, description="creates answer the header AssignmentSectionIds (§7.3)")
    missing_fields: frozenset[str] = Field(default=frozenset(), description="table.column names that the plugin was not granted (§2)")
    resubmit: int = Field(default=0, ge=0, description="how many of the next score writes answer 412 (§9)")
    name_params: bool = Field(default=True, description="a 409 on scores names the student in params, not in the sentence alone (§9)")
    silent_refusals: bool = Field(default=False, description="a 409 on scores names nobody at all (§9, unverified)")
    zero_points: bool = Field(default=True, description="assignments may have 0 points")
    twins: bool = Field(default=True, description="two assignments of one section may have one name")
    name_limit: int = Field(default=50, ge=1, description="width of the name column (§7.5)")

    def change(self, wanted: Mapping[str, object]) -> None:
        """Set these switches. Raises ValueError for one that does not exist or does not take the value."""
        checked = Settings.model_validate({**self.model_dump(), **wanted})
        for name in wanted:
            setattr(self, name, getattr(checked, name))
