"""Every button of the pages: its route, and a form that gets past the question of rights and stops short of doing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

FROM_ELSEWHERE = ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.test"}, {"origin": "null"})
"""What the browser says of a request that does not come from one of our own pages."""


@dataclass(frozen=True)
class Post:
    """`status` is the answer to whoever may press it. `reading`: those may who see the target. `whole`: it is of no one target."""

    route: str
    status: int
    form: dict[str, str] = field(default_factory=dict)
    reading: bool = False
    whole: bool = False

    def path(self, target: str, run_id: str) -> str:
        """Its address for a target and one of that target's runs."""
        return self.route.format(target=target, run_id=quote(run_id, safe=""), course="none").lstrip("/")

    def body(self, target: str) -> dict[str, str]:
        """Its form for this target."""
        return {"target": target, **self.form}

    def allowed(self, reads: bool, acts: bool) -> bool:
        """Whether somebody with these rights on the target may press it."""
        return acts or (reads and self.reading)


POSTS = (
    Post("/sync", 400, {"course": "none", "offered": "1"}),
    Post("/remaster", 400, {"course": "none", "offered": "1"}),
    Post("/reconcile", 400, {"courses": "\n".join(f"{number}" for number in range(501))}),
    Post("/explain", 400, {"course": "none"}, reading=True),
    Post("/schedules", 303, {"action": "resume", "kind": "nightly"}),  # this one is done, and changes nothing where it is on
    Post("/courses", 404, {"action": "off", "course": "none"}),
    Post("/categories", 400, whole=True),
    Post("/categories/{target}/{course}", 404, {"action": "save"}),
    Post("/connections", 404, {"connection": "none"}),
    Post("/connections/rebind", 303, {"server": "none"}),
    Post("/connections/forget", 303, {"confirm": "none"}),
    Post("/runs/{target}/{run_id}/send", 400),
    Post("/runs/{target}/{run_id}/answer", 409, {"answer": "Approve"}),
)


def routes() -> set[str]:
    """Routes of the app that take anything but a question."""
    from plugins.gradesync_airflow.web.app import OTHERS, SECTIONS

    found = [route for router in (*(section.router for section in SECTIONS), *OTHERS) for route in router.routes]
    return {route.path for route in found if set(route.methods) - {"GET", "HEAD", "OPTIONS"}}
