"""Airflow's own public API, asked in this process in the name of the person on the page: their rights decide, and Airflow's audit log names them."""

from __future__ import annotations

from typing import Any

import anyio.from_thread
import httpx
from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from fastapi import HTTPException

from include.errors import ConfigError, UnavailableError

_TOKEN_SECONDS = 60


def call(user: BaseUser, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One call below /api/v2 and its answer. 403 or 404 stay what they are; ConfigError where Airflow refuses what was asked for.

    To be called from a page's own thread, never from the event loop.
    """
    answer = anyio.from_thread.run(_ask, user, method, path, body)
    if answer.is_success:
        told: dict[str, Any] = answer.json() if answer.content else {}
        return told
    said = _said(answer)
    if answer.status_code in (401, 403):
        raise HTTPException(403, f"You do not have permission in Airflow: {said}")
    if answer.status_code in (404, 409):
        raise HTTPException(answer.status_code, said)
    if answer.status_code < 500:
        raise ConfigError(f"Airflow rejected the request: {said}")
    raise UnavailableError(
        f"Airflow's API responded with HTTP {answer.status_code} to {method} {path}. Ask an admin to check the Airflow API server log.",
        answer.status_code,
    )


async def _ask(user: BaseUser, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
    from airflow.api_fastapi.main import app  # the very app that serves this page: the one that the API server has made

    token = get_auth_manager().generate_jwt(user, expiration_time_in_seconds=_TOKEN_SECONDS)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow", headers={"Authorization": f"Bearer {token}"}) as client:
        return await client.request(method, f"/api/v2/{path}", json=body)


def _said(answer: httpx.Response) -> str:
    """Airflow's own words for a refusal."""
    try:
        detail = answer.json().get("detail")
    except (ValueError, AttributeError):
        detail = None
    if isinstance(detail, dict):
        detail = detail.get("reason") or detail.get("message")
    return str(detail or f"HTTP {answer.status_code}")[:500]
