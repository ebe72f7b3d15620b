"""One request to a page: who asks, of which district, which targets they may see, and how links and pages are made for them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Engine

from include.district import District, district_path
from include.sync import listing, state
from plugins.gradesync_airflow.hooks import located_district
from plugins.gradesync_airflow.web import access, notices
from plugins.gradesync_airflow.web.rendering import render

_DISTRICT_SECONDS = 30


@dataclass(frozen=True)
class Links:
    """Links relative to the page that holds them, so that they hold under any prefix and inside Airflow's frame."""

    depth: int

    def __call__(self, *parts: str, **query: object) -> str:
        """The way to a page of ours; empty parts and empty or missing query values are left out."""
        path = "/".join(quote(str(part), safe="") for part in parts if part)
        asked = {name: value for name, value in query.items() if value not in (None, "", False)}
        return ("../" * self.depth + path or "./") + (f"?{urlencode(asked)}" if asked else "")

    def airflow(self, *parts: str) -> str:
        """The way to one of Airflow's own pages."""
        return "../" * (self.depth + 1) + "/".join(quote(str(part), safe="") for part in parts)


@dataclass(frozen=True)
class Visit:
    """What every page starts from."""

    request: Request
    user: BaseUser
    district: District

    @cached_property
    def engine(self) -> Engine:
        """The state database."""
        return state.engine(self.district.state)

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """The targets that this person may read, of the district file and of runs still listed."""
        return access.allowed(self.user, dict.fromkeys([*self.district.targets, *self.district.broken, *listing.targets(self.engine)]))

    @cached_property
    def broken(self) -> dict[str, tuple[str, ...]]:
        """Those of them that do not run because their entry in the district file is wrong, with the mistakes (I-9)."""
        return {name: mistakes for name, mistakes in self.district.broken.items() if name in self.targets}

    @cached_property
    def acts_on(self) -> tuple[str, ...]:
        """Those of them for which this person may start something."""
        return access.allowed(self.user, self.targets, access.ACT)

    @property
    def links(self) -> Links:
        """How to link from this page."""
        return links_of(self.request)

    def must_read(self, target: str) -> None:
        """403 for a target whose DAG this person may not read; what exists and what does not looks the same to them."""
        if target not in self.targets:
            raise HTTPException(403, "You do not have permission to view this page.")

    def must_act(self, target: str) -> None:
        """403 for a target whose DAG this person may not trigger."""
        self.must_read(target)
        if target not in self.acts_on:
            raise HTTPException(403, "You can view this page, but you do not have permission to start syncs.")

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page from its template."""
        shared = {"visit": self, "link": self.links, "zone": self.district.time_zone, "user": self.user, "notice": notices.of(self.request)}
        answer = HTMLResponse(render(template, **{**shared, **context}), status_code=status)
        notices.forget(self.request, answer)
        return answer

    def told(self, to: str, sentence: str, tone: str = "good") -> Response:
        """Back to a page (303) that says what was done."""
        return notices.told(self.request, to, sentence, tone)


def visit(request: Request, user: GetUserDep) -> Visit:
    """This request's visit; 403 for somebody who may see no target at all."""
    made = Visit(request, user, _district())
    if not made.targets:
        raise HTTPException(403, "You do not have permission to view any of Grade Sync's DAGs.")
    return made


VisitDep = Annotated[Visit, Depends(visit)]


def links_of(request: Request) -> Links:
    """Links for the page that this request asked for."""
    path, root = request.scope["path"], request.scope.get("root_path", "")
    return Links(path.removeprefix(root).count("/") - 1)


def _district() -> District:
    """The district file, read anew when it changed and now and then: its state may stand in a connection that changed."""
    path = district_path()
    return _read_district(path, path.stat().st_mtime_ns if path.exists() else 0, int(time.monotonic() / _DISTRICT_SECONDS))


@lru_cache(maxsize=1)
def _read_district(path: Path, changed: int, turn: int) -> District:  # noqa: ARG001  # the cache's key
    return located_district()
