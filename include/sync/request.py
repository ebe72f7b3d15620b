"""What a person asks of a run by hand (A-19 to A-22, F-1): one table that makes the form and checks what came out of it.

The form refuses at once what its JSON schema does not allow. The task asks `read_request` again, for a run can be started past the form.
What only Canvas can tell (does this course exist?) is asked in `asked.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError, field_validator
from pydantic.config import JsonDict

from include.district import District
from include.errors import ConfigError
from include.explain import explain

APPROVAL = timedelta(hours=2)
"""How long a person may take to approve a remaster's plan; without an answer nothing is sent."""

_MOST = 500

Chosen = Annotated[str, Field(max_length=255)]
Ids = Annotated[
    tuple[Chosen, ...],
    Field(max_length=_MOST),
    BeforeValidator(lambda ids: () if ids is None else ids),
    AfterValidator(lambda ids: tuple(dict.fromkeys(name for name in ids if name))),
]
"""Each once. Airflow's form makes a blank line one more, empty, and a list that was cleared null: neither means anything."""

_OPTIONAL: JsonDict = {"type": ["array", "null"]}


class Request(BaseModel):
    """A sync on demand: chosen courses, of which only what changed is sent."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    target: str = Field(title="Target", description="The SIS to send to.")
    courses: Ids = Field(title="Courses", description="Canvas IDs or SIS IDs, one per line.", json_schema_extra={"minItems": 1})
    sections: Ids = Field(
        default=(),
        title="Sections",
        description="Canvas IDs or SIS IDs, one per line. Leave empty for all sections of these courses.",
        json_schema_extra=_OPTIONAL,
    )
    assignments: Ids = Field(
        default=(),
        title="Assignments",
        description="Canvas IDs, one per line. Leave empty for all eligible assignments.",
        json_schema_extra=_OPTIONAL,
    )
    concluded: StrictBool = Field(
        default=False, title="Include concluded courses", description="Also sync courses that are concluded in Canvas (A-21)."
    )
    preview: StrictBool = Field(default=False, title="Preview", description="Show what would be sent and send nothing (F-1).")
    allow_large_change: StrictBool = Field(default=False, title="Allow a large change", description="Override the safety limit for this run (F-8).")

    @field_validator("courses")
    @classmethod
    def _some(cls, courses: Ids) -> Ids:
        if not courses:
            raise ValueError("none is given. Enter the Canvas ID or SIS ID of at least one course")
        return courses


class RemasterRequest(Request):
    """A remaster: everything of the chosen courses is sent again (A-20)."""

    approve: StrictBool = Field(default=True, title="Require approval", description="Show the plan, and send it only after a user approves it.")


class ReconcileRequest(Request):
    """A reconcile: the SIS is read back and compared (F-2); of chosen courses, or of all that the night would sync."""

    courses: Ids = Field(
        default=(),
        title="Courses",
        description="Canvas IDs or SIS IDs, one per line. Leave empty for all courses in the nightly sync.",
        json_schema_extra=_OPTIONAL,
    )
    repair: StrictBool = Field(default=False, title="Repair", description="Send what is missing or different in the SIS (F-2).")
    preview: StrictBool = Field(default=False, title="Preview", description="With Repair: show what it would send and send nothing (F-1).")

    @field_validator("courses")
    @classmethod
    def _some(cls, courses: Ids) -> Ids:
        return courses


REQUESTS: Mapping[str, type[Request]] = {"on_demand": Request, "remaster": RemasterRequest, "reconcile": ReconcileRequest}


def form(mode: str, targets: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The JSON schema of each parameter of this mode, by name; `default` is there where the parameter may be left away.

    Where there is one target only, it is the default.
    """
    fields = {name: dict(schema) for name, schema in REQUESTS[mode].model_json_schema()["properties"].items()}
    names = list(targets)
    fields["target"] |= {"enum": names, **({"default": names[0]} if len(names) == 1 else {})}
    return fields


def read_request(mode: str, params: Mapping[str, Any], district: District) -> Request:
    """What was asked for; ConfigError names every parameter that cannot be used, its value, and what is allowed."""
    try:
        request = REQUESTS[mode].model_validate(dict(params))
    except ValidationError as error:
        raise ConfigError("\n".join(explain(error, REQUESTS[mode]))) from None
    district.target(request.target)
    return request
