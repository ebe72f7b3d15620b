"""Writing into the gradebook: PUT, DELETE, batches, strict and lenient bodies, and what is kept (oneroster-gradebook.md §3, §4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from include.sandbox.oneroster import TRAITS, standard
from include.sandbox.serving import Journal
from tests.sandbox.oneroster_client import Sis, minor, serve, words


@pytest.fixture
def synergy() -> Iterator[Sis]:
    with serve("synergy") as sis:
        yield sis


@pytest.fixture
def campus() -> Iterator[Sis]:
    with serve("infinite_campus") as sis:
        yield sis


@pytest.mark.parametrize("target", list(TRAITS))
def test_put_twice_is_one_item_and_replaces_it_whole(target: str) -> None:
    with serve(target) as sis:
        first = sis.put_item(description="With sources")
        second = sis.put_item(title="Essay on lakes", dueDate="2026-11-12T12:00:00.000Z")
        assert (first.status_code, second.status_code) == (201, 200)
        assert sis.seen() == []
        (item,) = sis.seen("Essay on lakes")
        assert (item["due_date"], item["description"], item["points_possible"]) == ("2026-11-12", "", 10.0)
        assert (sis.put_result().status_code, sis.put_result(score=9.25).status_code) == (201, 200)
        assert [one["score"] for one in sis.seen("Essay on lakes")[0]["scores"][sis.students[0]]] == [9.25]


def test_reads_by_class_line_item_and_student_agree(synergy: Sis) -> None:
    synergy.put_item("gs-1", title="One")
    synergy.put_item("gs-2", title="Two")
    for item in ("gs-1", "gs-2"):
        for number in (0, 1):
            assert synergy.put_result(f"{item}-{number}", item, student=synergy.link("user", synergy.students[number])).status_code == 201
    klass = f"/classes/{synergy.klass}"

    def found(path: str) -> set[str]:
        return {row["sourcedId"] for row in synergy.get(klass + path).json()["results"]}

    assert found("/results") == {"gs-1-0", "gs-1-1", "gs-2-0", "gs-2-1"}
    assert found("/lineItems/gs-1/results") == {"gs-1-0", "gs-1-1"}
    assert found(f"/students/{synergy.students[1]}/results") == {"gs-1-1", "gs-2-1"}
    assert synergy.get(klass + "/lineitems").json()["lineItems"][-1]["sourcedId"] == "gs-2"
    assert synergy.get("/results/gs-1-0").json()["result"]["lineItem"]["sourcedId"] == "gs-1"


def test_a15_numbers_are_kept_as_sent_and_a14_extra_credit_survives(synergy: Sis) -> None:
    synergy.put_item(resultValueMax=33.333333)
    for score in (12.345678, 0.1 + 0.2, 300, 0):
        synergy.put_result(score=score)
        assert json.dumps(synergy.get("/results/gs-essay-a").json()["result"]["score"]) == json.dumps(score)
    assert synergy.get("/lineItems/gs-essay").json()["lineItem"]["resultValueMax"] == 33.333333


def test_delete_leaves_nothing_or_a_record_marked_as_deleted() -> None:
    for target, after in (("synergy", 404), ("schooltool", 200)):
        with serve(target) as sis:
            sis.put_item()
            sis.put_result()
            assert sis.http.delete(sis.gradebook + "/results/gs-essay-a").status_code == 204
            assert sis.http.delete(sis.gradebook + "/results/gs-essay-a").status_code == 404
            assert sis.http.delete(sis.gradebook + "/lineItems/gs-essay").status_code == 204
            left = sis.get("/lineItems/gs-essay")
            assert left.status_code == after
            if after == 200:
                assert left.json()["lineItem"]["status"] == "tobedeleted"
            assert sis.put_result("gs-late").status_code == 404
            assert sis.seen() == []


def test_modified_put_allocates_the_id_and_a_second_one_makes_a_twin() -> None:
    with serve(replace(standard("1.1"), id_mode="modified")) as sis:
        body = {"lineItem": sis.line_item()}
        del body["lineItem"]["sourcedId"]
        ids = [sis.http.put(sis.gradebook + "/lineItems", json=body).json()["lineItem"]["sourcedId"] for _ in range(2)]
        assert ids[0] != ids[1]
        assert len(sis.seen()) == 2
        result = {"result": sis.result(item=ids[0], sourcedId=None)}
        made = sis.http.put(sis.gradebook + "/results", json=result).json()["result"]["sourcedId"]
        assert sis.get(f"/results/{made}").json()["result"]["score"] == 8.5


def test_f4_a_batch_allocates_ids_says_which_and_doubles_when_posted_again(campus: Sis) -> None:
    campus.put_item("gs-1")
    results = [campus.result(f"tmp-{n}", "gs-1", student=campus.link("user", campus.students[n])) for n in range(3)]
    url = campus.gradebook + "/lineItems/gs-1/results"
    first = campus.http.post(url, json={"results": results})
    assert first.status_code == 201
    pairs = {pair["suppliedSourcedId"]: pair["allocatedSourcedId"] for pair in first.json()["sourcedIdPairs"]}
    assert list(pairs) == ["tmp-0", "tmp-1", "tmp-2"]
    assert campus.get(f"/results/{pairs['tmp-1']}").json()["result"]["student"]["sourcedId"] == campus.students[1]
    assert campus.http.post(url, json={"results": results}).status_code == 201
    assert len(campus.seen()[0]["scores"][campus.students[0]]) == 2
    assert campus.http.get(campus.url + "/_sandbox/log?writes=1").json()[-1]["rows"] == 3


def test_a_batch_keeps_the_good_and_gives_the_bad_no_pair(campus: Sis) -> None:
    items = [campus.line_item("tmp-1", title="Good"), campus.line_item("tmp-2", title="x" * 31)]
    answer = campus.http.post(f"{campus.gradebook}/classes/{campus.klass}/lineItems", json={"lineItems": items})
    assert [pair["suppliedSourcedId"] for pair in answer.json()["sourcedIdPairs"]] == ["tmp-1"]
    none = campus.http.post(f"{campus.gradebook}/schools/{campus.school}/lineItems", json={"lineItems": items[1:]})
    assert (none.status_code, minor(none)) == (422, "invaliddata")
    assert (len(campus.seen("Good")), len(campus.seen("x" * 31))) == (1, 0)


def test_a_batch_of_results_for_a_session_stays_inside_its_class(campus: Sis) -> None:
    campus.put_item("gs-1")
    term = campus.read(f"/classes/{campus.klass}").json()["class"]["terms"][0]["sourcedId"]
    url = f"{campus.gradebook}/classes/{campus.klass}/academicSessions/{term}/results"
    assert campus.http.post(url, json={"results": [campus.result("tmp-1", "gs-1")]}).status_code == 201
    assert campus.http.post(url.replace(term, "none"), json={"results": []}).status_code == 404
    other = next(one for one in campus.provider.roster.courses_by_class if one != campus.klass)
    assert campus.http.post(url.replace(campus.klass, other), json={"results": [campus.result("tmp-2", "gs-1")]}).status_code == 404


def test_1_1_has_no_batches_scales_or_categories_of_a_class(synergy: Sis) -> None:
    assert synergy.http.post(f"{synergy.gradebook}/classes/{synergy.klass}/lineItems", json={"lineItems": []}).status_code == 404
    assert synergy.get("/scoreScales").status_code == 404
    assert synergy.get(f"/classes/{synergy.klass}/categories").status_code == 404


def test_score_scales_can_be_written_and_are_listed_by_class_and_school(campus: Sis) -> None:
    values = [{"itemValueLHS": "90 - 100", "itemValueRHS": "A"}]
    scale = {"sourcedId": "s-1", "status": "active", "dateLastModified": "2026-11-13T05:00:00.000Z", "title": "Letters", "type": "grade"}
    scale |= {"class": campus.link("class", campus.klass), "scoreScaleValue": values}
    assert campus.put("scoreScale", scale).status_code == 201
    for path in (f"/classes/{campus.klass}", f"/schools/{campus.school}", ""):
        assert [row["title"] for row in campus.get(path + "/scoreScales").json()["scoreScales"]] == ["Letters"]
    assert campus.put("scoreScale", {**scale, "scoreScaleValue": []}).status_code == 422
    assert campus.put_item(scoreScale=campus.link("scoreScale", "s-1")).status_code == 201
    assert campus.put_item(scoreScale=campus.link("scoreScale", "s-9")).status_code == 422


BAD_ITEMS: list[tuple[dict[str, Any], str]] = [
    ({"colour": "red"}, "colour"),
    ({"status": None}, "status"),
    ({"status": "inactive"}, "status"),
    ({"dateLastModified": None}, "dateLastModified"),
    ({"assignDate": "2026-11-02"}, "assignDate"),
    ({"dueDate": "2026-11-10T23:59:00-05:00"}, "dueDate"),
    ({"dueDate": "2026-13-10T12:00:00.000Z"}, "dueDate"),
    ({"resultValueMax": "10"}, "resultValueMax"),
    ({"resultValueMax": True}, "resultValueMax"),
    ({"title": 7}, "title"),
    ({"class": {"sourcedId": "x"}}, "class"),
    ({"category": {"href": "nowhere", "sourcedId": "x", "type": "category"}}, "category"),
    ({"metadata": []}, "metadata"),
]


@pytest.mark.parametrize(("change", "named"), BAD_ITEMS)
@pytest.mark.parametrize("target", ["synergy", "infinite_campus"])
def test_a_strict_provider_names_the_field_that_breaks_the_standard(strict: dict[str, Sis], target: str, change: dict[str, Any], named: str) -> None:
    answer = strict[target].put_item(**change)
    assert (answer.status_code, minor(answer)) == (422, "invaliddata")
    assert named in words(answer)


BAD_RESULTS: list[tuple[dict[str, Any], str]] = [
    ({"scoreDate": "2026-11-11T12:00:00.000Z"}, "scoreDate"),
    ({"scoreDate": "11/11/2026"}, "scoreDate"),
    ({"scoreStatus": "graded"}, "scoreStatus"),
    ({"late": True}, "late"),
    ({"score": "8"}, "score"),
    ({"student": {"href": "http://x/y", "sourcedId": "x", "type": "person"}}, "student"),
]


@pytest.mark.parametrize(("change", "named"), BAD_RESULTS)
@pytest.mark.parametrize("target", ["synergy", "infinite_campus"])
def test_a_strict_provider_checks_results_as_well(strict: dict[str, Sis], target: str, change: dict[str, Any], named: str) -> None:
    strict[target].put_item()
    answer = strict[target].put_result(**change)
    assert (answer.status_code, minor(answer)) == (422, "invaliddata")
    assert named in words(answer)


def test_what_1_2_added_is_unknown_to_a_strict_1_1_provider(strict: dict[str, Sis]) -> None:
    for target, status in (("synergy", 422), ("infinite_campus", 201)):
        strict[target].put_item()
        assert strict[target].put_result("gs-flags", late="true", missing="false").status_code == status


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"lineItem": []}', b'{"result": {}}', b'{"lineItem": {"resultValueMax": NaN}}'])
def test_bodies_that_are_no_line_item_are_refused(strict: dict[str, Sis], text: bytes) -> None:
    for sis in strict.values():
        assert sis.http.put(sis.gradebook + "/lineItems/x", data=text).status_code in (400, 422)


def test_the_id_in_the_body_must_be_the_one_in_the_path(strict: dict[str, Sis]) -> None:
    sis = strict["synergy"]
    answer = sis.http.put(sis.gradebook + "/lineItems/other", json={"lineItem": sis.line_item("gs-1")})
    assert answer.status_code == 422
    assert "other" in words(answer)


@pytest.fixture(scope="module")
def strict() -> Iterator[dict[str, Sis]]:
    with serve("synergy") as one, serve("infinite_campus") as other:
        yield {"synergy": one, "infinite_campus": other}


def test_a_lenient_provider_takes_what_the_field_sends() -> None:
    with serve("genesis") as sis:
        short = {"class": {"sourcedId": sis.klass}, "category": {"sourcedId": sis.category}}
        item = sis.put_item(status=None, dateLastModified=None, sourcedId="gs-essay", colour="red", assignDate="2026-11-02", **short)
        assert item.status_code == 201
        result = sis.put_result(
            scoreDate="2026-11-11T12:00:00.000Z", status=None, lineItem={"sourcedId": "gs-essay"}, student={"sourcedId": sis.students[0]}, late=True
        )
        assert result.status_code == 201
        kept = sis.get("/results/gs-essay-a").json()["result"]
        assert (kept["scoreDate"], kept["status"]) == ("2026-11-11", "active")
        assert kept["student"]["href"].endswith(f"/users/{sis.students[0]}")


def test_the_journal_gives_the_gradebook_back(tmp_path: Path) -> None:
    path = tmp_path / "campus.jsonl"
    with serve("infinite_campus", Journal(path)) as sis:
        sis.put_item("gs-1")
        sis.put_item("gs-2", title="Gone")
        sis.put_result("gs-1-a", "gs-1")
        posted = sis.http.post(sis.gradebook + "/lineItems/gs-1/results", json={"results": [sis.result("t", "gs-1")]})
        sis.http.delete(sis.gradebook + "/lineItems/gs-2")
        sis.teacher("rename_category", **{"class": sis.klass, "category": sis.category, "title": "Renamed"})
        before = sis.provider.snapshot()
        known = posted.json()["sourcedIdPairs"][0]["allocatedSourcedId"]
    assert path.stat().st_mode & 0o777 == 0o600
    with serve("infinite_campus", Journal(path)) as sis:
        assert sis.provider.snapshot() == before
        again = sis.http.post(sis.gradebook + "/lineItems/gs-1/results", json={"results": [sis.result("t", "gs-1")]})
        assert again.json()["sourcedIdPairs"][0]["allocatedSourcedId"] != known
        sis.http.post(sis.url + "/_sandbox/reset")
        assert sis.seen() == []
    with serve("infinite_campus", Journal(path)) as sis:
        assert sis.seen() == []


def test_a_lost_answer_still_changed_the_gradebook(synergy: Sis) -> None:
    rule = {"kind": "lost", "match": {"method": "PUT", "path": "/lineItems/"}}
    synergy.http.post(synergy.url + "/_sandbox/faults", json=rule)
    with pytest.raises(OSError, match=r"Connection|Remote"):
        synergy.put_item()
    assert len(synergy.seen()) == 1
