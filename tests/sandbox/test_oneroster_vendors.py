"""Each vendor's own rules, in its own words and status (requirements table C; sis-*.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import requests

from include.sandbox.oneroster import TRAITS
from include.sandbox.oneroster.wordings import STANDARD
from tests.sandbox.oneroster_client import Sis, serve, words

Do = Callable[[Sis], requests.Response]


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Sis]]:
    with serve("genesis") as g, serve("synergy") as sy, serve("schooltool") as st, serve("infinite_campus") as ic:
        yield {"genesis": g, "synergy": sy, "schooltool": st, "infinite_campus": ic}


def item(**changes: Any) -> Do:
    return lambda sis: sis.put_item("gs-bad", **{"title": "Bad one", **changes})


def result(**changes: Any) -> Do:
    def act(sis: Sis) -> requests.Response:
        sis.put_item("gs-good", title="Good one")
        return sis.put_result("gs-good-a", "gs-good", **changes)

    return act


def stranger(sis: Sis) -> requests.Response:
    """A result of a student whom the SIS knows, in a class where it does not have them."""
    outside = next(one for one in sorted(sis.provider.roster.student_ids) if not sis.provider.store.is_enrolled(one, sis.klass))
    return result(student=sis.link("user", outside))(sis)


def twin(sis: Sis) -> requests.Response:
    sis.put_item("gs-first", title="Twin")
    return sis.put_item("gs-second", title=" TWIN ")


def elsewhere(sis: Sis) -> requests.Response:
    """A category of another class."""
    other = next(row for row in sis.provider.store.rows["categories"].values() if row["_class"] != sis.klass)
    return sis.put_item("gs-bad", title="Bad one", category=sis.link("category", other["sourcedId"]))


def unlocked(sis: Sis) -> requests.Response:
    sis.put_item("gs-open", title="Open")
    sis.teacher("unlock", id="gs-open")
    return sis.put_item("gs-open", title="Open")


def unlocked_score(sis: Sis) -> requests.Response:
    unlocked(sis)
    return sis.put_result("gs-open-a", "gs-open")


CASES: list[tuple[str, str, str, Do]] = [
    ("SY-1", "synergy", "name_long", item(title="x" * 51)),
    ("ST-1", "schooltool", "name_long", item(title="x" * 51)),
    ("IC-1", "infinite_campus", "name_long", item(title="x" * 31)),
    ("SY-2", "synergy", "name_characters", item(title="Essay ★")),
    ("SY-3", "synergy", "points_zero", item(resultValueMax=0)),
    ("ST-4", "schooltool", "due_missing", item(dueDate=None)),
    ("IC-4", "infinite_campus", "due_missing", item(dueDate=None)),
    ("IC-4", "infinite_campus", "due_outside", item(dueDate="2027-02-01T12:00:00.000Z")),
    ("SY-13", "synergy", "name_taken", twin),
    ("IC-13", "infinite_campus", "name_taken", twin),
    ("SY-14", "synergy", "unlocked", unlocked),
    ("SY-14", "synergy", "unlocked", unlocked_score),
    ("G-15", "genesis", "category_missing", item(category=None)),
    ("SY-15", "synergy", "category_unknown", elsewhere),
    ("ST-15", "schooltool", "category_unknown", elsewhere),
    ("IC-15", "infinite_campus", "category_unknown", elsewhere),
    ("G-8", "genesis", "score_missing", result(score=None)),
    ("ST-8", "schooltool", "score_missing", result(score=None, scoreStatus="exempt")),
    ("A-24", "genesis", "student_not_enrolled", stranger),
    ("A-24", "synergy", "student_not_enrolled", stranger),
    ("A-24", "schooltool", "student_not_enrolled", stranger),
    ("A-24", "infinite_campus", "student_not_enrolled", stranger),
    ("A-24", "infinite_campus", "class_unknown", lambda sis: item(**{"class": sis.link("class", "none")})(sis)),
    ("A-24", "genesis", "class_unknown", lambda sis: item(**{"class": sis.link("class", "none")})(sis)),
    ("A-24", "synergy", "student_unknown", lambda sis: result(student=sis.link("user", "nobody"))(sis)),
    ("A-24", "synergy", "line_item_unknown", lambda sis: sis.put_result("gs-x", "gs-nowhere")),
    ("IC-14", "infinite_campus", "not_ours", lambda sis: sis.put_item(f"task-{sis.klass}-0")),
]


@pytest.mark.parametrize(
    ("row", "target", "rule", "act"), CASES, ids=[f"{row}-{target}-{rule}-{n}" for n, (row, target, rule, _) in enumerate(CASES)]
)
def test_a_refusal_has_the_vendors_status_and_sentence(running: dict[str, Sis], row: str, target: str, rule: str, act: Do) -> None:
    answer = act(running[target])
    told = running[target].traits.wordings[rule]
    assert answer.status_code == told.status
    for part in told.sentence.replace("{limit}", "{value}").split("{value}"):
        assert part in words(answer)
    assert "{" not in words(answer)


ALLOWED: list[tuple[str, str, Do]] = [
    ("G-1", "genesis", item(title="x" * 255)),
    ("G-3", "genesis", item(title="Zero", resultValueMax=0)),
    ("G-4", "genesis", item(dueDate=None)),
    ("SY-4", "synergy", item(dueDate=None)),
    ("SY-2", "synergy", item(title="Épreuve n° 1".replace("°", "o") + " (a+b) & 50% #2")),
    ("ST-3", "schooltool", item(title="Zero", resultValueMax=0)),
    ("IC-3", "infinite_campus", item(title="Zero", resultValueMax=0)),
    ("IC-15", "infinite_campus", item(category=None)),
    ("IC-11", "infinite_campus", result(score=None, scoreStatus="exempt")),
    ("ST-11", "schooltool", result(score=0, scoreStatus="exempt")),
    ("A-14", "infinite_campus", result(score=300)),
]


@pytest.mark.parametrize(("row", "target", "act"), ALLOWED, ids=[f"{row}-{target}-{n}" for n, (row, target, _) in enumerate(ALLOWED)])
def test_what_the_vendor_allows_is_taken(running: dict[str, Sis], row: str, target: str, act: Do) -> None:
    assert act(running[target]).status_code in (200, 201)


def test_g13_genesis_takes_two_of_one_name(running: dict[str, Sis]) -> None:
    assert twin(running["genesis"]).status_code == 201
    assert len(running["genesis"].seen("Twin")) == 1
    assert len(running["genesis"].seen(" TWIN ")) == 1


def test_g4_a17_genesis_keeps_the_utc_day_the_others_show_the_local_one(running: dict[str, Sis]) -> None:
    for target, late, noon in (("genesis", "2026-09-19", "2026-09-18"), ("schooltool", "2026-09-18", "2026-09-18")):
        sis = running[target]
        sis.put_item("gs-day", title="Due at night", dueDate="2026-09-19T03:59:00.000Z")
        assert sis.seen("Due at night")[0]["due_date"] == late
        sis.put_item("gs-day", title="Due at night", dueDate="2026-09-18T12:00:00.000Z")
        assert sis.seen("Due at night")[0]["due_date"] == noon
    assert running["genesis"].get("/lineItems/gs-day").json()["lineItem"]["dueDate"] == "2026-09-18T00:00:00.000Z"


def test_sy9_late_and_missing_come_as_metadata_in_1_1(running: dict[str, Sis]) -> None:
    assert result(metadata={"late": "true"})(running["synergy"]).status_code in (200, 201)
    assert running["synergy"].seen("Good one")[0]["scores"][running["synergy"].students[0]][0]["late"] == "true"


def test_ic15_a_category_that_a_teacher_filed_survives_an_update_without_one(running: dict[str, Sis]) -> None:
    sis = running["infinite_campus"]
    sis.put_item("gs-filed", title="Filed", category=None)
    assert sis.seen("Filed")[0]["category"] == ""
    assert "category" not in sis.get("/lineItems/gs-filed").json()["lineItem"]
    sis.teacher("file_category", id="gs-filed", category=sis.category)
    sis.put_item("gs-filed", title="Filed", category=None, resultValueMax=20.0)
    title = sis.get(f"/categories/{sis.category}").json()["category"]["title"]
    assert (sis.seen("Filed")[0]["category"], sis.seen("Filed")[0]["points_possible"]) == (title, 20.0)


def test_infinite_campus_mixes_grading_tasks_into_the_line_items(running: dict[str, Sis]) -> None:
    sis = running["infinite_campus"]
    rows = sis.get(f"/classes/{sis.klass}/lineItems").json()["lineItems"]
    tasks = [row for row in rows if "ext_infiniteCampus_isStandard" in row.get("metadata", {})]
    assert {row["metadata"]["ext_infiniteCampus_isStandard"] for row in tasks} == {True, False}


def test_r7_what_people_made_stands_from_the_start(running: dict[str, Sis]) -> None:
    sis = running["synergy"]
    made = {class_id: items for class_id, items in sis.provider.roster.district.foreign.items() if class_id in sis.provider.roster.courses_by_class}
    assert made
    for class_id, items in made.items():
        names = [row["title"] for row in sis.get(f"/classes/{class_id}/lineItems").json()["lineItems"]]
        assert [item["name"] for item in items] == names


def test_a_vendor_may_open_a_gradebook_with_its_term_only() -> None:
    with serve(replace(TRAITS["schooltool"], begun_term_only=True)) as sis:
        assert sis.put_item().status_code == 201
        sis.provider.roster.today = date(2026, 8, 1)
        answer = sis.put_item("gs-early", title="Early")
        assert (answer.status_code, "2026-08-24" in words(answer)) == (400, True)


def test_every_vendor_has_a_sentence_for_every_rule() -> None:
    for traits in TRAITS.values():
        assert set(traits.wordings) == set(STANDARD)


def test_errors_come_in_each_vendors_shape(running: dict[str, Sis]) -> None:
    shapes = {target: next(iter(sis.get("/lineItems/none").json())) for target, sis in running.items()}
    assert shapes == {"genesis": "imsx_StatusInfo", "synergy": "imsx_codeMajor", "schooltool": "statusInfoSet", "infinite_campus": "imsx_codeMajor"}
