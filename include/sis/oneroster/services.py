"""The two services of one OneRoster connection, rostering and gradebook: their addresses, sign-in, pace and what their answers ask for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, urlsplit

import requests
from requests.auth import AuthBase

from include.breaker import Breaker
from include.connection import Connection
from include.errors import AccessError, GradeSyncError, SourceError, UnavailableError
from include.http import Action, Api, Http, by_status
from include.pace import Pace
from include.response_body import start_of
from include.sis.oneroster import answers
from include.sis.oneroster.auth import ClientCredentials, signature
from include.sis.oneroster.profile import Profile

VENDOR_HEADER = "x-vendor-authorization"
_PROBE_SECONDS = 10.0
_STANDARD = re.compile(r"/ims/oneroster/.*$|/+$", re.IGNORECASE)
_RATE = re.compile(r"rate.?limit|too many|throttl|server_busy", re.IGNORECASE)
RIGHTS = {"PUT": "gradebook.createput", "POST": "gradebook.createpost", "DELETE": "gradebook.delete", "GET": "gradebook.readonly"}


class Service:
    """One of the two: `url` builds addresses below its base, `send` talks to it."""

    def __init__(self, base: str, http: Http) -> None:
        self.base, self.http = base, http

    def url(self, *parts: str) -> str:
        """The base and these path segments, each percent-encoded (an id may hold anything)."""
        return "/".join([self.base, *(quote(part, safe="") for part in parts)])

    def ours(self, url: str) -> bool:
        """Whether this address is on the same scheme and host, so that credentials may go there (§6)."""
        return urlsplit(url)[:2] == urlsplit(self.base)[:2]

    def get(self, *parts: str, **params: str | int) -> requests.Response:
        """A read, whatever its status."""
        return self.http.send("GET", self.url(*parts), params=params)

    def get_one(self, name: str, *parts: str) -> dict[str, object] | None:
        """One record by its singular name; None when the SIS does not know it. SourceError when the answer cannot be used."""
        answer = self.get(*parts)
        said = answers.read(answer)
        if answer.status_code == 404:
            return None
        found = answers.record(said, name)
        if not said.good or not found:
            raise SourceError(f"{self.http.api.name}: GET {self.url(*parts)} did not return {name}: {said.coded}", said=said.text)
        return found


class Services:
    """Both services of a connection, sharing its token and its pace."""

    def __init__(self, connection: Connection, profile: Profile) -> None:
        self.connection, self.profile = connection, profile
        self.token = _token(connection, profile)
        auth = self.token or signature(connection, profile)
        pace = Pace(profile.pace_ms / 1000)
        extra = {VENDOR_HEADER: profile.vendor_key} if profile.vendor_key else {}
        self.breaker = Breaker(f"connection {connection.id}", self._answers)
        self.rostering = self._service("rostering", profile.rostering_url, auth, pace, {})
        self.gradebook = self._service("gradebook", profile.gradebook_url, auth, pace, extra)
        quick = replace(self.gradebook.http.api, tries=1, read_timeout=min(profile.timeout_s, _PROBE_SECONDS))
        self._probing = Http(quick, auth, {**profile.headers, **extra}, connections=1)

    @property
    def server(self) -> str:
        """Hosts and paths of both services, without the part that the standard prescribes: one text where both are at one place (I-4)."""
        places = (urlsplit(service.base) for service in (self.rostering, self.gradebook))
        return " ".join(sorted({f"{place.netloc.lower()}{_STANDARD.sub('', place.path)}" for place in places}))

    def identify(self) -> str:
        """The sourcedIds of the SIS's districts; empty where it does not say, or does not let us read organizations (I-4)."""
        try:
            asked = {"filter": "type='district'", "fields": "sourcedId,type", "limit": 100}
            answer = self._probing.send("GET", self.rostering.url("orgs"), params=asked)
        except GradeSyncError:
            return ""
        said = answers.read(answer)
        found = said.body.get("orgs") if said.good else None
        orgs = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
        return " ".join(sorted({str(row.get("sourcedId") or "").strip() for row in orgs if row.get("type") == "district"}))

    def close(self) -> None:
        """Give the connections back."""
        for http in (self.rostering.http, self.gradebook.http, self._probing):
            http.close()

    def _answers(self) -> bool:
        """Whether the gradebook still answers a small read, be it with a refusal."""
        try:
            self._probing.send("GET", self.gradebook.url("categories"), params={"limit": 1})
        except UnavailableError:
            return False
        except AccessError:
            return True
        return True

    def _service(self, part: str, base: str, auth: AuthBase, pace: Pace, extra: dict[str, str]) -> Service:
        profile, name = self.profile, f"connection {self.connection.id}, {part}"
        api = _api(name, profile, action_of, _explainer(profile, gradebook=part == "gradebook"), pace)
        api = replace(api, said=lambda answer: answers.read(answer).text)
        return Service(base, Http(api, auth, {**profile.headers, **extra}, connections=profile.workers + 2, breaker=self.breaker))


def action_of(answer: requests.Response) -> Action:
    """The OneRoster table (§7): as usual, but 403 ends the connection, unless it speaks of too many requests."""
    if answer.status_code == 403:
        return Action.WAIT if _RATE.search(start_of(answer, 2000)) else Action.STOP
    return by_status(answer)


def _token(connection: Connection, profile: Profile) -> ClientCredentials | None:
    if profile.auth == "oauth1":
        return None
    api = _api(f"connection {connection.id}, token", profile, _token_action, lambda answer: f"HTTP {answer.status_code}", Pace(0.0))
    return ClientCredentials(connection, profile, Http(api, headers=dict(profile.headers), connections=1))


def _token_action(answer: requests.Response) -> Action:
    return Action.TAKE if answer.status_code in (401, 403) else by_status(answer)


def _api(name: str, profile: Profile, action: Callable[[requests.Response], Action], explain: Callable[[requests.Response], str], pace: Pace) -> Api:
    return Api(
        name,
        action,
        explain=explain,
        read_timeout=profile.timeout_s,
        tries=profile.tries,
        patience=profile.patience_s,
        first_delay=profile.retry_delay_s,
        pace=pace,
    )


def _explainer(profile: Profile, *, gradebook: bool) -> Callable[[requests.Response], str]:
    """What an answer means to the admin, with the right or setting that is missing. None of it are the SIS's words (F-12)."""

    def explain(answer: requests.Response) -> str:
        said = answers.read(answer).coded if answer.status_code in (401, 403) else f"HTTP {answer.status_code}"
        if answer.status_code == 401 and gradebook and (profile.needs_vendor_key or profile.vendor_key):
            state = "is refused" if profile.vendor_key else "is missing"
            return f"{said}; the token is new, so the vendor key ({VENDOR_HEADER}) {state}. Set extra.vendor_key to the SIS vendor's key:secret"
        if answer.status_code == 401:
            return f"{said}; the SIS rejected a new token or signature. Check the client ID and secret, and the clock of this machine"
        if answer.status_code == 403:
            right = RIGHTS[answer.request.method or "GET"] if gradebook else "roster.readonly"
            return f"{said}; the client does not have the scope {profile.scope(right)}, or the SIS has not enabled it. Ask the SIS vendor to grant it"
        return said

    return explain
