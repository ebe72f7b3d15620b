"""The client's manners: pages, ids, throttle, faults, tokens (canvas-api.md §1)."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.canvas import client as client_module
from include.canvas.client import CanvasClient, base_url
from include.connection import Connection
from include.errors import AccessError, ConfigError, SourceError, UnavailableError
from tests.canvas.small_canvas import SmallCanvas

NUMBERS = [{"id": str(number)} for number in range(250)]


def listed(client: CanvasClient, path: str = "things") -> list[dict[str, str]]:
    return [row for page in client.pages(path) for row in json.loads(page.body)]


def test_two_full_pages_and_a_short_one_are_read_by_next_alone(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists["things"] = NUMBERS
    assert listed(client) == NUMBERS
    assert len(canvas.requests()) == 3


def test_a_short_page_in_the_middle_is_not_the_end(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.most = 7
    canvas.lists["things"] = NUMBERS[:15]
    assert listed(client) == NUMBERS[:15]


def test_an_empty_list_is_one_empty_page(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists["things"] = []
    assert listed(client) == []


def test_ids_are_asked_for_as_text(canvas: SmallCanvas, client: CanvasClient) -> None:
    client.get("users/self")
    assert canvas.accepts == {"application/json+canvas-string-ids"}


def test_cookies_that_canvas_sets_are_not_kept_for_threads_to_share(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.headers = {"Set-Cookie": "canvas_session=1; path=/"}
    client.get("users/self")
    client.get("users/self")
    assert canvas.cookies == set()


def test_the_token_never_follows_a_link_to_another_host(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.lists["things"] = NUMBERS
    with SmallCanvasAt(canvas) as (other, link):
        canvas.headers = {"Link": link}
        canvas.objects["trap"] = [{"id": "1"}]
        with pytest.raises(SourceError, match=f"{other.url}, but the connection's host is {canvas.url}"):
            list(client.pages("trap"))
        assert other.requests() == []


def test_pages_that_run_in_a_circle_end(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.headers = {"Link": f'<{canvas.url}/api/v1/circle>; rel="next"'}
    canvas.objects["circle"] = []
    with pytest.raises(SourceError, match="circle"):
        list(client.pages("circle"))
    assert len(canvas.requests()) == 2


@given(values=st.lists(st.text()))
def test_an_address_says_what_was_asked_whatever_is_in_it(values: list[str]) -> None:
    client = CanvasClient(Connection("canvas_test", "https://district.instructure.com", password="token"))
    asked = [("ids[]", value) for value in values]
    query = urlsplit(client.url("courses", asked)).query
    client.close()
    assert parse_qsl(query, keep_blank_values=True) == asked
    assert query.isascii()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "status": 429, "retry_after": 0},
        {"kind": "throttle", "status": 403, "retry_after": 0},
        {"kind": "error", "status": 500},
        {"kind": "error", "status": 502, "html": True},
        {"kind": "cut"},
        {"kind": "refuse", "status": 200, "body": "<html><body>Down for maintenance</body></html>"},
    ],
    ids=["429", "403 throttle", "500", "502 html", "cut", "200 html"],
)
def test_passing_faults_are_ridden_out(canvas: SmallCanvas, client: CanvasClient, fault: dict[str, object]) -> None:
    canvas.lists["things"] = NUMBERS
    canvas.faults.add({"match": {"path": "things", "query": "page=100"}, "times": 2, **fault})
    assert listed(client) == NUMBERS
    assert len(canvas.requests()) == 5


def test_lasting_faults_end_as_unavailable_after_the_tries(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.faults.add({"kind": "error", "status": 503, "times": -1})
    with pytest.raises(UnavailableError, match="users/self failed 3 times, last: HTTP 503"):
        client.get("users/self")
    assert len(canvas.requests()) == 3


def test_a_403_without_the_throttles_words_is_a_missing_right_and_not_repeated(canvas: SmallCanvas, client: CanvasClient) -> None:
    body = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    canvas.faults.add({"kind": "refuse", "status": 403, "body": body, "times": -1})
    with pytest.raises(SourceError, match="HTTP 403: user not authorized"):
        client.get("users/self")
    assert len(canvas.requests()) == 1


def test_older_canvas_says_a_missing_right_with_401_and_that_is_not_the_token(canvas: SmallCanvas, client: CanvasClient) -> None:
    body = {"status": "unauthorized", "errors": [{"message": "user not authorized to perform that action"}]}
    canvas.faults.add({"kind": "refuse", "status": 401, "body": body})
    with pytest.raises(SourceError, match="HTTP 401"):
        client.get("users/self")


def test_a_refused_token_is_an_access_error_that_does_not_show_it(canvas: SmallCanvas) -> None:
    wrong = CanvasClient(Connection("canvas_test", canvas.url, password="wrong-token"))
    with pytest.raises(AccessError, match=r"HTTP 401: Invalid access token\.. Create a new one") as told:
        wrong.get("users/self")
    assert "wrong-token" not in str(told.value) + repr(wrong.connection)
    assert len(canvas.requests()) == 1


def test_a_broken_bookmark_is_a_source_error(canvas: SmallCanvas, client: CanvasClient) -> None:
    with pytest.raises(SourceError, match="nowhere: HTTP 404: The specified resource does not exist"):
        list(client.pages("nowhere"))


def test_a_redirect_is_told_with_its_place(canvas: SmallCanvas, client: CanvasClient) -> None:
    canvas.faults.add({"kind": "refuse", "status": 302, "body": "", "headers": {"Location": "https://other.example/login"}})
    with pytest.raises(SourceError, match=r"redirects .* to other\.example"):
        client.get("users/self")


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("district.instructure.com", "https://district.instructure.com"),
        ("https://district.instructure.com/", "https://district.instructure.com"),
        ("https://district.instructure.com/api/v1", "https://district.instructure.com"),
        ("http://127.0.0.1:8700", "http://127.0.0.1:8700"),
        ("canvas.district.example:8443", "https://canvas.district.example:8443"),
    ],
)
def test_the_host_is_taken_as_people_type_it(host: str, base: str) -> None:
    assert base_url(Connection("c", host, password="t")) == base


@pytest.mark.parametrize(
    "host", ["ftp://district.example", "https://", "https://user:pass@district.example", "district .example", "https://district.example:port"]
)
def test_a_host_that_is_none_is_refused_by_name(host: str) -> None:
    with pytest.raises(ConfigError, match="connection c: host is not a URL; it must be the URL of Canvas"):
        base_url(Connection("c", host, password="t"))


def test_bad_settings_of_the_connection_are_named() -> None:
    with pytest.raises(ConfigError, match="connection c: password is empty"):
        CanvasClient(Connection("c", "https://d.example"))
    with pytest.raises(ConfigError, match="read_timeout is 'soon'; it must be a number above 0"):
        CanvasClient(Connection("c", "https://d.example", password="t", extra={"read_timeout": "soon"}))
    with pytest.raises(ConfigError, match=f"workers is 40; it must be from 1 to {client_module.MOST_WORKERS}"):
        CanvasClient(Connection("c", "https://d.example", password="t"), workers=40)


class SmallCanvasAt:
    """A second Canvas, and a Link header of the first that leads to it."""

    def __init__(self, first: SmallCanvas) -> None:
        self.other = SmallCanvas()

    def __enter__(self) -> tuple[SmallCanvas, str]:
        return self.other, f'<{self.other.url}/api/v1/trap?page=2>; rel="next"'

    def __exit__(self, *_: object) -> None:
        self.other.running.stop()


@pytest.mark.parametrize("given", [True, " True ", "yes"])
def test_i2_a_connection_that_still_turns_on_graphql_is_rejected_and_told_what_to_use(given: object) -> None:
    with pytest.raises(ConfigError, match=r"connection c: graphql is .*was removed because .*Delete graphql .*extract: \{mode: listed\}"):
        CanvasClient(Connection("c", "https://a.example", password="t", extra={"graphql": given}))


@pytest.mark.parametrize("given", [False, "false", "", None])
def test_a_connection_whose_form_stored_graphql_as_off_still_works(given: object) -> None:
    assert CanvasClient(Connection("c", "https://a.example", password="t", extra={"graphql": given})).base == "https://a.example"
