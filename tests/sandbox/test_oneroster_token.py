"""Who gets in: tokens, scopes, signatures, vendor header (oneroster-gradebook.md §2)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
from oauthlib.oauth1 import Client
from requests_oauthlib import OAuth1

from tests.sandbox.oneroster_client import Sis, minor, scopes, serve, words

FORM = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def synergy() -> Iterator[Sis]:
    with serve("synergy") as sis:
        yield sis


@pytest.fixture(scope="module")
def schooltool() -> Iterator[Sis]:
    with serve("schooltool") as sis:
        yield sis


def token(sis: Sis, **more: object) -> requests.Response:
    form = {**FORM, "scope": scopes(sis.traits, "roster.readonly"), **more}
    return requests.post(sis.url + "/token", data=form, auth=None if "client_id" in more else ("synergy-client", "synergy-secret"))


def test_a_token_is_given_for_basic_and_for_form_credentials(synergy: Sis) -> None:
    assert token(synergy).json()["token_type"] == "Bearer"
    answer = token(synergy, client_id="synergy-client", client_secret="synergy-secret")
    assert answer.json()["expires_in"] == 3600
    assert answer.json()["scope"] == scopes(synergy.traits, "roster.readonly")


def test_a_wrong_secret_or_grant_gets_no_token(synergy: Sis) -> None:
    wrong = token(synergy, client_id="synergy-client", client_secret="guess")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert token(synergy, grant_type="password").json()["error"] == "unsupported_grant_type"
    assert token(synergy, scope="https://example.org/scope").json()["error"] == "invalid_scope"


def test_a_new_token_does_not_end_the_earlier_one(synergy: Sis) -> None:
    first, second = (token(synergy).json()["access_token"] for _ in range(2))
    assert first != second
    for one in (first, second):
        assert requests.get(synergy.roster + "/orgs", headers={"Authorization": f"Bearer {one}"}).status_code == 200


def test_tokens_end(synergy: Sis) -> None:
    requests.put(synergy.url + "/_sandbox/tokens", json={"expires_in": 1})
    dead = {"Authorization": f"Bearer {token(synergy).json()['access_token']}"}
    requests.put(synergy.url + "/_sandbox/tokens", json={"expires_in": 3600})
    assert requests.get(synergy.roster + "/orgs", headers=dead).status_code == 200
    time.sleep(1.05)
    answer = requests.get(synergy.roster + "/orgs", headers=dead)
    assert (answer.status_code, minor(answer)) == (401, "unauthorisedrequest")


def test_the_fault_expire_tokens_ends_all_of_them(synergy: Sis) -> None:
    requests.post(synergy.url + "/_sandbox/faults", json={"kind": "expire_tokens", "match": {"path": "/orgs"}})
    assert synergy.read("/orgs").status_code == 401
    assert synergy.login().read("/orgs").status_code == 200


@pytest.mark.parametrize(
    ("held", "method", "path"),
    [
        ("roster-core.readonly", "GET", "/classes/{c}/students"),
        ("roster.readonly", "GET", "/lineItems"),
        ("gradebook.readonly", "GET", "/classes"),
        ("gradebook.readonly", "PUT", "/lineItems/x"),
        ("gradebook.createput", "DELETE", "/lineItems/x"),
        ("gradebook-core.readonly", "GET", "/classes/{c}/results"),
    ],
)
def test_a_missing_scope_is_403_and_named(synergy: Sis, held: str, method: str, path: str) -> None:
    sis = Sis(synergy.url, synergy.traits, synergy.provider).login(held)
    answer = sis.http.request(method, sis.gradebook + path.format(c=sis.klass), json={})
    assert answer.status_code == 403
    assert "v1p1/scope/" in words(answer)


def test_the_reading_client_never_gets_to_write(synergy: Sis) -> None:
    reader = Sis(synergy.url, synergy.traits, synergy.provider).login(client="reader")
    assert reader.get("/lineItems").status_code == 200
    assert reader.put_item().status_code == 403


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_signed_requests_are_taken_where_the_vendor_does(schooltool: Sis, method: str) -> None:
    auth = OAuth1("schooltool-client", "schooltool-secret", signature_method=method)
    found = requests.get(schooltool.roster + "/classes", params={"filter": f"sourcedId='{schooltool.klass}'", "limit": 5}, auth=auth)
    assert [row["sourcedId"] for row in found.json()["classes"]] == [schooltool.klass]
    put = requests.put(f"{schooltool.gradebook}/lineItems/gs-{method}", json={"lineItem": schooltool.line_item(f"gs-{method}")}, auth=auth)
    assert put.status_code == 201


def test_a_signature_that_is_wrong_old_or_used_is_refused(schooltool: Sis, synergy: Sis) -> None:
    url = schooltool.roster + "/orgs"

    def asked(secret: str, timestamp: float, at: str = url) -> requests.Response:
        _, headers, _ = Client("schooltool-client", secret, nonce=f"n{timestamp}", timestamp=str(int(timestamp))).sign(at)
        return requests.get(at, headers=headers)

    now = time.time()
    assert asked("guess", now).status_code == 401
    assert asked("schooltool-secret", now - 700).status_code == 401
    assert asked("schooltool-secret", now + 400).status_code == 401
    assert asked("schooltool-secret", now - 500).status_code == 200
    assert asked("schooltool-secret", now - 500).status_code == 401, "the same nonce twice"
    assert requests.get(synergy.roster + "/orgs", auth=OAuth1("synergy-client", "synergy-secret")).status_code == 401


def test_infinite_campus_wants_the_vendor_header_for_the_gradebook_alone() -> None:
    with serve("infinite_campus") as sis:
        del sis.http.headers["x-vendor-authorization"]
        assert sis.read("/classes").status_code == 200
        answer = sis.get("/lineItems")
        assert (answer.status_code, words(answer)) == (401, sis.traits.wordings["vendor_header"].sentence)
        sis.http.headers["x-vendor-authorization"] = "vendor-key:wrong"
        assert sis.get("/lineItems").status_code == 401
