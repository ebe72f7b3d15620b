"""The gate: fewer requests at a time while Canvas has little left (canvas-api.md §1.3)."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress

import pytest
import requests

from include.canvas.client import CanvasClient
from include.canvas.throttle import Gate, throttled, wait
from include.connection import Connection
from include.sandbox.canvas import canvas_app
from include.sandbox.generate import generate
from include.sandbox.serving import Journal, run_in_thread
from tests.canvas.small_canvas import SmallCanvas


def answer(status: int = 200, body: bytes = b"[]", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def left(units: float) -> requests.Response:
    return answer(X_Rate_Limit_Remaining=str(units))


@pytest.mark.parametrize(
    ("given", "is_throttled"),
    [
        (answer(429), True),
        (answer(403, b"403 Forbidden (Rate Limit Exceeded)\n"), True),
        (answer(403, b'{"status":"unauthorized"}'), False),
        (answer(200, b"Rate Limit Exceeded"), False),
    ],
)
def test_what_is_a_throttle(given: requests.Response, is_throttled: bool) -> None:
    assert throttled(given) is is_throttled


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (answer(429, Retry_After="7"), 7.0),
        (answer(429), 1.0),
        (answer(429, X_Rate_Limit_Remaining="-50"), 20.0),
        (answer(429, X_Rate_Limit_Remaining="149"), 1.0),
        (answer(500), None),
    ],
)
def test_how_long_a_throttle_is_waited_out(given: requests.Response, seconds: float | None) -> None:
    assert wait(given) == seconds


def test_the_gate_narrows_below_150_units_and_widens_when_one_more_fits() -> None:
    gate = Gate(8)
    for units, width in [(400, 8), (149, 7), (149, 6), (150, 6), (199, 6), (200, 7), (600, 8), (600, 8)]:
        gate.note(left(units))
        assert gate.width == width, units


def test_a_throttle_halves_the_gate_and_one_place_always_stays() -> None:
    gate = Gate(8)
    widths = []
    for _ in range(5):
        gate.note(answer(429))
        widths.append(gate.width)
    assert widths == [4, 2, 1, 1, 1]


def test_answers_without_headers_leave_the_gate_wide() -> None:
    gate = Gate(3)
    gate.note(answer())
    assert gate.width == 3


def test_with_one_place_left_the_next_request_waits_for_units_to_come_back() -> None:
    gate = Gate(1)
    gate.note(left(148))
    started = time.monotonic()
    with gate.place():
        assert time.monotonic() - started >= 0.2
    with gate.place():
        assert time.monotonic() - started < 0.6


def test_no_more_than_its_width_are_inside_at_once() -> None:
    gate, inside, most, lock = Gate(3), 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with gate.place():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 3


def test_who_came_first_goes_first_though_another_is_back_at_once() -> None:
    gate, gone = Gate(1), list[str]()

    def work(name: str) -> None:
        with gate.place():
            gone.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("first", "second", "third")]
    with gate.place():
        for number, thread in enumerate(threads, 1):
            thread.start()
            while len(gate._waiting) < number:
                time.sleep(0.001)
    work("back at once")
    for thread in threads:
        thread.join()
    assert gone == ["first", "second", "third", "back at once"]


def test_who_gives_up_waiting_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(1)

    def stopped(_: object) -> bool:
        raise KeyboardInterrupt

    with gate.place(), monkeypatch.context() as patched:
        patched.setattr(gate._changed, "wait_for", stopped)
        with pytest.raises(KeyboardInterrupt), gate.place():
            pass
    with gate.place():
        assert gate._inside == 1


def test_the_next_in_line_goes_when_the_first_gives_up() -> None:
    gate, gone, gives_up = Gate(1), threading.Event(), threading.Event()
    gate.width = 0

    class ImpatientError(Exception):
        pass

    def first() -> None:
        with suppress(ImpatientError), gate.place():
            pass

    def then() -> None:
        with gate.place():
            gone.set()

    wait_for = gate._changed.wait_for

    def until_given_up(predicate: Callable[[], bool]) -> bool:
        if threading.current_thread().name != "first":
            return wait_for(predicate)
        while not gives_up.is_set():
            gate._changed.wait(0.01)
        gate.width = 1  # a place is free, and nobody else tells so
        raise ImpatientError

    gate._changed.wait_for = until_given_up  # type: ignore[method-assign]  # of this gate alone
    threads = [threading.Thread(target=first, name="first"), threading.Thread(target=then)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        while len(gate._waiting) < number:
            time.sleep(0.001)
    gives_up.set()
    assert gone.wait(5)
    for thread in threads:
        thread.join()


def test_the_client_learns_from_every_answer(canvas: SmallCanvas) -> None:
    from include.canvas.client import CanvasClient

    client = CanvasClient(canvas.connection(), workers=4)
    canvas.headers = {"X-Rate-Limit-Remaining": "140"}
    client.get("users/self")
    assert client.gate.width == 3
    canvas.headers = {"X-Rate-Limit-Remaining": "550"}
    client.get("users/self")
    assert client.gate.width == 4


def test_its_own_ten_requests_are_no_reason_to_slow_down_but_what_others_take_is() -> None:
    gate = Gate(10)
    with ExitStack() as inside:
        for _ in range(10):
            inside.enter_context(gate.place())
        for units, width in [(148, 10), (120, 10), (60, 9), (60, 9), (40, 8)]:  # nine others of ours hold 450
            gate.note(left(units))
            assert gate.width == width, units


def test_the_gate_rides_just_under_the_throttle_when_it_widens() -> None:
    gate = Gate(10)
    gate.width = 8
    with ExitStack() as inside:
        for _ in range(8):
            inside.enter_context(gate.place())
        for units, width in [(249, 9), (249, 10), (249, 10)]:
            gate.note(left(units))
            assert gate.width == width


def test_clients_that_share_a_token_begin_with_their_share_and_leave_room_for_each_other() -> None:
    gate = Gate(10, peers=4)
    assert gate.width == 2
    with gate.place(), gate.place():
        gate.note(left(250))  # six of the others' are in flight
        assert gate.width == 2
        gate.note(left(550))
        assert gate.width == 3


def test_f3_ten_at_a_time_are_never_throttled_when_alone_on_the_token() -> None:
    with run_in_thread(canvas_app(generate(size="small", targets=("genesis",)), Journal(None))) as server:
        requests.put(f"{server.url}/_sandbox/throttle", json={"hold": 0.03, "cost": 0.2, "status": 429}, timeout=5)
        client = CanvasClient(Connection("canvas_test", server.url, password="canvas-full-token"), workers=10)
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: client.ask("users/self"), range(80)))
        log = requests.get(f"{server.url}/_sandbox/log", timeout=5).json()
    assert {told.status_code for told in answers} == {200}
    assert {row["status"] for row in log} == {200}
    assert min(float(told.headers["X-Rate-Limit-Remaining"]) for told in answers) < 200  # it did ride near it
