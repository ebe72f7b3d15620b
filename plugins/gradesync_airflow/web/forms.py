"""What a form of a page sent: fields and files, bounded."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData

from include.errors import ConfigError

MOST_FIELDS = 40_000
LARGEST = 16 * 2**20


async def read_form(request: Request) -> FormData:
    """The form of this request; 413 for one that is too large for any page of ours."""
    if int(request.headers.get("content-length") or 0) > LARGEST:
        raise HTTPException(413, f"The form data is larger than {LARGEST // 2**20} MB, the limit. Send less, or split the file.")
    return await request.form(max_fields=MOST_FIELDS)


FormDep = Annotated[FormData, Depends(read_form)]


def field(form: FormData, name: str, allowed: tuple[str, ...] = ()) -> str:
    """One field as text; ConfigError where it is none of those that are allowed."""
    value = form.get(name, "")
    text = value.strip() if isinstance(value, str) else ""
    if allowed and text not in allowed:
        raise ConfigError(f'{name}: "{text[:40]}" is not valid. Use one of: {", ".join(allowed)}')
    return text


def fields(form: FormData, name: str) -> list[str]:
    """All fields of this name, in their order."""
    return [value for value in form.getlist(name) if isinstance(value, str)]
