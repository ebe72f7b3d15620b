"""Asks a running sandbox Canvas over HTTP, as a plain client would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from include.sandbox import serving
from include.sandbox.canvas import CanvasState, canvas_app
from include.sandbox.world import District
from tests.sandbox.bay_high import bay_high


class Caller:
    """One client with one token. `state` is what the server holds."""

    def __init__(self, url: str, state: CanvasState, token: str = "canvas-full-token") -> None:
        self.url, self.state = url, state
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, path: str, method: str = "GET", **kwargs: Any) -> requests.Response:
        """One answer, whatever its status."""
        base = "" if path.startswith(("/api/", "/_sandbox/")) else "/api/v1/"
        return self.session.request(method, f"{self.url}{base}{path}", timeout=20, **kwargs)

    def get(self, path: str, **params: Any) -> Any:
        """The rows of one answer that must be a 200. A name ending in `__` asks for `name[]`."""
        answer = self.ask(path, params={name.removesuffix("__") + ("[]" if name.endswith("__") else ""): value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, **fields: Any) -> Any:
        """The row after a PUT of form fields that must succeed: `submission__posted_grade` is `submission[posted_grade]`."""
        data = {f"{name.split('__')[0]}[{name.split('__')[1]}]" if "__" in name else name: value for name, value in fields.items()}
        answer = self.ask(path, "PUT", data=data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def admin(self, name: str, method: str = "PUT", **body: Any) -> Any:
        """The answer of an admin route that must succeed."""
        answer = self.ask(f"/_sandbox/{name}", method, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pages(self, path: str, **params: Any) -> list[list[Any]]:
        """All pages of a list, followed through the Link header alone."""
        found: list[list[Any]] = []
        answer = self.ask(path, params=params)
        while True:
            assert answer.status_code == 200, answer.text
            found.append(answer.json())
            if "next" not in answer.links:
                return found
            answer = self.session.get(answer.links["next"]["url"], timeout=20)

    def as_user(self, token: str) -> Caller:
        """The same Canvas under another token."""
        return Caller(self.url, self.state, token)


@contextmanager
def canvas(district: District | None = None, journal: serving.Journal | None = None) -> Iterator[Caller]:
    """A sandbox Canvas on a free port."""
    app = canvas_app(district or bay_high(), journal or serving.Journal(None))
    with serving.run_in_thread(app) as running:
        yield Caller(running.url, app.state.sandbox)
