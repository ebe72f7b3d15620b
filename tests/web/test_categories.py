"""Categories: the page of a course, saving, CSV out and in (D-12, B-1 to B-6)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pandas as pd
import pytest
import yaml
from httpx import Response
from sqlalchemy import select

from include.gradebook.schemas import CHOICES
from include.sync import choices
from include.sync.listing import Wanted, listed
from include.sync.tables import SEEN_GROUPS
from tests.sync.seen_district import NOW
from tests.web.lively import OURS, Lively, words

pytestmark = pytest.mark.airflow
Fields = dict[str, list[str]]


@pytest.fixture(autouse=True)
def unchosen(lively: Lively) -> Iterator[None]:
    """Nobody has chosen anything before, nor after."""
    yield
    for target in ("synergy", "powerschool"):
        choices.remove(lively.engine, target, choices.choices(lively.engine, target))


def form_of(page: str) -> Fields:
    """The form of the page as a browser would send it."""
    hidden = {name: re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("section", "group", "was")}
    chosen = [
        (re.search(r'value="([^"]*)" selected', select) or [None, ""])[1]
        for select in re.findall(r'<select name="choice".*?</select>', page, re.DOTALL)
    ]
    return {**hidden, "choice": [str(value) for value in chosen], "action": ["save"]}


def stored(lively: Lively, target: str = "synergy") -> list[tuple[str, str, str | None]]:
    rows = choices.choices(lively.engine, target).itertuples(index=False)
    return [(section, group, None if pd.isna(category) else category) for section, group, category in rows]


def test_b5_courses_with_how_many_of_their_groups_go_nowhere(lively: Lively) -> None:
    course = lively.course("Oddities: Assignments")
    assert f"Oddities: Assignments (Synergy) {course} Synergy 10 2 0 8" in lively.see("categories?target=synergy")
    open_ones = lively.see("categories?only=open")
    assert "Oddities: Assignments (Synergy)" in open_ones
    assert "Algebra I" not in open_ones
    assert "Groups not read yet" in lively.see("categories?q=concluded")


def test_d12_each_group_shows_its_category_in_each_section(lively: Lively) -> None:
    shown = lively.see(f"categories/synergy/{lively.course('Oddities: Assignments')}")
    for told in ("Duplicate name", "Deleted in SIS", "No match", "Hidden in the SIS; still sent", "2 of 2 sections not sent"):
        assert told in shown


def test_b1_b5_d12_a_change_is_saved_heeded_and_removed_again(lively: Lively) -> None:
    page = f"categories/synergy/{lively.course('Oddities: Assignments')}"
    browser = lively.visitor()
    form = form_of(browser.get(f"/gradesync/{page}").text)
    assert len(form["choice"]) == len(form["section"]) == 20
    practice = next(n for n, group in enumerate(form["group"]) if group in group_named(lively, "Practice"))
    category = re.findall(r'<option value="(id:[^"]+)">Homework<', browser.get(f"/gradesync/{page}").text)[0]
    form["choice"][practice] = category
    assert browser.post(f"/gradesync/{page}", data=form, headers=OURS).status_code == 303
    assert stored(lively) == [(form["section"][practice], form["group"][practice], category.removeprefix("id:"))]
    after = browser.get(f"/gradesync/{page}").text
    assert "Saved 1 category mappings for Oddities: Assignments (Synergy)." in words(after)
    assert "Selected" in words(after)
    again = form_of(after)
    assert again["was"][practice] == again["choice"][practice] == category
    again["choice"][practice] = ""
    browser.post(f"/gradesync/{page}", data=again, headers=OURS)
    assert stored(lively) == []


@pytest.fixture
def without_category(lively: Lively) -> Iterator[Lively]:
    """A district whose SIS takes uncategorized work, as Infinite Campus does."""
    file = lively.sandbox.file
    before = file.read_text(encoding="utf-8")
    text = yaml.safe_load(before)
    text["targets"]["synergy"]["rules"] = {**text["targets"]["synergy"].get("rules", {}), "category": "uncategorized"}
    file.write_text(yaml.safe_dump(text), encoding="utf-8")
    yield lively
    file.write_text(before, encoding="utf-8")


def test_b3_unassociated_work_is_not_called_unsent_where_the_sis_takes_it_uncategorized(without_category: Lively) -> None:
    page = f"categories/synergy/{without_category.course('Algebra I')}"
    form = form_of(without_category.visitor().get(f"/gradesync/{page}").text)
    group = {"sis_section_id": form["section"][0], "canvas_group_id": form["group"][0], "category_id": None}
    choices.choose(without_category.engine, "synergy", CHOICES.of([group]), "amy", NOW)
    shown = without_category.see(page)
    assert "Unassociated (sent without a category)" in shown
    assert "not sent" not in shown
    choices.remove(without_category.engine, "synergy", CHOICES.of([group]))
    assert f"Oddities: Assignments (Synergy) {without_category.course('Oddities: Assignments')} Synergy 10 2 0 0" in without_category.see(
        "categories?target=synergy"
    )


def test_d12_what_somebody_else_changed_meanwhile_is_not_overwritten(lively: Lively) -> None:
    page = f"categories/synergy/{lively.course('Algebra I')}"
    form = form_of(lively.visitor().get(f"/gradesync/{page}").text)
    theirs = {"sis_section_id": form["section"][0], "canvas_group_id": form["group"][0], "category_id": None}
    choices.choose(lively.engine, "synergy", CHOICES.of([theirs]), "bob", NOW)
    form["choice"][:2] = ["id:x", "none"]
    answer = lively.visitor().post(f"/gradesync/{page}", data=form, headers=OURS)
    assert answer.status_code == 400
    assert "another user changed this category" in words(answer.text)
    assert len(stored(lively)) == 1


def test_a_course_is_read_anew_from_canvas_and_the_sis(lively: Lively) -> None:
    page = f"categories/synergy/{lively.course('Oddities: Concluded')}"
    assert "The groups of this course have not been read yet." in lively.see(page)
    lively.sandbox.forget_log("synergy")
    assert lively.told(page, action="refresh").startswith("Refreshed from Canvas and Synergy. ")
    assert "The groups of this course have not been read yet" not in lively.see(page)
    assert lively.sandbox.writes("synergy") == []


def test_b5_csv_goes_out_and_comes_in_again(lively: Lively) -> None:
    rows = [("S1", "1", "=2+3"), ("S1", "2", None), ("S2", "1", "-T")]
    frame = CHOICES.of([dict(zip(CHOICES.columns, row, strict=True)) for row in rows])
    choices.choose(lively.engine, "synergy", frame, "amy", NOW)
    answer = lively.visitor("vic", "viewer").get("/gradesync/categories.csv?target=synergy")
    assert answer.headers["content-disposition"] == 'attachment; filename="categories-synergy.csv"'
    held = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["category_id"] for row in held] == ["'=2+3", "", "'-T"]
    choices.remove(lively.engine, "synergy", frame)
    assert upload(lively, answer.content).status_code == 303
    assert stored(lively) == rows


def test_b5_a_file_with_a_mistake_changes_nothing_and_names_each(lively: Lively) -> None:
    page = lively.visitor().get(f"/gradesync/categories/synergy/{lively.course('Algebra I')}").text
    section = form_of(page)["section"][0]
    lines = ["target,sis_section_id,canvas_group_id,category_id", f"synergy,{section},1,", "synergi,S1,1,T", f"synergy,{section},x1,T"]
    answer = upload(lively, "\n".join(lines).encode())
    told = words(answer.text)
    assert answer.status_code == 400
    assert 'mine.csv: line 3: target: "synergi" is not' in told
    assert 'mine.csv: line 4: canvas_group_id: "x1" is not an assignment group. Use a Canvas ID: digits' in told
    assert "nothing was imported" in told
    unlisted = upload(lively, "\n".join([*lines[:2], f"synergy,{section},2,T"]).encode())
    assert f'line 3: category_id: "T" is not a category of section "{section}". Use ' in words(unlisted.text)
    assert stored(lively) == []


@pytest.mark.parametrize(
    ("held", "told"),
    [(b"\xff\xfe", "cannot be read"), (b"", "the header is nothing"), (b"x" * (4 * 2**20 + 1), "larger than 4 MB")],
    ids=["no text", "nothing", "too large"],
)
def test_what_is_no_such_file_is_refused(lively: Lively, held: bytes, told: str) -> None:
    answer = upload(lively, held)
    assert (answer.status_code, told in words(answer.text)) == (400, True)


def test_only_who_may_act_on_the_target_chooses_and_imports(lively: Lively) -> None:
    page = f"categories/synergy/{lively.course('Algebra I')}"
    form = form_of(lively.visitor().get(f"/gradesync/{page}").text)
    form["choice"][0] = "none"
    file = f"target,sis_section_id,canvas_group_id,category_id\nsynergy,{form['section'][0]},1,\n".encode()
    assert "Save" not in lively.see(page, "vic", "viewer")
    for name, role in (("vic", "viewer"), ("only_powerschool", "user")):
        somebody = lively.visitor(name, role)
        assert somebody.post(f"/gradesync/{page}", data=form, headers=OURS).status_code == 403
        assert upload(lively, file, name, role).status_code == (403 if role == "viewer" else 400)
    assert lively.visitor("only_powerschool", "user").get(f"/gradesync/{page}").status_code == 403
    assert lively.visitor("only_powerschool", "user").get("/gradesync/categories.csv?target=synergy").status_code == 403
    assert stored(lively) == []
    assert lively.visitor("uma", "user").post(f"/gradesync/{page}", data=form, headers=OURS).status_code == 303
    assert len(stored(lively)) == 1


def group_named(lively: Lively, name: str) -> set[str]:
    """Canvas groups of this name that were seen."""
    with lively.engine.connect() as connection:
        return set(connection.execute(select(SEEN_GROUPS.c.canvas_group_id).where(SEEN_GROUPS.c.name == name)).scalars())


def upload(lively: Lively, held: bytes, name: str = "amy", role: str = "admin") -> Response:
    """Send a file."""
    return lively.visitor(name, role).post("/gradesync/categories", files={"file": ("mine.csv", held, "text/csv")}, headers=OURS)


def test_d7_the_assignments_log_calls_a_category_as_the_sis_does(lively: Lively) -> None:
    run_id = listed(lively.engine, Wanted(("synergy",)), size=1).rows[0]["run_id"]
    page = lively.visitor().get(f"/gradesync/runs/synergy/{run_id}/assignments?status=updated&assignment=Homework+1").text
    assert re.search(r'<bdi class="word" title="[^"]+">Homework</bdi>', page)
