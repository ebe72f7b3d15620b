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
    400: "This cannot be shown",
    401: "Please log in",
    403: "No right to see this",
    404: "Not found",
    405: "Not possible",
    503: "Not available",
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
    told = "There is no such page here. What you look for is reached from the bar above." if error.detail == "Not Found" else str(error.detail)
    return _page(request, error.status_code, told)


def _invalid(request: Request, error: Any) -> Response:
    fields = ", ".join(".".join(str(part) for part in found["loc"]) for found in error.errors())
    return _page(request, 400, f"Something in the address or the form is not allowed: {fields}.")


def _ours(request: Request, error: Exception) -> Response:
    return _page(request, 400 if isinstance(error, ConfigError) else 503, error.told if isinstance(error, GradeSyncError) else str(error))


def _database(request: Request, error: Exception) -> Response:
    log.error("a page could not use a database: %s", type(error).__name__, exc_info=error)
    return _page(request, 503, "A database does not answer, or lacks its tables. An admin finds the reason in the log of Airflow's API server.")


def _unknown(request: Request, error: Exception) -> Response:
    log.error("a page failed: %s", type(error).__name__, exc_info=error)
    return _page(request, 500, "This is a mistake of ours. An admin finds the reason in the log of Airflow's API server.")


def _log_in(request: Request) -> Response:
    """A browser that opens the page by itself is sent to the login; inside Airflow's frame, and for programs, it is told."""
    if request.method == "GET" and request.headers.get("sec-fetch-dest") == "document":
        return RedirectResponse(get_auth_manager().get_url_login(next_url=str(request.url)), 303)
    return _page(request, 401, "You are not logged in, or your login has ended.")


def _page(request: Request, status: int, told: str) -> HTMLResponse:
    writes = request.method not in ("GET", "HEAD")
    title = "This was not done" if writes and status != 401 else _TITLES.get(status, "This did not work")
    text = render("error.html", link=links_of(request), status=status, title=title, told=told, back=writes)
    return HTMLResponse(text, status_code=status)
