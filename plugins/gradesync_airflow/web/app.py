"""The app behind *Grade Sync* in Airflow's menu. A new page is a module in `pages/` and a row in SECTIONS (or OTHERS, without a place in the bar)."""

from __future__ import annotations

from typing import NamedTuple

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.core_api.security import get_user
from fastapi import APIRouter, Depends, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plugins.gradesync_airflow.web.access import same_origin
from plugins.gradesync_airflow.web.errors import answer_errors
from plugins.gradesync_airflow.web.pages import (
    categories,
    category_files,
    connections,
    courses,
    explain,
    history,
    plan,
    reconcile,
    rules,
    run,
    schedules,
    windows,
)
from plugins.gradesync_airflow.web.rendering import STATIC, environment

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Section(NamedTuple):
    """A page with a place in the bar on top of all pages: its address, what it is called, its routes."""

    path: str
    label: str
    router: APIRouter


SECTIONS: tuple[Section, ...] = (
    Section("history", "History", history.router),
    Section("sync", "Sync now", windows.router),
    Section("remaster", "Remaster", windows.remasters),
    Section("reconcile", "Reconcile", reconcile.router),
    Section("explain", "Explain a score", explain.router),
    Section("schedules", "Schedules", schedules.router),
    Section("courses", "Courses", courses.router),
    Section("categories", "Categories", categories.router),
    Section("rules", "Rules", rules.router),
    Section("connections", "Connections", connections.router),
)
OTHERS: tuple[APIRouter, ...] = (run.router, category_files.router, plan.router)


def create_app() -> FastAPI:
    """The whole app. Nothing on it answers without a login (static files aside), and no write that comes from elsewhere is taken."""
    app = FastAPI(dependencies=[Depends(get_user), Depends(same_origin)], docs_url=None, redoc_url=None, openapi_url=None)
    app.state.auth_manager = get_auth_manager()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for router in (*(section.router for section in SECTIONS), *OTHERS):
        app.include_router(router)
    environment().globals["sections"] = SECTIONS
    answer_errors(app)
    app.add_middleware(Headers)
    return app


class Headers:
    """Pages hold names and scores: nothing keeps them, and nothing from elsewhere gets into them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers added."""
        static = scope["path"].removeprefix(scope.get("root_path", "")).startswith("/static/")

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update({**HEADERS, "Cache-Control": "public, max-age=86400" if static else "no-store"})
            await send(message)

        await self.app(scope, receive, answer)
