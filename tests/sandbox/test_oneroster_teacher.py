"""What people do in the SIS itself, and what a client then sees."""

from __future__ import annotations

import pytest

from tests.sandbox.oneroster_client import serve


def test_g16_an_item_in_the_trash_is_seen_and_written_until_it_is_purged() -> None:
    with serve("genesis") as sis:
        sis.put_item()
        sis.put_result()
        assert sis.teacher("delete", **{"class": sis.klass, "name": "Essay on rivers"}).json() == {"id": "gs-essay"}
        assert sis.get("/lineItems/gs-essay").json()["lineItem"]["status"] == "tobedeleted"
        assert sis.put_item(resultValueMax=20.0).status_code == 200
        assert sis.put_result(score=1.0).status_code == 200
        assert (sis.seen()[0]["state"], sis.seen()[0]["points_possible"]) == ("trashed", 20.0)
        sis.teacher("purge", id="gs-essay")
        assert sis.get("/lineItems/gs-essay").status_code == 404
        assert sis.get("/results/gs-essay-a").status_code == 404
        assert sis.seen() == []
        assert sis.put_item().status_code == 201


def test_sy14_what_we_write_is_locked_until_a_teacher_unlocks_it() -> None:
    with serve("synergy") as sis:
        sis.put_item()
        assert sis.get("/lineItems/gs-essay").json()["lineItem"]["metadata"]["thirdPartyReadOnly"] == "true"
        refused = sis.teacher("edit_assignment", id="gs-essay", set={"name": "Mine"})
        assert (refused.status_code, "locked" in refused.json()["error"]) == (400, True)
        sis.teacher("unlock", id="gs-essay")
        assert sis.get("/lineItems/gs-essay").json()["lineItem"]["metadata"]["thirdPartyReadOnly"] == "false"
        assert sis.teacher("edit_assignment", id="gs-essay", set={"name": "Mine", "due_date": "2026-12-01", "points_possible": 7}).status_code == 200
        assert (sis.seen("Mine")[0]["due_date"], sis.seen("Mine")[0]["points_possible"]) == ("2026-12-01", 7.0)
        assert sis.put_item().status_code == 409
        sis.teacher("lock", id="gs-essay")
        assert sis.put_item().status_code == 200
        assert sis.seen()[0]["points_possible"] == 10.0


def test_ic14_name_and_points_of_a_synced_item_are_locked_the_rest_is_not() -> None:
    with serve("infinite_campus") as sis:
        sis.put_item()
        for change in ({"name": "Mine"}, {"points_possible": 7}):
            assert sis.teacher("edit_assignment", id="gs-essay", set=change).status_code == 400
        assert sis.teacher("edit_assignment", id="gs-essay", set={"due_date": "2026-12-01"}).status_code == 200
        assert (sis.seen()[0]["due_date"], sis.seen()[0]["points_possible"]) == ("2026-12-01", 10.0)


def test_a_teacher_edits_enters_and_deletes_scores() -> None:
    with serve("infinite_campus") as sis:
        sis.put_item()
        sis.put_result()
        sis.teacher("edit_score", id="gs-essay", student=sis.students[0], score=3)
        sis.teacher("edit_score", id="gs-essay", student=sis.students[1], score=4)
        scores = sis.seen()[0]["scores"]
        assert [scores[sis.students[n]][0]["score"] for n in (0, 1)] == [3, 4]
        assert len(sis.get(f"/classes/{sis.klass}/results").json()["results"]) == 2
        sis.teacher("edit_score", id="gs-essay", student=sis.students[0], score=None)
        assert "score" not in sis.get("/results/gs-essay-a").json()["result"]
        sis.teacher("delete_score", id="gs-essay", student=sis.students[0])
        assert sis.students[0] not in sis.seen()[0]["scores"]


def test_a_teacher_creates_and_duplicates_assignments() -> None:
    with serve("schooltool") as sis:
        made = sis.teacher("create", name="By hand", due_date="2026-11-20", points_possible=5, category=sis.category, **{"class": sis.klass})
        row = sis.get(f"/lineItems/{made.json()['id']}").json()["lineItem"]
        assert (row["resultValueMax"], row["category"]["sourcedId"]) == (5.0, sis.category)
        sis.put_item()
        sis.put_result()
        twin = sis.teacher("duplicate", id="gs-essay").json()["id"]
        assert sorted(item["made_by"] for item in sis.seen()) == ["person", "sync"]
        assert sis.get(f"/classes/{sis.klass}/lineItems/{twin}/results").json() == {"results": []}


@pytest.mark.parametrize(
    ("target", "hidden", "deleted"), [("synergy", ("active", "hidden"), ("tobedeleted", "deleted")), ("genesis", None, ("tobedeleted", None))]
)
def test_sy15_b6_hidden_and_deleted_categories(target: str, hidden: tuple[str, str] | None, deleted: tuple[str, str | None]) -> None:
    with serve(target) as sis:
        order = {"class": sis.klass, "category": sis.category}

        def shown() -> tuple[str, str | None] | None:
            rows = sis.get("/categories", limit=10_000).json()["categories"]
            found = [(row["status"], row["metadata"].get("state")) for row in rows if row["sourcedId"] == sis.category]
            return found[0] if found else None

        assert shown() == ("active", None)
        sis.teacher("hide_category", **order)
        assert shown() == hidden
        assert sis.put_item().status_code == 201
        sis.teacher("delete_category", **order)
        assert shown() == deleted
        answer = sis.put_item("gs-other", title="Other")
        assert answer.status_code == sis.traits.wordings["category_deleted"].status
        sis.teacher("rename_category", **order, title="New name")
        assert sis.seen()[0]["category"] == "New name"


@pytest.mark.parametrize(
    ("order", "named"),
    [
        ({"do": "dance"}, "dance"),
        ({"do": "purge", "id": "none"}, "none"),
        ({"do": "trash", "id": "gs-essay"}, "trash can"),
        ({"do": "lock", "id": "gs-essay"}, "lock"),
        ({"do": "file_category", "id": "gs-essay", "category": "none"}, "none"),
    ],
)
def test_an_action_that_cannot_be_done_says_why(order: dict[str, str], named: str) -> None:
    with serve("schooltool") as sis:
        sis.put_item()
        answer = sis.http.post(sis.url + "/_sandbox/teacher", json=order)
        assert answer.status_code == 400
        assert named in answer.json()["error"]
