"""The circuit breaker: an outage is found by a few requests in a row, and its end by one small question."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from include.breaker import Breaker
from include.errors import OutageError


@dataclass
class Server:
    """Answers small questions while it is up; `now` is the breaker's clock."""

    up: bool = False
    asked: int = 0
    now: float = 0.0
    breaker: Breaker = field(init=False)

    def __post_init__(self) -> None:
        self.breaker = Breaker("connection sis", self._probe, limit=3, rest=60.0, clock=lambda: self.now)

    def _probe(self) -> bool:
        self.asked += 1
        return self.up


def down() -> Server:
    server = Server()
    for _ in range(3):
        server.breaker.let_through()
        server.breaker.gave_up()
    return server


def test_open_after_three_in_a_row_and_everything_fails_at_once() -> None:
    server = down()
    assert server.breaker.is_open
    with pytest.raises(OutageError, match="connection sis: the server does not respond"):
        server.breaker.let_through()
    assert server.asked == 1


def test_an_answer_in_between_starts_the_count_anew() -> None:
    server = Server()
    for _ in range(5):
        server.breaker.gave_up()
        server.breaker.gave_up()
        server.breaker.answered()
    assert (server.breaker.is_open, server.asked) == (False, 0)


def test_rows_that_fail_while_the_server_answers_open_nothing() -> None:
    server = Server(up=True)
    for _ in range(9):
        server.breaker.gave_up()
    server.breaker.let_through()
    assert (server.breaker.is_open, server.asked) == (False, 3)


def test_half_open_after_the_rest_one_question_decides() -> None:
    server = down()
    server.now = 61.0
    with pytest.raises(OutageError):
        server.breaker.let_through()
    with pytest.raises(OutageError):
        server.breaker.let_through()
    assert server.asked == 2, "one question per rest"
    server.now, server.up = 122.0, True
    server.breaker.let_through()
    assert not server.breaker.is_open


def test_suspicion_asks_before_the_first_request() -> None:
    server = Server()
    server.breaker.suspect()
    with pytest.raises(OutageError):
        server.breaker.let_through()
    server = Server(up=True)
    server.breaker.suspect()
    server.breaker.let_through()
    server.breaker.let_through()
    assert server.asked == 1


def test_a_server_that_keeps_asking_to_wait_is_left_alone_without_a_question() -> None:
    server = Server(up=True)
    for _ in range(3):
        server.breaker.gave_up(asked_to_wait=True)
    assert (server.breaker.is_open, server.asked) == (True, 0)
