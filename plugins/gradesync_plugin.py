"""The plugin that Airflow loads with every component and in every task: names and dictionaries only.

The pages are built on the first request (reference: airflow-3.3.md, section 3): what they need would cost every task seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin


class LazyPages:
    """The pages' app, imported when somebody asks for the first of them."""

    app: Callable[..., Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand the request on."""
        if self.app is None:
            from plugins.gradesync_airflow.web.app import create_app

            self.app = create_app()
        await self.app(scope, receive, send)


class LazyGuard:
    """Rights per target on Airflow's own API (`guard.py`), imported with the first request that would change something there."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.guard: Callable[..., Awaitable[None]] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hand the request on, by way of the guard if it is a write."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self.app(scope, receive, send)
            return
        if self.guard is None:
            from plugins.gradesync_airflow.guard import Guard

            self.guard = Guard(self.app)
        await self.guard(scope, receive, send)


class GradeSyncPlugin(AirflowPlugin):
    """Grade sync's place in Airflow's menus."""

    name = "gradesync"
    fastapi_apps: ClassVar[list[Any]] = [{"app": LazyPages(), "url_prefix": "/gradesync", "name": "Grade Sync"}]
    fastapi_root_middlewares: ClassVar[list[Any]] = [{"middleware": LazyGuard, "name": "Grade Sync: rights per target"}]
    external_views: ClassVar[list[Any]] = [
        {
            "name": "Grade Sync",
            "href": "gradesync/",
            "destination": "nav",
            "url_route": "grade-sync",
            "nav_top_level": True,
            "icon": "gradesync/static/icon.svg",
            "icon_dark_mode": "gradesync/static/icon-dark.svg",
        },
        {"name": "Grade Sync", "href": "gradesync/dag-run/{DAG_ID}/{RUN_ID}", "destination": "dag_run", "url_route": "grade-sync-run"},
    ]
