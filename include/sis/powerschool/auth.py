"""PowerSchool's token: client credentials in Basic, renewed early and once on a 401 (powerschool-xte.md §1)."""

from __future__ import annotations

import time
from collections.abc import Callable

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from include.connection import Connection
from include.errors import AccessError
from include.http import Http
from include.tokens import read_token


class Token(AuthBase):
    """One token for all requests of a client; only `expires_in` says how long it lives."""

    def __init__(self, connection: Connection, url: str, http: Http, clock: Callable[[], float] = time.monotonic) -> None:
        self.connection, self.url, self._http, self._clock = connection, url, http, clock
        self._token, self._until = "", 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign one request."""
        if not self._token or self._clock() >= self._until:
            self.renew()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self) -> None:
        """A new token. AccessError says what the connection's credentials lack."""
        answer = self._http.send(
            "POST",
            f"{self.url}/oauth/access_token/",
            data="grant_type=client_credentials",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
            auth=HTTPBasicAuth(self.connection.login, self.connection.password),
        )
        name = f"connection {self.connection.id}"
        if answer.status_code == 404:
            raise AccessError(f"{name}: host {self.url} has no PowerSchool token URL (HTTP 404). Use the URL of the PowerSchool server")
        if answer.status_code != 200:
            raise AccessError(
                f"{name}: PowerSchool rejected the client ID or secret (HTTP {answer.status_code}). Copy both from the plugin's "
                "Data Provider Configuration, and check that the plugin is enabled"
            )
        found = read_token(answer, name, f"the token URL {self.url}/oauth/access_token/")
        self._token, self._until = found.token, self._clock() + found.seconds
