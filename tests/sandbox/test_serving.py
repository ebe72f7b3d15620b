"""The layer that all sandbox servers share: log, faults, latency, admin routes, journal."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from starlette.requests import Request
from starlette.routing import Route

from include.sandbox import serving


class Counter:
    """A server's state that counts its writes."""

    def __init__(self) -> None:
        self.faults, self.log = serving.Faults(), serving.RequestLog()
        self.count, self.alive = 0, True

    def snapshot(self) -> dict[str, object]:
        return {"count": self.count}

    def reset(self) -> None:
        self.count = 0

    def expire_tokens(self) -> None:
        self.alive = False


class Asked:
    """A client of the counter."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()

    def __call__(self, method: str, path: str, **kwargs: object) -> requests.Response:
        return self.session.request(method, self.url + path, timeout=10, **kwargs)  # type: ignore[arg-type]  # requests' own words

    def fault(self, **rule: object) -> requests.Response:
        return self("POST", "/_sandbox/faults", json=rule)

    def count(self) -> int:
        return int(self("GET", "/_sandbox/state").json()["count"])


@pytest.fixture
def ask() -> Iterator[Asked]:
    state = Counter()

    async def things(request: Request) -> serving.Json:
        if not state.alive:
            return serving.Json({"error": "expired"}, 401)
        if request.method == "PUT":
            state.count += 1
            serving.count_rows(request, len(await request.json()))
        return serving.Json({"count": state.count})

    async def token(_: Request) -> serving.Json:
        return serving.Json({"access_token": "t"})

    async def shout(request: Request) -> object:
        return {"heard": (await request.json())["word"]}

    routes = [Route("/things/{name}", things, methods=["GET", "PUT"]), Route("/token", token, methods=["POST"])]
    with serving.run_in_thread(serving.build("counter", routes, state, on_admin={"shout": shout})) as running:
        yield Asked(running.url)


def test_log_counts_the_rows_of_writes_and_leaves_admin_routes_out(ask: Asked) -> None:
    ask("PUT", "/things/a?x=1", json=[1, 2, 3])
    ask("GET", "/things/a")
    ask("POST", "/token")
    told = ask("GET", "/_sandbox/log").json()
    assert [(e["number"], e["method"], e["path"], e["query"], e["status"], e["rows"]) for e in told] == [
        (1, "PUT", "/things/a", "x=1", 200, 3),
        (2, "GET", "/things/a", "", 200, 0),
        (3, "POST", "/token", "", 200, 0),
    ]
    assert [e["number"] for e in ask("GET", "/_sandbox/log?writes=1").json()] == [1]
    assert [e["number"] for e in ask("GET", "/_sandbox/log?since=2").json()] == [3]
    ask("DELETE", "/_sandbox/log")
    ask("GET", "/things/a")
    assert [e["number"] for e in ask("GET", "/_sandbox/log").json()] == [4]


def test_cut_leaves_no_answer_and_no_effect(ask: Asked) -> None:
    ask.fault(kind="cut", match={"method": "PUT"})
    with pytest.raises(requests.ConnectionError):
        ask("PUT", "/things/a", json=[1])
    assert ask.count() == 0
    assert ask("PUT", "/things/a", json=[1]).status_code == 200


def test_f4_lost_leaves_no_answer_but_the_effect(ask: Asked) -> None:
    ask.fault(kind="lost", match={"method": "PUT"})
    with pytest.raises(requests.ConnectionError):
        ask("PUT", "/things/a", json=[1, 2])
    assert ask.count() == 1
    assert [(e["status"], e["rows"]) for e in ask("GET", "/_sandbox/log").json()] == [(0, 2)]


def test_faults_skip_match_and_run_out(ask: Asked) -> None:
    ask.fault(kind="error", match={"path": "things/b"}, after=1, times=2, status=502, html=True)
    assert [ask("GET", f"/things/{name}").status_code for name in "abbabb"] == [200, 200, 502, 200, 502, 200]


def test_a_fault_that_always_fires_ends_when_cleared(ask: Asked) -> None:
    ask.fault(kind="refuse", times=-1, status=422, body={"why": "no"})
    answers = [ask("GET", "/things/a") for _ in range(3)]
    assert {(a.status_code, a.json()["why"]) for a in answers} == {(422, "no")}
    ask("DELETE", "/_sandbox/faults")
    assert ask("GET", "/things/a").status_code == 200


def test_throttle_in_both_of_canvas_forms(ask: Asked) -> None:
    ask.fault(kind="throttle", retry_after=3)
    answer = ask("GET", "/things/a")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    ask.fault(kind="throttle", status=403)
    answer = ask("GET", "/things/a")
    assert (answer.status_code, answer.text) == (403, "403 Forbidden (Rate Limit Exceeded)")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_slow_goes_along_with_another_fault(ask: Asked) -> None:
    ask.fault(kind="slow", seconds=0.2)
    ask.fault(kind="error")
    started = time.perf_counter()
    assert ask("GET", "/things/a").status_code == 500
    assert time.perf_counter() - started >= 0.2


def test_expire_tokens_asks_the_state(ask: Asked) -> None:
    ask.fault(kind="expire_tokens", after=1)
    assert [ask("GET", "/things/a").status_code for _ in range(2)] == [200, 401]


def test_latency_is_added_to_each_request(ask: Asked) -> None:
    assert ask("PUT", "/_sandbox/latency", json={"seconds": 0.1}).json() == {"seconds": 0.1}
    started = time.perf_counter()
    ask("GET", "/things/a")
    assert time.perf_counter() - started >= 0.1


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"kind": "explode"}, "allowed: slow, throttle"),
        ({"kind": "slow", "second": 1}, "unknown keys second"),
        ({"kind": "cut", "times": 0}, "times is 1 or more"),
        ({"kind": "cut", "match": {"path": "("}}, "not a regular expression"),
        ({"kind": "cut", "match": {"host": "x"}}, "method, path and query"),
    ],
    ids=["kind", "key", "times", "regex", "match"],
)
def test_a_wrong_fault_is_refused_with_what_is_allowed(ask: Asked, rule: dict[str, object], told: str) -> None:
    answer = ask.fault(**rule)
    assert answer.status_code == 400
    assert told in answer.json()["error"]


def test_reset_forgets_state_faults_and_log(ask: Asked) -> None:
    ask("PUT", "/things/a", json=[1])
    ask.fault(kind="cut", times=-1)
    ask("POST", "/_sandbox/reset")
    assert (ask.count(), ask("GET", "/_sandbox/log").json(), ask("GET", "/_sandbox/faults").json()) == (0, [], {"rules": 0})


def test_admin_routes_can_be_added(ask: Asked) -> None:
    assert ask("POST", "/_sandbox/shout", json={"word": "hey"}).json() == {"heard": "hey"}
    assert ask("GET", "/_sandbox/health").json() == {"status": "ok", "system": "counter"}


def test_journal_survives_a_restart_and_a_torn_last_line(tmp_path: Path) -> None:
    path = tmp_path / "state" / "canvas.jsonl"
    first = serving.Journal(path)
    first.append({"do": "a", "name": "Zoë"})
    first.append({"do": "b"})
    first.close()
    with path.open("ab") as file:
        file.write(b'{"do": "half')
    again = serving.Journal(path)
    assert [one["do"] for one in again.replay()] == ["a", "b"]
    again.append({"do": "c"})
    assert [one["do"] for one in serving.Journal(path).replay()] == ["a", "b", "c"]


def test_f12_journal_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "state" / "canvas.jsonl"
    serving.Journal(path).append({"do": "a"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_journal_in_memory_can_be_cleared() -> None:
    journal = serving.Journal()
    journal.append({"do": "a"})
    assert list(journal.replay()) == [{"do": "a"}]
    journal.clear()
    assert list(journal.replay()) == []
