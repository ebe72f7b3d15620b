"""What a person sees when a page cannot be shown: what happened and what to do, in the pages' own look."""

from __future__ import annotations

import logging
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from include.errors import ConfigError, GradeSyncError
from plugins.gradesync_airflow.web.rendering import render
from plugins.gradesync_airflow.web.visit import links_of

log = logging.getLogger(__name__)
_TITLES = {
    400: "This page cannot be shown",
    401: "Log in",
    403: "Permission required",
    404: "Not found",
    405: "Cannot do this now",
    503: "Unavailable",
}


def answer_errors(app: FastAPI) -> None:
    """Take every error of the app's pages to one page."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(GradeSyncError, _ours)
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(Exception, _unknown)


def _http(request: Request, error: Any) -> Response:
    if error.status_code == 401:
        return _log_in(request)
    told = "Page not found. Use the navigation bar above." if error.detail == "Not Found" else str(error.detail)
    return _page(request, error.status_code, told)


def _invalid(request: Request, error: Any) -> Response:
    fields = ", ".join(".".join(str(part) for part in found["loc"]) for found in error.errors())
    return _page(request, 400, f"These values are not valid: {fields}. Correct them and try again.")


def _ours(request: Request, error: Exception) -> Response:
    return _page(request, 400 if isinstance(error, ConfigError) else 503, error.told if isinstance(error, GradeSyncError) else str(error))


def _database(request: Request, error: Exception) -> Response:
    log.error("a page could not use a database: %s", type(error).__name__, exc_info=error)
    return _page(request, 503, "A database is unavailable or has no tables. Nothing was changed. Ask an admin to check the Airflow API server log.")


def _unknown(request: Request, error: Exception) -> Response:
    log.error("a page failed: %s", type(error).__name__, exc_info=error)
    return _page(request, 500, "Grade Sync hit an internal error. Ask an admin to check the Airflow API server log.")


def _log_in(request: Request) -> Response:
    """A browser that opens the page by itself is sent to the login; inside Airflow's frame, and for programs, it is told."""
    if request.method == "GET" and request.headers.get("sec-fetch-dest") == "document":
        return RedirectResponse(get_auth_manager().get_url_login(next_url=str(request.url)), 303)
    return _page(request, 401, "Your session has ended. Log in again.")


def _page(request: Request, status: int, told: str) -> HTMLResponse:
    writes = request.method not in ("GET", "HEAD")
    title = "Not completed" if writes and status != 401 else _TITLES.get(status, "Something went wrong")
    text = render("error.html", link=links_of(request), status=status, title=title, told=told, back=writes)
    return HTMLResponse(text, status_code=status)
