"""Every button of the pages under every role of the simple auth manager, and under rights per target; a new one without a row fails (D, Safe)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.sync.listing import Wanted, listed
from tests.web.lively import OURS, Lively, words
from tests.web.posts import FROM_ELSEWHERE, POSTS, Post, routes

pytestmark = [pytest.mark.airflow, pytest.mark.usefixtures("known_dags")]
TARGET = "powerschool"
PEOPLE = {"amy admin": (True, True), "otto op": (True, True), "uma user": (True, True), "only_powerschool user": (True, True),
          "vic viewer": (True, False), "only_powerschool viewer": (True, False), "only_synergy admin": (False, False)}  # fmt: skip
each = pytest.mark.parametrize("post", POSTS, ids=lambda post: post.route)


@pytest.fixture(autouse=True)
def paused(lively: Lively) -> Iterator[None]:
    """All schedules are paused afterwards, as other tests find them."""
    yield
    lively.press("schedules", action="pause_all")


@pytest.fixture
def run_id(lively: Lively) -> str:
    """A run of the target."""
    return str(listed(lively.engine, Wanted((TARGET,)), size=1).rows[0]["run_id"])


def test_every_button_is_among_these() -> None:
    assert routes() == {post.route for post in POSTS}


@each
@pytest.mark.parametrize("person", PEOPLE)
def test_who_may_press_it(lively: Lively, run_id: str, post: Post, person: str) -> None:
    name, _, role = person.partition(" ")
    reads, acts = PEOPLE[person]
    answer = lively.visitor(name, role).post(f"/gradesync/{post.path(TARGET, run_id)}", data=post.body(TARGET), headers=OURS)
    may = post.allowed(reads, acts) or (post.whole and name == "only_synergy")
    assert answer.status_code == (post.status if may else 403), words(answer.text)


@each
def test_nobody_without_a_login_or_from_elsewhere(lively: Lively, run_id: str, post: Post) -> None:
    path, body = f"/gradesync/{post.path(TARGET, run_id)}", post.body(TARGET)
    assert lively.place.stranger().post(path, data=body, headers=OURS).status_code == 401
    assert lively.visitor("nobody", None).post(path, data=body, headers=OURS).status_code == 403
    for headers in FROM_ELSEWHERE:
        assert lively.visitor().post(path, data=body, headers=headers).status_code == 403, headers
