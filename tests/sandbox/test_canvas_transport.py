"""Tokens, pages, ids, throttle and errors of the sandbox Canvas (canvas-api.md §1)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.sandbox.bay_high import ABROAD, AMY, BIOLOGY, CLEO, DRAFT, QUIZ
from tests.sandbox.canvas_caller import Caller, canvas

COURSE = f"courses/{BIOLOGY}"
ALL = {"student_ids[]": "all"}


@pytest.fixture(scope="module")
def bay() -> Iterator[Caller]:
    with canvas() as caller:
        yield caller


@pytest.fixture(autouse=True)
def fresh(bay: Caller) -> Iterator[None]:
    yield
    bay.admin("reset", "POST")
    bay.admin("throttle", "DELETE")


@pytest.mark.parametrize(
    ("header", "message"),
    [({}, "user authorization required"), ({"Authorization": "Bearer nonsense"}, "Invalid access token.")],
    ids=["no token", "wrong token"],
)
def test_a_refused_token_is_a_401_with_a_challenge(bay: Caller, header: dict[str, str], message: str) -> None:
    answer = requests.get(f"{bay.url}/api/v1/users/self", headers=header, timeout=10)
    assert answer.status_code == 401
    assert "WWW-Authenticate" in answer.headers
    assert answer.json()["errors"][0]["message"] == message


@pytest.mark.parametrize(("state", "message"), [("expired", "Expired access token."), ("revoked", "Revoked access token.")])
def test_a_token_can_expire_or_be_revoked(bay: Caller, state: str, message: str) -> None:
    bay.admin("tokens", **{"canvas-full-token": state})
    answer = bay.ask(COURSE)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (401, message)
    bay.admin("tokens", **{"canvas-full-token": ""})
    assert bay.ask(COURSE).status_code == 200


def test_expire_tokens_fault_ends_the_token_in_the_middle(bay: Caller) -> None:
    bay.admin("faults", "POST", kind="expire_tokens", after=1)
    assert [bay.ask(COURSE).status_code for _ in range(3)] == [200, 401, 401]


def test_without_the_sis_right_the_sis_keys_are_absent(bay: Caller) -> None:
    poor = bay.as_user("canvas-no-sis-token")
    rows = [
        poor.get(COURSE),
        *poor.get(f"{COURSE}/sections"),
        *poor.get(f"{COURSE}/enrollments"),
        *[row["user"] for row in poor.get(f"{COURSE}/enrollments")],
        *poor.get(f"{COURSE}/assignment_groups", include__="assignments"),
        *poor.get(f"{COURSE}/assignments"),
        *poor.get(f"{COURSE}/students/submissions", student_ids__="all", grouped=1),
    ]
    assert [key for row in rows for key in row if key.startswith("sis_") or key.startswith("integration_")] == []
    with_right = bay.get(f"{COURSE}/sections")
    assert [row["sis_section_id"] for row in with_right] == ["S-1", "S-2", None]


def test_without_any_right_all_but_oneself_is_forbidden(bay: Caller) -> None:
    nobody = bay.as_user("canvas-no-rights-token")
    assert nobody.ask("users/self").status_code == 200
    assert nobody.get("accounts") == []
    answer = nobody.ask(COURSE)
    assert (answer.status_code, answer.json()["status"]) == (403, "unauthorized")
    assert "WWW-Authenticate" not in answer.headers


def test_ids_are_numbers_unless_text_is_asked_for(bay: Caller) -> None:
    params = {**ALL, "grouped": "1", "per_page": 100}
    plain = bay.ask(f"{COURSE}/students/submissions", params=params).json()
    texts = bay.ask(f"{COURSE}/students/submissions", params=params, headers={"Accept": "application/json+canvas-string-ids"}).json()
    assert plain[-1]["user_id"] == CLEO
    assert texts[-1]["user_id"] == str(CLEO)
    for row in (texts[0], *texts[0]["submissions"]):
        assert [key for key, value in row.items() if (key == "id" or key.endswith("_id")) and isinstance(value, int)] == []
    assert texts[0]["submissions"][0]["attempt"] == 1


def test_an_object_of_another_shard_has_a_global_id_and_a_short_address(bay: Caller) -> None:
    assert bay.get("courses/1042~503")["id"] == ABROAD == bay.get(f"courses/{ABROAD}")["id"]


def test_courses_and_sections_answer_to_their_sis_id(bay: Caller) -> None:
    assert bay.get("courses/sis_course_id:C-BIO")["id"] == BIOLOGY
    assert len(bay.get("sections/sis_section_id:S-1/enrollments")) == 4
    assert bay.ask("courses/sis_course_id:").status_code == 404


def test_numbered_pages_have_a_last_and_end_empty(bay: Caller) -> None:
    answer = bay.ask(f"{COURSE}/assignments", params={"per_page": 4})
    assert set(answer.links) == {"current", "next", "first", "last"}
    assert answer.links["last"]["url"].endswith("page=2&per_page=4")
    assert [len(page) for page in bay.pages(f"{COURSE}/assignments", per_page=4)] == [4, 2]
    past = bay.ask(f"{COURSE}/assignments", params={"page": 99})
    assert (past.status_code, past.json()) == (200, [])


def test_bookmarked_pages_are_opaque_and_have_no_last(bay: Caller) -> None:
    for path, params in ((f"{COURSE}/students/submissions", ALL), (f"{COURSE}/enrollments", {})):
        answer = bay.ask(path, params={**params, "per_page": 2})
        assert "last" not in answer.links
        assert parse_qs(urlsplit(answer.links["next"]["url"]).query)["page"][0].startswith("bookmark:")
        pages = bay.pages(path, **params, per_page=2)
        ids = [row["id"] for page in pages for row in page]
        assert len(ids) == len(set(ids)) == len(bay.ask(path, params={**params, "per_page": 100}).json())
        assert bay.ask(path, params={**params, "page": "bookmark:broken"}).status_code == 404


def test_per_page_is_clamped_and_its_last_duplicate_wins(bay: Caller) -> None:
    links = bay.ask(f"{COURSE}/assignments?per_page=1&per_page=1000").links
    assert links["current"]["url"].endswith("per_page=100")
    assert len(bay.ask(f"{COURSE}/assignments?per_page=100&per_page=1").json()) == 1
    assert len(bay.ask(f"{COURSE}/assignments?per_page=0").json()) == 1


def test_links_lead_to_the_host_that_was_asked_and_hold_no_token(bay: Caller) -> None:
    url = bay.url.replace("127.0.0.1", "localhost")
    answer = requests.get(f"{url}/api/v1/{COURSE}/assignments?per_page=1&access_token=canvas-full-token&include[]=overrides", timeout=10)
    assert answer.links["next"]["url"].startswith(url)
    assert "access_token" not in answer.headers["Link"]
    assert "include%5B%5D=overrides" in answer.headers["Link"]


def test_a_long_link_header_keeps_next_and_drops_the_others(bay: Caller) -> None:
    answer = bay.ask(f"{COURSE}/assignments", params={"per_page": 1, "junk[]": ["x" * 50] * 60})
    assert set(answer.links) == {"next"}


def test_rate_headers_are_there_and_ordinary_use_is_never_throttled(bay: Caller) -> None:
    answers = [bay.ask(f"{COURSE}/sections") for _ in range(60)]
    assert {answer.status_code for answer in answers} == {200}
    assert float(answers[-1].headers["X-Rate-Limit-Remaining"]) > 550
    assert float(answers[-1].headers["X-Request-Cost"]) > 0


@pytest.mark.parametrize("status", [403, 429])
def test_a_full_bucket_throttles_and_leaks(bay: Caller, status: int) -> None:
    bay.admin("throttle", cost=290, leak=2000, status=status)
    answers = [bay.ask(COURSE) for _ in range(4)]
    throttled = [answer for answer in answers if answer.status_code == status]
    assert throttled
    assert "Rate Limit Exceeded" in throttled[0].text
    assert throttled[0].headers["Content-Type"].startswith("text/plain")
    assert "X-Request-Cost" not in throttled[0].headers
    bay.admin("throttle", cost=0, leak=1_000_000)
    assert bay.ask(COURSE).status_code == 200


def test_each_token_has_a_bucket_of_its_own(bay: Caller) -> None:
    bay.admin("throttle", cost=900, leak=0)
    assert [bay.ask(COURSE).status_code for _ in range(2)] == [200, 403]
    assert bay.as_user("canvas-no-sis-token").ask(COURSE).status_code == 200


def test_unknown_things_are_404_in_canvas_words(bay: Caller) -> None:
    for path in ("courses/999", f"{COURSE}/assignments/999", f"{COURSE}/assignments/{QUIZ}/submissions/999", "courses/abc", "quite/unknown"):
        answer = bay.ask(path)
        assert answer.status_code == 404, path
        assert answer.json() == {"errors": [{"message": "The specified resource does not exist."}]}


def test_terms_belong_to_the_root_account(bay: Caller) -> None:
    assert [row["id"] for row in bay.get("accounts/self/terms")["enrollment_terms"]] == [900]
    assert bay.ask("accounts/11/terms").status_code == 400


def test_a24_courses_of_an_account_hold_those_below_and_can_be_filtered(bay: Caller) -> None:
    def ids(account: int = 1, **params: object) -> list[int]:
        return [row["id"] for row in bay.get(f"accounts/{account}/courses", **params)]

    assert ids() == ids(11) == ids(111) == [BIOLOGY, DRAFT, ABROAD]
    assert ids(published="true") == [BIOLOGY]
    assert ids(state__=["completed", "created"]) == [DRAFT, ABROAD]
    assert ids(enrollment_term_id=901) == []
    assert ids(search_term="c-bio") == [BIOLOGY]
    assert ids(ends_after="2027-01-21T00:00:00Z") == [BIOLOGY, DRAFT, ABROAD]
    assert ids(ends_after="2027-02-01") == []
    assert bay.ask("accounts/1/courses", params={"search_term": "c"}).status_code == 400
    row = bay.get("accounts/1/courses", include__=["term", "total_students", "concluded"])[0]
    assert (row["total_students"], row["term"]["id"], row["concluded"]) == (4, 900, False)
    assert (row["time_zone"], row["grade_passback_setting"], row["sis_course_id"]) == ("America/New_York", "nightly_sync", "C-BIO")


def test_state_of_the_sandbox_shows_what_a_person_would_see(bay: Caller) -> None:
    shown = bay.ask("/_sandbox/state").json()
    assert shown[str(BIOLOGY)]["submissions"][f"({QUIZ}, {AMY})"]["score"] == 8.0


def test_the_date_header_is_canvas_own_clock(bay: Caller) -> None:
    bay.admin("clock", now="2026-12-24T06:30:00-05:00")
    assert bay.ask("users/self").headers["Date"] == "Thu, 24 Dec 2026 11:30:00 GMT"
