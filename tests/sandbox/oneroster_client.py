"""A plain OneRoster client for the provider's own tests: a running server, a token, and bodies that are complete in both versions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import requests

from include.sandbox.generate import generate
from include.sandbox.oneroster import TRAITS, VendorTraits, oneroster_app
from include.sandbox.oneroster.provider import Provider
from include.sandbox.serving import Journal, run_in_thread
from include.sandbox.world import District

SCOPE = "https://purl.imsglobal.org/spec/or/{version}/scope/{name}"
WRITER = ("roster.readonly", "gradebook.readonly", "gradebook.createput", "gradebook.createpost", "gradebook.delete")


@cache
def small_district() -> District:
    """One small district for all tests; it is immutable."""
    return generate(size="small")


def scopes(traits: VendorTraits, *names: str) -> str:
    """The scopes of these names in the provider's version."""
    return " ".join(SCOPE.format(version="v1p1" if traits.version == "1.1" else "v1p2", name=name) for name in names)


class Sis:
    """One running provider as a client sees it, with an ordinary class to work in."""

    def __init__(self, url: str, traits: VendorTraits, provider: Provider) -> None:
        self.url, self.traits, self.provider = url, traits, provider
        self.roster, self.gradebook = url + traits.rostering_path, url + traits.gradebook_path
        self.http = requests.Session()
        self.http.trust_env = False
        if traits.vendor_key:
            self.http.headers["x-vendor-authorization"] = traits.vendor_key
        self.klass = next(
            class_id
            for class_id, (_, section) in provider.roster.courses_by_class.items()
            if len({one.title.strip().casefold() for one in section.categories}) == len(section.categories) >= 2
            and all(one.state == "active" for one in section.categories)
            and len(section.sis_students) >= 4
        )
        self.school = provider.roster.rows["classes"][self.klass]["school"]
        self.students = [student for student, there in provider.store.rosters[self.klass].items() if there]
        self.category = provider.store.categories(self.klass)[0]["sourcedId"]

    def login(self, *names: str, client: str = "client") -> Sis:
        """Take a token for these scopes (none: all that writing needs)."""
        name = self.traits.target.replace(" ", "-")
        secret = f"{name}-secret" if client == "client" else f"{name}-{client}-secret"
        form = {"grant_type": "client_credentials", "scope": scopes(self.traits, *(names or WRITER))}
        answer = self.http.post(self.url + self.traits.token_path, data=form, auth=(f"{name}-{client}", secret))
        assert answer.status_code == 200, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def link(self, kind: str, sourced_id: str) -> dict[str, str]:
        """A full link."""
        return {"href": f"{self.url}/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}

    def line_item(self, sourced_id: str = "gs-essay", **changes: Any) -> dict[str, Any]:
        """A complete line item; a change to None leaves the field out."""
        item = {
            **base(sourced_id),
            "title": "Essay on rivers",
            "assignDate": "2026-11-02T12:00:00.000Z",
            "dueDate": "2026-11-10T12:00:00.000Z",
            "class": self.link("class", self.klass),
            "category": self.link("category", self.category),
            "resultValueMin": 0.0,
            "resultValueMax": 10.0,
            **({"school": self.link("org", self.school)} if self.traits.version == "1.2" else {}),
            **changes,
        }
        return {name: value for name, value in item.items() if value is not None}

    def result(self, sourced_id: str = "gs-essay-a", item: str = "gs-essay", **changes: Any) -> dict[str, Any]:
        """A complete result; a change to None leaves the field out."""
        result = {
            **base(sourced_id),
            "lineItem": self.link("lineItem", item),
            "student": self.link("user", self.students[0]),
            "scoreStatus": "fully graded",
            "score": 8.5,
            "scoreDate": "2026-11-11",
            **changes,
        }
        return {name: value for name, value in result.items() if value is not None}

    def put(self, kind: str, record: dict[str, Any]) -> requests.Response:
        """PUT one record under its own id."""
        return self.http.put(f"{self.gradebook}/{kind}s/{record['sourcedId']}", json={kind: record})

    def put_item(self, sourced_id: str = "gs-essay", **changes: Any) -> requests.Response:
        """PUT a line item."""
        return self.put("lineItem", self.line_item(sourced_id, **changes))

    def put_result(self, sourced_id: str = "gs-essay-a", item: str = "gs-essay", **changes: Any) -> requests.Response:
        """PUT a result."""
        return self.put("result", self.result(sourced_id, item, **changes))

    def get(self, path: str, **params: Any) -> requests.Response:
        """GET below the gradebook."""
        return self.http.get(self.gradebook + path, params=params)

    def read(self, path: str, **params: Any) -> requests.Response:
        """GET below rostering."""
        return self.http.get(self.roster + path, params=params)

    def teacher(self, do: str, **order: Any) -> requests.Response:
        """What a teacher does in the SIS's own screen."""
        return self.http.post(f"{self.url}/_sandbox/teacher", json={"do": do, **order})

    def seen(self, name: str = "Essay on rivers") -> list[dict[str, Any]]:
        """The class's assignments of this name as a person sees them."""
        snapshot: Any = self.http.get(f"{self.url}/_sandbox/state").json()
        return [item for item in snapshot[self.klass]["assignments"] if item["name"] == name]


def base(sourced_id: str) -> dict[str, Any]:
    """What every record carries."""
    return {"sourcedId": sourced_id, "status": "active", "dateLastModified": "2026-11-13T05:00:00.000Z"}


def words(answer: requests.Response) -> str:
    """The sentence of a refusal, out of any of the shapes."""
    body = answer.json()
    info = body.get("imsx_StatusInfo") or (body.get("statusInfoSet") or [body])[0]
    return str(info["imsx_description"])


def minor(answer: requests.Response) -> str:
    """The minor code of a refusal."""
    body = answer.json()
    info = body.get("imsx_StatusInfo") or (body.get("statusInfoSet") or [body])[0]
    return str(info["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"])


@contextmanager
def serve(traits: VendorTraits | str, journal: Journal | None = None) -> Iterator[Sis]:
    """A running provider, logged in for writing; a standard one serves Synergy's share of the district."""
    chosen = TRAITS[traits] if isinstance(traits, str) else traits
    app = oneroster_app(small_district(), chosen, journal or Journal(), target="" if chosen.target in TRAITS else "synergy")
    with run_in_thread(app) as server:
        sis = Sis(server.url, chosen, app.state.sandbox).login()
        with sis.http:
            yield sis
